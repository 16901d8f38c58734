"""What became of the proposals that the month before left open.

    billed             a document's lines with our batch, account, contract and service sum to the proposals
    mismatch           they sum to something else; a later line of the batch may bring the rest
    settled_by_biller  no line of ours came, but the biller trued up himself:
                       he brought a recalculation of his own on this account, contract and service, or
                       he billed by meter exactly the volume that we propose, on top of the month's own
    otherwise          unchanged, with the month it was meant for

A line bills by its recalculation, or by its charge where it has none. Where day and night zones of one service are
billed in one line, the service is compared as a whole. Every outcome is published once; only open ones are carried.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.true_up import LINE, SERVICE

OPEN = ("proposed", "mismatch", "waits_for_approval")
_BATCH = ("batch_id", *SERVICE)


def carried(
    before: pl.DataFrame, charges: pl.DataFrame, documents: pl.DataFrame, unconfirmed: pl.DataFrame
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape: the open ones of the month before, as this cycle's documents leave them.

    `unconfirmed`: UNCONFIRMED_CHARGES of this run, for months billed by meter for another volume.
    """
    superseded = documents.select(document_id="supersedes_document_id").drop_nulls().unique()
    lines = charges.join(superseded, on="document_id", how="anti")
    return (
        before.filter(pl.col("status_code").is_in(list(OPEN)))
        .pipe(_with_billed, lines)
        .pipe(_with_own_recalculation, lines)
        .pipe(_with_volume_billed, unconfirmed)
        .pipe(_with_outcome)
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
        .sort("proposal_id")
    )


def _with_billed(proposals: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    amount = pl.when(pl.col("recalculated_kop") != 0).then("recalculated_kop").otherwise("charged_kop")
    ours = lines.drop_nulls("batch_id").with_columns(amount_kop=amount)
    of_service = ours.group_by(_BATCH).agg(service_kop=money.total("amount_kop"))
    of_zone = ours.group_by(*_BATCH, "zone_code").agg(zone_kop=money.total("amount_kop"))
    due = money.total(pl.col("difference_kop") - pl.col("billed_kop").fill_null(0)).over(_BATCH)
    return (
        proposals.join(of_service, on=_BATCH, how="left")
        .join(of_zone, on=[*_BATCH, "zone_code"], how="left", nulls_equal=True)
        .with_columns(
            has_line=pl.col("service_kop").is_not_null(),
            new_kop=pl.when(pl.col("service_kop") == due)
            .then(pl.col("difference_kop") - pl.col("billed_kop").fill_null(0))
            .otherwise(pl.col("zone_kop").fill_null(0)),
        )
    )


def _with_own_recalculation(proposals: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    own = lines.filter(pl.col("batch_id").is_null() & (pl.col("recalculated_kop") != 0))
    of_service = own.group_by(SERVICE).agg(own_service_kop=money.total("recalculated_kop"))
    of_zone = own.group_by(LINE).agg(own_zone_kop=money.total("recalculated_kop"))
    return (
        proposals.join(of_service, on=SERVICE, how="left")
        .join(of_zone, on=LINE, how="left", nulls_equal=True)
        .with_columns(own_kop=pl.coalesce("own_zone_kop", "own_service_kop"))
    )


def _with_volume_billed(proposals: pl.DataFrame, unconfirmed: pl.DataFrame) -> pl.DataFrame:
    left = (
        unconfirmed.filter(pl.col("settled_code") == "by_meter")
        .group_by(LINE)
        .agg(left_e7=pl.col("actual_volume_e7").sum() - pl.col("volume_e7").sum())
    )
    proposed = pl.col("volume_difference_e7").sum().over(LINE)
    return proposals.join(left, on=LINE, how="left", nulls_equal=True).with_columns(
        is_in_the_volume=(proposed + pl.col("left_e7") == 0).fill_null(False)
    )


def _with_outcome(proposals: pl.DataFrame) -> pl.DataFrame:
    billed = pl.col("billed_kop").fill_null(0) + pl.col("new_kop")
    by_biller = pl.col("own_kop").is_not_null() | pl.col("is_in_the_volume")
    untouched = pl.col("status_code") != "mismatch"
    return proposals.with_columns(
        status_code=pl.when(pl.col("has_line") & (billed == pl.col("difference_kop"))).then(pl.lit("billed"))
        .when("has_line").then(pl.lit("mismatch"))
        .when(by_biller & untouched).then(pl.lit("settled_by_biller"))
        .otherwise("status_code"),
        billed_kop=pl.when("has_line").then(billed)
        .when(by_biller & untouched).then("own_kop")
        .otherwise("billed_kop"),
    )
