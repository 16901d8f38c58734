"""The queue as a workbook: a sheet for each kind that can be decided, with cells to fill in, and one of what to chase.

Every row carries its thing («Дело») and a control sum over its facts («Контроль»): a changed fact is seen when the
file comes back. «Место» is left out of it, since it moves whenever anything else does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from pipeline.billing_month import MOSCOW
from pipeline.domain.queue.kinds import KIND
from pipeline.exchange.queue_facts import CHASED, LAYOUTS, Layout, Row
from pipeline.rendering import queue_words
from pipeline.rendering.workbook import Head, Kind, Sheet

FORMAT: Final = "raschet-queue-1"
ABOUT: Final = "О файле"
TO_CHASE: Final = "Выяснить"
DECISION, ACCOUNT, EVIDENCE = "Решение", "Счёт зачисления", "Обоснование"
THING, CONTROL, PLACE = "Дело", "Контроль", "Место"
_CONTROL_DIGITS: Final = 16
BOOK_LINE, MONTH_LINE, FORMAT_LINE = "Участок", "Месяц", "Вид файла"


def queue_sheets(rows: Sequence[Row], *, book_id: str, book_name: str, month: str, as_of: date) -> list[Sheet]:
    """The sheets of the workbook; kinds without a row have none."""
    decidable = [
        _sheet_of(layout, own) for layout in LAYOUTS
        if (own := [row for row in rows if row["kind_code"] == layout.kind and row["decided_by_feed"]])
    ]
    chased = [row for row in rows if not row["decided_by_feed"]]
    if chased:
        decidable.append(Sheet(TO_CHASE, "Что надо выяснить", [head for head, _ in CHASED],
                               [tuple(fact(row) for _, fact in CHASED) for row in chased]))
    return [_about(book_id, book_name, month, as_of), *decidable]


def heads_of(layout: Layout) -> list[Head]:
    """Columns of a sheet of decisions."""
    asked = [Head(ACCOUNT, "text", 18, is_input=True)] if layout.asks_account else []
    return [
        Head(PLACE, "count"), *(head for head, _ in layout.facts),
        Head(DECISION, "text", 22, options_of(layout.kind), is_input=True), *asked,
        Head(EVIDENCE, "text", 36, is_input=True), Head(THING, "text", 12), Head(CONTROL, "text", 12),
    ]


def options_of(kind: str) -> tuple[str, ...]:
    """Decisions allowed for a kind, as the drop-down list words them."""
    return tuple(queue_words.decision_on(kind, option) for option in KIND[kind].options)


def facts_of(layout: Layout, row: Row) -> list[Any]:
    """Values of the fact columns of one row."""
    return [fact(row) for _, fact in layout.facts]


def control_of(queue_id: str, facts: Sequence[str]) -> str:
    """Control sum over the canonical facts of one row."""
    return hashlib.sha256("\x1f".join((queue_id, *facts)).encode()).hexdigest()[:_CONTROL_DIGITS]


def canonical(value: Any, kind: Kind) -> str:
    """One fact as a text that survives Excel: sums to the kopeck, moments to the minute, blanks folded."""
    if value is None:
        return ""
    if kind == "money":
        return f"{Decimal(value):.2f}"
    if isinstance(value, datetime):
        return f"{value.astimezone(MOSCOW):%Y-%m-%d %H:%M}"
    return " ".join(str(value).split())


def canonical_facts(layout: Layout, row: Row) -> list[str]:
    """Facts of a row as `control_of` takes them."""
    return [canonical(value, head.kind) for value, (head, _) in zip(facts_of(layout, row), layout.facts, strict=True)]


def _sheet_of(layout: Layout, rows: Sequence[Row]) -> Sheet:
    blank = (None,) * (3 if layout.asks_account else 2)
    return Sheet(layout.sheet, layout.title, heads_of(layout), [
        (row["rank"], *facts_of(layout, row), *blank, row["queue_id"],
         control_of(row["queue_id"], canonical_facts(layout, row)))
        for row in rows
    ])


def _about(book_id: str, book_name: str, month: str, as_of: date) -> Sheet:
    told = (
        (BOOK_LINE, book_id), ("Название", book_name), (MONTH_LINE, month),
        ("По какой день", f"{as_of:%d.%m.%Y}"), (FORMAT_LINE, FORMAT),
        ("Как заполнять", "В жёлтых ячейках выберите решение и напишите, на чём оно основано. Платёж зачисляется на "
         "счёт, который вы назовёте, сторно с него снимается. Строки без решения остаются в очереди."),
        ("Что не менять", "Остальные ячейки: по ним проверяется, что решение принято о том же деле."),
        ("Как вернуть", "raschet decide ФАЙЛ"),
    )
    return Sheet(ABOUT, "Очередь работы: решения", [Head("Что", "text", 18), Head("Значение", "text", 46)], told)
