"""The first screen: every sum on it is a sum of published rows, every step says why, and nothing stands against another
table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from pipeline.rendering.russian import roubles
from pipeline.reports.explain import papers
from pipeline.reports.explain.brief import brief
from pipeline.reports.explain.debts import LIST_OF
from pipeline.reports.explain.explanation import Grid, Saying
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.wording import Names
from tests.reports.explain.test_explanations import account_of
from tests.town.books import LAST

FactsOf = Callable[[str], Facts]
STEPS: Final = "Что решено и почему"


def published(book: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(sorted((book / "published" / f"run_month={LAST}" / table).glob("*.parquet")))


@pytest.fixture(scope="module")
def debtors(town_book: Path) -> list[str]:
    """Everybody whom some table of collection knows."""
    tables = ("debtors", "restriction_list", "court_standing", "instalments", "penalties")
    return sorted({account for table in tables for account in published(town_book, table)["account_id"]})


def grids_of(facts: Facts) -> dict[str, Grid]:
    return {piece.title: piece for piece in brief(facts, Names(facts)) if isinstance(piece, Grid)}


def total(rows: Iterable[dict[str, Any]], column: str) -> str:
    return roubles(sum((row[column] for row in rows), Decimal(0)))


def test_sums_are_those_of_the_tables(debtors: list[str], facts_of: FactsOf) -> None:
    for account in debtors:
        facts = facts_of(account)
        grids = grids_of(facts)
        if facts.of("open_items"):
            owed = grids["Долг по получателям"].total
            notice = [row for row in facts.of("debtors") if row["track_code"] == "notice"]
            assert owed is not None
            assert owed[1:3] == (total(facts.of("open_items"), "outstanding_rub"), total(notice, "total_rub")), account
        if "Пени" in grids:
            told = grids["Пени"].total
            assert told is not None
            assert told[1:4] == (
                total(facts.of("penalties"), "penalty_rub"), total(facts.of("penalties"), "change_rub"),
                total(facts.of("penalty_proposals"), "to_bill_rub"),
            ), account


def test_every_published_step_has_its_line_and_says_why(debtors: list[str], facts_of: FactsOf) -> None:
    tables = ("debtors", "restriction_list", "instalments", "court_standing")
    for account in debtors:
        facts = facts_of(account)
        steps = grids_of(facts).get(STEPS)
        lines = steps.lines if steps else ()
        assert len(lines) == sum(len(facts.of(table)) for table in tables), account
        assert all(line[-1] for line in lines), account


def test_a_step_said_to_be_listed_is_listed(debtors: list[str], facts_of: FactsOf) -> None:
    """As many lines as debts that the lists of the night hold."""
    for account in debtors:
        facts = facts_of(account)
        steps = grids_of(facts).get(STEPS)
        said = sum("в списке этой ночи" in line[-1] and "нет" not in line[-1] for line in steps.lines) if steps else 0
        texted = {episode for name in ("sms_list", "call_list") for row in facts.of(name)
                  for episode in row["episode_ids"]}
        listed = sum(row["episode_id"] in texted for row in facts.of("debtors") if row["track_code"] == "notice")
        assert said == listed + len(facts.of("debt_receipts")) + len(facts.of("court_list")), account


def test_a_debt_that_its_list_leaves_out_is_not_said_to_be_listed(facts_of: FactsOf) -> None:
    facts = facts_of(account_of("court_ready"))
    gone: dict[str, Any] = {table: [] for table in LIST_OF.values()}
    waiting = [{**row, "status_code": "awaiting_registries"} for row in facts.of("debtor_lists")]

    def said(**rows: Any) -> str:
        lines = grids_of(replace(facts, rows={**facts.rows, **rows}))[STEPS].lines
        return " ".join(line[-1] for line in lines)

    assert "судебный приказ — в списке этой ночи" in said()
    assert "судебный приказ — пора, но в списке этой ночи нет" in said(**gone)
    assert "судебный приказ — пора, но список ждёт реестры" in said(**gone, debtor_lists=waiting)


def test_papers_say_when_they_left_and_what_came_back(facts_of: FactsOf) -> None:
    """A receipt of the journal with its delivery, beside acts and events of cases; nothing of a later day."""
    facts = facts_of(account_of("five_months"))
    sent = {"action_id": "a-1", "list_code": "debt_receipts", "stage_code": "debt_receipt", "creditor_id": "power",
            "dispatched_on": date(2026, 6, 1), "claimed_rub": Decimal("5146.12"), "paper_number": "КВ-260601-1-power"}
    back = {"action_id": "a-1", "outcome_code": "delivered", "outcome_on": date(2026, 6, 9)}
    late = {**sent, "action_id": "a-2", "dispatched_on": date(2026, 6, 21)}
    asked = {"action_id": "a-3", "handed_on": date(2026, 6, 16), "handed_to_code": "provider", "creditor_id": "power",
             "asked_code": "restriction", "service_code": "electricity", "court_case_id": None,
             "claimed_rub": Decimal("5146.12"), "paper_number": None, "list_code": "restriction_list"}
    registers = {**facts.registers, "dunning_outcomes": [back]}
    told = replace(facts, handed=[asked], journal=[sent, late], registers=registers)

    lines = papers.lines(told, Names(told))

    assert lines[0][:2] == ("16.06.2026", "поставщику передано: ограничить: Электроснабжение")
    assert lines[1] == ("01.06.2026", "долговая квитанция, список «долговые квитанции»", "АО «Энскэнергосбыт»",
                        roubles(Decimal("5146.12")), "№ КВ-260601-1-power; доставлено 09.06.2026")
    assert [line[0] for line in lines[2:]] == ["25.05.2026", "18.05.2026"]
    assert "предупреждение вручено" in lines[2][1]


def test_a_paper_for_a_court_says_what_its_sum_is(facts_of: FactsOf) -> None:
    facts = facts_of(account_of("five_months"))
    sued = {"action_id": "a-4", "handed_on": date(2026, 6, 19), "handed_to_code": "court", "creditor_id": "power",
            "asked_code": "claim", "service_code": None, "court_case_id": "2-1/2026", "list_code": "claim_list",
            "claimed_rub": Decimal("13528.78"), "paper_number": None}

    line = papers.lines(replace(facts, handed=[sued]), Names(facts))[0]

    assert line[1:] == ("суду передано: подать иск", "АО «Энскэнергосбыт»", roubles(Decimal("13528.78")),
                        "дело 2-1/2026; сумма — основной долг, пени и госпошлина")


def test_who_owes_nothing_has_no_tables(facts_of: FactsOf) -> None:
    facts = facts_of(account_of("exact_online"))

    assert [piece for piece in brief(facts, Names(facts)) if isinstance(piece, Saying)] == []
    assert STEPS not in grids_of(facts)
