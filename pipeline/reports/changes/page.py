"""The page «почему изменились цифры»: headline, causes drawn and counted, what differs as a whole, the largest rows.

Here: which figures stand on it and in which words. Not here: the figures (`compare.py`), the looks (the template).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import polars as pl
from markupsafe import Markup

from pipeline.contracts.changes import CAUSES, COUNTED
from pipeline.money import kopecks_of
from pipeline.rendering import change_words as words
from pipeline.rendering.charts import Point, bars, whole_roubles
from pipeline.rendering.html import page
from pipeline.rendering.russian import day, decimal, month_name, number, roubles
from pipeline.reports.changes.compare import Difference
from pipeline.reports.changes.sides import Side
from pipeline.storage.files import parquet_files

PAGE: Final = "changes.html"
_HEADLINE: Final = (
    ("open_items", "outstanding"), ("open_items", "overdue"), ("posted_payments", "received"),
    ("billed_documents", "billed"), ("debtors", "claimed"),
)
_LISTS: Final = (
    ("sms_list", "claimed"), ("call_list", "claimed"), ("debt_receipts", "claimed"), ("court_list", "claimed"),
)
_LARGEST: Final = 50
_CAUSE_HEADS: Final = ("Причина", "Строк", "Появилось", "Исчезло", "Выросло, ₽", "Уменьшилось, ₽", "Итого, ₽")
_COUNT_HEADS: Final = ("Причина", "Строк", "Появилось", "Исчезло")
_DECISION_HEADS: Final = ("Что", "Было", "Стало", "Почему")
_ROW_HEADS: Final = ("Что", "Было", "Стало", "Изменение, ₽", "Почему")


def drawn(found: Difference) -> str:
    """The page as HTML. The same two versions give the same page."""
    before, after = found.sides.before, found.sides.after
    sections = [_section(found, total) for total in found.totals]
    return page(
        "changes.html.j2", title=_title(found), before=_named(before), after=_named(after), tiles=_tiles(found),
        chart=_chart(found), sections=[section for section in sections if section["causes"]],
        untold=[words.measured(total["table_name"], total["measure_code"]) for total in found.untold],
        unexplained=sum(cause["facts"] for cause in found.unexplained),
        measures=len(found.totals), as_a_whole=_as_a_whole(found), is_same_month=found.sides.is_same_month,
        hashes=(before.manifest["content_hash"], after.manifest["content_hash"]),
    )


def _title(found: Difference) -> str:
    before, after = found.sides.before, found.sides.after
    if found.sides.is_same_month:
        return f"Почему изменились цифры: {month_name(after.month)}"
    return f"Почему изменились цифры: {month_name(before.month)} → {month_name(after.month)}"


def _named(side: Side) -> str:
    return f"{month_name(side.month)}, поступления по {day(side.as_of)} включительно"


def _tiles(found: Difference) -> list[dict[str, str]]:
    tiles = []
    totals = {(total["table_name"], total["measure_code"]): total for total in found.totals}
    for key in _HEADLINE:
        total = totals[key]
        tiles.append({"label": words.measured(*key), "value": _signed(total["difference_rub"]),
                      "note": f"{roubles(total['before_rub'])} → {roubles(total['after_rub'])}"})
    eligible = [_eligible(side) for side in (found.sides.before, found.sides.after)]
    tiles.append(_counted_tile("«Коммунальный бонус» положен", *eligible))
    for key in (("debtors", "claimed"), *_LISTS):
        total = totals[key]
        label = "Должников по получателям" if key[0] == "debtors" else words.measured(*key)
        tiles.append(_counted_tile(label, total["before_rows"], total["after_rows"]))
    return tiles


def _counted_tile(label: str, before: int, after: int) -> dict[str, str]:
    sign = "+" if after > before else ""
    return {"label": label, "value": f"{sign}{number(after - before)}", "note": f"{number(before)} → {number(after)}"}


def _eligible(side: Side) -> int:
    files = parquet_files(side.folder / "eligibility")
    if not files:
        return 0
    asked = pl.scan_parquet(files, hive_partitioning=False, glob=False).select(pl.col("is_eligible").sum())
    return int(asked.collect().item() or 0)


def _chart(found: Difference) -> Markup | None:
    """What raised and what lowered the debt, in roubles."""
    causes = [cause for cause in found.largest_causes(len(CAUSES)) if cause["increase_rub"] or cause["decrease_rub"]]
    points = [
        Point(words.cause(cause["cause_code"]), whole_roubles(kopecks_of(cause[column])), series)
        for cause in causes for column, series in (("increase_rub", "долг вырос"), ("decrease_rub", "долг уменьшился"))
        if cause[column]
    ]
    return bars(points, unit="₽", title="Изменение долга по причинам") if points else None


def _section(found: Difference, total: dict[str, Any]) -> dict[str, Any]:
    table, measure = total["table_name"], total["measure_code"]
    is_counted = measure in COUNTED
    own = [cause for cause in found.causes if (cause["table_name"], cause["measure_code"]) == (table, measure)]
    own.sort(key=lambda cause: (-abs(cause["net_rub"]), -cause["facts"], CAUSES.index(cause["cause_code"])))
    rows = found.largest_rows(table, _LARGEST, measure=measure) if own else []
    return {
        "code": f"{table}-{measure}", "title": words.measured(table, measure),
        "heads": _COUNT_HEADS if is_counted else _CAUSE_HEADS, "causes": [_cause(row, is_counted) for row in own],
        "numbers": range(1, 4 if is_counted else 7), "total": _sum(own, total, is_counted),
        "row_heads": _DECISION_HEADS if is_counted else _ROW_HEADS,
        "row_numbers": () if is_counted else (1, 2, 3), "rows": [_row(row, is_counted) for row in rows],
        "facts": sum(cause["facts"] for cause in own),
    }


def _cause(cause: dict[str, Any], is_counted: bool) -> tuple[str, ...]:
    counts = tuple(number(cause[name]) for name in ("facts", "appeared", "vanished"))
    money = tuple(_bare(cause[name]) for name in ("increase_rub", "decrease_rub", "net_rub"))
    return (words.cause(cause["cause_code"]), *counts, *(() if is_counted else money))


def _sum(own: list[dict[str, Any]], total: dict[str, Any], is_counted: bool) -> tuple[str, ...]:
    counts = tuple(number(sum(cause[name] for cause in own)) for name in ("facts", "appeared", "vanished"))
    up, down = (sum((cause[name] for cause in own), Decimal(0)) for name in ("increase_rub", "decrease_rub"))
    money = (_bare(up), _bare(down), _bare(total["difference_rub"]))
    return ("Всего", *counts, *(() if is_counted else money))


def _row(row: dict[str, Any], is_counted: bool) -> tuple[str, ...]:
    table = row["table_name"]
    why = words.sentence(row["cause_code"], row["cause_reference"])
    if row["other_causes"]:
        why += f"; ещё: {', '.join(words.cause(other) for other in row['other_causes'])}"
    if is_counted:
        before, after = (words.told(table, row[name]) for name in ("before_text", "after_text"))
        return (words.key(row["fact_key"]), before, after, why)
    before, after = (
        "—" if is_absent else _with_word(table, text, rub)
        for is_absent, text, rub in (
            (row["change_code"] == "appeared", row["before_text"], row["before_rub"]),
            (row["change_code"] == "vanished", row["after_text"], row["after_rub"]),
        )
    )
    return (words.key(row["fact_key"]), before, after, _bare(row["difference_rub"]), why)


def _with_word(table: str, code: str | None, rub: Decimal) -> str:
    return _bare(rub) if code is None else f"{words.told(table, code)}, {_bare(rub)}"


def _as_a_whole(found: Difference) -> list[tuple[str, str, str]]:
    """What the manifests say differently: (what, before, after)."""
    sides = found.sides
    told = [("Правило " + rule.key + f" (с {rule.since})", rule.before or "не читалось", rule.after or "не читалось")
            for rule in sides.rules_moved]
    told += [("Справочник или события " + name, "прежние", "другие") for name in sides.registers_moved]
    if sides.before.code_version != sides.after.code_version:
        told.append(("Версия программы", sides.before.code_version, sides.after.code_version))
    return told


def _signed(amount: Decimal) -> str:
    return f"{'+' if amount > 0 else ''}{roubles(amount)}"


def _bare(amount: Decimal) -> str:
    return decimal(amount, 2)
