"""Money collected for creditors, day by day and by source, and what of it has not yet been passed on.

    collected    laid on the creditor's items by payments: at once, or later from an advance
    reversed     taken back from its items by reversals
    moved        money that new versions of documents brought to it or took away
    own account  the payment names the creditor whose own bank account received it: the centre never holds it. The rule
                 `own_creditor` does not say so: it places capital repair and the rest of a writ too
    held         opening + collected − reversed + moved − remitted, own accounts left out, since the book was opened;
                 unknown for ever where remittances were not known in every month since then

A movement is dated by what caused it, but never before the cycle that posts it: what arrived late belongs to the month
that took it in. Credits of negative lines are no money. Not here: which item gets the money (`domain/allocation`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.ledger import MONEY_SOURCES
from pipeline.domain.allocation.admission import RULE
from pipeline.domain.allocation.runs import packed, ranked, summed_by
from pipeline.money import total

KEY: Final = ("creditor_id", "collected_on", "source_code")
FLOWS: Final = ("collected_kop", "reversed_kop", "moved_kop")
OWN_ACCOUNT: Final = "own_account"
_COURT: Final = ("bailiff", "bank_writ")
_OTHERS: Final = ("social_protection", "employer")
_FEE_CLASSES: Final = ("bank", "post")
_TAKEN_BACK: Final = ("reversal", "superseded")
_KIND: Final = pl.Enum(MONEY_SOURCES)


def channel_source() -> pl.Expr:
    """Source of money of a row of the register of channels, where the payer does not decide it."""
    fee = pl.col("fee_class_code")
    return (
        pl.when(pl.col("is_own_online")).then(pl.lit("online")).when(fee.is_in(_FEE_CLASSES)).then(fee)
        .otherwise(pl.lit("cash"))
    )


def looked_up(movements: pl.DataFrame, sources: pl.DataFrame, payments: pl.DataFrame) -> pl.Series:
    """Payments of older months that may have come to a creditor's own account: free advances cannot have."""
    may_be_own = (pl.col("rule_code") != "advance") | pl.col("is_ring_fenced")
    is_older = sources.select(
        (pl.col("origin_code") == "payment") & ~pl.col("payment_id").is_in(payments["payment_id"].implode())
    ).to_series()
    moved = movements.select(pl.col("source").filter(is_older.gather(movements["source"]) & may_be_own)).to_series()
    return sources["payment_id"].gather(moved.unique()).unique().sort()


def collected_money(
    movements: pl.DataFrame, sources: pl.DataFrame, payments: pl.DataFrame, older: pl.DataFrame,
    channels: pl.DataFrame, *, cycle_start: date,
) -> pl.DataFrame:
    """Inside COLLECTED_MONEY of one part. `movements` name their money by `source`, a row of `sources`; `payments`:
    posted in the cycle; `older`: payment_id and designated_creditor_id of those that `looked_up` names."""
    creditors = ranked(movements["creditor_id"])
    moments = pl.Series("posted_at", movements["posted_at"].unique().sort())
    # a million movements are found by one integer; what their money is was told once a source
    coded = movements.select(
        kind=_kinds(sources, payments, older, channels).gather(movements["source"]),
        creditor=pl.col("creditor_id").cast(creditors), rule=pl.col("rule_code").cast(RULE),
        moment=moments.search_sorted(movements["posted_at"]), allocated_kop="allocated_kop",
    ).filter(pl.col("kind").is_not_null())
    columns = {"kind": len(_KIND.categories), "creditor": len(creditors.categories), "rule": len(RULE.categories),
               "moment": moments.len()}
    summed = summed_by(coded.with_columns(packed(**columns).alias("key")), "key", ["allocated_kop"], told=[*columns])
    rule, money, zero = pl.col("rule"), pl.col("allocated_kop"), pl.lit(0, dtype=pl.Int64)
    return added([summed.select(
        creditor_id=pl.col("creditor").cast(pl.String),
        collected_on=pl.max_horizontal(moments.gather(summed["moment"]).dt.date(), pl.lit(cycle_start)),
        source_code=_by_rule(),
        collected_kop=pl.when(~rule.is_in(_TAKEN_BACK)).then(money).otherwise(zero),
        reversed_kop=pl.when(rule == "reversal").then(-money).otherwise(zero),
        moved_kop=pl.when(rule == "superseded").then(money).otherwise(zero),
    )])


