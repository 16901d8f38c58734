"""Checks of metering and recalculation: they hold over every case of true-up, and each is seen failing once."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.metering
import pipeline.checks.recalculation
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, Finding, finding_of
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.metering import (
    CONSUMPTION,
    METER_MEMORY,
    READING_DOUBTS,
    UNBILLED_VOLUMES,
    UNCONFIRMED_CHARGES,
)
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import CYCLES, METERS
from tests.case_files import cases
from tests.domain.metering.folders import Folder, cases_in_files, numbered, run_in_files
from tests.domain.metering.town import Town, frame, month_of
from tests.domain.recalculation.test_approvals import decision

MODULES = (pipeline.checks.metering.__name__, pipeline.checks.recalculation.__name__)
CHECKS = [declared for declared in DECLARED if declared.check.__module__ in MODULES]
CASES = cases("true_up.yaml")
DECEMBER, JANUARY = date(2025, 12, 1), date(2026, 1, 1)
ESTIMATE = {"document": "d12", "month": "2025-12", "volume": "3.000", "charged": "147.57"}
READING = {"id": "r1", "read_on": date(2026, 1, 24), "value": "158.640"}
BATCH = "2025-12:true_up_average:c1"


def _town(case: dict[str, Any]) -> Town:
    return _town_of(case.get("meters", [case.get("meter", {})]), case.get("overrides", {}))


def _town_of(meters: list[dict[str, Any]], overrides: dict[str, Any]) -> Town:
    town = Town.of(meters, last="150.000", last_on=date(2025, 11, 25))
    town.rule_book = town.rule_book.with_overrides(overrides)
    return town


@pytest.fixture(scope="module")
def every_run(tmp_path_factory: pytest.TempPathFactory) -> list[Folder]:
    """The runs of all cases: those of one month under the same rules lie in one folder, a case an account."""
    root, alike = tmp_path_factory.mktemp("cases"), defaultdict[str, list[tuple[int, dict[str, Any]]]](list)
    for number, case in enumerate(CASES):
        alike[str(case.get("overrides"))].append((number, case))
    found = []
    for place, told in enumerate(alike.values()):
        meters = [one for number, case in told
                  for one in numbered(number, case.get("meters", [case.get("meter", {})]), "point")]
        runs = defaultdict[date, list[tuple[int, dict[str, Any]]]](list)
        for number, case in told:
            for run in case["runs"]:
                runs[month_of(run["month"])].append((number, run))
        found += cases_in_files(_town_of(meters, told[0][1].get("overrides", {})), root / str(place), runs)
    return found


@pytest.fixture(scope="module")
def every_finding(every_run: list[Folder]) -> dict[str, list[tuple[BillingMonth, Finding]]]:
    """By blocking check: what it finds in each folder, all checks of a folder before the next one."""
    told = defaultdict[str, list[tuple[BillingMonth, Finding]]](list)
    for files in every_run:
        for declared in CHECKS:
            if declared.is_blocking:
                told[declared.name].append((files.month, _found(declared.name, files)))
    return told


@pytest.mark.parametrize("name", [declared.name for declared in CHECKS if declared.is_blocking])
def test_a_blocking_check_holds_over_every_case(
    name: str, every_run: list[Folder], every_finding: dict[str, list[tuple[BillingMonth, Finding]]]
) -> None:
    assert len(every_finding[name]) == len(every_run)
    assert [told for told in every_finding[name] if not told[1].passed] == []


def test_a_kopeck_of_one_case_is_seen_among_all(every_run: list[Folder], tmp_path: Path) -> None:
    files = max(every_run, key=lambda files: files.frames[RECALCULATIONS.name].height)
    rows = files.frames[RECALCULATIONS.name]
    one = rows.row(-1, named=True)["account_id"]
    spoilt = rows.with_columns(pl.col("difference_kop") + pl.col("account_id").eq(one))
    files = replace(files, root=tmp_path, frames={**files.frames, RECALCULATIONS.name: spoilt}).lay()

    assert _found("proposals_add_up", files).sample_ids == [one]


def test_every_case_runs(every_run: list[Folder]) -> None:
    accounts = [files.staged[METERS.name]["account_id"].unique().to_list() for files in every_run]
    assert sorted(account for of_run in accounts for account in of_run) == sorted(
        f"{number}-acc" for number, case in enumerate(CASES) for _ in case["runs"]
    )


def test_every_blocking_check_reads_a_consumer_of_many_thousand_units(tmp_path: Path) -> None:
    """Seen on real readings: from 10,000 units on the product of a volume overflowed, and the month stopped."""
    estimate = {**ESTIMATE, "volume": "20000.000", "charged": "983800.00"}
    reading = {**READING, "value": "25150.000", "source": "inspector"}
    files = run_in_files(_town({}), tmp_path, DECEMBER, billed=[estimate], readings=[reading])

    assert files.frames[RECALCULATIONS.name].height == 1
    for declared in CHECKS:
        assert not declared.is_blocking or declared.check(files).passed, declared.name  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def both_months(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, Folder]:
    """A run that accepts a reading and proposes its true-up, and one that bills the proposal of the month before."""
    town, root = _town({}), tmp_path_factory.mktemp("months")
    line = {"document": "d01", "month": "2025-12", "basis": "act", "recalculated": "64.93", "batch": BATCH}
    return (
        run_in_files(town, root / "december", DECEMBER, billed=[ESTIMATE], readings=[READING]),
        run_in_files(town, root / "january", JANUARY, billed=[line], readings=[]),
    )


@pytest.fixture
def december(both_months: tuple[Folder, Folder], tmp_path: Path) -> Folder:
    return both_months[0].copied(tmp_path)


@pytest.fixture
def january(both_months: tuple[Folder, Folder], tmp_path: Path) -> Folder:
    return both_months[1].copied(tmp_path)


def _doubled(files: Folder, table: Any, **columns: Any) -> Folder:
    """A second row like the first, but for some columns."""
    rows = files.frames[table.name]
    twin = rows.head(1).with_columns(
        pl.lit(value, dtype=table.inside_schema[name]).alias(name) for name, value in columns.items()
    )
    files.frames[table.name] = pl.concat([rows, twin])
    return files.lay()


def _without(files: Folder, table: Any) -> Folder:
    files.frames[table.name] = files.frames[table.name].clear()
    return files.lay()


def _read_again(files: Folder) -> Folder:
    """The state has closed the month already."""
    files.state.change(METER_MEMORY, last_actual_month=JANUARY)
    return files


def _proposed_before(files: Folder) -> Folder:
    """The state has a proposal for the same month."""
    files.state.frames[RECALCULATIONS.name] = files.frames[RECALCULATIONS.name].with_columns(
        proposal_id=pl.lit("another")
    )
    return files.lay()


BROKEN_IN_DECEMBER: dict[str, Callable[[Folder], Folder]] = {
    "volumes_are_never_negative": lambda files: files.change(CONSUMPTION, volume_e7=-1),
    "every_accepted_reading_has_a_known_meter": lambda files: files.change(CONSUMPTION, meter_id="unknown"),
    "one_reading_is_accepted_per_meter_zone_and_month": lambda files: _doubled(files, CONSUMPTION, reading_id="r2"),
    "volumes_follow_registers": lambda files: files.change(
        CONSUMPTION, volume_e7=172_800_000, month_volume_e7=172_800_000
    ),
    "registers_roll_forward": lambda files: files.change(METER_MEMORY, last_value_e7=1),
    "histories_roll_forward": lambda files: files.change(METER_MEMORY, actual_volume_e7=279_771_430),
    "estimates_roll_forward": lambda files: files.change(METER_MEMORY, estimated_charged_kop=1),
    "few_readings_are_rejected": lambda files: files.change(CONSUMPTION, verdict_code="rejected"),
    "proposals_add_up": lambda files: files.change(RECALCULATIONS, charged_again_kop=21251, difference_kop=6494),
    "no_month_is_corrected_twice": _proposed_before,
    "proposals_stand_where_people_put_them": lambda files: files.change(RECALCULATIONS, status_code="rejected"),
    "tampering_is_charged_by_its_act": lambda files: files.change(RECALCULATIONS, cause_code="tampering"),
    # each act's own spoilt proposals: tests/checks/test_acts_in_a_book.py
    "checks_of_meters_are_counted_by_registers": lambda files: files.change(RECALCULATIONS, cause_code="inspection"),
    "months_by_norm_are_counted_by_registers": lambda files: files.change(RECALCULATIONS, cause_code="verification"),
    "months_by_a_dead_meter_become_what_was_due": lambda files: files.change(RECALCULATIONS, cause_code="dismantling"),
    "lapses_of_verification_are_counted_whole": lambda files: files.change(
        RECALCULATIONS, cause_code="verification_lapse"
    ),
    "every_proposal_names_its_reading": lambda files: files.change(RECALCULATIONS, event_id="r9"),
}
BROKEN_IN_JANUARY: dict[str, Callable[[Folder], Folder]] = {
    "open_proposals_are_carried": lambda files: _without(files, RECALCULATIONS),
    "billed_proposals_equal_their_lines": lambda files: files.change(RECALCULATIONS, billed_kop=6492),
    "every_line_of_a_batch_meets_a_proposal": lambda files: _without_state(files),
    "billers_agree_with_proposals": lambda files: files.change(RECALCULATIONS, status_code="mismatch"),
}


def _without_state(files: Folder) -> Folder:
    _without(files.state, RECALCULATIONS)
    return files


def test_every_check_is_seen_failing() -> None:
    of_applications = {  # tests/recalculation/test_checks_of_applications.py
        "every_reduction_names_its_application", "no_reduction_exceeds_its_fee", "absences_are_counted_by_days",
        "what_is_over_a_limit_waits", "bad_quality_is_counted_by_minutes",
    }
    broken = {*BROKEN_IN_DECEMBER, *BROKEN_IN_JANUARY, "every_decision_meets_a_proposal",
              "doubts_say_what_their_readings_say", *of_applications,
              "only_sound_meters_true_up"}  # test_metering_in_a_book.py
    assert broken == {declared.name for declared in CHECKS}


@pytest.mark.parametrize("name", BROKEN_IN_DECEMBER)
def test_check_fails_when_december_is_broken(december: Folder, name: str) -> None:
    assert _found(name, december).passed
    finding = _found(name, BROKEN_IN_DECEMBER[name](december))
    assert not finding.passed
    assert set(finding.sample_ids) == {"acc"}


@pytest.mark.parametrize("name", BROKEN_IN_JANUARY)
def test_check_fails_when_january_is_broken(january: Folder, name: str) -> None:
    assert _found(name, january).passed
    finding = _found(name, BROKEN_IN_JANUARY[name](january))
    assert not finding.passed
    assert set(finding.sample_ids) == {"acc"}


def test_doubt_about_a_hundred_million_units_is_read(tmp_path: Path) -> None:
    """A narrow decimal overflows from ten thousand units on: no slip of a large consumer may stop a month."""
    town = Town.of([{"digits": 11}], last="150000.000", last_on=date(2025, 11, 25))
    files = run_in_files(town, tmp_path, DECEMBER, billed=[ESTIMATE], readings=[{**READING, "value": "150004000"}])

    assert files.frames[READING_DOUBTS.name]["cause_code"].to_list() == ["decimal_slip"]
    assert _found("doubts_say_what_their_readings_say", files).passed


@pytest.fixture(scope="module")
def slipped(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A point slipped by one place: 15.864 for 158.640."""
    readings = [{**READING, "value": "15.864"}]
    return run_in_files(_town({}), tmp_path_factory.mktemp("slip"), DECEMBER, billed=[ESTIMATE], readings=readings)


