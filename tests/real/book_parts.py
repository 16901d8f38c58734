"""What the books of real bills and readings share: registers of one creditor and one service, documents of one line.

A file that has fewer months starts and ends its book there: months go out on the first day of the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, registers
from pipeline.contracts.table import Table

CREDITOR: Final = "utility"
CHANNEL: Final = "counter"
NAME: Final = "file"


def issued_on(month: BillingMonth) -> date:
    """Documents of a month go out on the first day of the next."""
    return month.next.first_day


def common_registers(
    service: str, name: str, unit: str, months: Iterable[BillingMonth]
) -> Iterator[tuple[Table, pl.DataFrame]]:
    """Creditor, service, channel and cycles; no registry of payments is expected."""
    yield registers.CREDITORS, framed(registers.CREDITORS, [{"creditor_id": CREDITOR, "name": "Поставщик воды"}])
    yield registers.SERVICES, framed(registers.SERVICES, [
        {"service_code": service, "name": name, "unit_code": unit, "class_code": "utility", "may_restrict": False},
    ])
    yield registers.CHANNELS, framed(registers.CHANNELS, [
        {"channel_code": CHANNEL, "is_own_online": False, "fee_class_code": None, "usual_delay_days": 1},
    ])
    yield registers.CYCLES, framed(registers.CYCLES, [
        {"billing_month": month.first_day, "issue_on": issued_on(month), "next_issue_on": issued_on(month.next),
         "payments_counted_until": month.last_day, "readings_counted_until": month.last_day} for month in months
    ])


def account_registers(accounts: pl.DataFrame, service: str, since: date) -> Iterator[tuple[Table, pl.DataFrame]]:
    """`accounts`: account_id, house_id, territory_code, opened_on, closed_on; a contract of the service per house."""
    no_day, no_text = pl.lit(None, dtype=pl.Date()), pl.lit(None, dtype=pl.String())
    yield registers.ACCOUNTS, accounts.sort("account_id").select(
        "account_id", unified_account=no_text, premises_id=pl.format("p-{}", "account_id"), house_id="house_id",
        opened_on="opened_on", closed_on="closed_on", successor_account_id=no_text,
        account_kind_code=pl.lit("citizen"), is_served=pl.lit(True), mode_code=pl.lit("full"),
    )
    houses = accounts.unique("house_id").sort("house_id")
    yield registers.HOUSES, houses.select(
        "house_id", "territory_code", managing_company_id=pl.lit(CREDITOR),
        common_area_m2_e7=pl.lit(0, dtype=pl.Int64()),
    )
    yield registers.SERVICE_CONTRACTS, houses.select(
        contract_id=pl.format("c-{}", "house_id"), house_id="house_id", service_code=pl.lit(service),
        supplier_id=pl.lit(CREDITOR), creditor_id=pl.lit(CREDITOR), scheme_code=pl.lit("via_company"),
        valid_from=pl.lit(since), valid_to=no_day,
    )


def documents(rows: pl.DataFrame) -> pl.DataFrame:
    """Headers of documents of one line: `rows` with document_id, account_id, house_id, billing_month, payable_kop, and
    where they have them document_type_code, version, supersedes_document_id."""
    zero, issued = pl.lit(0, dtype=pl.Int64()), pl.col("billing_month").dt.offset_by("1mo")
    return _with_defaults(rows).select(
        "document_id", "account_id", pl.lit(None, dtype=pl.String()).alias("creditor_id"), "document_type_code",
        "version", "supersedes_document_id", "billing_month", issued_on=issued, delivered_on=issued,
        charged_kop="payable_kop", debt_before_kop=zero, advance_before_kop=zero, penalty_kop=zero,
        voluntary_insurance_kop=zero, payable_kop="payable_kop", payable_with_penalty_kop="payable_kop",
    ).select(billing.BILLING_DOCUMENTS.inside_names)


def lines(rows: pl.DataFrame, service: str, unit: str) -> pl.DataFrame:
    """Their lines: besides charge_month, basis_code, volume_e7, tariff_e6, charged_kop, recalculated_kop."""
    zero, no_text = pl.lit(0, dtype=pl.Int64()), pl.lit(None, dtype=pl.String())
    return rows.select(
        "document_id", "account_id", "charge_month", "basis_code", "volume_e7", "tariff_e6", "charged_kop",
        "recalculated_kop", "payable_kop", line_number=pl.lit(1, dtype=pl.Int64()),
        contract_id=pl.format("c-{}", "house_id"), service_code=pl.lit(service), zone_code=no_text,
        unit_code=pl.lit(unit), benefit_kop=zero, batch_id=no_text,
    ).select(billing.CHARGES.inside_names)


def _with_defaults(rows: pl.DataFrame) -> pl.DataFrame:
    defaults = {
        "document_type_code": pl.lit("main"), "version": pl.lit(1, dtype=pl.Int64()),
        "supersedes_document_id": pl.lit(None, dtype=pl.String()),
    }
    return rows.with_columns(told.alias(name) for name, told in defaults.items() if name not in rows.columns)


def framed(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows in the inside shape of a table; columns left out are empty."""
    return pl.DataFrame(rows, schema=table.inside_schema)
