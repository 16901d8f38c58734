"""Versions of a month and what their manifests say.

`_manifest.json` is written once. Its `content` holds what the month says and from what (deliveries, registers, rules,
state, tables) and is hashed as `content_hash`; code version, run and times stand outside. `_closed.json` appears
beside it when the month closes and carries the chain.

A part of a table is known by the SHA-256 of its file. In the first format it was the hash of its rows, whatever their
encoding; months published so stay as they are, and are verified by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pipeline.billing_month import BillingMonth
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.files import canonical, read_json, sha256_of

MANIFEST: Final = "_manifest.json"
CLOSED: Final = "_closed.json"
FORMAT: Final = 2
#: The format whose identities of parts are hashes of rows (`content.py`).
BY_ROWS: Final = 1


class VersionDamaged(RaschetError):
    """A published version has no readable manifest."""


@dataclass(frozen=True, slots=True)
class Version:
    """One finished version of a month, by its manifest."""

    folder: Path
    manifest: dict[str, Any]
    closed: dict[str, Any] | None

    @classmethod
    def of(cls, folder: Path) -> Version | None:
        """The version in a folder; None when there is no readable manifest (debris)."""
        try:
            manifest = read_json(folder / MANIFEST)
        except (OSError, ValueError):
            return None
        return cls(folder, manifest, _closing_of(folder))

    @property
    def content(self) -> dict[str, Any]:
        """The hashed part of the manifest."""
        return dict(self.manifest["content"])

    @property
    def month(self) -> BillingMonth:
        return BillingMonth.parse(self.content["month"])

    @property
    def run_id(self) -> str:
        return str(self.manifest["run"]["run_id"])

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.content["as_of"])

    @property
    def published_at(self) -> str:
        """ISO moment in Moscow; orders versions of one month."""
        return str(self.manifest["run"]["published_at"])

    @property
    def replaces(self) -> str | None:
        """Run of the version that it replaced."""
        told = self.manifest["run"]["replaces"]
        return None if told is None else str(told)

    @property
    def form(self) -> int:
        """Format of its manifest."""
        return int(self.content.get("format", FORMAT))

    @property
    def content_hash(self) -> str:
        """What this month says: the hash its successor remembers."""
        return str(self.manifest["content_hash"])

    @property
    def state_hash(self) -> str | None:
        """Content hash of the month it started from; None for the opening."""
        state = self.content["state"]
        return None if state is None else str(state["content_hash"])

    @property
    def is_closed(self) -> bool:
        return self.closed is not None

    @property
    def chain_hash(self) -> str:
        """Link of the chain of closed months; empty while open."""
        return "" if self.closed is None else str(self.closed.get("chain_hash", ""))

    @property
    def deliveries(self) -> list[dict[str, str]]:
        """Deliveries that the month consumed: `delivery_id`, `table_name`."""
        return list(self.content["deliveries"])

    def rows(self, table: str) -> int:
        """Rows of a table as published."""
        return int(self.content["tables"][table]["totals"]["rows"])

    def totals(self, table: str) -> dict[str, Any]:
        """Rows and rouble totals of a table as published, money as text."""
        return dict(self.content["tables"][table]["totals"])


def content_hash_of(content: dict[str, Any]) -> str:
    """Hash of what a month says."""
    return sha256(canonical(content)).hexdigest()


def chained(previous_chain_hash: str, content_hash: str) -> str:
    """Link of one closed month to the one before."""
    return sha256(f"{previous_chain_hash}\n{content_hash}\n".encode()).hexdigest()


def closing(version: Version, previous: Version | None, closed_at: str) -> dict[str, Any]:
    """What `_closed.json` says. The chain holds only contents: the same inputs close with the same links anywhere."""
    before = previous.chain_hash if previous else ""
    return {
        "month": str(version.month), "run_id": version.run_id, "content_hash": version.content_hash,
        "manifest_sha256": sha256_of(version.folder / MANIFEST), "previous_chain_hash": before,
        "chain_hash": chained(before, version.content_hash), "closed_at": closed_at,
    }


def published_version(book: Book, month: BillingMonth) -> Version | None:
    """The version that readers see: the link is resolved once. VersionDamaged when its manifest cannot be read."""
    link = book.published(month)
    if not link.is_symlink():
        return None
    version = Version.of(link.resolve())
    if version is None:
        raise VersionDamaged(f"Опубликованный месяц {month} повреждён: его манифест не читается",
                             "Восстановите папку участка из копии; подробности покажет raschet verify")
    return version


def versions_of(book: Book, month: BillingMonth) -> list[Version]:
    """Finished versions of a month, oldest first."""
    folders = (folder for folder in book.versions(month).glob("[!.]*") if folder.is_dir())
    found = (version for folder in folders if (version := Version.of(folder)))
    return sorted(found, key=lambda version: (version.published_at, version.run_id))


def published_months(book: Book) -> list[BillingMonth]:
    """Months with a published version, the opening pseudo-month among them, in order."""
    links = (book.root / "published").glob("run_month=*")
    return sorted(BillingMonth.parse(link.name.removeprefix("run_month=")) for link in links if link.is_symlink())


def _closing_of(folder: Path) -> dict[str, Any] | None:
    try:
        return read_json(folder / CLOSED)
    except FileNotFoundError:
        return None
    except ValueError:
        # unreadable, but closed: never to be computed again or deleted; `verify` reports it
        return {}
