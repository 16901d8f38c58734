"""The pointer of a store: `published.json` names the version of each month that readers see, and those that are kept.

One conditional put of this one object publishes everything that a push brings, or nothing of it. Readers take the
folder of a month from it and read `<folder>/<table>/*.parquet`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.storage.book import Book
from pipeline.storage.files import sha256_of
from pipeline.storage.manifest import CLOSED, MANIFEST, Version, published_months, versions_of
from pipeline.storage.remote.objects import Store, StoreDamaged

KEY: Final = "published.json"
#: Folders whose files never change under a name, whoever writes them.
LASTING: Final = ("landing", "inputs", "journal", "personal/inputs")
#: Folders of one run beside its version.
BESIDE: Final = ("personal", "reports")
#: Descriptions of tables beside months and journals: the one file there that is written anew.
CATALOGUE: Final = "catalogue.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Pointer:
    """`months`: month → {"run", "folder", "report", "versions": {run: {file name: sha256}}}."""

    book_id: str
    push: str
    pushed_at: str
    months: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, store: Store) -> tuple[Pointer | None, str | None]:
        """The pointer and its tag; nothing in a store that holds no book yet."""
        found = store.get(KEY)
        if found is None:
            return None, None
        try:
            told = json.loads(found[0])
            if told.pop("format") != _FORMAT:
                raise ValueError
            return cls(**told), found[1]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise StoreDamaged(f"Указатель {KEY} хранилища {store.url} не читается",
                               "Восстановите его из копии") from None

    @classmethod
    def of(cls, book: Book, push: str, pushed_at: str) -> Pointer:
        """What the folder of a book publishes now."""
        months = {}
        for month in published_months(book):
            run = book.published(month).resolve().name
            reports = book.latest_reports(month)
            months[str(month)] = {
                "run": run, "folder": f"versions/{month}/{run}",
                "report": reports.resolve().name if reports.is_symlink() else None,
                "versions": {version.folder.name: marks(version) for version in versions_of(book, month)},
            }
        return cls(book.settings.book_id, push, pushed_at, months)

    def content(self) -> bytes:
        """The object's bytes."""
        told = {
            "format": _FORMAT, "book_id": self.book_id, "push": self.push, "pushed_at": self.pushed_at,
            "months": self.months,
        }
        return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    @property
    def versions(self) -> dict[str, dict[str, str]]:
        """`versions/<month>/<run>` → hashes of the files that say what it is."""
        return {
            f"versions/{month}/{run}": files
            for month, told in self.months.items() for run, files in told["versions"].items()
        }


def marks(version: Version) -> dict[str, str]:
    """Hashes of the manifest, which holds those of all tables, and of the closing."""
    names = [MANIFEST, *([CLOSED] if version.is_closed else [])]
    return {name: sha256_of(version.folder / name) for name in names}
