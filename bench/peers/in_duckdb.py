"""The job in DuckDB: SQL over all accounts at once.

    python -m bench.peers.in_duckdb FILES ANSWER [MEMORY]      MEMORY: «2GB», a limit beyond which it spills
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from bench.peers.sql_job import DUCKDB, INPUTS, OUTPUTS, steps

ROUNDS = 3


def job(files: Path, answer: Path, memory: str | None = None) -> None:
    """Movements, open items and volumes as Parquet."""
    terms = json.loads((files / "terms.json").read_text(encoding="utf-8"))
    with duckdb.connect() as base:
        base.execute("SET preserve_insertion_order = false")
        if memory:
            base.execute(f"SET memory_limit = '{memory}'")
            base.execute(f"SET temp_directory = '{answer / 'spill'}'")
        for name in INPUTS:
            base.execute(f"CREATE VIEW {name} AS FROM read_parquet('{files / name}.parquet')")
        for name, query in steps(DUCKDB, terms, ROUNDS):
            base.execute(f"CREATE TEMP TABLE {name} AS {query}")
        for name, step in OUTPUTS.items():
            base.execute(f"COPY {step} TO '{answer / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    job(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
