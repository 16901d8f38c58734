"""Which finished versions stay: published, closed, replaced last, and one for each of the last nights.

Called by publish under the lock of the book; nothing else deletes versions.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.manifest import CLOSED, Version, versions_of

_GONE: Final = ".gone-"


def prune(book: Book) -> list[str]:
    """Delete what need not stay, and personal data and reports of deleted runs with it.

    Returns names of the deleted versions, `month/run`.
    """
    versions = {month: versions_of(book, month) for month in _months(book.root / "versions")}
    nights = sorted({version.as_of for of_month in versions.values() for version in of_month})
    kept_nights = set(nights[-book.settings.keep_nights:] if book.settings.keep_nights else [])
    deleted = []
    for month, of_month in versions.items():
        kept = _kept(book, month, [version for version in of_month if version.as_of in kept_nights])
        for folder in _folders(book.versions(month)):
            if folder.name not in kept:
                _delete(folder)
                deleted.append(f"{month}/{folder.name}")
    for beside in (book.personal, book.root / "reports"):
        _prune_beside(book, beside)
    return deleted


def _kept(book: Book, month: BillingMonth, of_nights: list[Version]) -> set[str]:
    newest_of_night = {version.as_of: version.folder.name for version in of_nights}
    kept = {*newest_of_night.values(), *_closed_or_linked(book, month)}
    link = book.published(month)
    published = Version.of(link.resolve()) if link.is_symlink() else None
    if published is not None and published.replaces is not None:
        kept.add(published.replaces)
    return kept


def _closed_or_linked(book: Book, month: BillingMonth) -> set[str]:
    """By their names alone: a damaged manifest must not cost a closed month its files."""
    closed = {file.parent.name for file in book.versions(month).glob(f"*/{CLOSED}")}
    return {book.published(month).resolve().name, *closed}


def _prune_beside(book: Book, beside: Path) -> None:
    """Personal data and reports of runs that are gone."""
    for month in _months(beside):
        known = {folder.name for root in (book.versions(month), book.works(month)) for folder in _folders(root)}
        for folder in _folders(beside / str(month)):
            if folder.name not in known:
                _delete(folder)


def _months(root: Path) -> list[BillingMonth]:
    found = []
    for folder in _folders(root):
        try:
            found.append(BillingMonth.parse(folder.name))
        except ValueError:
            continue
    return sorted(found)


def _folders(root: Path) -> list[Path]:
    """Folders by name; what an interrupted deletion left is deleted on the way."""
    folders = sorted(folder for folder in root.glob("*") if folder.is_dir() and not folder.is_symlink())
    for folder in folders:
        if folder.name.startswith(_GONE):
            shutil.rmtree(folder, ignore_errors=True)
    return [folder for folder in folders if not folder.name.startswith(".")]


def _delete(folder: Path) -> None:
    """Out of sight in one rename, then file by file: no reader meets half a version."""
    gone = folder.with_name(f"{_GONE}{folder.name}")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
