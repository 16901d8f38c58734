"""What an explanation says of the advance discount, wherever a term stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.reports.explain import advance, payments, wording
from pipeline.reports.explain.explanation import Explanation
from pipeline.reports.explain.facts import Facts

_TERM: dict[str, Any] = {
    "event_id": "e", "contract_reference": "Д-1", "percent": Decimal("2.0000000"), "months": 12,
    "from_month": date(2026, 3, 1), "to_month": date(2027, 2, 1), "price_rub": Decimal("14113.20"),
    "paid_rub": Decimal("14113.20"), "missing_rub": None, "pay_until_on": date(2026, 3, 31),
    "first_failed_code": None, "end_reason_code": None, "ended_month": None, "is_clawed_back": False,
}
_ROWS = [
    {"event_id": "e", "status_code": "given", "planned_discount_rub": Decimal("24.00"),
     "discount_rub": Decimal("24.00")},
    {"event_id": "e", "status_code": "planned", "planned_discount_rub": Decimal("24.00"), "discount_rub": None},
    {"event_id": "e", "status_code": "clawed_back", "planned_discount_rub": Decimal("24.00"),
     "discount_rub": Decimal("48.00")},
]
_SHORT = {"paid_rub": Decimal("14113.19"), "missing_rub": Decimal("0.01"), "first_failed_code": "is_paid_ahead"}
_PAID = "Внести надо было 14 113,20 ₽ по 31.03.2026 включительно, внесено"
_TO_PAY = "Внести надо 14 113,20 ₽ по 31.03.2026 включительно, внесено"
_ENDED = {"ended_month": date(2026, 5, 1)}


def test_the_title_names_months_and_contract() -> None:
    assert advance.title(_TERM) == "Скидка за аванс 2 % по договору Д-1, месяцев 12, с 03.2026 по 02.2027"


@pytest.mark.parametrize(("status", "more", "told"), [
    ("planned", {}, f"{_TO_PAY} 14 113,20 ₽. Начнётся с первым месяцем срока."),
    ("planned", _SHORT, f"{_TO_PAY} 14 113,19 ₽. Не хватает 0,01 ₽. Пока внесено не всё."),
    ("planned", {"price_rub": None, "first_failed_code": "is_priced"},
     "Сколько внести, посчитаем по первой квитанции. В квитанциях нет постоянных строк, с которых её снимают."),
    ("awaits_money", _SHORT, f"{_PAID} 14 113,19 ₽. Не хватает 0,01 ₽. Вовремя внесено не всё. "
     "Платежи, сделанные вовремя, ждём ещё один цикл."),
    ("refused", _SHORT, f"{_PAID} 14 113,19 ₽. Не хватает 0,01 ₽. Вовремя внесено не всё."),
    ("running", {}, f"Скидка в квитанциях 24,00 ₽; впереди по плану 24,00 ₽. {_PAID} 14 113,20 ₽."),
    ("finished", {}, "За весь срок: скидка в квитанциях 24,00 ₽."),
    ("ended", _ENDED | {"end_reason_code": "withdrawn", "is_clawed_back": True},
     "Причина: жилец отказался; скидки нет с 05.2026. Данная скидка 48,00 ₽ начисляется обратно, когда согласится "
     "сотрудник."),
    ("ended", _ENDED | {"end_reason_code": "change_of_owner"},
     "Причина: сменился собственник; скидки нет с 05.2026. Скидка в квитанциях 24,00 ₽, она остаётся."),
])
def test_a_term_is_told_as_it_stands(status: str, more: dict[str, Any], told: str) -> None:
    said = advance._told(_TERM | {"status_code": status} | more, _ROWS, Decimal(0))

    assert said.replace("\u00a0", " ") == told


@pytest.mark.parametrize(("status", "price", "left", "told"), [
    ("running", "14113.20", "12913.10", "Эти деньги платят только постоянные строки своих месяцев, остальные строки "
     "квитанции оплачивают как обычно; на следующие месяцы осталось 12 913,10 ₽."),
    ("planned", None, "100.00", ""),
    ("ended", "14113.20", "12913.10", "Остаток 12 913,10 ₽ со следующего месяца — обычный аванс счёта."),
    ("finished", "14113.20", "0.00", ""),
])
def test_what_is_left_of_the_contract_is_told(status: str, price: str | None, left: str, told: str) -> None:
    term = _TERM | {"status_code": status, "price_rub": None if price is None else Decimal(price)}

    assert advance._left(term, Decimal(left)).replace("\u00a0", " ") == told


def test_money_bound_to_fixed_lines_is_told_apart() -> None:
    paid = {"creditor_id": None, "paid_at": datetime(2026, 3, 10, 12), "payment_id": "p"}
    advances = [paid | {"contract_reference": "Д-1", "amount_rub": Decimal("12913.10")},
                paid | {"contract_reference": "Д-2", "amount_rub": Decimal("500.00")},
                paid | {"contract_reference": None, "amount_rub": Decimal("0.90")}]
    facts = _facts({"advances": advances, "advance_terms": [_TERM | {"status_code": "running"}]})
    over = _facts({"advances": advances, "advance_terms": [_TERM | {"status_code": "ended"}]})

    said = [one.text.replace("\u00a0", " ") for one in payments._advances(facts, _facts({}))]  # type: ignore[arg-type]

    assert [row["amount_rub"] for row in advance.bound_money(facts)] == [Decimal("12913.10")]
    assert advance.bound_money(over) == []
    assert [one.rsplit(", ", 1)[1] for one in said] == [
        "других не платит.", "ждёт квитанций месяцев договора.", "ждёт следующей квитанции."]
    assert wording.of_contract_money("Д-1") == ("деньги договора аванса Д-1", "ГК РФ, ст. 319.1")


def _facts(rows: dict[str, Any]) -> Facts:
    return Facts(Path(), "acc", None, rows, {}, {}, [])  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "more", "unbilled", "told"), [
    ("running", {}, "24.00", "Скидка предложена на 24,00 ₽, в квитанциях её ещё нет; впереди"),
    ("running", {}, "10.00", "Скидка предложена на 24,00 ₽, из них ещё не в квитанциях 10,00 ₽; впереди"),
    ("ended", _ENDED | {"end_reason_code": "withdrawn", "is_clawed_back": True}, "48.00",
     "Предложенная скидка 48,00 ₽ в квитанции не вошла: она отменяется, когда согласится сотрудник."),
    ("ended", _ENDED | {"end_reason_code": "withdrawn", "is_clawed_back": True}, "20.00",
     "из неё 28,00 ₽ уже были в квитанциях и начисляются обратно."),
])
def test_a_discount_that_no_bill_carried_was_not_taken_off(
    status: str, more: dict[str, Any], unbilled: str, told: str
) -> None:
    said = advance._told(_TERM | {"status_code": status} | more, _ROWS, Decimal(unbilled))

    assert told in said.replace("\u00a0", " ")


def test_an_end_is_told_after_its_month(explanation_of: Callable[[str], Explanation]) -> None:
    """Withdrawn in March, of a term until July: May tells it still, and that no bill has carried the discount."""
    told = explanation_of("7700079010")
    section, = (section for section in told.sections if section.code == "corrections")
    said = [getattr(piece, "text", "").replace("\u00a0", " ") for piece in section.pieces]

    ended, = (text for text in said if text.startswith("Скидка за аванс 1 %"))
    assert ended.endswith(
        "кончилась раньше срока. Причина: жилец отказался; скидки нет с 03.2026. Предложенная скидка 26,01 ₽ в "
        "квитанции не вошла: она отменяется, когда согласится сотрудник. Решено в расчёте за март 2026."
    )
    assert any("кончилась раньше срока" in getattr(piece, "text", "") for piece in told.brief)