@pytest.mark.parametrize("spoiled", [
    {"raw_value_e7": 1}, {"finding_code": "spike"}, {"is_open": False}, {"accepted_value_e7": 1}, {"effect_kop": 1},
    {"proposed_value_e7": 2, "effect_kop": 0}, {"reading_id": "nobody's"},
], ids=lambda spoiled: next(iter(spoiled)))
def test_doubt_that_differs_from_its_reading_is_found(
    tmp_path: Path, slipped: Folder, spoiled: dict[str, Any]
) -> None:
    files = slipped.copied(tmp_path)
    assert files.frames[READING_DOUBTS.name].height == 1
    assert _found("doubts_say_what_their_readings_say", files).passed
    finding = _found("doubts_say_what_their_readings_say", files.change(READING_DOUBTS, **spoiled))
    assert finding.sample_ids == ["acc"]


def test_decision_about_nothing_is_found(december: Folder) -> None:
    december.staged[APPROVALS.name] = frame(APPROVALS, [decision("0" * 64, "approved", date(2025, 12, 20))])
    finding = _found("every_decision_meets_a_proposal", december.lay())
    assert not finding.passed
    assert finding.sample_ids == ["0" * 64]


def test_a_large_proposal_that_nobody_approved_is_found(december: Folder) -> None:
    december.rule_book = december.rule_book.with_overrides({"recalculation.approval_from_rub": "60.00"})
    assert not _found("what_is_over_a_limit_waits", december).passed


