"""Checks of substitute volumes: they hold over every case of the law, and each is seen failing once."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.substitution
from pipeline.assets.metering_inputs import NORMS_HERE
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY, UNBILLED_VOLUMES
from pipeline.contracts.registers import ACCOUNTS, CONSUMPTION_NORMS, HOUSES, METERS, PREMISES, REGISTRATIONS, RIGHTS
from pipeline.contracts.substitution import SUBSTITUTE_MISMATCHES, SUBSTITUTE_VOLUMES, VERIFICATION_CALENDAR
from pipeline.domain.metering.billed_otherwise import mismatches
from pipeline.domain.metering.substitution import substitute_volumes
from pipeline.domain.metering.verification import calendar
from tests.case_files import cases
from tests.domain.metering.folders import Folder
from tests.domain.metering.lapses import acts_of, bills_of, known_of, month_given, rules_on, town_of

CHECKS = [one for one in DECLARED if one.check.__module__ == pipeline.checks.substitution.__name__]
CASES = [
    case for name in ("substitutes.yaml", "substitute_mismatches.yaml") for case in cases(name) if "then" not in case
]
NORM_BILLED = {"basis": "norm", "volume": "8.660", "charged": "406.85"}
FAILED = {"last_on": date(2026, 1, 25), "acts": [{"act": "failed", "from": date(2026, 2, 10)}], "billed": [NORM_BILLED],
          "meter": {"verified_until": date(2026, 6, 30)}}


def _files(case: dict[str, Any], root: Path) -> Folder:
    """A run of one case laid as files, and its state."""
    town, month = town_of(case), month_given(case)
    memory, bills = town.memory, bills_of(case, town, month)
    result, _ = town.run(month, readings=case.get("readings", []))
    known, rules = known_of(case, town, memory, result.consumption), rules_on(month)
    last = BillingMonth.of(month).last_day
    due = substitute_volumes(known, rules=rules, month=month)
    ending = calendar(known._replace(memory=result.memory), bills.charges, rules=rules, month=month, as_of=last)
    published = {
        CONSUMPTION.name: result.consumption, SUBSTITUTE_VOLUMES.name: due, VERIFICATION_CALENDAR.name: ending,
        SUBSTITUTE_MISMATCHES.name: mismatches(due, bills, rules=rules, month=month),
    }
    staged = {CHARGES.name: bills.charges, BILLING_DOCUMENTS.name: bills.documents, METERS.name: town.meters,
              ACCOUNTS.name: known.accounts, PREMISES.name: known.norms.premises, "meter_acts_here": acts_of(case),
              NORMS_HERE: known.norms.told, CONSUMPTION_NORMS.name: known.norms.norms, HOUSES.name: known.norms.houses,
              REGISTRATIONS.name: known.norms.registrations, RIGHTS.name: known.norms.rights}
    state = Folder(root / "state", {METER_MEMORY.name: memory, UNBILLED_VOLUMES.name: bills.told})
    return Folder(
        root / "run", published, staged, state, BillingMonth.of(month), as_of=last,
    ).lay()


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_every_check_holds_over_every_case(case: dict[str, Any], tmp_path: Path) -> None:
    files = _files(case, tmp_path)

    for declared in CHECKS:
        finding = declared.check(files)  # type: ignore[arg-type]
        assert finding.passed, (declared.name, finding)


def _emptied(files: Folder, name: str) -> Folder:
    files.frames[name] = files.frames[name].clear()
    return files.lay()


def _made_a_shop(files: Folder) -> Folder:
    files.staged[PREMISES.name] = files.staged[PREMISES.name].with_columns(use_code=pl.lit("non_residential"))
    return files.lay()


def _of_nobody(files: Folder) -> Folder:
    files.staged["meter_acts_here"] = files.staged["meter_acts_here"].with_columns(meter_id=pl.lit("X"))
    return files.lay()


BROKEN: dict[str, list[Callable[[Folder], Folder]]] = {
    "every_month_without_a_reading_is_spoken_of": [lambda files: _emptied(files, SUBSTITUTE_VOLUMES.name)],
    "substitutes_follow_the_law": [
        lambda files: files.change(SUBSTITUTE_VOLUMES, basis_code="average"),
        lambda files: files.change(SUBSTITUTE_VOLUMES, uplift_volume_e7=86_600_000),
        lambda files: files.change(SUBSTITUTE_VOLUMES, reason_code="not_submitted"),
        lambda files: files.change(SUBSTITUTE_VOLUMES, run_number=3),
        _made_a_shop,
        lambda files: files.change(SUBSTITUTE_VOLUMES, basis_code=None, volume_e7=None, missing_code="contract_volume"),
    ],
    "norms_follow_registers": [
        # the whole norm doubled, its uplift with it
        lambda files: files.change(SUBSTITUTE_VOLUMES, basis_code="norm_uplift", volume_e7=173_200_000,
                                   uplift_volume_e7=86_600_000),
        lambda files: files.change(SUBSTITUTE_VOLUMES, basis_code="norm", volume_e7=None, missing_code="norm_unknown"),
    ],
    "bills_without_readings_are_compared_whole": [
        lambda files: files.change(SUBSTITUTE_MISMATCHES, charged_kop=40_684),
        lambda files: files.change(SUBSTITUTE_MISMATCHES, due_kop=1),
        lambda files: files.change(SUBSTITUTE_MISMATCHES, due_volume_e7=1),
    ],
    "the_calendar_names_every_verification_that_ends": [
        lambda files: _emptied(files, VERIFICATION_CALENDAR.name),
        lambda files: files.change(VERIFICATION_CALENDAR, lapse_cost_kop=1),
        lambda files: files.change(VERIFICATION_CALENDAR, days_left=29),
    ],
    "every_act_meets_its_meter": [_of_nobody],
}


@pytest.mark.parametrize(("name", "number"), [(name, n) for name, ways in BROKEN.items() for n in range(len(ways))])
def test_check_is_seen_failing(name: str, number: int, tmp_path: Path) -> None:
    files = _files(FAILED, tmp_path)
    assert finding_of(name, files).passed  # type: ignore[arg-type]

    finding = finding_of(name, BROKEN[name][number](files))  # type: ignore[arg-type]

    assert not finding.passed
    assert finding.sample_ids == ["acc"]


def test_a_norm_in_place_of_the_average_may_not_be_passed_over(tmp_path: Path) -> None:
    files = _files({"billed": [NORM_BILLED]}, tmp_path)
    assert files.frames[SUBSTITUTE_MISMATCHES.name].height == 1

    finding = finding_of("bills_without_readings_are_compared_whole", _emptied(files, SUBSTITUTE_MISMATCHES.name))  # type: ignore[arg-type]

    assert finding.sample_ids == ["acc"]


def test_every_check_is_seen_failing() -> None:
    assert set(BROKEN) == {declared.name for declared in CHECKS}
