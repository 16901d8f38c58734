"""Small months for the cases of applications and acts: what one flat was billed, and what somebody applied for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.recalculation_events import ABSENCES, QUALITY_ACTS
from pipeline.contracts.registers import SERVICES
from pipeline.domain.recalculation import absence, quality_acts
from pipeline.domain.recalculation.applied import Applications, Terms, applied
from pipeline.domain.recalculation.fees import BILLED_LINE, EARLIER
from pipeline.domain.recalculation.household import Household
from pipeline.domain.recalculation.quality_union import everywhere
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.recalculation_absence import AbsenceRules
from pipeline.rules.recalculation_quality import QualityRules
from pipeline.rules.registry import RuleBook
from tests.domain.metering.town import BOOK_ID, KOP
from tests.domain.metering.town import scaled as as_scaled

ACCOUNT, HOUSE, FLAT = "A1", "h1", "f1"
PLACES: Final = pl.DataFrame({"place_id": [HOUSE, FLAT], "house_id": [HOUSE, HOUSE]})
RUN: Final = date(2026, 7, 1)
_E7, _E6 = 10**7, 10**6


@cache
def rule_book() -> RuleBook:
    return RuleBook.read()


@cache
def terms(month: date = RUN) -> Terms:
    days = WorkingCalendar.known(rule_book()).working_days()["next_working_day"].unique().sort()
    return Terms(AbsenceRules.in_force(rule_book(), month), QualityRules.in_force(rule_book(), month), days)


def billed(month: str, charged: str = "236.85", **more: Any) -> dict[str, Any]:
    """One line of the flat's bill."""
    on = date.fromisoformat(f"{month}-01")
    benefit, recalculated = (as_scaled(more.pop(name, "0"), KOP) for name in ("benefit", "recalculated"))
    kop = as_scaled(charged, KOP) - benefit + recalculated
    service = more.pop("service", "cold_water")
    volume, tariff = more.pop("volume", None), more.pop("tariff", None)
    return {
        "account_id": ACCOUNT, "contract_id": f"c-{service}", "service_code": service, "zone_code": None,
        "charge_month": on, "document_id": f"d-{month}", "basis_code": "norm", "unit_code": "m3", "batch_id": None,
        "volume_e7": as_scaled(volume or "4.29", _E7), "tariff_e6": as_scaled(tariff or "55.21", _E6),
        "charged_kop": as_scaled(charged, KOP), "benefit_kop": benefit, "payable_kop": kop, **more,
    }


