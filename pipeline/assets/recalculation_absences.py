"""Applications for absence of one month: which are sound, and which the book contradicts, now or later.

Judged once for the whole book, only what this cycle brought or what touches its month, beside all that the same
persons applied for. Not here: arithmetic (`domain/recalculation/absence.py`), acts of bad quality.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.assets.whole_registers import whole_register
from pipeline.billing_month import BillingMonth
from pipeline.contracts import recalculation, registers
from pipeline.contracts import recalculation_events as events
from pipeline.domain.recalculation import absence, contradicted
from pipeline.domain.recalculation.applied import Terms, touches
from pipeline.domain.recalculation.household import Household
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

#: Staged: applications whose days count or have counted, of everybody looked at; the check reads it.
ABSENCES_HERE: Final = "absences_counted"
#: Staged: of `absence.months_away`, without those that no longer stand.
MONTHS_AWAY: Final = "months_away"


def stage_absences(run: MonthRun, terms: Terms, new_ids: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    """Stage what this month looks at; the days on which that begins, and RETURNED_APPLICATIONS rows of the book."""
    absences = run.register(events.ABSENCES)
    is_new = pl.col("event_id").is_in(new_ids.implode())
    is_looked_at = is_new | touches(pl.col("effective_from"), pl.col("effective_to"), run.month.first_day)
    ids, persons = absences.filter(is_looked_at).select("event_id", "person_id")
    # a day of a person counts once over accounts: all applications about those looked at lie beside them
    related = absences.filter(
        pl.col("event_id").is_in(ids.implode()) | pl.col("person_id").is_in(persons.drop_nulls().unique().implode())
    )
    sound, faults = absence.judged(
        related, _household(run, related), rules=terms.absence, working_days=terms.working_days
    )
    fallen, held = _fallen(run, related, faults.filter(~is_new))
    run.write_staged(ABSENCES_HERE, WHOLE, pl.concat([sound, held]).sort("event_id"))
    away = absence.months_away(pl.concat([sound, held]), new_ids)
    run.write_staged(MONTHS_AWAY, WHOLE, away.join(held, on="event_id", how="anti", maintain_order="left"))
    here = pl.col("event_id").is_in(ids.implode())
    begun = sound.filter(here)["effective_from"]
    return begun, pl.concat([faults.filter(is_new), fallen.filter(here)])


def _fallen(run: MonthRun, related: pl.DataFrame, faults: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RETURNED_APPLICATIONS rows of applications that stood in an older month and do so no more, and those of them
    whose days have counted. Where the book contradicts nobody, no older month is read."""
    fatal = faults.filter(pl.col("field_code") != absence.PARTIAL)
    told = related.join(fatal, on="event_id", how="semi")
    if told.is_empty() or run.state.is_opening:
        return fatal.clear(), related.clear()
    first = pl.concat([told["effective_from"], told["registered_at"].dt.date()]).min()
    since = BillingMonth.of(first).plus(-1)  # type: ignore[arg-type]  # a registered application has its day
    months = list(BillingMonth.range(since, run.state.month))
    found = run.map_parts(said_before, accounts=told["account_id"].unique(), months=months)
    said = contradicted.Said(*(pl.concat(frames) for frames in zip(*found, strict=True)))
    return contradicted.fallen(fatal, said), contradicted.held(told, said)


def said_before(
    run: MonthRun, part: str, *, accounts: pl.Series, months: list[BillingMonth]
) -> contradicted.Said:
    """What older months of one part proposed for these accounts and what went back."""
    proposed = run.state.keyed(
        recalculation.RECALCULATIONS, months, part=part, columns=contradicted.PROPOSED, account_ids=accounts
    )
    back = run.state.keyed(
        recalculation.RETURNED_APPLICATIONS, months, part=part, columns=contradicted.BACK, account_ids=accounts
    )
    return contradicted.Said(proposed.unique("proposal_id", keep="last", maintain_order=True), back)


def stage_no_absences(run: MonthRun) -> None:
    """What is staged where nobody ever applied: checks read it."""
    run.write_staged(ABSENCES_HERE, WHOLE, events.ABSENCES.empty_inside())


def _household(run: MonthRun, absences: pl.DataFrame) -> Household:
    """What registers say of the flats and persons of the applications; nothing where there are none."""
    if absences.is_empty():
        return Household.unknown()
    applicants = absences.lazy().select("account_id").unique()
    flats = whole_register(run, registers.ACCOUNTS).join(applicants, on="account_id", how="semi").select("premises_id")
    accounts, registrations, rights = (
        whole_register(run, table).join(flats, on="premises_id", how="semi").collect().unique(table.primary_key)
        .sort(table.primary_key) for table in (registers.ACCOUNTS, registers.REGISTRATIONS, registers.RIGHTS)
    )
    persons = whole_register(run, registers.PERSONS).select("person_id")
    if persons.head(1).collect().is_empty():
        return Household(accounts, registrations, rights, None)
    named = persons.join(absences.lazy().select("person_id").unique(), on="person_id", how="semi").unique().collect()
    return Household(accounts, registrations, rights, named["person_id"].sort())
