"""Turnover of a calendar month by creditor and contract, and the money of creditors: opening, flows, closing.

    opening   open items of the billing month whose cycle holds the first day, as it started, and its flows before that
              day (`flows.py` says how each flow is dated)
    closing   opening + billed − withdrawn − paid + reversed + transferred, to the last day or the last day counted
    held      `creditor_funds` as that billing month started, rolled in the same way; sums in it start with the book

Provisional while a billing month that it takes from is open or days of the month have not been counted. The first
calendar month of a book starts with the opening balances, on the day of the first issue. The ledger writes nothing off
as yet; if it did, an identity would break and say so (`identities.py`).

`turnover(book, span)` is what other reports ask; nothing is written here.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.finance import FINANCE_MONEY, FINANCE_TURNOVER, PAID_SOURCES
from pipeline.contracts.table import Table
from pipeline.reports.finance import flows, identities
from pipeline.reports.finance.calendar import LedgerMonth, Span, is_provisional, ledger_months, overlapping
from pipeline.reports.finance.flows import KEY, literal
from pipeline.reports.finance.identities import Broken
from pipeline.reports.finance.parties import Parties, parties
from pipeline.reports.published import PublishedMonth, published_month
from pipeline.storage.book import Book

_RUB: Final = "DECIMAL(18,2)"
_FLOWS: Final = (*flows.BILLING, "reversed", "transferred", *(f"paid_{source}" for source in PAID_SOURCES))
_MONEY_DAYS: Final = {
    "creditor_id": pl.String(), "on_day": pl.Date(), "source_code": pl.String(), "flow": pl.String(),
    "rub": pl.Decimal(18, 2),
}


@dataclass(frozen=True)
class Turnover:
    """A span counted: the two tables, money by day, where received money is, and identities that do not hold."""

    span: Span
    months: tuple[LedgerMonth, ...]
    parties: Parties
    rows: pl.DataFrame
    money: pl.DataFrame
    money_days: pl.DataFrame
    remittances: pl.DataFrame
    received: dict[str, Decimal]
    broken: tuple[Broken, ...]

    @property
    def is_provisional(self) -> bool:
        return is_provisional(list(self.months), self.span)

    @property
    def first_day(self) -> date:
        """First day counted: later than the span's first only where the book was opened within it."""
        return max(self.span.first, self.months[0].since)

    @property
    def last_day(self) -> date:
        """Last day counted."""
        return min(self.span.last, self.months[-1].until)

    @property
    def is_remittance_known(self) -> bool:
        """Remittances are delivered to the book."""
        return not self.money.is_empty() and self.money["remitted_rub"].null_count() == 0

    @property
    def is_balance_known(self) -> bool:
        """Remittances were known in every month since the book was opened, so what the centre holds can be told."""
        return not self.money.is_empty() and self.money["closing_rub"].null_count() == 0


def turnover(book: Book, span: Span) -> Turnover:
    """Count a span (`Span.of(month)` for a calendar month); OutOfRange when no day of it has been counted."""
    months = overlapping(book, span)
    known = parties(book, months[-1].version)
    with published_month(months[0].folder) as month, tempfile.TemporaryDirectory() as folder:
        _lay_registers(month, known, Path(folder))
        flows.lay_own_accounts(month, [one.folder for one in ledger_months(book) if one.month <= months[-1].month])
        flows.lay_flows(month, months, span)
        provisional = is_provisional(months, span)
        rows = _table(month, FINANCE_TURNOVER, _rows_sql(months, span, provisional), Path(folder))
        money = _table(month, FINANCE_MONEY, _money_sql(len(months) - 1, span, provisional), Path(folder))
        days = month.frame(
            f"SELECT creditor_id, on_day, source_code, flow, CAST(sum(rub) AS {_RUB}) FROM money "
            f"WHERE on_day BETWEEN {literal(span.first)} AND {literal(span.last)} GROUP BY ALL ORDER BY ALL",
            _MONEY_DAYS,
        )
        return Turnover(
            span, tuple(months), known, rows, money, days, _remittances(month, months, span),
            _received(month, months, span), tuple(identities.broken(month, months)),
        )


