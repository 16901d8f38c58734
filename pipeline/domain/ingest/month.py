"""Ingest of one month: rows of every delivery in, each with its fate out.

Order: registers, the account index, events, readings and statements, documents with their lines, money, decisions on
suspended money. Frames come in the inside shape with provenance and the reasons of their contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from pipeline.contracts import billing, events, metering, payments, registers
from pipeline.contracts.table import Table
from pipeline.domain.ingest import suspense
from pipeline.domain.ingest.accounts import extended_index, placed
from pipeline.domain.ingest.decisions import decided
from pipeline.domain.ingest.documents import judged_documents
from pipeline.domain.ingest.fates import ACCEPTED, of, with_reasons
from pipeline.domain.ingest.money_in import KnownMoney, MoneyIn, judged_money
from pipeline.domain.ingest.plain import judged_rows, with_account_of_meter
from pipeline.domain.ingest.row_rules import Known, register_rules

Rows = Mapping[str, pl.DataFrame]
_EVENTS_OF_ACCOUNTS = (events.HOLDS, events.COURT_CASES, events.ADVANCE_CONTRACTS)


@dataclass(frozen=True)
class Before:
    """What closed months know: the account index, accounts of earlier snapshots of the register, accepted rows of
    feeds whose ids came again, documents of the months that are billed now, money."""

    index: pl.DataFrame
    accounts_seen: pl.DataFrame
    rows: Rows
    money: KnownMoney


@dataclass(frozen=True)
class Ingested:
    """Judged rows by table, the account index, and what follows from them."""

    settled: Rows
    index: pl.DataFrame
    earlier_documents: pl.DataFrame
    money: MoneyIn
    suspended: pl.DataFrame
    identified: pl.DataFrame

    def accepted(self, table: Table) -> pl.DataFrame:
        """Accepted rows of a table."""
        return of(self.settled[table.name], ACCEPTED)


@dataclass(frozen=True)
class _Ground:
    """What every row is judged by."""

    arrived: Rows
    before: Before
    index: pl.DataFrame
    decisions: pl.DataFrame
    known: Known

    def judged(self, table: Table, rows: pl.DataFrame | None = None) -> pl.DataFrame:
        """Rows of a table with the account they mean, persons' decisions and the reasons of the registers."""
        rows = self.arrived[table.name] if rows is None else rows
        if "account_id" in rows.columns:
            rows = placed(rows, self.index)
        rows = decided(rows, table.name, self.decisions)
        return with_reasons(rows, register_rules(table.name, self.known))


def ingested(arrived: Rows, before: Before) -> Ingested:
    """Judge everything that arrived: a frame for every table that can land."""
    settled = {table.name: judged_rows(arrived[table.name], table) for table in registers.REGISTERS}
    decisions = judged_rows(arrived["quarantine_decisions"], events.QUARANTINE_DECISIONS)
    settled |= {"quarantine_decisions": decisions}
    known_now = {name: of(rows, ACCEPTED) for name, rows in settled.items()}
    seen = pl.concat([before.accounts_seen, known_now["accounts"].select("account_id", "received_at")])
    ground = _Ground(arrived, before, extended_index(before.index, seen), of(decisions, ACCEPTED), _ids(known_now))
    for table in _EVENTS_OF_ACCOUNTS:
        settled[table.name] = judged_rows(ground.judged(table), table)
    settled["approvals"] = judged_rows(ground.judged(events.APPROVALS), events.APPROVALS)
    cases = of(settled["court_cases"], ACCEPTED)["court_case_id"]
    ground = replace(ground, known=replace(ground.known, court_cases=cases))
    settled |= _plain_feeds(ground, known_now["meters"])
    documents, charges, earlier = _documents(ground, known_now["services"])
    money = judged_money(ground.judged(payments.PAYMENTS), ground.judged(payments.PAYMENT_REVERSALS),
                         ground.judged(payments.REGISTRIES), known=before.money)
    suspended = suspense.suspended(money.payments, money.reversals, ground.index)
    told, identified = suspense.identified(
        ground.judged(payments.PAYMENT_IDENTIFICATIONS), pl.concat([money.undone.waiting, suspended]),
        known=before.rows["payment_identifications"],
    )
    settled |= {
        "billing_documents": documents, "charges": charges, "payments": money.payments,
        "payment_reversals": money.reversals, "registries": money.registries, "payment_identifications": told,
    }
    return Ingested(settled, ground.index, earlier, money, suspended, identified)


def _ids(known: Rows) -> Known:
    """Ids of the registers as of the cut; court cases follow with the events."""
    contracts = known["service_contracts"]
    paid_to = contracts.join(known["creditors"], on="creditor_id", how="semi")
    return Known(
        services=known["services"]["service_code"], contracts=contracts["contract_id"],
        creditors=known["creditors"]["creditor_id"], contracts_of_known_creditors=paid_to["contract_id"],
        channels=known["channels"]["channel_code"], meters=known["meters"]["meter_id"],
        court_cases=pl.Series("court_case_id", [], dtype=pl.String()),
    )


def _plain_feeds(ground: _Ground, meters: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Readings, on the account of their meter, the bank's statement and money passed on."""
    readings = with_account_of_meter(ground.arrived["meter_readings"], meters)
    tables = (
        (metering.METER_READINGS, readings), (payments.BANK_STATEMENTS, None), (payments.REMITTANCES, None),
    )
    return {
        table.name: judged_rows(ground.judged(table, rows), table, ground.before.rows[table.name])
        for table, rows in tables
    }


def _documents(ground: _Ground, services: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Documents, lines, and the documents of closed months, placed."""
    earlier = placed(ground.before.rows["billing_documents"], ground.index)
    documents, charges = judged_documents(
        ground.judged(billing.BILLING_DOCUMENTS), ground.judged(billing.CHARGES), services=services,
        known_documents=earlier, known_charges=ground.before.rows["charges"],
    )
    return documents, charges, earlier
