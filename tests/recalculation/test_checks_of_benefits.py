"""Benefits through a book: months billed without them, what the biller took off after the end, checks."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.recalculation
import pipeline.checks.recalculation_owners
from pipeline.checks.room import DECLARED
from pipeline.contracts.recalculation import FEE_CAUSES, RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, A2, A3
from tests.recalculation.town import (
    APPLIED_ON,
    at,
    billed_beside,
    billed_elsewhere,
    billed_otherwise,
    billed_town,
    night,
)

_ROOMS = (pipeline.checks.recalculation.__name__, pipeline.checks.recalculation_owners.__name__)
CHECKS = {one.name: one for one in DECLARED if one.check.__module__ in _ROOMS}
Spoil = Callable[[pl.DataFrame], pl.DataFrame]


def benefit(number: int, account: str, since: date, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"b{number}", "registered_at": at(APPLIED_ON, 9), "account_id": account,
        "person_id": f"p-{account}", "benefit_code": "veteran", "service_kinds": ["other"], "percent": Decimal(50),
        "covers_code": "household", "residents": 2, "effective_from": since, "status_code": "confirmed",
        "evidence": "удостоверение 1",
    } | more


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """Half of A1's fee from 11 December, 62.00 a month for A2 from 16 January; A3's document is missing."""
    town = billed_town(tmp_path_factory.mktemp("begun") / "book")
    town.deliver("benefits", APPLIED_ON, benefit(1, A1, date(2025, 12, 11)),
                 benefit(2, A2, date(2026, 1, 16), percent=None, month_sum_rub=Decimal("62.00")),
                 benefit(3, A3, date(2026, 1, 1), evidence=None))
    return night(town)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """The biller takes 31.00 off everybody; A2's benefit ended on 10 January, A1's goes on."""
    taken = {"charged_rub": Decimal("341.00"), "benefit_rub": Decimal("31.00")}
    town = billed_town(tmp_path_factory.mktemp("ended") / "book", **taken)
    town.deliver("benefits", APPLIED_ON, benefit(1, A1, date(2025, 12, 11)),
                 benefit(2, A2, date(2025, 1, 1), effective_to=date(2026, 1, 10)))
    return night(town)


def _proposed(run: MonthRun) -> list[tuple[Any, ...]]:
    rows = run.read(RECALCULATIONS).sort("account_id", "charge_month")
    return rows.select("account_id", "cause_code", "charge_month", "difference_kop", "waiting_reason_code").rows()


def test_months_billed_without_a_benefit_are_reduced(begun: MonthRun) -> None:
    assert _proposed(begun) == [
        # 310.00 × 50 % × 21/31, then the whole of January; 62.00 × 16/31
        (A1, "benefit", date(2025, 12, 1), -10500, None), (A1, "benefit", date(2026, 1, 1), -15500, None),
        (A2, "benefit", date(2026, 1, 1), -3200, None),
    ]
    back = begun.read(RETURNED_APPLICATIONS).select("event_id", "kind_code", "field_code").rows()
    assert back == [("b3", "benefit", "evidence")]


def test_what_ended_is_charged_again_once_a_person_agrees(ended: MonthRun) -> None:
    # 31.00 × 21/31
    assert _proposed(ended) == [(A2, "benefit_ended", date(2026, 1, 1), 2100, "by_policy")]
    assert ended.read(RECALCULATIONS)["status_code"].to_list() == ["waits_for_approval"]
    back = ended.read(RETURNED_APPLICATIONS).select("event_id", "reason_code").rows()
    assert back == [("b1", "benefit_billed")]


def test_checks_hold(begun: MonthRun, ended: MonthRun) -> None:
    assert [name for run in (begun, ended) for name, one in CHECKS.items() if not one.check(run).passed] == []


FAULTS: list[tuple[str, str, bool, Spoil]] = [
    ("begun", "benefits", True, lambda rows: rows.clear()),
    ("begun", "benefits", True, lambda rows: rows.with_columns(percent_e7=pl.col("percent_e7") - 1_000_000)),
    ("begun", "benefits", True,
     lambda rows: rows.with_columns(month_sum_kop=pl.when(pl.col("month_sum_kop") > 0).then(6000))),
    ("begun", "benefits", True,
     lambda rows: rows.with_columns(effective_from=pl.col("effective_from").dt.offset_by("1d"))),
    ("begun", "charges", True, lambda rows: rows.with_columns(
        benefit_kop=pl.when(pl.col("account_id") == A2).then(3200).otherwise("benefit_kop"))),
    ("begun", "recalculations", False, lambda rows: rows.with_columns(difference_rub=-pl.col("difference_rub"))),
    ("ended", "benefits", True, lambda rows: rows.with_columns(effective_to=pl.col("effective_to").dt.offset_by("1d"))),
    ("ended", "charges", True, lambda rows: rows.with_columns(benefit_kop=pl.col("benefit_kop") - 100)),
]


@pytest.mark.parametrize(("town", "table", "is_staged", "spoil"), FAULTS)
def test_check_fails(town: str, table: str, is_staged: bool, spoil: Spoil, request: pytest.FixtureRequest) -> None:
    run: MonthRun = request.getfixturevalue(town)
    files = run.staged_files(table) if is_staged else sorted((run.folder / table).glob("*.parquet"))
    kept = {file: file.read_bytes() for file in files}
    rows = pl.concat([pl.read_parquet(file) for file in files])
    try:
        spoil(rows).write_parquet(files[0])
        found = CHECKS["benefits_are_counted_by_days"].check(run)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)

    assert not found.passed
    assert set(found.sample_ids) <= {A1, A2}


def test_the_day_of_registration_is_a_day_in_moscow(begun: MonthRun) -> None:
    """Told at one in the morning of 11 December three years later: by Moscow's clock the day before is too old."""
    file, = begun.staged_files("benefits")
    kept = file.read_bytes()
    rows = pl.read_parquet(file)
    is_first = pl.col("event_id") == "b1"
    try:
        rows.with_columns(
            registered_at=pl.when(is_first).then(pl.lit(at(date(2028, 12, 11), 1))).otherwise("registered_at"),
            effective_from=pl.when(is_first).then(pl.lit(date(2025, 12, 10))).otherwise("effective_from"),
        ).cast(rows.schema).write_parquet(file)  # type: ignore[arg-type]
        assert CHECKS["benefits_are_counted_by_days"].check(begun).passed
    finally:
        file.write_bytes(kept)