def _lay_registers(month: PublishedMonth, known: Parties, folder: Path) -> None:
    for name, frame in (("sources", known.sources), ("contracts", known.contracts)):
        file = folder / f"{name}.parquet"
        frame.write_parquet(file)
        month.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM read_parquet($file)", {"file": str(file)})


def _table(month: PublishedMonth, table: Table, sql: str, folder: Path) -> pl.DataFrame:
    """A report table in its own types, sorted by key; through a file, since a region has millions of contracts."""
    file = folder / f"{table.name}.parquet"
    month.write(sql, file)
    return pl.read_parquet(file).select(
        pl.col(column.name).cast(column.outside_dtype) for column in table.columns
    ).sort(table.primary_key)


def _rows_sql(months: list[LedgerMonth], span: Span, provisional: bool) -> str:
    flowed = ", ".join(
        f"CAST(coalesce(sum(rub) FILTER (flow = '{flow}'), 0) AS {_RUB}) AS {flow}_rub" for flow in _FLOWS
    )
    paid = " + ".join(f"paid_{source}_rub" for source in PAID_SOURCES)
    first = literal(_calendar_month(span))
    return f"""
        WITH entries AS (
            SELECT {KEY}, 'opening' AS flow, outstanding_rub AS rub, outstanding_rub AS effect_rub
            FROM {flows.schema(0)}_before.open_items
            UNION ALL SELECT {KEY}, 'opening', effect_rub, effect_rub FROM flows WHERE phase < 0
            UNION ALL SELECT {KEY}, flow, rub, effect_rub FROM flows WHERE phase = 0
        ),
        summed AS (
            SELECT {KEY}, CAST(coalesce(sum(rub) FILTER (flow = 'opening'), 0) AS {_RUB}) AS opening_rub, {flowed},
                   CAST(sum(effect_rub) AS {_RUB}) AS closing_rub, count(*) FILTER (flow <> 'opening') AS flowed
            FROM entries GROUP BY {KEY}
        ),
        sent AS (
            {' UNION ALL '.join(_sent(position, one, span) for position, one in enumerate(months))}
        ),
        remitted AS (
            SELECT creditor_id, contract_id, CAST(sum(gross_rub) AS {_RUB}) AS remitted_rub,
                   CAST(sum(commission_rub) AS {_RUB}) AS commission_rub
            FROM sent WHERE contract_id IS NOT NULL GROUP BY ALL
        ),
        told AS (
            SELECT *, row_number() OVER (PARTITION BY creditor_id, contract_id
                                         ORDER BY debt_kind_code IN ('penalty', 'court_cost'), debt_kind_code) AS place
            FROM summed WHERE opening_rub <> 0 OR flowed > 0
        )
        SELECT {first} AS calendar_month, t.*, c.service_code, c.house_id,
               CAST(charged_rub + recalculated_rub - benefit_rub AS {_RUB}) AS billed_rub,
               CAST({paid} AS {_RUB}) AS paid_rub, r.remitted_rub, r.commission_rub,
               {str(provisional).lower()} AS is_provisional
        FROM told AS t
        LEFT JOIN contracts AS c USING (contract_id)
        LEFT JOIN remitted AS r
               ON r.creditor_id = t.creditor_id AND r.contract_id = t.contract_id AND t.place = 1
    """


