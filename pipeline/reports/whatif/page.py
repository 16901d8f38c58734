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
#: Words for the stages of each list that has them, in the order in which they are read.
_STAGES: Final = {
    "sms_list": words.stage, "court_list": words.stage, "debtors": words.stage | {"none": "без ступени"},
    "restriction_list": words.restriction_action | {"blocked": "пока нельзя"}, "court_standing": words.court_stage,
    "enforcement_list": words.addressee, "withdrawal_list": words.addressee, "instalments": words.instalment,
}
#: Lists that leave and cost money, and those that the page tells by stage.
_PRICED: Final = ("sms_list", "debt_receipts", "court_list")
_BY_STAGE: Final = ("debtors", "restriction_list", "court_standing", "instalments")


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
    staged = [
        (code, [(named, parts[code, stage]) for stage, named in _STAGES[code].items() if (code, stage) in parts])
        for code in _BY_STAGE
    ]
    own_bonus = parts.get(("eligibility", str(shown.month)), _nothing("eligibility"))
    points = [
        Point(words.compared(row["list_code"]), row[f"rows_{side}"], series)
        for row in lists for side, series in (("before", BEFORE), ("after", AFTER))
    ]
    costs = {side: sum(row[f"cost_{side}_kop"] for row in lists) for side in ("before", "after")}
    return page(
        "whatif.html.j2", shown=shown, lists=lists, own_bonus=own_bonus,
        staged=[(code, rows) for code, rows in staged if rows], told={row["list_code"]: row for row in lists},
        priced=[row for row in lists if row["list_code"] in _PRICED],
        chart=bars(points, unit="строк", title="Строк в каждом списке: как есть и в сценарии", stacked=False),
        named=[_named(moved, code) for code in COMPARED], most=_NAMED,
        why=[told_cause(cause) for cause in shown.causes], cost_before=costs["before"], cost_after=costs["after"],
    )


def _nothing(code: str) -> dict[str, Any]:
    """A list that is empty on both sides."""
    return {**dict.fromkeys(SCENARIO_FIGURES.inside_names, 0), "list_code": code, "part_code": WHOLE_LIST}


def _named(moved: pl.DataFrame, code: str) -> dict[str, Any]:
    """The largest entries that enter and leave one list, with their stages in words."""
    mine = moved.filter(pl.col("list_code") == code)
    said: Mapping[str, str] = _STAGES.get(code, {})
    sides = {
        move: [
            row | {"stage": said.get(row[f"stage_{side}"])} for row in mine.filter(pl.col("move_code") == move)
            .sort(-pl.col(f"{side}_kop").abs(), "entry_key").head(_NAMED).to_dicts()
        ] for move, side in (("enters", "after"), ("leaves", "before"))
    }
    counts = {move: mine.filter(pl.col("move_code") == move).height for move in sides}
    return {"list_code": code, "counts": counts, **sides}
