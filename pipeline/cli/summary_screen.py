"""The summary of a month as an analyst reads it. Not here: where the figures come from (`summary.py`)."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.cli.screen import say, table
from pipeline.cli.summary import MonthSummary
from pipeline.rendering import words
from pipeline.rendering.russian import number, roubles, share


def show_summary(
    found: MonthSummary, *, state: str, following: str, is_closed: bool, show_changes: Callable[[], None]
) -> None:
    """Print the month: figures, debtors, lists, what changed, where the files are, what to do next."""
    say()
    table(f"Месяц {found.month} ({state})", ["", "", ""], _figures(found), numbers=[1, 2])
    if found.quarantined:
        table("Карантин по причинам", ["причина", "строк"],
              [(words.reason(rule), number(rows)) for rule, rows in found.quarantined], numbers=[1])
    if found.debtors:
        table("Должники", ["направление", "ступень", "дальше", "счетов", "к взысканию"], [
            (words.track(row.track), words.stage(row.stage), words.stage(row.next_action), number(row.accounts),
             roubles(row.claimed_rub)) for row in found.debtors
        ], numbers=[3, 4])
        say("Долг может стоять и в напоминаниях, и в суде: направления не складываются.")
    if not is_closed:
        _show_lists(found)
    show_changes()
    say(f"Файлы месяца: {found.folder}")
    say(f"Дальше: {following}")


def _show_lists(found: MonthSummary) -> None:
    """Lists of an open month only: those of a closed one cannot leave any more."""
    table("Списки", ["список", "состояние", "строк", "сумма"], [
        (words.list_name(row.name), words.list_status(row.status, row.awaited), number(row.rows), roubles(row.rub))
        for row in found.lists
    ], numbers=[2, 3])


def _figures(found: MonthSummary) -> list[tuple[str, str, str]]:
    quarantined = sum(rows for _, rows in found.quarantined)
    return [
        ("Принято файлов", number(found.files), ""),
        ("Принято строк", number(found.rows), ""),
        ("Невыясненные платежи, за вычетом сторно", number(found.suspended.rows), roubles(found.suspended.rub)),
        ("Строк в карантине (по причинам)", number(quarantined), ""),
        ("Начислено: документов, сумма", number(found.billed.rows), roubles(found.billed.rub)),
        ("Поступило: платежей, сумма", number(found.paid.rows), roubles(found.paid.rub)),
        ("Собрано по документам месяца", share(found.collected_rub, found.billed.rub), roubles(found.collected_rub)),
        ("«Коммунальный бонус»: рассмотрено документов", number(found.decided), ""),
        ("«Коммунальный бонус»: положен", number(found.eligible), ""),
        ("Предложено перерасчётов, ещё не в документах", number(found.proposed.rows), roubles(found.proposed.rub)),
    ]
