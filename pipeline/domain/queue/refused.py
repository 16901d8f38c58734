"""Refused rows that wait for a person: those of this cycle, and those of closed months that nobody has decided.

    a document comes once, with all of its lines; a line without its document is a row of its own
    rejected rows are done; a re-admitted one is done when its second judgement took it in
    rows of registers, and of decisions about rows, are chased: the next snapshot or decision replaces them

A row that was re-admitted and refused once more stays, with the reason `refused_again`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import QUARANTINE_DECISIONS
from pipeline.contracts.registers import REGISTERS
from pipeline.domain.queue.kinds import SUBJECT, queued

DOCUMENT, ROW = "quarantined_document", "quarantined_row"
AGAIN: Final = "refused_again"
_PLACE: Final = ("table_name", "refused_delivery_id", "refused_row_number")
#: Nobody can take these rows in by a decision.
CHASED_TABLES: Final = (QUARANTINE_DECISIONS.name, *(table.name for table in REGISTERS))
#: Where the tables that land keep their sum; a row has one of them at most.
_SUMS: Final = ("payable_rub", "amount_rub", "total_rub", "gross_rub")


def refused(
    quarantine: pl.DataFrame, decisions: pl.DataFrame, before: pl.DataFrame, deliveries: pl.DataFrame
) -> pl.DataFrame:
    """QUEUED rows. `quarantine`: QUARANTINE of this cycle; `decisions`: QUARANTINE_DECISIONS up to the cut; `before`:
    WORK_QUEUE of the month before; `deliveries`: DELIVERIES of this cycle."""
    latest = decisions.sort("registered_at", "event_id").unique(
        list(_PLACE), keep="last", maintain_order=True
    ).select(*_PLACE, "decision_code")
    now = quarantine.rename({"delivery_id": "refused_delivery_id", "row_number": "refused_row_number"}).pipe(
        _without_lines_of_documents
    )
    waiting = now.join(latest, on=list(_PLACE), how="left").filter(
        (pl.col("decision_code") != "reject").fill_null(True)
    )
    return pl.concat([_new(waiting), _carried(before, now, latest, deliveries)])


def accounts_of_this_cycle(rows: pl.DataFrame, quarantine: pl.DataFrame) -> pl.DataFrame:
    """account_id of documents among the QUEUED rows that this cycle itself has refused: one of a closed month is no
    bill of this one."""
    documents = rows.filter(pl.col("kind_code") == DOCUMENT).select(*_PLACE, "account_id").drop_nulls("account_id")
    places = quarantine.select("table_name", refused_delivery_id="delivery_id", refused_row_number="row_number")
    return documents.join(places, on=list(_PLACE), how="semi").select(pl.col("account_id").unique().sort())


def _without_lines_of_documents(rows: pl.DataFrame) -> pl.DataFrame:
    told = rows.with_columns(document_id=_as_written("document_id"))
    documents = told.filter(pl.col("table_name") == BILLING_DOCUMENTS.name)["document_id"].drop_nulls().unique()
    is_line = (pl.col("table_name") == CHARGES.name) & pl.col("document_id").is_in(documents.implode())
    return told.filter(~is_line.fill_null(False))


def _new(rows: pl.DataFrame) -> pl.DataFrame:
    is_again = (pl.col("decision_code") == "readmit").fill_null(False)
    again = pl.when(is_again).then(pl.lit([AGAIN])).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    is_chased = pl.col("table_name").is_in(list(CHASED_TABLES))
    sums = [_as_written(name).cast(pl.Decimal(18, 2), strict=False) for name in _SUMS]
    told = rows.select(
        *_PLACE, "account_id", "document_id",
        kind_code=pl.when(pl.col("table_name") == BILLING_DOCUMENTS.name).then(pl.lit(DOCUMENT)).otherwise(pl.lit(ROW)),
        effect_kop=money.kopecks(pl.coalesce(sums)).abs().fill_null(0),
        waiting_since_on=pl.col("received_at").dt.date(),
        reason_codes=pl.concat_list("rule_ids", again).list.unique().list.sort(),
        is_chased=is_chased,
    ).with_columns(pl.concat_str(*_PLACE, separator=":").alias(SUBJECT))
    return pl.concat([
        queued(told.filter(~pl.col("is_chased"))),
        queued(told.filter("is_chased").with_columns(
            options=pl.lit([], dtype=pl.List(pl.String)), decided_by_feed=pl.lit(None, dtype=pl.String)
        )),
    ])


def _carried(
    before: pl.DataFrame, now: pl.DataFrame, latest: pl.DataFrame, deliveries: pl.DataFrame
) -> pl.DataFrame:
    """Rows of closed months. A decision closes a row; the row that it has taken in once already and that was refused
    again waits for one more: its delivery has then been read again in this cycle."""
    taken_in = deliveries.filter(pl.col("status_code") == "readmitted").select(
        "table_name", refused_delivery_id="delivery_id", is_taken_in=pl.lit(True)
    ).unique()
    is_done = pl.when(pl.col("reason_codes").list.contains(AGAIN)).then(
        (pl.col("decision_code") == "reject") | pl.col("is_taken_in").fill_null(False)
    ).otherwise(pl.col("decision_code").is_not_null())
    left = (
        before.filter(pl.col("kind_code").is_in([DOCUMENT, ROW]), pl.col("decided_by_feed").is_not_null())
        .join(now, on=list(_PLACE), how="anti")
        .join(latest, on=list(_PLACE), how="left")
        .join(taken_in, on=["table_name", "refused_delivery_id"], how="left")
        .filter(~is_done.fill_null(False))
    )
    return queued(left.with_columns(pl.concat_str(*_PLACE, separator=":").alias(SUBJECT)))


def _as_written(column: str) -> pl.Expr:
    return pl.col("original_values").str.json_path_match(f"$.{column}")
