"""The opening part by part: rows of each file go to the parts of their accounts, each part is judged and written.

Not here: the order of work, what only the whole book can tell (`opening.py`), the rules (`domain/ingest/opening.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl

from pipeline.contracts import debt, ingest, ledger, metering, opening, registers
from pipeline.contracts.table import Table
from pipeline.domain.debt.opening import opening_debtors
from pipeline.domain.ingest import opening as openings
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT, spelled_as_in_the_book, spellings, with_known_account
from pipeline.domain.ingest.counts import counts_by_fate
from pipeline.domain.ingest.fates import ACCEPTED, QUARANTINED, counted_reasons, of, with_reasons
from pipeline.domain.ingest.opening import OpeningTotals
from pipeline.domain.ingest.plain import judged_rows
from pipeline.rules.debt import DebtRules
from pipeline.rules.ledger import LedgerRules
from pipeline.rules.registry import Rules
from pipeline.storage.delivery_files import empty_rows, taken
from pipeline.storage.describe import published_tables
from pipeline.storage.homes import ID, PART, homes_in
from pipeline.storage.landing import Delivery
from pipeline.storage.parts import PART_SIZE, UNPLACED, part_name
from pipeline.storage.run import MonthRun
from pipeline.storage.work_files import folder_for, read_arrow, write_arrow

DIRECTORY: Final = "opening_homes"
KEYS: Final = (metering.OPENING_METERS,)
"""Tables whose key holds no account."""
_KEYS: Final = "opening_keys"
_LOOKED_UP: Final = (("creditor_id", "creditors"), ("service_code", "services"), ("contract_id", "service_contracts"))


@dataclass(frozen=True)
class OpeningLaw:
    """What the rule book says on the day of the opening."""

    ledger: LedgerRules
    debt: DebtRules

    @classmethod
    def in_force(cls, rules: Rules, on: date) -> OpeningLaw:
        """The rules in force on a day."""
        return cls(LedgerRules.in_force(rules, on), DebtRules.in_force(rules, on))


@dataclass(frozen=True)
class OpenedPart:
    """Bad rows by `<table>: <rule>`; with none the part is written. Rows by delivery and fate; the part's totals."""

    faults: Counter[str]
    counts: pl.DataFrame
    totals: OpeningTotals


def route(run: MonthRun, deliveries: Sequence[Delivery], until: datetime, number: str) -> None:
    """Rows of one file (by its place in the list) as work files of the parts of their accounts."""
    delivery = deliveries[int(number)]
    rows = taken(delivery).rows.filter(pl.col("received_at") <= until)
    directory = folder_for(run, DIRECTORY) / "accounts.arrow"
    homes = homes_in(directory, rows["account_id"])
    known = rows["account_id"].drop_nulls().unique().to_frame(ID).join(homes, on=ID, how="anti")
    meant = rows.select(written_id="account_id", known_account_id="account_id").clear()
    if known.height and delivery.table is not registers.ACCOUNTS:
        meant = spellings(known[ID], run.read_staged(ingest.ACCOUNT_INDEX.name))
        homes = pl.concat([homes, homes_in(directory, meant[KNOWN_ACCOUNT])]).unique()
    told = with_known_account(rows, meant).join(
        homes, left_on=KNOWN_ACCOUNT, right_on=ID, how="left", maintain_order="left"
    )
    for (part,), own in told.partition_by(PART, as_dict=True).items():
        name = UNPLACED if part is None else part_name(int(part))
        folder = folder_for(run, f"{name}-{delivery.table.name}")
        write_arrow(folder / f"{int(number):06d}.arrow", own.drop(PART))


def key_hashes(run: MonthRun, table: Table) -> pl.Series:
    """Hashes of the keys of all accepted rows."""
    files = folder_for(run, _KEYS).glob(f"*-{table.name}.arrow")
    return pl.concat([pl.Series("key", [], dtype=pl.UInt64), *(pl.read_ipc(file)["key"] for file in files)])


