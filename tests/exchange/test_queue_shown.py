"""The queue on the screen: one line a sale, names instead of codes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.cli.queue import _show
from pipeline.contracts.queue import KINDS
from pipeline.exchange.queue_decisions import open_month
from pipeline.exchange.queue_facts import Called, queue_rows
from pipeline.exchange.queue_shown import lines_of
from pipeline.exchange.queue_workbook import options_of
from pipeline.rendering import queue_words
from pipeline.storage.book import Book
from tests.town.books import raschet_here, succeeded

CALLED = Called({"housing": "Содержание жилого помещения"}, {"rassvet": "ООО «Рассвет»"})


def proposed(queue_id: str, account: str, event: str | None, **more: Any) -> dict[str, Any]:
    return {"queue_id": queue_id, "kind_code": "proposal_to_approve", "account_id": account, "event_id": event,
            "proposal_id": f"{queue_id}-of-a-long-hash", "subject_id": None, "service": "Отопление",
            "creditor": "АО «Тепло»", "reason_codes": ["change_of_owner"], "effect_kop": 100, "rank": 1,
            "deadline_on": date(2026, 6, 26), **more}


def test_proposals_of_one_event_are_one_line() -> None:
    """A sale of four proposals, one of them of capital repair; another event and a doubt about a payment stay alone."""
    rows = [
        proposed("q1", "A2", "sale"), proposed("q2", "A1", "sale"), proposed("q3", "A1", "other"),
        proposed("q4", "A1", "sale", reason_codes=["capital_repair_debt"], effect_kop=50),
        {"queue_id": "q5", "kind_code": "duplicate_payment", "account_id": "A1", "payment_id": "P2",
         "other_payment_id": "P1", "reason_codes": [], "effect_kop": 7, "event_id": None},
        proposed("q6", "A2", "sale"),
    ]
    told = lines_of(rows)

    assert [(line.rows, line.effect_kop) for line in told] == [(4, 350), (1, 100), (1, 7)]
    assert told[0].subject == "A1, A2: перерасчётов 4 по событию sale"
    assert told[0].why == "смена собственника; переход долга по взносам на капремонт"
    assert told[1].subject == "A1: Отопление, АО «Тепло», перерасчёт q3-of-a-long"
    assert told[2].subject == "A1: платёж P2, раньше такой же P1"


def test_lines_and_the_things_in_them_are_counted_apart(capsys: pytest.CaptureFixture[str]) -> None:
    more = {"owner_code": "finance", "is_overdue": False}
    rows = [proposed(f"q{number}", "A1", "sale" if number < 3 else None, **more) for number in range(5)]

    _show(SimpleNamespace(month=BillingMonth(2026, 5)), rows, 2)  # type: ignore[arg-type]

    shown = " ".join(capsys.readouterr().out.split())
    assert "Строк показано: 2 из 3, дел в них: 4 из 5" in shown


def test_the_workbook_offers_for_a_reversal_what_can_be_done_with_one() -> None:
    assert options_of("suspended_reversal") == ("снять со счёта",)
    assert options_of("suspended_payment") == ("зачислить на счёт", "вернуть плательщику")


def test_the_town_is_told_in_names(town_book: Path) -> None:
    rows = queue_rows(open_month(Book.at(town_book)), CALLED)
    house, = (line for line in lines_of(rows) if line.first["kind_code"] == "charges_differ")
    sales = [line for line in lines_of(rows) if "7700075010" in line.subject]

    assert house.subject == "дом h-00007, Содержание жилого помещения"
    assert [line.rows for line in sales] == [20], "both halves of a sale, capital repair too, are one line"


def test_the_command_folds_a_sale_and_lists_the_kinds(town_book: Path) -> None:
    said = " ".join(succeeded(raschet_here(town_book, "queue")).split())
    told = succeeded(raschet_here(town_book, "queue", "--help"))

    assert "перерасчётов 20 по событию" in said
    assert "Перерасчёты одного события стоят одной строкой" in said
    assert "housing" not in said and "Содержание жилого" in said
    assert set(queue_words.kind) == set(KINDS)
    assert [kind for kind in KINDS if kind not in told] == []
