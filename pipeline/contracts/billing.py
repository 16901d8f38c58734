"""Feeds of billing: documents (ЕПД) and their charge lines."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, date, integer, money, text

BILLING_DOCUMENTS = Table(
    "billing_documents", "ingest", Stage.FEED,
    grain="one version of one billing document of one account",
    columns=(
        c.document_id, c.account_id,
        c.creditor_id.or_null("one document of several creditors"),
        c.document_type_code,
        integer("version", "version of the document, from 1", at_least=1),
        text("supersedes_document_id", "document version that this one replaces", is_nullable=True),
        c.billing_month, c.issued_on,
        date("delivered_on", "day it reached the resident, where known", is_nullable=True),
        money("charged_rub", "this month's principal and capital-repair lines after recalculation and benefit"),
        money("debt_before_rub", "debt printed from earlier documents", at_least=0),
        money("advance_before_rub", "advance printed from earlier payments", at_least=0),
        money("penalty_rub", "penalty and court-cost lines of this document", at_least=0),
        money("voluntary_insurance_rub", "voluntary lines of this document", at_least=0),
        money("payable_rub", "printed total without penalty and voluntary lines"),
        money("payable_with_penalty_rub", "printed total with penalty, without voluntary lines"),
    ),
    primary_key=("document_id",),
    rows={
        "total_with_penalty_adds_up": pl.col("payable_with_penalty_rub")
        == pl.col("payable_rub") + pl.col("penalty_rub"),
    },
)

CHARGES = Table(
    "charges", "ingest", Stage.FEED,
    grain="one charge line of one billing document",
    columns=(
        c.document_id,
        integer("line_number", "line of the document, from 1", at_least=1),
        c.account_id, c.contract_id, c.service_code,
        c.zone_code.or_null("a service without zones"),
        c.charge_month, c.basis_code,
        c.consumed_volume.or_null("billed without a volume"),
        c.unit_code.or_null(),
        c.tariff_rub.or_null("billed without a tariff"),
        money("charged_rub", "charged for the month before recalculation and benefit"),
        money("recalculated_rub", "recalculation on this line, signed"),
        money("benefit_rub", "benefit that reduces the line", at_least=0),
        money("payable_rub", "charged + recalculated − benefit"),
        c.batch_id.or_null("not one of our proposals"),
    ),
    primary_key=("document_id", "line_number"),
    rows={
        "line_adds_up": pl.col("payable_rub")
        == pl.col("charged_rub") + pl.col("recalculated_rub") - pl.col("benefit_rub"),
    },
)

FEEDS = (BILLING_DOCUMENTS, CHARGES)
