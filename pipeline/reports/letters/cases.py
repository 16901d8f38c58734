"""Cases of the published court list with all that their papers name: items, penalties, debtors, court, what is missing.

    items of the case   =   principal of the list   +   what may cover the oldest of them already

A case whose items do not make up its claim, or whose segments do not make up the penalties that the list counted, gets
no folder. Price and duty are those of the list. Not here: sentences and files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.directories import directory

_ITEM_ORDER: Final = ("account_id", "due_on", "billing_month", "service_code", "document_id", "charge_month")


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
    duty_kop: int
    items: pl.DataFrame
    segments: pl.DataFrame
    debtors: tuple[dict[str, Any], ...]
    court_name: str
    court_address: str
    penalty_until: date | None
    is_penalty_known: bool
    missing_rule: str
    lacks: tuple[str, ...]

    @property
    def price_kop(self) -> int:
        """Price of the claim: principal and penalties (ГПК РФ, ст. 91)."""
        return self.principal_kop + self.penalty_kop

    @property
    def counted_kop(self) -> int:
        """Penalties of all segments: claimed, paid already and doubtful ones."""
        return self.penalty_kop + self.penalty_paid_kop + self.penalty_doubt_kop


@dataclass(frozen=True)
class _Found:
    """Tables of the accounts of the list."""

    items: pl.DataFrame
    penalties: pl.DataFrame
    segments: pl.DataFrame
    debtors: pl.DataFrame
    people: pl.DataFrame
    sections: dict[str, dict[str, Any]]
    houses: dict[str, str]
    is_penalty_known: bool


def cases(book: Book, listed: PublishedList) -> Iterator[Case]:
    """Cases in order of their ids; registers as the month read them, directories as of its night."""
    found = _found(book, listed)
    for (case_id,), rows in sorted(listed.rows.partition_by("case_id", as_dict=True).items()):
        yield _case(str(case_id), rows.sort("account_id"), found)


def _found(book: Book, listed: PublishedList) -> _Found:
    version, accounts = listed.version, listed.rows["account_id"]
    in_court = rows_of_accounts(version, COURT_STANDING, accounts).select(*PAIR, "from_month", "to_month")
    items = overdue_items(open_items_of(listed), in_court).filter("may_go_to_court")
    spans = listed.rows.select(*PAIR, "from_month", "to_month")
    here = items.join(spans, on=PAIR).filter(pl.col("billing_month").is_between("from_month", "to_month"))
    penalties = rows_of_accounts(version, PENALTIES, accounts)
    register = register_of(book, version, ACCOUNTS)
    houses = register.filter(pl.col("account_id").is_in(accounts.unique().implode()))
    return _Found(
        here, penalties, rows_of_accounts(version, PENALTY_ACCRUALS, accounts),
        rows_of_accounts(version, DEBTORS, accounts).filter(pl.col("track_code") == "court"),
        holders_of(book, version, accounts, listed.run_on),
        {row["house_id"]: row for row in directory(book, COURT_SECTIONS, listed.run_on).to_dicts()},
        dict(houses.select("premises_id", "house_id").rows()), version.rows(PENALTIES.name) > 0,
    )


def _case(case_id: str, rows: pl.DataFrame, found: _Found) -> Case:
    pairs = rows.select(PAIR)
    items = found.items.join(pairs, on=PAIR, how="semi").sort(_ITEM_ORDER, nulls_last=True)
    principal = int(rows["claimed_kop"].sum())
    covered = int(items["outstanding_kop"].sum()) - principal
    shielded = int(found.debtors.join(pairs, on=PAIR, how="semi")["shielded_kop"].sum())
    free = free_items(items, rows).select(ITEM_KEY)
    penalties = found.penalties.join(free, on=ITEM_KEY, how="semi", nulls_equal=True)
    counted = int(penalties["penalty_kop"].sum())
    penalty, paid, doubt = (int(rows[name].sum()) for name in SUMS)
    premises = rows["premises_id"][0] or ""
    section = found.sections.get(found.houses.get(premises, ""), {})
    held = found.people.join(rows.select("account_id"), on="account_id", how="semi").unique(
        "person_id", keep="first", maintain_order=True
    ).sort("person_id")
    people = tuple(held.filter(~pl.col("is_minor")).to_dicts())
    missing = penalties["missing_rule"].drop_nulls().unique().sort().to_list()
    lacks = {
        "sums_differ": not 0 <= covered <= shielded or counted != penalty + paid + doubt,
        "no_court": not section, "no_debtor": not people,
        "no_identifier": any(not has_identifier(person) for person in people),
        "no_birth": any(not (person["birth_on"] and person["birth_place"]) for person in people),
        "several_debtors": len(people) > 1,
        "minor_debtor": bool(held["is_minor"].any()),
        "penalty_stopped": bool(missing), "no_penalty": not found.is_penalty_known,
        "penalty_paid": paid > 0, "penalty_doubt": doubt > 0,
    }
    return Case(
        case_id, rows["creditor_id"][0], premises, tuple(rows["account_id"]), principal, max(covered, 0), penalty,
        paid, doubt, int(rows["duty_kop"][0]), items,
        found.segments.join(penalties.select(ITEM_KEY), on=ITEM_KEY, how="semi", nulls_equal=True)
        .sort(*ITEM_KEY, "from_on", "paid_on", nulls_last=True),
        people, section.get("court_name") or "", section.get("court_address") or "",
        penalties["counted_to_on"].max(), found.is_penalty_known, missing[0] if missing else "",  # type: ignore[arg-type]
        tuple(sorted(code for code, is_so in lacks.items() if is_so)),
    )


def has_identifier(person: dict[str, Any]) -> bool:
    """One of those that ГПК РФ, ст. 124 asks for; a number with wrong check digits is none."""
    return bool(person["document"] or is_snils(person["snils"] or "") or is_inn(person["inn"] or ""))


