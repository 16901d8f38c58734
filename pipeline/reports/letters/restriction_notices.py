"""Warnings of a restriction as values of `restriction_notice.typ` (ПП 354, п. 119): one letter an account and creditor.

    services of the list whose next step is the warning, and whose day has come
    items of each by month = its overdue sum in the list; their sum less its cover, once = what is asked for

A service whose months do not make up the list, one that is never restricted, or gas, which has rules of its own
(ПП 549), stops the whole letter: a wrong warning is worse than none. Addressed to the flat, not to a person. Not here:
batches and files, who is warned.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from pipeline.contracts.debt import RESTRICTION_LIST
from pipeline.contracts.events import COURT_CASES
from pipeline.contracts.papers import NOT_PRINTED, RESTRICTION_NOTICES
from pipeline.contracts.registers import SERVICE_CONTRACTS, SERVICES
from pipeline.domain.debt.arrears import PAIR, overdue_items
from pipeline.domain.debt.restriction import restrictable, under_contract
from pipeline.domain.debt.restriction_acts import TRIPLE
from pipeline.rendering.russian import day
from pipeline.reports.letters.batches import Kind, Prepared
from pipeline.reports.letters.letter_values import SUMS_DIFFER, Ground, Letter, addressed, amount, span, to_pay, within
from pipeline.reports.letters.published_list import NoList, PublishedList, open_items_of
from pipeline.reports.registers import register_of
from pipeline.rules.debt import RestrictionRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.handover import requests, unanswered

NEVER_RESTRICTED: Final = NOT_PRINTED[1]
GAS: Final = NOT_PRINTED[2]
_OF_SERVICE: Final = ("service_code", "total_kop", "claimed_kop", "norm_fee_kop")


def letters(listed: pl.DataFrame, items: pl.DataFrame, ground: Ground) -> Iterator[Letter]:
    """Letters of rows of account × creditor with `services` (rows of the list), in their order; `items`: their debts
    by month and service."""
    of_pair = items.partition_by(PAIR, as_dict=True, maintain_order=True)
    for row in listed.to_dicts():
        mine = of_pair.get((row["account_id"], row["creditor_id"]))
        yield _letter(row, [] if mine is None else mine.to_dicts(), ground)


def _letter(row: dict[str, Any], items: list[dict[str, Any]], ground: Ground) -> Letter:
    told, services = addressed(row, ground), row["services"]
    overdue, claimed = sum(one["total_kop"] for one in services), sum(left_to_pay(services))
    indexed = {
        "account_id": row["account_id"], "creditor_id": row["creditor_id"], "premises_id": row["premises_id"],
        "service_codes": [one["service_code"] for one in services], "overdue_kop": overdue, "claimed_kop": claimed,
    }
    stops = _stops(services, items, ground)
    if stops:
        return Letter(None, {**indexed, "has_qr": False, "lacks": sorted([*told.lacks, *stops])})
    names = [ground.services.get(one["service_code"], one["service_code"]) for one in services]
    purpose = f"Долг за услуги ({', '.join(names)}) по {day(ground.run_on)}, лицевой счёт {row['account_id']}"
    values = {
        **told.values, **to_pay(told, sum_kop=claimed, purpose=purpose[:_PURPOSE]),
        "services": ", ".join(f"«{name}»" for name in names), "is_one": len(services) == 1,
        "rows": [_row(one, left, items, ground) for one, left in zip(services, left_to_pay(services), strict=True)],
        "totals": [amount(overdue), amount(claimed)],
        "covered": amount(overdue - claimed) if overdue > claimed else "", **ground.terms["told"],
    }
    return Letter(values, {**indexed, "has_qr": bool(values["qr"]), "lacks": sorted(told.lacks)})


#: Longest purpose of a payment code.
_PURPOSE: Final = 210


def _stops(services: list[dict[str, Any]], items: list[dict[str, Any]], ground: Ground) -> list[str]:
    """Why the letter must not be printed."""
    summed = {one["service_code"]: 0 for one in services}
    for item in items:
        if item["service_code"] in summed:
            summed[item["service_code"]] += item["outstanding_kop"]
    differ = any(
        summed[one["service_code"]] != one["total_kop"] or not 0 < one["claimed_kop"] <= one["total_kop"]
        for one in services
    )
    never = any(one["service_code"] in ground.terms["never"] for one in services)
    gas = any(one["service_code"] in ground.terms["gas"] for one in services)
    return [code for code, is_so in ((SUMS_DIFFER, differ), (NEVER_RESTRICTED, never), (GAS, gas)) if is_so]


def left_to_pay(services: list[dict[str, Any]]) -> list[int]:
    """What is left to pay of each, of rows with total_kop and claimed_kop. The list takes the same money off every
    service, since any of them may be the one that it covers; a letter asks for all of them and takes it off once, from
    the first on."""
    cover, left = max(one["total_kop"] - one["claimed_kop"] for one in services), []
    for one in services:
        taken = min(cover, one["total_kop"])
        cover -= taken
        left.append(one["total_kop"] - taken)
    return left


def _row(one: dict[str, Any], left_kop: int, items: list[dict[str, Any]], ground: Ground) -> list[str]:
    """Service, months, debt, monthly fee by the norm, threshold, to pay."""
    months = [item["billing_month"] for item in items if item["service_code"] == one["service_code"]]
    fee = one["norm_fee_kop"]
    return [
        ground.services.get(one["service_code"], one["service_code"]), span(months), amount(one["total_kop"]),
        amount(fee * ground.terms["fees_min"]), amount(left_kop),
    ]


def _prepared(book: Book, listed: PublishedList) -> Prepared:
    """Warnings whose day has come and that have not left on an earlier night; items of the services that the room
    itself counts."""
    rule_book = RuleBook.read().with_overrides(book.settings.rules)
    rules = RestrictionRules.in_force(rule_book, listed.run_on)
    asked = requests(RESTRICTION_LIST.name, listed.rows.filter(pl.col("next_action_code") == "notice"))
    new = unanswered(book, asked, rule_book=rule_book, on=listed.run_on, before=listed.run_on)
    due = listed.rows.join(new, on=TRIPLE, how="semi")
    if due.is_empty():
        raise NoList(
            f"В списке restriction_list месяца {listed.version.month} некого предупреждать, печатать нечего",
            "Кого предупредили раньше, помнит журнал handovers; почему счёт не предупреждают, объяснит raschet explain",
        )
    services = register_of(book, listed.version, SERVICES)
    items = restrictable(overdue_items(open_items_of(listed), COURT_CASES.empty_inside()), services, rules=rules)
    counted_in = under_contract(items, register_of(book, listed.version, SERVICE_CONTRACTS), as_of=listed.run_on)
    rows = due.sort(*PAIR, "service_code").group_by(PAIR, maintain_order=True).agg(
        pl.col("premises_id").first(), services=pl.struct(_OF_SERVICE)
    )
    by_month = counted_in.group_by(*PAIR, "billing_month", "service_code").agg(pl.col("outstanding_kop").sum())
    restored = within(rules.restore_days, "календарного", "календарных")
    told = {"days": within(rules.notice_days), "restore_days": restored, "fees": str(rules.fees_min)}
    return Prepared(rows, by_month.sort(*PAIR, "service_code", "billing_month"), {
        "told": told, "never": rules.never_services, "gas": rules.gas.services, "fees_min": rules.fees_min,
    })


RESTRICTION_NOTICE: Final = Kind(
    RESTRICTION_LIST, RESTRICTION_NOTICES, "restriction_notice.typ", "restriction-notices", _prepared, letters,
    RESTRICTION_LIST.name, RESTRICTION_NOTICES.name,
)
