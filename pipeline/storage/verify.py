"""Is a book still what was published: hashes of files, totals, links, the chain of closed months.

Reads again and writes nothing. Faults are Russian sentences without values of rows.

What each look proves. `verify` reads every byte and adds all money up again: the files say what their manifests say. A
look at the bytes alone (SHA-256 of every file against the manifest) proves as much where the manifest itself is known
to be the one that was written when those bytes were read: it was written by this very process, which has held the book
ever since, or the month is closed and its closing, made after a look at the sums, names the hash of the manifest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.cluster import Workers
from pipeline.storage.describe import described_files, tables_from
from pipeline.storage.files import parquet_files, sha256_of
from pipeline.storage.lock import noted
from pipeline.storage.manifest import MANIFEST, Version, chained, content_hash_of, published_months

_MANIFEST_CHANGED: Final = "манифест изменён после публикации"
_MANIFEST_SPOILED: Final = "манифест испорчен"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found about one published month; no faults means it is as it was."""

    month: BillingMonth
    run_id: str
    is_closed: bool
    files: int
    faults: tuple[str, ...]


def verify(book: Book) -> list[Verified]:
    """Every published month, the opening first."""
    found: list[Verified] = []
    before: Version | None = None
    for month in published_months(book.require()):
        version = Version.of(book.published(month).resolve())
        if version is None:
            found.append(Verified(month, "", False, 0, ("опубликованная версия не читается: нет её манифеста",)))
        else:
            faults = [*_faults_of_place(book, month, version), *_faults_of_chain(book, month, version, before)]
            faults += faults_of_version(version, book.workers)
            files = len(version.manifest.get("files", {}))
            found.append(Verified(month, version.folder.name, version.is_closed, files, tuple(faults)))
        before = version
    return found


def faults_of_version(version: Version, workers: Workers = 1) -> list[str]:
    """What differs between the files of one version and its manifest."""
    try:
        files = version.manifest["files"]
        is_same = content_hash_of(version.content) == version.content_hash
        faults = [] if is_same else [_MANIFEST_CHANGED]
        changed = _changed_files(version.folder, files)
        return faults + (changed or _changed_content(version, sorted(files), workers))
    except (KeyError, TypeError, ValueError):
        return [_MANIFEST_SPOILED]


def faults_at_closing(book: Book, version: Version) -> list[str]:
    """What keeps a version from being closed: its files and sums, by bytes alone where that proves as much."""
    if is_described_here(book, version):
        return _faults_of_bytes(version)
    return faults_of_version(version, book.workers)


def faults_since_closing(version: Version, previous_chain: str | None = None) -> list[str]:
    """What has happened to a closed month: its bytes, its manifest, its link of the chain, without the months before.

    `previous_chain`: chain hash of the month before, where the caller knows it; else the one that the closing names.
    """
    closed = version.closed or {}
    told = closed.get("previous_chain_hash", "") if previous_chain is None else previous_chain
    return [*_faults_of_closing(version, closed, str(told)), *_faults_of_bytes(version)]


def note_described(book: Book, run_id: str, manifest: Path) -> None:
    """Remember while the book is held: this process read the files of a run and wrote this manifest of them."""
    noted(book)[f"described {run_id}"] = sha256_of(manifest)


def is_described_here(book: Book, version: Version) -> bool:
    """Whether the manifest is the one that this process wrote and nobody else could write into the book since."""
    return noted(book).get(f"described {version.run_id}") == sha256_of(version.folder / MANIFEST)


def _faults_of_bytes(version: Version) -> list[str]:
    try:
        is_same = content_hash_of(version.content) == version.content_hash
        return [*([] if is_same else [_MANIFEST_CHANGED]), *_changed_files(version.folder, version.manifest["files"])]
    except (KeyError, TypeError, ValueError):
        return [_MANIFEST_SPOILED]


def _changed_files(folder: Path, files: dict[str, Any]) -> list[str]:
    present = {
        f"{table.name}/{file.stem}" for table in folder.iterdir() if table.is_dir() for file in parquet_files(table)
    }
    faults = [f"нет файла {name}" for name in sorted(set(files) - present)]
    faults += [f"лишний файл {name}" for name in sorted(present - set(files))]
    for name in sorted(present & set(files)):
        if sha256_of(folder / f"{name}.parquet") != files[name]["sha256"]:
            faults.append(f"файл {name} изменён после публикации")
    return faults


def _changed_content(version: Version, names: list[str], workers: Workers) -> list[str]:
    """Files are the published ones byte for byte: do they still say what the manifest says?"""
    found = tables_from(described_files(version.folder, names, workers, version.form), version.form)
    told = version.content["tables"]
    different = [name for name in sorted({*found, *told}) if found.get(name) != told.get(name)]
    return [f"содержание таблицы {name} не сходится с манифестом" for name in different]


def _faults_of_place(book: Book, month: BillingMonth, version: Version) -> list[str]:
    faults = []
    if version.folder.parent != book.versions(month):
        faults.append("ссылка месяца ведёт не в его версии")
    if str(month) != version.content.get("month"):
        faults.append(f"под ссылкой лежит другой месяц: {version.content.get('month')}")
    return faults


def _faults_of_chain(book: Book, month: BillingMonth, version: Version, before: Version | None) -> list[str]:
    faults = []
    is_first = month == book.opening_month
    if not is_first and (before is None or before.month != month.previous):
        return ["нет опубликованного предыдущего месяца"]
    if before is not None and not is_first:
        if not before.is_closed:
            faults.append("предыдущий месяц не закрыт")
        if before.content_hash != version.state_hash:
            faults.append("рассчитан от другого состояния предыдущего месяца: его нужно пересчитать")
    if version.closed is not None:
        faults += _faults_of_closing(version, version.closed, "" if is_first or before is None else before.chain_hash)
    return faults


def _faults_of_closing(version: Version, closed: dict[str, Any], previous_chain: str) -> list[str]:
    faults = []
    if closed.get("manifest_sha256") != sha256_of(version.folder / MANIFEST):
        faults.append("манифест изменён после закрытия")
    told = (closed.get("content_hash"), closed.get("previous_chain_hash"), closed.get("chain_hash"))
    if told != (version.content_hash, previous_chain, chained(previous_chain, version.content_hash)):
        faults.append("цепочка закрытых месяцев разорвана")
    return faults
