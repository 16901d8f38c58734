"""What became of the proposals that the month before left open.

    billed             a document's lines with our batch, account, contract and service sum to the proposal
    mismatch           they sum to something else; a later line of the batch may bring the rest
    settled_by_biller  no line of ours came, but the biller recalculated himself on this account, contract and service:
                       exactly the proposal, or exactly all that is proposed for the line, or
                       anything at all where a true-up is proposed (a reading of his own tells the same volume), or
                       he billed by meter exactly the volume that a true-up proposes, on top of the month's own
    otherwise          unchanged, with the month it was meant for

What somebody applied for, and tampering, stay open where the biller recalculated another sum: he may have meant
something else, and the right to it is not lost. Nothing is billed for them then, `billed_kop` is 0, and a person is
asked. No sum settles two proposals.

A line bills by its recalculation, or by its charge where it has none (`billed_lines.py`). Every outcome is published
once; only open ones are carried. What a closed account gets back is one no more when a person has approved it and
nothing came: no document will bring it, the refunds desk pays it out or sets it off.

Few proposals meet anything in most months: sums over a batch, a service or a line are taken for those that do.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.contracts.house_corrections import CLOSED_CREDIT
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.billed_lines import BATCH, billed
from pipeline.domain.recalculation.true_up import LINE, SERVICE

OPEN = ("proposed", "mismatch", "waits_for_approval")
#: What this room reads of a charge line.
CHARGE = (*LINE, "charge_month", "document_id", "charged_kop", "recalculated_kop", "batch_id")
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
    is_for_refunds = (pl.col("cause_code") == CLOSED_CREDIT) & (pl.col("status_code") == "proposed")
    proposals = in_key_order(is_open, RECALCULATIONS.primary_key).with_row_index("place").with_columns(
        missing_kop=pl.col("difference_kop") - pl.col("billed_kop").fill_null(0)
    )
    superseded = documents.get_column("supersedes_document_id").drop_nulls()
    lines = charges.lazy().select(CHARGE).filter(
        pl.col("contract_id").is_in(proposals.get_column("contract_id").unique().implode()),
        pl.col("batch_id").is_not_null() | (pl.col("recalculated_kop") != 0),
        ~pl.col("document_id").is_in(superseded.implode()),
    ).collect()
    ours, own = lines.drop_nulls("batch_id"), lines.filter(pl.col("batch_id").is_null())
    left = unconfirmed.filter(pl.col("settled_code") == "by_meter")
    by_line = billed(proposals.select("place", *BATCH, "zone_code", "charge_month", "missing_kop"), ours)
    untouched = proposals.filter(pl.col("status_code") != "mismatch").join(by_line, on="place", how="anti")
    return (
        proposals.join(by_line, on="place", how="left", maintain_order="left")
        .join(_settled(_own_recalculations(untouched, own)), on="place", how="left", maintain_order="left")
        .join(_billed_in_volume(untouched, left), on="place", how="left", maintain_order="left")
        .pipe(_with_outcome)
        .filter(~is_for_refunds)
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
    )


def _own_recalculations(proposals: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """place, line, cause_code, missing_kop and own_kop, what the biller recalculated himself: on the line, or, where he
    names no such, on what no other line of the service has."""
    # where billers recalculate every line, one text is grouped and met in half the time of four
    line = pl.concat_str(*SERVICE, pl.col("zone_code").fill_null(""), separator=_NO_TEXT).alias("line")
    of_line = own.group_by(line).agg(own_kop=money.total("recalculated_kop"))
    found = proposals.select("place", *SERVICE, "cause_code", "missing_kop", line).join(of_line, on="line", how="left")
    here, elsewhere = found.drop_nulls("own_kop"), found.filter(pl.col("own_kop").is_null()).drop("own_kop")
    of_service = (
        own.join(elsewhere.select(SERVICE).unique(), on=SERVICE, how="semi").with_columns(line)
        .join(here, on="line", how="anti")
        .group_by(SERVICE).agg(own_kop=money.total("recalculated_kop"))
    )
    of_services = elsewhere.join(of_service, on=SERVICE).with_columns(line=pl.concat_str(SERVICE, separator=_NO_TEXT))
    return pl.concat([here, of_services.select(here.columns)]).drop(SERVICE).sort("place")


def _settled(own: pl.DataFrame) -> pl.DataFrame:
    """place, settled_kop of what the biller's own recalculation of the line settles, is_other where he recalculated
    another sum than somebody applied for."""
    is_equal, is_true_up = pl.col("missing_kop") == pl.col("own_kop"), _is_true_up()
    is_whole = money.total("missing_kop").over("line") == pl.col("own_kop")
    first_true_up = is_true_up & (is_true_up.cum_sum().over("line") == 1)
    no_other = ~is_equal.any().over("line")
    return own.select(
        "place",
        settled_kop=pl.when(is_equal & (is_equal.cum_sum().over("line") == 1)).then("own_kop")
        .when(no_other & is_whole).then("missing_kop")
        .when(no_other & is_true_up).then(pl.col("own_kop") * first_true_up),
        is_other=no_other & ~is_whole & ~is_true_up,
    )


def _is_true_up() -> pl.Expr:
    return pl.col("cause_code").str.starts_with("true_up_")


def _billed_in_volume(proposals: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """place of the true-ups whose volume the biller has billed by meter, `left` unexplained by registers."""
    of_line = left.group_by(LINE).agg(left_e7=pl.col("actual_volume_e7").sum() - pl.col("volume_e7").sum())
    return (
        proposals.filter(_is_true_up()).select("place", *LINE, "volume_difference_e7")
        .join(of_line, on=LINE, nulls_equal=True)
        .filter(pl.col("volume_difference_e7").sum().over(LINE) + pl.col("left_e7") == 0)
        .select("place", is_in_the_volume=True)
    )


def _with_outcome(proposals: pl.DataFrame) -> pl.DataFrame:
    has_line = pl.col("new_kop").is_not_null()
    now_billed = pl.col("billed_kop").fill_null(0) + pl.col("new_kop")
    by_biller = pl.col("settled_kop").is_not_null() | pl.col("is_in_the_volume").fill_null(False)
    return proposals.with_columns(
        status_code=pl.when(has_line & (now_billed == pl.col("difference_kop"))).then(pl.lit("billed"))
        .when(has_line).then(pl.lit("mismatch"))
        .when(by_biller).then(pl.lit("settled_by_biller"))
        .otherwise("status_code"),
        billed_kop=pl.when(has_line).then(now_billed)
        .when(by_biller).then("settled_kop")
        .when(pl.col("is_other")).then(pl.lit(0))
        .otherwise("billed_kop"),
    )
