"""What the folder of a book remembers of its store: `store.json`, and an index of the files that both have.

A folder without `store.json` is a book of its own. With it the folder is a working copy: it may be written to only
while it holds the store's lock, that is between `raschet pull` and `raschet push`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import RaschetError
from pipeline.storage.files import read_json, write_json

FILE: Final = "store.json"
INDEX: Final = "store-index.json"


class HandedOver(RaschetError):
    """The working copy has been pushed: the book is in the store now, and others may have it in hand."""


class NotAWorkingCopy(RaschetError):
    """The folder belongs to no store, or to another one."""


class StoreMoved(RaschetError):
    """The store has been changed since this working copy was pulled."""


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """Which store; the token of our lock; is it in hand; the pointer's tag when we last met; a push under way."""

    url: str
    token: str
    in_hand: bool
    pointer_tag: str | None = None
    pushing: str | None = None

    @classmethod
    def of(cls, root: Path) -> WorkingCopy | None:
        """What the folder remembers; None when it belongs to no store."""
        try:
            return cls(**read_json(root / FILE))
        except FileNotFoundError:
            return None

    def keep(self, root: Path) -> None:
        """Remember."""
        write_json(root / FILE, asdict(self))


def require_in_hand(root: Path) -> None:
    """HandedOver when the folder is a working copy that was pushed and not pulled since."""
    copy = WorkingCopy.of(root)
    if copy is not None and not copy.in_hand:
        raise HandedOver(f"Участок передан в хранилище {copy.url}: эта папка только для просмотра",
                         f"Возьмите его снова: raschet pull --book {root}")


class Index:
    """Files that the store has as they are here: path, size and time of the file, and the store's tag of the object."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            self._known: dict[str, list[str]] = read_json(root / INDEX)
        except (FileNotFoundError, ValueError):
            self._known = {}

    def is_same_here(self, name: str) -> bool:
        """Whether the file is as it was when the store had it."""
        told = self._known.get(name)
        return told is not None and told[0] == self._stamp(name)

    def is_same_there(self, name: str, tag: str) -> bool:
        """Whether the object is the one that we know."""
        told = self._known.get(name)
        return told is not None and told[1] == tag

    def note(self, name: str, tag: str) -> None:
        """The store has this file."""
        self._known[name] = [self._stamp(name), tag]

    def keep(self) -> None:
        """Write the index; files that are gone are forgotten."""
        kept = {name: told for name, told in self._known.items() if (self.root / name).is_file()}
        write_json(self.root / INDEX, kept)

    def _stamp(self, name: str) -> str:
        try:
            found = (self.root / name).stat()
        except FileNotFoundError:
            return ""
        return f"{found.st_size} {found.st_mtime_ns}"
