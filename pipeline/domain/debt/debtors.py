"""Debtors of one part: every account × creditor in arrears, on its tracks, with all that tonight's lists need.

The table of contents of the room: items in arrears → what could cover them → how old the claim is → which episode it
is → who may be troubled → which stage is next. Nothing here knows the other parts or any phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipeline.contracts.debt import ACCOUNT_CLOSED, DEBTORS
from pipeline.domain.debt import (
    arrears,
    court_events,
    court_price,
    episodes,
    holds,
    instalments,
    ladder,
    mandates,
    people,
    shields,
)
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.court_gate import with_debtors
from pipeline.domain.debt.reasons import with_reason
from pipeline.rules.debt import DebtRules

#: What the room looks at of a movement of money.
MOVEMENT = ("account_id", "creditor_id", "service_code", "debt_kind_code", "due_on", "paid_at", "allocated_kop")


@dataclass(frozen=True, slots=True)
class Facts:
    """Tables of one part, inside shape; registers and events may be whole, as of the cut."""

    open_items: pl.DataFrame
    payment_allocations: pl.DataFrame
    advances: pl.DataFrame
    recalculations: pl.DataFrame
    suspended_payments: pl.DataFrame
    incomplete_bills: pl.DataFrame
    accounts: pl.DataFrame
    service_contracts: pl.DataFrame
    rights: pl.DataFrame
    persons: pl.DataFrame
    contacts: pl.DataFrame
    holds: pl.DataFrame
    court_cases: pl.DataFrame
    court_events: pl.DataFrame
    instalment_agreements: pl.DataFrame
    mandates: pl.DataFrame
    mandate_accounts: pl.DataFrame
    paid_before: pl.DataFrame
    """Movements of the months before on accounts that have an agreement, since its signing; of what MOVEMENT names."""
    debt_decisions: pl.DataFrame
    penalties: pl.DataFrame
    """`court_price.PENALTY` of tonight."""
    penalty_lines: pl.DataFrame
    """`court_price.LINES` of documents."""
    grown_before: pl.DataFrame
    """`court_price.GROWN` of the book's first month."""
    dispatches: pl.DataFrame
    previous: pl.DataFrame
    """DEBTORS of the month before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Both tracks with the working columns that lists are made from; `debtors` is the published shape."""

    notice: pl.DataFrame
    court: pl.DataFrame
    court_claims: pl.DataFrame
    """Every account × creditor of what a court would take, old enough or not, by episodes of the court track."""
    items: pl.DataFrame
    """Overdue items in arrears (`arrears.overdue_items`)."""
    shielded: pl.DataFrame
    reasons: pl.DataFrame
    """account × creditor × reason_code: every hold in force, of whatever track."""
    instalments: pl.DataFrame
    """INSTALMENTS, inside shape."""
    mandated: pl.DataFrame
    """account × creditor under a mandate (`mandates.mandated`) that owe, paid, were told or went to court."""

    @property
    def debtors(self) -> pl.DataFrame:
        """DEBTORS, inside shape, sorted by its key."""
        named = {"previous_stage_code": "last_stage_code", "previous_stage_on": "last_stage_on"}
        columns = [pl.col(named.get(name, name)).alias(name) for name in DEBTORS.inside_names]
        both = pl.concat([self.notice.select(columns), self.court.select(columns)])
        return both.cast(pl.Schema(DEBTORS.inside_schema)).sort(DEBTORS.primary_key)


def standing(facts: Facts, *, rules: DebtRules, as_of: date, book_id: str) -> Standing:
    """Every account × creditor of the part with overdue arrears on `as_of`: notice track and, once old, court."""
    items = arrears.overdue_items(facts.open_items, facts.court_cases)
    owed = arrears.owed(items)
    shielded = shields.shielded(
        owed, facts.advances, facts.recalculations, facts.suspended_payments, facts.service_contracts
    )
    own_accounts = facts.accounts.join(owed.select("account_id").unique(), on="account_id", how="semi")
    held = people.holders(own_accounts, facts.rights, as_of=as_of)
    movements = pl.concat([facts.paid_before.select(MOVEMENT), facts.payment_allocations.select(MOVEMENT)])
    agreed = instalments.instalments(
        facts.instalment_agreements, facts.open_items, movements, facts.debt_decisions, as_of=as_of
    )
    met = [owed, facts.payment_allocations, facts.dispatches, facts.court_cases]
    under = mandates.mandated(facts.mandates, facts.mandate_accounts, met, as_of=as_of)
    of_agreements = instalments.holding(agreed).select(*PAIR, "reason_code")
    reasons = holds.reasons(
        owed, facts.holds, held, own_accounts, facts.incomplete_bills,
        of_agreements, under, as_of=as_of,
    )
    known = (
        episodes.episodes(owed, facts.previous, facts.payment_allocations)
        .join(own_accounts.select("account_id", "premises_id"), on="account_id", how="left")
    )

    terms: Any = {
        "as_of": as_of, "bands_months": rules.age_bands_months, "contact_min_kop": rules.contact_min_kop
    }
    claimed = arrears.claims(items, shielded, **terms)
    of_court = arrears.claims_of_view(claimed, items, pl.col("may_go_to_court"), shielded, **terms)
    firm = arrears.claims_of_view(claimed, items, ~pl.col("is_lump"), shielded, **terms)

    def tracked(view: pl.DataFrame, track_code: str) -> pl.DataFrame:
        identified = episodes.with_episode_id(view.join(known, on=PAIR), book_id=book_id, track_code=track_code)
        staged = episodes.with_last_stage(identified, facts.previous, facts.dispatches, as_of=as_of)
        return staged.join(under, on=PAIR, how="left")

    notice, court = tracked(claimed, "notice"), tracked(of_court, "court")
    in_court = arrears.within(items, court_events.running(facts.court_cases, facts.court_events, as_of=as_of))
    reach = people.addressees(
        held, facts.persons, facts.contacts, as_of=as_of, adult_years=rules.adult_years,
        call_needs_consent=rules.calls.needs_consent,
    )
    return Standing(
        notice=_notice(
            notice, firm, _in_court(court, in_court), reasons, reach, as_of=as_of,
            rules=mandates.rules_by_mandate(facts.mandates, rules, as_of=as_of),
        ),
        court=_court(
            with_debtors(court, held), notice, reasons, facts, items, rules=rules, as_of=as_of, book_id=book_id
        ),
        court_claims=court, items=items, shielded=shielded, reasons=reasons, instalments=agreed, mandated=under,
    )


