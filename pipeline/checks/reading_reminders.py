"""Promises of the reminders of readings, as SQL over the files of the run (`audit/reminder_*.sql`)."""

from typing import Any, Final

from pipeline.checks.asked import Broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.debt import CALL_LIST, SMS_LIST
from pipeline.contracts.metering import METER_MEMORY
from pipeline.contracts.registers import ACCOUNTS, CONTACTS, CYCLES, METERS, RIGHTS
from pipeline.contracts.reminders import READING_REMINDERS
from pipeline.domain.metering.reminders import window
from pipeline.rules.metering import MeteringRules
from pipeline.rules.substitution import SubstitutionRules
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (READING_REMINDERS, METER_MEMORY, SMS_LIST, CALL_LIST)
_STAGED: Final = (METERS.name, ACCOUNTS.name, CONTACTS.name, RIGHTS.name, "meter_acts_here")


@room_check(READING_REMINDERS, blocking=True)
def reminders_follow_the_window(run: MonthRun) -> Finding:
    """Дни считаются до конца приёма, цена сходится до копейки, и того, кто передал показание, в списке нет."""
    return _broken(run, "reminder_rows").finding("Напоминания пересчитываются по срокам и тарифам")


@room_check(READING_REMINDERS, blocking=True)
def nobody_silent_is_left_out(run: MonthRun) -> Finding:
    """В дни напоминаний в списке все исправные счётчики без показания за месяц."""
    return _broken(run, "reminder_whole").finding("Все, кто не передал показания, в списке")


@room_check(READING_REMINDERS, blocking=True)
def reminders_go_to_those_who_agreed(run: MonthRun) -> Finding:
    """Пишут только согласившимся и не отказавшимся, одному человеку на счёт и не в одну ночь с другим сообщением."""
    return _broken(run, "reminder_people").finding("Напоминают только тем, кому можно писать этой ночью")


def _broken(run: MonthRun, name: str) -> Broken:
    readings = MeteringRules.in_force(run.rule_book, run.month.first_day)
    asked = window(run.register(CYCLES), rules=readings, as_of=run.as_of)
    rules = SubstitutionRules.in_force(run.rule_book, asked.month)
    terms = list(rules.reading_reminder_days)
    is_season = asked.month.month in rules.heating_season_months
    values: dict[str, Any] = {
        "as_of": run.as_of.isoformat(), "charge_month": asked.month.isoformat(), "read_by": asked.read_by.isoformat(),
        "terms": terms, "longest": max(terms), "is_asked": (asked.read_by - run.as_of).days <= max(terms),
        "out_of_season": [] if is_season else list(rules.heating_services),
    }
    files = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    files |= {staged: run.staged_parquet(staged) for staged in _STAGED}
    return broken_in_parts(run, name, files | values)
