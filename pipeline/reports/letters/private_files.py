"""Where printed papers lie: under the personal folder of the version they were made from, for their owner only.

They go with that version. A person may ask for another folder; it is closed to others all the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pipeline.storage.book import Book
from pipeline.storage.files import space_for
from pipeline.storage.manifest import Version

PRIVATE: Final = 0o600
_FOLDER: Final = 0o700
LETTERS: Final = "letters"


def private_folder(book: Book, version: Version, name: str, out: Path | None = None) -> Path:
    """The folder for papers of a kind, made and closed to others; files of an earlier printing are cleared away."""
    folder = out or book.personal_of(version.month, version.run_id) / LETTERS / name
    with space_for(folder):
        above = [each for each in folder.parents if each.is_relative_to(book.personal)]
        for private in reversed(above):
            private.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
            private.chmod(_FOLDER)
        folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        folder.chmod(_FOLDER)
    return folder
