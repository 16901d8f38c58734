"""What a file of a month says, noted beside it by the process that writes it: publish then need not read it again.

The note holds for the bytes whose SHA-256 it names and for no others, and lies with what is staged, so it goes when the
month is published. Not here: what is said of a file that has no note (`describe.py`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.storage.content import content_hash
from pipeline.storage.files import read_json, space_for

_NOTES: Final = "_written"


def note_written(staged: Path, name: str, frame: pl.DataFrame, sha256: str) -> None:
    """Note what the file `table/part` of these bytes says. Not synced: a note that is lost costs one reading."""
    note = {"sha256": sha256, "content_hash": content_hash(frame)}
    file = _note_of(staged, name)
    with space_for(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(note), encoding="utf-8")


def written_as(staged: Path, name: str, sha256: str) -> dict[str, Any] | None:
    """The note of a file whose bytes are still those that were written; None for others and where there is no note."""
    try:
        note = read_json(_note_of(staged, name))
    except (OSError, ValueError):
        return None
    return note if note.get("sha256") == sha256 else None


def _note_of(staged: Path, name: str) -> Path:
    return staged / _NOTES / f"{name}.json"
