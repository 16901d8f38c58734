"""What an explanation says: the same figures as the published rows, in words, for everybody who tells a story."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import Stage
from pipeline.rendering.russian import roubles
from pipeline.reports.explain import corrections, debts, documents
from pipeline.reports.explain.assembling import as_page, trial_of
from pipeline.reports.explain.explanation import Explanation, Grid, Row, Saying
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names
from pipeline.rules.registry import RuleBook
from tests.case_files import told
from tests.town.books import SAMPLE, RanBook
from tests.town.searched import found_in_text
from tests.town.test_personal_data import secrets_of

FactsOf = Callable[[str], Facts]
ExplanationOf = Callable[[str], Explanation]
STORIES: Final[dict[str, Any]] = told(SAMPLE / "answers.yaml")["stories"]
ACCOUNTS: Final = sorted({account for story in STORIES.values() for account in story["accounts"].values()})
#: A table's reference names it: that is the address of a row, not a word of the answer.
TABLES: Final = {table.name for table in tables_of(Stage.PUBLISHED)}
CODE: Final = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def account_of(story: str, whose: str = "main") -> str:
    return str(STORIES[story]["accounts"][whose])


def texts(told: Explanation) -> Iterator[str]:
    """Everything that is read aloud: sentences and cells, but for the references."""
    for piece in pieces(told):
        if isinstance(piece, Saying):
            yield piece.text
        else:
            yield from cells(piece)


def cells(grid: Grid) -> Iterator[str]:
    last = len(grid.heads) - (1 if grid.heads[-1] == "Строка" else 0)
    yield grid.title
    for line in grid.lines:
        yield from line[:last]


def answer(told: Explanation) -> str:
    return " ".join(saying.text for saying in told.answer)


def total(facts: Facts, table: str, column: str) -> Decimal:
    return sum((row[column] for row in facts.of(table)), Decimal(0))


@pytest.mark.parametrize("account_id", ACCOUNTS)
def test_everybody_is_explained_in_words_with_the_published_figures(
    account_id: str, explanation_of: ExplanationOf, facts_of: FactsOf
) -> None:
    told, facts = explanation_of(account_id), facts_of(account_id)
    said = list(texts(told))

    codes = {code for text in said for code in CODE.findall(text)}
    assert {code for code in codes if "enerc" not in code} == set(), "a code of a table is shown raw"
    owed = total(facts, "open_items", "outstanding_rub")
    assert roubles(owed) in answer(told) if owed else "ничего не должны" in answer(told)
    paid = {roubles(row["amount_rub"]) for _, row in facts.ever("posted_payments")}
    assert [sum_told for sum_told in paid if not any(sum_told in text for text in said)] == []


@pytest.mark.parametrize("account_id", ACCOUNTS)
def test_every_reference_leads_to_a_row(account_id: str, explanation_of: ExplanationOf, facts_of: FactsOf) -> None:
    told, facts = explanation_of(account_id), facts_of(account_id)
    references = [
        *(row for piece in pieces(told) if isinstance(piece, Saying) for row in piece.rows),
        *(line[-1] for piece in pieces(told) if isinstance(piece, Grid) and piece.heads[-1] == "Строка"
          for line in piece.lines),
    ]

    named = {reference.partition(":")[0] for reference in references}
    assert named <= TABLES | {"charges", "accounts", "holds", "person_statuses"}
    assert [name for name in named & TABLES if not facts.of(name) and not any(
        month.get(name) for month in facts.past.values())] == []


def pieces(told: Explanation) -> list[Saying | Grid]:
    return [*told.answer, *told.brief, *(piece for section in told.sections for piece in section.pieces)]


def test_every_rule_that_is_quoted_is_shown_with_its_source(explanation_of: ExplanationOf) -> None:
    rules, every = RuleBook.read().parameters, set()
    for account_id in ACCOUNTS:
        told = explanation_of(account_id)
        quoted = {key for piece in pieces(told) if isinstance(piece, Saying) for key in piece.rules}
        shown = {quote.reference: quote for quote in told.quotes}
        assert quoted <= set(shown)
        every |= quoted
        known = {(quote.key, row.source, row.valid_from) for quote in told.quotes for row in rules[quote.key].values}
        assert {(quote.key, quote.source, quote.valid_from) for quote in told.quotes} <= known
    assert every


def test_each_document_quotes_the_rule_of_its_own_day() -> None:
    quoting = Quoting(RuleBook.read())
    of_december, = quoting.keys(date(2026, 1, 12), "ledger.due_day")
    of_may, = quoting.keys(date(2026, 6, 15), "ledger.due_day")

    values = {quote.reference: (quote.value, quote.source) for quote in quoting.all()}
    assert list(values) == [of_december, of_may]
    assert values[of_december] == ("10-е число", "ЖК РФ, ст. 155, ч. 1 (прежняя редакция)")
    assert values[of_may][0] == "15-е число"
    assert "№ 177-ФЗ" in values[of_may][1]


def test_the_threshold_of_approval_is_quoted_as_the_run_month_read_it() -> None:
    changed = [{"from": date(2005, 3, 1), "value": "100.00"}, {"from": date(2026, 5, 1), "value": "200.00"}]
    quoting = Quoting(RuleBook.read().with_overrides({"recalculation.approval_from_rub": changed}))
    row = {"status_code": "waits_for_approval", "charge_month": date(2026, 2, 1)}

    assert "200,00" in corrections.fact(row, quoting, date(2026, 5, 1))
    assert "100,00" in corrections.fact(row, quoting, date(2026, 4, 1))


def test_only_a_listed_step_of_a_ready_list_leaves_for_want_of_a_kopeck(facts_of: FactsOf) -> None:
    """Seen the other way: the same debts, but the list waits for registries or had no room for the account."""
    facts = facts_of(account_of("debtor_sms"))
    quoting, names = Quoting(RuleBook.read()), Names(facts)
    turn, = [one for one in debts.turns(facts, trial_of(facts, quoting), quoting) if one.until == facts.as_of]
    code = debts.LIST_OF[turn.action_code]
    waiting = [{**row, "status_code": "awaiting_registries"} for row in facts.of("debtor_lists")]

    def said(**rows: list[Row]) -> str:
        return debts.told(turn, names, quoting, replace(facts, rows={**facts.rows, **rows})).text

    assert "копейкой меньше — уйдёт" in said()
    for held_up in (said(debtor_lists=waiting), said(**{code: []})):
        assert "шаг отпадёт, если поступит" in held_up
        assert "копейкой" not in held_up
        assert "уйдёт" not in held_up


def test_lines_of_a_document_add_up_to_it(explanation_of: ExplanationOf, facts_of: FactsOf) -> None:
    facts = facts_of(account_of("exact_online"))
    main = {row["document_id"] for row in facts.of("billed_documents")}

    lines = sum((row["payable_rub"] for row in facts.lines if row["document_id"] in main), Decimal(0))
    assert lines == total(facts, "billed_documents", "billed_rub") > 0


def test_lines_that_do_not_make_up_their_document_are_left_out_and_said_so(facts_of: FactsOf) -> None:
    facts = facts_of(account_of("exact_online"))
    broken = replace(facts, lines=[{**row, "payable_rub": row["payable_rub"] + 1} for row in facts.lines])
    whole, left_out = (
        documents.section(told, Names(told), Quoting(RuleBook.read())).pieces for told in (facts, broken)
    )

    assert [piece for piece in whole if isinstance(piece, Grid)]
    assert [piece for piece in left_out if isinstance(piece, Grid)] == []
    assert "не равна принятому итогу" in " ".join(piece.text for piece in left_out if isinstance(piece, Saying))


@pytest.mark.parametrize(("story", "whose", "expected"), [
    ("debtor_sms", "main", "Напоминание этой ночью не уйдёт, если поступит"),
    ("court_ready", "main", "Заявление на судебный приказ"),
    ("debtor_hold", "main", "рассрочка"),
    ("disputed_debt", "main", "оспорено"),
    ("new_owner", "old", "его продолжает счёт"),
    ("organisation", "main", "Счёт организации"),
    ("lump_sum", "main", "в счёт прежнего долга"),
    ("time_barred", "main", "Бонус по квитанции за май 2026: положен"),
    ("not_served", "main", "на полное обслуживание"),
    ("two_digits_swapped", "main", "невыясненные платежи"),
])
def test_the_short_answer_names_what_matters(
    story: str, whose: str, expected: str, explanation_of: ExplanationOf
) -> None:
    assert expected in answer(explanation_of(account_of(story, whose)))


def test_nobody_else_is_told_of_a_suspended_payment(explanation_of: ExplanationOf, facts_of: FactsOf) -> None:
    account_id = account_of("two_digits_swapped")
    typed = {row["account_id"] for row in facts_of(account_id).of("suspended_payments")} - {account_id}

    page = as_page(explanation_of(account_id))
    assert typed
    assert [one for one in typed if one in page.replace(f"{one}-", "")] == []


def test_pages_hold_no_name_and_no_phone(town: RanBook, explanation_of: ExplanationOf) -> None:
    pages = "".join(as_page(explanation_of(account_id)) for account_id in ACCOUNTS[:25])

    assert found_in_text(pages, secrets_of(town.root)) == []


def test_a_page_needs_nothing_from_the_network(explanation_of: ExplanationOf) -> None:
    page = as_page(explanation_of(account_of("court_ready")))

    assert not re.search(r"https?://|src=", page)
    assert "предварительные" in page
    assert page == as_page(explanation_of(account_of("court_ready")))


def test_restriction_and_court_cases_are_told_with_what_is_asked(explanation_of: ExplanationOf) -> None:
    restricted = list(texts(explanation_of(account_of("five_months"))))
    cases = " ".join(texts(explanation_of(account_of("court_writ"))))

    assert any("порог 2 платы по нормативу" in text and "ограничить с 15.06.2026" in text for text in restricted)
    assert "Дело 2-78/2026" in cases
    assert "Этой ночью просят (суд): отозвать заявление, дело 2-78/2026." in cases
    assert "подать иск с 25.02.2026" in cases
