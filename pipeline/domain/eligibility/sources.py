"""What the replay needs to know of money and items beside themselves: writs, advance contracts, disputes of today."""

from __future__ import annotations

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY


def with_writs(payments: pl.DataFrame, court_cases: pl.DataFrame) -> pl.DataFrame:
    """Payments with the creditor and months of the writ that they answer, null without one."""
    writs = court_cases.sort("registered_at", "event_id").unique("court_case_id", keep="last").select(
        "court_case_id", writ_creditor_id="creditor_id", writ_from_month="from_month", writ_to_month="to_month"
    )
    return payments.join(writs, on="court_case_id", how="left", maintain_order="left")


def with_contract_months(money: pl.DataFrame, advance_contracts: pl.DataFrame) -> pl.DataFrame:
    """Payments or advances with the months of their advance contract, null without one."""
    months = contract_months(advance_contracts)
    return money.join(months, on="contract_reference", how="left", maintain_order="left")


def contract_months(advance_contracts: pl.DataFrame) -> pl.DataFrame:
    """contract_reference, from_month, to_month of each advance contract, as told last."""
    latest = advance_contracts.sort("registered_at", "event_id").unique("contract_reference", keep="last")
    return latest.select("contract_reference", "from_month", "to_month")


def as_judged_now(open_items: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Opening items, disputed or time-barred when they were so at the start or are so now. Both inside OPEN_ITEMS."""
    flags = ("is_disputed", "is_time_barred")
    known = now.select(*ITEM_KEY, *(pl.col(flag).alias(f"{flag}_now") for flag in flags))
    judged = open_items.join(known, on=ITEM_KEY, how="left", nulls_equal=True, maintain_order="left")
    return judged.with_columns(
        pl.col(flag) | pl.col(f"{flag}_now").fill_null(False) for flag in flags
    ).drop(*(f"{flag}_now" for flag in flags))


def versions_among(documents: pl.DataFrame) -> pl.DataFrame:
    """Which document replaced which among the arrivals of a cycle: account_id, document_id, new_document_id."""
    return documents.drop_nulls("supersedes_document_id").select(
        "account_id", document_id="supersedes_document_id", new_document_id="document_id"
    )


def older_money(payments: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    """account_id, payment_id of reversed payments that may have been posted before the start."""
    older = reversals.join(payments.select("payment_id"), on="payment_id", how="anti")
    return pl.concat([older, reversals.filter("is_correction")]).select("account_id", "payment_id").unique()


def touched(movements: pl.DataFrame, money: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """Of all older movements of some accounts: every row of the items on which the reversed money or a replaced
    document lies."""
    items = pl.concat([
        movements.join(money.select("payment_id"), on="payment_id", how="semi"),
        movements.join(versions.select("document_id"), on="document_id", how="semi"),
    ]).select(*ITEM_KEY).unique()
    return movements.join(items, on=ITEM_KEY, how="semi", nulls_equal=True)


def with_credits_left(documents: pl.DataFrame, movements: pl.DataFrame, advances: pl.DataFrame) -> pl.DataFrame:
    """Documents of a cycle (inside BILLED_DOCUMENTS) and a negative row for what their credits left over.

    The ledger's documents are after their own negative items; the rest of a credit is an advance ring-fenced to its
    creditor, or lies on other documents by now. Only credits are read of the ledger's movements.
    """
    is_credit = pl.col("origin_code") == "credit"
    money = ["account_id", "payment_id", "creditor_id"]
    left = (
        pl.concat([
            movements.filter(is_credit, pl.col("rule_code") != "credit").select(*money, amount_kop="allocated_kop"),
            advances.filter(is_credit).select(*money, "amount_kop"),
        ])
        .group_by(*money)
        .agg(pl.col("amount_kop").sum())
        .filter(pl.col("amount_kop") > 0)
    )
    terms = documents.unique("document_id", keep="any").drop("creditor_id", "debt_kind_code", "billed_kop")
    credits = (
        left.join(terms, on="account_id")
        .filter(pl.col("payment_id").str.starts_with(pl.format("credit:{}:", "document_id")))
        .with_columns(debt_kind_code=pl.lit("principal"), billed_kop=-pl.col("amount_kop"))
    )
    return pl.concat([documents, credits.select(documents.columns)])