def test_what_waits_by_policy_says_so(ended: MonthRun) -> None:
    """A proposal that the policy holds back is found where it does not say so."""
    file = next((ended.folder / RECALCULATIONS.name).glob("*.parquet"))
    kept = file.read_bytes()
    try:
        rows = pl.read_parquet(file)
        rows.with_columns(waiting_reason_code=pl.lit(None, dtype=pl.String)).write_parquet(file)
        found = CHECKS["what_is_over_a_limit_waits"].check(ended)
    finally:
        file.write_bytes(kept)

    assert found.sample_ids == [A2]


@pytest.mark.parametrize("cause", FEE_CAUSES)
def test_a_billed_change_of_the_fee_stops_nothing(cause: str, begun: MonthRun) -> None:
    file = begun.staged_files("charges")[0]
    kept = file.read_bytes()
    try:
        billed_beside(pl.read_parquet(file), cause).write_parquet(file)
        found = CHECKS["benefits_are_counted_by_days"].check(begun)
    finally:
        file.write_bytes(kept)

    assert found.passed


@pytest.mark.parametrize("cause", FEE_CAUSES)
def test_a_fault_beside_a_billed_change_of_another_month_is_seen(cause: str, begun: MonthRun) -> None:
    file = begun.staged_files("charges")[0]
    kept = file.read_bytes()
    try:
        billed_elsewhere(pl.read_parquet(file), cause).write_parquet(file)
        found = CHECKS["benefits_are_counted_by_days"].check(begun)
    finally:
        file.write_bytes(kept)

    assert not found.passed


def test_a_benefit_takes_what_this_cycle_has_left_of_the_fee(tmp_path: Path) -> None:
    """And its earliest day is counted by the day of Moscow, though it was registered at one in the night."""
    town = billed_otherwise(tmp_path / "book", "  recalculation_benefits.back_months_max: 2\n")
    late = at(APPLIED_ON, 1)
    town.deliver("benefits", APPLIED_ON, benefit(1, A1, date(2025, 12, 1), percent=Decimal(100)),
                 benefit(2, A2, date(2025, 1, 1), registered_at=late))

    run = night(town)

    december = pl.col("charge_month") == date(2025, 12, 1)
    assert run.read(RECALCULATIONS).filter(december).sort("account_id", "cause_code").select(
        "account_id", "cause_code", "difference_kop").rows() == [
        # 310.00 - 200.00 that January's document took off for the absence, though 150.00 was proposed
        (A1, "absence", -15000), (A1, "benefit", -11000),
        # 310.00 × 50 % × 23/31 from 9 December
        (A2, "benefit", -11500),
    ]
    assert [name for name, one in CHECKS.items() if not one.check(run).passed] == ["billers_agree_with_proposals"]
