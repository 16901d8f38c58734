"""A kopeck planted in a copy of the town is told loudly, and the command ends with 1."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.reports.finance.calendar import Span
from pipeline.reports.finance.turnover import turnover
from pipeline.storage.book import Book
from tests.town.books import raschet_here, version_of

MARCH = BillingMonth(2026, 3)
#: Calendar March lies within the cycle of February's documents.
LEDGER = BillingMonth(2026, 2)


def kopeck(book: Path, table: str, column: str) -> Callable[[], None]:
    """One kopeck more in the first row of a published table; the answer puts it back."""
    file = next(
        path for path in sorted((version_of(book, LEDGER).folder / table).glob("*.parquet"))
        if pl.read_parquet(path).height
    )
    good = file.read_bytes()
    frame = pl.read_parquet(file)
    more = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(Decimal("0.01"))).otherwise(pl.lit(Decimal("0.00")))
    frame.with_columns((pl.col(column) + more).cast(frame.schema[column])).write_parquet(file)

    def put_back() -> None:
        file.write_bytes(good)

    return put_back


@pytest.mark.parametrize(("table", "column", "sentence"), [
    ("payment_allocations", "allocated_rub", "Остатки на начало и обороты дают остатки на конец"),
    ("billed_contracts", "billed_rub", ""),
    ("billed_contracts", "charged_rub", "Остатки на начало и обороты дают остатки на конец"),
    ("conservation", "paid_rub", "Обороты равны сальдо участка"),
    ("collected_money", "collected_rub", "Деньги получателей у центра сходятся"),
    ("posted_remittances", "gross_rub", "Деньги получателей у центра сходятся"),
    ("registry_reconciliation", "allocated_rub", "Полученные деньги разнесены"),
])
def test_a_kopeck_too_many_is_found(town_copy: Path, table: str, column: str, sentence: str) -> None:
    kopeck(town_copy, table, column)

    told = turnover(Book.at(town_copy), Span.of(MARCH))

    # what the flows do not read (a sum of three others) cannot change them
    assert any(one.sentence.startswith(sentence) for one in told.broken) if sentence else told.broken == ()
    assert all(one.difference_rub == Decimal("0.01") * one.rows for one in told.broken)


def test_the_command_says_it_and_ends_with_one(town_copy: Path, tmp_path: Path) -> None:
    put_back = kopeck(town_copy, "open_items", "outstanding_rub")
    words = ("finance", "--calendar-month", "2026-03", "--creditor", "water", "--out", str(tmp_path / "out"))

    spoiled = raschet_here(town_copy, *words)
    put_back()
    sound = raschet_here(town_copy, *words)

    assert spoiled.exit_code == 1
    assert "НЕ СХОДИТСЯ: Остатки на начало и обороты дают остатки на конец (месяц 2026-02): строк 1" in spoiled.output
    assert sound.exit_code == 0
    assert "сходятся с сальдо участка до копейки" in sound.output


def test_a_month_that_started_from_another_version_is_told(town_copy: Path) -> None:
    manifest = version_of(town_copy, LEDGER.previous).folder / "_manifest.json"
    text = manifest.read_text(encoding="utf-8")
    known = version_of(town_copy, LEDGER.previous).content_hash
    manifest.write_text(text.replace(known, "0" * len(known)), encoding="utf-8")

    told = turnover(Book.at(town_copy), Span.of(MARCH))

    assert [one.sentence for one in told.broken] == [
        "Месяц 2026-02 начат не с той версии месяца 2026-01, что опубликована"
    ]
