"""A calculation that goes wrong by a kopeck or a row is stopped by the checks of the real month, and says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts.table import Table
from pipeline.storage.run import MonthRun
from tests.robustness.small import DECEMBER, RUN
from tests.town.books import RanBook, changed, copied, faults, published_bytes, raschet_here

Wrong = Callable[[pl.DataFrame], pl.DataFrame]
FIRST = pl.int_range(pl.len()) == 0
DEEP = pytest.mark.deep


def more(**by: int) -> Wrong:
    """So much more in columns of the first row."""
    return lambda rows: rows.with_columns(
        pl.when(FIRST).then(pl.col(name) + step).otherwise(pl.col(name)).cast(rows.schema[name]).alias(name)
        for name, step in by.items()
    )


def without_the_first(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.slice(1)


def a_bonus_refused(rows: pl.DataFrame) -> pl.DataFrame:
    first = pl.col("is_eligible") & (pl.col("is_eligible").cum_sum() == 1)
    failed = "is_paid_online"
    told = {"is_eligible": False, failed: False, "first_failed_code": failed, "entitlement_id": None}
    return rows.with_columns(
        pl.when(first).then(pl.lit(value, dtype=rows.schema[name])).otherwise(name).alias(name)
        for name, value in told.items()
    )


def a_bonus_given(rows: pl.DataFrame) -> pl.DataFrame:
    first = ~pl.col("is_eligible") & ((~pl.col("is_eligible")).cum_sum() == 1)
    conditions = [name for name in rows.columns if name.startswith(("is_", "has_")) and name != "is_final"]
    return rows.with_columns(
        *(pl.when(first).then(pl.lit(True)).otherwise(name).alias(name) for name in conditions),
        first_failed_code=pl.when(first).then(None).otherwise("first_failed_code"),
        blocked_documents=pl.when(first).then(pl.lit(0, dtype=pl.Int32)).otherwise("blocked_documents"),
        is_final=pl.col("is_final") & ~first,
    )


TAMPERED = [
    ("open_items", more(paid_kop=1, outstanding_kop=-1)),
    *(pytest.param(name, wrong, marks=DEEP) for name, wrong in [
        ("open_items", without_the_first),
        ("open_items", more(days_overdue=31)),
        ("payment_allocations", more(allocated_kop=1)),
        ("payment_allocations", without_the_first),
        ("advances", more(amount_kop=1)),
        ("posted_payments", more(amount_kop=1)),
        ("posted_payments", without_the_first),
        ("billed_documents", more(billed_kop=1)),
        ("billed_documents", without_the_first),
        ("account_balances", more(billed_kop=1, closing_kop=1)),
        ("conservation", more(paid_kop=1, closing_kop=-1)),
        ("registry_reconciliation", more(received_kop=1, advance_kop=1)),
        ("eligibility", a_bonus_refused),
        ("eligibility", a_bonus_given),
        ("eligibility", without_the_first),
        ("debtors", without_the_first),
        ("debtors", more(shielded_kop=1, claimed_kop=-1)),
        ("sms_list", more(claimed_kop=1)),
        ("court_list", without_the_first),
        ("deliveries", more(received_rows=1, accepted_rows=1)),
        ("quarantine", without_the_first),
        ("meter_memory", more(last_value_e7=1)),
        ("unconfirmed_charges", more(charged_kop=1)),
        ("account_index", more(account_index=1_000)),
    ]),
]


@pytest.mark.parametrize(("name", "wrong"), TAMPERED, ids=lambda told: getattr(told, "__name__", str(told)))
def test_a_wrong_table_stops_the_month(
    small: RanBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, wrong: Wrong
) -> None:
    book = copied(small.root, tmp_path / "book")
    touched: list[str] = []
    write = MonthRun.write

    def tampered(run: MonthRun, table: Table, part: str, frame: pl.DataFrame) -> None:
        is_it = table.name == name and not frame.is_empty() and not touched
        touched.extend([part] * is_it)
        write(run, table, part, wrong(frame) if is_it else frame)

    monkeypatch.setattr(MonthRun, "write", tampered)

    called = raschet_here(book, *RUN)

    assert touched, f"{name} is empty in this book"
    assert called.exit_code == 1, called.output[-2000:]
    assert "остановлен, опубликованный месяц не изменился" in called.output
    assert "не пройдено, месяц не опубликован" in called.output, called.output[-2000:]
    assert "Traceback" not in called.output
    assert changed(published_bytes(small.root, DECEMBER), published_bytes(book, DECEMBER)) == []
    assert faults(book) == []
