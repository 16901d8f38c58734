"""What the debt room reads for one part; what is kept for the whole book is cut by part once, not by every part.

Not here: what is decided (`debt.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from pipeline.assets.cut_by_part import cutter
from pipeline.billing_month import BillingMonth
from pipeline.contracts import events, ingest, ledger, recalculation, registers
from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.contracts.debt import CASES_TOLD, DEBTORS, DISPATCHES, DISPATCHES_SEEN, RESTRICTION_LIST
from pipeline.contracts.debt_decisions import DEBT_DECISIONS
from pipeline.contracts.handovers import HANDOVERS, HANDOVERS_SEEN
from pipeline.contracts.mandates import FUNNEL_BEFORE, MANDATE_FUNNEL
from pipeline.contracts.penalty import PAID_PENALTIES, PENALTIES
from pipeline.contracts.person_statuses import PERSON_STATUSES, as_holds
from pipeline.domain.debt import arrears, court_price, episodes
from pipeline.domain.debt.court import CourtFacts
from pipeline.domain.debt.court_events import cases_told
from pipeline.domain.debt.court_money import COST_KINDS, COST_MOVEMENT
from pipeline.domain.debt.debtors import MOVEMENT, Facts
from pipeline.domain.debt.people import gave_up, without_given_up
from pipeline.domain.debt.refused_holds import HOLDING, refused_holds
from pipeline.domain.debt.restriction import RestrictionFacts
from pipeline.domain.debt.shields import CREDITOR, TERM, accounts_it_may_be_for, may_cover, proposed_credits
from pipeline.storage import journal
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

SUSPENDED_HERE: Final = "suspended_here"
HOLDS_HERE: Final = "holds_here"
COURT_CASES_HERE: Final = "court_cases_here"
DISPATCHES_HERE: Final = "dispatches_here"
INSTALMENTS_HERE: Final = "instalments_here"
COURT_EVENTS_HERE: Final = "court_events_here"
RESTRICTION_ACTS_HERE: Final = "restriction_acts_here"
SERVICE_NORMS_HERE: Final = "service_norms_here"
MANDATE_ACCOUNTS_HERE: Final = "mandate_accounts_here"
#: What was paid in the months before by accounts that have an instalment agreement.
PAID_BEFORE: Final = "paid_before"
#: What was paid on penalties and court costs in the months before by accounts whose court case names any.
COSTS_PAID_BEFORE: Final = "costs_paid_before"
#: What had grown of penalties before the book.
GROWN_BEFORE: Final = "penalties_grown_before"
#: Holds on persons, whose flats may lie anywhere.
HOLDS_ON_PERSONS: Final = "holds_on_persons"
#: Persons whose number was wrong or who refused; their flats may lie anywhere.
GIVEN_UP: Final = "contacts_given_up"
_CONTRACTS: Final = ("contract_id", "creditor_id", "valid_from", "valid_to")
_PROPOSALS: Final = ("account_id", "contract_id", "status_code", "difference_kop")


def stage_shared(run: MonthRun) -> None:
    """Cut by part what is kept for the whole book, and keep what has left by the night of the run.

    Tasks and checks see one journal whatever leaves meanwhile.
    """
    left = journal.read(run.book, DISPATCHES).filter(pl.col("dispatched_on") <= run.as_of)
    run.write_staged(DISPATCHES_SEEN, WHOLE, left)
    handed = journal.read(run.book, HANDOVERS).filter(pl.col("handed_on") <= run.as_of)
    run.write_staged(HANDOVERS_SEEN, WHOLE, handed)
    run.write_staged(GIVEN_UP, WHOLE, gave_up(left, run.register(events.DUNNING_OUTCOMES), as_of=run.as_of))
    holds = pl.concat([run.register(events.HOLDS), as_holds(run.register(PERSON_STATUSES)), _refused_holds(run)])
    run.write_staged(HOLDS_ON_PERSONS, WHOLE, holds.drop_nulls("person_id").with_columns(account_id=_no_text()))
    cut = cutter(run)
    cut(HOLDS_HERE, holds.with_columns(person_id=_no_text()), pl.concat_list("account_id"))
    cases = cases_told(run.register(events.COURT_CASES), run.register(DEBT_DECISIONS))
    run.write_staged(CASES_TOLD, WHOLE, cases)
    cut(COURT_CASES_HERE, cases, _accounts_of(cases, cases))
    cut(DISPATCHES_HERE, left, pl.concat_list("account_id"))
    cut(INSTALMENTS_HERE, run.register(events.INSTALMENT_AGREEMENTS), pl.concat_list("account_id"))
    happened = run.register(events.COURT_EVENTS)
    cut(COURT_EVENTS_HERE, happened, _accounts_of(happened, cases))
    cut(RESTRICTION_ACTS_HERE, run.register(events.RESTRICTION_ACTS), pl.concat_list("account_id"))
    cut(SERVICE_NORMS_HERE, run.register(events.SERVICE_NORMS), pl.concat_list("account_id"))
    cut(MANDATE_ACCOUNTS_HERE, run.register(events.MANDATE_ACCOUNTS), pl.concat_list("account_id"))
    run.write_staged(FUNNEL_BEFORE, WHOLE, run.state.read(MANDATE_FUNNEL))
    cut(SUSPENDED_HERE, run.read(ledger.SUSPENDED_PAYMENTS), accounts_it_may_be_for())


def facts_of(run: MonthRun, part: str) -> Facts:
    """What the room reads for one part: of large tables only the columns that it looks at."""
    proposals = run.read(recalculation.RECALCULATIONS, part, columns=_PROPOSALS).pipe(proposed_credits)
    contracts = run.read_staged(registers.SERVICE_CONTRACTS.name, columns=CREDITOR)
    agreements = run.read_staged(INSTALMENTS_HERE, part)
    paid_before = _paid_before(run, part, agreements)
    run.write_staged(PAID_BEFORE, part, paid_before)
    return Facts(
        open_items=run.read(ledger.OPEN_ITEMS, part, columns=arrears.ITEM),
        payment_allocations=run.read(ledger.PAYMENT_ALLOCATIONS, part, columns=MOVEMENT),
        advances=may_cover(run.read(ledger.ADVANCES, part), run.read(ADVANCE_TERMS, part, columns=TERM)),
        recalculations=proposals,
        suspended_payments=run.read_staged(SUSPENDED_HERE, part),
        incomplete_bills=run.read(ingest.INCOMPLETE_BILLS, part),
        accounts=run.register(registers.ACCOUNTS, part),
        service_contracts=contracts.filter(pl.col("contract_id").is_in(proposals["contract_id"].unique().implode())),
        rights=run.register(registers.RIGHTS, part),
        persons=run.register(registers.PERSONS, part),
        contacts=without_given_up(run.register(registers.CONTACTS, part), run.read_staged(GIVEN_UP, WHOLE)),
        holds=pl.concat([run.read_staged(HOLDS_HERE, part), run.read_staged(HOLDS_ON_PERSONS, WHOLE)]),
        court_cases=run.read_staged(COURT_CASES_HERE, part),
        court_events=run.read_staged(COURT_EVENTS_HERE, part),
        debt_decisions=run.register(DEBT_DECISIONS),
        instalment_agreements=agreements,
        mandates=run.register(events.MANDATES),
        mandate_accounts=run.read_staged(MANDATE_ACCOUNTS_HERE, part),
        paid_before=paid_before,
        penalties=run.where(PENALTIES, part, pl.col("penalty_rub") > 0, columns=court_price.PENALTY),
        penalty_lines=_penalty_lines(run, part), grown_before=_grown_before(run, part),
        dispatches=run.read_staged(DISPATCHES_HERE, part),
        previous=run.state.read(DEBTORS, part, columns=episodes.REMEMBERED),
    )


def court_facts_of(run: MonthRun, part: str, facts: Facts) -> CourtFacts:
    """What the life of court cases reads for one part beside what the ladder reads."""
    before = _costs_paid_before(run, part, facts)
    run.write_staged(COSTS_PAID_BEFORE, part, before)
    here = run.where(ledger.PAYMENT_ALLOCATIONS, part, _is_of_case(facts), columns=COST_MOVEMENT)
    return CourtFacts(debts=facts, cost_movements=pl.concat([before, here]))


def restriction_facts_of(run: MonthRun, part: str, facts: Facts) -> RestrictionFacts:
    """What restriction reads for one part beside what the ladder reads."""
    return RestrictionFacts(
        accounts=facts.accounts,
        services=run.register(registers.SERVICES),
        service_contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=_CONTRACTS),
        service_norms=run.read_staged(SERVICE_NORMS_HERE, part),
        restriction_acts=run.read_staged(RESTRICTION_ACTS_HERE, part),
        holds=facts.holds,
        debt_decisions=facts.debt_decisions,
        payment_allocations=facts.payment_allocations,
        before=run.state.read(RESTRICTION_LIST, part),
    )


def _penalty_lines(run: MonthRun, part: str) -> pl.DataFrame:
    still_open = run.where(
        ledger.OPEN_ITEMS, part, pl.col("debt_kind_code") == "penalty",
        columns=("account_id", "creditor_id", "debt_kind_code", "charge_month", "billing_month", "outstanding_kop"),
    )
    return court_price.penalty_lines(
        run.read(PAID_PENALTIES, part), still_open, first_month=run.book.settings.first_month.first_day
    )


def _grown_before(run: MonthRun, part: str) -> pl.DataFrame:
    """What the book's first month told of penalties that had grown before it."""
    if run.state.is_opening:
        grown = run.where(PENALTIES, part, pl.col("before_rub") > 0, columns=court_price.GROWN)
    else:
        first = [run.book.settings.first_month]
        grown = run.state.keyed(PENALTIES, first, part=part, columns=court_price.GROWN).filter(pl.col("before_kop") > 0)
    run.write_staged(GROWN_BEFORE, part, grown)
    return grown


