"""Months in a row carry what the whole history says: late payments from the state equal those of all movements."""

import polars as pl
import pytest

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import BEARING
from pipeline.storage.files import parquet_files
from tests.town.books import RanBook

MONTHS = ["2025-12", *(f"2026-{number:02d}" for number in range(1, 6))]
KEY = [*ITEM_KEY, "paid_on"]


def published(town: RanBook, month: str, table: str) -> pl.DataFrame:
    folder = (town.root / "published" / f"run_month={month}").resolve()
    return pl.read_parquet(parquet_files(folder / table), hive_partitioning=False, glob=False)


@pytest.mark.parametrize("place", range(len(MONTHS)))
def test_late_payments_are_those_of_the_whole_history(town: RanBook, place: int) -> None:
    moved = pl.concat([published(town, month, "payment_allocations") for month in MONTHS[: place + 1]])
    still_open = published(town, MONTHS[place], "penalties").filter(pl.col("outstanding_rub") > 0)
    late = (
        moved.with_columns(paid_on=pl.col("paid_at").dt.date())
        .filter(
            pl.col("debt_kind_code").is_in(["principal", "capital_repair"]), pl.col("origin_code") != "credit",
            (pl.col("paid_on") - pl.col("due_on")).dt.total_days() > 30,
        )
        .group_by(KEY).agg(pl.col("allocated_rub").sum()).filter(pl.col("allocated_rub") != 0)
        .join(still_open, on=ITEM_KEY, how="semi", nulls_equal=True)
    )
    told = published(town, MONTHS[place], "late_payments")
    carried = told.join(still_open, on=ITEM_KEY, how="semi", nulls_equal=True).select(*KEY, "paid_rub")

    assert late.select(*KEY, paid_rub="allocated_rub").sort(KEY).rows() == carried.sort(KEY).rows()


@pytest.mark.parametrize("place", range(len(MONTHS)))
def test_what_is_credited_is_that_of_the_whole_history(town: RanBook, place: int) -> None:
    """Of items still open: negative lines of their month in documents of all months that no later one has replaced."""
    moved = pl.concat([published(town, month, "payment_allocations") for month in MONTHS[: place + 1]])
    month = ["account_id", "creditor_id", "service_code", "debt_kind_code", "charge_month"]
    own = pl.col("payment_id").str.starts_with(pl.format("credit:{}:", "document_id"))
    lines = moved.filter(pl.col("origin_code") == "credit", pl.col("debt_kind_code").is_in(BEARING), own).group_by(
        "document_id", "contract_id", *month
    ).agg(pl.col("allocated_rub").sum()).filter(pl.col("allocated_rub") < 0)
    billed = lines.group_by("document_id", *month).agg(-pl.col("allocated_rub").sum())
    told = published(town, MONTHS[place], "credited_charges")
    summed = told.group_by(document_id="credit_document_id", **{name: name for name in month}).agg(
        pl.col("credited_rub").sum()
    )

    both = summed.join(billed, on=["document_id", *month], how="left")
    is_more = pl.col("credited_rub") > pl.col("allocated_rub")
    assert both.filter(pl.col("allocated_rub").is_null() | is_more).is_empty()
    if place == len(MONTHS) - 1:
        assert told.height > 0


def test_changes_of_the_months_add_up_to_the_penalty(town: RanBook) -> None:
    changes = pl.concat([published(town, month, "penalties") for month in MONTHS])
    first = changes.group_by(ITEM_KEY).agg(
        pl.col("before_rub").first(), pl.col("change_rub").sum(), pl.col("penalty_rub").last()
    )

    assert first.filter(pl.col("before_rub") + pl.col("change_rub") != pl.col("penalty_rub")).is_empty()
    assert published(town, MONTHS[-1], "penalty_proposals")["to_bill_rub"].sum() == changes["change_rub"].sum()
