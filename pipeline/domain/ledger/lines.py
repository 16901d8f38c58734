"""Charge lines of the cycle on codes, so that a million of them are summed by integers.

    place      row of the line's document in `documents`, which stand in order of (account_id, document_id)
    contract   row of the line's contract in `contracts`, in order of (creditor_id, contract_id)
    service    row of the line's service in `services`, in order of service_code
    kind of debt by the service's class: utility, housing → principal; the others name themselves

A line without an arrived document is left out. Creditors, contracts and services stand on the codes of `codes`, which
order as their texts do and know those of the state's items too. Not here: what is summed (`billing.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.domain.allocation.ground import DOCUMENT_TYPE, KIND
from pipeline.domain.allocation.runs import ranked, starts

_PRINCIPAL = ("utility", "housing")
_KOPECKS: Final = ("charged_kop", "recalculated_kop", "benefit_kop", "payable_kop")
#: What is read of a charge line: half of its columns say nothing to the ledger.
CHARGED: Final = ("document_id", "contract_id", "service_code", "charge_month", *_KOPECKS)
#: Days that fit a code: to the year 2149.
DAYS: Final = 1 << 16


@dataclass(frozen=True)
class Lines:
    """`rows`: place, contract, service, charge_month and kopecks. `contracts`: creditor_id, contract_id. `services`:
    service_code, debt_kind_code. `codes`: of each coded column of an item."""

    rows: pl.DataFrame
    documents: pl.DataFrame
    contracts: pl.DataFrame
    services: pl.DataFrame
    codes: dict[str, pl.Enum]


def coded_lines(
    documents: pl.DataFrame, charges: pl.DataFrame, contracts: pl.DataFrame, services: pl.DataFrame,
    standing: pl.DataFrame,
) -> Lines:
    """Charge lines with their codes; `standing`: items of the state. `charges` with the lines of a document together
    cost least."""
    ordered = documents.sort("account_id", "document_id").with_columns(pl.col("document_type_code").cast(DOCUMENT_TYPE))
    of_contract = (
        charges.select(pl.col("contract_id").unique())
        .join(contracts.select("contract_id", "creditor_id").unique("contract_id"), on="contract_id", how="left")
        .select("creditor_id", "contract_id").sort("creditor_id", "contract_id")
    )
    of_service = (
        charges.select(pl.col("service_code").unique())
        .join(services.select("service_code", debt_kind_code=kind_of_debt()), on="service_code", how="left")
        .sort("service_code")
    )
    run = charges.select((starts("document_id").cum_sum() - 1).alias("run"))["run"]
    heads = charges.select(pl.col("document_id").filter(starts("document_id")))
    places = heads.join(
        ordered.select("document_id").with_row_index("place"), on="document_id", how="left", maintain_order="left"
    )["place"]
    rows = charges.select(
        places.gather(run), "charge_month", *_KOPECKS,
        contract=_code(pl.col("contract_id"), of_contract["contract_id"]),
        service=_code(pl.col("service_code"), of_service["service_code"]),
    )
    codes = {
        name: ranked(pl.concat([standing[name].unique(), told[name]]))
        for told, name in ((of_contract, "creditor_id"), (of_contract, "contract_id"), (of_service, "service_code"))
    } | {"debt_kind_code": KIND, "document_type_code": DOCUMENT_TYPE}
    coded_contract, coded_service = (
        told.cast({name: codes[name] for name in told.columns}) for told in (of_contract, of_service)
    )
    return Lines(rows.filter(pl.col("place").is_not_null()), ordered, coded_contract, coded_service, codes)


def kind_of_debt() -> pl.Expr:
    """Kind of debt of a row of the register of services."""
    class_code = pl.col("class_code")
    return pl.when(class_code.is_in(_PRINCIPAL)).then(pl.lit("principal")).otherwise(class_code)


def _code(text: pl.Expr, known: pl.Series) -> pl.Expr:
    return text.cast(pl.Enum(known)).to_physical().cast(pl.UInt32)
