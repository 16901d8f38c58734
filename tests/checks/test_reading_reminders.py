"""Checks of the reminders of readings: they hold over a night of them, and each is seen failing once."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.reading_reminders
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.debt import CALL_LIST, SMS_LIST
from pipeline.contracts.metering import METER_MEMORY
from pipeline.contracts.registers import ACCOUNTS, CONTACTS, CYCLES, METERS, RIGHTS
from pipeline.contracts.reminders import READING_REMINDERS
from pipeline.domain.metering.reminders import Reach, reading_reminders, silent_meters, window
from pipeline.rules.metering import MeteringRules
from tests.domain.metering.folders import Folder
from tests.domain.metering.lapses import acts_of, known_of, rules_on, town_of
from tests.domain.metering.town import RULES, charge_row, frame

CHECKS = [one for one in DECLARED if one.check.__module__ == pipeline.checks.reading_reminders.__name__]
APRIL, NIGHT = date(2026, 4, 1), date(2026, 5, 18)
ACCOUNT = {"account_id": "acc", "premises_id": "f"}
CONTACT = {"person_id": "p", "phone": "+79161234567", "has_sms_consent": True, "has_opted_out": False}
HOLDER = {"premises_id": "f", "person_id": "p"}
NOBODY = pl.Series("person_id", [], dtype=pl.String)
TROUBLES = ("failed", "lost", "tampered", "no_admission", "removed", "replaced", "installed")


def _files(root: Path) -> Folder:
    """One silent meter on a night of reminders, laid as files."""
    case: dict[str, Any] = {"acts": []}
    town, rules = town_of(case), rules_on(APRIL)
    asked = window(CYCLES.empty_inside(), rules=MeteringRules.in_force(RULES, APRIL), as_of=NIGHT)
    known = known_of(case, town, town.memory, town.run(APRIL)[0].consumption)
    line = charge_row(1, {"document": "d", "month": "2026-04", "basis": "area", "tariff": "46.98"})
    silent = silent_meters(known, frame(CHARGES, [line]), asked, rules=rules, month=APRIL, as_of=NIGHT)
    person = pl.DataFrame({"account_id": ["acc"], "person_id": ["p"], "may_remind": [True]})
    told = reading_reminders(silent, Reach(person, NOBODY, NOBODY), rules=rules)
    published = {READING_REMINDERS.name: told, METER_MEMORY.name: town.memory, SMS_LIST.name: SMS_LIST.empty_inside(),
                 CALL_LIST.name: CALL_LIST.empty_inside()}
    staged = {METERS.name: town.meters, ACCOUNTS.name: frame(ACCOUNTS, [ACCOUNT]),
              CONTACTS.name: frame(CONTACTS, [CONTACT]), RIGHTS.name: frame(RIGHTS, [HOLDER]),
              "meter_acts_here": known.acts, CYCLES.name: CYCLES.empty_inside()}
    return Folder(root / "run", published, staged, None, BillingMonth(2026, 4), as_of=NIGHT).lay()


@pytest.fixture(scope="module")
def silent_night(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return _files(tmp_path_factory.mktemp("night"))


@pytest.fixture
def files(silent_night: Folder, tmp_path: Path) -> Folder:
    """A copy to spoil."""
    return silent_night.copied(tmp_path)


def _staged(files: Folder, table: Any, **columns: Any) -> Folder:
    files.staged[table.name] = files.staged[table.name].with_columns(
        pl.lit(value, dtype=table.inside_schema[name]).alias(name) for name, value in columns.items()
    )
    return files.lay()


def _emptied(files: Folder) -> Folder:
    files.frames[READING_REMINDERS.name] = READING_REMINDERS.empty_inside()
    return files.lay()


def _written_tonight(files: Folder) -> Folder:
    files.frames[SMS_LIST.name] = frame(SMS_LIST, [{"person_id": "p", "account_ids": ["acc"], "episode_ids": ["e"]}])
    return files.lay()


def _told_of(files: Folder, *acts: tuple[str, date]) -> Folder:
    """Acts on the meter that is listed."""
    files.staged["meter_acts_here"] = acts_of({"acts": [{"act": code, "from": day} for code, day in acts]})
    return files.lay()


BROKEN: dict[str, list[Callable[[Folder], Folder]]] = {
    "reminders_follow_the_window": [
        lambda files: files.change(READING_REMINDERS, norm_cost_kop=21_892),
        lambda files: files.change(READING_REMINDERS, days_left=6),
        lambda files: files.change(READING_REMINDERS, within_days=2),
        lambda files: files.change(READING_REMINDERS, read_by_on=date(2026, 5, 26)),
        lambda files: files.change(METER_MEMORY, last_actual_month=date(2026, 5, 1)),
        lambda files: _staged(files, ACCOUNTS, closed_on=date(2026, 4, 30)),
        lambda files: _staged(files, METERS, removed_on=date(2026, 4, 28)),
        lambda files: _staged(files, METERS, verified_until=date(2026, 4, 29)),
        lambda files: _staged(files, METERS, commissioned_on=date(2026, 6, 10)),
        *(lambda files, code=code: _told_of(files, (code, date(2026, 4, 28))) for code in TROUBLES),
        lambda files: _told_of(files, ("sealed", date(2026, 4, 28)), ("failed", date(2026, 4, 10))),
    ],
    "nobody_silent_is_left_out": [_emptied],
    "reminders_go_to_those_who_agreed": [
        lambda files: _staged(files, CONTACTS, has_opted_out=True),
        lambda files: _staged(files, CONTACTS, has_sms_consent=False),
        lambda files: _staged(files, CONTACTS, phone=None),
        lambda files: _staged(files, RIGHTS, person_id="q"),
        lambda files: files.change(READING_REMINDERS, days_left=5),
        _written_tonight,
    ],
}


@pytest.mark.parametrize(("night", "listed"), [
    (date(2026, 5, 17), False), (NIGHT, True), (date(2026, 5, 25), True), (date(2026, 5, 26), False),
], ids=["too early", "a week before", "the last day", "too late"])
def test_an_empty_list_is_whole_only_outside_the_days_of_reminders(night: date, listed: bool, files: Folder) -> None:
    files = _emptied(files)
    files.as_of = night

    assert finding_of("nobody_silent_is_left_out", files).passed != listed  # type: ignore[arg-type]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_trouble_that_is_over_is_none(trouble: str, files: Folder) -> None:
    codes = ["installed"] * (trouble in ("removed", "replaced")) + ["commissioned"]
    over = [(code, date(2026, 4, 28)) for code in codes]
    _told_of(files, (trouble, date(2026, 4, 10)), *over)

    assert finding_of("reminders_follow_the_window", files).passed  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "number"), [(name, n) for name, ways in BROKEN.items() for n in range(len(ways))])
def test_check_is_seen_failing(name: str, number: int, files: Folder) -> None:
    assert finding_of(name, files).passed  # type: ignore[arg-type]

    finding = finding_of(name, BROKEN[name][number](files))  # type: ignore[arg-type]

    assert not finding.passed
    assert finding.sample_ids == ["acc"]


def test_every_check_is_seen_failing() -> None:
    assert set(BROKEN) == {declared.name for declared in CHECKS}
