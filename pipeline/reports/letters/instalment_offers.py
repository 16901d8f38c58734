"""Offers of an instalment as values of `instalment_offer.typ`: one letter an account and creditor of the night.

    overdue by the ledger = `total_rub` of `instalments_offered`; less what may cover it = the claim, spread in parts

An offer binds nobody: the agreement that is signed (`agreements.py`) spreads what is owed on the day of the signing.
Not here: who is offered one, on which ground and in how many parts (`domain/debt/offers.py`), batches and files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from pipeline import money
from pipeline.contracts.events import COURT_CASES
from pipeline.contracts.handovers import OFFERS
from pipeline.contracts.instalments import INSTALMENTS_OFFERED
from pipeline.contracts.papers import INSTALMENT_OFFERS
from pipeline.contracts.registers import ACCOUNTS, SERVICES
from pipeline.domain.debt.arrears import PAIR, overdue_items
from pipeline.domain.debt.schedule import schedule
from pipeline.rendering.russian import counted, day
from pipeline.reports.letters.batches import Kind, Prepared
from pipeline.reports.letters.letter_values import SUMS_DIFFER, Ground, Letter, addressed, amount, span, to_pay
from pipeline.reports.letters.published_list import NoList, PublishedList, open_items_of
from pipeline.reports.registers import register_of
from pipeline.rules.debt_instalments import PERCENT, InstalmentRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.handover import requests, unanswered


def letters(listed: pl.DataFrame, items: pl.DataFrame, ground: Ground) -> Iterator[Letter]:
    """Letters of rows of INSTALMENTS_OFFERED with `premises_id`, in their order; `items`: their debts by month."""
    of_pair = items.partition_by(PAIR, as_dict=True, maintain_order=True)
    for row in listed.to_dicts():
        mine = of_pair.get((row["account_id"], row["creditor_id"]))
        yield _letter(row, [] if mine is None else mine.to_dicts(), ground)


def _letter(row: dict[str, Any], items: list[dict[str, Any]], ground: Ground) -> Letter:
    told, claimed, overdue, months = addressed(row, ground), row["claimed_kop"], row["total_kop"], row["months"]
    indexed = {
        "account_id": row["account_id"], "creditor_id": row["creditor_id"], "premises_id": row["premises_id"],
        "overdue_kop": overdue, "claimed_kop": claimed, "months": months,
    }
    if sum(item["outstanding_kop"] for item in items) != overdue or not 0 < claimed <= overdue:
        return Letter(None, {**indexed, "has_qr": False, "lacks": sorted([*told.lacks, SUMS_DIFFER])})
    parts = schedule(claimed, months, ground.run_on)
    purpose = f"Долг за ЖКУ по {day(ground.run_on)}, лицевой счёт {row['account_id']}"
    services = ", ".join(f"«{ground.terms['services'].get(one, one)}»" for one in row["seasonal_services"])
    values = {
        **told.values, **to_pay(told, sum_kop=claimed, purpose=purpose),
        "period": span([item["billing_month"] for item in items]), "overdue": amount(overdue),
        "covered": amount(overdue - claimed) if overdue > claimed else "", "months": counted(months, "месяц"),
        "parts": [[str(place), day(on), amount(part)] for place, (on, part) in enumerate(parts, 1)],
        "months_max": str(ground.terms["rules"].months_max),
        "seasonal": amount(row["seasonal_kop"]) if row["seasonal_kop"] else "", "seasonal_services": services,
        "seasonal_percent": str(ground.terms["rules"].seasonal_percent // PERCENT),
        "seasonal_months": counted(ground.terms["rules"].seasonal_months, "месяц"),
        "keeps_subsidy": "subsidy" in row["ground_codes"],
    }
    return Letter(values, {**indexed, "has_qr": bool(values["qr"]), "lacks": sorted(told.lacks)})


def _prepared(book: Book, listed: PublishedList) -> Prepared:
    """Whoever is due an offer tonight and has had none lately."""
    rule_book = RuleBook.read().with_overrides(book.settings.rules)
    rules = InstalmentRules.in_force(rule_book, listed.run_on)
    new = unanswered(book, requests(OFFERS, listed.rows), rule_book=rule_book, on=listed.run_on, before=listed.run_on)
    due = listed.rows.join(new, on=PAIR, how="semi", maintain_order="left")
    if due.is_empty():
        raise NoList(f"Рассрочку за {listed.version.month} предлагать некому, печатать нечего",
                     "Её предлагают, когда прошёл срок после долговой квитанции, выросла плата или дана субсидия, а "
                     "долг не погашен")
    wanted = PublishedList(listed.version, due, listed.run_on)
    items = overdue_items(open_items_of(wanted), COURT_CASES.empty_inside())
    flats = register_of(book, listed.version, ACCOUNTS).select("account_id", "premises_id")
    named = register_of(book, listed.version, SERVICES)
    by_month = items.group_by(*PAIR, "billing_month").agg(outstanding_kop=money.total("outstanding_kop"))
    rows = due.join(flats, on="account_id", how="left", maintain_order="left")
    services = dict(named.select("service_code", "name").rows())
    return Prepared(rows, by_month.sort(*PAIR, "billing_month"), {"rules": rules, "services": services})


INSTALMENT_OFFER: Final = Kind(
    INSTALMENTS_OFFERED, INSTALMENT_OFFERS, "instalment_offer.typ", "instalment-offers", _prepared, letters, OFFERS,
    OFFERS,
)
