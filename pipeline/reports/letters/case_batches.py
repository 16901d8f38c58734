"""Letters of filed cases as files: for each row of a list a letter to print and one to edit, and a register of all.

    <addressee>-<case>/pismo.pdf, pismo.docx    the letter, to send and to edit
    reestr.xlsx                                 what was prepared, a sheet for each addressee, and what to check first
    case_letters.parquet                        the same for machines, with hashes

Names and addresses: for the owner only. The same month gives the same bytes. Not here: what a letter says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.debt import COURT_KINDS, COURT_STANDING, ENFORCEMENT_LIST, WITHDRAWAL_LIST
from pipeline.contracts.events import COURT_EVENTS
from pipeline.contracts.gate import gate
from pipeline.contracts.papers import ADDRESSES, BAILIFF_DIVISIONS, CASE_LETTERS, COURT_SECTIONS
from pipeline.contracts.registers import ACCOUNTS
from pipeline.contracts.table import Table
from pipeline.domain.debt.arrears import PAIR
from pipeline.rendering.documents import docx
from pipeline.rendering.letters import forget, pdf
from pipeline.reports.letters.case_letters import BAILIFFS, BANK, COURT, CaseLetter, values
from pipeline.reports.letters.case_payments import payments_laid
from pipeline.reports.letters.case_register import register_workbook
from pipeline.reports.letters.cases import doubts_of
from pipeline.reports.letters.holders import holders_of
from pipeline.reports.letters.payees import Known, payee_of, payees
from pipeline.reports.letters.private_files import PRIVATE, private_folder
from pipeline.reports.letters.published_list import NoList, PublishedList, published_list, rows_of_accounts
from pipeline.reports.registers import events_of, register_of
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.centre import Centre
from pipeline.storage.directories import directory
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.handover import requests, unanswered
from pipeline.storage.report_files import safe_name
from pipeline.storage.shapes import to_outside

PAPER: Final = "Письмо по судебному делу"
REGISTER: Final = "reestr.xlsx"
#: Letters by name, and the list that each is made from.
LISTS: Final = {"enforcement_papers": ENFORCEMENT_LIST, "withdrawal_letters": WITHDRAWAL_LIST}
_ACTS: Final = ("ordered", "decided")
_PAPERS: Final = ("*/pismo.pdf", "*/pismo.docx")
#: Letters after which the compiler gives its memory back: to do it after each takes longer than the letter.
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Prepared:
    """Where the files are; rows of CASE_LETTERS (inside shape)."""

    folder: Path
    letters: pl.DataFrame
    run_on: date


@dataclass(frozen=True)
class _Found:
    """What is known of the accounts and cases of a list."""

    flats: dict[str, tuple[str, str]]
    addresses: dict[str, str]
    sections: dict[str, dict[str, Any]]
    divisions: dict[str, dict[str, Any]]
    acts: dict[str, tuple[str, date]]
    people: dict[str, tuple[dict[str, Any], ...]]
    """Who answers for the debt of each case, children too."""
    waived: dict[tuple[str, str], date]
    """Day on which the creditor gave up what was left, by case and account."""
    paid: dict[str, tuple[tuple[date, int], ...]]
    """Day and kopecks of what was paid of the months of each case since it was filed."""


def case_letters(book: Book, month: BillingMonth, name: str, *, out: Path | None = None) -> Prepared:
    """Letters of a published list by name (LISTS); NoList when there is nothing to write, CentreUnknown where nobody is
    named who signs."""
    listed = _unsent(book, published_list(book, month, LISTS[name]))
    centre = Centre.of(book.settings).require(
        "name", "address", "representative", "position", "authority", paper=PAPER
    )
    folder = private_folder(book, listed.version, f"{name.replace('_', '-')}-{listed.run_on}", out, papers=_PAPERS)
    known, found, rows = payees(book, listed.version, listed.run_on), _found(book, listed), []
    for place, row in enumerate(listed.rows.sort("court_case_id", "addressee_code").to_dicts(), 1):
        letter = _letter(row, found, payee_of(known, row["creditor_id"]), centre, listed.run_on)
        rows.append(_written(folder, letter))
        if place % _AT_ONCE == 0:
            forget()
    index = pl.DataFrame(rows, schema=CASE_LETTERS.inside_schema, orient="row").sort(CASE_LETTERS.primary_key)
    _finish(folder, index, listed, found)
    return Prepared(folder, index, listed.run_on)


def _unsent(book: Book, listed: PublishedList) -> PublishedList:
    """The list without what has left on an earlier night and nobody has had the time to answer."""
    table = ENFORCEMENT_LIST if "action_code" not in listed.rows.columns else WITHDRAWAL_LIST
    new = unanswered(
        book, requests(table.name, listed.rows), rule_book=RuleBook.read().with_overrides(book.settings.rules),
        on=listed.run_on, before=listed.run_on,
    )
    keys = new.select("court_case_id", addressee_code="handed_to_code")
    rows = listed.rows.join(keys, on=keys.columns, how="semi")
    if rows.is_empty():
        raise NoList(f"Всё из списка {table.name} передано раньше, новых писем нет",
                     "Что и когда передано, помнит журнал handovers")
    return PublishedList(listed.version, rows, listed.run_on)


def _found(book: Book, listed: PublishedList) -> _Found:
    version, on = listed.version, listed.run_on
    wanted = pl.col("account_id").is_in(listed.rows["account_id"].unique().implode())
    flats = register_of(book, version, ACCOUNTS, where=wanted).select("account_id", "premises_id", "house_id")
    cases = pl.col("court_case_id").is_in(listed.rows["court_case_id"].unique().implode())
    events = events_of(book, version, COURT_EVENTS, where=cases).filter(pl.col("event_on") <= on).sort(
        "event_on", "registered_at", "event_id"
    )
    last = {
        code: {row["court_case_id"]: row["event_on"] for row in events.filter(event_code=code).to_dicts()}
        for code in ("filed", *_ACTS)
    }
    acts = {row["court_case_id"]: (row["event_code"], row["event_on"]) for row in events.filter(
        pl.col("event_code").is_in(_ACTS)).to_dicts()}
    placed = {account: (flat, house) for account, flat, house in flats.rows()}
    people = {}
    for case, account in listed.rows.select("court_case_id", "account_id").unique().sort("court_case_id").rows():
        day = last["filed"].get(case) or acts.get(case, ("", None))[1]
        people[case] = tuple(holders_of(book, version, pl.Series([account]), day).to_dicts()) if day else ()
    standing = rows_of_accounts(version, COURT_STANDING, listed.rows["account_id"]).drop_nulls("waived_on")
    waived = {(case, account): given_up for case, account, given_up in standing.select(
        "court_case_id", "account_id", "waived_on").rows()}
    here = pl.col("premises_id").is_in(flats["premises_id"].unique().implode())
    return _Found(
        placed, dict(directory(book, ADDRESSES, on).filter(here).rows()), _by_house(book, COURT_SECTIONS, on),
        _by_house(book, BAILIFF_DIVISIONS, on), acts, people, waived, _paid(book, listed, last["filed"]),
    )


def _paid(book: Book, listed: PublishedList, filed: dict[str, date]) -> dict[str, tuple[tuple[date, int], ...]]:
    """Nothing of a case whose filing nobody told: what came before it is no answer to it."""
    accounts = listed.rows["account_id"]
    spans = rows_of_accounts(listed.version, COURT_STANDING, accounts).select(
        "court_case_id", *PAIR, "from_month", "to_month",
        filed_on=pl.col("court_case_id").replace_strict(filed, default=None, return_dtype=pl.Date),
    )
    laid = payments_laid(book, listed.version.month, accounts).join(spans, on=PAIR).filter(
        pl.col("billing_month").is_between("from_month", "to_month"), pl.col("paid_on") >= pl.col("filed_on"),
    )
    days = laid.group_by("court_case_id", "paid_on").agg(pl.col("laid_kop").sum()).sort("court_case_id", "paid_on")
    return {
        str(case): tuple(rows.select("paid_on", "laid_kop").iter_rows())
        for (case,), rows in days.filter(pl.col("laid_kop") != 0).partition_by("court_case_id", as_dict=True).items()
    }


def _by_house(book: Book, table: Table, on: date) -> dict[str, dict[str, Any]]:
    return {row["house_id"]: row for row in directory(book, table, on).to_dicts()}


def _letter(row: dict[str, Any], found: _Found, known: Known, centre: Centre, run_on: date) -> CaseLetter:
    flat, house = found.flats.get(row["account_id"], ("", ""))
    court = found.sections.get(house, {})
    addressee, case = row["addressee_code"], row["court_case_id"]
    to = {
        "court": (court.get("court_name") or COURT, court.get("court_address") or ""), "bank": (BANK, ""),
        "bailiffs": (found.divisions.get(house, {}).get("division_name") or BAILIFFS,
                     found.divisions.get(house, {}).get("division_address") or ""),
    }[addressee]
    act, act_on = found.acts.get(case, ("", None))
    debtors = tuple(person for person in found.people[case] if not person["is_minor"])
    if addressee == "bailiffs" and "action_code" not in row and any(person["has_left"] for person in debtors):
        to = (BAILIFFS, "")  # a writ goes to the division of his residence (229-ФЗ, ст. 33)
    held, left = _sums(row)
    return CaseLetter(
        case_id=case, addressee=addressee, asked=row.get("action_code", "writ"), account_id=row["account_id"],
        creditor_id=row["creditor_id"], held=held, left=left, double_kop=row.get("double_kop", 0), act=act,
        act_on=act_on, waived_on=found.waived.get((case, row["account_id"])), payments=found.paid.get(case, ()),
        debtors=debtors,
        has_minor=len(debtors) < len(found.people[case]), address=found.addresses.get(flat, ""), to=to[0],
        to_address=to[1], centre=centre, known=known, run_on=run_on,
    )


def _sums(row: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """(held, left) by kind; a writ that is only sent is held by nobody yet."""
    if "action_code" not in row:
        return dict.fromkeys(COURT_KINDS, 0), {
            "principal": row["claimed_kop"], "penalty": row["penalty_kop"], "duty": row["duty_kop"],
        }
    return (
        {"principal": row["claimed_kop"], "penalty": row["penalty_held_kop"], "duty": row["duty_held_kop"]},
        {"principal": row["open_kop"], "penalty": row["penalty_left_kop"], "duty": row["duty_left_kop"]},
    )


def _lacks(letter: CaseLetter) -> list[str]:
    """Codes of COURT_LACKS to look at before the letter leaves."""
    people, about = letter.debtors, doubts_of(letter.debtors)
    lacks = {
        **about, "several_debtors": len(people) > 1, "minor_debtor": letter.has_minor, "no_address": not letter.address,
        # the letter to a court that has only got the application names no act
        "no_act": letter.addressee != "court" and letter.act_on is None,
        "no_court": letter.addressee == "court" and letter.to == COURT, "no_bank": letter.addressee == "bank",
        "no_bailiffs": letter.to == BAILIFFS and not about["residence_unknown"], **letter.known.unknown,
    }
    # only a writ asks for money, so only its letter names where to
    return sorted([code for code, is_so in lacks.items() if is_so]
                  + (list(letter.known.lacks) if letter.asked == "writ" else []))


def _written(folder: Path, letter: CaseLetter) -> dict[str, Any]:
    """Both files of a letter, and its row of CASE_LETTERS."""
    told, name = values(letter), f"{letter.addressee}-{safe_name(letter.case_id)}"
    lacks = _lacks(letter)
    printed = pdf("case_letter.typ", told, made_on=letter.run_on)
    write_bytes(folder / name / "pismo.pdf", printed, mode=PRIVATE)
    write_bytes(folder / name / "pismo.docx", docx("case_letter.docx", told, made_on=letter.run_on), mode=PRIVATE)
    (folder / name).chmod(0o700)
    return {
        "court_case_id": letter.case_id, "addressee_code": letter.addressee, "asked_code": letter.asked,
        "number": letter.number, "account_id": letter.account_id, "creditor_id": letter.creditor_id,
        "act_on": letter.act_on,
        **{f"{kind}_kop": letter.left[kind] for kind in COURT_KINDS}, "left_kop": letter.left_kop,
        "file_name": f"{name}/pismo.pdf", "sha256": sha256(printed).hexdigest(), "lacks": lacks,
    }


def _finish(folder: Path, index: pl.DataFrame, listed: PublishedList, found: _Found) -> None:
    """The register for people and the one for machines."""
    names = {case: ", ".join(person["full_name"] or "—" for person in people if not person["is_minor"])
             for case, people in found.people.items()}
    addresses = {account: found.addresses.get(flat, "") for account, (flat, _) in found.flats.items()}
    content = register_workbook(index, names, addresses, made_on=listed.run_on)
    write_bytes(folder / REGISTER, content, mode=PRIVATE)
    outside = to_outside(index, CASE_LETTERS)
    gate(outside, CASE_LETTERS)
    write_parquet(folder / f"{CASE_LETTERS.name}.parquet", outside, mode=PRIVATE)
