"""The command that hands a list over: from then on nothing of it is sent twice."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_day


def dispatch(
    name: Annotated[str, typer.Argument(metavar="СПИСОК", help="Что передать, например debt_receipts.")],
    on: Annotated[date, typer.Option("--on", metavar="ГГГГ-ММ-ДД", parser=read_day, help="День передачи.")],
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Передать список: записать действия в журнал, чтобы ничего не ушло дважды."""
    from decimal import Decimal

    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.rendering.russian import number, roubles
    from pipeline.storage.dispatch import dispatch as hand_over

    left = hand_over(known_book(book), name, on)
    claimed = Decimal(left.claimed_kop).scaleb(-2)
    if left.rows:
        say(f"Список {left.list_code}: передано строк {number(left.rows)} на {roubles(claimed)}.")
    else:
        say(f"Список {left.list_code}: передавать нечего.")
    if left.left_before:
        say(f"Переданы раньше и не повторены: {number(left.left_before)}.")
    if left.texts is not None:
        what = "Телефоны и часы звонков" if name == "call_list" else "Тексты с телефонами"
        say(f"{what} (доступ только у владельца участка): {left.texts}")
    if left.gateway is not None:
        say(f"Файл для SMS-шлюза: {left.gateway}")
    if left.waiting:
        say(f"Ждут другой ночи, номер уже есть у другого: {number(left.waiting)}.")
    if left.without_phone:
        say(f"Не переданы, мобильного номера нет: {number(left.without_phone)}.")
    if left.too_old:
        say(f"Не переданы, отключают только по списку последней ночи: {number(left.too_old)}. Пересчитайте месяц.")
    if left.not_in_gateway:
        say(f"Внимание: в файл шлюза не вошли (нет номера или номер уже есть у другого): {left.not_in_gateway}.")