def open_part(run: MonthRun, part: str, *, issue_on: date, law: OpeningLaw) -> OpenedPart:
    """Judge the rows of a part; write its tables when every one is sound."""
    known = {name: run.read_staged(name)[column] for column, name in _LOOKED_UP}
    accounts = of(judged_rows(_routed(run, part, registers.ACCOUNTS), registers.ACCOUNTS), ACCEPTED)
    told = {table.name: _judged(table, _routed(run, part, table), known, issue_on) for table in opening.OPENING}
    faults = Counter({
        f"{name}: {rule}": rows for name, frame in told.items()
        for rule, rows in counted_reasons(of(frame, QUARANTINED)).rows()
    })
    _note_keys(run, part, told)
    tables = _tables(run, told, accounts.select(registers.ACCOUNTS.inside_names), law)
    if part != UNPLACED and not faults:
        _write(run, part, tables)
    return OpenedPart(faults, counts_by_fate(told), openings.totals(
        accounts, tables[ledger.OPEN_ITEMS.name], tables[ledger.ADVANCES.name], tables[metering.METER_MEMORY.name],
        of(told[opening.OPENING_DUNNING.name], ACCEPTED),
    ))


def _routed(run: MonthRun, part: str, table: Table) -> pl.DataFrame:
    empty = empty_rows(table).with_columns(pl.lit(None, dtype=pl.String()).alias(KNOWN_ACCOUNT))
    return read_arrow(folder_for(run, f"{part}-{table.name}"), empty)


def _judged(table: Table, rows: pl.DataFrame, known: Mapping[str, pl.Series], issue_on: date) -> pl.DataFrame:
    rules = {"unknown_account": pl.col(KNOWN_ACCOUNT).is_null()}
    for column, register in _LOOKED_UP:
        if column in rows.columns:
            is_unknown = pl.col(column).is_not_null() & ~pl.col(column).is_in(known[register].implode())
            rules[f"unknown_{column.removesuffix('_id').removesuffix('_code')}"] = is_unknown.fill_null(False)
    if "issued_on" in rows.columns:
        rules["issued_in_the_first_month"] = pl.col("issued_on") >= issue_on
    return judged_rows(with_reasons(rows, rules), table)


def _note_keys(run: MonthRun, part: str, told: Mapping[str, pl.DataFrame]) -> None:
    for table in KEYS:
        accepted = of(told[table.name], ACCEPTED)
        hashes = accepted.select(key=pl.struct(table.primary_key).hash(0))
        write_arrow(folder_for(run, _KEYS) / f"{part}-{table.name}.arrow", hashes)


def _tables(
    run: MonthRun, told: Mapping[str, pl.DataFrame], accounts: pl.DataFrame, law: OpeningLaw
) -> dict[str, pl.DataFrame]:
    """The tables of the state that the opening tells, in the inside shape."""
    rows = {name: spelled_as_in_the_book(of(frame, ACCEPTED)) for name, frame in told.items()}
    items = openings.open_items(
        rows["opening_items"], cut_on=run.as_of,
        limitation_years=law.ledger.limitation_years,
    )
    return {
        ledger.OPEN_ITEMS.name: items, ledger.ADVANCES.name: openings.advances(rows["opening_advances"]),
        metering.METER_MEMORY.name: rows["opening_meters"].select(metering.METER_MEMORY.inside_names),
        debt.DEBTORS.name: opening_debtors(
            items, rows["opening_dunning"].select(opening.OPENING_DUNNING.inside_names), accounts,
            rules=law.debt, as_of=run.as_of, book_id=run.book.settings.book_id,
        ),
    }


def _write(run: MonthRun, part: str, tables: Mapping[str, pl.DataFrame]) -> None:
    """Tables of the part; those that the opening does not tell are empty, so every month reads its state in one way."""
    number = int(part.removeprefix("part-"))
    # statistics of row groups leave the other parts on the disk
    index = pl.scan_parquet(run.staged_parquet(ingest.ACCOUNT_INDEX.name), hive_partitioning=False)
    is_mine = pl.col("account_index").is_between(number * PART_SIZE, (number + 1) * PART_SIZE, closed="left")
    told = {**tables, ingest.ACCOUNT_INDEX.name: index.filter(is_mine).collect()}
    for table in published_tables():
        if table.name != ingest.DELIVERIES.name:
            run.write(table, part, told.get(table.name, table.empty_inside()))
