"""One block of accounts from its traits to its deliveries: opening, registers, documents, money, readings.

What the story accounts of a scene do joins the first block: the scene's frames have the crowd's shapes and travel in
the same files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import polars as pl

from pipeline.contracts import billing, metering, opening, payments
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.table import Table
from pipeline.generator import meters, printed, slips
from pipeline.generator import opening as at_start
from pipeline.generator.accounts import Settlement, account_registers
from pipeline.generator.documents import documents_of, lines_of
from pipeline.generator.draws import Draws
from pipeline.generator.gathering import laid_by
from pipeline.generator.landing import Landing
from pipeline.generator.payments import crowd_payments, owed_at_start
from pipeline.generator.played import Played
from pipeline.generator.population import Population
from pipeline.generator.registries import summed, with_registry
from pipeline.generator.remittances import collected, shares
from pipeline.generator.timetable import Cycle

MISTYPED: Final = "mistyped_accounts"
REVERSED: Final = "reversed_payments"
MISREAD: Final = "readings_that_go_back_or_jump"
MISADDED: Final = "documents_that_do_not_add_up"
SLIPS: Final = (MISTYPED, REVERSED, MISREAD, MISADDED)


@dataclass(frozen=True)
class Plan:
    """What all blocks of a book share."""

    landing: Landing
    settlement: Settlement
    crowd: int
    cycles: list[Cycle]
    late_registries: Mapping[tuple[str, date], date] = field(default_factory=dict)
    snapshots: tuple[tuple[date, str], ...] = ()

    @property
    def draws(self) -> Draws:
        return self.settlement.draws

    @property
    def population(self) -> Population:
        return self.settlement.population

    @property
    def opened_on(self) -> date:
        """Day of the opening feeds: the last one before the first documents."""
        return self.cycles[0].issue_on - timedelta(days=1)

    @property
    def registered_on(self) -> date:
        """Day of the first snapshot of every register."""
        return self.cycles[0].month.first_day

    @property
    def last_day(self) -> date:
        """What arrives later has not arrived."""
        return self.cycles[-1].next_issue_on - timedelta(days=1)

    @property
    def blocks(self) -> dict[str, tuple[int, int]]:
        """Files of a block bear its name: a district of a region."""
        word, start = ("district", 1) if self.population.is_region else ("block", 0)
        width = 3 if self.population.is_region else 4
        return {
            f"{word}-{number:0{width}d}": block
            for number, block in enumerate(self.settlement.blocks(self.crowd), start=start)
        }


@dataclass(frozen=True)
class Made:
    """What a block has delivered, by table, and what the whole book needs of it: sums of its registries, what came in
    for its creditors (`remittances.py`)."""

    rows: Counter[str]
    sums: pl.DataFrame
    collected: pl.DataFrame


@dataclass
class Block:
    """One block while it is made; `rows` counts what was delivered, by table; `asked` is what its creditors ask."""

    plan: Plan
    name: str
    accounts: pl.DataFrame
    meters: pl.DataFrame
    played: Played
    rows: Counter[str] = field(default_factory=Counter)
    asked: list[pl.DataFrame] = field(default_factory=list)

    def make(self) -> Made:
        """Deliver everything that belongs to these accounts; their money is laid by for the registries."""
        items, advances = self._deliver_opening()
        self._deliver_registers()
        self._deliver_events()
        flows = [
            printed.owed(items), printed.advanced(advances), printed.billed(self.played.documents),
            printed.paid(self.played.payments), printed.paid(self.played.payments_elsewhere),
            printed.undone(self.played.reversals),
        ]
        owed = owed_at_start(self.accounts, advances)
        made, reversals = [self.played.payments], [self.played.reversals]
        for n, cycle in enumerate(self.plan.cycles):
            issued = self._deliver_bills(n, cycle, flows)
            self._deliver_readings(n, cycle)
            paid, owed = crowd_payments(
                self.accounts, issued, owed, self.plan.draws, n, len(self.plan.cycles), cycle,
                split=self.plan.population.split,
            )
            if share := self.plan.population.defects:
                typed = slips.mistyped(paid, self.plan.draws, n, share)
                self.rows[MISTYPED] += _changed(paid, typed, "account_id")
                paid = typed
                reversals.append(slips.reversed_of(paid, self.plan.draws, n, share))
                self.rows[REVERSED] += reversals[-1].height
            flows += [printed.billed(issued), printed.paid(paid)]
            made.append(paid)
        return self._with_money(pl.concat(made), pl.concat(reversals))

    def _deliver(self, table: Table, on: date, frame: pl.DataFrame, name: str | None = None) -> None:
        self.plan.landing.deliver(table, on, frame, name or self.name)
        self.rows[table.name] += frame.height

    def _deliver_by_day(self, table: Table, day: str, frame: pl.DataFrame) -> None:
        for (on,), rows in sorted(frame.partition_by(day, as_dict=True).items()):
            if on <= self.plan.last_day:
                self._deliver(table, on, rows)

    def _deliver_opening(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        first, draws = self.plan.cycles[0].month, self.plan.draws
        items = pl.concat([at_start.old_debts(self.accounts, draws, first, self.plan.population), self.played.items])
        advances = pl.concat([at_start.old_advances(self.accounts, draws, first), self.played.advances])
        dunning = pl.concat([at_start.old_dunning(self.accounts, items, first), self.played.dunning])
        opened = pl.concat([self.accounts.select("account_id"), self.played.registers["accounts"].select("account_id")])
        memory = meters.opening_meters(pl.concat([self.meters, self.played.meters]), first).join(
            opened, on="account_id", how="semi", maintain_order="left"
        )
        for table, frame in (
            (opening.OPENING_ITEMS, items), (opening.OPENING_ADVANCES, advances),
            (opening.OPENING_DUNNING, dunning), (metering.OPENING_METERS, memory),
        ):
            self._deliver(table, self.plan.opened_on, frame)
        return items, advances

    def _deliver_registers(self) -> None:
        crowd = account_registers(self.accounts, self.plan.draws)
        crowd["meters"] = meters.meter_register(self.meters)
        for name, frame in crowd.items():
            self._deliver(TABLES[name], self.plan.registered_on, pl.concat([frame, self.played.registers[name]]))
        for (on, name), frame in self.played.later_registers.items():
            if on <= self.plan.last_day:
                self._deliver(TABLES[name], on, pl.concat([crowd[name], frame]))

    def _deliver_events(self) -> None:
        for (on, name), frame in self.played.events.items():
            self._deliver(TABLES[name], on, frame)
        for extra in self.played.extra_files:
            self._deliver(TABLES[extra.table], extra.received_on, extra.frame, extra.name)

    def _deliver_bills(self, n: int, cycle: Cycle, flows: list[pl.DataFrame]) -> pl.DataFrame:
        lines = lines_of(self.accounts, self.meters, n, cycle)
        issued = documents_of(lines, cycle)
        if share := self.plan.population.defects:
            added = slips.misadded(issued, self.plan.draws, cycle, share)
            self.rows[MISADDED] += _changed(issued, added, "charged_kop")
            issued = added
        in_month = pl.col("billing_month") == cycle.month.first_day
        every = pl.concat([issued, self.played.documents.filter(in_month)])
        dated = printed.with_printed_balances(every, flows, cycle)
        self._deliver_by_day(billing.BILLING_DOCUMENTS, "issued_on", dated)
        charges = pl.concat([lines, self.played.charges]).join(
            dated.select("document_id", "issued_on"), on="document_id"
        )
        self._deliver_by_day(billing.CHARGES, "issued_on", charges)
        self.asked.append(shares(dated, charges))
        return issued

    def _deliver_readings(self, n: int, cycle: Cycle) -> None:
        readings = meters.readings_of(self.meters, self.plan.draws, n, cycle)
        if share := self.plan.population.defects:
            read = slips.misread(readings, self.plan.draws, n, share)
            self.rows[MISREAD] += _changed(readings, read, "value_e7")
            readings = read
        told = self.played.readings.filter(pl.col("month_number") == n).drop("month_number")
        self._deliver_by_day(metering.METER_READINGS, "delivered_on", pl.concat([readings, told]))

    def _with_money(self, made: pl.DataFrame, reversals: pl.DataFrame) -> Made:
        arrived = with_registry(made.filter(pl.col("received_on") <= self.plan.last_day))
        for (provider, usual), late in self.plan.late_registries.items():
            is_late = (pl.col("provider_code") == provider) & (pl.col("received_on") == usual)
            arrived = arrived.with_columns(received_on=pl.when(is_late).then(late).otherwise("received_on"))
        undone = with_registry(reversals.filter(pl.col("received_on") <= self.plan.last_day))
        laid_by(self.plan.landing, self.name, arrived, undone)
        self.rows[payments.PAYMENTS.name] += arrived.height
        self.rows[payments.PAYMENT_REVERSALS.name] += undone.height
        return Made(self.rows, summed(arrived, undone), collected(arrived, undone, pl.concat(self.asked)))


def _changed(before: pl.DataFrame, after: pl.DataFrame, column: str) -> int:
    return int((before[column] != after[column]).sum())
