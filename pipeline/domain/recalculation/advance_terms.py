"""How each term of the advance discount stands at the end of a cycle.

    price    Σ (fee − discount) of the fixed lines of the first bill at hand × months: what is to be paid ahead
    paid     payments of the contract with a day before the first documents of the term, less what was taken back
    begins   paid ≥ price, and no debt overdue for so many days; a cycle more is waited for slow registries
    ends     before its last month by what the policy lists: given up, money taken back below the price, a new owner, an
             account closed, another tariff, a debt

A debt counts as far as nothing else may cover it: disputed and time-barred items do not, open reductions of ours are
taken off, and an account that a suspended payment may belong to has none. Not here: months, lines
(`advance_months.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.contracts.recalculation import UNBILLED_STATUSES
from pipeline.domain.recalculation.advance_judged import TERM, pay_until
from pipeline.domain.recalculation.applications import on_day
from pipeline.domain.recalculation.ownership_judged import is_whole
from pipeline.rules.recalculation_advance import AdvanceRules

#: What this room reads of payments, advances, reversals and open items.
PAYMENT: Final = (*TERM, "payment_id", "purpose_code", "paid_at", "amount_kop")
ADVANCE: Final = (*TERM, "payment_id", "amount_kop")
REVERSAL: Final = ("payment_id", "amount_kop")
ITEM: Final = ("account_id", "debt_kind_code", "days_overdue", "outstanding_kop", "is_disputed", "is_time_barred")
_ARREARS: Final = ("principal", "capital_repair")


class Happened(NamedTuple):
    """Of the accounts concerned: payments and reversals of the cycle, advances that it found, open items at the cut,
    proposals until now (fees.EARLIER), accounts that suspended money may belong to, OWNERSHIP_TRANSFERS,
    account_id with closed_on, CYCLES."""

    payments: pl.DataFrame
    reversals: pl.DataFrame
    advances: pl.DataFrame
    open_items: pl.DataFrame
    earlier: pl.DataFrame
    shielded: pl.Series
    sales: pl.DataFrame
    accounts: pl.DataFrame
    cycles: pl.DataFrame


def paid(terms: pl.DataFrame, begun_ids: pl.Series, happened: Happened) -> pl.DataFrame:
    """ADVANCE_TERMS with what the cycle brought and took back. `begun_ids`: terms whose earlier money counts now."""
    dated = terms.drop("pay_until_on").join(pay_until(happened.cycles), on="from_month", how="left")
    begun = dated.filter(pl.col("event_id").is_in(begun_ids.implode())).select("event_id", *TERM)
    found = begun.join(happened.advances.select(ADVANCE), on=TERM).select("event_id", "payment_id", "amount_kop")
    paid_on = pl.col("paid_at").dt.convert_time_zone(MOSCOW_NAME).dt.date()
    is_in_time = (paid_on <= pl.col("pay_until_on")).fill_null(True) | (pl.col("status_code") == "running")
    came = (
        dated.select("event_id", *TERM, "pay_until_on", "status_code")
        .join(happened.payments.filter(pl.col("purpose_code") == "advance_contract"), on=TERM)
        .filter(is_in_time).select("event_id", "payment_id", "amount_kop")
    )
    money = pl.concat([found, came])
    ids = pl.concat([
        money.select("event_id", "payment_id"),
        dated.select("event_id", payment_id="payment_ids").explode("payment_id", empty_as_null=True).drop_nulls(),
    ]).unique()
    gone = ids.join(happened.reversals.select(REVERSAL), on="payment_id").select("event_id", gone_kop="amount_kop")
    sums = money.group_by("event_id").agg(came_kop=pl.col("amount_kop").sum())
    return (
        dated.join(sums, on="event_id", how="left")
        .join(gone.group_by("event_id").agg(pl.col("gone_kop").sum()), on="event_id", how="left")
        .join(ids.group_by("event_id").agg(ids=pl.col("payment_id").unique().sort()), on="event_id", how="left")
        .with_columns(
            paid_kop=pl.col("paid_kop") + pl.col("came_kop").fill_null(0) - pl.col("gone_kop").fill_null(0),
            payment_ids=pl.coalesce("ids", "payment_ids"),
        )
        .select(ADVANCE_TERMS.inside_names).sort("event_id")
    )


def standing(
    terms: pl.DataFrame, withdrawn: pl.DataFrame, retariffed: pl.Series, happened: Happened,
    *, rules: AdvanceRules, month: date,
) -> pl.DataFrame:
    """ADVANCE_TERMS as they stand now. `terms`: priced and paid; `withdrawn`: of `judged`; `retariffed`: event_id of
    those whose lines of the month have another tariff."""
    last_day = pl.lit(month).dt.month_end()
    known = (
        terms.join(withdrawn, on=TERM, how="left")
        .join(_sold(happened.sales, month), on="account_id", how="left")
        .join(happened.accounts.select("account_id", "closed_on").unique("account_id"), on="account_id", how="left")
        .join(overdue(happened, rules=rules), on="account_id", how="left")
        .with_columns(sold_on=pl.when(pl.col("sold_on") >= on_day("registered_at")).then("sold_on"))
    )
    was_running, has_debt = pl.col("status_code") == "running", pl.col("debt_kop").is_not_null()
    is_short = (pl.col("paid_kop") < pl.col("price_kop")).fill_null(True)
    ends = {
        "withdrawn": pl.col("withdrawn_on") <= last_day,
        "refunded": was_running & is_short,
        "change_of_owner": pl.col("sold_on").is_not_null(),
        "account_closed": pl.col("closed_on") <= last_day,
        "tariff_changed": was_running & pl.col("event_id").is_in(retariffed.implode()),
        "debt": was_running & has_debt,
    }
    reason = pl.coalesce(pl.when(ends[one]).then(pl.lit(one)) for one in rules.ends_by)
    days = {"withdrawn": pl.col("withdrawn_on"), "change_of_owner": pl.col("sold_on"),
            "account_closed": pl.col("closed_on")}
    ended_on = pl.coalesce(
        *(pl.when(pl.col("end_reason_code") == one).then(day.dt.month_start()) for one, day in days.items()),
        pl.when(pl.col("end_reason_code").is_not_null()).then(pl.lit(month)),
    )
    begins = pl.col("from_month")
    failed = (
        pl.when(was_running).then(None)
        .when(pl.col("price_kop").is_null()).then(pl.lit("is_priced"))
        .when(is_short).then(pl.lit("is_paid_ahead"))
        .when(has_debt & (begins <= month)).then(pl.lit("is_free_of_debt"))
    )
    return (
        known.with_columns(end_reason_code=reason, first_failed_code=failed)
        .with_columns(
            ended_month=ended_on,
            is_clawed_back=was_running & pl.col("end_reason_code").is_in(list(rules.claws_back)).fill_null(False),
            missing_kop=pl.when(pl.col("paid_kop") < pl.col("price_kop")).then(
                pl.col("price_kop") - pl.col("paid_kop")),
            status_code=pl.when(pl.col("end_reason_code").is_not_null()).then(pl.lit("ended"))
            .when(was_running & (pl.col("to_month") < month)).then(pl.lit("finished"))
            .when(was_running).then(pl.lit("running"))
            .when(begins > month).then(pl.lit("planned"))
            .when(pl.col("first_failed_code").is_null()).then(pl.lit("running"))
            .when(begins == month).then(pl.lit("awaits_money"))
            .otherwise(pl.lit("refused")),
        )
        .select(ADVANCE_TERMS.inside_names).cast(ADVANCE_TERMS.inside_schema)  # type: ignore[arg-type]
        .sort("event_id")
    )


def overdue(happened: Happened, *, rules: AdvanceRules) -> pl.DataFrame:
    """account_id, debt_kop of those whose overdue debt is above what is left alone."""
    debts = happened.open_items.filter(
        pl.col("debt_kind_code").is_in(list(_ARREARS)), pl.col("days_overdue") >= rules.debt_days,
        ~pl.col("is_disputed"), ~pl.col("is_time_barred"),
        ~pl.col("account_id").is_in(happened.shielded.implode()),
    ).group_by("account_id").agg(debt_kop=pl.col("outstanding_kop").sum())
    credits = happened.earlier.filter(
        pl.col("status_code").is_in(list(UNBILLED_STATUSES)), pl.col("difference_kop") < 0
    ).group_by("account_id").agg(credit_kop=pl.col("difference_kop").sum())
    return (
        debts.join(credits, on="account_id", how="left")
        .select("account_id", debt_kop=pl.col("debt_kop") + pl.col("credit_kop").fill_null(0))
        .filter(pl.col("debt_kop") > rules.debt_min_kop)
    )


def _sold(sales: pl.DataFrame, month: date) -> pl.DataFrame:
    """account_id, sold_on of flats that changed hands by the end of the month."""
    is_told = (pl.col("status_code") == "confirmed") & is_whole(pl.col("share"))
    by_now = pl.col("effective_from") <= pl.lit(month).dt.month_end()
    return sales.filter(is_told, by_now).group_by("account_id").agg(sold_on=pl.col("effective_from").max())