def test_a_decision_that_was_not_followed_is_found(december: Folder) -> None:
    proposal_id = december.frames[RECALCULATIONS.name]["proposal_id"].item()
    december.staged[APPROVALS.name] = frame(APPROVALS, [decision(proposal_id, "rejected", date(2025, 12, 20))])
    assert not _found("proposals_stand_where_people_put_them", december.lay()).passed


def test_a_batch_is_heard_only_when_it_grows_no_more(december: Folder) -> None:
    december.change(RECALCULATIONS, waiting_reason_code="large_proposal")
    december.staged[APPROVALS.name] = frame(APPROVALS, [decision(BATCH, "approved", date(2026, 1, 20))])
    issued = date(2026, 1, 20)
    december.staged[CYCLES.name] = pl.concat([
        december.staged[CYCLES.name], frame(CYCLES, [{"billing_month": JANUARY, "issue_on": issued}])
    ])
    assert _found("proposals_stand_where_people_put_them", december.lay()).passed
    assert _found("every_decision_meets_a_proposal", december).passed

    december.staged[CYCLES.name] = december.staged[CYCLES.name].with_columns(
        issue_on=pl.when(pl.col("issue_on") == issued).then(date(2026, 1, 21)).otherwise("issue_on")
    )
    assert not _found("proposals_stand_where_people_put_them", december.lay()).passed
    assert _found("every_decision_meets_a_proposal", december).sample_ids == [BATCH]


