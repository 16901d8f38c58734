"""Checks of substitute volumes: they hold over every case of the law, and each is seen failing once."""

from collections import defaultdict
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
from pipeline.contracts.events import SERVICE_NORMS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY, UNBILLED_VOLUMES
from pipeline.contracts.registers import ACCOUNTS, CONSUMPTION_NORMS, HOUSES, METERS, PREMISES, REGISTRATIONS, RIGHTS
from pipeline.contracts.substitution import SUBSTITUTE_MISMATCHES, SUBSTITUTE_VOLUMES, VERIFICATION_CALENDAR
from pipeline.contracts.table import Table
from pipeline.domain.metering.billed_otherwise import Bills, mismatches
from pipeline.domain.metering.norms import NormSources
from pipeline.domain.metering.substitution import Known, substitute_volumes
from pipeline.domain.metering.verification import calendar
from tests.case_files import cases
from tests.domain.metering.folders import Folder, numbered
from tests.domain.metering.lapses import bills_of, known_of, month_given, rules_on, town_of
from tests.domain.metering.town import Town

CHECKS = [one for one in DECLARED if one.check.__module__ == pipeline.checks.substitution.__name__]
CASES = [
    case for name in ("substitutes.yaml", "substitute_mismatches.yaml") for case in cases(name) if "then" not in case
]
NORM_BILLED = {"basis": "norm", "volume": "8.660", "charged": "406.85"}
FAILED = {"last_on": date(2026, 1, 25), "acts": [{"act": "failed", "from": date(2026, 2, 10)}], "billed": [NORM_BILLED],
          "meter": {"verified_until": date(2026, 6, 30)}}


#: Columns that hold ids of a case of its own.
_OWN = (
    "account_id", "premises_id", "meter_id", "service_point_id", "document_id", "supersedes_document_id", "event_id",
    "reading_id",
)


def _given(number: int, case: dict[str, Any]) -> dict[str, pl.DataFrame]:
    """The rows of a case as those of an account of its own: its number stands before its ids."""
    town, month = town_of(case), month_given(case)
    bills = bills_of(case, town, month)
    known = known_of(case, town, town.memory, CONSUMPTION.empty_inside())
    told = {
        METERS.name: town.meters, METER_MEMORY.name: town.memory, METER_ACTS.name: known.acts,
        SERVICE_NORMS.name: known.norms.told, PREMISES.name: known.norms.premises, ACCOUNTS.name: known.norms.accounts,
        CHARGES.name: bills.charges, BILLING_DOCUMENTS.name: bills.documents, UNBILLED_VOLUMES.name: bills.told,
    }
    return {name: rows.with_columns(
        pl.concat_str(pl.lit(f"{number}-"), pl.col(own)).alias(own) for own in _OWN if own in rows.columns
    ) for name, rows in told.items()}


def _files(given: dict[int, dict[str, Any]], root: Path) -> Folder:
    """A run of cases of one month laid as files, and its state; by the number of each."""
    told = [_given(number, case) for number, case in given.items()]
    every = {name: pl.concat([one[name] for one in told]) for name in told[0]}
    month, = {month_given(case) for case in given.values()}
    last, rules = BillingMonth.of(month).last_day, rules_on(month)
    readings = [one for number, case in given.items() for one in numbered(number, case.get("readings", []), "id")]
    result, _ = Town(every[METERS.name], every[METER_MEMORY.name]).run(month, readings=readings)
    norms = NormSources(
        every[SERVICE_NORMS.name], CONSUMPTION_NORMS.empty_inside(), REGISTRATIONS.empty_inside(),
        RIGHTS.empty_inside(), every[PREMISES.name], HOUSES.empty_inside(), every[ACCOUNTS.name],
        has_registrations=False,
    )
    known = Known(
        every[METERS.name], every[METER_MEMORY.name], result.consumption, every[METER_ACTS.name], norms
    )
    bills = Bills(
        every[CHARGES.name], every[BILLING_DOCUMENTS.name], every[METERS.name], every[UNBILLED_VOLUMES.name]
    )
    due = substitute_volumes(known, rules=rules, month=month)
    published = {
        CONSUMPTION.name: result.consumption, SUBSTITUTE_VOLUMES.name: due,
        VERIFICATION_CALENDAR.name: calendar(
            known._replace(memory=result.memory), bills.charges, rules=rules, month=month, as_of=last
        ),
        SUBSTITUTE_MISMATCHES.name: mismatches(due, bills, rules=rules, month=month),
    }
    staged = {
        "meter_acts_here": known.acts, NORMS_HERE: norms.told, CONSUMPTION_NORMS.name: norms.norms,
        HOUSES.name: norms.houses, REGISTRATIONS.name: norms.registrations, RIGHTS.name: norms.rights,
    } | {table.name: every[table.name] for table in (CHARGES, BILLING_DOCUMENTS, METERS, ACCOUNTS, PREMISES)}
    state = Folder(root / "state", {table.name: every[table.name] for table in (METER_MEMORY, UNBILLED_VOLUMES)})
    return Folder(root / "run", published, staged, state, BillingMonth.of(month), as_of=last).lay()


