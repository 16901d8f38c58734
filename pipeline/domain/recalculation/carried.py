"""What became of the proposals that the month before left open.

    billed             a document's lines with our batch, account, contract and service sum to the proposals
    mismatch           they sum to something else; a later line of the batch may bring the rest
    settled_by_biller  no line of ours came, but the biller trued up himself:
                       he brought a recalculation of his own on this account, contract and service, or
                       he billed by meter exactly the volume that we propose, on top of the month's own
    otherwise          unchanged, with the month it was meant for

A line bills by its recalculation, or by its charge where it has none. Where day and night zones of one service are
billed in one line, the service is compared as a whole. Every outcome is published once; only open ones are carried.

Few proposals meet anything in most months: sums over a batch, a service or a line are taken for those that do.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.true_up import LINE, SERVICE

OPEN = ("proposed", "mismatch", "waits_for_approval")
#: What this room reads of a charge line.
CHARGE = (*LINE, "document_id", "charged_kop", "recalculated_kop", "batch_id")
_BATCH = ("batch_id", *SERVICE)
#: Stands in no id.
_NO_TEXT = "\x1f"


def carried(
    before: pl.DataFrame, charges: pl.DataFrame, documents: pl.DataFrame, unconfirmed: pl.DataFrame
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, sorted: the open ones of the month before, as this cycle's documents leave
    them.

    `unconfirmed`: UNCONFIRMED_CHARGES of this run, for months billed by meter for another volume.
    """
    is_open = before.filter(pl.col("status_code").is_in(list(OPEN)))
    proposals = in_key_order(is_open, RECALCULATIONS.primary_key).with_row_index("place")
    superseded = documents.get_column("supersedes_document_id").drop_nulls()
    lines = charges.lazy().select(CHARGE).filter(
        pl.col("contract_id").is_in(proposals.get_column("contract_id").unique().implode()),
        pl.col("batch_id").is_not_null() | (pl.col("recalculated_kop") != 0),
        ~pl.col("document_id").is_in(superseded.implode()),
    ).collect()
    ours, own = lines.drop_nulls("batch_id"), lines.filter(pl.col("batch_id").is_null())
    left = unconfirmed.filter(pl.col("settled_code") == "by_meter")
    return (
        proposals.join(_billed(proposals, ours), on="place", how="left", maintain_order="left")
        .join(_own_recalculations(proposals, own), on="place", how="left", maintain_order="left")
        .join(_billed_in_volume(proposals, left), on="place", how="left", maintain_order="left")
        .pipe(_with_outcome)
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
    )


def _billed(proposals: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """place and new_kop of the proposals that documents of this cycle bill."""
    amount = pl.when(pl.col("recalculated_kop") != 0).then("recalculated_kop").otherwise("charged_kop")
    ours = ours.with_columns(amount_kop=amount)
    of_service = ours.group_by(_BATCH).agg(service_kop=money.total("amount_kop"))
    of_zone = ours.group_by(*_BATCH, "zone_code").agg(zone_kop=money.total("amount_kop"))
    missing = pl.col("difference_kop") - pl.col("billed_kop").fill_null(0)
    is_whole = pl.col("service_kop") == money.total(missing).over(_BATCH)
    return (
        proposals.select("place", *_BATCH, "zone_code", "difference_kop", "billed_kop")
        .join(of_service, on=_BATCH)
        .join(of_zone, on=[*_BATCH, "zone_code"], how="left", nulls_equal=True)
        .select("place", new_kop=pl.when(is_whole).then(missing).otherwise(pl.col("zone_kop").fill_null(0)))
    )


def _own_recalculations(proposals: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """place and own_kop, what the biller recalculated himself: on the line, or, where he names no such, on the
    service."""
    # where billers recalculate every line, one text is grouped and met in half the time of four
    line = pl.concat_str(*SERVICE, pl.col("zone_code").fill_null(""), separator=_NO_TEXT).alias("line")
    of_zone = own.group_by(line).agg(own_kop=money.total("recalculated_kop"))
    found = proposals.select("place", *SERVICE, line).join(of_zone, on="line", how="left", maintain_order="left")
    elsewhere = found.filter(pl.col("own_kop").is_null()).drop("own_kop")
    of_service = (
        own.join(elsewhere.select(SERVICE).unique(), on=SERVICE, how="semi")
        .group_by(SERVICE).agg(own_kop=money.total("recalculated_kop"))
    )
    return pl.concat([
        found.drop_nulls("own_kop").select("place", "own_kop"),
        elsewhere.join(of_service, on=SERVICE).select("place", "own_kop"),
    ])


def _billed_in_volume(proposals: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """place of the proposals whose volume the biller has billed by meter, `left` unexplained by registers."""
    of_line = left.group_by(LINE).agg(left_e7=pl.col("actual_volume_e7").sum() - pl.col("volume_e7").sum())
    return (
        proposals.select("place", *LINE, "volume_difference_e7")
        .join(of_line, on=LINE, nulls_equal=True)
        .filter(pl.col("volume_difference_e7").sum().over(LINE) + pl.col("left_e7") == 0)
        .select("place", is_in_the_volume=True)
    )


def _with_outcome(proposals: pl.DataFrame) -> pl.DataFrame:
    has_line = pl.col("new_kop").is_not_null()
    billed = pl.col("billed_kop").fill_null(0) + pl.col("new_kop")
    by_biller = pl.col("own_kop").is_not_null() | pl.col("is_in_the_volume").fill_null(False)
    untouched = pl.col("status_code") != "mismatch"
    return proposals.with_columns(
        status_code=pl.when(has_line & (billed == pl.col("difference_kop"))).then(pl.lit("billed"))
        .when(has_line).then(pl.lit("mismatch"))
        .when(by_biller & untouched).then(pl.lit("settled_by_biller"))
        .otherwise("status_code"),
        billed_kop=pl.when(has_line).then(billed)
        .when(by_biller & untouched).then("own_kop")
        .otherwise("billed_kop"),
    )
