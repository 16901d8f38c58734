"""When the printed net total of a document was covered, by which payments, and what of it was online.

    covered      money laid on its principal and capital-repair items ≥ net total − tolerance, and stays so
    covering     the payments that hold that money, in the order it was laid, up to the one that reaches the total
    covered_at   the latest `paid_at` among it: an advance counts with the moment of its own payment

The document's own credits are in the printed total already and are not counted again. Money of other documents' credits
covers, but is nobody's payment: it spoils no channel, and alone it is no online payment. A total within the tolerance
still needs one kopeck: nothing paid is not paid online.
"""

from __future__ import annotations

import polars as pl

_DOCUMENT = ("account_id", "document_id")
_number, _is_below = pl.col("movement_number"), pl.col("reached_kop") < pl.col("needed_kop")


def covered(
    documents: pl.DataFrame, movements: pl.DataFrame, channels: pl.DataFrame, *, tolerance_kop: int
) -> pl.DataFrame:
    """Documents (account_id, document_id, net_total_kop) with what covers them.

    Adds laid_kop, is_paid_in_full, covered_at?, settled_at? (the moment at which the covering money lay on the
    document: an advance meets it at its issue), covering_payment_ids, is_paid_online (of what was paid so far).
    """
    needed = pl.max_horizontal(
        pl.col("net_total_kop") - tolerance_kop, pl.min_horizontal("net_total_kop", pl.lit(1, dtype=pl.Int64))
    )
    asked = documents.with_columns(needed_kop=needed)
    money = movements.join(asked.select(*_DOCUMENT, "needed_kop"), on=_DOCUMENT, how="inner").pipe(_without_own_credits)
    # most documents hold one movement: nothing to put in order, nothing to add up
    is_alone = money.select(~pl.col("document_id").is_duplicated()).to_series()
    found = pl.concat([_of_one(money.filter(is_alone), channels), _of_several(money.filter(~is_alone), channels)])
    is_paid = pl.col("laid_kop") >= pl.col("needed_kop")
    nothing = pl.lit([], dtype=pl.List(pl.String))
    return (
        asked.join(found, on=_DOCUMENT, how="left", maintain_order="left")
        .with_columns(pl.col("laid_kop").fill_null(0))
        .with_columns(
            is_paid_in_full=is_paid, is_paid_online=pl.col("is_paid_online").fill_null(False),
            covered_at=pl.when(is_paid).then("covered_at"), settled_at=pl.when(is_paid).then("settled_at"),
            covering_payment_ids=pl.when(is_paid).then(pl.col("covering_payment_ids").fill_null(nothing))
            .otherwise(nothing),
        )
        .drop("needed_kop")
    )


def _of_one(money: pl.DataFrame, channels: pl.DataFrame) -> pl.DataFrame:
    """What `_of_several` finds for documents with one movement each."""
    laid = pl.col("allocated_kop")
    is_payment = (pl.col("origin_code") != "credit") & (laid > 0)
    return money.join(_own_online(channels), on="channel_code", how="left", maintain_order="left").select(
        *_DOCUMENT, laid_kop="allocated_kop", covered_at=pl.when(laid > 0).then("paid_at"),
        settled_at=pl.when(laid >= pl.col("needed_kop")).then("posted_at"),
        covering_payment_ids=pl.when(is_payment).then(pl.concat_list("payment_id")),
        is_paid_online=pl.when(is_payment).then(pl.col("is_own_online").fill_null(False)),
    )


def _of_several(money: pl.DataFrame, channels: pl.DataFrame) -> pl.DataFrame:
    """laid_kop, covered_at?, settled_at?, covering_payment_ids?, is_paid_online? of documents that hold money."""
    reached = _up_to_cover(money)
    return _reached(reached).join(_payments(reached, channels), on=_DOCUMENT, how="left")


def _own_online(channels: pl.DataFrame) -> pl.DataFrame:
    return channels.select("channel_code", "is_own_online")


def _without_own_credits(movements: pl.DataFrame) -> pl.DataFrame:
    own = pl.format("credit:{}:", "document_id")
    return movements.filter(~pl.col("payment_id").str.starts_with(own))


def _up_to_cover(movements: pl.DataFrame) -> pl.DataFrame:
    """Movements with `is_covering`: up to the one since which the document has stayed covered; all when it is not."""
    ordered = movements.sort(*_DOCUMENT, "movement_number").with_columns(
        reached_kop=pl.col("allocated_kop").cum_sum().over(*_DOCUMENT)
    )
    last_below = _number.filter(_is_below).max().over(*_DOCUMENT).fill_null(0)
    return ordered.with_columns(last_below=last_below).with_columns(
        crossing=_number.filter(_number > pl.col("last_below")).min().over(*_DOCUMENT)
    ).with_columns(is_covering=pl.col("crossing").is_null() | (_number <= pl.col("crossing")))


def _reached(money: pl.DataFrame) -> pl.DataFrame:
    covering, crossing = pl.col("is_covering"), _number == pl.col("crossing")
    return money.group_by(*_DOCUMENT).agg(
        laid_kop=pl.col("allocated_kop").sum(),
        covered_at=pl.col("paid_at").filter(covering & (pl.col("allocated_kop") > 0)).max(),
        settled_at=pl.col("posted_at").filter(crossing).max(),
    )


def _payments(money: pl.DataFrame, channels: pl.DataFrame) -> pl.DataFrame:
    """Payments that hold covering money: their ids and whether all came through own online channels."""
    return (
        money.filter("is_covering", pl.col("origin_code") != "credit")
        .group_by(*_DOCUMENT, "payment_id")
        .agg(pl.col("allocated_kop").sum(), pl.col("channel_code").first())
        .filter(pl.col("allocated_kop") > 0)
        .join(_own_online(channels), on="channel_code", how="left")
        .group_by(*_DOCUMENT)
        .agg(
            covering_payment_ids=pl.col("payment_id").sort(),
            is_paid_online=pl.col("is_own_online").fill_null(False).all(),
        )
    )
