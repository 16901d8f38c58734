"""Events of the ledger in order of arrival: documents before payments of the same day, then reversals.

    order of an account: posted_at, then (issue, new versions, what corrected registries take back, money, reversals),
    then registry, row, payment

Not here: what an event does (`domain/allocation`).
"""

from __future__ import annotations

import polars as pl

from pipeline.domain.allocation.runs import place_in_run

_ORDER = ("posted_at", "turn", "registry_id", "registry_row", "payment_id", "version", "reversal_id", "new_document_id")


def ledger_events(
    arrived: pl.DataFrame, payments: pl.DataFrame, reversals: pl.DataFrame, meeting: pl.DataFrame
) -> pl.DataFrame:
    """`event_number` 1… inside each account.

    arrived: documents of the cycle, a new version without lines too
    meeting: accounts with both advances and open items in the state, and posted_at; they only meet
    """
    documents = arrived.select(
        "account_id", "version", posted_at="received_at", document_id="supersedes_document_id",
        new_document_id="document_id",
    )
    is_new_version = pl.col("document_id").is_not_null()
    old = documents.select(document_id="new_document_id", old_posted_at="posted_at")
    versions = (
        # A version cannot replace what has not come yet: where the old one came later, both count from then.
        documents.filter(is_new_version).join(old, on="document_id", how="left")
        .with_columns(
            posted_at=pl.max_horizontal("posted_at", "old_posted_at"), event_code=pl.lit("supersede"), turn=1
        )
        .drop("old_posted_at")
    )
    issues = (
        documents.filter(~is_new_version).select("account_id", "posted_at").unique()
        .with_columns(event_code=pl.lit("issue"), turn=0)
    )
    events = pl.concat(
        [
            meeting.with_columns(event_code=pl.lit("issue"), turn=-1), issues, versions,
            payments.with_columns(event_code=pl.lit("money"), turn=3, origin_code=pl.lit("payment")),
            # a corrected payment comes in under the same id: the old one goes first, or the new one would be taken
            reversals.with_columns(event_code=pl.lit("reversal"), turn=pl.when("is_correction").then(2).otherwise(4)),
        ],
        how="diagonal_relaxed",
    )
    return events.sort("account_id", *_ORDER).with_columns(event_number=place_in_run("account_id") + 1)


def with_presence(documents: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """`present_from` of the documents' items: the number of the event that issues the document."""
    issued = events.filter(pl.col("event_code") == "issue", pl.col("turn") == 0).select(
        "account_id", received_at="posted_at", issued_as="event_number"
    )
    replaced = events.filter(pl.col("event_code") == "supersede").select(
        "account_id", document_id="new_document_id", came_as="event_number"
    )
    is_new_version = pl.col("supersedes_document_id").is_not_null()
    return (
        documents.join(issued, on=["account_id", "received_at"], how="left", maintain_order="left")
        .join(replaced, on=["account_id", "document_id"], how="left", maintain_order="left")
        .with_columns(present_from=pl.when(is_new_version).then("came_as").otherwise("issued_as"))
        .drop("issued_as", "came_as")
    )


def with_terms(
    payments: pl.DataFrame, court_cases: pl.DataFrame, advance_contracts: pl.DataFrame, funds: pl.DataFrame
) -> pl.DataFrame:
    """Payments with the writ of their court case, the months of their advance contract, and the capital-repair
    creditor of their account where the payer named none (`funds`: account_id, fund_id)."""
    writs = _latest(court_cases, "court_case_id").select(
        "court_case_id", writ_creditor_id="creditor_id", writ_from_month="from_month", writ_to_month="to_month"
    )
    to_fund = (pl.col("purpose_code") == "capital_repair") & pl.col("designated_creditor_id").is_null()
    return (
        payments.join(writs, on="court_case_id", how="left")
        .join(contract_months(advance_contracts), on="contract_reference", how="left")
        .join(funds, on="account_id", how="left")
        .with_columns(
            designated_creditor_id=pl.when(to_fund).then("fund_id").otherwise("designated_creditor_id")
        )
        .drop("fund_id")
    )


def contract_months(advance_contracts: pl.DataFrame) -> pl.DataFrame:
    """contract_reference, from_month, to_month of each advance contract."""
    return _latest(advance_contracts, "contract_reference").select("contract_reference", "from_month", "to_month")


def _latest(told: pl.DataFrame, key: str) -> pl.DataFrame:
    """The event registered last about each case or contract: what it says replaces what was said before."""
    return told.sort("registered_at", "event_id").unique(key, keep="last", maintain_order=True)


def capital_repair_funds(accounts: pl.DataFrame, contracts: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    """account_id, fund_id: the creditor of the capital-repair contract of the account's house, the newest."""
    funds = (
        contracts.join(services.filter(pl.col("class_code") == "capital_repair"), on="service_code", how="semi")
        .sort("valid_from", "contract_id").group_by("house_id").agg(fund_id=pl.col("creditor_id").last())
    )
    return accounts.select("account_id", "house_id").join(funds, on="house_id").select("account_id", "fund_id")
