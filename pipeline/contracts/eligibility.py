"""Eligibility for programmes: every condition, what was missing, and the journal of final positive decisions."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, count, moment, money, text, yes_no

CONDITIONS = (
    "is_served", "is_bill_complete", "is_paid_in_full", "is_paid_online", "is_paid_before_next_issue",
    "is_free_of_past_debt",
)

programme_code = code("programme_code", "programme; communal_bonus is «Коммунальный бонус»", "communal_bonus")

ELIGIBILITY = Table(
    "eligibility", "eligibility", Stage.PUBLISHED,
    grain="one live main document × programme, of this cycle or still being decided from the one before",
    columns=(
        c.account_id, c.document_id, programme_code, c.billing_month,
        yes_no("is_eligible", "all conditions hold"),
        yes_no("is_final", "positive: entered into the journal; negative: no awaited registry can change it"),
        yes_no("is_served", "the account is served by the centre in full"),
        yes_no("is_bill_complete", "no document of the account is missing or was refused"),
        yes_no("is_paid_in_full", "the printed net total is covered within the tolerance"),
        yes_no("is_paid_online", "every covering payment came through an own online channel"),
        yes_no("is_paid_before_next_issue", "the covering payment was made before the next documents were issued"),
        yes_no("is_free_of_past_debt", "at that moment nothing of earlier documents was open"),
        code("first_failed_code", "first condition that fails, in this order", *CONDITIONS, is_nullable=True),
        money("missing_rub", "what is missing to cover the document or earlier debt", is_nullable=True),
        count("missing_days", "days by which the covering payment was late", unit="day", is_nullable=True),
        moment("covered_at", "moment the document was covered", is_nullable=True),
        moment("decided_at", "cut of the run that decided"),
        text("entitlement_id", "entry of the entitlements journal", is_nullable=True),
    ),
    primary_key=("account_id", "document_id", "programme_code"),
    rows={
        "eligible_when_nothing_fails": pl.col("is_eligible") == pl.col("first_failed_code").is_null(),
        "eligible_means_every_condition": pl.col("is_eligible") == pl.all_horizontal(*CONDITIONS),
    },
)

ENTITLEMENTS = Table(
    "entitlements", "eligibility", Stage.JOURNAL, grain="one positive decision, final",
    columns=(
        text("entitlement_id", "hash of book, account, document and programme"),
        c.account_id, c.document_id, programme_code, c.billing_month, moment("granted_at", "cut of the run that granted it"),
    ),
    primary_key=("entitlement_id",),
)

PUBLISHED = (ELIGIBILITY,)
JOURNALS = (ENTITLEMENTS,)