def _notice(
    notice: pl.DataFrame, firm: pl.DataFrame, in_court: pl.DataFrame, reasons: pl.DataFrame, reach: pl.DataFrame, *,
    rules: Mapping[str, DebtRules], as_of: date,
) -> pl.DataFrame:
    """`rules` by mandate (`mandates.rules_by_mandate`); holds are the book's, whatever the mandate."""
    left_alone = notice.filter("is_hold_out").select(*PAIR, reason_code=pl.lit("hold_out"))
    counted = reasons.filter(pl.col("reason_code").is_in([*rules[""].notice.holds, *holds.OWN]))
    firm_part = firm.select(
        *PAIR, firm_total_kop="total_kop", firm_claimed_kop="claimed_kop", firm_claim_due_on="claim_due_on"
    )
    reached = (
        notice.join(firm_part, on=PAIR, how="left")
        .join(reach, on="account_id", how="left")
        .with_columns(
            pl.col("firm_total_kop", "firm_claimed_kop").fill_null(0),
            pl.col("may_text", "may_remind", "may_call").fill_null(False),
        )
        .pipe(_with_holds, pl.concat([counted, in_court, left_alone]))
        .join(_at_closed_accounts(reasons), on=PAIR, how="left")
        .with_columns(pl.col("is_closed").fill_null(False))
        .with_columns(is_limitation_near=False, is_above_limit=False, is_announced=True, does_not_pay=False,
                      receipt_on=pl.lit(None, dtype=pl.Date))
    )
    judged = [
        with_reason(ladder.notice_stages(pairs, rules=rules[worked_by], as_of=as_of), rules=rules[worked_by])
        for worked_by, pairs in mandates.by_mandate(reached)
    ]
    return pl.concat(judged).sort(PAIR)


def _at_closed_accounts(reasons: pl.DataFrame) -> pl.DataFrame:
    return reasons.filter(pl.col("reason_code") == ACCOUNT_CLOSED).select(*PAIR, is_closed=True)


def _in_court(court: pl.DataFrame, in_case: pl.DataFrame) -> pl.DataFrame:
    """account × creditor × reason_code `in_court`: an application has left, or a running case covers something open."""
    has_left = court.filter(pl.col("last_rank") > 0)
    return pl.concat([has_left.select(PAIR), in_case.select(PAIR)]).unique().with_columns(
        reason_code=pl.lit("in_court")
    )


def _court(
    court: pl.DataFrame, notice: pl.DataFrame, reasons: pl.DataFrame, facts: Facts, items: pl.DataFrame, *,
    rules: DebtRules, as_of: date, book_id: str,
) -> pl.DataFrame:
    receipts = notice.filter(pl.col("last_stage_code") == "debt_receipt").select(*PAIR, receipt_on="last_stage_on")
    counted = reasons.filter(pl.col("reason_code").is_in([*rules.court.holds, *holds.OWN]))
    reached = ladder.reached_court(court, rules=rules.court, as_of=as_of)
    free = court_price.free_items(items.filter("may_go_to_court"), reached)
    priced = court_price.penalties_to_claim(free, facts.penalties, facts.penalty_lines, facts.grown_before)
    return (
        reached.join(priced, on=PAIR, how="left")
        .with_columns(pl.col(court_price.SUMS).fill_null(0))
        .join(receipts, on=PAIR, how="left")
        .pipe(_with_holds, counted)
        .pipe(
            ladder.court_stages, rules=rules.court, contact_min_kop=rules.contact_min_kop, as_of=as_of, book_id=book_id
        )
        .pipe(with_reason, rules=rules)
        .sort(PAIR)
    )


def _with_holds(pairs: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    by_pair = reasons.group_by(PAIR).agg(holds=pl.col("reason_code").unique().sort())
    none = pl.lit([], dtype=pl.List(pl.String))
    return pairs.join(by_pair, on=PAIR, how="left").with_columns(pl.col("holds").fill_null(none))
