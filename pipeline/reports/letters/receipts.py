"""Debt receipts as values of `receipt.typ`: one letter an account and creditor of the published list.

    items overdue, by month and service   −   what may cover them already   =   the claim of the list

The months add up to the claim exactly, or the letter is not printed: a receipt with another sum than the list would
dun for money that nobody has claimed. Addressed to the flat, not to a person. Not here: batches and files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl

from pipeline.contracts.events import COURT_CASES
from pipeline.contracts.papers import LACKING, NOT_PRINTED
from pipeline.domain.debt.arrears import PAIR, overdue_items
from pipeline.money import roubles_of
from pipeline.rendering.payment_qr import NoPaymentCode, payment_svg, payment_text
from pipeline.rendering.russian import day, decimal, month_name
from pipeline.rendering.sums_in_words import in_words
from pipeline.reports.letters.payees import Known, payee_of
from pipeline.storage.centre import Centre

#: More services than this stand one under another, not side by side.
SIDE_BY_SIDE: Final = 5
NO_ADDRESS, NO_DETAILS, SUMS_DIFFER = LACKING[0], LACKING[1], NOT_PRINTED[0]


@dataclass(frozen=True, slots=True)
class Ground:
    """What all letters of a list share."""

    centre: Centre
    payees: Mapping[str, Known]
    services: Mapping[str, str]
    addresses: Mapping[str, str]
    run_on: date


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: its values without its number, and its row of RECEIPT_LETTERS (inside shape) without its file."""

    values: dict[str, Any] | None
    row: dict[str, Any]


def receipt_items(open_items: pl.DataFrame) -> pl.DataFrame:
    """What a receipt lists: overdue items with months (`debt_receipts` leaves lump sums out), added up by service."""
    items = overdue_items(open_items, COURT_CASES.empty_inside()).filter(~pl.col("is_lump"))
    return items.group_by(*PAIR, "billing_month", "service_code").agg(
        pl.col("outstanding_kop").sum(), pl.col("due_on").min()
    ).sort(*PAIR, "billing_month", "service_code")


def letters(listed: pl.DataFrame, items: pl.DataFrame, ground: Ground) -> Iterator[Letter]:
    """Letters of rows of `debt_receipts` (inside shape) in their order; `items` as `receipt_items` gives them."""
    of_pair = items.partition_by(PAIR, as_dict=True, maintain_order=True)
    for row in listed.to_dicts():
        mine = of_pair.get((row["account_id"], row["creditor_id"]))
        yield _letter(row, [] if mine is None else mine.to_dicts(), ground)


def _letter(row: dict[str, Any], items: list[dict[str, Any]], ground: Ground) -> Letter:
    known = payee_of(dict(ground.payees), row["creditor_id"])
    overdue = sum(item["outstanding_kop"] for item in items)
    address = ground.addresses.get(row["premises_id"] or "", "")
    lacks = [*known.lacks, *([] if address else [NO_ADDRESS])]
    told = {
        "action_id": row["action_id"], "account_id": row["account_id"], "creditor_id": row["creditor_id"],
        "premises_id": row["premises_id"], "overdue_kop": overdue, "claimed_kop": row["claimed_kop"],
    }
    if not 0 < row["claimed_kop"] <= overdue:
        return Letter(None, {**told, "has_qr": False, "lacks": sorted([*lacks, SUMS_DIFFER])})
    purpose = f"Долг за ЖКУ по {day(ground.run_on)}, лицевой счёт {row['account_id']}"
    qr = "" if known.lacks else _code(known, row, purpose)
    if not (qr or known.lacks):
        lacks.append(NO_DETAILS)
    values = _values(row, items, known, address, purpose, ground) | {"qr": qr}
    return Letter(values, {**told, "has_qr": bool(qr), "lacks": sorted(lacks)})


def _code(known: Known, row: dict[str, Any], purpose: str) -> str:
    try:
        return payment_svg(payment_text(
            known.payee, sum_kop=row["claimed_kop"], purpose=purpose, account_id=row["account_id"]
        ))
    except NoPaymentCode:
        return ""


def _values(
    row: dict[str, Any], items: list[dict[str, Any]], known: Known, address: str, purpose: str, ground: Ground
) -> dict[str, Any]:
    claimed, overdue = row["claimed_kop"], sum(item["outstanding_kop"] for item in items)
    payee = known.payee
    return {
        "account": row["account_id"], "address": address, "on": day(ground.run_on), "purpose": purpose,
        "payee": {
            "name": payee.name, "inn": payee.inn, "kpp": payee.kpp, "account": payee.account, "bank": payee.bank_name,
            "bic": payee.bic, "correspondent": payee.correspondent_account,
        },
        "since": day(min(item["due_on"] for item in items)), "overdue": amount(overdue),
        "covered": amount(overdue - claimed) if overdue > claimed else "", "claimed": amount(claimed),
        "claimed_in_words": in_words(roubles_of(claimed)), **months_and_services(items, ground.services),
    }


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


def amount(kopecks: int) -> str:
    """«1 234,50»: the column names the rouble."""
    return decimal(Decimal(kopecks).scaleb(-2), 2)


def _of_service(items: list[dict[str, Any]], code: str) -> str:
    mine = [item["outstanding_kop"] for item in items if item["service_code"] == code]
    return amount(sum(mine)) if mine else "—"


def _together(items: list[dict[str, Any]], codes: list[str]) -> list[str]:
    return [amount(sum(item["outstanding_kop"] for item in items))] if len(codes) > 1 else []
