"""What the manifest says about a month: every table from its files, registers, deliveries, rules.

Every file is hashed as it lies on the disk and its money is added up from there, so the figures are those of what
readers will see. That hash is the part's identity: the same inputs give the same bytes. Manifests of the first format
name the hash of the rows instead, and are still verified by it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.ingest import DELIVERIES
from pipeline.contracts.table import Stage, Table
from pipeline.errors import RaschetError
from pipeline.storage.cluster import Workers
from pipeline.storage.content import combined_hash, content_hash, totals_of, written_totals
from pipeline.storage.files import parquet_files, read_json, read_parquet, sha256_of
from pipeline.storage.manifest import BY_ROWS, FORMAT
from pipeline.storage.parts import WHOLE, spread
from pipeline.storage.run import RULES, STAGED, MonthRun
from pipeline.storage.table_files import TOTALS

# Below this a pool of processes costs more than it brings.
_WORTH_A_POOL: Final = 256 << 20


class MonthIncomplete(RaschetError):
    """Tables are missing, unknown, or do not say what the calculation meant."""


def published_tables() -> list[Table]:
    """Every table that a month publishes."""
    return tables_of(Stage.PUBLISHED)


def described(run: MonthRun, workers: Workers, extras: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(content, files) of a manifest for the tables in the folder of a run."""
    files = described_files(run.folder, _names(run.folder, published_tables()), workers)
    values = rules_read(run.folder / STAGED / RULES)
    content = {
        "format": FORMAT, "book_id": run.book.settings.book_id, "month": str(run.month),
        "as_of": run.as_of.isoformat(), "cut": run.cut.isoformat(),
        "state": {"month": str(run.state.month), "content_hash": run.state.manifest_hash} if run.state.folder else None,
        "deliveries": _deliveries(run), "registers": register_hashes(run),
        "rules": {"fingerprint": fingerprint(values), "values": values},
        "tables": tables_from(files), **({"extras": extras} if extras else {}),
    }
    return content, {name: {"sha256": file["sha256"], "bytes": file["bytes"]} for name, file in files.items()}


def described_files(
    folder: Path, names: Sequence[str], workers: Workers, form: int = FORMAT
) -> dict[str, dict[str, Any]]:
    """Hashes and totals of Parquet files `table/part` of a version, in the order given, as a manifest format asks."""
    size = sum((folder / f"{name}.parquet").stat().st_size for name in names)
    found = spread(partial(_described_file, folder, form), names, workers if size > _WORTH_A_POOL else 1)
    return dict(zip(names, found, strict=True))


def tables_from(files: dict[str, dict[str, Any]], form: int = FORMAT) -> dict[str, Any]:
    """Per table: totals over its parts and the identity of each part."""
    tables: dict[str, dict[str, Any]] = {}
    for name, file in files.items():
        table, part = name.split("/")
        entry = tables.setdefault(table, {"totals": {}, "parts": {}})
        entry["parts"][part] = file["content_hash" if form == BY_ROWS else "sha256"]
        entry["totals"] = _added(entry["totals"], file["totals"])
    if form == BY_ROWS:
        return {name: {**entry, "content_hash": combined_hash(entry["parts"])} for name, entry in tables.items()}
    return tables


def register_hashes(run: MonthRun) -> dict[str, str]:
    """SHA-256 of every staged register and event snapshot, so that a month says from which it was computed; of a
    register that lies in parts, the hash of the hashes of its parts."""
    staged = {table.name: run.staged_files(table.name) for table in tables_of(Stage.REGISTER, Stage.EVENT)}
    hashes = {name: {file.stem: sha256_of(file) for file in files} for name, files in staged.items() if files}
    return {name: parts.get(WHOLE) or combined_hash(parts) for name, parts in hashes.items()}


def rules_read(folder: Path) -> list[list[str]]:
    """(key, from, value) that the rooms of a month have read, sorted, once each."""
    rows = {tuple(row) for file in sorted(folder.glob("*.json")) for row in read_json(file)["values"]}
    return [list(row) for row in sorted(rows)]


def fingerprint(values: Iterable[Sequence[str]]) -> str:
    """The rule registry's own fingerprint, over all rooms."""
    lines = ("\t".join(row) + "\n" for row in values)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _names(folder: Path, tables: Sequence[Table]) -> list[str]:
    """`table/part` of every file; a missing or an undeclared table stops the publish."""
    missing = [table.name for table in tables if not parquet_files(folder / table.name)]
    if missing:
        raise MonthIncomplete(f"Месяц не опубликован: нет таблиц {', '.join(missing)}", "Запустите месяц целиком")
    known = {table.name for table in tables}
    unknown = sorted(
        entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name not in {*known, STAGED}
    )
    if unknown:
        raise MonthIncomplete(f"Месяц не опубликован: таблицы {', '.join(unknown)} не описаны в контрактах")
    return [f"{name}/{file.stem}" for name in sorted(known) for file in parquet_files(folder / name)]


def _described_file(folder: Path, form: int, name: str) -> dict[str, Any]:
    file = folder / f"{name}.parquet"
    totals = written_totals(totals_of(pl.scan_parquet(file, hive_partitioning=False, glob=False)))
    meant = json.loads(pl.read_parquet_metadata(file).get(TOTALS, "null"))
    if meant is not None and meant != totals:
        raise MonthIncomplete(f"Файл {name} не сходится с расчётом: итоги при записи и при чтении разные")
    told = {"sha256": sha256_of(file), "bytes": file.stat().st_size, "totals": totals}
    return {**told, "content_hash": content_hash(read_parquet([file]))} if form == BY_ROWS else told


def _added(totals: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    if not totals:
        return more
    return {
        name: value + more[name] if isinstance(value, int) else str(Decimal(value) + Decimal(more[name]))
        for name, value in totals.items()
    }


def _deliveries(run: MonthRun) -> list[dict[str, str]]:
    arrived = run.read(DELIVERIES).select("delivery_id", "table_name").unique()
    return arrived.sort("table_name", "delivery_id").to_dicts()
