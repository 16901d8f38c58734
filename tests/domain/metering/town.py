"""A small town of meters for tests: cases in words become inside frames, and a month is run as the assets run it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import METER_MEMORY, METER_READINGS, UNBILLED_VOLUMES, UNCONFIRMED_CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.contracts.registers import CYCLES, METERS, SERVICE_CONTRACTS
from pipeline.contracts.table import Table
from pipeline.domain.metering.cycle import Arrivals, Before, Metered, metered
from pipeline.domain.recalculation.cycle import Inputs, recalculated
from pipeline.domain.recalculation.standing import standing
from pipeline.domain.recalculation.true_up_beside import RATED_ANEW
from pipeline.rules.metering import MeteringRules
from pipeline.rules.recalculation import RecalculationRules
from pipeline.rules.recalculation_limits import LimitRules
from pipeline.rules.registry import RuleBook

BOOK_ID = "test-book"
RULES = RuleBook.read()
E7, E6, KOP = 10**7, 10**6, 100


def scaled(value: str | None, scale: int) -> int | None:
    return None if value is None else int(Decimal(value) * scale)


def frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as an inside frame of a table; what a row leaves out is null."""
    return table.empty_inside() if not rows else pl.DataFrame(
        [{name: row.get(name) for name in table.inside_names} for row in rows], schema=table.inside_schema
    )


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


def meter_row(given: dict[str, Any]) -> dict[str, Any]:
    meter = given.get("meter", "A")
    return {
        "meter_id": meter, "service_point_id": given.get("point", f"p-{meter}"),
        "account_id": given.get("account", "acc"), "premises_id": "f", "contract_id": "k1",
        "digits": given.get("digits", 5),
        "service_code": given.get("service", "cold_water"),
        "installed_on": given.get("installed", date(2020, 1, 10)), "verified_until": given.get("verified_until"),
        "removed_on": given.get("removed"), "initial_value_e7": scaled(given.get("initial", "0.000"), E7),
    }


def memory_row(given: dict[str, Any], last: str, last_on: date) -> dict[str, Any] | None:
    meter = given.get("meter", "A")
    last = given.get("last", last)
    if last is None:
        return None
    read_on = given.get("last_on", last_on)
    estimated = given.get("estimated", {})
    return {
        "account_id": given.get("account", "acc"), "service_point_id": given.get("point", f"p-{meter}"),
        "meter_id": meter,
        "contract_id": "k1", "service_code": given.get("service", "cold_water"), "zone_code": given.get("zone"),
        "last_value_e7": scaled(last, E7), "last_read_on": read_on, "last_actual_month": read_on.replace(day=1),
        "estimated_volume_e7": scaled(estimated.get("volume", "0"), E7),
        "estimated_months": len(estimated.get("months", [])),
        "estimated_charged_kop": scaled(estimated.get("charged", "0"), KOP),
        "estimated_tariff_e6": scaled(estimated.get("tariff"), E6),
        "norm_volume_e7": 0, "norm_months": 0, "norm_charged_kop": 0,
        "estimated_charge_months": estimated.get("months", []),
        "actual_months": given.get("months", 6), "actual_volume_e7": scaled(given.get("total", "24.000"), E7),
        "unchanged_months": given.get("unchanged", 0),
    }


def reading_row(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "reading_id": given["id"], "meter_id": given.get("meter", "A"), "zone_code": given.get("zone"),
        "read_on": given["read_on"], "submitted_at": moment(given.get("submitted", f"{given['read_on']} 12:00")),
        "value_e7": scaled(given["value"], E7), "source_code": given.get("source", "resident_app"),
    }


def check_row(given: dict[str, Any]) -> dict[str, Any]:
    """An act: an inspector has seen the register."""
    return {
        "event_id": given["id"], "registered_at": moment(f"{given['day']} 12:00"), "account_id": "acc",
        "meter_id": given.get("meter", "A"), "act_code": "inspected", "effective_from": given["day"],
        "value_e7": scaled(given["value"], E7), "evidence": "акт",
    }


