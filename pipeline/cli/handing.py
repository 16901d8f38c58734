"""The command that hands a list over: from then on nothing of it is sent twice."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_day

if TYPE_CHECKING:
    from pipeline.storage.dispatch import HandedOver


def dispatch(
    name: Annotated[str, typer.Argument(metavar="СПИСОК", help="Что передать, например debt_receipts.")],
    on: Annotated[date, typer.Option("--on", metavar="ГГГГ-ММ-ДД", parser=read_day, help="День передачи.")],
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Передать список: записать действия в журнал, чтобы ничего не ушло дважды."""
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.storage.dispatch import dispatch as hand_over

    for sentence in told(hand_over(known_book(book), name, on)):
        say(sentence)


def told(left: HandedOver) -> list[str]:
    """What left, where the texts are, and how many were left out, each with why."""
    from decimal import Decimal

    from pipeline.rendering.claim_words import SUM_OF_LIST
    from pipeline.rendering.russian import number, roubles

    of_what = f" ({SUM_OF_LIST[left.list_code]})" if left.list_code in SUM_OF_LIST else ""
    claimed = Decimal(left.claimed_kop).scaleb(-2)
    what = "Телефоны и часы звонков" if left.list_code == "call_list" else "Тексты с телефонами"
    worth = "" if left.list_code == "reading_reminders" else f" на {roubles(claimed)}{of_what}"
    sentences = {
        f"Список {left.list_code}: передавать нечего.": not left.rows,
        f"Список {left.list_code}: передано строк {number(left.rows)}{worth}.": left.rows,
        f"Переданы раньше и не повторены: {number(left.left_before)}.": left.left_before,
        f"{what} (доступ только у владельца участка): {left.texts}": left.texts,
        f"Файл для SMS-шлюза: {left.gateway}": left.gateway,
        f"Ждут другой ночи, номер уже есть у другого: {number(left.waiting)}.": left.waiting,
        f"Не переданы, мобильного номера нет: {number(left.without_phone)}.": left.without_phone,
        f"Не переданы, отключают только по списку последней ночи: {number(left.too_old)}. Пересчитайте месяц.":
            left.too_old,
        "Внимание: в файл шлюза не вошли (нет номера, номер уже есть у другого или текст длиннее, чем берёт шлюз): "
        f"{number(left.not_in_gateway)}.": left.not_in_gateway,
    }
    return [sentence for sentence, holds in sentences.items() if holds]
