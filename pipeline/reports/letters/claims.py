"""Claims: the same papers of a case under a claim, after a cancelled order or, above its limit, from the start.

What is claimed is owed on the night of the list. After an order, who answers is who answered when it was applied for:
a later owner owes nothing by it. A claim up to the limit of a justice of the peace goes to him, a dearer one to a
district court, which a person writes in. Not here: the other papers (`court_folders.py`), which claims are due
(`domain/debt/claims.py`, `ladder.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.claims import CLAIM_LIST
from pipeline.domain.debt.claims import items_of
from pipeline.domain.debt.paper_numbers import paper_number
from pipeline.rendering.russian import day
from pipeline.reports.letters.cases import Case, Claim, case_of, known_of, overdue_of
from pipeline.reports.letters.holders import holders_of
from pipeline.reports.letters.letter_values import amount
from pipeline.reports.letters.notary import BY_HAND, Route
from pipeline.reports.letters.published_list import NoList, PublishedList, published_list
from pipeline.rules.debt import CourtRules
from pipeline.rules.debt_claim import ClaimRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.handover import requests, unanswered

_CLAIM: Final = ("claim", "claim", "исковое заявление", "документ об уплате государственной пошлины за иск")
_COPIES: Final = "доказательства отправки копий иска и приложений ответчику (ст. 132 ГПК РФ)"
#: What `claim.typ` is told of an order; empty where there was none.
_OF_ORDER: Final = ("filed_on", "cancelled_on", "order_duty", "duty_to_pay")
_DISTRICT_COURT: Final = "____________________ районный суд (по месту жительства ответчика)"


@dataclass(frozen=True, slots=True)
class SuitRoute(Route):
    """To a court by a claim from the start: the case is above the limit of an order."""

    justice_limit_kop: int = 0
    order_limit_kop: int = 0

    @property
    def by_hand(self) -> tuple[str, ...]:
        return (self.first_by_hand, *self._of_order(), _COPIES, *BY_HAND)

    def number(self, case: Case, on: date) -> str:
        return paper_number("claim", on, case.accounts[0], case.creditor_id)

    def more(self, case: Case) -> dict[str, str]:
        told = {**dict.fromkeys(_OF_ORDER, ""), "order_limit": amount(self.order_limit_kop)}
        return told | ({"court": _DISTRICT_COURT, "court_address": ""} if self._is_for_district(case) else {})

    def lacks(self, case: Case, on: date) -> set[str]:
        is_for_district = self._is_for_district(case)
        warned = {"district_court": is_for_district, "no_duty": case.duty_kop is None}
        own = set(case.lacks) - ({"no_court"} if is_for_district else set())
        return own | {code for code, is_so in warned.items() if is_so}

    def _of_order(self) -> tuple[str, ...]:
        """Papers of the order that a representative adds."""
        return ()

    def _is_for_district(self, case: Case) -> bool:
        return case.price_kop > self.justice_limit_kop


@dataclass(frozen=True, slots=True)
class ClaimRoute(SuitRoute):
    """To a court by a claim after a cancelled order."""

    def cases(self, book: Book, listed: PublishedList) -> Iterator[Case]:
        return _claims(book, listed)

    def number(self, case: Case, on: date) -> str:
        return paper_number(self.name, on, case.case_id)

    def more(self, case: Case) -> dict[str, str]:
        claim = _claim_of(case)
        return SuitRoute.more(self, case) | {
            "filed_on": day(claim.filed_on) if claim.filed_on else "", "cancelled_on": day(claim.cancelled_on),
            "order_duty": amount(claim.order_duty_kop) if claim.order_duty_kop else "",
            "duty_to_pay": amount(claim.duty_to_pay_kop),
        }

    def lacks(self, case: Case, on: date) -> set[str]:
        claim = _claim_of(case)
        warned = {"claim_late": on > claim.file_by_on, "no_order_duty": not claim.order_duty_kop}
        return SuitRoute.lacks(self, case, on) | {code for code, is_so in warned.items() if is_so}

    def _of_order(self) -> tuple[str, ...]:
        return (
            "определение об отмене судебного приказа", "документ об уплате государственной пошлины за судебный приказ",
        )


@dataclass(frozen=True, slots=True)
class CourtRoute(Route):
    """Cases of the court list: each by an order, or by a claim above its limit."""

    suit: SuitRoute | None = None

    def of(self, case: Case) -> Route:
        return self.suit if case.is_above_order and self.suit else self


def claim_route(book: Book, on: date) -> ClaimRoute:
    """The way of claims after a cancelled order on a night."""
    return ClaimRoute(*_CLAIM, listed=CLAIM_LIST, **_limits(book, on))


def court_route(book: Book, on: date) -> CourtRoute:
    """The way of the court list on a night."""
    return CourtRoute(
        "court", "application", "заявление о вынесении судебного приказа",
        "документ об уплате государственной пошлины", suit=SuitRoute(*_CLAIM, **_limits(book, on)),
    )


def _limits(book: Book, on: date) -> dict[str, Any]:
    rule_book = RuleBook.read().with_overrides(book.settings.rules)
    return {
        "justice_limit_kop": ClaimRules.in_force(rule_book, on).justice_limit_kop,
        "order_limit_kop": CourtRules.in_force(rule_book, on).order_limit_kop,
    }


def claims_to_file(book: Book, month: BillingMonth) -> PublishedList:
    """The list without what has left on an earlier night and nobody has had the time to answer."""
    listed = published_list(book, month, CLAIM_LIST)
    new = unanswered(
        book, requests(CLAIM_LIST.name, listed.rows), rule_book=RuleBook.read().with_overrides(book.settings.rules),
        on=listed.run_on, before=listed.run_on,
    )
    rows = listed.rows.join(new, on="court_case_id", how="semi")
    if rows.is_empty():
        raise NoList(f"Всё из списка {CLAIM_LIST.name} передано раньше, новых исков нет",
                     "Что и когда передано, помнит журнал handovers")
    return PublishedList(listed.version, rows, listed.run_on)


def _claims(book: Book, listed: PublishedList) -> Iterator[Case]:
    items = overdue_of(listed)
    found = known_of(book, listed, items, pl.DataFrame())
    people: dict[date, pl.DataFrame] = {}
    for row in listed.rows.sort("court_case_id").iter_slices(1):
        told = row.row(0, named=True)
        on = told["filed_on"] or listed.run_on
        if on not in people:
            people[on] = holders_of(book, listed.version, listed.rows["account_id"], on)
        here = replace(found, items=items_of(row, items), people=people[on])
        yield replace(case_of(told["court_case_id"], row, here, covered_most=None), claim=_told(told))


def _told(row: dict[str, Any]) -> Claim:
    return Claim(
        row["filed_on"], row["cancelled_on"], row["file_by_on"], row["order_duty_kop"], row["duty_to_pay_kop"] or 0
    )


def _claim_of(case: Case) -> Claim:
    assert case.claim is not None  # cases of this route are claims
    return case.claim
