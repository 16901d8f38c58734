"""Eligibility for programmes: every condition, what was missing, and the journal of final positive decisions."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, count, date, moment, money, text, yes_no

CONDITIONS = (
    "is_served", "is_bill_complete", "is_paid_in_full", "is_paid_online", "is_paid_before_next_issue",
    "is_free_of_past_debt", "has_no_reversed_bonus",
)

programme_code = code("programme_code", "programme; communal_bonus is «Коммунальный бонус»", "communal_bonus")

ELIGIBILITY = Table(
    "eligibility", "eligibility", Stage.PUBLISHED,
    grain="one live main document × programme, of this cycle or still being decided from the one before",
    columns=(
        c.account_id, c.document_id, programme_code, c.billing_month,
        yes_no("is_eligible", "all conditions hold"),
        yes_no("is_final", "positive: the cycle is over, closing enters it into the journal; negative: the document is "
               "of the cycle before and no awaited registry can change it"),
        yes_no("is_served", "the account is served by the centre in full"),
        yes_no("is_bill_complete", "no document of the account is missing or was refused"),
        yes_no("is_paid_in_full", "the printed net total is covered within the tolerance"),
        yes_no("is_paid_online", "there is a covering payment and every one came through an own online channel"),
        yes_no("is_paid_before_next_issue", "the covering payment was made before the next documents were issued"),
        yes_no("is_free_of_past_debt", "at that moment nothing of earlier documents was open"),
        yes_no("has_no_reversed_bonus", "no payment behind an earlier bonus of the account was reversed"),
        code("first_failed_code", "first condition that fails, in this order", *CONDITIONS, is_nullable=True),
        date("next_issue_on", "day the next documents were issued: covering payments are earlier"),
        money("net_total_rub", "printed total of this month's principal and capital-repair lines"),
        money("missing_rub", "what is missing to cover the document or earlier debt", is_nullable=True),
        count("missing_days", "days by which the covering payment was late", unit="day", is_nullable=True),
        moment("covered_at", "moment of the payment with which the document was covered", is_nullable=True),
        codes("covering_payment_ids", "payments that cover the document, by id; none while it is not covered"),
        count("blocked_documents", "documents, this one first, that get no bonus because of a reversal", at_least=0),
        moment("decided_at", "cut of the run that decided"),
        text("entitlement_id", "entry of the entitlements journal; of final positive decisions", is_nullable=True),
    ),
    primary_key=("account_id", "document_id", "programme_code"),
    rows={
        "eligible_when_nothing_fails": pl.col("is_eligible") == pl.col("first_failed_code").is_null(),
        "eligible_means_every_condition": pl.col("is_eligible") == pl.all_horizontal(*CONDITIONS),
        "entitlement_of_final_positive": pl.col("entitlement_id").is_not_null()
        == (pl.col("is_eligible") & pl.col("is_final")),
        "blocked_documents_block": (pl.col("blocked_documents") == 0) == pl.col("has_no_reversed_bonus"),
    },
)

ENTITLEMENTS = Table(
    "entitlements", "eligibility", Stage.JOURNAL, grain="one positive decision, final",
    columns=(
        text("entitlement_id", "hash of book, account, document and programme"),
        c.account_id, c.document_id, programme_code, c.billing_month,
        moment("granted_at", "cut of the run that decided it"),
        codes("covering_payment_ids", "payments that cover the document, by id"),
    ),
    primary_key=("entitlement_id",),
)

PUBLISHED = (ELIGIBILITY,)
JOURNALS = (ENTITLEMENTS,)
