"""Whom the money of a letter goes to: requisites of creditors, and what of them is missing or cannot be right.

Here: rows of the register `creditors` and of the directory `payment_details` as one payee; what both tell is taken from
the register. Not here: the payment code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.contracts.papers import PAYMENT_DETAILS
from pipeline.contracts.registers import CREDITORS
from pipeline.identifiers import is_bank_account, is_inn, is_ogrn
from pipeline.rendering.payment_qr import Payee
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.directories import directory
from pipeline.storage.manifest import Version


@dataclass(frozen=True, slots=True)
class Known:
    """A payee, its ОГРН and legal address, and codes of LACKING (contracts/papers.py) that keep it from being paid by a
    code."""

    payee: Payee
    ogrn: str
    legal_address: str
    lacks: tuple[str, ...]

    @property
    def unknown(self) -> dict[str, bool]:
        """Codes of `court_lacking`: what a court wants to know of a claimant (ГПК РФ, ст. 124) and nobody has told, or
        has told with wrong check digits."""
        return {
            "no_legal_address": not self.legal_address, "no_ogrn": not is_ogrn(self.ogrn),
            "no_inn": not is_inn(self.payee.inn),
        }


def payees(book: Book, version: Version, on: date) -> dict[str, Known]:
    """Every creditor of the month by id; details of payment as of a day."""
    details = {row["creditor_id"]: row for row in directory(book, PAYMENT_DETAILS, on).to_dicts()}
    return {
        row["creditor_id"]: _known(row, details.get(row["creditor_id"], {}))
        for row in register_of(book, version, CREDITORS).to_dicts()
    }


def payee_of(known: dict[str, Known], creditor_id: str) -> Known:
    """A creditor that no register knows goes by its id and cannot be paid by a code."""
    return known.get(creditor_id) or _known({"name": creditor_id}, {})


def _known(creditor: dict[str, Any], details: dict[str, Any]) -> Known:
    told = {name: creditor.get(name) or details.get(name) for name in {*creditor, *details}}
    payee = Payee(
        name=_text(told, "name"), account=_text(told, "bank_account"), bank_name=_text(told, "bank_name"),
        bic=_text(told, "bic"), correspondent_account=_text(told, "correspondent_account"), inn=_text(told, "inn"),
        kpp=_text(told, "kpp"),
    )
    if not (payee.account and payee.bic and payee.bank_name):
        lacks: tuple[str, ...] = ("no_payment_details",)
    elif not is_bank_account(payee.account, payee.bic):
        lacks = ("wrong_bank_account",)
    else:
        lacks = ()
    return Known(payee, _text(told, "ogrn"), _text(told, "legal_address"), lacks)


def _text(told: dict[str, Any], name: str) -> str:
    return str(told.get(name) or "")
