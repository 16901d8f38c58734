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
from pipeline.reports.letters.claim_letters import by_month_and_service, claim_letters
from pipeline.reports.letters.letter_values import Ground, Letter, amount
from pipeline.reports.letters.published_list import NoList, PublishedList
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.handover import requests, unanswered

_INDEXED: Final = ("account_id", "creditor_id", "premises_id", "claimed_kop", "court_on")


def letters(listed: pl.DataFrame, items: pl.DataFrame, ground: Ground) -> Iterator[Letter]:
    """Letters of rows of PRETRIAL_NOTICES in their order; `items`: what a court would take, by month and service."""
    return claim_letters(listed, items, ground, indexed=_INDEXED, told=_told)


def _told(row: dict[str, Any], _: list[dict[str, Any]]) -> dict[str, Any]:
    return {"court_on": day(row["court_on"]), "is_claim": row["stage_code"] == "claim", "duty": amount(row["duty_kop"])}


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
    return Prepared(due, by_month_and_service(items))


PRETRIAL_NOTICE: Final = Kind(
    PRETRIAL_NOTICES, PRETRIAL_LETTERS, "pretrial_notice.typ", "pretrial-notices", _prepared, letters,
    PRETRIAL_NOTICES.name, PRETRIAL_NOTICES.name,
)
