"""Ingest of one month: rows of every delivery in, each with its fate out.

Order: small registers and events, which every row is judged by; then what belongs to accounts (registers of accounts,
readings, documents with their lines), for all accounts at once or for a part of them; money; decisions on suspended
money. Frames come in the inside shape with provenance and the reasons of their contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from pipeline.contracts import billing, events, metering, payments, recalculation_events, registers
from pipeline.contracts.debt_decisions import DEBT_DECISIONS
from pipeline.contracts.house_meters import HOUSE_METER_READINGS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.contracts.table import Table
from pipeline.domain.ingest import suspense
from pipeline.domain.ingest.accounts import WRITTEN, extended_index, spellings, with_known_account
from pipeline.domain.ingest.decisions import decided
from pipeline.domain.ingest.documents import judged_documents
from pipeline.domain.ingest.fates import ACCEPTED, SUSPENDED, of, with_reasons
from pipeline.domain.ingest.money_in import KnownMoney, MoneyIn, judged_money
from pipeline.domain.ingest.ordinary import COUNTED, Ordinary
from pipeline.domain.ingest.plain import judged_rows, with_account_of_meter
from pipeline.domain.ingest.row_rules import Known, register_rules

Rows = Mapping[str, pl.DataFrame]

#: What grows with the accounts of a book and is judged part by part.
OF_ACCOUNTS: Final = (
    registers.ACCOUNTS, registers.PREMISES, registers.RIGHTS, registers.REGISTRATIONS, registers.PERSONS,
    registers.CONTACTS, registers.METERS,
)
FEEDS_OF_ACCOUNTS: Final = (billing.BILLING_DOCUMENTS, billing.CHARGES, metering.METER_READINGS)
_EVENTS_OF_ACCOUNTS: Final = (
    events.HOLDS, events.COURT_CASES, events.ADVANCE_CONTRACTS, events.RESTRICTION_ACTS, events.SERVICE_NORMS,
    events.INSTALMENT_AGREEMENTS, events.MANDATES, events.MANDATE_ACCOUNTS,
    *recalculation_events.EVENTS,
    METER_ACTS,
)
PLAIN: Final = (payments.BANK_STATEMENTS, payments.REMITTANCES, HOUSE_METER_READINGS)


@dataclass(frozen=True)
class Before:
    """What closed months know: the account index, accounts of earlier snapshots of the register, accepted rows of
    feeds whose ids came again, documents of the months that are billed now, money."""

    index: pl.DataFrame
    accounts_seen: pl.DataFrame
    rows: Rows
    money: KnownMoney


@dataclass(frozen=True)
class Ground:
    """What every row is judged by: persons' decisions, ids of the registers, services, and what written account ids
    mean (`accounts.spellings` of all that are judged)."""

    decisions: pl.DataFrame
    known: Known
    services: pl.DataFrame
    spellings: pl.DataFrame

    def judged(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of a table with the account they mean, persons' decisions and the reasons of the registers."""
        if "account_id" in rows.columns:
            rows = with_known_account(rows, self.spellings)
        rows = decided(rows, table.name, self.decisions)
        return with_reasons(rows, register_rules(table.name, self.known))


@dataclass(frozen=True)
class Ingested:
    """Judged rows by table, and what follows from those of money."""

    settled: Rows
    money: Money


@dataclass(frozen=True)
class Money:
    """Judged money of the cycle, what is suspended of it, and decisions on suspended money."""

    rows: MoneyIn
    suspended: pl.DataFrame
    decisions: pl.DataFrame
    identified: pl.DataFrame

    @property
    def settled(self) -> Rows:
        """Judged rows by table."""
        return {
            "payments": self.rows.payments, "payment_reversals": self.rows.reversals,
            "registries": self.rows.registries, "payment_identifications": self.decisions,
        }


def ingested(arrived: Rows, before: Before) -> Ingested:
    """Judge everything that arrived, all accounts at once: a frame for every table that can land."""
    accounts = of(judged_rows(arrived["accounts"], registers.ACCOUNTS), ACCEPTED)
    seen = pl.concat([before.accounts_seen, accounts.select("account_id", "received_at")])
    index = extended_index(before.index, seen)
    written = written_ids([*arrived.values(), *before.rows.values()])
    settled, ground = judged_ground(arrived, spellings(written, index))
    settled |= judged_plain(ground, arrived, before.rows)
    of_accounts, _ = judged_of_accounts(ground, arrived, before.rows)
    money = judged_money_in(ground, arrived, before, index)
    return Ingested({**settled, **of_accounts, **money.settled}, money)


