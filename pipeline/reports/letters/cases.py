"""Cases of the published court list with all that their papers name: items, penalties, debtors, court, what is missing.

    items of the case   =   principal of the list   +   what may cover the oldest of them already

A case whose items do not make up its claim, or whose segments do not make up the penalties that the list counted, gets
no folder. Price and duty are those of the list. Not here: sentences and files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import polars as pl

from pipeline.contracts.debt import COURT_STANDING, DEBTORS
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.papers import COURT_SECTIONS
from pipeline.contracts.penalty import PENALTIES, PENALTY_ACCRUALS
from pipeline.contracts.registers import ACCOUNTS
from pipeline.domain.debt.arrears import PAIR, overdue_items
from pipeline.domain.debt.court_price import SUMS, free_items
from pipeline.identifiers import is_inn, is_snils
from pipeline.reports.letters.holders import holders_of
from pipeline.reports.letters.published_list import PublishedList, open_items_of, rows_of_accounts
from pipeline.reports.letters.shared_debt import answer
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.directories import directory

_ITEM_ORDER: Final = ("account_id", "due_on", "billing_month", "service_code", "document_id", "charge_month")


@dataclass(frozen=True, slots=True)
class Claim:
    """The order of a case that was cancelled, and what of the duty is paid with it."""

    filed_on: date | None
    cancelled_on: date
    file_by_on: date
    order_duty_kop: int
    duty_to_pay_kop: int


@dataclass(frozen=True)
class Case:
    """One application: rows of the list, its items oldest first, and codes of COURT_LACKS that warn on it."""

    case_id: str
    creditor_id: str
    premises_id: str
    accounts: tuple[str, ...]
    principal_kop: int
    covered_kop: int
    penalty_kop: int
    penalty_paid_kop: int
    penalty_doubt_kop: int
    duty_kop: int | None
    items: pl.DataFrame
    segments: pl.DataFrame
    holders: tuple[dict[str, Any], ...]
    """Who answers for the debt (`holders_of`), children too."""
    court_name: str
    court_address: str
    penalty_until: date | None
    is_penalty_known: bool
    missing_rule: str
    lacks: tuple[str, ...]
    claim: Claim | None = None
    """The cancelled order that a claim follows."""
    is_above_order: bool = False
    """Above the limit of an order: sued for from the start."""

    @property
    def debtors(self) -> tuple[dict[str, Any], ...]:
        """Whom the papers name: a child is no debtor."""
        return tuple(person for person in self.holders if not person["is_minor"])

    @property
    def told_as(self) -> str:
        """The case as its papers call it."""
        return self.case_id[:12] if self.claim is None else self.case_id

    @property
    def sums(self) -> dict[str, int]:
        """What is claimed, by the words of its papers."""
        return {"Основной долг": self.principal_kop, "Пени": self.penalty_kop, "Госпошлина": self.duty_kop or 0}

    @property
    def price_kop(self) -> int:
        """Price of the claim: principal and penalties (ГПК РФ, ст. 91)."""
        return self.principal_kop + self.penalty_kop

    @property
    def counted_kop(self) -> int:
        """Penalties of all segments: claimed, paid already and doubtful ones."""
        return self.penalty_kop + self.penalty_paid_kop + self.penalty_doubt_kop


@dataclass(frozen=True)
class Found:
    """Tables of the accounts of a list: its items, those who answer, and what is known of them."""

    items: pl.DataFrame
    penalties: pl.DataFrame
    segments: pl.DataFrame
    people: pl.DataFrame
    sections: dict[str, dict[str, Any]]
    houses: dict[str, str]
    is_penalty_known: bool


def cases(book: Book, listed: PublishedList) -> Iterator[Case]:
    """Cases in order of their ids; registers as the month read them, directories as of its night."""
    version, accounts = listed.version, listed.rows["account_id"]
    spans = listed.rows.select(*PAIR, "from_month", "to_month")
    items = overdue_of(listed).filter("may_go_to_court").join(spans, on=PAIR)
    here = items.filter(pl.col("billing_month").is_between("from_month", "to_month"))
    found = known_of(book, listed, here, holders_of(book, version, accounts, listed.run_on))
    debtors = rows_of_accounts(version, DEBTORS, accounts).filter(pl.col("track_code") == "court")
    for (case_id,), rows in sorted(listed.rows.partition_by("case_id", as_dict=True).items()):
        covering = debtors.join(rows, on=PAIR, how="semi")["shielded_kop"].sum()
        case = case_of(str(case_id), rows.sort("account_id"), found, covered_most=int(covering))
        yield replace(case, is_above_order=rows["stage_code"][0] == "claim")


def overdue_of(listed: PublishedList) -> pl.DataFrame:
    """Items in arrears of the accounts of a list, as the night saw them."""
    accounts = listed.rows["account_id"]
    in_court = rows_of_accounts(listed.version, COURT_STANDING, accounts).select(*PAIR, "from_month", "to_month")
    return overdue_items(open_items_of(listed), in_court)


def known_of(book: Book, listed: PublishedList, items: pl.DataFrame, people: pl.DataFrame) -> Found:
    """What else is read of the accounts of a list; registers as the month read them, directories as of its night."""
    version, accounts = listed.version, listed.rows["account_id"]
    penalties = rows_of_accounts(version, PENALTIES, accounts)
    register = register_of(book, version, ACCOUNTS)
    houses = register.filter(pl.col("account_id").is_in(accounts.unique().implode()))
    return Found(
        items, penalties, rows_of_accounts(version, PENALTY_ACCRUALS, accounts), people,
        {row["house_id"]: row for row in directory(book, COURT_SECTIONS, listed.run_on).to_dicts()},
        dict(houses.select("premises_id", "house_id").rows()), version.rows(PENALTIES.name) > 0,
    )


def case_of(case_id: str, rows: pl.DataFrame, found: Found, *, covered_most: int | None) -> Case:
    """One case of a list. covered_most: what may cover its debts at most, where the night tells it."""
    pairs = rows.select(PAIR)
    items = found.items.join(pairs, on=PAIR, how="semi").sort(_ITEM_ORDER, nulls_last=True)
    principal = int(rows["claimed_kop"].sum())
    covered = int(items["outstanding_kop"].sum()) - principal
    free = free_items(items, rows).select(ITEM_KEY)
    most = covered if covered_most is None else covered_most
    penalties = found.penalties.join(free, on=ITEM_KEY, how="semi", nulls_equal=True)
    counted = int(penalties["penalty_kop"].sum())
    penalty, paid, doubt = (int(rows[name].sum()) for name in SUMS)
    premises = rows["premises_id"][0] or ""
    held = found.people.join(rows.select("account_id"), on="account_id", how="semi").unique(
        "person_id", keep="first", maintain_order=True
    ).sort("person_id")
    holders = tuple(held.to_dicts())
    people = tuple(person for person in holders if not person["is_minor"])
    has_left = any(person["has_left"] for person in people)
    # the court is that of the debtor's residence, the house's as long as he lives there (ГПК РФ, ст. 28, 123)
    section = {} if has_left else found.sections.get(found.houses.get(premises, ""), {})
    missing = penalties["missing_rule"].drop_nulls().unique().sort().to_list()
    lacks = {
        "sums_differ": covered < 0 or covered > most or counted != penalty + paid + doubt,
        "no_court": not (section or has_left), **doubts_of(people),
        "no_birth": any(not (person["birth_on"] and person["birth_place"]) for person in people),
        "minor_debtor": bool(held["is_minor"].any()),
        "penalty_stopped": bool(missing), "no_penalty": not found.is_penalty_known,
        "penalty_paid": paid > 0, "penalty_doubt": doubt > 0,
        **dict.fromkeys(answer(holders, {}).lacks, True),
    }
    return Case(
        case_id, rows["creditor_id"][0], premises, tuple(rows["account_id"]), principal, max(covered, 0), penalty,
        paid, doubt, rows["duty_kop"][0], items,
        found.segments.join(penalties.select(ITEM_KEY), on=ITEM_KEY, how="semi", nulls_equal=True)
        .sort(*ITEM_KEY, "from_on", "paid_on", nulls_last=True),
        holders, section.get("court_name") or "", section.get("court_address") or "",
        penalties["counted_to_on"].max(), found.is_penalty_known, missing[0] if missing else "",  # type: ignore[arg-type]
        tuple(sorted(code for code, is_so in lacks.items() if is_so)),
    )


def identifiers(person: dict[str, Any]) -> list[str]:
    """Those that ГПК РФ, ст. 124 asks for, as papers name them; a number with wrong check digits may be another's."""
    snils, inn = person["snils"] or "", person["inn"] or ""
    return [told for told, is_known in (
        (f"СНИЛС {snils}", is_snils(snils)), (f"ИНН {inn}", is_inn(inn)),
        (person["document"] or "", bool(person["document"])),
    ) if is_known]


def doubts_of(people: Sequence[dict[str, Any]]) -> dict[str, bool]:
    """Codes of COURT_LACKS about the debtors of a paper."""
    numbers = [(person, (("snils", is_snils), ("inn", is_inn))) for person in people]
    return {
        "no_debtor": not people, "no_identifier": any(not identifiers(person) for person in people),
        "wrong_identifier": any(
            person[name] and not is_valid(person[name]) for person, named in numbers for name, is_valid in named
        ),
        "residence_unknown": any(person["has_left"] for person in people),
    }


