"""What an explanation says of months without readings: the ground, the volume, the bill that differs, the lapse."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.reports.explain import meters
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names
from pipeline.rules.registry import RuleBook

MAY = date(2026, 5, 1)
DUE: dict[str, Any] = {
    "service_code": "cold_water", "meter_id": "A", "charge_month": MAY, "meter_status_code": "working",
    "status_since_on": None, "reason_code": "not_submitted", "run_number": 1, "basis_code": "average",
    "volume": Decimal("4.0000000"), "uplift_volume": Decimal(0), "uplift_percent": None, "missing_code": None,
    "article": "ПП РФ № 354, п. 59 «б», 60", "inspection_due_on": None,
}
EXPIRED = {
    "meter_status_code": "verification_expired", "reason_code": "verification_expired", "run_number": 4,
    "status_since_on": date(2026, 1, 16), "basis_code": "norm_uplift", "volume": Decimal("8.66"),
    "uplift_volume": Decimal("17.32"), "uplift_percent": 300, "article": "ПП РФ № 354, п. 59 «а», 60, 81(12)",
}
BILL = {"service_code": "cold_water", "charge_month": MAY, "cause_code": "uplift_not_due"}
ENDING = {"service_code": "cold_water", "meter_id": "A", "verified_until": date(2026, 6, 30), "days_left": 30}


def _told(**rows: dict[str, Any]) -> tuple[list[str], Quoting]:
    registers: Any = {"services": [{"service_code": "cold_water", "name": "Холодная вода"}], "creditors": [],
                      "service_contracts": []}
    nobody: Any = None
    facts = Facts(nobody, "acc", nobody, {name: [row] for name, row in rows.items()}, {}, registers, [])
    quoting = Quoting(RuleBook.read())
    return [piece.text for piece in meters.section(facts, Names(facts), quoting).pieces], quoting  # type: ignore[union-attr]


def test_nothing_to_say_is_said() -> None:
    told, _ = _told()
    assert told == ["У всех счётчиков есть принятые показания за месяц, поверка скоро ни у одного не кончается."]


def test_the_average_names_its_month_and_what_ends_it() -> None:
    told, _ = _told(substitute_volumes=DUE)
    assert told[0] == (
        "Холодная вода, май 2026: показания не переданы, 1\u00a0месяц подряд. Положено по среднему: 4,000."
    )
    assert "принятое показание" in told[1]


def test_the_uplift_stands_apart_with_its_factor() -> None:
    told, quoting = _told(substitute_volumes=DUE | EXPIRED)
    assert told == [
        "Холодная вода, май 2026: поверка истекла с 16.01.2026, 4\u00a0месяца подряд. Положено по нормативу с "
        "повышением: 8,660 и отдельно повышение 17,320 (коэффициент 3,0)."
    ]
    assert {quote.key for quote in quoting.all()} == {
        "metering.average_run_months_max", "substitution.uplift_factor_cold_water"
    }


def test_the_duty_to_inspect_names_its_day() -> None:
    told, _ = _told(substitute_volumes=DUE | {"inspection_due_on": date(2026, 6, 15), "run_number": 6,
                                              "missing_code": "norm_unknown"})
    assert told == [
        "Холодная вода, май 2026: показания не переданы, 6\u00a0месяцев подряд. Объём неизвестен: никто не сообщил "
        "норматив.", "Показаний давно нет: поставщик обязан проверить счётчик до 15.06.2026.",
    ]


@pytest.mark.parametrize(("difference", "words"), [
    (Decimal("1032.62"), "Лишнее: 1\u00a0032,62\u00a0₽"), (Decimal("-218.93"), "Недостающее: 218,93\u00a0₽"),
    (None, "Сумма неизвестна"),
])
def test_a_bill_that_differs_says_by_how_much(difference: Decimal | None, words: str) -> None:
    told, _ = _told(substitute_mismatches=BILL | {"difference_rub": difference})
    assert "повышение, которое не положено" in told[0]
    assert words in told[0]


@pytest.mark.parametrize(("row", "words"), [
    ({"lapse_cost_rub": Decimal("1032.62"), "missing_code": None}, "больше на 1\u00a0032,62\u00a0₽ в месяц"),
    ({"lapse_cost_rub": Decimal("0.00"), "missing_code": None}, "не сделает счёт больше"),
    ({"lapse_cost_rub": None, "missing_code": "norm_unknown"}, "неизвестен норматив"),
    ({"lapse_cost_rub": None, "missing_code": "norm_unknown", "days_left": -1}, "кончилась 30.06.2026"),
])
def test_a_lapse_says_what_it_costs(row: dict[str, Any], words: str) -> None:
    told, _ = _told(verification_calendar=ENDING | row)
    assert words in told[0]
