"""Every case of `cases/absence.yaml` and `cases/quality.yaml`: what is taken off each month, and what goes back."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.money import format_rub
from tests.case_files import cases
from tests.domain.metering.town import KOP, scaled
from tests.domain.recalculation.acts import pass_the_gate
from tests.domain.recalculation.applications import (
    absences,
    acts,
    billed,
    bills_of,
    lines,
    rerated,
    run_of,
    said,
)

ABSENT, BAD = cases("absence.yaml"), cases("quality.yaml")


def _months(proposals: pl.DataFrame) -> dict[str, int]:
    return dict(proposals.group_by(month=pl.col("charge_month").dt.strftime("%Y-%m")).agg(
        pl.col("difference_kop").sum()
    ).rows())


def _promised(case: dict[str, Any], name: str) -> tuple[dict[str, int], set[tuple[str, str, str]]]:
    """Kopecks by month, and what goes back: event, field, reason; `name` numbers the events."""
    returned = {(name.format(one.get("of", 1)), one["field"], one["reason"]) for one in case.get("returned", [])}
    return {str(month): scaled(sum_rub, KOP) for month, sum_rub in case["expect"].items()}, returned


def _told(proposals: pl.DataFrame, back: pl.DataFrame) -> tuple[dict[str, int], set[tuple[str, str, str]]]:
    """The same as the rooms tell it, once both tables have passed the gate."""
    pass_the_gate(proposals, back)
    return _months(proposals), set(back.select("event_id", "field_code", "reason_code").rows())


@pytest.mark.parametrize("case", ABSENT, ids=[case["case"] for case in ABSENT])
def test_absence_takes_off_what_the_case_says(case: dict[str, Any]) -> None:
    told = {name: case[name] for name in ("service", "benefit", "recalculated") if name in case}
    bills = lines(*(billed(month, basis_code=case.get("basis", "norm"), **told) for month in ("2026-06", "2026-07")))

    proposals, back = rerated(bills, away=absences(case["absences"]))

    assert _told(proposals, back) == _promised(case, "e{}")


@pytest.mark.parametrize("case", BAD, ids=[case["case"] for case in BAD])
def test_bad_quality_takes_off_what_the_case_says(case: dict[str, Any]) -> None:
    proposals, back = rerated(bills_of(case), bad=said(case), month=run_of(case))

    assert _told(proposals, back) == _promised(case, "e{:02d}")


def test_formulas_say_the_arithmetic() -> None:
    bills = lines(billed("2026-06"))
    away, _ = rerated(bills, away=absences([{"from": date(2026, 6, 3), "to": date(2026, 6, 20)}]))
    broken = acts([{"violation": "cold_water_break", "from": "2026-06-05 08:00", "hours": 5}], service="cold_water",
                  about="house")
    bad, _ = rerated(bills, bad=broken)

    assert away["formula"].item() == (
        "Временное отсутствие с 03.06.2026 по 20.06.2026, полных дней в месяце 16 из 30, человек в счёте 1: "
        f"{format_rub(23685)} × 16 / 30 / 1 = {format_rub(12632)}."
    )
    assert away["batch_id"].item() == "2026-07:absence:water:h1"
    assert away["answer_due_on"].item() == date(2026, 7, 3)
    # 0.15 % of 236.85 and 5 of 720 hours of it: 0.3553 + 1.6448 = 2.0001
    assert bad["formula"].item() == (
        "Перерыв холодной воды с 05.06.2026 08:00 по 05.06.2026 13:00 (приложение 1, п. 1): всего за месяц 5 ч 0 мин, "
        "допустимо 8 ч в месяц и 4 ч подряд, сверх допустимого 1 ч 0 мин; полных часов 1 × 0,15 % = 0,15 %; не подано "
        f"по нормативу 5 ч 0 мин из 720 ч 0 мин. Сумма: {format_rub(23685)} × 0,15 % + {format_rub(23685)} × 5 ч 0 мин "
        f"/ 720 ч 0 мин = {format_rub(200)}."
    )


def test_what_was_proposed_stays_and_is_not_proposed_again() -> None:
    bills, away = lines(billed("2026-06")), absences([{"from": date(2026, 6, 3), "to": date(2026, 6, 20)}])
    first, _ = rerated(bills, away=away)

    again, back = rerated(bills, away=away, earlier=first)

    assert again.is_empty()
    assert back.is_empty()


def test_two_causes_together_never_exceed_the_fee() -> None:
    bills = lines(billed("2026-06", service="cold_water"))
    away = absences([{"from": date(2026, 5, 20), "to": date(2026, 7, 5)}])
    bad = acts([{"violation": "cold_water_break", "from": "2026-06-01 00:00", "hours": 720}], service="cold_water",
               about="house")
    proposals, _ = rerated(bills, away=away, bad=bad)

    assert proposals["difference_kop"].sum() == -23685
    assert (proposals["charged_again_kop"] >= 0).all()
    apart = proposals["charged_again_kop"] - proposals["reversed_kop"]
    assert apart.to_list() == proposals["difference_kop"].to_list()


def test_months_to_come_are_recalculated_as_they_are_billed() -> None:
    away = absences([{"from": date(2026, 6, 3), "to": date(2026, 8, 20), "registered": date(2026, 6, 1)}])
    june, _ = rerated(lines(billed("2026-06")), away=away, month=date(2026, 6, 1))
    july, back = rerated(
        lines(billed("2026-06"), billed("2026-07")), away=away, earlier=june, new=[], month=date(2026, 7, 1)
    )

    assert june["corrected_months"].to_list() == [["2026-06"]]
    assert july["corrected_months"].to_list() == [["2026-07"]]
    assert back.is_empty()
