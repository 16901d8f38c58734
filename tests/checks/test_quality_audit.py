"""Reductions for bad quality counted anew in SQL: every case of `cases/quality.yaml`, and each spoilt by a kopeck."""

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

import pipeline.checks.recalculation  # noqa: F401 - declares the checks
from pipeline.assets.recalculation_inputs import LINES, NO_PROPOSALS, PROPOSALS
from pipeline.assets.recalculation_quality_acts import ACTS_HERE
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import finding_of
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.recalculation import FEE_CAUSES, RECALCULATIONS
from pipeline.contracts.recalculation_events import ABSENCES
from pipeline.contracts.registers import ACCOUNTS
from pipeline.domain.recalculation.absence import months_away
from pipeline.domain.recalculation.applied import Applications, applied
from pipeline.domain.recalculation.fees import EARLIER
from pipeline.domain.recalculation.quality_acts import judged
from pipeline.domain.recalculation.quality_union import everywhere
from pipeline.storage.staging import NEW_APPLICATIONS
from tests.case_files import cases
from tests.domain.metering.folders import Folder
from tests.domain.metering.town import BOOK_ID, frame
from tests.domain.recalculation.applications import (
    ACCOUNT,
    FLAT,
    HOUSE,
    PLACES,
    bills_of,
    run_of,
    said,
    services,
    terms,
)

BAD = cases("quality.yaml")
CHECK: Final = "bad_quality_is_counted_by_minutes"
_OWN: Final = ("event_id", "account_id", "house_id", "premises_id", "proposal_id", "place_id")