def lines(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = {name: CHARGES.inside_schema[name] for name in BILLED_LINE}
    return pl.DataFrame(list(rows), schema=schema)


def services() -> pl.DataFrame:
    """A book that tells no kinds but one: a service whose code says nothing."""
    told = [{"service_code": code, "class_code": "utility"} for code in
            ("cold_water", "hot_water", "sewage", "electricity", "gas", "heating", "waste")]
    told += [{"service_code": "hot_water_heat", "class_code": "utility"},
             {"service_code": "housing", "class_code": "housing"},
             {"service_code": "s17", "class_code": "utility", "kind_code": "gas"}]
    return pl.DataFrame(told, schema=SERVICES.inside_schema)


def absences(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a case: a week after the return unless it says when they were registered."""
    told = []
    for number, row in enumerate(rows, 1):
        back = row.get("to") or date(2026, 7, 1)
        on = row.get("registered", back + timedelta(days=7))
        told.append({
            "event_id": f"e{number}", "registered_at": _moment(on), "account_id": row.get("account", ACCOUNT),
            "person_id": row.get("person", "p1"), "effective_from": row["from"], "effective_to": row["to"],
            "status_code": row.get("status", "confirmed"), "evidence": row.get("evidence", "билет"),
            "absence_code": row.get("why", "ordinary"), "residents": row.get("residents", 1),
            "no_meter_act": row.get("no_meter_act", "акт 7"),
        })
    return pl.DataFrame(told, schema=ABSENCES.inside_schema)


def acts(rows: list[dict[str, Any]], *, service: str, about: str) -> pl.DataFrame:
    """Rows of a case, `times` on as many days one after another."""
    told: list[dict[str, Any]] = []
    places = {"house": (HOUSE, None), "premises": (None, FLAT), "strange": ("h9", None)}
    for row in rows:
        for time in range(row.get("times", 1)):
            begun = datetime.fromisoformat(str(row["from"])).replace(tzinfo=MOSCOW) + timedelta(days=time)
            over = None if row["hours"] is None else begun + timedelta(hours=row["hours"])
            on = row.get("registered", (over or begun).date())
            house, premises = places[row.get("about", about)]
            told.append({
                "event_id": f"e{len(told) + 1:02d}", "registered_at": _moment(on, 23), "house_id": house,
                "premises_id": premises,
                 "service_code": row.get("service", service), "violation_code": row["violation"],
                "circumstance_code": row.get("circumstance"), "began_at": begun, "ended_at": over,
                "measured_value_e7": as_scaled(row.get("value"), _E7),
                "part_tariff_e6": as_scaled(row.get("part"), _E6),
                "status_code": row.get("status", "confirmed"), "evidence": row.get("evidence", "акт 3"),
            })
    return pl.DataFrame(told, schema=QUALITY_ACTS.inside_schema)


def bills_of(case: dict[str, Any]) -> pl.DataFrame:
    """What a case of bad quality was billed for."""
    told = {name: case[name] for name in ("volume", "tariff") if name in case}
    service = case.get("billed_service", case.get("service", "cold_water"))
    of_flat = {"service": service, "basis_code": case.get("basis", "meter")}
    bills = [
        billed(str(month), fee, **of_flat, **told)
        for month, fee in case.get("bills", {"2026-06": "1000.00"}).items()
    ]
    if "cold_tariff" in case:
        bills.append(billed("2026-06", "46.98", service="cold_water", tariff=case["cold_tariff"]))
    if "heat" in case:
        bills.append(billed("2026-06", case["heat"], service="hot_water_heat", basis_code="meter"))
    return lines(*bills)


def said(case: dict[str, Any]) -> pl.DataFrame:
    """The acts of a case."""
    return acts(case["acts"], service=case.get("service", "cold_water"), about=case.get("about", "house"))


def run_of(case: dict[str, Any]) -> date:
    """The run month of a case."""
    return date(2026, 12, 1) if "registered" in case["acts"][0] else RUN


def _judged(bad: pl.DataFrame, ids: pl.Series, month: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    ruled = terms(month)
    return quality_acts.judged(
        bad, PLACES, services(), ids, rules=ruled.quality, working_days=ruled.working_days
    )


def rerated(
    bills: pl.DataFrame, *, away: pl.DataFrame | None = None, bad: pl.DataFrame | None = None,
    earlier: pl.DataFrame | None = None, new: list[str] | None = None, month: date = RUN,
    household: Household | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Proposals and everything that goes back, of the run of `month`."""
    ruled = terms(month)
    away = ABSENCES.empty_inside() if away is None else away
    bad = QUALITY_ACTS.empty_inside() if bad is None else bad
    sound, back = absence.judged(
        away, household or Household.unknown(), rules=ruled.absence, working_days=ruled.working_days
    )
    ids = pl.concat([away["event_id"], bad["event_id"]]) if new is None else pl.Series(new, dtype=pl.String)
    valid, acts_back = _judged(bad, ids, month)
    if earlier is None:
        earlier = RECALCULATIONS.empty_inside()
    contracts = bills.select("contract_id").unique().with_columns(creditor_id=pl.lit("water"), house_id=pl.lit(HOUSE))
    reaching = everywhere(valid, PLACES)
    where = FLAT if valid["premises_id"].drop_nulls().len() else HOUSE
    concerned = pl.DataFrame({"account_id": [ACCOUNT], "where": [where]})
    told = Applications(
        sound, absence.months_away(sound, ids), reaching, concerned, ids, bills,
        earlier.select(EARLIER), contracts,
    )
    next_month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    new_ones, unanswered = applied(
        told, ruled, book_id=BOOK_ID, month=month, lands_in_month=next_month,
    )
    return new_ones, pl.concat([back, acts_back, unanswered])


def _moment(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=MOSCOW)
