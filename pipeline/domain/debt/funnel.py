"""What a mandate brought: who stands where, what left, what came back, and the money, beside the accounts left alone.

    received = Σ laid on principal and capital repair that was overdue on the day of its payment, by the stage that had
               left last for the debt on that day (none: nothing had), since the mandate began
    paid     = the part of it that was paid within the mandate's days after that stage

Money of earlier months is the funnel of the month before: a month adds what its ledger laid. So a mandate that was
registered after its begin has no money of the months between, and an account that leaves it leaves its money there.
Counts of what left and came back are counted anew from the journal every night, for the accounts of tonight. A part
is added up over all parts at the end (`summed`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.debt import STAGES
from pipeline.contracts.mandates import GROUPS, MANDATE_FUNNEL
from pipeline.domain.debt.arrears import ARREARS_KINDS, PAIR
from pipeline.domain.debt.debtors import Facts, Standing

_KEY = ("mandate_id", "group_code", "stage_code")
_FIGURES = tuple(
    column.inside_name for column in MANDATE_FUNNEL.columns if column.name not in ("creditor_id", *_KEY)
)
_MONEY = ("paid_kop", "received_kop")
_RANK = {stage: rank for rank, stage in enumerate(STAGES)}
_CAME = ("delivered", "answered")
_GRANTED = ("ordered", "decided")


def funnel_of_part(
    standing: Standing, facts: Facts, outcomes: pl.DataFrame, mandates: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """mandate × group × stage with the figures of MANDATE_FUNNEL that the accounts of one part give.

    outcomes: DUNNING_OUTCOMES of the whole book. mandates: those in force (`mandates.in_force`).
    """
    if standing.mandated.is_empty():
        return _nothing()
    group = pl.when("is_hold_out").then(pl.lit("hold_out")).otherwise(pl.lit("contacted"))
    under = standing.mandated.with_columns(group_code=group)
    left = _left(under, facts.dispatches)
    return summed([
        _standing(under, standing), _sent(left, outcomes.filter(pl.col("outcome_on") <= as_of)),
        _received(under, left, facts.payment_allocations, mandates),
        _in_court(under, facts.court_cases, facts.court_events.filter(pl.col("event_on") <= as_of)),
    ])


def summed(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """mandate × group × stage over partial figures; a figure that one does not have counts as nothing."""
    rows = pl.concat([_nothing(), *parts], how="diagonal_relaxed")
    return rows.group_by(_KEY).agg(money.total(pl.col(name).fill_null(0)).alias(name) for name in _FIGURES).sort(_KEY)


def funnel(parts: list[pl.DataFrame], before: pl.DataFrame, mandates: pl.DataFrame) -> pl.DataFrame:
    """MANDATE_FUNNEL, inside shape: every mandate in force with all its groups and stages.

    before: MANDATE_FUNNEL of the month before, for the money of earlier months.
    """
    every = (
        mandates.select("mandate_id", "creditor_id")
        .join(pl.DataFrame({"group_code": GROUPS}), how="cross").join(pl.DataFrame({"stage_code": STAGES}), how="cross")
    )
    figures = summed([*parts, before.select(*_KEY, *_MONEY)])
    told = every.join(figures, on=_KEY, how="left").with_columns(pl.col(_FIGURES).fill_null(0))
    return told.select(MANDATE_FUNNEL.inside_names).cast(pl.Schema(MANDATE_FUNNEL.inside_schema)).sort(_KEY)


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(_KEY, pl.String), **dict.fromkeys(_FIGURES, pl.Int64)})


def _left(under: pl.DataFrame, dispatches: pl.DataFrame) -> pl.DataFrame:
    """Debts told of under a mandate, each with the action and its day."""
    told = dispatches.select(*PAIR, "action_id", "stage_code", "dispatched_on").unique()
    return told.join(under, on=PAIR).filter(pl.col("dispatched_on") >= pl.col("begun_on"))


def _standing(under: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """Who owes tonight, by the last stage of either track."""
    filed = standing.court.filter(pl.col("last_rank") > 0).select(*PAIR, filed_code="last_stage_code")
    return (
        standing.notice.select(*PAIR, "total_kop", "claimed_kop", "last_stage_code")
        .join(under, on=PAIR).join(filed, on=PAIR, how="left")
        .with_columns(stage_code=pl.coalesce("filed_code", "last_stage_code", pl.lit("none")))
        .group_by(_KEY)
        .agg(
            accounts=pl.col("account_id").n_unique().cast(pl.Int64), total_kop=money.total("total_kop"),
            claimed_kop=money.total("claimed_kop"),
        )
    )


def _sent(left: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    came = outcomes.filter(pl.col("outcome_code").is_in(_CAME)).select("action_id", is_delivered=True).unique()
    return (
        left.join(came, on="action_id", how="left")
        .group_by(_KEY)
        .agg(sent=pl.len().cast(pl.Int64), delivered=pl.col("is_delivered").sum().cast(pl.Int64))
    )


def _received(
    under: pl.DataFrame, left: pl.DataFrame, allocations: pl.DataFrame, mandates: pl.DataFrame
) -> pl.DataFrame:
    """This month's money on debts that were overdue when it was paid, by the stage before it."""
    last = (
        left.with_columns(_rank=pl.col("stage_code").replace_strict(_RANK, return_dtype=pl.Int32))
        .sort("dispatched_on", "_rank", *PAIR)
        .select(*PAIR, "stage_code", "dispatched_on", _paid_on="dispatched_on")
    )
    paid = (
        allocations.join(under, on=PAIR)
        .with_columns(_paid_on=pl.col("paid_at").dt.date())
        .filter(
            pl.col("debt_kind_code").is_in(ARREARS_KINDS) & (pl.col("due_on") < pl.col("_paid_on"))
            & (pl.col("_paid_on") >= pl.col("begun_on"))
        )
        .join(mandates.select("mandate_id", "paid_within_days"), on="mandate_id")
        .sort("_paid_on", *PAIR)
        .join_asof(last, on="_paid_on", by=list(PAIR), strategy="backward", check_sortedness=False)
    )
    days = (pl.col("_paid_on") - pl.col("dispatched_on")).dt.total_days()
    is_soon = (days <= pl.col("paid_within_days")).fill_null(False)
    return (
        paid.with_columns(pl.col("stage_code").fill_null("none"))
        .group_by(_KEY)
        .agg(
            received_kop=money.total("allocated_kop"),
            paid_kop=money.total(pl.when(is_soon).then("allocated_kop").otherwise(0)),
        )
    )


def _in_court(under: pl.DataFrame, cases: pl.DataFrame, happened: pl.DataFrame) -> pl.DataFrame:
    """Accounts whose cases were filed and granted since the mandate began, each once a case."""
    of_case = cases.select(*PAIR, "court_case_id").unique().join(under, on=PAIR)
    events = happened.select("court_case_id", "event_code", "event_on").unique().join(of_case, on="court_case_id")
    since = events.filter(pl.col("event_on") >= pl.col("begun_on"))

    def counted(*codes: str) -> pl.Expr:
        told = pl.struct("account_id", "court_case_id").filter(pl.col("event_code").is_in(codes))
        return told.n_unique().cast(pl.Int64)

    return since.with_columns(stage_code=pl.lit("court_order")).group_by(_KEY).agg(
        filed=counted("filed"), granted=counted(*_GRANTED)
    )