def _kinds(
    sources: pl.DataFrame, payments: pl.DataFrame, older: pl.DataFrame, channels: pl.DataFrame
) -> pl.Series:
    """What money each row of `sources` is whatever the rule: by whose it is first, then by the channel that brought it;
    missing for credits."""
    told = pl.concat([
        payments.select("payment_id", "designated_creditor_id", "payer_code"),
        older.select("payment_id", "designated_creditor_id", payer_code=pl.lit(None, dtype=pl.String)),
    ]).unique("payment_id", keep="first", maintain_order=True)
    payer = pl.col("payer_code")
    return (
        sources.select("payment_id", "channel_code", "origin_code")
        .join(told, on="payment_id", how="left", maintain_order="left")
        .join(channels.select("channel_code", of_channel=channel_source()), on="channel_code", how="left",
              maintain_order="left")
        .select(
            kind=pl.when(pl.col("origin_code") == "credit").then(None)
            .when(pl.col("designated_creditor_id").is_not_null()).then(pl.lit(OWN_ACCOUNT))
            .when(payer.is_in(_COURT)).then(pl.lit("enforcement"))
            .when(payer.is_in(_OTHERS)).then(payer)
            .otherwise(pl.col("of_channel").fill_null("other")).cast(_KIND)
        )["kind"]
    )


def _by_rule() -> pl.Expr:
    """Source of a movement: the kind of its money, unless the rule that laid it says more."""
    kind, rule = pl.col("kind").cast(pl.String), pl.col("rule")
    return (
        pl.when(kind == OWN_ACCOUNT).then(kind).when(rule == "advance").then(pl.lit("advance"))
        .when(rule == "enforcement").then(pl.lit("enforcement")).otherwise(kind)
    )


def added(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Sums of all parts by creditor, day and source."""
    schema = {"creditor_id": pl.String(), "collected_on": pl.Date(), "source_code": pl.String(),
              **dict.fromkeys(FLOWS, pl.Int64())}
    rows = pl.concat([pl.DataFrame(schema=schema), *parts])
    summed = rows.group_by(*KEY).agg(total(name).alias(name) for name in FLOWS)
    return summed.filter(pl.any_horizontal(pl.col(name) != 0 for name in FLOWS)).sort(*KEY)


def creditor_funds(
    before: pl.DataFrame, collected: pl.DataFrame, remitted: pl.DataFrame, *,
    is_opening_known: bool, is_remittance_known: bool,
) -> pl.DataFrame:
    """Inside CREDITOR_FUNDS. `before`: the table of the month before; `remitted`: remittances of the cycle. The opening
    is known when remittances were in every month before, the closing when they are in this one too."""
    through_centre = collected.filter(pl.col("source_code") != OWN_ACCOUNT)
    flows = pl.concat([
        before.select("creditor_id", opening_kop="closing_kop"),
        through_centre.select("creditor_id", *FLOWS),
        remitted.select("creditor_id", remitted_kop="gross_kop", commission_kop="commission_kop"),
    ], how="diagonal")
    names = ("opening_kop", *FLOWS, "remitted_kop", "commission_kop")
    held = (
        pl.col("opening_kop") + pl.col("collected_kop") - pl.col("reversed_kop") + pl.col("moved_kop")
        - pl.col("remitted_kop")
    )
    return (
        flows.group_by("creditor_id").agg(total(pl.col(name).fill_null(0)).alias(name) for name in names)
        .with_columns(
            opening_kop=pl.when(pl.lit(is_opening_known)).then("opening_kop"),
            is_remittance_known=pl.lit(is_remittance_known),
        )
        .with_columns(closing_kop=pl.when("is_remittance_known").then(held))
        .select("creditor_id", *names, "closing_kop", "is_remittance_known")
        .sort("creditor_id")
    )
