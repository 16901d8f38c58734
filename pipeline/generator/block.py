"""One block of accounts from its traits to its deliveries: opening, registers, documents, money, readings.

What the story accounts of a scene do joins the first block: the scene's frames have the crowd's shapes and travel in
the same files.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipeline.contracts import billing, metering, opening, payments
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.events import SERVICE_NORMS
from pipeline.contracts.house_meters import HOUSE_METER_READINGS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.table import Table
from pipeline.generator import meters, norms, printed
from pipeline.generator import opening as at_start
from pipeline.generator.accounts import account_registers
from pipeline.generator.documents import documents_of
from pipeline.generator.events import events_of
from pipeline.generator.gathering import laid_by
from pipeline.generator.houses import house_readings
from pipeline.generator.lines import lines_of
from pipeline.generator.papers import directories
from pipeline.generator.payments import crowd_payments, owed_at_start
from pipeline.generator.plan import Made, Plan
from pipeline.generator.played import Played
from pipeline.generator.registries import summed, with_registry
from pipeline.generator.remittances import collected, shares
from pipeline.generator.sales import with_sales
from pipeline.generator.slips.bills import slipped as slipped_bills
from pipeline.generator.slips.charges import slipped as slipped_charges
from pipeline.generator.slips.money import IS_COPY
from pipeline.generator.slips.money import slipped as slipped_money
from pipeline.generator.slips.readings import slipped as slipped_readings
from pipeline.generator.timetable import Cycle
from pipeline.generator.town import common_registers, house_registers, houses
from pipeline.generator.truths import Truths


@dataclass
class Block:
    """One block while it is made; `rows` counts what was delivered, by table; `asked` is what its creditors ask,
    `billed` the lines of each month of a town."""

    plan: Plan
    name: str
    accounts: pl.DataFrame
    meters: pl.DataFrame
    played: Played
    rows: Counter[str] = field(default_factory=Counter)
    asked: list[pl.DataFrame] = field(default_factory=list)
    billed: list[pl.DataFrame] = field(default_factory=list)
    truths: Truths = field(init=False)

    def __post_init__(self) -> None:
        self.truths = Truths(self.plan, self.accounts)

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
            self._deliver_what_happened(n, cycle)
            paid, owed = crowd_payments(
                self.accounts, issued, owed, self.plan.draws, n, len(self.plan.cycles), cycle,
                split=self.plan.population.split,
            )
            money = slipped_money(paid, self.plan.slips, n, self.played.reversals.clear())
            self.truths.paid(money)
            flows += [printed.billed(issued), printed.paid(paid)]
            made.append(money.paid)
            reversals.append(money.reversals)
        if self.plan.population.is_region:
            self.truths.write(self.name)
        return self._with_money(pl.concat(made, how="diagonal"), pl.concat(reversals))

    def _deliver(self, table: Table, on: date, frame: pl.DataFrame, name: str | None = None) -> None:
        self.plan.landing.deliver(table, on, frame, name or self.name)
        self.rows[table.name] += frame.height

    def _deliver_by_day(self, table: Table, day: str, frame: pl.DataFrame) -> None:
        days = frame[day].unique().sort()
        for on in days:
            rows = frame if len(days) == 1 else frame.filter(pl.col(day) == on)
            if on <= self.plan.last_day:
                self._deliver(table, on, rows)

    def _deliver_opening(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        first, draws = self.plan.cycles[0].month, self.plan.draws
        debts = at_start.old_debts(self.accounts, first, self.plan.population)
        ahead = at_start.old_advances(self.accounts, draws, first)
        self.truths.opened(debts, ahead)
        items, advances = pl.concat([debts, self.played.items]), pl.concat([ahead, self.played.advances])
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
        if self.plan.population.is_region:
            crowd = with_sales(crowd, self.accounts, self.plan.draws, self.plan.cycles)
        crowd["meters"] = meters.meter_register(self.meters)
        for name, frame in crowd.items():
            self._deliver(TABLES[name], self.plan.registered_on, pl.concat([frame, self.played.registers[name]]))
        self._deliver_directories(crowd)
        for (on, name), frame in self.played.later_registers.items():
            if on <= self.plan.last_day:
                self._deliver(TABLES[name], on, pl.concat([crowd[name], frame]))

    def _deliver_directories(self, crowd: dict[str, pl.DataFrame]) -> None:
        """What papers need, for a town; it has one block."""
        mix = self.plan.population
        if mix.is_region:
            return
        every = {name: pl.concat([crowd[name], self.played.registers[name]]) for name in ("premises", "persons")}
        built = house_registers(houses(1, self.plan.settlement.house_count, mix))["houses"]
        paid = common_registers(self.plan.cycles, mix)["creditors"]
        told = directories(every["premises"], every["persons"], built, paid)
        for name, frame in told.items():
            self._deliver(TABLES[name], self.plan.registered_on, frame)

    def _deliver_events(self) -> None:
        told = dict(self.played.events)
        key = norms.TOLD_ON, SERVICE_NORMS.name
        if not self.plan.population.is_region and self.plan.registered_on <= norms.TOLD_ON <= self.plan.last_day:
            told[key] = pl.concat([norms.service_norms(self.accounts), *([told[key]] if key in told else [])])
        if self.plan.population.is_region:
            told[self.plan.registered_on, METER_ACTS.name] = meters.failed_meters(self.meters, self.plan.registered_on)
        for (on, name), frame in told.items():
            self._deliver(TABLES[name], on, frame)
        for extra in self.played.extra_files:
            self._deliver(TABLES[extra.table], extra.received_on, extra.frame, extra.name)

    def _deliver_bills(self, n: int, cycle: Cycle, flows: list[pl.DataFrame]) -> pl.DataFrame:
        charged = slipped_charges(lines_of(self.accounts, self.meters, n, cycle), self.plan.slips, n, cycle)
        issued = documents_of(charged.lines, cycle)
        bills = slipped_bills(issued, charged.lines, self.plan.slips, n)
        self.truths.charged(charged.answers, bills)
        self.truths.billed(n, issued, bills)
        in_month = pl.col("billing_month") == cycle.month.first_day
        every = pl.concat([bills.documents, self.played.documents.filter(in_month)])
        dated = printed.with_printed_balances(every, flows, cycle)
        self._deliver_by_day(billing.BILLING_DOCUMENTS, "issued_on", dated)
        played = self.played.charges.join(dated.select("document_id", "issued_on"), on="document_id")
        charges = pl.concat([bills.lines.with_columns(issued_on=pl.lit(cycle.issue_on)), played])
        self._deliver_by_day(billing.CHARGES, "issued_on", charges)
        self.asked.append(shares(dated, charges, n))
        self._deliver_houses(charges, cycle)
        return issued

    def _deliver_houses(self, charges: pl.DataFrame, cycle: Cycle) -> None:
        """Readings of houses of a town: all flats of a house lie in its one block."""
        if self.plan.population.is_region:
            return
        self.billed.append(charges.select("contract_id", "charged_kop", "volume_e7"))
        built = {house.number: house.house_id for house in houses(1, self.plan.settlement.house_count,
                                                                    self.plan.population)}
        self._deliver_by_day(HOUSE_METER_READINGS, "read_on", house_readings(self.billed, cycle, built))

    def _deliver_readings(self, n: int, cycle: Cycle) -> None:
        read = slipped_readings(meters.readings_of(self.meters, self.plan.draws, n, cycle), self.plan.slips, n)
        self.truths.read(read.answers)
        told = self.played.readings.filter(pl.col("month_number") == n).drop("month_number")
        self._deliver_by_day(metering.METER_READINGS, "delivered_on", pl.concat([read.readings, told]))

    def _deliver_what_happened(self, n: int, cycle: Cycle) -> None:
        """Applications and acts of a region's crowd."""
        if not self.plan.population.is_region:
            return
        for table, on, rows in events_of(self.accounts, self.meters, self.plan.draws, n, cycle):
            if on <= self.plan.last_day:
                self._deliver(table, on, rows, f"{self.name}-events")

    def _with_money(self, made: pl.DataFrame, reversals: pl.DataFrame) -> Made:
        arrived, undone = (
            self._late(with_registry(rows.filter(pl.col("received_on") <= self.plan.last_day)))
            for rows in (made, reversals)
        )
        laid_by(self.plan.landing, self.name, arrived, undone, by_provider=self.plan.population.is_region)
        self.rows[payments.PAYMENTS.name] += arrived.height
        self.rows[payments.PAYMENT_REVERSALS.name] += undone.height
        once = arrived.filter(~pl.col(IS_COPY).fill_null(False))
        return Made(self.rows, summed(once, undone), collected(once, undone, pl.concat(self.asked)), self.truths.sums)

    def _late(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of late registries come when these do."""
        for (provider, usual), late in self.plan.late_registries.items():
            is_late = (pl.col("provider_code") == provider) & (pl.col("received_on") == usual)
            rows = rows.with_columns(received_on=pl.when(is_late).then(late).otherwise("received_on"))
        return rows
