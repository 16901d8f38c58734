"""Cases of months without readings as frames: meters, their memory, acts, norms, an account."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import SERVICE_NORMS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import UNBILLED_VOLUMES
from pipeline.contracts.registers import ACCOUNTS, CONSUMPTION_NORMS, HOUSES, PREMISES, REGISTRATIONS, RIGHTS
from pipeline.domain.metering.billed_otherwise import Bills
from pipeline.domain.metering.norms import NormSources
from pipeline.domain.metering.substitution import Known
from pipeline.rules.substitution import SubstitutionRules
from tests.domain.metering.town import E6, E7, RULES, Town, charge_row, document_rows, frame, moment, month_of, scaled

MAY = date(2026, 5, 1)
LAST_ON = date(2026, 4, 25)
TARIFF = "46.98"


def meters_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The meters of a case, each with what the case says of all."""
    given = case.get("meters", [case.get("meter", {})])
    return [{"last_on": case.get("last_on", LAST_ON)} | one for one in given]


def town_of(case: dict[str, Any]) -> Town:
    """One account's meters of the case's service with their memory before the month."""
    meters = meters_of(case)
    town = Town.of(meters, last="100.000", last_on=LAST_ON)
    service = pl.lit(case.get("service", "cold_water")).alias("service_code")
    commissioned = {one.get("meter", "A"): one["commissioned"] for one in meters if "commissioned" in one}
    day = pl.col("meter_id").replace_strict(commissioned, default=None, return_dtype=pl.Date)
    town.meters = town.meters.with_columns(service, commissioned_on=day)
    town.memory = town.memory.with_columns(service)
    return town


def acts_of(case: dict[str, Any]) -> pl.DataFrame:
    return frame(METER_ACTS, [
        {"event_id": f"act-{number}", "registered_at": moment(f"{one['from']} 12:00"), "account_id": "acc",
         "meter_id": one.get("meter", "A"), "act_code": one["act"], "effective_from": one["from"],
         "verified_until": one.get("until"), "value_e7": scaled(one.get("value"), E7), "evidence": "акт"}
        for number, one in enumerate(case.get("acts", []))
    ])


def norms_of(case: dict[str, Any], tariff: str | None = TARIFF) -> pl.DataFrame:
    """The norm of the case; none where it says null."""
    norm = case.get("norm", "8.660")
    told = [] if norm is None else [{
        "event_id": "norm", "registered_at": moment("2015-01-12 12:00"), "account_id": "acc",
        "service_code": case.get("service", "cold_water"), "valid_from": date(2015, 1, 1),
        "norm_volume_e7": scaled(norm, E7), "tariff_e6": scaled(tariff, E6),
    }]
    return frame(SERVICE_NORMS, told)


def known_of(case: dict[str, Any], town: Town, memory: pl.DataFrame, consumption: pl.DataFrame) -> Known:
    account = {"account_id": "acc", "premises_id": "f", "closed_on": case.get("closed")}
    sources = NormSources(
        norms_of(case), CONSUMPTION_NORMS.empty_inside(), REGISTRATIONS.empty_inside(), RIGHTS.empty_inside(),
        frame(PREMISES, [{"premises_id": "f", "use_code": case.get("use")}]), HOUSES.empty_inside(),
        frame(ACCOUNTS, [account]), has_registrations=False,
    )
    return Known(town.meters, memory, consumption, acts_of(case), sources)


def lines_of(case: dict[str, Any], month: date) -> list[dict[str, Any]]:
    """The billed lines of a case as the town writes them."""
    defaults = {"document": "d1", "month": str(BillingMonth.of(month)), "tariff": TARIFF}
    return [defaults | {name: str(value) if name == "month" else value for name, value in line.items()}
            for line in case.get("billed", [])]


def bills_of(case: dict[str, Any], town: Town, month: date) -> Bills:
    lines = lines_of(case, month)
    charges = frame(CHARGES, [charge_row(number, line) for number, line in enumerate(lines, start=1)])
    told = [] if "told" not in case else [{
        "account_id": "acc", "contract_id": "k1", "service_code": "cold_water", "meter_id": "B",
        "charge_month": month, "volume_e7": scaled(case["told"], E7), "reading_id": "r", "read_on": month,
    }]
    return Bills(charges, frame(BILLING_DOCUMENTS, document_rows(lines)), town.meters, frame(UNBILLED_VOLUMES, told))


def rules_on(month: date) -> SubstitutionRules:
    return SubstitutionRules.in_force(RULES, month)


def month_given(case: dict[str, Any]) -> date:
    return month_of(case["month"]) if "month" in case else MAY