@pytest.fixture(scope="module")
def every_month(tmp_path_factory: pytest.TempPathFactory) -> list[Folder]:
    """All cases: those of one month lie in one folder, a case an account."""
    root, of_month = tmp_path_factory.mktemp("cases"), defaultdict[date, dict[int, dict[str, Any]]](dict)
    for number, case in enumerate(CASES):
        of_month[month_given(case)][number] = case
    return [_files(given, root / str(month)) for month, given in of_month.items()]


@pytest.mark.parametrize("name", [declared.name for declared in CHECKS])
def test_every_check_holds_over_every_case(name: str, every_month: list[Folder]) -> None:
    findings = [(files.month, finding_of(name, files)) for files in every_month]  # type: ignore[arg-type]
    assert [told for told in findings if not told[1].passed] == []


def test_every_case_runs(every_month: list[Folder]) -> None:
    accounts = [files.staged[METERS.name]["account_id"].unique().to_list() for files in every_month]
    assert sorted(one for of_month in accounts for one in of_month) == sorted(f"{n}-acc" for n in range(len(CASES)))


@pytest.mark.parametrize(("name", "table", "column"), [
    ("substitutes_follow_the_law", SUBSTITUTE_VOLUMES, "volume_e7"),
    ("bills_without_readings_are_compared_whole", SUBSTITUTE_MISMATCHES, "charged_kop"),
])
def test_a_fault_of_one_case_is_seen_among_all(
    name: str, table: Table, column: str, every_month: list[Folder], tmp_path: Path
) -> None:
    files = max(every_month, key=lambda files: files.frames[table.name].height).copied(tmp_path)
    rows = files.frames[table.name].filter(pl.col(column).is_not_null())
    one = rows.row(-1, named=True)["account_id"]
    is_one = (pl.col("account_id") == one) & pl.col("account_id").is_first_distinct()
    files.frames[table.name] = files.frames[table.name].with_columns(pl.col(column) + is_one)

    assert finding_of(name, files.lay()).sample_ids == [one]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def failed_once(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return _files({0: FAILED}, tmp_path_factory.mktemp("failed"))


@pytest.fixture
def failed(failed_once: Folder, tmp_path: Path) -> Folder:
    """A copy to spoil."""
    return failed_once.copied(tmp_path)


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
def test_check_is_seen_failing(name: str, number: int, failed: Folder) -> None:
    assert finding_of(name, failed).passed  # type: ignore[arg-type]

    finding = finding_of(name, BROKEN[name][number](failed))  # type: ignore[arg-type]

    assert not finding.passed
    assert finding.sample_ids == ["0-acc"]


def test_a_norm_in_place_of_the_average_may_not_be_passed_over(tmp_path: Path) -> None:
    files = _files({0: {"billed": [NORM_BILLED]}}, tmp_path)
    assert files.frames[SUBSTITUTE_MISMATCHES.name].height == 1

    finding = finding_of("bills_without_readings_are_compared_whole", _emptied(files, SUBSTITUTE_MISMATCHES.name))  # type: ignore[arg-type]

    assert finding.sample_ids == ["0-acc"]


def test_every_check_is_seen_failing() -> None:
    assert set(BROKEN) == {declared.name for declared in CHECKS}
