"""The order of rows, the number of files and their names change nothing but which file a row came from."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.eligibility import ENTITLEMENTS
from pipeline.contracts.ingest import DELIVERIES, FATES
from pipeline.contracts.queue import WORK_QUEUE
from pipeline.contracts.table import Stage
from pipeline.storage import journal
from tests.town.books import RanBook

PLACE = ["delivery_id", "row_number"]
#: The queue names a refused row by its place; of equal rows the name decides which one stands first.
OF_PLACE = ["queue_id", "rank", "refused_delivery_id", "refused_row_number"]
TABLES = [table.name for table in tables_of(Stage.PUBLISHED) if table is not DELIVERIES]
COUNTED = ["received_rows", "received_rub", *(name for name in DELIVERIES.names if name.split("_")[0] in FATES)]


def published(town: RanBook, table: str) -> pl.DataFrame:
    """A table of all months, without the place in a file that each row came from."""
    files = sorted((town.root / "published").glob(f"*/{table}/*.parquet"))
    assert len(files) >= 7, f"{table}: the opening and six months"
    frames = [pl.read_parquet(file).with_columns(run_month=pl.lit(file.parents[1].name)) for file in files]
    if table == WORK_QUEUE.name:
        told = pl.when(pl.col("table_name").is_null()).then(pl.col(OF_PLACE))
        frames = [frame.with_columns(told) for frame in frames]
    return pl.concat(frames).drop(PLACE, strict=False).with_columns(pl.col(pl.List(pl.String)).list.join(" "))


@pytest.mark.parametrize("table", TABLES)
def test_a_table_says_the_same(town: RanBook, shuffled_town: RanBook, table: str) -> None:
    one, other = (published(each, table) for each in (town, shuffled_town))
    one, other = (each.sort(each.columns) for each in (one, other))

    assert one.equals(other), pl.concat([one, other]).filter(pl.struct(pl.all()).is_unique())


def test_every_row_has_the_same_fate(town: RanBook, shuffled_town: RanBook) -> None:
    one, other = (
        published(each, DELIVERIES.name).group_by("run_month", "table_name", "received_at")
        .agg(pl.col(COUNTED).sum()).sort("run_month", "table_name", "received_at")
        for each in (town, shuffled_town)
    )

    assert one.equals(other), pl.concat([one, other]).filter(pl.struct(pl.all()).is_unique())


def test_the_order_really_was_another(town: RanBook, shuffled_town: RanBook) -> None:
    rows = [
        pl.read_parquet(sorted((each.root / "landing" / "payments").rglob("*.parquet")))["payment_id"]
        for each in (town, shuffled_town)
    ]
    files = [len(list((each.root / "landing").rglob("*.parquet"))) for each in (town, shuffled_town)]

    assert rows[0].to_list() != rows[1].to_list()
    assert set(rows[0]) == set(rows[1])
    assert files[1] > 2 * files[0]


def test_the_same_bonuses_are_granted(town: RanBook, shuffled_town: RanBook) -> None:
    one, other = (journal.read(each.book, ENTITLEMENTS) for each in (town, shuffled_town))

    assert one.equals(other)
