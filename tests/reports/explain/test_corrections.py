"""What an explanation says of a proposal: with which document it comes, and what a person still has to decide."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.rendering import proposal_words
from pipeline.reports.explain import corrections
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import proposal
from pipeline.rules.registry import RuleBook

JANUARY = date(2026, 1, 1)


def row(status: str, billed: str | None = None) -> dict[str, Any]:
    return {
        "status_code": status, "lands_in_month": JANUARY, "difference_rub": Decimal("64.93"),
        "billed_rub": billed and Decimal(billed),
    }


@pytest.mark.parametrize(("status", "ahead", "late"), [
    ("proposed", "войдёт в квитанцию за январь 2026", "вышла без него"),
    ("waits_for_approval", "с его согласия войдёт в квитанцию за январь 2026", "вышла без него"),
])
def test_a_document_that_is_out_brings_nothing_any_more(status: str, ahead: str, late: str) -> None:
    months = ("2025-12", "2026-01", "2026-05")
    said = {month: corrections.landing(row(status), BillingMonth.parse(month)) for month in months}

    assert ahead in said["2025-12"]
    for month in ("2026-01", "2026-05"):
        assert late in said[month]
        assert "войдёт" not in said[month]


@pytest.mark.parametrize("status", ["proposed", "waits_for_approval"])
def test_a_closed_account_is_promised_no_document(status: str) -> None:
    of_account, closed_on = row(status) | {"difference_rub": Decimal("-64.93")}, date(2025, 12, 30)
    said = corrections.landing(of_account, BillingMonth.parse("2026-01"), closed_on)

    assert said.endswith("счёт закрыт 30.12.2025, квитанций больше не будет: выплату или зачёт проводит сотрудник")
    assert "ждёт следующей" not in said
    assert "войдёт в квитанцию" in corrections.landing(of_account, BillingMonth.parse("2025-12"), date(2026, 1, 10))


@pytest.mark.parametrize("status", ["billed", "mismatch", "settled_by_biller", "rejected"])
def test_what_is_over_promises_no_document(status: str) -> None:
    said = corrections.landing(row(status), BillingMonth.parse("2026-01"))

    assert said == f"Предложен для квитанции за январь 2026; сейчас: {proposal(status)}"


def test_a_proposal_beside_another_recalculation_of_the_biller_says_so() -> None:
    said = corrections.fact(row("proposed", "0.00"), Quoting(RuleBook.read()), date(2026, 2, 1))
    assert "другую сумму" in said


def test_a_sum_that_the_biller_made_himself_is_set_beside_ours() -> None:
    quoting, on = Quoting(RuleBook.read()), date(2026, 2, 1)

    other = corrections.fact(row("settled_by_biller", "70.00"), quoting, on)
    assert all(told in other for told in ("70,00", "64,93", "5,07"))
    for agreed in ("64.93", None):
        assert "больше не меняется" in corrections.fact(row("settled_by_biller", agreed), quoting, on)


def test_a_status_has_one_name_whoever_tells_it() -> None:
    assert proposal("settled_by_biller") == proposal_words.proposal("settled_by_biller")


def test_a_half_that_waits_for_the_other_says_so() -> None:
    half = row("waits_for_approval") | {"waiting_reason_code": "other_half"}
    said = corrections.fact(half, Quoting(RuleBook.read()), date(2026, 2, 1))

    assert said == ("Ждёт решения сотрудника, потому что ждёт такая же сумма на счёте другого собственника: решение об "
                    "одной относится к обеим.")
