"""Do two versions say the same, by whatever bytes: another release of the program may write equal rows as other files.

Not here: whether a version is still what its manifest says (`verify.py`), what differs (`reports/changes`).
"""

from __future__ import annotations

from typing import Any, Final

from pipeline.storage.files import read_parquet
from pipeline.storage.manifest import Version

#: What stands in a manifest about bytes, not about what they say; registers follow from the deliveries.
_OF_BYTES: Final = frozenset({"format", "tables", "registers"})


def same_content(one: Version, other: Version) -> bool:
    """Whether both were made of the same and publish the same rows."""
    if one.content_hash == other.content_hash:
        return True
    return _but_bytes(one) == _but_bytes(other) and same_tables(one, other)


def same_tables(one: Version, other: Version) -> bool:
    """Whether both publish the same rows; files are read only where all totals are equal and their bytes are not."""
    told, found = one.content["tables"], other.content["tables"]
    if told == found:
        return True
    if _totals(told) != _totals(found):
        return False
    files, others = one.manifest["files"], other.manifest["files"]
    return all(
        files[name]["sha256"] == others[name]["sha256"] or _rows_are_equal(one, other, name) for name in sorted(files)
    )


def _totals(tables: dict[str, Any]) -> dict[str, Any]:
    return {name: (entry["totals"], sorted(entry["parts"])) for name, entry in tables.items()}


def _but_bytes(version: Version) -> dict[str, Any]:
    return {name: said for name, said in version.content.items() if name not in _OF_BYTES}


def _rows_are_equal(one: Version, other: Version, name: str) -> bool:
    rows, others = (read_parquet([version.folder / f"{name}.parquet"]) for version in (one, other))
    return rows.schema == others.schema and rows.equals(others)
