"""Items that arrived documents bill: charge lines summed per item, with creditor, kind of debt and due date.

    item = account × document × creditor × contract × service × kind of debt × charge month
    kind of debt by the service's class: utility, housing → principal; the others name themselves

Ageing runs from the document that first bills a line, never from the month of consumption: a recalculation of March
billed in September falls due in October. Not here: how negative items reduce a document (`allocation/credit.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts.ledger import BILLED_CONTRACTS, ITEM_KEY
from pipeline.domain.ledger.due_dates import with_due_on
from pipeline.money import total
from pipeline.rules.ledger import LedgerRules

_PRINCIPAL = ("utility", "housing")
CONTRACT_KEY = BILLED_CONTRACTS.primary_key


def billed_items(
    documents: pl.DataFrame, charges: pl.DataFrame, contracts: pl.DataFrame, services: pl.DataFrame,
    working_days: pl.DataFrame, *, rules: LedgerRules,
) -> pl.DataFrame:
    """One row an item with the terms of its document: type, billing month, issued_on, due_on, posted_at, versions."""
    terms = (
        documents.select(
            "account_id", "document_id", "document_type_code", "billing_month", "issued_on", "delivered_on", "version",
            "supersedes_document_id", posted_at="received_at",
        )
        .pipe(with_due_on, working_days, rules=rules.due_dates)
        .drop("delivered_on")
    )
    zero = pl.lit(0, dtype=pl.Int64)
    return (
        charges.drop("account_id").join(terms, on="document_id", how="inner")
        .join(contracts.select("contract_id", "creditor_id").unique("contract_id"), on="contract_id", how="left")
        .join(services.select("service_code", "class_code"), on="service_code", how="left")
        .with_columns(debt_kind_code=_kind())
        .group_by(*ITEM_KEY)
        .agg(pl.col(*(name for name in terms.columns if name not in ITEM_KEY)).first(), billed_kop=total("payable_kop"))
        .with_columns(
            paid_kop=zero, written_off_kop=zero, outstanding_kop="billed_kop",
            epoch_base_kop=pl.max_horizontal("billed_kop", zero),
        )
    )


def billed_contracts(
    documents: pl.DataFrame, charges: pl.DataFrame, contracts: pl.DataFrame, services: pl.DataFrame,
    withdrawn: pl.DataFrame,
) -> pl.DataFrame:
    """Lines of the cycle's documents by contract and day (inside BILLED_CONTRACTS of one part). `withdrawn`: document
    that takes them back, and what older versions had billed by creditor, contract, service and kind."""
    days = documents.select("document_id", "issued_on", posted_on=pl.col("received_at").dt.date())
    kinds = services.select("service_code", debt_kind_code=_kind())
    lines = (
        charges.join(contracts.select("contract_id", "creditor_id").unique("contract_id"), on="contract_id", how="left")
        .join(kinds, on="service_code", how="left")
        .select("document_id", *CONTRACT_KEY[:4], "charged_kop", "recalculated_kop", "benefit_kop",
                billed_kop="payable_kop")
    )
    return contracts_added([pl.concat([lines, withdrawn], how="diagonal").join(days, on="document_id")])


def contracts_added(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Sums of all parts by contract and day."""
    empty = BILLED_CONTRACTS.empty_inside()
    told = pl.concat([empty, *(part.select(pl.exclude("document_id")) for part in parts)], how="diagonal")
    return told.group_by(*CONTRACT_KEY).agg(
        total(pl.col(name).fill_null(0)).alias(name) for name in empty.columns if name not in CONTRACT_KEY
    ).sort(*CONTRACT_KEY)


def billed_documents(items: pl.DataFrame, movements: pl.DataFrame) -> pl.DataFrame:
    """Documents of the cycle × creditor × kind, after their own negative items (inside BILLED_DOCUMENTS)."""
    replaced = items["supersedes_document_id"].drop_nulls()
    credited = (
        movements.filter(pl.col("rule_code") == "credit")
        .group_by(*ITEM_KEY).agg(credited_kop=pl.col("allocated_kop").sum())
    )
    return (
        items.join(credited, on=ITEM_KEY, how="left", nulls_equal=True)
        .group_by("account_id", "document_id", "creditor_id", "debt_kind_code")
        .agg(
            pl.col("document_type_code", "billing_month", "issued_on", "due_on", "posted_at").first(),
            billed_kop=total(pl.col("billed_kop") - pl.col("credited_kop").fill_null(0)),
        )
        .with_columns(is_superseded=pl.col("document_id").is_in(replaced.implode()))
    )


def _kind() -> pl.Expr:
    class_code = pl.col("class_code")
    return pl.when(class_code.is_in(_PRINCIPAL)).then(pl.lit("principal")).otherwise(class_code)
