"""The rule book that people read: complete, current, and honest about which tables a rule touches."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.assets.room import rooms_in_order
from pipeline.cli.rule_catalogue import PAGE, page_of, rooms_reading, rule_book_text
from pipeline.reports.explain.rule_book import rule_book_page
from pipeline.rules.parameter import Confidence
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.files import read_json
from pipeline.storage.run import RULES, STAGED, MonthRun
from tests.robustness.small import DECEMBER, EARLY
from tests.town.books import RanBook, copied, raschet_here, succeeded

BOOK = RuleBook.read()
#: Chapters that a room asks only where somebody has told of such an event; nobody has in the small book.
WITH_EVENTS = {"recalculation": ("calendar.", "recalculation_absence.", "recalculation_quality.",
                                 "recalculation_owners.", "recalculation_benefits.",
                                 "recalculation_advance.", "substitution.")}


def test_the_committed_rule_book_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == rule_book_text(), "run `raschet rules --write docs/rule-book.md`"


def test_every_rule_every_value_and_source_is_in_it() -> None:
    text = rule_book_text()

    assert [key for key in BOOK.parameters if f"`{key}`" not in text] == []
    sources = {row.source for parameter in BOOK.parameters.values() for row in parameter.values}
    assert [source for source in sources if source not in text] == []


def test_what_nobody_has_confirmed_stands_on_top() -> None:
    told = page_of(BOOK)
    named = " ".join(line[0] for line in told.unconfirmed)

    doubtful = [
        parameter.key for parameter in BOOK.parameters.values()
        if any(row.confidence is Confidence.L or row.reviewed is None for row in parameter.values)
    ]
    assert doubtful
    assert [key for key in doubtful if f"({key})" not in named] == []
    assert "(ledger.due_day)" not in named


def test_a_comparison_of_long_ago_counts_no_more() -> None:
    now = rule_book_page(BOOK, {}, key="ledger.due_day", on=date(2026, 11, 20))
    later = rule_book_page(BOOK, {}, key="ledger.due_day", on=date(2027, 11, 21))

    assert now.unconfirmed == ()
    assert {line[3] for line in later.unconfirmed} == {"сверено давно, 20.11.2026"}


def test_a_value_of_the_book_is_named_as_its_own() -> None:
    own = rule_book_page(BOOK.with_overrides({"debt.sms_min_rub": "900.00"}), {}, key="debt.sms_min_rub")

    (_, (entry,)), = own.chapters
    assert own.overridden == ("debt.sms_min_rub",)
    assert entry.values[0][:3] == ("всегда", "900,00 ₽".replace(" ", "\u00a0"), "настройка участка")


def test_rooms_read_exactly_the_rules_that_the_book_says(small: RanBook, tmp_path: Path) -> None:
    """Every room of a month is run, and what it asked of the rule book is compared with what is derived."""
    book = Book.at(copied(small.root, tmp_path / "book"))
    MonthRun.begin(book, DECEMBER, "probe", date.fromisoformat(EARLY))
    for room in rooms_in_order():
        room.computed(MonthRun.resume(book, DECEMBER, "probe"))

    told = {
        file.stem: {key for key, _, _ in read_json(file)["values"]}
        for file in (book.work(DECEMBER, "probe") / STAGED / RULES).glob("*.json")
    }
    derived = {room: set(keys) for room, (_, keys) in rooms_reading(BOOK).items()}
    # a rule without a value (no limit on a list) is asked for, but there is no value to record
    silent = {key for key, one in BOOK.parameters.items() if all(row.value is None for row in one.values)}
    for room, keys in derived.items():
        not_asked = {key for key in keys - silent - told[room] if not key.startswith(WITH_EVENTS.get(room, ()))}
        assert (room, not_asked, told[room] - keys) == (room, set(), set())


@pytest.mark.parametrize("words", [("rules",), ("rules", "ledger.due_day")])
def test_it_is_shown_on_the_screen(small: RanBook, words: tuple[str, ...]) -> None:
    said = succeeded(raschet_here(small.root, *words))

    assert "15-е число" in said
    assert "ЖК РФ, ст. 155" in said


def test_an_unknown_rule_is_one_sentence(small: RanBook) -> None:
    called = raschet_here(small.root, "rules", "ledger.nothing")

    assert called.exit_code == 2
    assert "Правила ledger.nothing нет" in called.stderr


def test_the_page_needs_nothing_from_the_network(small: RanBook, tmp_path: Path) -> None:
    succeeded(raschet_here(small.root, "rules", "--html", str(tmp_path / "rules.html")))
    page = (tmp_path / "rules.html").read_text(encoding="utf-8")

    assert "Книга правил" in page
    assert "http" not in page.replace("http-equiv", "")