def test_month_that_the_state_has_closed_is_not_accepted_again(december: Folder) -> None:
    assert not _found("one_reading_is_accepted_per_meter_zone_and_month", _read_again(december)).passed


@pytest.mark.parametrize(("change", "is_found"), [
    ({}, True), ({"status_code": "rejected"}, False), ({"charge_month": date(2025, 11, 1)}, False),
    ({"zone_code": "day"}, False), ({"cause_code": "absence"}, False),
], ids=["rated anew", "turned down", "another month", "another zone", "an absence"])
def test_true_up_of_a_month_rated_anew_is_found(december: Folder, change: dict[str, Any], is_found: bool) -> None:
    made = december.frames[RECALCULATIONS.name]
    rated = frame(RECALCULATIONS, [
        made.row(0, named=True) | {"proposal_id": "0", "cause_code": "corrected_tariff", "event_id": "t1"} | change
    ])
    december.state.frames[RECALCULATIONS.name] = rated
    december.frames[RECALCULATIONS.name] = pl.concat([rated, made])
    assert _found("no_month_is_corrected_twice", december.lay()).passed != is_found


def test_forgotten_meter_is_found(december: Folder) -> None:
    assert not _found("registers_roll_forward", _without(december, METER_MEMORY)).passed


@pytest.mark.parametrize("table", [UNCONFIRMED_CHARGES, UNBILLED_VOLUMES])
def test_negative_volumes_are_found_in_every_table(december: Folder, table: Any) -> None:
    name = "actual_volume_e7" if table is UNCONFIRMED_CHARGES else "volume_e7"
    assert not _found("volumes_are_never_negative", december.change(table, **{name: -1})).passed


def test_estimate_that_vanishes_is_found(december: Folder) -> None:
    finding = _found("estimates_roll_forward", _without(december, UNCONFIRMED_CHARGES))
    assert not finding.passed
    assert finding.difference == "147,57\u00a0₽"


@pytest.mark.parametrize(("basis", "holds"), [("meter", False), ("norm", True), ("norm_uplift", False)])
def test_a_month_of_several_bases_takes_the_first(december: Folder, basis: str, holds: bool) -> None:
    """Sums over all lines do not see it: the estimate of a month that a meter has billed is none, an average comes
    before a norm and after a raised one."""
    lines = december.staged[CHARGES.name]
    free = {"basis_code": basis, "line_id": "another", "volume_e7": 0, "charged_kop": 0, "payable_kop": 0}
    twin = lines.head(1).with_columns(
        pl.lit(value, dtype=lines.schema[name]).alias(name) for name, value in free.items() if name in lines.columns
    )
    december.staged[CHARGES.name] = pl.concat([lines, twin])

    assert _found("estimates_roll_forward", december.lay()).passed is holds


def _found(name: str, files: Folder) -> Finding:
    return finding_of(name, files)  # type: ignore[arg-type]
