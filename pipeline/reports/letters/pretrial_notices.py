"""Pre-trial notices as values of `pretrial_notice.typ`: one letter an account and creditor whose day of filing is near.

    items that a court would take, by month and service   −   what may cover them already   =   the claim of the list

Not here: who is told and when (`domain/debt/pretrial.py`), batches and files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from pipeline.contracts.papers import PRETRIAL_LETTERS
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.domain.debt.arrears import PAIR
from pipeline.rendering.russian import day
from pipeline.reports.letters.batches import Kind, Prepared
from pipeline.reports.letters.cases import overdue_of
from pipeline.reports.letters.letter_values import (
    SUMS_DIFFER,
    Ground,
    Letter,
    addressed,
    amount,
    months_and_services,
    penalty_articles,
    to_pay,
)
from pipeline.reports.letters.published_list import NoList, PublishedList
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.handover import requests, unanswered


def letters(listed: pl.DataFrame, items: pl.DataFrame, ground: Ground) -> Iterator[Letter]:
    """Letters of rows of PRETRIAL_NOTICES in their order; `items`: what a court would take, by month and service."""
    of_pair = items.partition_by(PAIR, as_dict=True, maintain_order=True)
    for row in listed.to_dicts():
        mine = of_pair.get((row["account_id"], row["creditor_id"]))
        yield _letter(row, [] if mine is None else mine.to_dicts(), ground)


def _letter(row: dict[str, Any], items: list[dict[str, Any]], ground: Ground) -> Letter:
    told, claimed = addressed(row, ground), row["claimed_kop"]
    overdue = sum(item["outstanding_kop"] for item in items)
    named = ("account_id", "creditor_id", "premises_id", "claimed_kop", "court_on")
    indexed = {name: row[name] for name in named} | {"overdue_kop": overdue}
    if not 0 < claimed <= overdue:
        return Letter(None, {**indexed, "has_qr": False, "lacks": sorted([*told.lacks, SUMS_DIFFER])})
    purpose = f"Долг за ЖКУ по {day(ground.run_on)}, лицевой счёт {row['account_id']}"
    values = {
        **told.values, **to_pay(told, sum_kop=claimed, purpose=purpose),
        "court_on": day(row["court_on"]), "is_claim": row["stage_code"] == "claim",
        "duty": amount(row["duty_kop"]), "overdue": amount(overdue),
        "covered": amount(overdue - claimed) if overdue > claimed else "",
        "penalty_articles": penalty_articles({kind for item in items for kind in item["kinds"]}),
        **months_and_services(items, ground.services),
    }
    return Letter(values, {**indexed, "has_qr": bool(values["qr"]), "lacks": sorted(told.lacks)})


def _prepared(book: Book, listed: PublishedList) -> Prepared:
    """Whoever is to be told tonight and has not been told in this episode."""
    rule_book = RuleBook.read().with_overrides(book.settings.rules)
    asked = requests(PRETRIAL_NOTICES.name, listed.rows)
    new = unanswered(book, asked, rule_book=rule_book, on=listed.run_on, before=listed.run_on)
    due = listed.rows.join(new, on=PAIR, how="semi", maintain_order="left")
    if due.is_empty():
        raise NoList(f"Всё из списка {PRETRIAL_NOTICES.name} передано раньше, новых уведомлений нет",
                     "Что и когда передано, помнит журнал handovers")
    items = overdue_of(PublishedList(listed.version, due, listed.run_on)).filter("may_go_to_court")
    by_service = items.group_by(*PAIR, "billing_month", "service_code").agg(
        pl.col("outstanding_kop").sum(), pl.col("due_on").min(), kinds=pl.col("debt_kind_code").unique().sort(),
    )
    return Prepared(due, by_service.sort(*PAIR, "billing_month", "service_code"))


PRETRIAL_NOTICE: Final = Kind(
    PRETRIAL_NOTICES, PRETRIAL_LETTERS, "pretrial_notice.typ", "pretrial-notices", _prepared, letters,
    PRETRIAL_NOTICES.name, PRETRIAL_NOTICES.name,
)
