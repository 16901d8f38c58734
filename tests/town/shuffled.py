"""The same deliveries in another order: rows shuffled, files split, files named by their hashes."""

from __future__ import annotations

import random
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import polars as pl

PIECES = 3


def shuffled_landing(landing: Path, to: Path, seed: int = 20260620) -> Path:
    """Every file of a landing folder, its rows in another order, in up to three files of other names."""
    order = random.Random(seed)
    for file in sorted(landing.rglob("*.parquet")):
        folder = to / file.relative_to(landing).parent
        folder.mkdir(parents=True, exist_ok=True)
        for piece in _pieces(pl.read_parquet(file), order):
            written = BytesIO()
            piece.write_parquet(written)
            name = sha256(written.getvalue()).hexdigest()[:16]
            (folder / f"{name}.parquet").write_bytes(written.getvalue())
    return to


def _pieces(rows: pl.DataFrame, order: random.Random) -> list[pl.DataFrame]:
    mixed = rows.sample(fraction=1.0, shuffle=True, seed=order.randrange(1 << 30))
    cuts = sorted(order.randint(0, rows.height) for _ in range(PIECES - 1))
    bounds = [0, *cuts, rows.height]
    pieces = [mixed[start:end] for start, end in pairwise(bounds) if end > start]
    # an empty file has come, a missing one has not
    return pieces or [rows]
