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


def counts_by_fate(settled: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows and money of each fate by table, delivery and day of arrival; counts of parts can be put together."""
    # most tables bring nothing in most cycles
    brought = {table: frame for table, frame in settled.items() if frame.height} or dict(list(settled.items())[:1])
    return pl.concat([_of_table(table, frame) for table, frame in brought.items()])


def listed_deliveries(counts: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """`deliveries` from counts by fate, of all parts one under another: one row per delivery and day of arrival.

    `files` lists the deliveries (delivery_id, table_name, received_at, status_code, dated_by_code, files), empty ones
    and copies too. Rows of a further copy of a file count as repeated.
    """
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
    # rows of a delivery lie together, mostly of one fate: runs of them are counted, not rows by long ids
    starts = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in (*_KEY, FATE))
    runs = frame.select(*_KEY, FATE, (starts | (pl.int_range(pl.len()) == 0)).cum_sum().alias("_run"), _kop=money)
    counted = runs.group_by("_run").agg(
        pl.col(*_KEY, FATE).first(), _rows=pl.len().cast(pl.Int64), _kop=pl.col("_kop").sum()
    )
    numbers = [pl.col("_rows").filter(pl.col(FATE) == fate).sum().alias(f"{fate}_rows") for fate in FATES]
    numbers += [pl.col("_kop").filter(pl.col(FATE) == fate).sum().alias(f"{fate}_kop") for fate in _MONEY_FATES]
    return counted.group_by(_KEY).agg(numbers).with_columns(table_name=pl.lit(table))
