"""Feeds of money: payments, reversals, registries, statements, a person's identifications, money passed on."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, date, integer, moment, money, month, text

PAYMENTS = Table(
    "payments", "ingest", Stage.FEED,
    grain="one payment of one payer, as a registry lists it",
    columns=(
        c.payment_id, c.account_id, c.paid_at, c.precision_code, c.received_on, c.amount_rub,
        money("commission_rub", "commission kept by the bank", is_nullable=True),
        c.channel_code, c.payer_code,
        text("designated_document_id", "document the payer named", is_nullable=True),
        month("designated_month", "billing month the payer named", is_nullable=True),
        text("designated_creditor_id", "creditor whose own bank account received the money", is_nullable=True),
        code("designation_code", "how the payer named a document or month; a default is not a designation",
             "document", "typed", "default", "none"),
        c.purpose_code,
        text("court_case_id", "court case that the money answers", is_nullable=True),
        text("contract_reference", "advance contract the money is for", is_nullable=True),
        c.registry_id, c.registry_row,
    ),
    primary_key=("payment_id",),
    rows={"amount_is_positive": pl.col("amount_rub") > 0},
)

PAYMENT_REVERSALS = Table(
    "payment_reversals", "ingest", Stage.FEED,
    grain="one reversal (сторно) of one payment",
    columns=(
        text("reversal_id", "reversal, unique at its provider"),
        c.payment_id.meaning_here("payment that is taken back"),
        c.amount_rub.meaning_here("amount taken back, positive"),
        c.account_id.or_null("not always repeated by the provider"),
        date("original_received_on", "day the payment was received", is_nullable=True),
        moment("reversed_at", "moment of the reversal"),
        code("reason_code", "why", "bank_error", "payer_request", "duplicate", "fraud", "other"),
        c.registry_id,
    ),
    primary_key=("reversal_id",),
    rows={"amount_is_positive": pl.col("amount_rub") > 0},
)

REGISTRIES = Table(
    "registries", "ingest", Stage.FEED,
    grain="one payment registry, or its corrected version",
    columns=(
        c.registry_id, c.provider_code, c.received_on,
        integer("rows", "rows the provider says it holds: payments and reversals", at_least=0),
        money("total_rub", "payments less reversals, as the provider says"),
        text("sha256", "hash of the provider's own file", is_nullable=True),
    ),
    primary_key=("registry_id",),
)

BANK_STATEMENTS = Table(
    "bank_statements", "ingest", Stage.FEED,
    grain="one operation of the centre's bank account",
    columns=(
        text("operation_id", "operation at the bank"),
        text("bank_account", "the centre's bank account"),
        date("booked_on", "day the bank booked it"),
        c.amount_rub.meaning_here("amount, positive"),
        c.registry_id.or_null("not a registry's money"),
        code("direction_code", "money in or out", "in", "out"),
    ),
    primary_key=("operation_id",),
)

PAYMENT_IDENTIFICATIONS = Table(
    "payment_identifications", "ingest", Stage.EVENT,
    grain="one decision of a person on one suspended payment",
    columns=(
        c.event_id, c.registered_at,
        c.payment_id.meaning_here("suspended payment"),
        c.account_id.or_null("the money goes back").meaning_here("account it belongs to; missing when returned"),
        code("decision_code", "identified to an account, or returned to the payer", "identified", "returned"),
        text("evidence", "what the decision rests on"),
    ),
    primary_key=("event_id",),
)

REMITTANCES = Table(
    "remittances", "ingest", Stage.FEED,
    grain="one sum of collected money that the centre passed on to one creditor (перечисление)",
    columns=(
        text("remittance_id", "remittance, unique in the centre"), c.creditor_id,
        c.contract_id.or_null("money of all contracts of the creditor"),
        date("remitted_on", "day the centre's bank sent it"),
        date("counted_until", "last day whose payments it passes on"),
        money("gross_rub", "collected money that it passes on, before the fee; negative when money comes back"),
        money("commission_rub", "fee that the centre keeps of it, signed like the sum"),
        money("net_rub", "sent: gross less fee"),
        text("corrects_remittance_id", "earlier remittance that it makes good", is_nullable=True),
    ),
    primary_key=("remittance_id",),
    rows={
        "net_is_gross_less_fee": pl.col("net_rub") == pl.col("gross_rub") - pl.col("commission_rub"),
        "passes_on_something": pl.col("gross_rub") != 0,
        "counts_the_past": pl.col("counted_until") <= pl.col("remitted_on"),
    },
)

FEEDS = (PAYMENTS, PAYMENT_REVERSALS, REGISTRIES, BANK_STATEMENTS, PAYMENT_IDENTIFICATIONS, REMITTANCES)
