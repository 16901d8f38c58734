"""Slips of the biller: documents that do not add up, lines nobody knows, documents without lines or twice live.

Only single documents (M1) slip. A document stands or falls with all its lines, so each of these but the repeated one
leaves its account without a sound bill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.generator.slips import ACCOUNT_NUMBER, SLIP, TOLD, Slips, told

MISADDED: Final = "document_that_does_not_add_up"
UNKNOWN_SERVICE: Final = "line_of_unknown_service"
WRONG_LINE: Final = "line_that_does_not_add_up"
HEADLESS: Final = "lines_without_document"
MISSING: Final = "missing_document"
TWIN: Final = "two_live_versions"
REPEATED: Final = "repeated_document"
KINDS: Final = (MISADDED, UNKNOWN_SERVICE, WRONG_LINE, HEADLESS, MISSING, TWIN, REPEATED)
_TOO_MUCH_KOP: Final = 1000
_PLACE: Final = "place"
"""Of a document among the block's, in the order of ids."""


@dataclass(frozen=True)
class SlippedBills:
    """What is delivered; `sound`: ids of the documents that ingest must accept; the answers."""

    documents: pl.DataFrame
    lines: pl.DataFrame
    sound: pl.DataFrame
    answers: pl.DataFrame


def slipped(documents: pl.DataFrame, lines: pl.DataFrame, slips: Slips | None, month_number: int) -> SlippedBills:
    """Documents (in order of ids) and their lines (in the same order) with slips; nothing changes without."""
    if slips is None:
        return SlippedBills(documents, lines, documents.select("document_id"), pl.DataFrame(schema=TOLD))
    drawn = slips.drawn(f"bills {month_number}", KINDS, ACCOUNT_NUMBER)
    is_single = pl.col("document_type_code") == "main"
    marked = documents.with_columns(pl.when(is_single).then(drawn).alias(SLIP)).with_row_index(_PLACE)
    place = pl.col("document_id").rle_id()
    told_lines = lines.with_columns(place.alias(_PLACE), pl.lit(marked[SLIP]).gather(place).alias(SLIP))
    found = told_lines.filter(pl.col(SLIP).is_not_null())
    sound = marked.filter(pl.col(SLIP).is_null() | (pl.col(SLIP) == REPEATED)).select("document_id")
    return SlippedBills(
        _documents(marked).select(documents.columns), _lines(told_lines, found).select(lines.columns), sound,
        _answers(marked, found),
    )


def _documents(marked: pl.DataFrame) -> pl.DataFrame:
    slip, charged = pl.col(SLIP), ("charged_kop", "payable_kop", "payable_with_penalty_kop")
    too_much = pl.when(slip == MISADDED).then(_TOO_MUCH_KOP).otherwise(0)
    came = marked.filter(~slip.is_in([HEADLESS, MISSING]).fill_null(False)).with_columns(pl.col(charged) + too_much)
    again = came.filter(slip.is_in([TWIN, REPEATED]))
    more = pl.concat([again.filter(slip == TWIN).pipe(_twin), again.filter(slip == REPEATED)])
    return _in_place(came, more, pl.lit(0))


def _in_place(rows: pl.DataFrame, more: pl.DataFrame, within: pl.Expr) -> pl.DataFrame:
    """Rows with further ones behind those of the same document, `within` it by a number below a thousand: one whole
    number of these sorts far faster than several columns or ids."""
    told = [rows.with_columns(_is_more=pl.lit(0)), more.with_columns(_is_more=pl.lit(1))]
    place = pl.col(_PLACE).cast(pl.Int64) * 2 + pl.col("_is_more")
    return pl.concat(told).sort(place * 1000 + within, maintain_order=True)


def _twin(rows: pl.DataFrame) -> pl.DataFrame:
    """The same once more as a second version that says not what it replaces."""
    again = rows.with_columns(pl.col("document_id").str.replace("M1$", "M2"))
    return again.with_columns(version=pl.lit(2, dtype=pl.Int64)) if "version" in rows.columns else again


def _lines(marked: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    slip, number = pl.col(SLIP), pl.col("line_number")
    is_unknown, is_wrong = (slip == UNKNOWN_SERVICE) & (number == 1), (slip == WRONG_LINE) & (number == 2)
    if found.is_empty():
        return marked
    came = marked.filter(slip.ne_missing(MISSING)).with_columns(
        service_code=pl.when(is_unknown).then(pl.lit("antenna")).otherwise("service_code"),
        payable_kop=pl.col("payable_kop") + pl.when(is_wrong).then(_TOO_MUCH_KOP).otherwise(0),
    )
    return _in_place(came, found.filter(slip == TWIN).pipe(_twin), pl.col("line_number"))


def _answers(marked: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Documents by id; lines by document and number; a missing document by the account that it leaves without."""
    numbered = found.with_columns(row_id=pl.format("{}|{}", "document_id", "line_number"))
    first, second = (numbered.filter(pl.col("line_number") == number) for number in (1, 2))
    refused = {MISADDED: "lines_do_not_add_up", UNKNOWN_SERVICE: "line_rejected", WRONG_LINE: "line_rejected",
               TWIN: "two_live_versions"}
    issued_on = pl.lit(marked["issued_on"].first(), dtype=pl.Date)
    return pl.concat(
        told(rows, table, row_id, fate, reasons, arrived_on=issued_on) for rows, table, row_id, fate, reasons in (
            (marked, "billing_documents", "document_id", "quarantined", refused),
            (_twin(marked), "billing_documents", "document_id", "quarantined", {TWIN: "two_live_versions"}),
            (first, "charges", "row_id", "quarantined", {UNKNOWN_SERVICE: "unknown_service"}),
            (second, "charges", "row_id", "quarantined", {WRONG_LINE: "broken_line_adds_up"}),
            (numbered, "charges", "row_id", "quarantined", {HEADLESS: "orphan_charge"}),
            (marked, "incomplete_bills", "account_id", "missing", {MISSING: "document_missing"}),
            (marked, "billing_documents", "document_id", "repeated", {REPEATED: "repeated"}),
        )
    )