def charge_row(number: int, given: dict[str, Any]) -> dict[str, Any]:
    charged = scaled(given.get("charged", "0"), KOP)
    recalculated_kop = scaled(given.get("recalculated", "0"), KOP)
    return {
        "document_id": given["document"], "line_number": number, "account_id": given.get("account", "acc"),
        "contract_id": "k1",
        "service_code": given.get("service", "cold_water"), "zone_code": given.get("zone"),
        "charge_month": BillingMonth.parse(given["month"]).first_day, "basis_code": given.get("basis", "average"),
        "volume_e7": scaled(given.get("volume"), E7), "unit_code": "m3",
        "tariff_e6": scaled(given.get("tariff", "49.19"), E6), "charged_kop": charged,
        "recalculated_kop": recalculated_kop, "benefit_kop": 0, "payable_kop": charged + recalculated_kop,
        "batch_id": given.get("batch"),
    }


def document_rows(billed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"document_id": line["document"], "account_id": line.get("account", "acc"),
         "supersedes_document_id": line.get("supersedes")}
        for line in billed
    ]


def month_of(written: Any) -> date:
    return BillingMonth.parse(str(written)).first_day


CONTRACTS = frame(SERVICE_CONTRACTS, [{"contract_id": "k1", "creditor_id": "c1"}])


@dataclass
class Town:
    """The state of one account's meters, moved on month by month."""

    meters: pl.DataFrame
    memory: pl.DataFrame
    rule_book: RuleBook = RULES
    unconfirmed: pl.DataFrame = field(default_factory=UNCONFIRMED_CHARGES.empty_inside)
    unbilled: pl.DataFrame = field(default_factory=UNBILLED_VOLUMES.empty_inside)
    proposals: pl.DataFrame = field(default_factory=RECALCULATIONS.empty_inside)
    approvals: pl.DataFrame = field(default_factory=APPROVALS.empty_inside)
    acts: pl.DataFrame = field(default_factory=METER_ACTS.empty_inside)
    returned: pl.DataFrame = field(default_factory=RETURNED_APPLICATIONS.empty_inside)

    @classmethod
    def of(cls, given: list[dict[str, Any]], last: str, last_on: date) -> Town:
        """Meters as a case gives them; a meter with zones is one meter."""
        meters = {given_meter.get("meter", "A"): meter_row(given_meter) for given_meter in given}
        remembered = [row for one in given if (row := memory_row(one, last, last_on)) is not None]
        return cls(frame(METERS, list(meters.values())), frame(METER_MEMORY, remembered))

    def decide(self, *decisions: dict[str, Any]) -> None:
        """Decisions of persons, known from now on."""
        self.approvals = pl.concat([self.approvals, frame(APPROVALS, list(decisions))])

    def run(
        self, month: date, *, billed: list[dict[str, Any]] = [], readings: list[dict[str, Any]] = [],  # noqa: B006
        checks: list[dict[str, Any]] = [],  # noqa: B006
        windows: dict[str, date] = {},  # noqa: B006
        rated_anew: list[dict[str, Any]] = [],  # noqa: B006
    ) -> tuple[Metered, pl.DataFrame]:
        charges = frame(CHARGES, [charge_row(number, line) for number, line in enumerate(billed, start=1)])
        documents = frame(BILLING_DOCUMENTS, document_rows(billed))
        cycles = frame(CYCLES, [
            {"billing_month": month_of(name), "readings_counted_until": until} for name, until in windows.items()
        ])
        result = metered(
            Arrivals(
                frame(METER_READINGS, [reading_row(one) for one in readings]), charges, documents, self.meters, cycles,
                frame(METER_ACTS, [check_row(one) for one in checks]), self.acts,
            ),
            Before(self.memory, self.unconfirmed, self.unbilled),
            rules=MeteringRules.in_force(self.rule_book, month), month=month,
        )
        issued = frame(CYCLES, [{"billing_month": month, "issue_on": month}])
        told = recalculated(
            Inputs(
                result.unconfirmed, result.consumption, CONTRACTS,
                standing(self.proposals, charges, documents, result.unconfirmed, approvals=self.approvals,
                         cycles=issued), self.approvals, issued,
                rated_anew=frame(RECALCULATIONS, rated_anew).select(RATED_ANEW),
            ),
            rules=RecalculationRules.in_force(self.rule_book, month),
            limits=LimitRules.in_force(self.rule_book, month), book_id=BOOK_ID, month=month,
            lands_in_month=BillingMonth.of(month).next.first_day,
        )
        self.memory, self.unconfirmed, self.unbilled = result.memory, result.unconfirmed, result.unbilled
        self.proposals, self.returned = told.proposals, told.returned
        return result, told.proposals
