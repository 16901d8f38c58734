"""Reminders of readings: who has submitted nothing before the window closes, and whom of them to write to tonight.

After the lists of debt, since nobody gets two messages in a night. Outside the days of reminders no part is looked at.
Arithmetic: `domain/metering/reminders.py`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.assets.debt_inputs import GIVEN_UP, HOLDS_ON_PERSONS
from pipeline.assets.metering_inputs import METER_ACTS_HERE, norm_sources
from pipeline.assets.room import room_assets
from pipeline.contracts import billing, registers
from pipeline.contracts.debt import CALL_LIST, DISPATCHES_SEEN, SMS_LIST
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY
from pipeline.contracts.reminders import PUBLISHED, READING_REMINDERS
from pipeline.domain.debt.people import addressees, holders, without_given_up
from pipeline.domain.metering.reminders import (
    Reach,
    Window,
    is_asked,
    is_tonight,
    reading_reminders,
    silent_meters,
    window,
)
from pipeline.domain.metering.substitution import Known
from pipeline.rules.debt import DebtRules
from pipeline.rules.metering import MeteringRules
from pipeline.rules.substitution import SubstitutionRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

#: Persons written to or called tonight, gathered once for all parts; nobody on nights that write to none.
CONTACTED_TONIGHT: Final = "contacted_tonight"
_PERSON: Final = "person_id"
_TARIFF: Final = ("account_id", "contract_id", "service_code", "charge_month", "tariff_e6")


@room_assets("reminders", PUBLISHED, after=[METER_MEMORY, CONSUMPTION, SMS_LIST, CALL_LIST])
def reading_reminder_tables(run: MonthRun) -> None:
    """Meters that nobody has read for the month whose window closes soon."""
    asked = window_of(run)
    rules = SubstitutionRules.in_force(run.rule_book, asked.month)
    people = DebtRules.in_force(run.rule_book, run.as_of)
    if not is_asked(asked, rules=rules, as_of=run.as_of):
        for part in run.parts:
            run.write(READING_REMINDERS, part, READING_REMINDERS.empty_inside())
        return
    run.write_staged(CONTACTED_TONIGHT, WHOLE, contacted_tonight(run, is_tonight(asked, rules=rules, as_of=run.as_of)))
    run.map_parts(reminders_of_part, asked=asked, rules=rules, people=people)


def window_of(run: MonthRun) -> Window:
    """The window of readings that is open on the night."""
    rules = MeteringRules.in_force(run.rule_book, run.month.first_day)
    return window(run.register(registers.CYCLES), rules=rules, as_of=run.as_of)


def contacted_tonight(run: MonthRun, writes: bool) -> pl.DataFrame:
    """person_id of the lists of debt and of what has left on the night; the lists are read where the night `writes`."""
    if not writes:
        return pl.DataFrame(schema={_PERSON: pl.String})
    left = run.read_staged(DISPATCHES_SEEN, WHOLE, columns=[_PERSON, "dispatched_on"])
    lists = [run.read(table, columns=[_PERSON]) for table in (SMS_LIST, CALL_LIST)]
    tonight = [*lists, left.filter(pl.col("dispatched_on") == run.as_of).select(_PERSON)]
    return pl.concat(tonight).drop_nulls().unique().sort(_PERSON)


def reminders_of_part(
    run: MonthRun, part: str, *, asked: Window, rules: SubstitutionRules, people: DebtRules
) -> None:
    """The silent meters of one part and whom to write to."""
    known = Known(
        meters=run.register(registers.METERS, part), memory=run.read(METER_MEMORY, part),
        consumption=run.read(CONSUMPTION, part), acts=run.read_staged(METER_ACTS_HERE, part),
        norms=norm_sources(run, part),
    )
    charges = run.read_staged(billing.CHARGES.name, part, columns=_TARIFF)
    silent = silent_meters(known, charges, asked, rules=rules, month=run.month.first_day, as_of=run.as_of)
    reach = _reach(run, part, silent["account_id"].unique(), people)
    run.write(READING_REMINDERS, part, reading_reminders(silent, reach, rules=rules))


def _reach(run: MonthRun, part: str, account_ids: pl.Series, rules: DebtRules) -> Reach:
    """The one adult of each account, as messages of debt choose him; who is left alone, who is written to already."""
    accounts = run.register(registers.ACCOUNTS, part).filter(pl.col("account_id").is_in(account_ids.implode()))
    held = holders(accounts, run.register(registers.RIGHTS, part), as_of=run.as_of)
    contacts = without_given_up(run.register(registers.CONTACTS, part), run.read_staged(GIVEN_UP, WHOLE))
    holds = run.read_staged(HOLDS_ON_PERSONS, WHOLE).filter(
        pl.col("reason_code").is_in(list(rules.notice.holds)), pl.col("from_on") <= run.as_of,
        pl.col("to_on").fill_null(run.as_of) >= run.as_of,
    )
    return Reach(
        addressees(
            held, run.register(registers.PERSONS, part), contacts, as_of=run.as_of, adult_years=rules.adult_years,
            call_needs_consent=rules.calls.needs_consent,
        ),
        holds[_PERSON].drop_nulls().unique(), run.read_staged(CONTACTED_TONIGHT, WHOLE)[_PERSON],
    )
