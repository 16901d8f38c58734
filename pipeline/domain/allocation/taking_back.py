"""Money taken back: by a reversal (сторно) exactly the rows of its payment, by a new version the old document's.

    reversal       first what of the payment is still an advance, then its rows, the latest first, exactly the amount;
                   what is not found leaves as `not_found`
    new version    the old items are withdrawn (billed becomes 0); the old document's own credits are undone wherever
                   their money went; all other money on it is laid on the new version first, then on the oldest
                   documents, then it is an advance; it keeps payment_id, moment and ring fence, and its contract
                   while the discount of that is not over

A negative row carries the money's own terms (payment, registry, `paid_at`), so that what used to be dated by the
payment disappears with it. Both end the epoch of the documents they touch.
"""

from __future__ import annotations

import polars as pl

from pipeline.domain.allocation.admission import MODE, PLACED_AS, RULE
from pipeline.domain.allocation.ahead import released
from pipeline.domain.allocation.credit import credit_payment_id
from pipeline.domain.allocation.ground import MONEY
from pipeline.domain.allocation.runs import place_in_run
from pipeline.domain.allocation.standing import Standing

_SOURCE = ("payment_id", "is_ring_fenced", "contract_reference")


class HistoryMissing(Exception):
    """A withdrawn document holds more money than the movements handed in can explain."""


def reverse(standing: Standing, reversals: pl.DataFrame) -> None:
    """At most one reversal an account: its amount back from the advance, then from the payment's rows."""
    wanted = reversals.select("account", "payment_id", "reversal_id", "posted_at", "amount_kop")
    wanted = _from_advances(standing, wanted)
    rows = _rows_that_remain(standing.history(wanted["account"]), wanted).with_columns(
        before_kop=pl.col("remains_kop").cum_sum().over("account") - pl.col("remains_kop")
    )
    taken = pl.min_horizontal(pl.col("amount_kop") - pl.col("before_kop"), pl.col("remains_kop"))
    lines = rows.with_columns(taken_kop=taken).filter(pl.col("taken_kop") > 0)
    standing.record(
        lines.sort("account", "sequence", "place", descending=[False, True, True]).with_columns(
            allocated_kop=-pl.col("taken_kop"), rule_code=pl.lit("reversal", dtype=RULE),
        )
    )
    standing.end_epochs(lines)
    found = lines.group_by("account").agg(found_kop=pl.col("taken_kop").sum())
    missing = wanted.join(found, on="account", how="left").with_columns(
        pl.col("amount_kop") - pl.col("found_kop").fill_null(0)
    )
    standing.not_found(missing.filter(pl.col("amount_kop") > 0))


def _from_advances(standing: Standing, wanted: pl.DataFrame) -> pl.DataFrame:
    """Take from the payment's advances; `amount_kop` of the answer is what is still wanted."""
    held = (
        standing.advances.join(
            wanted.select("account", "payment_id", wanted_kop="amount_kop"), on=["account", "payment_id"], how="left"
        )
        .sort("account", "payment_id", "creditor_id", "contract_reference")
        .with_columns(before_kop=pl.col("amount_kop").cum_sum().over("account", "payment_id") - pl.col("amount_kop"))
        .with_columns(
            taken_kop=pl.min_horizontal(pl.col("wanted_kop") - pl.col("before_kop"), "amount_kop")
            .clip(lower_bound=0).fill_null(0)
        )
        .with_columns(
            # An advance that the reversal does not name has no `wanted_kop`, and min_horizontal skips nulls.
            taken_kop=pl.when(pl.col("wanted_kop").is_null()).then(0).otherwise("taken_kop")
        )
    )
    taken = held.group_by("account").agg(pl.col("taken_kop").sum())
    standing.advances = (
        held.with_columns(pl.col("amount_kop") - pl.col("taken_kop")).filter(pl.col("amount_kop") > 0)
        .select(standing.advances.columns)
    )
    return (
        wanted.join(taken, on="account", how="left", maintain_order="left")
        .with_columns(pl.col("amount_kop") - pl.col("taken_kop").fill_null(0)).drop("taken_kop")
    )


