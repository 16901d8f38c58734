"""The state with which a book starts, from its opening feeds.

    open item: billed = outstanding, paid = 0, epoch base = outstanding; aged at the cut before the first month

Limitation runs from the day after the due date (ГК 196, 200); a lump sum without months has no date of
limitation and is never taken to court. Not here: files, publication.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.contracts.ledger import ADVANCES, OPEN_ITEMS
from pipeline.money import total


@dataclass(frozen=True)
class Total:
    """One line to sign off: how many items and kopecks of one creditor and kind of debt."""

    creditor_id: str
    debt_kind_code: str
    items: int
    amount_kop: int


@dataclass(frozen=True)
class OpeningTotals:
    """What an analyst signs off before a book opens."""

    accounts: int
    accounts_with_items: int
    items: int
    items_kop: int
    by_creditor: tuple[Total, ...]
    advances: int
    advances_kop: int
    meters: int
    episodes: int


def open_items(items: pl.DataFrame, *, cut_on: date, limitation_years: int) -> pl.DataFrame:
    """`open_items` of the opening; items of nothing are left out."""
    overdue = (pl.lit(cut_on) - pl.col("due_on")).dt.total_days()
    limitation = pl.when(pl.col("charge_month").is_not_null()).then(
        pl.col("due_on").dt.offset_by(f"{limitation_years}y")
    )
    return (
        items.filter(pl.col("outstanding_kop") > 0)
        .with_columns(
            billed_kop=pl.col("outstanding_kop"), paid_kop=pl.lit(0, dtype=pl.Int64()),
            written_off_kop=pl.lit(0, dtype=pl.Int64()), epoch_base_kop=pl.col("outstanding_kop"),
            days_overdue=pl.max_horizontal(overdue, 0).cast(pl.Int32()),
            months_overdue=_months_since("due_on", cut_on),
            limitation_on=limitation, is_disputed=pl.lit(False),
        )
        .with_columns(is_time_barred=(pl.col("limitation_on") < cut_on).fill_null(False))
        .select(OPEN_ITEMS.inside_names)
        .sort(OPEN_ITEMS.primary_key)
    )


def advances(opening: pl.DataFrame) -> pl.DataFrame:
    """`advances` of the opening, arrived on the day the centre received them."""
    return (
        opening.filter(pl.col("amount_kop") > 0)
        .with_columns(
            origin_code=pl.lit("opening"), registry_id=pl.lit(None, dtype=pl.String()),
            posted_at=pl.col("received_on").cast(pl.Datetime("us")).dt.replace_time_zone(MOSCOW_NAME),
        )
        .select(ADVANCES.inside_names)
        .sort(ADVANCES.primary_key)
    )


def totals(
    accounts: pl.DataFrame, items: pl.DataFrame, held: pl.DataFrame, meters: pl.DataFrame, episodes: pl.DataFrame
) -> OpeningTotals:
    """Figures to sign off, by creditor and kind of debt."""
    grouped = items.group_by("creditor_id", "debt_kind_code").agg(pl.len(), total("outstanding_kop"))
    lines = grouped.sort("creditor_id", "debt_kind_code").rows()
    return OpeningTotals(
        accounts=accounts.height, accounts_with_items=items["account_id"].n_unique(), items=items.height,
        items_kop=int(items.select(total("outstanding_kop")).item() or 0),
        by_creditor=tuple(Total(*line) for line in lines),
        advances=held.height, advances_kop=int(held.select(total("amount_kop")).item() or 0),
        meters=meters.height, episodes=episodes.height,
    )


def added_up(parts: Sequence[OpeningTotals]) -> OpeningTotals:
    """Totals of all parts of a book: an account lies in one part."""
    items: Counter[tuple[str, str]] = Counter()
    amounts: Counter[tuple[str, str]] = Counter()
    for line in (line for part in parts for line in part.by_creditor):
        items[line.creditor_id, line.debt_kind_code] += line.items
        amounts[line.creditor_id, line.debt_kind_code] += line.amount_kop
    summed = {
        name: sum(getattr(part, name) for part in parts)
        for name in ("accounts", "accounts_with_items", "items", "items_kop", "advances", "advances_kop", "meters",
                     "episodes")
    }
    return OpeningTotals(by_creditor=tuple(Total(*key, items[key], amounts[key]) for key in sorted(items)), **summed)


def _months_since(column: str, on: date) -> pl.Expr:
    """Whole calendar months from a day to `on`: 10 March to 9 April is none, to 10 April is one."""
    since = pl.col(column)
    months = (pl.lit(on.year) - since.dt.year()) * 12 + pl.lit(on.month) - since.dt.month()
    is_short = since.dt.day() > on.day
    return pl.max_horizontal(months - is_short.cast(pl.Int32()), 0).cast(pl.Int32())
