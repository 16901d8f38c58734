"""Houses whose meters correct bills, from the words of a case to the frames of the room."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.house_meters import HOUSE_BALANCES
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import HOUSES, SERVICE_CONTRACTS
from pipeline.domain.recalculation.house_corrections import BALANCE, LINE, Billed, Corrected, cases, corrected
from pipeline.domain.recalculation.house_parts import proposals
from pipeline.domain.recalculation.house_rerated import RERATED, as_lines
from pipeline.rules.house_corrections import HouseCorrectionRules
from tests.case_files import cases as told_cases
from tests.domain.metering.town import E6, E7, KOP, RULES, frame, month_of, scaled

CASES = told_cases("house_corrections.yaml")
COMMON_SERVICES = {"cold_water_common": "cold_water"}
FLATS = {"a1": "50", "a2": "30", "a3": "20"}


def months_of(case: dict[str, Any]) -> list[BillingMonth]:
    run = BillingMonth.parse(str(case.get("run", "2026-05")))
    year = run.year if "heating" in case else 2026
    if "heating" in case or (run.year == 2027 and (case.get("year") or case.get("mode") != "monthly")):
        return list(BillingMonth.range(BillingMonth(year, 1), BillingMonth(year, 12)))
    return [run]


def balances_of(case: dict[str, Any]) -> pl.DataFrame:
    months = months_of(case)
    told = case["months"] * len(months) if len(case["months"]) == 1 else case["months"]
    service = "heating" if "heating" in case else "cold_water"
    was = case.get("was", [None])
    return frame(HOUSE_BALANCES, [
        {"house_id": "H", "service_code": service, "charge_month": month.first_day,
         "house_volume_e7": scaled(pair[0] if pair else None, E7),
         "flats_volume_e7": scaled(pair[1], E7) if pair else 0,
         "outcome_code": "agrees" if pair else "not_counted", "missing_bills": case.get("missing", 0),
         "mode_code": mode}
        for month, pair, mode in zip(months, told, was * len(months) if len(was) == 1 else was, strict=True)
    ])


def earlier_of(case: dict[str, Any]) -> pl.DataFrame:
    """HOUSE_CORRECTIONS of the state."""
    return frame(HOUSE_CORRECTIONS, [
        {"house_id": "H", "service_code": "cold_water_common", "from_month": month_of(month),
         "to_month": month_of(month), "outcome_code": "counted"} for month in case.get("earlier", [])
    ])


def billed_of(case: dict[str, Any]) -> Billed:
    months, rows = months_of(case), []
    for account, rub in case["billed"].items():
        kop = int(Decimal(rub) * KOP)
        tariff = case.get("tariffs", {}).get(account, case.get("tariff", "46.98"))
        first, last = case.get("spans", {}).get(account, (1, len(months)))
        own = months[first - 1:last]
        for number, month in enumerate(own):
            here = kop * (number + 1) // len(own) - kop * number // len(own)
            rows.append({
                "document_id": f"{account}-{month}", "account_id": account, "contract_id": "k",
                "charge_month": month.first_day, "basis_code": case.get("basis", "norm"),
                "volume_e7": here * 10**11 // (int(Decimal(tariff) * E6) or 1), "tariff_e6": scaled(tariff, E6),
                "unit_code": "m3", "charged_kop": here, "recalculated_kop": 0,
            })
    rated = [
        {"proposal_id": f"p-{account}", "account_id": account, "contract_id": "k", "charge_month": months[0].first_day,
         "cause_code": "corrected_norm", "status_code": one["status"], "difference_kop": scaled(one["rub"], KOP),
         "billed_kop": scaled(one.get("billed"), KOP), "volume_difference_e7": 0}
        for account, one in case.get("rated_anew", {}).items()
    ]
    service = "heating" if "heating" in case else "cold_water_common"
    flats, together = case.get("flats", FLATS), case.get("together", [])
    return Billed(
        lines=pl.concat([frame(CHARGES, rows).select(LINE), as_lines(frame(RECALCULATIONS, rated).select(RERATED))]),
        contracts=frame(SERVICE_CONTRACTS, [
            {"contract_id": "k", "house_id": "H", "service_code": service, "creditor_id": "W"}]),
        accounts=pl.DataFrame(
            [{"account_id": account, "premises_id": "both" if account in together else f"f-{account}",
              "area_m2_e7": scaled(area, E7),
              "closed_on": case.get("closed", {}).get(account)} for account, area in flats.items()],
            schema={"account_id": pl.String, "premises_id": pl.String, "area_m2_e7": pl.Int64,
                    "closed_on": pl.Date},
        ),
        houses=frame(HOUSES, [{
            "house_id": "H", "premises_area_m2_e7": scaled(case.get("area", "100"), E7),
            "common_mode_code": case.get("mode"), "heating_mode_code": case.get("heating"),
        }]),
    )


class Told(NamedTuple):
    """What a case comes to: houses, parts, and the proposals of its run."""

    run: BillingMonth
    found: Corrected
    proposals: pl.DataFrame


def told_of(case: dict[str, Any]) -> Told:
    run = BillingMonth.parse(str(case.get("run", "2026-05")))
    rules = HouseCorrectionRules.in_force(RULES, run.first_day)
    billed, balances = billed_of(case), balances_of(case).select(BALANCE)
    asked = cases(
        balances, earlier_of(case), billed.houses, billed.contracts, COMMON_SERVICES, ["heating"], rules=rules,
        month=run,
    )
    found = corrected(asked, balances, billed, rules=rules)
    return Told(run, found, proposals(
        pl.concat([found.parts, found.credits]), billed.contracts, rules=rules, book_id="b", month=run.first_day,
        lands_in_month=run.next.first_day,
    ))
