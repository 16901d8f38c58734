"""Answers of the engines as one shape, and their fingerprints: rows, and the sum of all row hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts import ledger, metering
from pipeline.storage.run import MonthRun

_KEY: Final = list(ledger.ITEM_KEY)
SHAPES: Final = {
    "movements": ["payment_id", *_KEY, "allocated_kop", "rule_code"],
    "open_items": [*_KEY, "billed_kop", "paid_kop", "outstanding_kop", "epoch_base_kop", "days_overdue",
                   "months_overdue"],
    "volumes": ["reading_id", "meter_id", "volume_e7", "is_accepted"],
}


def ours(run: MonthRun, meters: pl.Series) -> dict[str, pl.DataFrame]:
    """The published tables of a run in the shape of the job."""
    consumption = run.read(metering.CONSUMPTION).filter(pl.col("meter_id").is_in(meters.implode()))
    return {
        "movements": run.read(ledger.PAYMENT_ALLOCATIONS).select(SHAPES["movements"]),
        "open_items": run.read(ledger.OPEN_ITEMS).select(SHAPES["open_items"]),
        "volumes": consumption.with_columns(is_accepted=pl.col("verdict_code") == "accepted").select(SHAPES["volumes"]),
    }


def of_peer(answer: Path) -> dict[str, pl.DataFrame]:
    """What a peer has written: a file or, from Spark, a folder."""
    return {
        name: pl.read_parquet(
            answer / name / "*.parquet" if (answer / name).is_dir() else answer / f"{name}.parquet"
        ).select(columns)
        for name, columns in SHAPES.items()
    }


def fingerprints(answer: dict[str, pl.DataFrame]) -> dict[str, tuple[int, int]]:
    """Table → rows and the sum of row hashes, whatever the order of rows and the widths of integers."""
    return {name: (rows.height, int(_hashes(rows).cast(pl.Int128).sum() or 0)) for name, rows in answer.items()}


def _hashes(rows: pl.DataFrame) -> pl.Series:
    plain = rows.select(
        pl.col(name).cast(pl.Int64) if dtype.is_integer()
        else pl.col(name).cast(pl.Date) if dtype.is_temporal()
        else pl.col(name).cast(pl.String) if dtype != pl.Boolean else pl.col(name)
        for name, dtype in rows.schema.items()
    )
    return plain.hash_rows(seed=4)
