"""What ingest publishes: what arrived, what was refused, which accounts exist and whose bill is incomplete."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, date, integer, moment, money, text

DELIVERIES = Table(
    "deliveries", "ingest", Stage.PUBLISHED, grain="one file that arrived in the cycle and where its rows went",
    columns=(
        c.delivery_id, text("table_name", "feed, register or event table"), c.received_at,
        code("status_code", "read, or the same file again", "read", "repeated"),
        integer("received_rows", "rows of the file", at_least=0),
        integer("accepted_rows", "rows taken into the month", at_least=0),
        integer("repeated_rows", "rows already known with the same content", at_least=0),
        integer("superseded_rows", "rows replaced by a corrected registry", at_least=0),
        integer("suspended_rows", "rows of money that could not be placed", at_least=0),
        integer("quarantined_rows", "rows refused with a reason", at_least=0),
        money("received_rub", "signed money of its rows; zero for feeds without money"),
    ),
    primary_key=("delivery_id", "table_name", "received_at"),
    rows={
        "every_row_is_somewhere": pl.col("received_rows") == pl.sum_horizontal(
            "accepted_rows", "repeated_rows", "superseded_rows", "suspended_rows", "quarantined_rows"
        ),
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

INCOMPLETE_BILLS = Table(
    "incomplete_bills", "ingest", Stage.PUBLISHED,
    grain="one account whose bill of the month is missing or was refused; it stays off eligibility and every list",
    columns=(c.account_id, code("reason_code", "why", "document_missing", "document_rejected")),
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

PUBLISHED = (DELIVERIES, QUARANTINE, ACCOUNT_INDEX, INCOMPLETE_BILLS, AWAITED_REGISTRIES)
