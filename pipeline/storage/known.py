"""What closed months know about the ids that arrived now: rows of feeds from the copies of their deliveries, money
from the published tables. Only by key, and only some months back: the cost does not grow with the age of the book."""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth, start_of_day
from pipeline.contracts import billing, events, ingest, ledger, metering, payments
from pipeline.contracts.table import Table
from pipeline.domain.ingest.money_in import KnownMoney
from pipeline.domain.ingest.month import Before
from pipeline.storage.arrivals import Arrivals, known_rows
from pipeline.storage.book import Book
from pipeline.storage.state import State

_SIMPLE: Final = (
    metering.METER_READINGS, payments.BANK_STATEMENTS, payments.PAYMENT_IDENTIFICATIONS, payments.REMITTANCES,
)


def before(book: Book, state: State, arrived: Arrivals, *, months: int) -> Before:
    """Everything ingest asks of closed months; ids are remembered for so many of them."""
    back = state.months_back(months)
    closed = state.keyed(ingest.DELIVERIES, back)
    refused = _refused(state, back, arrived)

    def known(table: Table, where: pl.Expr) -> pl.DataFrame:
        rows = known_rows(book, closed, table, where)
        mine = refused.filter(pl.col("table_name") == table.name)
        return rows.join(mine, on=["delivery_id", "row_number"], how="anti")

    documents = arrived.of(billing.BILLING_DOCUMENTS)
    came_again = pl.col("document_id").is_in(documents["document_id"].drop_nulls().unique().implode())
    billed = [*documents["billing_month"].drop_nulls().unique(), arrived.cycle.month.first_day]
    billed_now = pl.col("billing_month").is_in(billed)
    rows = {"billing_documents": known(billing.BILLING_DOCUMENTS, came_again | billed_now)}
    again = documents.join(rows["billing_documents"], on="document_id", how="semi")["document_id"]
    rows["charges"] = (
        known(billing.CHARGES, pl.col("document_id").is_in(again.implode())) if again.len()
        else known_rows(book, closed.clear(), billing.CHARGES, pl.lit(False))
    )
    for table in _SIMPLE:
        key = table.primary_key[0]
        ids = arrived.of(table)[key].drop_nulls().unique()
        rows[table.name] = known(table, pl.col(key).is_in(ids.implode()))
    return Before(state.read(ingest.ACCOUNT_INDEX), arrived.earlier_accounts, rows, _money(state, back, arrived))


def _money(state: State, back: list[BillingMonth], arrived: Arrivals) -> KnownMoney:
    suspended = state.read(ledger.SUSPENDED_PAYMENTS)
    came, reversals = arrived.of(payments.PAYMENTS), arrived.of(payments.PAYMENT_REVERSALS)
    ids = _ids(came["payment_id"], reversals["payment_id"], suspended["payment_id"])
    registries = _ids(arrived.of(payments.REGISTRIES)["registry_id"])
    posted = pl.concat([
        state.keyed(ledger.POSTED_PAYMENTS, back, payment_ids=ids),
        state.keyed(ledger.POSTED_PAYMENTS, back, registry_ids=registries),
    ]).unique().sort("payment_id", "posted_at")
    reversed_before = pl.concat([
        state.keyed(ingest.POSTED_REVERSALS, back, payment_ids=_ids(posted["payment_id"])),
        state.keyed(ingest.POSTED_REVERSALS, back, reversal_ids=_ids(reversals["reversal_id"])),
    ]).unique().sort("reversal_id")
    return KnownMoney(posted, reversed_before, suspended, state.read(ingest.KNOWN_REGISTRIES))


def _refused(state: State, back: list[BillingMonth], arrived: Arrivals) -> pl.DataFrame:
    """Rows that closed months refused and no later month took in: refused once more than they were re-admitted.

    A line that only fell with its document is left to the document.
    """
    row = ["table_name", "delivery_id", "row_number"]
    refused = state.keyed(ingest.QUARANTINE, back, columns=[*row, "rule_ids"])
    alone = refused.filter(
        (pl.col("table_name") != billing.CHARGES.name) | (pl.col("rule_ids").list.join(",") != "document_rejected")
    )
    decisions = arrived.of(events.QUARANTINE_DECISIONS).filter(
        pl.col("decision_code") == "readmit", pl.col("received_at") < start_of_day(arrived.cycle.issue_on)
    )
    readmitted = decisions.group_by(
        "table_name", pl.col("refused_delivery_id").alias("delivery_id"),
        pl.col("refused_row_number").alias("row_number"),
    ).agg(_readmitted=pl.len())
    counted = alone.group_by(row).agg(_refused=pl.len()).join(readmitted, on=row, how="left")
    return counted.filter(pl.col("_refused") > pl.col("_readmitted").fill_null(0)).select(row)


def _ids(*columns: pl.Series) -> pl.Series:
    return pl.concat([column.rename("id") for column in columns]).drop_nulls().unique()