def judged_ground(arrived: Rows, meant: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], Ground]:
    """Small registers and events with their fates, and what all others are judged by."""
    small = [table for table in registers.REGISTERS if table not in OF_ACCOUNTS]
    settled = {table.name: judged_rows(arrived[table.name], table) for table in small}
    settled["quarantine_decisions"] = judged_rows(arrived["quarantine_decisions"], events.QUARANTINE_DECISIONS)
    ground = ground_of({name: of(rows, ACCEPTED) for name, rows in settled.items()}, meant)
    for table in (*_EVENTS_OF_ACCOUNTS, events.APPROVALS, events.DUNNING_OUTCOMES, DEBT_DECISIONS, PERSON_STATUSES):
        settled[table.name] = judged_rows(ground.judged(table, arrived[table.name]), table)
    cases = of(settled["court_cases"], ACCEPTED)["court_case_id"]
    known_cases = replace(ground, known=replace(ground.known, court_cases=cases))
    happened = known_cases.judged(events.COURT_EVENTS, arrived["court_events"])
    settled["court_events"] = judged_rows(happened, events.COURT_EVENTS)
    return settled, known_cases


def ground_of(accepted: Rows, meant: pl.DataFrame) -> Ground:
    """The ground from accepted small registers and events; court cases where they are given."""
    contracts, nothing = accepted["service_contracts"], pl.Series([], dtype=pl.String())
    unpaid = contracts.join(accepted["creditors"], on="creditor_id", how="anti")
    known = Known(
        services=accepted["services"]["service_code"], contracts=contracts["contract_id"],
        creditors=accepted["creditors"]["creditor_id"], contracts_of_unknown_creditors=unpaid["contract_id"],
        channels=accepted["channels"]["channel_code"], meters=nothing, houses=accepted["houses"]["house_id"],
        court_cases=accepted["court_cases"]["court_case_id"] if "court_cases" in accepted else nothing,
    )
    return Ground(accepted["quarantine_decisions"], known, accepted["services"], meant)


def judged_plain(ground: Ground, arrived: Rows, known: Rows) -> dict[str, pl.DataFrame]:
    """The bank's statement, money passed on and readings of houses."""
    return {
        table.name: judged_rows(ground.judged(table, arrived[table.name]), table, known[table.name])
        for table in PLAIN
    }


def judged_of_accounts(
    ground: Ground, arrived: Rows, known: Rows
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Registers of accounts, readings on the account of their meter, documents and lines; and the documents of closed
    months, placed. Rows that share an id come together, with all documents and lines of their accounts."""
    settled = {table.name: judged_rows(arrived[table.name], table) for table in OF_ACCOUNTS}
    meters = of(settled["meters"], ACCEPTED)
    ground = replace(ground, known=replace(ground.known, meters=meters["meter_id"]))
    readings = with_account_of_meter(arrived["meter_readings"], meters)
    settled["meter_readings"] = judged_rows(
        ground.judged(metering.METER_READINGS, readings), metering.METER_READINGS, known["meter_readings"]
    )
    earlier = with_known_account(known["billing_documents"], ground.spellings)
    settled["billing_documents"], settled["charges"] = judged_documents(
        ground.judged(billing.BILLING_DOCUMENTS, arrived["billing_documents"]),
        ground.judged(billing.CHARGES, arrived["charges"]), services=ground.services,
        known_documents=earlier, known_charges=known["charges"],
    )
    return settled, earlier


def judged_money_in(
    ground: Ground, arrived: Rows, before: Before, index: pl.DataFrame, *, ordinary: Ordinary | None = None
) -> Money:
    """Payments (but for `ordinary` ones, judged apart), reversals, registries, decisions on suspended money."""
    money = judged_money(
        ground.judged(payments.PAYMENTS, arrived["payments"]),
        ground.judged(payments.PAYMENT_REVERSALS, arrived["payment_reversals"]),
        ground.judged(payments.REGISTRIES, arrived["registries"]), known=before.money,
        apart=ordinary.by_registry if ordinary else COUNTED.clear(),
    )
    paid = of(money.payments, SUSPENDED)
    if ordinary:
        paid = pl.concat([paid.select(ordinary.suspended.columns), ordinary.suspended])
    suspended = suspense.suspended(paid, money.reversals, index)
    decisions, identified = suspense.identified(
        ground.judged(payments.PAYMENT_IDENTIFICATIONS, arrived["payment_identifications"]),
        pl.concat([money.undone.waiting, suspended]), known=before.rows["payment_identifications"],
    )
    return Money(money, suspended, decisions, identified)


def written_ids(frames: Iterable[pl.DataFrame]) -> pl.Series:
    """Account ids that the frames name."""
    named = [rows["account_id"].rename(WRITTEN) for rows in frames if "account_id" in rows.columns]
    return pl.concat([pl.Series(WRITTEN, [], dtype=pl.String()), *named])
