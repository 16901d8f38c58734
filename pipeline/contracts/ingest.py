"""What ingest publishes: what arrived, what was refused, which accounts exist and whose bill is incomplete."""

from typing import Final

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.payments import PAYMENT_REVERSALS, REGISTRIES, REMITTANCES
from pipeline.contracts.table import Stage, Table, code, codes, date, integer, moment, money, text, yes_no

FATES = ("accepted", "repeated", "superseded", "suspended", "quarantined")

DELIVERIES = Table(
    "deliveries", "ingest", Stage.PUBLISHED, grain="one file that arrived in the cycle and where its rows went",
    columns=(
        c.delivery_id, text("table_name", "feed, register or event table"), c.received_at,
        code("status_code", "read, the same file again, or rows of an earlier file taken in by a person's decision",
             "read", "repeated", "readmitted"),
        code("dated_by_code", "what says when it arrived: its folder, its rows, or the snapshot that it is",
             "folder", "rows", "snapshot"),
        integer("files", "files of this content in the folder", at_least=1),
        integer("received_rows", "rows of the file, of every copy", at_least=0),
        integer("accepted_rows", "rows taken into the month", at_least=0),
        integer("repeated_rows", "rows already known with the same content", at_least=0),
        integer("superseded_rows", "rows replaced by a corrected registry", at_least=0),
        integer("suspended_rows", "rows of money that could not be placed", at_least=0),
        integer("quarantined_rows", "rows refused with a reason", at_least=0),
        money("received_rub", "signed money of its rows, reversals negative; zero for feeds without money"),
        money("accepted_rub", "signed money of the rows taken into the month"),
        money("repeated_rub", "signed money of the rows already known"),
        money("superseded_rub", "signed money of the rows replaced by a corrected registry"),
        money("suspended_rub", "signed money of the rows that could not be placed"),
    ),
    primary_key=("delivery_id", "table_name", "received_at"),
    rows={
        "every_row_is_somewhere": pl.col("received_rows")
        == pl.sum_horizontal(*(f"{fate}_rows" for fate in FATES)),
        "every_kopeck_is_somewhere": pl.col("received_rub")
        == pl.sum_horizontal(*(f"{fate}_rub" for fate in FATES[:-1])),
    },
)

QUARANTINE = Table(
    "quarantine", "ingest", Stage.PUBLISHED, grain="one refused row of one delivery",
    columns=(
        text("table_name", "table of the row"), c.delivery_id, c.row_number, c.received_at,
        c.account_id.or_null("the row names none that is known"),
        codes("rule_ids", "every rule that the row breaks, sorted"),
        text("original_values", "the row as delivered, as JSON, without personal columns"),
    ),
    primary_key=("table_name", "delivery_id", "row_number"),
    rows={"has_a_reason": pl.col("rule_ids").list.len() > 0},
)

ACCOUNT_INDEX = Table(
    "account_index", "ingest", Stage.PUBLISHED,
    grain="one account ever seen by the book and its fixed position; positions are never reused or renumbered",
    columns=(
        c.account_id, integer("account_index", "position; 65,536 of them make a part", at_least=0),
        moment("first_seen_at", "arrival of the first row that named it"),
    ),
    primary_key=("account_id",),
)

#: The bill of this month is whole, one of an earlier month is not.
EARLIER_REJECTED: Final = "earlier_document_rejected"
INCOMPLETE_BILLS = Table(
    "incomplete_bills", "ingest", Stage.PUBLISHED,
    grain="one account whose bill of the month is missing or was refused; it stays off eligibility and every list. One "
          "with a refused document of an earlier month stays off the lists alone",
    columns=(c.account_id, code("reason_code", "why", "document_missing", "document_rejected", EARLIER_REJECTED)),
    primary_key=("account_id", "reason_code"),
)

AWAITED_REGISTRIES = Table(
    "awaited_registries", "ingest", Stage.PUBLISHED,
    grain="one registry of the issue calendar that the cycle needs, and whether it is in at the cut",
    columns=(
        c.provider_code, c.channel_code, date("expected_on", "day it should be in"),
        date("covers_until", "last day of payments that it brings"),
        code("status_code", "in, not yet due, or late", "received", "awaited", "late"),
    ),
    primary_key=("provider_code", "channel_code", "expected_on"),
)

KNOWN_REGISTRIES = Table(
    "known_registries", "ingest", Stage.PUBLISHED,
    grain="one registry ever announced to the book, in its version in force; carried from month to month",
    columns=(
        *REGISTRIES.columns,
        integer("version", "version in force, from 1; a corrected registry is the next", at_least=1),
        integer("found_rows", "payments and reversals of the version that have come in", at_least=0),
        yes_no("is_complete", "as many rows have come in as were announced"),
        *c.PROVENANCE,
    ),
    primary_key=("registry_id",),
)

POSTED_REVERSALS = Table(
    "posted_reversals", "ingest", Stage.PUBLISHED,
    grain="one reversal of a known payment that the cycle took in, or that a corrected registry made",
    columns=(
        *(column if column.name != "account_id" else c.account_id for column in PAYMENT_REVERSALS.columns),
        c.paid_at.meaning_here("moment of the payment that is taken back"),
        moment("posted_at", "arrival of the reversal, or of its payment when that came later"),
        yes_no("is_correction", "made by a corrected registry, not sent by a provider"),
        *c.PROVENANCE,
    ),
    primary_key=("reversal_id",),
)

POSTED_REMITTANCES = Table(
    "posted_remittances", "ingest", Stage.PUBLISHED,
    grain="one remittance to a creditor that the cycle took in",
    columns=(*REMITTANCES.columns, *c.PROVENANCE),
    primary_key=("remittance_id",),
)

PUBLISHED = (
    DELIVERIES, QUARANTINE, ACCOUNT_INDEX, INCOMPLETE_BILLS, AWAITED_REGISTRIES, KNOWN_REGISTRIES, POSTED_REVERSALS,
    POSTED_REMITTANCES,
)
