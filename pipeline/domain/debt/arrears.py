"""Overdue arrears of an account towards a creditor, and how old the claim on them is.

    total   = Σ outstanding of overdue items                      principal and capital repair, not disputed
    claimed = total − shielded                                    the oldest items are covered first
    age of the claim = age of the item with which the uncovered sum reaches the smallest contact

So neither an old debt that suspended money may have paid already, nor an old remainder of a few roubles, makes a young
debt old; and paying anything can only make a claim smaller and younger. Days and months come from `due_on` of the
document that first billed the item (contracts §4), never from its charge month.

Three views of the same items: everything (soft contact), without lump sums taken over (a debt receipt lists months),
and what a court would take: neither lump sums, nor time-barred months (ГК РФ, ст. 196, 199), nor months of a case
already filed (ГПК РФ, ст. 134).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import money

ARREARS_KINDS = ("principal", "capital_repair")
PAIR = ("account_id", "creditor_id")
BANDS = (
    "overdue_1_month_kop", "overdue_3_months_kop", "overdue_6_months_kop", "overdue_12_months_kop",
    "overdue_36_months_kop", "overdue_longer_kop",
)
_ITEM_ORDER = (
    *PAIR, "due_on", "billing_month", "document_id", "contract_id", "service_code", "debt_kind_code", "charge_month"
)
#: What the room looks at of an open item.
ITEM = (
    *_ITEM_ORDER, "outstanding_kop", "days_overdue", "months_overdue", "limitation_on", "is_disputed", "is_time_barred"
)


def overdue_items(open_items: pl.DataFrame, court_cases: pl.DataFrame) -> pl.DataFrame:
    """Items in arrears at the cut, all their columns (at least ITEM), with `is_lump` and `may_go_to_court`."""
    overdue = open_items.filter(
        pl.col("debt_kind_code").is_in(ARREARS_KINDS) & (pl.col("days_overdue") > 0) & ~pl.col("is_disputed")
    ).with_row_index("_item")
    in_court = within(overdue, court_cases)["_item"].unique()
    is_lump = pl.col("charge_month").is_null()
    is_free_of_court = ~pl.col("is_time_barred") & ~pl.col("_item").is_in(in_court.implode())
    return overdue.with_columns(is_lump=is_lump, may_go_to_court=~is_lump & is_free_of_court).drop("_item")


def within(items: pl.DataFrame, court_cases: pl.DataFrame) -> pl.DataFrame:
    """Items that court cases of their account and creditor cover, once for each case."""
    return items.join(court_cases.select(*PAIR, "from_month", "to_month"), on=PAIR).filter(
        pl.col("billing_month").is_between("from_month", "to_month")
    )


def owed(items: pl.DataFrame) -> pl.DataFrame:
    """account × creditor: total_kop, oldest_due_on, oldest_month (charged, or due where a sum has no months)."""
    month = pl.coalesce("charge_month", pl.col("due_on").dt.month_start())
    return (
        items.group_by(PAIR)
        .agg(
            total_kop=money.total("outstanding_kop"), oldest_due_on=pl.col("due_on").min(), oldest_month=month.min()
        )
        .sort(PAIR)
    )


def claims(
    items: pl.DataFrame, shielded: pl.DataFrame, *, as_of: date, bands_months: tuple[int, ...], contact_min_kop: int
) -> pl.DataFrame:
    """account × creditor of one view: totals, bands, ages, and what exactly would be claimed.

    shielded: account × creditor, shielded_kop. Columns: total_kop, shielded_kop, claimed_kop, barred_kop (of the
    total, out of limitation), the six bands, oldest_due_on, claim_due_on, months_overdue, days_overdue, from_month,
    to_month, limitation_on (earliest of the claimed items).
    """
    is_first = pl.any_horizontal(pl.col(name) != pl.col(name).shift(fill_value="") for name in PAIR)
    reached = money.widened("outstanding_kop").cum_sum()
    # rows of a pair lie together: its sums are the running ones less what they were before its first row
    before = pl.when(is_first).then(reached - pl.col("outstanding_kop")).forward_fill()
    return (
        _in_order(items)
        .join(shielded.select(*PAIR, "shielded_kop"), on=PAIR, how="left", maintain_order="left")
        .with_columns(
            pl.col("shielded_kop").fill_null(0), _pair=is_first.cum_sum(),
            _reached_kop=(reached - before).cast(pl.Int64), _band=_band(as_of, bands_months),
        )
        .with_columns(_uncovered_kop=pl.col("_reached_kop") - pl.col("shielded_kop"))
        .group_by("_pair")
        .agg(
            pl.col(PAIR).first(), *_sums(), *_ages(contact_min_kop),
            *_period(pl.col("_uncovered_kop") > 0),
        )
        .drop("_pair")
        .with_columns(shielded_kop=pl.min_horizontal("shielded_kop", "total_kop"))
        .with_columns(claimed_kop=pl.col("total_kop") - pl.col("shielded_kop"))
        .sort(PAIR)
    )


def message_claim() -> pl.Expr:
    """claimed_kop of a message to a person: what is out of limitation is never asked for (ГК РФ, ст. 199), and what may
    cover the debt is taken for a payment of the rest."""
    return (pl.col("claimed_kop") - pl.col("barred_kop")).clip(lower_bound=0).alias("claimed_kop")


def claims_of_view(
    claimed: pl.DataFrame, items: pl.DataFrame, is_in_view: pl.Expr, shielded: pl.DataFrame, *, as_of: date,
    bands_months: tuple[int, ...], contact_min_kop: int,
) -> pl.DataFrame:
    """`claims` of the items in a view. Pairs with no item outside it are claimed as in `claimed`, the claims on all."""
    partly = items.filter(~is_in_view).select(PAIR).unique()
    inside = items.join(partly, on=PAIR, how="semi").filter(is_in_view)
    anew = claims(inside, shielded, as_of=as_of, bands_months=bands_months, contact_min_kop=contact_min_kop)
    return pl.concat([claimed.join(partly, on=PAIR, how="anti"), anew]).sort(PAIR)


def _in_order(items: pl.DataFrame) -> pl.DataFrame:
    """Items of a pair together, the oldest first. What is claimed of items of one due date and month is the same in
    whatever order they stand, but for lump sums, which have no limitation: their accounts alone are sorted to the end.
    """
    lumps = items.filter("is_lump").select("account_id").unique()
    return pl.concat([
        items.join(lumps, on="account_id", how="anti").sort(*PAIR, "due_on", "billing_month"),
        items.join(lumps, on="account_id", how="semi").sort(_ITEM_ORDER, nulls_last=True),
    ])


def _band(as_of: date, bands_months: tuple[int, ...]) -> pl.Expr:
    """Number of the band: an item belongs to the band that ends k months after its due date, that day included."""
    number = pl.lit(len(bands_months))
    for place, months in reversed(list(enumerate(bands_months))):
        is_inside = pl.lit(as_of) <= pl.col("due_on").dt.offset_by(f"{months}mo")
        number = pl.when(is_inside).then(place).otherwise(number)
    return number


def _sums() -> list[pl.Expr]:
    bands = [
        money.total(pl.when(pl.col("_band") == place).then("outstanding_kop").otherwise(0)).alias(name)
        for place, name in enumerate(BANDS)
    ]
    barred = money.total(pl.when("is_time_barred").then("outstanding_kop").otherwise(0)).alias("barred_kop")
    return [money.total("outstanding_kop").alias("total_kop"), pl.col("shielded_kop").first(), barred, *bands]


def _ages(contact_min_kop: int) -> list[pl.Expr]:
    is_reached = pl.col("_uncovered_kop") >= contact_min_kop
    return [
        pl.col("due_on").min().alias("oldest_due_on"),
        pl.when(is_reached).then("due_on").min().alias("claim_due_on"),
        pl.col("months_overdue").max(),
        pl.col("days_overdue").max(),
    ]


def _period(is_claimed: pl.Expr) -> list[pl.Expr]:
    return [
        pl.when(is_claimed).then("billing_month").min().alias("from_month"),
        pl.when(is_claimed).then("billing_month").max().alias("to_month"),
        pl.when(is_claimed).then("limitation_on").min().alias("limitation_on"),
    ]
