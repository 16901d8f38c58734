"""What applications and acts need of the book: which are sound, whom they concern, what was billed to these before.

Judged once for the whole book; older lines are read once, by document, over all workers; every part then looks at the
accounts that lie in it. Where nobody applied, nothing is read. Not here: arithmetic (`domain/recalculation`).
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.assets.older_lines import documents_in_force, lines_of, stage_lines
from pipeline.assets.recalculation_absences import ABSENCES_HERE, MONTHS_AWAY, stage_absences, stage_no_absences
from pipeline.assets.recalculation_quality_acts import ACTS_HERE, acts_of, stage_acts, stage_no_acts
from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, metering, recalculation, registers
from pipeline.contracts import recalculation_events as events
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.domain.recalculation.applied import Applications, Terms
from pipeline.domain.recalculation.approvals import decided
from pipeline.domain.recalculation.carried import CHARGE
from pipeline.domain.recalculation.fees import BILLED_LINE, EARLIER
from pipeline.domain.recalculation.reductions import PLACE as CONTRACT_PLACE
from pipeline.domain.recalculation.standing import as_they_stand, standing
from pipeline.domain.recalculation.true_up_beside import RATED_ANEW
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.recalculation_absence import AbsenceRules
from pipeline.rules.recalculation_quality import QualityRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_APPLICATIONS

RETURNED_HERE: Final = "applications_returned"
#: Lines that older months billed to the accounts concerned, and in this cycle.
LINES: Final = "lines_of_applications"
#: Proposals of older months for these accounts, as published: by them checks know which month a billed one changed.
PROPOSALS: Final = "proposals_of_applications"
#: Accounts whose lines are read for events of other rooms of this folder.
_OTHERS: Final = "accounts_of_other_events"
NO_LINES: Final = billing.CHARGES.empty_inside().select(BILLED_LINE)
NO_PROPOSALS: Final = recalculation.RECALCULATIONS.empty_inside().select(EARLIER)
_PLACE: Final = ("account_id", "premises_id", "house_id")


class Concerned(NamedTuple):
    """Accounts that events concern, and the first days of these."""

    account_ids: pl.Series
    begun: pl.Series


def terms_of(run: MonthRun) -> Terms | None:
    """The rules of applications, and the working days that are known; None in a book where nobody ever applied."""
    if all(run.register(table).is_empty() for table in events.EVENTS):
        return None
    on = run.month.first_day
    return Terms(
        AbsenceRules.in_force(run.rule_book, on), QualityRules.in_force(run.rule_book, on), working_days_of(run)
    )


def working_days_of(run: MonthRun) -> pl.Series:
    """The working days that are known, ascending."""
    return WorkingCalendar.known(run.rule_book).working_days()["next_working_day"].unique().sort()


def stage_applications(run: MonthRun, terms: Terms | None, *others: Concerned) -> date | None:
    """Judge what was applied for and stage what this month looks at, and what was billed to it and to the accounts of
    `others`; the first month that they concern, None where nothing does."""
    ids = pl.concat([pl.Series("account_id", [], dtype=pl.String), *(one.account_ids for one in others)])
    run.write_staged(_OTHERS, WHOLE, ids.unique().sort().to_frame())
    if terms is None:
        _stage_nothing(run)
        return None
    new_ids = run.read_staged(NEW_APPLICATIONS, WHOLE)["event_id"]
    begun_away, back = stage_absences(run, terms, new_ids)
    begun, acts_back = stage_acts(run, terms, new_ids)
    run.write_staged(RETURNED_HERE, WHOLE, pl.concat([back, acts_back]))
    first = _first_month([begun_away, begun, *(one.begun for one in others)], run.month)
    if first is None:
        run.write_staged(LINES, WHOLE, NO_LINES)
    else:
        _stage_lines(run, first)
    return first


def _stage_nothing(run: MonthRun) -> None:
    """What is staged where nobody ever applied: checks read it."""
    run.write_staged(RETURNED_HERE, WHOLE, recalculation.RETURNED_APPLICATIONS.empty_inside())
    stage_no_absences(run)
    stage_no_acts(run)
    run.write_staged(LINES, WHOLE, NO_LINES)


def known_of(run: MonthRun, part: str, before: pl.DataFrame) -> pl.DataFrame:
    """Open proposals of one part, `before` in the state, as this cycle and persons leave them (`standing`)."""
    if before.is_empty():
        return before
    return standing(
        before,
        run.read_staged(billing.CHARGES.name, part, columns=CHARGE),
        run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["supersedes_document_id"]),
        run.read(metering.UNCONFIRMED_CHARGES, part),
        approvals=run.register(APPROVALS), cycles=run.register(registers.CYCLES),
    )


def rated_anew_here(run: MonthRun, part: str) -> pl.DataFrame:
    """What older months have proposed for months of one part that readings settle now, because a register was
    corrected."""
    lines = run.read(metering.UNCONFIRMED_CHARGES, part, columns=["charge_month", "settled_code"])
    first = lines.filter(pl.col("settled_code").is_in(["reading", "by_meter"]))["charge_month"].min()
    months: list[BillingMonth] = []
    if isinstance(first, date) and not run.state.is_opening:
        months = list(BillingMonth.range(BillingMonth.of(first), run.state.month))
    return run.state.keyed(
        recalculation.RECALCULATIONS, months, part=part, columns=RATED_ANEW, cause_codes=recalculation.RERATED_CAUSES
    )


def decided_here(run: MonthRun, proposals: pl.DataFrame) -> pl.DataFrame:
    """New proposals as persons have decided them on an earlier night."""
    return decided(proposals, run.register(APPROVALS), run.register(registers.CYCLES))


def applications_of(run: MonthRun, part: str, first: date | None, known: pl.DataFrame) -> Applications | None:
    """What one part looks at, None where nothing is. `first`: of `stage_applications`; `known`: of `known_of`."""
    if first is None:
        run.write_staged(PROPOSALS, part, NO_PROPOSALS)
        return None
    return applications_since(run, part, first, known)


def applications_since(run: MonthRun, part: str, first: date, known: pl.DataFrame) -> Applications:
    """The same where something is."""
    concerned = _concerned(run, part)
    ids = concerned["account_id"]
    months = list(BillingMonth.range(BillingMonth.of(first), run.state.month)) if not run.state.is_opening else []
    earlier = run.state.keyed(
        recalculation.RECALCULATIONS, months, part=part, columns=EARLIER, account_ids=ids
    ).unique("proposal_id", keep="last", maintain_order=True)
    run.write_staged(PROPOSALS, part, earlier)
    acts, places = acts_of(run, concerned)
    return Applications(
        absences=run.read_staged(ABSENCES_HERE, WHOLE).join(concerned, on="account_id", how="semi"),
        away=run.read_staged(MONTHS_AWAY, WHOLE).join(concerned, on="account_id", how="semi"),
        acts=acts,
        places=places,
        new_ids=run.read_staged(NEW_APPLICATIONS, WHOLE)["event_id"],
        lines=lines_of(run, LINES, part, ids, BILLED_LINE),
        earlier=as_they_stand(earlier, known, ids),
        contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=CONTRACT_PLACE),
    )


def returned_here(run: MonthRun, part: str) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows judged for the whole book that this part publishes: of its accounts; the first part
    also those about houses and premises."""
    back = run.read_staged(RETURNED_HERE, WHOLE)
    if back.is_empty():
        return back
    accounts = run.read(ACCOUNT_INDEX, part, columns=["account_id"])
    own = back.join(accounts, on="account_id", how="semi")
    return pl.concat([own, back.filter(pl.col("account_id").is_null())]) if part == run.parts[0] else own


