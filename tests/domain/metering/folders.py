"""The files of a run of the small town, as the checks read them: no gate, so that a broken file can be laid too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.assets.metering_inputs import METER_ACTS_HERE
from pipeline.assets.recalculation_inputs import ABSENCES_HERE, LINES, NO_PROPOSALS, PROPOSALS
from pipeline.assets.recalculation_meter_acts import NOTHING
from pipeline.assets.recalculation_meters import NO_MONTHS, TAMPERING_MONTHS
from pipeline.assets.recalculation_quality_acts import ACTS_HERE
from pipeline.billing_month import BillingMonth
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, SCHEDULE_BEFORE
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import (
    CONSUMPTION,
    METER_MEMORY,
    READING_DOUBTS,
    UNBILLED_VOLUMES,
    UNCONFIRMED_CHARGES,
)
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.recalculation_events import ABSENCES, QUALITY_ACTS
from pipeline.contracts.registers import ACCOUNTS, CYCLES, METERS, SERVICE_CONTRACTS
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.contracts.table import Table
from pipeline.domain.recalculation.fees import BILLED_LINE
from pipeline.domain.recalculation.quality_acts import nothing_told
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.shapes import to_outside
from pipeline.storage.staging import NEW_APPLICATIONS
from tests.domain.metering.town import CONTRACTS, RULES, Town, charge_row, document_rows, frame

STATE = (METER_MEMORY, UNCONFIRMED_CHARGES, UNBILLED_VOLUMES, RECALCULATIONS)
PUBLISHED = (CONSUMPTION, READING_DOUBTS, *STATE)
_NOTHING_APPLIED = {
    ABSENCES.name: ABSENCES.empty_inside(), ABSENCES_HERE: ABSENCES.empty_inside(),
    QUALITY_ACTS.name: QUALITY_ACTS.empty_inside(), ACCOUNTS.name: ACCOUNTS.empty_inside(),
    ACTS_HERE: nothing_told(),
    NEW_APPLICATIONS: pl.DataFrame(schema={"event_id": pl.String}),
    LINES: CHARGES.empty_inside().select(BILLED_LINE), PROPOSALS: NO_PROPOSALS,
    METER_ACTS_HERE: METER_ACTS.empty_inside(),
    TAMPERING_MONTHS: NO_MONTHS, SCHEDULE_BEFORE: ADVANCE_SCHEDULE.empty_inside(), **NOTHING,
}


@dataclass
class Folder:
    """Tables of one kind by name, laid as Parquet; stands for a run, and for its state."""

    root: Path
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    staged: dict[str, pl.DataFrame] = field(default_factory=dict)
    state: Any = None
    month: BillingMonth = field(default_factory=lambda: BillingMonth(2025, 12))
    rule_book: RuleBook = RULES
    run_id: str = "files"
    as_of: date = date(2026, 5, 31)

    @property
    def book(self) -> Book:
        return Book.at(self.root)

    def map_parts(self, task: Callable[..., Any], parts: list[str], **asked: Any) -> list[Any]:
        return [task(self, part, **asked) for part in parts]

    def copied(self, root: Path) -> Folder:
        """The same files laid elsewhere, to be changed there."""
        state = None if self.state is None else replace(self.state, root=root / "state", frames=dict(self.state.frames))
        return replace(
            self, root=root / "run", frames=dict(self.frames), staged=dict(self.staged), state=state
        ).lay()

    def lay(self) -> Folder:
        for name, table in self.frames.items():
            self._write(self.root / name, to_outside(table, TABLES[name]))
        for name, staged in self.staged.items():
            self._write(self.root / "staged" / name, staged)
        if self.state is not None:
            self.state.lay()
        return self

    def change(self, table: Table, **columns: Any) -> Folder:
        """The same files with some columns of one table set."""
        self.frames[table.name] = self.frames[table.name].with_columns(
            pl.lit(value, dtype=table.inside_schema[name]).alias(name) for name, value in columns.items()
        )
        return self.lay()

    def register(self, table: Table) -> pl.DataFrame:
        return self.staged[table.name]

    def parquet(self, name: str) -> str:
        return str(self.root / name / "*.parquet")

    def staged_parquet(self, name: str) -> str:
        return str(self.root / "staged" / name / "*.parquet")

    @staticmethod
    def _write(folder: Path, table: pl.DataFrame) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        table.write_parquet(folder / "part-000.parquet")


def numbered(number: int, given: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Rows of a case as those of an account of its own: the number of the case stands before its ids."""
    return [
        one | {"account": f"{number}-acc", "meter": f"{number}-{one.get('meter', 'A')}"}
        | {name: f"{number}-{one[name]}" for name in names if name in one}
        for one in given
    ]


def cases_in_files(town: Town, root: Path, runs: dict[date, list[tuple[int, dict[str, Any]]]]) -> list[Folder]:
    """The months of `runs` in order, each of the accounts that have a run in it; the others stay as they are."""
    folders = []
    for month in sorted(runs):
        accounts = pl.col("account_id").is_in([f"{number}-acc" for number, _ in runs[month]])
        state = ("memory", "unconfirmed", "unbilled", "proposals")
        now = replace(town, **{name: getattr(town, name).filter(accounts) for name in ("meters", *state)})
        folders.append(run_in_files(
            now, root / str(month), month,
            billed=[line for number, run in runs[month]
                    for line in numbered(number, run["billed"], "document", "supersedes")],
            readings=[one for number, run in runs[month] for one in numbered(number, run["readings"], "id")],
        ))
        for name in state:
            others = getattr(town, name).filter(~accounts)
            setattr(town, name, pl.concat([others, getattr(now, name)]))
    return folders


def run_in_files(
    town: Town, root: Path, month: date, *, billed: list[dict[str, Any]], readings: list[dict[str, Any]]
) -> Folder:
    """One month of the town, and its files with those of the state it started from."""
    before = dict(zip([table.name for table in STATE],
                      [town.memory, town.unconfirmed, town.unbilled, town.proposals], strict=True))
    next_month = BillingMonth.of(month).next.first_day
    result, proposals = town.run(month, billed=billed, readings=readings)
    now = [result.consumption, result.doubts, result.memory, result.unconfirmed, result.unbilled, proposals]
    staged = {
        CHARGES.name: frame(CHARGES, [charge_row(number, line) for number, line in enumerate(billed, start=1)]),
        BILLING_DOCUMENTS.name: frame(BILLING_DOCUMENTS, document_rows(billed)),
        METERS.name: town.meters,
        APPROVALS.name: town.approvals,
        **_NOTHING_APPLIED,
        SERVICE_CONTRACTS.name: CONTRACTS,
        CYCLES.name: frame(CYCLES, [{"billing_month": month, "issue_on": month, "next_issue_on": next_month}]),
    }
    published = dict(zip([table.name for table in PUBLISHED], now, strict=True))
    published[SUBSTITUTE_VOLUMES.name] = SUBSTITUTE_VOLUMES.empty_inside()
    return Folder(
        root / "run", published, staged,
        Folder(root / "state", before), BillingMonth.of(month), town.rule_book,
    ).lay()
