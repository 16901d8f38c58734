"""Certificates of debt as values of `certificate.typ`, and as files: what an account owed whom at the end of a day.

Debt is what was due by that day and not paid: principal and capital repair; what fell due later, and penalties and
court costs, stand apart; voluntary insurance is no debt. Not here: the balances (`standing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.contracts.gate import gate
from pipeline.contracts.papers import ADDRESSES, CERTIFICATES
from pipeline.contracts.registers import ACCOUNTS, CREDITORS
from pipeline.domain.debt.arrears import ARREARS_KINDS
from pipeline.domain.debt.paper_numbers import paper_number
from pipeline.money import roubles_of
from pipeline.rendering.letters import forget, pdf
from pipeline.rendering.russian import day, month_spans
from pipeline.rendering.sums_in_words import in_words
from pipeline.reports.explain.finding import find
from pipeline.reports.letters.letter_values import amount
from pipeline.reports.letters.private_files import PRIVATE, private_folder
from pipeline.reports.letters.standing import Standing, counted_days, standing
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.centre import Centre
from pipeline.storage.directories import directory
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.manifest import Version
from pipeline.storage.report_files import safe_name
from pipeline.storage.shapes import to_outside

TEMPLATE: Final = "certificate.typ"
PAPER: Final = "Справка о задолженности"
_BESIDES: Final = ("penalty", "court_cost")
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Issued:
    """Where the files are, and a row of CERTIFICATES (inside shape) for each account."""

    folder: Path
    index: pl.DataFrame


def certificates(
    book: Book, accounts: Sequence[str], on: date, *, issued_on: date, out: Path | None = None
) -> Issued:
    """A certificate of each account as of a day, numbered by account and both days.

    NothingToExplain for an account that the book does not know, DayUnknown for a day that it has not counted,
    CentreUnknown where nobody is named who signs.
    """
    centre = Centre.of(book.settings).require("name", "address", "representative", "position", paper=PAPER)
    version = counted_days(book)[-1].version
    known = list(dict.fromkeys(find(book, None, written).account_id for written in accounts))
    told = standing(book, pl.Series(known, dtype=pl.String), on)
    names = dict(register_of(book, version, CREDITORS).select("creditor_id", "name").rows())
    addresses = _addresses(book, version, on)
    folder = private_folder(book, version, f"certificates-{on}", out)
    rows = []
    for place, account in enumerate(known, 1):
        values, row = certificate(told, account, names, addresses.get(account, ""), issued_on)
        name = f"spravka-{safe_name(account)}.pdf"
        write_bytes(folder / name, pdf(TEMPLATE, values | {"centre": asdict(centre)}, made_on=on), mode=PRIVATE)
        rows.append(row | {"file_name": name})
        if place % _AT_ONCE == 0:
            forget()
    index = pl.DataFrame(rows, schema=CERTIFICATES.inside_schema, orient="row").sort("account_id")
    outside = to_outside(index, CERTIFICATES)
    gate(outside, CERTIFICATES)
    write_parquet(folder / f"{CERTIFICATES.name}.parquet", outside, mode=PRIVATE)
    return Issued(folder, index)


def certificate(
    told: Standing, account: str, names: Mapping[str, str], address: str, issued_on: date
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values of the template and the row of CERTIFICATES without its file."""
    mine = told.documents.filter(pl.col("account_id") == account).with_columns(
        left_kop=pl.col("open_kop") - pl.col("paid_later_kop"), is_due=pl.col("due_on") < told.on,
        is_arrears=pl.col("debt_kind_code").is_in(ARREARS_KINDS),
    )
    overdue = mine.filter(pl.col("is_arrears") & pl.col("is_due"))
    debt = int(overdue["left_kop"].sum())
    due_later = int(mine.filter(pl.col("is_arrears") & ~pl.col("is_due"))["left_kop"].sum())
    besides = int(mine.filter(pl.col("debt_kind_code").is_in(_BESIDES))["left_kop"].sum())
    paid_later = int(overdue["paid_later_kop"].sum())
    number = paper_number("certificate", told.on, account, f"{issued_on:%y%m%d}")
    values = {
        "account": account, "address": address, "on": day(told.on), "number": number, "issued": day(issued_on),
        "known_until": day(told.known_until),
        "has_debt": debt > 0, "debt": amount(debt), "debt_in_words": in_words(roubles_of(debt)),
        "rows": sorted(_creditor(names.get(creditor, creditor), rows) for creditor, rows in _by_creditor(overdue)),
        "due_later": amount(due_later) if due_later else "", "besides": amount(besides) if besides else "",
        "paid_later": amount(paid_later) if paid_later else "",
    }
    row = {"account_id": account, "owed_on": told.on, "number": number, "issued_on": issued_on, "debt_kop": debt,
           "due_later_kop": due_later, "besides_kop": besides, "paid_later_kop": paid_later}
    return values, row


def _by_creditor(overdue: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    owed = overdue.filter(pl.col("left_kop") > 0).sort("creditor_id", "billing_month")
    parts = owed.partition_by("creditor_id", as_dict=True, maintain_order=True)
    return [(str(creditor), rows) for (creditor,), rows in parts.items()]


def _creditor(name: str, rows: pl.DataFrame) -> list[str]:
    return [name, month_spans(rows["billing_month"]), amount(int(rows["left_kop"].sum()))]


def _addresses(book: Book, version: Version, on: date) -> dict[str, str]:
    """Address of each account's premises."""
    placed = register_of(book, version, ACCOUNTS).select("account_id", "premises_id")
    known = directory(book, ADDRESSES, on)
    return dict(placed.join(known, on="premises_id").select("account_id", "address").rows())