def _paid_before(run: MonthRun, part: str, agreements: pl.DataFrame) -> pl.DataFrame:
    """Movements of older months on accounts with an agreement, from the first cycle that the signing can lie in."""
    first, ids = agreements["signed_on"].min(), agreements["account_id"].unique()
    return _movements_since(run, part, first if isinstance(first, date) else None, ids, MOVEMENT)


def _costs_paid_before(run: MonthRun, part: str, facts: Facts) -> pl.DataFrame:
    """Older movements on penalties and court costs of accounts whose case names any, since its first event."""
    names_costs = (pl.col("penalty_kop").fill_null(0) > 0) | (pl.col("duty_kop").fill_null(0) > 0)
    cases = facts.court_cases.select("court_case_id", "account_id").unique()
    happened = facts.court_events.join(cases, on="court_case_id")
    ids = happened.filter(names_costs)["account_id"].unique()
    first = happened.filter(pl.col("account_id").is_in(ids.implode()))["event_on"].min()
    rows = _movements_since(run, part, first if isinstance(first, date) else None, ids, COST_MOVEMENT)
    return rows.filter(_is_of_case(facts))


def _is_of_case(facts: Facts) -> pl.Expr:
    """Movements on penalties and court costs, and of payments with which bank or bailiffs have collected."""
    collecting = facts.court_events.filter(pl.col("event_code") == "enforced")["payment_id"].drop_nulls().unique()
    return pl.col("debt_kind_code").is_in(list(COST_KINDS)) | pl.col("payment_id").is_in(collecting.to_list())


