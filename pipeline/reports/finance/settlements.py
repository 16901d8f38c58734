"""Settlements of the centre with one creditor over a span: entries of the reconciliation act, days of the statement.

Books of the centre: it owes the creditor what it has collected (credit) until it passes it on (debit). Aggregated by
day, so a creditor of a region fits on a few pages. Not here: how the papers look (`papers.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl

from pipeline.contracts.ledger import MONEY_SOURCES
from pipeline.rendering.russian import day
from pipeline.reports.finance.turnover import Turnover

NOTHING: Final = Decimal("0.00")
OWN_ACCOUNT: Final = "own_account"


@dataclass(frozen=True)
class Entry:
    """One line of the act."""

    on: date
    text: str
    debit: Decimal
    credit: Decimal


@dataclass
class Day:
    """One day of the statement; `held` is the balance at its end, missing where it is not known."""

    on: date
    sources: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    reversed: Decimal = NOTHING
    moved: Decimal = NOTHING
    remitted: Decimal = NOTHING
    commission: Decimal = NOTHING
    held: Decimal | None = None

    @property
    def collected(self) -> Decimal:
        return sum(self.sources.values(), NOTHING)


@dataclass(frozen=True)
class Settlement:
    """One creditor over the span."""

    creditor_id: str
    creditor: dict[str, str]
    money: dict[str, Any]
    days: tuple[Day, ...]
    remittances: pl.DataFrame

    @property
    def is_known(self) -> bool:
        """Remittances are delivered to the book."""
        return self.money["remitted_rub"] is not None

    @property
    def sources(self) -> list[str]:
        """Sources that brought anything, in their order."""
        return [source for source in MONEY_SOURCES if any(one.sources.get(source) for one in self.days)]

    def entries(self) -> list[Entry]:
        """The act's lines in order of days."""
        sent = dict(self.remittances.partition_by("on_day", as_dict=True, maintain_order=True).items())
        return [entry for one in self.days for entry in _entries(one, sent.get((one.on,)))]


def settlements(told: Turnover) -> Iterator[Settlement]:
    """One settlement for every creditor that is owed or paid anything, by id."""
    for money in told.money.sort("creditor_id").to_dicts():
        creditor_id = money["creditor_id"]
        mine = pl.col("creditor_id") == creditor_id
        sent = told.remittances.filter(mine)
        yield Settlement(
            creditor_id, told.parties.creditor(creditor_id), money,
            tuple(_days(told.money_days.filter(mine), set(sent["on_day"]), money["opening_rub"])), sent,
        )


def _days(rows: pl.DataFrame, sent_on: set[date], opening: Decimal | None) -> Iterator[Day]:
    held, by_day = opening, rows.partition_by("on_day", as_dict=True)
    for on in sorted(sent_on | set(rows["on_day"])):
        one = Day(on)
        flows = by_day.get((on,), rows.clear())
        for source, flow, rub in flows.select("source_code", "flow", "rub").rows():
            if source == OWN_ACCOUNT:
                continue
            if flow == "collected":
                one.sources[source] += rub
            else:
                setattr(one, flow, getattr(one, flow) + rub)
        if held is not None:
            held += one.collected - one.reversed + one.moved - one.remitted
        one.held = held
        if on in sent_on or one.collected or one.reversed or one.moved:
            yield one


def _entries(one: Day, sent: pl.DataFrame | None) -> Iterator[Entry]:
    advance = one.sources.get("advance", NOTHING)
    yield from _credit(one.on, "Собрано по реестрам платежей", one.collected - advance)
    yield from _credit(one.on, "Зачтены авансы, полученные ранее", advance)
    yield from _credit(one.on, "Перенесено по новым версиям документов", one.moved)
    yield from _credit(one.on, "Возвращено плательщикам (сторно)", -one.reversed)
    for row in sent.to_dicts() if sent is not None else []:
        of = f" в исправление {row['corrects_remittance_id']}" if row["corrects_remittance_id"] else ""
        yield from _credit(
            one.on, f"Перечислено, № {row['remittance_id']}{of}, за деньги по {day(row['counted_until'])}",
            -row["net_rub"],
        )
        yield from _credit(one.on, f"Удержано вознаграждение, № {row['remittance_id']}", -row["commission_rub"])


def _credit(on: date, text: str, amount: Decimal) -> Iterator[Entry]:
    """A sum in the creditor's favour is credit, one against it debit."""
    if amount:
        yield Entry(on, text, max(-amount, NOTHING), max(amount, NOTHING))
