"""Turnover of calendar months: chained, split anywhere, equal to the ledger, to the kopeck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.billing_month import BillingMonth
from pipeline.contracts.finance import FINANCE_MONEY, FINANCE_TURNOVER, PAID_COLUMNS
from pipeline.contracts.gate import gate
from pipeline.reports.finance.calendar import OutOfRange, Span
from pipeline.reports.finance.turnover import Turnover, turnover
from pipeline.storage.book import Book
from tests.town.books import version_of

KEY = ["creditor_id", "contract_id", "debt_kind_code"]
FLOWS = ["billed_rub", "withdrawn_rub", *PAID_COLUMNS, "reversed_rub", "transferred_rub"]
Counted = dict[str, Turnover]


def published(book: Path, month: str, table: str) -> pl.DataFrame:
    return pl.read_parquet(version_of(book, BillingMonth.parse(month)).folder / table / "*.parquet")


def summed(frame: pl.DataFrame, key: list[str], *names: str) -> pl.DataFrame:
    """Sums that are not all zero, sorted by key."""
    told = frame.group_by(key).agg(pl.col(name).sum() for name in names)
    return told.filter(pl.any_horizontal(pl.col(name) != 0 for name in names)).sort(key)


def test_nothing_is_broken_and_every_table_keeps_its_contract(counted: Counted) -> None:
    for told in counted.values():
        assert told.broken == ()
        gate(told.rows, FINANCE_TURNOVER)
        gate(told.money, FINANCE_MONEY)


def test_closing_of_a_month_is_the_opening_of_the_next(counted: Counted) -> None:
    for before, after in pairwise(counted.values()):
        closing = summed(before.rows.rename({"closing_rub": "rub"}), KEY, "rub")
        opening = summed(after.rows.rename({"opening_rub": "rub"}), KEY, "rub")
        assert_frame_equal(closing, opening)
        held = summed(before.money.rename({"closing_rub": "rub"}), ["creditor_id"], "rub")
        assert_frame_equal(held, summed(after.money.rename({"opening_rub": "rub"}), ["creditor_id"], "rub"))


def test_two_calendar_months_are_the_cycle_that_they_share(counted: Counted, town_book: Path) -> None:
    both = pl.concat([counted["2025-12"].rows, counted["2026-01"].rows])
    ledger = published(town_book, "2025-12", "conservation")

    for name in ("billed_rub", "paid_rub", "reversed_rub"):
        key = ["creditor_id", "debt_kind_code"]
        assert_frame_equal(summed(both, key, name), summed(ledger, key, name))
    opening = summed(counted["2025-12"].rows, ["creditor_id"], "opening_rub")
    assert_frame_equal(opening, summed(ledger, ["creditor_id"], "opening_rub"))
    closing = summed(counted["2026-01"].rows, ["creditor_id"], "closing_rub")
    assert_frame_equal(closing, summed(ledger, ["creditor_id"], "closing_rub"))


def test_the_border_inside_a_cycle_follows_days(counted: Counted, town_book: Path) -> None:
    moved = published(town_book, "2025-12", "payment_allocations").filter(
        ~pl.col("rule_code").is_in(["credit", "superseded", "reversal"])
    )
    arrived = pl.col("posted_at").dt.date()
    until = moved.filter(arrived <= date(2025, 12, 31))["allocated_rub"].sum()

    assert counted["2025-12"].rows["paid_rub"].sum() == until
    assert counted["2026-01"].rows["paid_rub"].sum() == moved["allocated_rub"].sum() - until
    assert 0 < until < moved["allocated_rub"].sum()


def weeks() -> Iterator[Span]:
    first = date(2025, 12, 20)
    while first <= date(2026, 3, 1):
        yield Span(first, first + timedelta(days=9))
        first += timedelta(days=10)


def test_any_spans_in_a_row_add_up_to_the_whole(town_book: Path) -> None:
    book = Book.at(town_book)
    parts = [turnover(book, span) for span in weeks()]
    whole = turnover(book, Span(parts[0].span.first, parts[-1].span.last))

    assert [str(month.month) for month in whole.months] == ["2025-12", "2026-01", "2026-02"]
    assert not any(part.broken for part in [*parts, whole])
    assert_frame_equal(summed(pl.concat(part.rows for part in parts), KEY, *FLOWS), summed(whole.rows, KEY, *FLOWS))
    assert_frame_equal(summed(parts[0].rows, KEY, "opening_rub"), summed(whole.rows, KEY, "opening_rub"))
    assert_frame_equal(summed(parts[-1].rows, KEY, "closing_rub"), summed(whole.rows, KEY, "closing_rub"))
    money = pl.concat(part.money for part in parts)
    names = ("collected_rub", "reversed_rub", "moved_rub", "remitted_rub", "commission_rub", "own_account_rub")
    assert_frame_equal(summed(money, ["creditor_id"], *names), summed(whole.money, ["creditor_id"], *names))


def test_every_source_of_the_town_is_told(counted: Counted) -> None:
    paid = pl.concat(told.rows for told in counted.values()).select(pl.col(PAID_COLUMNS).sum()).row(0, named=True)
    for source in ("online", "bank", "post", "cash", "enforcement", "own_account", "advance", "credit"):
        assert paid[f"paid_{source}_rub"] > 0, source
    assert paid["paid_other_rub"] == 0


def test_new_versions_and_recalculations_are_seen(counted: Counted) -> None:
    rows = pl.concat(told.rows for told in counted.values())
    assert rows["withdrawn_rub"].sum() > 0
    assert rows["recalculated_rub"].abs().sum() > 0
    march = counted["2026-03"].rows
    assert march["withdrawn_rub"].sum() > 0


def test_capital_repair_stays_apart_from_other_debts_of_the_same_creditor(counted: Counted) -> None:
    kinds = counted["2026-03"].rows.filter(creditor_id="uyut")["debt_kind_code"].unique().to_list()
    assert {"principal", "capital_repair"} <= set(kinds)


def test_received_money_is_somewhere(counted: Counted, town_book: Path) -> None:
    for told in counted.values():
        where = told.received
        assert where["received"] == sum(where[name] for name in ("allocated", "advance", "suspended", "returned"))
    april = counted["2026-04"]
    listed = published(town_book, "2026-03", "registry_reconciliation").filter(
        pl.col("received_on").is_between(april.span.first, april.span.last)
    )
    assert april.received["received"] == listed["received_rub"].sum() > 0


def test_a_month_that_is_not_over_is_provisional(counted: Counted) -> None:
    assert [month for month, told in counted.items() if told.is_provisional] == ["2026-06"]
    june = counted["2026-06"]
    assert june.last_day == date(2026, 6, 20)
    assert june.rows["is_provisional"].all()
    assert counted["2025-12"].first_day == date(2025, 12, 20)


def test_the_waterworks_are_paid_short_in_february_and_in_full_in_march(counted: Counted) -> None:
    march = counted["2026-03"].remittances.filter(creditor_id="water")
    correction = march.filter(pl.col("corrects_remittance_id").is_not_null()).to_dicts()
    short = counted["2026-02"].remittances.filter(remittance_id=correction[0]["corrects_remittance_id"])

    assert [str(row["gross_rub"]) for row in correction] == ["5000.00"]
    assert short["counted_until"].to_list() == [date(2026, 2, 20)]


def test_a_month_outside_the_book_is_one_clear_sentence(town_book: Path) -> None:
    with pytest.raises(OutOfRange, match=r"За ноябрь 2025 нет расчёта: .* с 20\.12\.2025 по 20\.06\.2026"):
        turnover(Book.at(town_book), Span.of(BillingMonth(2025, 11)))
    with pytest.raises(OutOfRange, match="За июль 2026"):
        turnover(Book.at(town_book), Span.of(BillingMonth(2026, 7)))
