"""The two tracks: which stage comes next, on which day it may be dispatched, and whether that day has come.

Notice: reminder → SMS → call → debt receipt. Court: the court order, or the claim above its limit. Stages go in order
and none is repeated in an episode; a stage that cannot be delivered (no consent to reminders or calls, no mobile
phone, opted out, a book that makes no calls, a mandate without it, a debt too small for a call but large enough for a
receipt) is passed over. A lump sum taken over without months is reminded of, but gets no receipt. Nothing goes to the
flat of a closed account: no receipt, and no offer after one.

A day has come when age, wait and sum are there and no hold stands against it. It is a function of the ledger,
the journal of dispatches and the rule book alone.

The court takes what is old and large enough 30 days after a debt receipt (the days are the rule book's): by an order
up to its limit, by a claim above it (ГПК РФ, ст. 121). Where limitation is near, the smallest sum and a
missing receipt no longer hold a case back; the lowest duty does.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.debt import ACCOUNT_CLOSED, STAGES
from pipeline.domain.debt.court_gate import with_case
from pipeline.rules.debt import CourtRules, DebtRules

_RANK = {stage: rank for rank, stage in enumerate(STAGES)}
_NO_DAY = pl.lit(None, dtype=pl.Date)


def notice_stages(pairs: pl.DataFrame, *, rules: DebtRules, as_of: date) -> pl.DataFrame:
    """Pairs of the notice track with next_action_code, next_action_on, is_enough, is_due, stage_code.

    pairs: claimed_kop, claim_due_on, firm_total_kop, firm_claimed_kop, firm_claim_due_on (without lump sums), holds,
    last_stage_code, last_stage_on, last_rank, may_text, may_remind, may_call, is_closed.
    """
    notice, calls, contact = rules.notice, rules.calls, rules.contact_min_kop
    enough = {
        "reminder": pl.col("claimed_kop") >= max(contact, notice.reminder_min_kop),
        "sms": pl.col("claimed_kop") >= max(contact, notice.sms_min_kop),
        "call": pl.col("claimed_kop") >= max(contact, calls.min_kop),
        "debt_receipt": pl.col("firm_claimed_kop") >= max(contact, notice.debt_receipt_min_kop),
    }
    is_for_receipt = enough["debt_receipt"] & ("debt_receipt" in notice.stages)
    open_to = {
        "reminder": pl.col("may_remind"), "sms": pl.col("may_text"),
        "call": pl.col("may_call") & calls.are_made & (enough["call"] | ~is_for_receipt),
        "debt_receipt": pl.col("firm_total_kop") > 0,
    }
    following = pl.lit("none")
    for stage, is_open in reversed(open_to.items()):
        may_follow = (pl.col("last_rank") < _RANK[stage]) & is_open
        if stage in notice.stages:
            following = pl.when(may_follow).then(pl.lit(stage)).otherwise(following)
    claim, firm, last_on = pl.col("claim_due_on"), pl.col("firm_claim_due_on"), pl.col("last_stage_on")
    days = {
        "reminder": claim.dt.offset_by(f"{notice.reminder_days_overdue_min}d"),
        "sms": pl.max_horizontal(
            claim.dt.offset_by(f"{notice.sms_months_overdue_min}mo"),
            last_on.dt.offset_by(f"{notice.sms_days_after_previous}d"),
        ),
        "call": pl.max_horizontal(
            claim.dt.offset_by(f"{calls.months_overdue_min}mo"), last_on.dt.offset_by(f"{calls.days_after_previous}d"),
        ),
        "debt_receipt": pl.max_horizontal(
            firm.dt.offset_by(f"{notice.debt_receipt_months_overdue_min}mo"),
            last_on.dt.offset_by(f"{notice.debt_receipt_days_after_previous}d"),
        ),
    }
    is_at_the_flat = pl.col("is_closed") & pl.col("next_action_code").is_in(["debt_receipt", "none"])
    with_closed = pl.concat_list("holds", pl.lit([ACCOUNT_CLOSED], dtype=pl.List(pl.String))).list.sort()
    return (
        pairs.with_columns(next_action_code=following)
        .with_columns(
            _day=_by_stage(days, _NO_DAY), is_enough=_by_stage(enough, pl.lit(True)),
            holds=pl.when(is_at_the_flat).then(with_closed).otherwise("holds"),
        )
        .pipe(_decided, as_of)
    )


def reached_court(pairs: pl.DataFrame, *, rules: CourtRules, as_of: date) -> pl.DataFrame:
    """Pairs that have reached the court track: old enough, limitation near, or an application has left."""
    near_until = pl.lit(as_of).dt.offset_by(f"{rules.limitation_near_months}mo")
    is_near = (pl.col("limitation_on") <= near_until).fill_null(False)
    old_on = pl.col("claim_due_on").dt.offset_by(f"{rules.months_overdue_min}mo")
    return pairs.with_columns(is_limitation_near=is_near).filter(
        (old_on <= as_of).fill_null(False) | is_near | (pl.col("last_rank") > 0)
    )


def court_stages(
    pairs: pl.DataFrame, *, rules: CourtRules, contact_min_kop: int, as_of: date, book_id: str
) -> pl.DataFrame:
    """Pairs of `reached_court` with the columns of `notice_stages`.

    pairs: claims of what a court would take, penalty_kop to claim beside them, receipt_on (day of the debt receipt,
    null when none), holds, last_*, premises_id, _debtors. The limit of an order and the duty go by the price of the
    whole case (`court_gate.py`): of what may be filed together tonight, so one that is held lends its price to none.
    """
    claimed, old_on = pl.col("claimed_kop"), pl.col("claim_due_on").dt.offset_by(f"{rules.months_overdue_min}mo")
    has_left = pl.col("last_rank") > 0
    is_worth_it = (claimed >= max(contact_min_kop, rules.min_kop)) | (
        pl.col("is_limitation_near") & (claimed >= max(contact_min_kop, rules.order_duty_min_kop))
    )
    pays = (pl.col("expected_kop") > 0).fill_null(False)
    waited_on = pl.col("receipt_on").dt.offset_by(f"{rules.days_after_debt_receipt}d")
    day = pl.when("is_limitation_near").then(old_on).otherwise(pl.max_horizontal(old_on, waited_on))
    is_announced = pl.col("is_limitation_near") | waited_on.is_not_null()
    is_free = (pl.col("holds").list.len() == 0) & ~has_left & (day <= as_of).fill_null(False)
    return (
        pairs.with_columns(is_announced=is_announced, is_ready=is_worth_it & is_announced & is_free)
        .pipe(with_case, rules=rules, book_id=book_id)
        .with_columns(
            next_action_code=pl.when(has_left).then(pl.lit("none"))
            .when("is_above_limit").then(pl.lit("claim")).otherwise(pl.lit("court_order")),
            is_enough=is_worth_it & pays & pl.col("is_announced"), does_not_pay=is_worth_it & ~pays,
            _day=day,
        )
        .pipe(_decided, as_of)
    )


def _by_stage(chosen: dict[str, pl.Expr], otherwise: pl.Expr) -> pl.Expr:
    found = otherwise
    for stage, expression in chosen.items():
        found = pl.when(pl.col("next_action_code") == stage).then(expression).otherwise(found)
    return found


def _decided(pairs: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """A hold or too small a sum leaves no day; a stage whose day has come is the stage of tonight."""
    may_come = pl.col("is_enough") & (pl.col("holds").list.len() == 0) & (pl.col("next_action_code") != "none")
    return (
        pairs.with_columns(next_action_on=pl.when(may_come).then("_day").otherwise(_NO_DAY))
        .with_columns(is_due=(pl.col("next_action_on") <= as_of).fill_null(False))
        .with_columns(
            stage_code=pl.when("is_due").then("next_action_code").otherwise(pl.col("last_stage_code").fill_null("none"))
        )
        .drop("_day")
    )
