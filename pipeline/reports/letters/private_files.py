"""Where printed papers lie: under the personal folder of the version they were made from, for their owner only.

They go with that version. A person may ask for another place: each kind and night has a folder of its own there, closed
to others all the same, and what else lies in that place is not touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pipeline.storage.book import Book
from pipeline.storage.files import space_for
from pipeline.storage.manifest import Version

PRIVATE: Final = 0o600
_FOLDER: Final = 0o700
LETTERS: Final = "letters"


def private_folder(
    book: Book, version: Version, name: str, out: Path | None = None, *, papers: Sequence[str] = ()
) -> Path:
    """The folder `name` for papers of a kind, made and closed to others. Papers of an earlier printing, by the patterns
    of their names, are cleared away: a printing that makes fewer leaves none to be posted again. Other files stay."""
    folder = (out or book.personal_of(version.month, version.run_id) / LETTERS) / name
    with space_for(folder):
        above = [each for each in folder.parents if each.is_relative_to(book.personal)]
        for private in reversed(above):
            private.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
            private.chmod(_FOLDER)
        folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        folder.chmod(_FOLDER)
        _clear(folder, papers)
    return folder


def _clear(folder: Path, papers: Sequence[str]) -> None:
    for paper in [file for pattern in papers for file in folder.glob(pattern)]:
        paper.unlink()
        if paper.parent != folder and not any(paper.parent.iterdir()):
            paper.parent.rmdir()
