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
#: What names a refused row, this month and later.
PLACE: Final = ("table_name", "refused_delivery_id", "refused_row_number")
#: Nobody can take these rows in by a decision.
CHASED_TABLES: Final = (QUARANTINE_DECISIONS.name, *(table.name for table in REGISTERS))
#: Where the tables that land keep their sum; a row has one of them at most.
_SUMS: Final = ("payable_rub", "amount_rub", "total_rub", "gross_rub")
#: What is read of a row as it was written, all at once.
_WRITTEN: Final = pl.Struct(dict.fromkeys(("document_id", *_SUMS), pl.String))


def latest_decisions(decisions: pl.DataFrame) -> pl.DataFrame:
    """Place and decision_code of QUARANTINE_DECISIONS up to the cut: of each row the decision registered last."""
    return decisions.sort("registered_at", "event_id").unique(
        list(PLACE), keep="last", maintain_order=True
    ).select(*PLACE, "decision_code")


def refused_here(quarantine: pl.DataFrame) -> pl.DataFrame:
    """Rows of QUARANTINE of one part with their place, document_id and sums as written."""
    return quarantine.rename({"delivery_id": PLACE[1], "row_number": PLACE[2]}).with_columns(
        pl.col("original_values").str.json_decode(_WRITTEN).struct.unnest()
    )


def documents_of(rows: pl.DataFrame) -> pl.Series:
    """Ids of refused documents among rows of `refused_here`."""
    return rows.filter(pl.col("table_name") == BILLING_DOCUMENTS.name)["document_id"].drop_nulls().unique()


def is_line_of(documents: pl.Series) -> pl.Expr:
    """Lines of refused documents: the document stands for them."""
    is_line = (pl.col("table_name") == CHARGES.name) & pl.col("document_id").is_in(documents.implode())
    return is_line.fill_null(False)


def waiting(rows: pl.DataFrame, latest: pl.DataFrame) -> pl.DataFrame:
    """QUEUED rows of what this cycle has refused and nobody has rejected. `rows`: of `refused_here`, without lines of
    refused documents; `latest`: of `latest_decisions`."""
    decided = rows.join(latest, on=list(PLACE), how="left")
    return _new(decided.filter((pl.col("decision_code") != "reject").fill_null(True)))


def accounts_refused(rows: pl.DataFrame) -> pl.DataFrame:
    """account_id of documents among the QUEUED rows of a cycle: their bill stands in the queue itself."""
    documents = rows.filter(pl.col("kind_code") == DOCUMENT)
    return documents.select(pl.col("account_id").drop_nulls().unique().sort())


def _new(rows: pl.DataFrame) -> pl.DataFrame:
    is_again = (pl.col("decision_code") == "readmit").fill_null(False)
    again = pl.when(is_again).then(pl.lit([AGAIN])).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    is_chased = pl.col("table_name").is_in(list(CHASED_TABLES))
    sums = [pl.col(name).cast(pl.Decimal(18, 2), strict=False) for name in _SUMS]
    told = rows.select(
        *PLACE, "account_id", "document_id",
        kind_code=pl.when(pl.col("table_name") == BILLING_DOCUMENTS.name).then(pl.lit(DOCUMENT)).otherwise(pl.lit(ROW)),
        effect_kop=money.kopecks(pl.coalesce(sums)).abs().fill_null(0),
        waiting_since_on=pl.col("received_at").dt.date(),
        reason_codes=pl.concat_list("rule_ids", again).list.unique().list.sort(),
        is_chased=is_chased,
    ).with_columns(pl.concat_str(*PLACE, separator=":").alias(SUBJECT))
    return pl.concat([
        queued(told.filter(~pl.col("is_chased"))),
        queued(told.filter("is_chased").with_columns(
            options=pl.lit([], dtype=pl.List(pl.String)), decided_by_feed=pl.lit(None, dtype=pl.String)
        )),
    ])


def carried(before: pl.DataFrame, now: pl.DataFrame, latest: pl.DataFrame, deliveries: pl.DataFrame) -> pl.DataFrame:
    """QUEUED rows of closed months. `before`: rows of WORK_QUEUE of the month before; `now`: places of what this cycle
    has refused; `latest`: of `latest_decisions`; `deliveries`: DELIVERIES of this cycle.

    A decision closes a row; the row that it has taken in once already and that was refused again waits for one more:
    its delivery has then been read again in this cycle.
    """
    taken_in = deliveries.filter(pl.col("status_code") == "readmitted").select(
        "table_name", refused_delivery_id="delivery_id", is_taken_in=pl.lit(True)
    ).unique()
    is_done = pl.when(pl.col("reason_codes").list.contains(AGAIN)).then(
        (pl.col("decision_code") == "reject") | pl.col("is_taken_in").fill_null(False)
    ).otherwise(pl.col("decision_code").is_not_null())
    left = (
        before.filter(pl.col("kind_code").is_in([DOCUMENT, ROW]), pl.col("decided_by_feed").is_not_null())
        .join(now, on=list(PLACE), how="anti")
        .join(latest, on=list(PLACE), how="left")
        .join(taken_in, on=["table_name", "refused_delivery_id"], how="left")
        .filter(~is_done.fill_null(False))
    )
    return queued(left.with_columns(pl.concat_str(*PLACE, separator=":").alias(SUBJECT)))
