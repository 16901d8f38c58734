"""What a message leaves out and why; the fees that decide the right to an instalment, and those nobody can compare."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.reports.explain.debts import _left_out
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.instalments import compared
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names
from pipeline.rules.registry import RuleBook

REGISTERS: Any = {
    "services": [{"service_code": "heat", "name": "Отопление"}, {"service_code": "water", "name": "Холодная вода"}],
    "creditors": [{"creditor_id": "c1", "name": "УК"}, {"creditor_id": "c2", "name": "Теплосеть"}],
    "service_contracts": [],
}
MESSAGE = {"claimed_rub": Decimal("900.00"), "episode_ids": ["e1"]}
MAY = date(2026, 5, 1)


class _Version:
    as_of = date(2026, 6, 20)


def facts(**rows: list[dict[str, Any]]) -> Facts:
    nobody: Any = None
    version: Any = _Version()
    return Facts(nobody, "acc", version, rows, {}, REGISTERS, [])


def debtor(creditor: str, episode: str, claimed: str, barred: str, **more: Any) -> dict[str, Any]:
    return {"creditor_id": creditor, "episode_id": episode, "claimed_rub": Decimal(claimed),
            "barred_rub": Decimal(barred), "track_code": "notice", "reason": "просрочено; не беспокоить: спор", **more}


def left_out(*debtors: dict[str, Any]) -> list[str]:
    told = facts(debtors=list(debtors))
    return [saying.text for saying in _left_out(MESSAGE, told, Names(told))]


def test_what_is_out_of_limitation_and_what_is_at_another_step_is_named() -> None:
    said = left_out(debtor("c1", "e1", "1600.00", "700.00"), debtor("c2", "e2", "500.00", "0.00"))

    assert said == [
        "Сообщение просит оплатить 900,00\u00a0₽. Не названы: 700,00\u00a0₽, УК: исковая давность прошла (ГК РФ, ст. "
        "199); 500,00\u00a0₽, Теплосеть: не беспокоить: спор."
    ]


@pytest.mark.parametrize("row", [
    debtor("c1", "e1", "900.00", "0.00"), debtor("c2", "e2", "0.00", "0.00"),
    debtor("c1", "e3", "900.00", "0.00", track_code="court"),
])
def test_a_message_that_names_all_leaves_nothing_out(row: dict[str, Any]) -> None:
    """Covered debts and the court's view of the same debt are nothing left out."""
    assert left_out(row) == []


def test_no_more_is_left_out_than_is_claimed() -> None:
    assert "600,00" in left_out(debtor("c1", "e1", "600.00", "700.00"))[0]


def fee(service: str, outcome: str, month: date = MAY) -> dict[str, Any]:
    return {"creditor_id": "c2", "service_code": service, "billing_month": month, "fee_rub": Decimal("1300.00"),
            "before_rub": Decimal("1000.00"), "outstanding_rub": Decimal("900.00"), "outcome_code": outcome}


def said_of_fees(*rows: dict[str, Any]) -> list[str]:
    told = facts(fees_compared=list(rows))
    return [saying.text for saying in compared(told, Names(told), Quoting(RuleBook.read()))]


def test_a_risen_fee_is_told_with_both_sums() -> None:
    assert said_of_fees(fee("heat", "risen")) == [
        "Отопление, плата за май 2026: 1\u00a0300,00\u00a0₽, год назад 1\u00a0000,00\u00a0₽: выросла больше законной "
        "доли. Теплосеть, открыто 900,00\u00a0₽."
    ]


def test_what_cannot_be_compared_is_said_once_a_reason() -> None:
    said = said_of_fees(
        fee("heat", "nothing_before"), fee("water", "nothing_before", date(2026, 3, 1)), fee("heat", "not_told")
    )

    assert len(said) == 2
    assert "(март 2026 – май 2026; Отопление, Холодная вода): платы за тот же месяц прошлого года" in said[0]
    assert "(май 2026; Отопление): плата за сам месяц пришла из прежней системы" in said[1]
