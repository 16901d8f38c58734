"""The notary's inscription instead of a court order: the same papers of a case under another application.

Off until a law opens the route and the book sets `debt.notary_route_is_open`. What the notary wants beyond a court is
told on the case: a notice to the debtor beforehand, no debt older than the law allows. Not here: the other papers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.debt import COURT_LIST
from pipeline.contracts.table import Table
from pipeline.domain.debt.paper_numbers import paper_number
from pipeline.errors import RaschetError
from pipeline.reports.letters.cases import Case, cases
from pipeline.reports.letters.letter_values import within
from pipeline.reports.letters.published_list import PublishedList
from pipeline.rules.debt_notary import NotaryRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book

BY_HAND: Final = (
    "доверенность представителя",
    "документы о праве взыскателя (договор управления или ресурсоснабжения, агентский договор)",
    "сведения о праве на помещение (выписка из ЕГРН или договор найма)",
)
#: What only a court asks for.
_OF_COURT: Final = {"no_court", "no_duty"}


class RouteClosed(RaschetError):
    """No law in force lets a notary collect such debts, or the book has not switched the route on."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes: name of its folders, template and title of its application, the list it stands in; rules of a
    notary."""

    name: str
    template: str
    title: str
    first_by_hand: str
    listed: Table = COURT_LIST
    notary: NotaryRules | None = None

    @property
    def by_hand(self) -> tuple[str, ...]:
        """What the representative adds to the papers."""
        return (self.first_by_hand, *BY_HAND)

    def of(self, case: Case) -> Route:
        """The way of one case: a list may hold cases of two."""
        return self

    def cases(self, book: Book, listed: PublishedList) -> Iterator[Case]:
        """Cases of the list, with all that their papers name."""
        return cases(book, listed)

    def number(self, case: Case, on: date) -> str:
        """Number of the application."""
        return paper_number(self.name, on, case.accounts[0], case.creditor_id)

    def more(self, case: Case) -> dict[str, str]:
        """Values of the application that only this route has."""
        return {} if self.notary is None else {"notice_days": within(self.notary.notice_days)}

    def lacks(self, case: Case, on: date) -> set[str]:
        """Codes of the case on this route."""
        if self.notary is None:
            return set(case.lacks)
        last = pl.select(pl.lit(on).dt.offset_by(f"-{self.notary.years_max}y")).item()
        is_old = bool((case.items["due_on"] < last).any())
        return set(case.lacks) - _OF_COURT | {"notary_notice"} | ({"notary_too_old"} if is_old else set())


def notary(book: Book, on: date) -> Route:
    """The notary's route on a night; RouteClosed unless it is open."""
    rules = NotaryRules.in_force(RuleBook.read().with_overrides(book.settings.rules), on)
    if not rules.is_open:
        raise RouteClosed(
            "Исполнительная надпись нотариуса по долгам за жильё не включена: закон, который её вводит, не подтверждён",
            "Когда закон вступит в силу, включите правило debt.notary_route_is_open в settings.yaml",
        )
    return Route("notary", "notary", "заявление о совершении исполнительной надписи",
                 "уведомление должника о задолженности с доказательством вручения", notary=rules)
