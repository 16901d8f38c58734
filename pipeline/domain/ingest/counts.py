"""What became of every delivery: its rows and its money by fate."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipeline.contracts.ingest import DELIVERIES
from pipeline.domain.ingest.fates import FATE, FATES
from pipeline.money import kopecks, total

_KEY = ("delivery_id", "received_at")
_SIGN = {"payments": 1, "payment_reversals": -1}
_MONEY_FATES = FATES[:-1]


def counted_deliveries(settled: Mapping[str, pl.DataFrame], files: pl.DataFrame) -> pl.DataFrame:
    """One row per delivery and day of arrival. `settled` holds the judged rows of each table; `files` lists the
    deliveries (delivery_id, table_name, received_at, status_code, dated_by_code, files), empty ones and copies too.
    Rows of a further copy of a file count as repeated."""
    return listed_deliveries(counts_by_fate(settled), files)


def counts_by_fate(settled: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows and money of each fate by table, delivery and day of arrival; counts of parts can be put together."""
    return pl.concat([_of_table(table, frame) for table, frame in settled.items()])


def listed_deliveries(counts: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """`deliveries` from counts by fate, of all parts one under another."""
    numbers = [f"{fate}_rows" for fate in FATES] + [f"{fate}_kop" for fate in _MONEY_FATES]
    key = ["delivery_id", "table_name", "received_at"]
    told = files.join(counts.group_by(key).agg(pl.col(numbers).sum()), on=key, how="left")
    return (
        told.with_columns(pl.col(numbers).fill_null(0))
        .with_columns(_one_rows=_sum(FATES, "rows"), _one_kop=_sum(_MONEY_FATES, "kop"))
        .with_columns(
            received_rows=pl.col("_one_rows") * pl.col("files"),
            received_kop=pl.col("_one_kop") * pl.col("files"),
            repeated_rows=pl.col("repeated_rows") + pl.col("_one_rows") * (pl.col("files") - 1),
            repeated_kop=pl.col("repeated_kop") + pl.col("_one_kop") * (pl.col("files") - 1),
        )
        .select(DELIVERIES.inside_names)
        .sort(DELIVERIES.primary_key)
    )


def counted_copy(rows: pl.DataFrame, file: Mapping[str, object]) -> pl.DataFrame:
    """The row of `deliveries` for a file that came before: every row repeats. `rows` as delivered."""
    sign = _SIGN.get(str(file["table_name"]), 0)
    money = rows.select(total(kopecks(pl.col("amount_rub")))).item() * sign if sign and rows.height else 0
    copies = int(str(file["files"]))
    numbers = {name: 0 for name in DELIVERIES.inside_names if name.endswith(("_rows", "_kop"))}
    numbers |= dict.fromkeys(("received_rows", "repeated_rows"), rows.height * copies)
    numbers |= dict.fromkeys(("received_kop", "repeated_kop"), money * copies)
    return pl.DataFrame([{**file, "status_code": "repeated", **numbers}], schema=DELIVERIES.inside_schema)


def _sum(fates: tuple[str, ...], what: str) -> pl.Expr:
    return pl.sum_horizontal(f"{fate}_{what}" for fate in fates)


def _of_table(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    money = pl.col("amount_kop") * _SIGN[table] if table in _SIGN else pl.lit(0, dtype=pl.Int64)
    rows = [(pl.col(FATE) == fate).sum().cast(pl.Int64).alias(f"{fate}_rows") for fate in FATES]
    sums = [money.filter(pl.col(FATE) == fate).sum().cast(pl.Int64).alias(f"{fate}_kop") for fate in _MONEY_FATES]
    if table not in _SIGN:
        sums = [pl.lit(0, dtype=pl.Int64).alias(f"{fate}_kop") for fate in _MONEY_FATES]
    # rows of a delivery lie together: runs of numbers are grouped, not long ids
    run = pl.col("delivery_id").rle_id().alias("_run")
    counted = frame.group_by(run, "received_at").agg(pl.col("delivery_id").first(), *rows, *sums).drop("_run")
    numbers = [name for name in counted.columns if name not in _KEY]
    return counted.group_by(_KEY).agg(pl.col(numbers).sum()).with_columns(table_name=pl.lit(table))