def _named(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """Ids of a case of its own."""
    return rows.with_columns(
        pl.concat_str(pl.lit(f"{number}-"), pl.col(name)).alias(name) for name in _OWN if name in rows.columns
    )


def _together(month: date, told: dict[int, dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """The run of one month of cases by number, each a flat in a house of its own."""
    bills, bad, places = (
        pl.concat([_named(of_case(case), number) for number, case in told.items()])
        for of_case in (bills_of, said, lambda _: PLACES)
    )
    ruled, new = terms(month), bad["event_id"]
    valid, _ = judged(bad, places, services(), new, rules=ruled.quality, working_days=ruled.working_days)
    # an act about a flat has those of its house beside it
    flats = set(valid["premises_id"].drop_nulls())
    accounts = [
        {"account_id": f"{number}-{ACCOUNT}", "house_id": f"{number}-{HOUSE}", "premises_id": f"{number}-{FLAT}",
         "opened_on": date(2020, 1, 1)} for number in told
    ]
    concerned = pl.DataFrame([
        (one["account_id"], one["premises_id"] if one["premises_id"] in flats else one["house_id"]) for one in accounts
    ], schema=["account_id", "where"], orient="row")
    contracts = bills.select("contract_id").unique().with_columns(creditor_id=pl.lit("water"), house_id=pl.lit(HOUSE))
    away, earlier = ABSENCES.empty_inside(), RECALCULATIONS.empty_inside().select(EARLIER)
    proposals, _ = applied(
        Applications(away, months_away(away, new), everywhere(valid, places), concerned, new, bills, earlier,
                     contracts),
        ruled, book_id=BOOK_ID, month=month, lands_in_month=BillingMonth.of(month).next.first_day,
    )
    return {
        RECALCULATIONS.name: proposals, LINES: bills, ACTS_HERE: valid, NEW_APPLICATIONS: bad.select("event_id"),
        ACCOUNTS.name: frame(ACCOUNTS, accounts),
    }


@pytest.fixture(scope="module")
def every_case() -> dict[str, pl.DataFrame]:
    of_month = defaultdict[date, dict[int, dict[str, Any]]](dict)
    for number, case in enumerate(BAD):
        of_month[run_of(case)][number] = case
    told = [_together(month, cases) for month, cases in of_month.items()]
    return {name: pl.concat([one[name] for one in told]) for name in told[0]}


def _files(root: Path, told: dict[str, pl.DataFrame]) -> Folder:
    staged = {name: rows for name, rows in told.items() if name != RECALCULATIONS.name}
    staged = {PROPOSALS: NO_PROPOSALS} | staged
    staged |= {CHARGES.name: CHARGES.empty_inside(), BILLING_DOCUMENTS.name: BILLING_DOCUMENTS.empty_inside()}
    state = Folder(root / "state", {RECALCULATIONS.name: RECALCULATIONS.empty_inside()})
    return Folder(
        root / "run", {RECALCULATIONS.name: told[RECALCULATIONS.name]}, staged, state, month=BillingMonth(2026, 12)
    ).lay()


def test_every_case_is_counted_anew(tmp_path: Path, every_case: dict[str, pl.DataFrame]) -> None:
    found = finding_of(CHECK, _files(tmp_path, every_case))  # type: ignore[arg-type]
    assert (found.passed, found.sample_ids) == (True, [])


@pytest.mark.parametrize("kop", [1, -1])
def test_a_kopeck_of_any_case_is_seen(tmp_path: Path, kop: int, every_case: dict[str, pl.DataFrame]) -> None:
    rows = every_case[RECALCULATIONS.name]
    is_first = pl.col("account_id").is_first_distinct()
    spoilt = rows.with_columns(difference_kop=pl.col("difference_kop") + kop * is_first)
    found = finding_of(CHECK, _files(tmp_path, every_case | {RECALCULATIONS.name: spoilt}))  # type: ignore[arg-type]

    # a fee that is used up may take off less; on a day of the whole line its works may come to more: two cases
    exempt = rows.filter(pl.col("charged_again_kop") == 0)["account_id"].n_unique() if kop > 0 else 2
    assert found.found == rows["account_id"].n_unique() - exempt


def test_a_reduction_that_nobody_proposed_is_seen(tmp_path: Path, every_case: dict[str, pl.DataFrame]) -> None:
    rows = every_case[RECALCULATIONS.name]
    found = finding_of(CHECK, _files(tmp_path, every_case | {RECALCULATIONS.name: rows.clear()}))  # type: ignore[arg-type]
    lines = rows.select("account_id", "service_code", "charge_month").n_unique()
    assert found.found == lines


@pytest.mark.parametrize("cause", FEE_CAUSES)
def test_a_billed_change_of_the_fee_stops_nothing(
    tmp_path: Path, every_case: dict[str, pl.DataFrame], cause: str
) -> None:
    own = every_case[LINES].filter(pl.col("batch_id").is_null())
    of_batch = own.with_columns(batch_id=pl.lit(f"2026-06:{cause}:c1"))
    lines = pl.concat([own.with_columns(pl.col("payable_kop") // 2), of_batch])
    assert finding_of(CHECK, _files(tmp_path, every_case | {LINES: lines})).passed  # type: ignore[arg-type]


@pytest.mark.parametrize("cause", FEE_CAUSES)
def test_a_fault_beside_a_billed_change_of_another_month_is_seen(
    tmp_path: Path, every_case: dict[str, pl.DataFrame], cause: str
) -> None:
    own = every_case[LINES].filter(pl.col("batch_id").is_null())
    of_batch = own.with_columns(
        batch_id=pl.lit(f"2026-06:{cause}:c1"), charge_month=pl.col("charge_month").dt.offset_by("-2y"))
    lines = pl.concat([own.with_columns(pl.col("payable_kop") // 2), of_batch])
    assert not finding_of(CHECK, _files(tmp_path, every_case | {LINES: lines})).passed  # type: ignore[arg-type]


def test_a_billed_change_counts_for_the_month_it_was_proposed_for(
    tmp_path: Path, every_case: dict[str, pl.DataFrame]
) -> None:
    own = every_case[LINES].filter(pl.col("batch_id").is_null())
    named = own.with_columns(
        cause_code=pl.lit("corrected_area"), billed_kop=pl.lit(5, pl.Int64),
        **{name: pl.lit(None, kind) for name, kind in NO_PROPOSALS.schema.items()
           if name not in own.columns and name not in ("cause_code", "billed_kop")},
    ).select(NO_PROPOSALS.columns)
    halved = own.with_columns(pl.col("payable_kop") // 2)
    told = every_case | {LINES: halved, PROPOSALS: named}
    assert finding_of(CHECK, _files(tmp_path, told)).passed  # type: ignore[arg-type]
