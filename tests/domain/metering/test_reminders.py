"""Every case of `cases/reading_reminders.yaml`; whom of the silent a night writes to, and what they read."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.billing import CHARGES
from pipeline.contracts.gate import gate
from pipeline.contracts.registers import CYCLES
from pipeline.contracts.reminders import READING_REMINDERS
from pipeline.domain.metering.reminders import (
    Reach,
    Window,
    is_asked,
    is_tonight,
    reading_reminders,
    silent_meters,
    window,
)
from pipeline.rules.metering import MeteringRules
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.lapses import known_of, norms_of, rules_on, town_of
from tests.domain.metering.town import KOP, RULES, charge_row, frame, month_of, scaled

CASES = cases("reading_reminders.yaml")
NIGHT = date(2026, 5, 18)
NOBODY = pl.Series("person_id", [], dtype=pl.String)
PEOPLE = {"account_id": pl.String, "person_id": pl.String, "may_remind": pl.Boolean}


def _listed(case: dict[str, Any], reach: Reach | None = None) -> pl.DataFrame:
    night = case.get("night", NIGHT)
    # documents of the month before are out while readings of this one are taken
    month = date(night.year, night.month - 1, 1)
    given = {**case, "meters": [case.get("meter", {})]}
    town = town_of(given)
    windows = [{"billing_month": month_of(one), "readings_counted_until": day}
               for one, day in case.get("cycles", {}).items()]
    metering = MeteringRules.in_force(RULES, month)
    asked, rules = window(frame(CYCLES, windows), rules=metering, as_of=night), rules_on(month)
    if not is_asked(asked, rules=rules, as_of=night):
        return READING_REMINDERS.empty_inside()
    known = known_of(given, town, town.memory, town.run(month)[0].consumption)
    told = norms_of(given).with_columns(tariff_e6=pl.lit(None, pl.Int64))
    known = known._replace(norms=known.norms._replace(told=told))
    tariff = case.get("tariff", "46.98")
    line = charge_row(1, {"document": "d", "month": f"{month:%Y-%m}", "basis": "area", "tariff": tariff or "1"})
    billed = [] if tariff is None else [line | {"service_code": case.get("service", "cold_water")}]
    silent = silent_meters(known, frame(CHARGES, billed), asked, rules=rules, month=month, as_of=night)
    found = reading_reminders(silent, reach or _of_one(), rules=rules)
    gate(to_outside(found, READING_REMINDERS), READING_REMINDERS)
    return found


def _of_one(*, may_remind: bool = True, held: pl.Series = NOBODY, contacted: pl.Series = NOBODY) -> Reach:
    people = pl.DataFrame([{"account_id": "acc", "person_id": "p", "may_remind": may_remind}], schema=PEOPLE)
    return Reach(people, held, contacted)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_who_is_silent_and_what_it_costs(case: dict[str, Any]) -> None:
    found = _listed(case)

    shown = [
        {"read_by": row["read_by_on"], "left": row["days_left"], "within": row["within_days"],
         "silent": row["silent_months"], "norm_from": row["norm_from_month"], "cost": row["norm_cost_kop"]}
        | ({"missing": row["missing_code"]} if row["missing_code"] else {})
        for row in found.iter_rows(named=True)
    ]
    expected = case["expect"]
    assert shown == ([] if expected is None else [expected | {"cost": scaled(expected["cost"], KOP)}])


@pytest.mark.parametrize(("night", "reach", "person", "why"), [
    (date(2026, 5, 18), _of_one(), "p", None),
    (date(2026, 5, 19), _of_one(), None, "not_tonight"),
    (date(2026, 5, 22), _of_one(), "p", None),
    (date(2026, 5, 24), _of_one(), "p", None),
    (date(2026, 5, 25), _of_one(), None, "not_tonight"),
    (date(2026, 5, 18), Reach(pl.DataFrame(schema=PEOPLE), NOBODY, NOBODY), None, "no_addressee"),
    (date(2026, 5, 18), _of_one(may_remind=False), None, "no_consent"),
    (date(2026, 5, 18), _of_one(held=pl.Series("person_id", ["p"])), None, "held"),
    (date(2026, 5, 18), _of_one(contacted=pl.Series("person_id", ["p"])), None, "contacted_tonight"),
    (date(2026, 5, 18), _of_one(contacted=pl.Series("person_id", ["q"])), "p", None),
], ids=["a week before", "the day after", "three days before", "the day before", "the last day", "no adult holder",
        "no consent", "a hold", "another message tonight", "a message to somebody else"])
def test_whom_a_night_writes_to(night: date, reach: Reach, person: str | None, why: str | None) -> None:
    row = _listed({"night": night}, reach).row(0, named=True)

    assert (row["person_id"], row["unwritten_code"]) == (person, why)


@pytest.mark.parametrize(("case", "told"), [
    ({}, "по среднему, а с 01.08.2026 — по нормативу: это дороже вашего обычного расхода на 218,93\u00a0₽ в месяц."),
    ({"last_on": date(2026, 1, 25)},
     "по нормативу: это дороже вашего обычного расхода на 218,93\u00a0₽ в месяц."),
    ({"meter": {"total": "72.000"}}, "по среднему, а с 01.08.2026 — по нормативу."),
    ({"norm": None}, "по среднему, а с 01.08.2026 — по нормативу."),
    ({"use": "non_residential"}, "расчётный объём."),
], ids=["average first", "norm at once", "no threat where it is cheaper", "no sum where it is not known", "a shop"])
def test_the_resident_reads_what_follows(case: dict[str, Any], told: str) -> None:
    text = _listed(case)["reminder"][0]

    assert text == f"Передайте показание счётчика за май 2026 до 25.05.2026 включительно. Иначе начислят {told}"


@pytest.mark.parametrize("day", range(17, 26))
def test_three_nights_of_a_window_write(day: int) -> None:
    asked, night = Window(date(2026, 5, 1), date(2026, 5, 25)), date(2026, 5, day)

    assert is_tonight(asked, rules=rules_on(asked.month), as_of=night) == (day in (18, 22, 24))
