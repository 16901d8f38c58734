"""The page of a scenario and its figures as tables: what is different, the lists on both sides, who enters and leaves.

One file that opens without a network. Nobody is named: ids of accounts and persons only. Not here: the comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.debt import STAGES
from pipeline.contracts.scenarios import COMPARED, SCENARIO_FIGURES, SCENARIO_MOVES, WHOLE_LIST
from pipeline.rendering import words
from pipeline.rendering.charts import Point, bars
from pipeline.rendering.html import page
from pipeline.reports.whatif.told import Told, told_cause
from pipeline.storage.book import Book
from pipeline.storage.report_files import write_report, write_report_table
from pipeline.storage.shapes import to_outside

PAGE: Final = "whatif.html"
BEFORE: Final = "как есть"
AFTER: Final = "в сценарии"
#: Entries of a list that the page names on each side; all of them are in the table `scenario_moves`.
_NAMED: Final = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says of the scenario beside its figures."""

    month: BillingMonth
    name: str
    book_name: str
    as_of: date
    is_closed: bool
    told: Sequence[Told]
    failed_checks: Sequence[str]
    remarks: Sequence[str]
    awaited: Sequence[str]
    causes: Sequence[Mapping[str, Any]]
    """Rows of `change_causes`: what moved in every table, and why."""


def written(book: Book, run_id: str, shown: Shown, moved: pl.DataFrame, counted: pl.DataFrame) -> Path:
    """Write the tables and the page under the scenario's reports; the page."""
    for table, frame in ((SCENARIO_MOVES, moved), (SCENARIO_FIGURES, counted)):
        write_report_table(book, shown.month, run_id, table, to_outside(frame, table))
    return write_report(book, shown.month, run_id, PAGE, text(shown, moved, counted))


def text(shown: Shown, moved: pl.DataFrame, counted: pl.DataFrame) -> str:
    """The page as HTML."""
    whole = {row["list_code"]: row for row in counted.filter(pl.col("part_code") == WHOLE_LIST).to_dicts()}
    lists = [whole.get(code, _nothing(code)) for code in COMPARED]
    parts = {(row["list_code"], row["part_code"]): row for row in counted.to_dicts()}
    stages = [parts["debtors", stage] for stage in STAGES if ("debtors", stage) in parts]
    own_bonus = parts.get(("eligibility", str(shown.month)), _nothing("eligibility"))
    points = [
        Point(words.compared(row["list_code"]), row[f"rows_{side}"], series)
        for row in lists for side, series in (("before", BEFORE), ("after", AFTER))
    ]
    costs = {side: sum(row[f"cost_{side}_kop"] for row in lists) for side in ("before", "after")}
    return page(
        "whatif.html.j2", shown=shown, lists=lists, stages=stages, own_bonus=own_bonus,
        chart=bars(points, unit="строк", title="Строк в каждом списке: как есть и в сценарии", stacked=False),
        named=[_named(moved, code) for code in COMPARED], most=_NAMED,
        why=[told_cause(cause) for cause in shown.causes], cost_before=costs["before"], cost_after=costs["after"],
    )


def _nothing(code: str) -> dict[str, Any]:
    """A list that is empty on both sides."""
    return {**dict.fromkeys(SCENARIO_FIGURES.inside_names, 0), "list_code": code, "part_code": WHOLE_LIST}


def _named(moved: pl.DataFrame, code: str) -> dict[str, Any]:
    """The largest entries that enter and leave one list."""
    mine = moved.filter(pl.col("list_code") == code)
    sides = {
        move: mine.filter(pl.col("move_code") == move).sort(-pl.col(money).abs(), "entry_key").head(_NAMED).to_dicts()
        for move, money in (("enters", "after_kop"), ("leaves", "before_kop"))
    }
    counts = {move: mine.filter(pl.col("move_code") == move).height for move in sides}
    return {"list_code": code, "counts": counts, **sides}
