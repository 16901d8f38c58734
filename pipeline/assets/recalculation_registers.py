"""What recalculation reads where registers were corrected: what has changed, whom it touches, what was billed to these.

Files of a register are compared for the whole book, and only where the cycle brought others than the month before read;
older lines are read once, for the accounts touched. Where nothing has changed, nothing is read. Arithmetic:
`domain/recalculation/corrected_registers.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import polars as pl

from pipeline.assets.older_lines import documents_in_force, lines_of, replaced_now, stage_lines
from pipeline.assets.rating import known_of
from pipeline.assets.whole_registers import has_registrations
from pipeline.billing_month import MOSCOW_NAME, BillingMonth
from pipeline.contracts import billing, ingest, recalculation, registers
from pipeline.domain.rating.ground import Known
from pipeline.domain.recalculation.corrected_registers import RegisterTerms, Touched, touched_accounts
from pipeline.domain.recalculation.register_changes import (
    COMPARED,
    NORMS,
    PERSONS,
    TARIFFS,
    Change,
    Register,
    changed,
)
from pipeline.domain.recalculation.rerated import EARLIER, LINE, Billed
from pipeline.rules.rating import RatingRules
from pipeline.rules.recalculation_registers import RegisterRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.registers_before import is_other_delivery, register_before
from pipeline.storage.run import MonthRun

#: Lines that older months billed to the accounts touched, earlier proposals for these, and rows that a register no
#: longer tells and nothing replaces; checks read all of it.
LINES: Final = "lines_of_registers"
PROPOSALS: Final = "proposals_of_registers"
KEPT: Final = ((PERSONS, "registrations_kept"), (NORMS, "norms_kept"), (TARIFFS, "tariffs_kept"))
_NO_LINES: Final = billing.CHARGES.empty_inside().select(LINE)
_NO_PROPOSALS: Final = recalculation.RECALCULATIONS.empty_inside().select(EARLIER)


def register_terms_of(run: MonthRun) -> RegisterTerms:
    on = run.month.first_day
    return RegisterTerms(RegisterRules.in_force(run.rule_book, on), RatingRules.in_force(run.rule_book, on))


def stage_corrections(run: MonthRun, terms: RegisterTerms) -> tuple[Change, ...]:
    """Registers that say otherwise than in the month before; lines of whom they touch are staged."""
    found = (_change(run, one) for one in COMPARED if is_other_delivery(run, one.table))
    changes = tuple(change for change in found if change is not None)
    _stage_kept(run, changes)
    if not changes:
        run.write_staged(LINES, WHOLE, _NO_LINES)
        run.write_staged(PROPOSALS, WHOLE, _NO_PROPOSALS)
        return ()
    documents = run.map_parts(documents_touched, changes=changes, reduction_months=terms.rules.reduction_months)
    stage_lines(run, LINES, documents, LINE)
    return changes


def corrections_of(run: MonthRun, part: str, changes: Sequence[Change], terms: RegisterTerms) -> Touched | None:
    """What changes touch in one part; None where it is nobody."""
    if not changes:
        return None
    accounts = _accounts(run, part, changes, terms.rules.reduction_months)
    if accounts.is_empty():
        run.write_staged(PROPOSALS, part, _NO_PROPOSALS)
        return None
    ids = accounts["account_id"].unique()
    earlier = run.state.keyed(
        recalculation.RECALCULATIONS, _months(run, accounts), part=part, columns=EARLIER, account_ids=ids
    ).unique("proposal_id", keep="last", maintain_order=True)
    run.write_staged(PROPOSALS, part, earlier.sort("proposal_id"))
    return Touched(
        changes, accounts, Billed(lines_of(run, LINES, part, ids, LINE), earlier), _known(run, part, ids),
        _told_on(run, changes),
    )


def documents_touched(
    run: MonthRun, part: str, *, changes: Sequence[Change], reduction_months: int
) -> pl.DataFrame:
    """Documents in force of the accounts touched, of the months from their first day on."""
    accounts = _accounts(run, part, changes, reduction_months)
    documents = documents_in_force(run, part, accounts["account_id"].unique(), _months(run, accounts))
    first = accounts.group_by("account_id").agg(first=pl.col("since").min().dt.month_start())
    return documents.join(first, on="account_id", maintain_order="left").filter(
        pl.col("run_month") >= pl.col("first")
    ).drop("first")


def _stage_kept(run: MonthRun, changes: Sequence[Change]) -> None:
    told = {change.register.table.name: change.now for change in changes}
    for register, name in KEPT:
        none = register.table.empty_inside()
        rows = told.get(register.table.name, none).select(none.columns)
        now = pl.scan_parquet(run.staged_files(register.table.name), glob=False).collect() if rows.height else none
        run.write_staged(name, WHOLE, rows.join(now, on=none.columns, how="anti", nulls_equal=True))


def _change(run: MonthRun, register: Register) -> Change | None:
    days = ("valid_from", "valid_to") if register.is_dated else ()
    columns = [*register.about, *register.told, *days]
    now = pl.scan_parquet(run.staged_files(register.table.name), glob=False).unique(register.table.primary_key)
    return changed(register_before(run, register.table, columns), now.select(columns).collect(), register)


def _accounts(run: MonthRun, part: str, changes: Sequence[Change], reduction_months: int) -> pl.DataFrame:
    """account_id, cause_code, since (within reach of the book's limit) of the part's accounts with a billed month that
    changes touch."""
    touched = touched_accounts(
        changes, run.register(registers.ACCOUNTS, part), run.register(registers.HOUSES),
        run.register(registers.SERVICE_CONTRACTS),
    )
    reach = run.month.plus(-reduction_months).first_day
    return touched.filter(pl.col("since") <= run.month.last_day).with_columns(
        since=pl.max_horizontal("since", pl.lit(reach))
    )


def _months(run: MonthRun, accounts: pl.DataFrame) -> list[BillingMonth]:
    """Closed months from the first that any of the accounts is touched in."""
    first = accounts["since"].min()
    if run.state.is_opening or not isinstance(first, date):
        return []
    return list(BillingMonth.range(BillingMonth.of(first), run.state.month))


def _known(run: MonthRun, part: str, ids: pl.Series) -> Known:
    """Registers of the flats of these accounts."""
    known = known_of(run, part, has_registrations(run))
    flats = known.accounts.filter(pl.col("account_id").is_in(ids.implode()))["premises_id"].unique()
    of_flats = pl.col("premises_id").is_in(flats.implode())
    return replace(
        known, accounts=known.accounts.filter(of_flats), premises=known.premises.filter(of_flats),
        rights=known.rights.filter(of_flats), registrations=known.registrations.filter(of_flats),
        meters=known.meters.filter(pl.col("account_id").is_in(ids.implode())), replaced=replaced_now(run, part),
    )


def _told_on(run: MonthRun, changes: Sequence[Change]) -> date:
    """The last day on which one of the registers came."""
    names = [change.register.table.name for change in changes]
    told = run.read(ingest.DELIVERIES, columns=["table_name", "received_at"]).filter(pl.col("table_name").is_in(names))
    day: date = told.select(pl.col("received_at").max().dt.convert_time_zone(MOSCOW_NAME).dt.date()).item()
    return day
