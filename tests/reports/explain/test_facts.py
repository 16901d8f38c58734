"""What the tests of this folder know of an account is what the command reads of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.reports.explain.facts import Facts, read_facts
from pipeline.reports.explain.finding import find
from pipeline.storage.book import Book
from tests.reports.explain.test_explanations import account_of
from tests.town.books import MAY


@pytest.mark.parametrize("story", ["debtor_sms", "order_and_receipt"])
def test_facts_are_those_that_the_command_reads(
    story: str, town_book: Path, facts_of: Callable[[str], Facts]
) -> None:
    book = Book.at(town_book)
    found = find(book, MAY, account_of(story))

    known, read = facts_of(found.account_id), read_facts(book, found.version, found.account_id, found.position)

    assert known.registers["accounts"] and known.lines
    assert [field.name for field in fields(Facts) if getattr(known, field.name) != getattr(read, field.name)] == []