def _movements_since(
    run: MonthRun, part: str, first: date | None, account_ids: pl.Series, columns: Sequence[str]
) -> pl.DataFrame:
    """Movements of these accounts in published months, from the first cycle that the day can lie in."""
    if first is None or run.state.is_opening:
        return ledger.PAYMENT_ALLOCATIONS.empty_inside().select(columns)
    every = BillingMonth.range(run.book.opening_month, run.state.month)
    months = [month for month in every if first <= month.cycle_ends_by]
    return run.state.keyed(
        ledger.PAYMENT_ALLOCATIONS, months, part=part, columns=columns, account_ids=account_ids
    )


def _accounts_of(rows: pl.DataFrame, cases: pl.DataFrame) -> pl.Series:
    """For each row every account told of under its case: all of them are held while the case runs."""
    accounts = cases.group_by("court_case_id").agg(_accounts=pl.col("account_id").unique())
    told = rows.select("court_case_id").join(accounts, on="court_case_id", how="left", maintain_order="left")
    return told["_accounts"]


def _refused_holds(run: MonthRun) -> pl.DataFrame:
    """Refused holds and statuses of this month, and by key of all months before, less those that a person decided."""
    before = run.state.keyed(ingest.QUARANTINE, table_names=HOLDING)
    refused = pl.concat([before, run.read(ingest.QUARANTINE)])
    return refused_holds(refused, run.register(events.QUARANTINE_DECISIONS))


def _no_text() -> pl.Expr:
    return pl.lit(None, dtype=pl.String)