def _money_sql(last: int, span: Span, provisional: bool) -> str:
    sums = ", ".join(
        f"CAST(coalesce(sum(rub) FILTER (phase = 0 AND flow = '{flow}' AND {where}), 0) AS {_RUB}) AS {name}"
        for name, flow, where in (
            ("collected_rub", "collected", "is_held"), ("reversed_rub", "reversed", "is_held"),
            ("moved_rub", "moved", "is_held"), ("remitted_rub", "remitted", "true"),
            ("commission_rub", "commission", "true"),
        )
    )
    change = ("CASE WHEN flow IN ('collected', 'moved', 'opening') THEN rub WHEN flow IN ('reversed', 'remitted') "
              "THEN -rub ELSE 0 END")
    return f"""
        WITH entries AS (
            SELECT creditor_id, {flows.phase_of('on_day', span)} AS phase, flow, rub,
                   source_code <> 'own_account' AS is_held
            FROM money
            UNION ALL
            SELECT creditor_id, -1, 'opening', closing_rub, true FROM {flows.schema(0)}_before.creditor_funds
        ),
        summed AS (
            SELECT creditor_id, {sums},
                   CAST(coalesce(sum({change}) FILTER (is_held AND phase < 0), 0) AS {_RUB}) AS opening_rub,
                   CAST(coalesce(sum({change}) FILTER (is_held AND phase < 1), 0) AS {_RUB}) AS closing_rub,
                   CAST(coalesce(sum({change}) FILTER (NOT is_held AND phase = 0), 0) AS {_RUB}) AS own_account_rub
            FROM entries WHERE phase < 1 GROUP BY creditor_id
        ),
        known AS (
            SELECT coalesce(bool_or(is_remittance_known), false) AS is_known,
                   coalesce(bool_and(closing_rub IS NOT NULL), false) AS is_balance_known
            FROM {flows.schema(last)}.creditor_funds
        )
        SELECT {literal(_calendar_month(span))} AS calendar_month, creditor_id, collected_rub, reversed_rub, moved_rub,
               own_account_rub, {str(provisional).lower()} AS is_provisional,
               CASE WHEN is_balance_known THEN opening_rub END AS opening_rub,
               CASE WHEN is_known THEN remitted_rub END AS remitted_rub,
               CASE WHEN is_known THEN commission_rub END AS commission_rub,
               CASE WHEN is_known THEN CAST(remitted_rub - commission_rub AS {_RUB}) END AS net_rub,
               CASE WHEN is_balance_known THEN closing_rub END AS closing_rub
        FROM summed, known
    """


def _sent(position: int, one: LedgerMonth, span: Span) -> str:
    day = flows.within(one, "remitted_on")
    return (
        f"SELECT {position} AS position, remittance_id, creditor_id, contract_id, {day} AS on_day, remitted_on, "
        f"counted_until, gross_rub, commission_rub, net_rub, corrects_remittance_id "
        f"FROM {flows.schema(position)}.posted_remittances WHERE {flows.phase_of(day, span)} = 0"
    )


def _remittances(month: PublishedMonth, months: list[LedgerMonth], span: Span) -> pl.DataFrame:
    sent = " UNION ALL ".join(_sent(position, one, span) for position, one in enumerate(months))
    money = pl.Decimal(18, 2)
    return month.frame(
        f"SELECT * EXCLUDE (position) FROM ({sent}) ORDER BY creditor_id, on_day, remittance_id",
        {"remittance_id": pl.String(), "creditor_id": pl.String(), "contract_id": pl.String(), "on_day": pl.Date(),
         "remitted_on": pl.Date(), "counted_until": pl.Date(), "gross_rub": money, "commission_rub": money,
         "net_rub": money, "corrects_remittance_id": pl.String()},
    )


def _received(month: PublishedMonth, months: list[LedgerMonth], span: Span) -> dict[str, Decimal]:
    """Money of the registries received within the span, and where it is at the last day counted."""
    sums = ", ".join(
        f"CAST(coalesce(sum({column}_rub), 0) AS {_RUB}) AS {column}"
        for column in ("received", "allocated", "advance", "suspended", "returned")
    )
    told: list[dict[str, Any]] = month.rows(
        f"SELECT {sums} FROM {flows.schema(len(months) - 1)}.registry_reconciliation "
        f"WHERE received_on BETWEEN {literal(span.first)} AND {literal(span.last)}"
    )
    return dict(told[0])


def _calendar_month(span: Span) -> date:
    return BillingMonth.of(span.first).first_day
