"""What letters of all kinds are made of: a letter and its row, the payee with a payment code, the table of a debt.

Values are texts, ready to print. Not here: what a letter of one kind says (`receipts.py`, `restriction_notices.py`,
`instalment_offers.py`), files (`batches.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipeline.contracts.papers import LACKING, NOT_PRINTED
from pipeline.money import roubles_of
from pipeline.rendering.payment_qr import NoPaymentCode, payment_svg, payment_text
from pipeline.rendering.russian import day, decimal, month_name
from pipeline.rendering.sums_in_words import in_words
from pipeline.reports.letters.payees import Known, payee_of
from pipeline.storage.centre import Centre

#: More services than this stand one under another, not side by side.
SIDE_BY_SIDE: Final = 5
NO_ADDRESS, NO_DETAILS = LACKING[0], LACKING[1]
_CAPITAL_REPAIR: Final = "capital_repair"
SUMS_DIFFER = NOT_PRINTED[0]


@dataclass(frozen=True, slots=True)
class Ground:
    """What all letters of a list share; `terms`: days, months and other values of rules that letters of the kind name.
    """

    centre: Centre
    payees: Mapping[str, Known]
    services: Mapping[str, str]
    addresses: Mapping[str, str]
    run_on: date
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: its values without its number, and its row of the index (inside shape) without its file."""

    values: dict[str, Any] | None
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Addressed:
    """A flat and the creditor that writes to it: values that stand on every letter, and what they lack."""

    values: dict[str, Any]
    known: Known
    lacks: list[str]


def addressed(row: Mapping[str, Any], ground: Ground) -> Addressed:
    """Head of a letter for a row with account_id, creditor_id, premises_id."""
    known = payee_of(dict(ground.payees), row["creditor_id"])
    address = ground.addresses.get(row["premises_id"] or "", "")
    values = {
        "account": row["account_id"], "address": address, "on": day(ground.run_on), "payee": payee_values(known),
    }
    return Addressed(values, known, [*known.lacks, *([] if address else [NO_ADDRESS])])


def payee_values(known: Known) -> dict[str, str]:
    """Requisites of a creditor as every paper names them; empty texts for what nobody has told."""
    payee = known.payee
    return {
        "name": payee.name, "inn": payee.inn, "kpp": payee.kpp, "ogrn": known.ogrn, "address": known.legal_address,
        "account": payee.account, "bank": payee.bank_name, "bic": payee.bic,
        "correspondent": payee.correspondent_account,
    }


def to_pay(told: Addressed, *, sum_kop: int, purpose: str) -> dict[str, Any]:
    """`claimed`, `claimed_in_words`, `purpose` and `qr` (SVG); no code is told in `lacks`."""
    code = "" if told.known.lacks else _code(told, sum_kop, purpose)
    if not (code or told.known.lacks):
        told.lacks.append(NO_DETAILS)
    return {"claimed": amount(sum_kop), "claimed_in_words": in_words(roubles_of(sum_kop)), "purpose": purpose,
            "qr": code}


def _code(told: Addressed, sum_kop: int, purpose: str) -> str:
    try:
        return payment_svg(payment_text(
            told.known.payee, sum_kop=sum_kop, purpose=purpose, account_id=told.values["account"]
        ))
    except NoPaymentCode:
        return ""


def months_and_services(items: list[dict[str, Any]], services: Mapping[str, str]) -> dict[str, Any]:
    """The table of a debt as text: `heads`, `left` (columns aligned to the left), `rows`, `totals`. Months of the
    billing documents downwards, services across; downwards too where there are many."""
    codes = sorted({item["service_code"] for item in items}, key=lambda code: services.get(code, code))
    names = [services.get(code, code) for code in codes]
    total = amount(sum(item["outstanding_kop"] for item in items))
    if len(codes) > SIDE_BY_SIDE:
        rows = [
            [month_name(item["billing_month"]), day(item["due_on"]),
             services.get(item["service_code"], item["service_code"]), amount(item["outstanding_kop"])]
            for item in items
        ]
        return {"heads": ["Месяц", "Оплатить до", "Услуга", "Долг, ₽"], "left": 3, "rows": rows,
                "totals": ["Всего", "", "", total]}
    months: dict[date, list[dict[str, Any]]] = {}
    for item in items:
        months.setdefault(item["billing_month"], []).append(item)
    rows = [
        [month_name(month), day(min(item["due_on"] for item in mine)),
         *(_of_service(mine, code) for code in codes), *_together(mine, codes)]
        for month, mine in months.items()
    ]
    many = len(codes) > 1
    return {
        "heads": ["Месяц", "Оплатить до", *names, *(["Всего, ₽"] if many else [])], "left": 2, "rows": rows,
        "totals": ["Всего", "", *(_of_service(items, code) for code in codes), *([total] if many else [])],
    }


def penalty_articles(kinds: set[str]) -> str:
    """«ч. 14 и 14.1»: by which parts of ЖК РФ, ст. 155, penalties on debts of these kinds are charged to citizens."""
    if kinds == {_CAPITAL_REPAIR}:
        return "ч. 14.1"
    return "ч. 14 и 14.1" if _CAPITAL_REPAIR in kinds else "ч. 14"


def span(months: list[date]) -> str:
    """«январь 2026 — март 2026», or one month; of billing months in any order, at least one."""
    first, last = month_name(min(months)), month_name(max(months))
    return first if first == last else f"{first} — {last}"


def within(days: int, one: str = "", many: str = "") -> str:
    """«21 дня», «20 дней», «2 календарных дней»: as it stands after «в течение»."""
    is_one = days % 10 == 1 and days % 100 != 11
    return " ".join([str(days), *filter(None, [one if is_one else many]), "дня" if is_one else "дней"])


def amount(kopecks: int) -> str:
    """«1 234,50»: the column names the rouble."""
    return decimal(Decimal(kopecks).scaleb(-2), 2)


def _of_service(items: list[dict[str, Any]], code: str) -> str:
    mine = [item["outstanding_kop"] for item in items if item["service_code"] == code]
    return amount(sum(mine)) if mine else "—"


def _together(items: list[dict[str, Any]], codes: list[str]) -> list[str]:
    return [amount(sum(item["outstanding_kop"] for item in items))] if len(codes) > 1 else []
