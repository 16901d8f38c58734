"""A frame of a table as its published file: converted, in the order of the key, past the gate, with what was meant.

Here: one file of a table, at once or piece by piece. Not here: where files lie and who may write them (`run.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.contracts.gate import gate
from pipeline.contracts.key_order import ascends
from pipeline.contracts.table import Table
from pipeline.storage.content import inside_totals_of, written_totals
from pipeline.storage.files import gather_parquet, parquet_files, remove_folder, write_parquet
from pipeline.storage.shapes import to_outside

TOTALS: Final = "raschet.totals"
CONTRACT: Final = "raschet.contract_version"
CONTRACT_VERSION: Final = "1"


def write_table(path: Path, table: Table, frame: pl.DataFrame) -> None:
    """A frame in the inside shape, whole."""
    write_parquet(path, _kept(frame, table), notes=_notes(inside_totals_of(frame, table)))


def write_long_table(path: Path, table: Table, pieces: Iterable[pl.DataFrame], beside: Path) -> None:
    """Frames in the inside shape that follow one another in the order of the key, each of ROW_GROUP rows but the last.

    One piece at a time is held, the others wait in the folder `beside`, which goes afterwards. The gate looks at every
    piece: a key that is in two of them is left to the checks. A single piece gives the bytes of `write_table`.
    """
    meant = inside_totals_of(table.empty_inside(), table)
    remove_folder(beside)
    for number, piece in enumerate(pieces):
        write_parquet(beside / f"{number:05d}.parquet", _kept(piece, table), codec="lz4")
        meant = {name: value + meant[name] for name, value in inside_totals_of(piece, table).items()}
    gather_parquet(path, parquet_files(beside), notes=_notes(meant))
    remove_folder(beside)


def meant_totals(files: Sequence[Path]) -> dict[str, Any]:
    """{"rows": n, "<money column>": Decimal} of a table's files, as noted in them: no row is read, and publish holds
    every file against its note."""
    noted = [json.loads(pl.read_parquet_metadata(file)[TOTALS]) for file in files]
    return {
        name: sum(Decimal(one[name]) for one in noted) if isinstance(first, str) else sum(one[name] for one in noted)
        for name, first in noted[0].items()
    }


def _kept(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    outside = to_outside(frame, table)
    is_in_order = ascends(outside, table.primary_key)
    return gate(outside if is_in_order else outside.sort(table.primary_key), table, is_in_key_order=is_in_order)


def _notes(meant: dict[str, Any]) -> dict[str, str]:
    """What the calculation meant, kept with the file: publish compares it with what the file says."""
    return {CONTRACT: CONTRACT_VERSION, TOTALS: json.dumps(written_totals(meant), sort_keys=True)}