def _rows_that_remain(history: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Rows of the wanted payments, latest first, with what earlier negative rows have left of each (`remains_kop`)."""
    rows = history.drop("posted_at", "reversal_id").join(
        wanted, on=["account", "payment_id"], how="inner"
    )
    taken = rows.filter(pl.col("allocated_kop") < 0).group_by("account", "item").agg(
        back_kop=-pl.col("allocated_kop").sum()
    )
    latest_first = (
        rows.filter(pl.col("allocated_kop") > 0)
        .sort("account", "sequence", "place", descending=[False, True, True])
        .join(taken, on=["account", "item"], how="left", maintain_order="left")
        .with_columns(later_kop=pl.col("allocated_kop").cum_sum().over("account", "item") - pl.col("allocated_kop"))
    )
    back = (pl.col("back_kop").fill_null(0) - pl.col("later_kop")).clip(lower_bound=0)
    remains = pl.col("allocated_kop") - pl.min_horizontal(back, "allocated_kop")
    return latest_first.with_columns(remains_kop=remains).filter(pl.col("remains_kop") > 0)


def supersede(standing: Standing, versions: pl.DataFrame) -> None:
    """At most one new version an account: withdraw the old items, undo its credits, lay its money anew."""
    known = versions.filter(pl.col("document").is_not_null()).select(
        "account", "posted_at", "new_document",
        old_document="document", credit_prefix=credit_payment_id("document_id", pl.lit("")),
    )
    if known.is_empty():
        return
    net = _net_rows(standing.history(known["account"]).drop("posted_at").join(known, on="account", how="inner"))
    is_own_credit = (pl.col("origin_code") == "credit") & pl.col("payment_id").str.starts_with(pl.col("credit_prefix"))
    on_old = net.filter(is_own_credit | (pl.col("document") == pl.col("old_document")))
    standing.record(
        on_old.sort("account", "sequence", "item").with_columns(
            allocated_kop=-pl.col("allocated_kop"), rule_code=pl.lit("superseded", dtype=RULE), reversal_id=None,
        )
    )
    standing.end_epochs(on_old)
    prefixes = known.select("account", "credit_prefix")
    standing.advances = (
        standing.advances.join(prefixes, on="account", how="left", maintain_order="left")
        .filter(~is_own_credit.fill_null(False)).drop("credit_prefix")
    )
    _withdraw(standing, known)
    _lay_anew(standing, on_old.filter(~is_own_credit))


def _net_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """What each payment still holds on each item: account × item × source, signed, with the money's terms."""
    key = ["account", "item", *_SOURCE]
    return (
        rows.sort("account", "sequence", "place")
        .group_by(*key, maintain_order=True)
        .agg(pl.col("allocated_kop").sum(), pl.exclude(*key, "allocated_kop").first())
        .filter(pl.col("allocated_kop") != 0)
    )


def _withdraw(standing: Standing, versions: pl.DataFrame) -> None:
    """The old version's items end: nothing billed, nothing owed."""
    old = versions.select("account", document="old_document", is_old=pl.lit(True))
    items = standing.items.join(old, on=["account", "document"], how="left", maintain_order="left")
    unexplained = items.filter(pl.col("is_old"), pl.col("paid_kop") != 0).height
    if unexplained:
        raise HistoryMissing(f"items of replaced documents with unexplained money: {unexplained}")
    sums = ("billed_kop", "outstanding_kop", "epoch_base_kop", "written_off_kop")
    standing.items = items.with_columns(
        pl.when(pl.col("is_old").fill_null(False)).then(pl.lit(0, dtype=pl.Int64)).otherwise(name).alias(name)
        for name in sums
    ).drop("is_old")


def _lay_anew(standing: Standing, taken: pl.DataFrame) -> None:
    """Each payment's money, oldest first, on the new version; money of one kind of debt looks for that kind first."""
    kinds = standing.items.select("item", "debt_kind_code", "creditor_id", "billing_month")
    is_general = pl.col("debt_kind_code").is_in(["principal", "capital_repair"])
    ring = pl.when("is_ring_fenced").then("creditor_id")
    key = ["account", "payment_id", "ring_creditor_id", "contract_reference", "kind_code"]
    months = standing.ground.contract_months
    pots = (
        released(taken, standing.ground.over, "account").join(kinds, on="item", how="left")
        .with_columns(ring_creditor_id=ring, kind_code=pl.when(~is_general).then("debt_kind_code"))
        .sort("account", "sequence", "item")
        .group_by(*key, maintain_order=True)
        .agg(
            amount_kop=pl.col("allocated_kop").sum(), designated_document=pl.col("new_document").first(),
            billing_month=pl.col("billing_month").first(), posted_at=pl.col("posted_at").first(),
            **{name: pl.col(name).first() for name in MONEY if name != "payment_id"},
        )
        .join(months, on="contract_reference", how="left", maintain_order="left")
        .with_columns(
            placed_as=pl.lit("superseded", dtype=PLACED_AS), on=pl.col("posted_at").dt.date(),
            from_month=pl.coalesce("from_month", "billing_month"), to_month=pl.coalesce("to_month", "billing_month"),
            designated_month=pl.lit(None, dtype=pl.Date),
            mode_code=pl.when(pl.col("contract_reference").is_not_null()).then(pl.lit("contract", dtype=MODE))
            .when(pl.col("kind_code").is_not_null()).then(pl.lit("kind", dtype=MODE))
            .otherwise(pl.lit("general", dtype=MODE)),
            turn=place_in_run("account"),
        )
    )
    last_events = standing.items.select("account", "last_event").unique("account")
    for turn in pots["turn"].unique().sort():
        left = standing.place(pots.filter(pl.col("turn") == turn))
        standing.add_advances(
            left.join(last_events, on="account", how="left").with_columns(creditor_id="ring_creditor_id")
        )
