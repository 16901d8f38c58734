"""Letters that ask for the claim of a list: its overdue items by month and service, less what may cover them already.

The months add up to the claim exactly, or the letter is not printed: a letter with another sum than the list would
dun for money that nobody has claimed. Not here: what a receipt or a pre-trial notice says besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from pipeline.domain.debt.arrears import PAIR
from pipeline.rendering.russian import day
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

#: Values that a kind of letter adds, of the row of its list and the items behind it.
Told = Callable[[dict[str, Any], list[dict[str, Any]]], dict[str, Any]]


def by_month_and_service(items: pl.DataFrame) -> pl.DataFrame:
    """Open items as a letter lists them: account × creditor × month of the bill × service, in this order."""
    return items.group_by(*PAIR, "billing_month", "service_code").agg(
        pl.col("outstanding_kop").sum(), pl.col("due_on").min(), kinds=pl.col("debt_kind_code").unique().sort(),
    ).sort(*PAIR, "billing_month", "service_code")


def claim_letters(
    listed: pl.DataFrame, items: pl.DataFrame, ground: Ground, *, indexed: tuple[str, ...], told: Told
) -> Iterator[Letter]:
    """Letters of rows of a list (inside shape) in their order. `items`: as `by_month_and_service` gives them;
    `indexed`: columns of the list that the index of letters carries."""
    of_pair = items.partition_by(PAIR, as_dict=True, maintain_order=True)
    for row in listed.to_dicts():
        mine = of_pair.get((row["account_id"], row["creditor_id"]))
        found = [] if mine is None else mine.to_dicts()
        yield _letter(row, found, ground, {name: row[name] for name in indexed}, told)


def _letter(
    row: dict[str, Any], items: list[dict[str, Any]], ground: Ground, indexed: dict[str, Any], told: Told
) -> Letter:
    flat, claimed = addressed(row, ground), row["claimed_kop"]
    overdue = sum(item["outstanding_kop"] for item in items)
    indexed |= {"overdue_kop": overdue}
    if not 0 < claimed <= overdue:
        return Letter(None, {**indexed, "has_qr": False, "lacks": sorted([*flat.lacks, SUMS_DIFFER])})
    purpose = f"Долг за ЖКУ по {day(ground.run_on)}, лицевой счёт {row['account_id']}"
    values = {
        **flat.values, **to_pay(flat, sum_kop=claimed, purpose=purpose), "overdue": amount(overdue),
        "covered": amount(overdue - claimed) if overdue > claimed else "",
        "penalty_articles": penalty_articles({kind for item in items for kind in item["kinds"]}),
        **months_and_services(items, ground.services), **told(row, items),
    }
    return Letter(values, {**indexed, "has_qr": bool(values["qr"]), "lacks": sorted(flat.lacks)})
