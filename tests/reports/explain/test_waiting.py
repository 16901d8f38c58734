"""The first screen tells what of the account waits for a person, what of a debt may be asked for, and sums by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.rendering import claim_words, proposal_words
from pipeline.reports.explain import debts
from pipeline.reports.explain.explanation import Explanation
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.waiting import sent_back
from tests.reports.explain.test_explanations import answer

ExplanationOf = Callable[[str], Explanation]
FactsOf = Callable[[str], Facts]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(("account", "said"), [
    ("7700052010", "Квитанция 7700052010-2603-M1 на 10 013,26 ₽ в карантине и не начислена: строки не складываются в "
     "документ. Ждёт решения сотрудника, срок 06.04.2026 уже прошёл."),
    ("7700053010", "Квитанция 7700053010-2604-M1 на 9 203,67 ₽ в карантине и не начислена: отклонена строка "
     "документа."),
    ("7700059010", "Возможно, оплачено дважды: платёж EA-7700059010-260606-S7 на 7 596,93 ₽ повторяет "
     "EA-7700059010-260606-S6"),
    ("7700068010", "(временное отсутствие, с 04.03.2026 по 25.03.2026) возвращено: подтверждающий документ: не "
     "заполнено (нужно: документ об отсутствии"),
    ("7700079010", "Ждёт сотрудника (отдел начислений): перерасчёт ждёт согласия — 2 на 26,01 ₽, срок до 26.06.2026."),
])
def test_what_waits_for_a_person_is_told(account: str, said: str, explanation_of: ExplanationOf) -> None:
    assert said in plain(answer(explanation_of(account)))


def test_nothing_waits_where_nothing_does(explanation_of: ExplanationOf) -> None:
    told = answer(explanation_of("7700031010"))

    assert not any(word in told for word in ("карантин", "дважды", "возвращено", "Ждёт сотрудника"))


@pytest.mark.parametrize(("account", "left"), [("7700033010", "требовать нечего"), ("7700034010", "требовать нечего"),
                                               ("5000000334", "требовать можно остальные 246 377,17 ₽")])
def test_what_is_out_of_limitation_is_told_apart(
    account: str, left: str, explanation_of: ExplanationOf, facts_of: FactsOf
) -> None:
    told, facts = plain(answer(explanation_of(account))), facts_of(account)
    lost = sum((row["outstanding_rub"] for row in facts.of("open_items") if row["is_time_barred"]), Decimal(0))
    message, = facts.of("sms_list")

    assert plain(f"по {claim_words.roubles(lost)} исковая давность истекла (ГК РФ, ст. 199), {left}") in told
    asks = f"на {plain(claim_words.roubles(message['claimed_rub']))}" if message["claimed_rub"] else "без суммы"
    assert f"Дальше: напоминание {asks}" in told, "the headline asks what the message asks"


@pytest.mark.parametrize(("action", "claimed", "barred", "said"), [
    ("reminder", "100.00", "0", " на 100,00 ₽"),
    ("sms", "100.00", "40.00", " на 60,00 ₽ (без 40,00 ₽, по которым исковая давность истекла)"),
    ("call", "100.00", "130.00", " без суммы, по всем 100,00 ₽ исковая давность истекла"),
    ("debt_receipt", "100.00", "40.00", " на 100,00 ₽, по 40,00 ₽ из них исковая давность истекла"),
    ("court_order", "100.00", "0", ", основной долг 100,00 ₽ (пени и госпошлина сверх него)"),
    ("claim", "600000.00", "0", ", основной долг 600 000,00 ₽ (пени и госпошлина сверх него)"),
])
def test_a_step_names_what_it_asks(action: str, claimed: str, barred: str, said: str) -> None:
    row = {"claimed_rub": Decimal(claimed), "barred_rub": Decimal(barred)}

    assert plain(debts.asked(action, [row])) == said


def test_a_claim_is_told_with_its_deadline_and_every_sum_by_its_name(explanation_of: ExplanationOf) -> None:
    """8 404,80 + 1 123,98 = 9 528,78, the price; the duty of 4 000,00 is no part of it (ГПК РФ, ст. 91, 94)."""
    told = explanation_of("7700024010")
    sums = ("основной долг 8 404,80 ₽, пени 1 123,98 ₽, цена иска 9 528,78 ₽; госпошлина отдельно 4 000,00 ₽")

    assert f"Дело 2-79/2026: подать иск с 25.02.2026 до 25.08.2026, пока точно не истекла давность; {sums}." in plain(
        answer(told))
    section, = (section for section in told.sections if section.code == "debts")
    said = [plain(getattr(piece, "text", "")) for piece in section.pieces]
    claim, = (text for text in said if "пора подать иск" in text)
    assert sums in claim
    assert claim.endswith("Ещё 2 556,09 ₽ пеней не заявлены: они могли быть уплачены раньше, по документам этого не "
                          "различить.")


def test_a_duty_that_nobody_knows_is_no_zero() -> None:
    told = claim_words.sums(claim_words.CLAIM_PRICE, Decimal("9000000.00"), Decimal(0), None)

    assert told.endswith("госпошлина не определена: шкалы госпошлины для такой цены в книге правил нет")
    assert claim_words.doubtful(Decimal(0)) == ""


def test_proposals_stand_by_month_and_service(explanation_of: ExplanationOf) -> None:
    """An id is a hash: nothing can be found by it."""
    told = explanation_of("7700075010")
    section, = (section for section in told.sections if section.code == "corrections")
    said = [piece.text for piece in section.pieces if "Причина: " in getattr(piece, "text", "")]
    keys = [(text.partition(", за ")[2].partition(":")[0], text.partition(",")[0]) for text in said]

    assert len(keys) > 5
    assert keys == sorted(keys)


_FAULT: dict[str, Any] = {
    "event_id": "e-1", "kind_code": "absence", "registered_on": date(2026, 6, 8), "from_on": date(2026, 3, 4),
    "to_on": None, "answer_due_on": None, "field_code": "registered_at", "reason_code": "too_late",
    "reason": "День заявления: срок заявления прошёл.",
}


def test_an_application_is_told_field_by_field() -> None:
    unfilled = {"field_code": "account_id", "reason_code": "missing", "reason": "Лицевой счёт: не заполнено.",
                "answer_due_on": date(2026, 6, 16)}

    assert sent_back([_FAULT]) == (
        "Обращение e-1 от 08.06.2026 (временное отсутствие, с 04.03.2026) возвращено: день заявления: срок заявления "
        "прошёл.")
    assert sent_back([_FAULT | unfilled, _FAULT]).endswith(
        "возвращено: лицевой счёт: не заполнено (нужно: заполнить это поле); день заявления: срок заявления прошёл. "
        "Ответить заявителю надо до 16.06.2026.")
    assert proposal_words.to_bring("registered_at", "too_late") == ""