def _first_month(begun: list[pl.Series], month: BillingMonth) -> date | None:
    """The first month of what is looked at; None where nothing is, or all of it lies ahead."""
    days = pl.concat([days.rename("day") for days in begun])
    first = days.min()
    if not isinstance(first, date) or first > month.last_day:
        return None
    return first.replace(day=1)


def _concerned(run: MonthRun, part: str) -> pl.DataFrame:
    """Accounts of the part with an absence or in a place of an act, and those of other events: _PLACE."""
    named = [run.read_staged(name, WHOLE)["account_id"] for name in (ABSENCES_HERE, _OTHERS)]
    absent = pl.concat(named).unique()
    acts = run.read_staged(ACTS_HERE, WHOLE)
    is_concerned = pl.any_horizontal(
        pl.col("account_id").is_in(absent.implode()),
        *(pl.col(name).is_in(acts[name].drop_nulls().unique().implode()) for name in ("house_id", "premises_id")),
    )
    return run.register(registers.ACCOUNTS, part).filter(is_concerned).select(_PLACE).unique("account_id")


def _stage_lines(run: MonthRun, first: date) -> None:
    """Lines of older documents by part."""
    months = list(BillingMonth.range(BillingMonth.of(first), run.state.month)) if not run.state.is_opening else []
    stage_lines(run, LINES, run.map_parts(documents_of_part, months=months), BILLED_LINE)


def documents_of_part(run: MonthRun, part: str, *, months: list[BillingMonth]) -> pl.DataFrame:
    """Documents in force that these months billed to the accounts concerned (`documents_in_force`)."""
    return documents_in_force(run, part, _concerned(run, part)["account_id"], months)
