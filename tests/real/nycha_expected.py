"""What must become of every row of the bills, told from the file alone: loops over rows, nothing of the pipeline.

The counting rules are those of docs/real-data.md, written before the first run; `malformed_key` came after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Final, NamedTuple

import polars as pl

ACCEPTED: Final = "accepted"
REPEATED: Final = "repeated"
QUARANTINED: Final = "quarantined"
MALFORMED: Final = "malformed_key"
_TOLD: Final = ("charge_month", "basis_code", "volume_e7", "charged_kop", "recalculated_kop", "payable_kop")
Row = dict[str, Any]


class Judged(NamedTuple):
    """Where the header and the line of one row of the file go, and why."""

    row: Row
    header: tuple[str, str]
    line: tuple[str, str]
    is_live: bool


def expected(rows: pl.DataFrame) -> list[Judged]:
    """Every row of `nycha_book.as_documents`, in the file's order."""
    documents: dict[str, list[Row]] = {}
    for row in rows.sort("row").iter_rows(named=True):
        documents.setdefault(row["document_id"], []).append(row)
    lines = {name: _lines(copies) for name, copies in documents.items()}
    reasons = {name: _reason(copies[0], lines[name]) for name, copies in documents.items()}
    first = {name: copies[0] for name, copies in documents.items()}
    replaced = {row["supersedes_document_id"] for name, row in first.items() if not reasons[name]}
    for name in _crowded(row for name, row in first.items() if not reasons[name] and name not in replaced):
        reasons[name] = "two_live_versions"
    judged = [
        _judged(row, number, lines[name], reasons[name], name in replaced)
        for name, copies in documents.items() for number, row in enumerate(copies)
    ]
    return sorted(judged, key=lambda told: told.row["row"])


def _lines(copies: list[Row]) -> list[tuple[str, str]]:
    """Fates of the lines of one document, before its own fate is known."""
    impossible = [_impossible(row) for row in copies]
    contents = [tuple(row[name] for name in _TOLD) for row in copies]
    possible = {content for content, why in zip(contents, impossible, strict=True) if not why}
    seen: set[tuple[Any, ...]] = set()
    fates = []
    for content, why in zip(contents, impossible, strict=True):
        if why:
            fates.append((QUARANTINED, why))
        elif content in seen:
            fates.append((REPEATED, ""))
        else:
            fates.append((QUARANTINED, "duplicate_id") if len(possible) > 1 else (ACCEPTED, ""))
        seen.add(content)
    return fates


def _impossible(row: Row) -> str:
    """A blank in the id, no day of service, or a month of service that lies after the day of issue."""
    if " " in row["document_id"]:
        return MALFORMED
    if row["charge_month"] is None:
        return "missing_value"
    month: date = row["billing_month"]
    issued = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return "date_in_future" if row["charge_month"] > issued else ""


def _reason(header: Row, lines: list[tuple[str, str]]) -> str:
    reasons = {reason for _, reason in lines}
    if MALFORMED in reasons:
        return f"line_rejected,{MALFORMED}"
    if reasons & {"missing_value", "date_in_future"}:
        return "line_rejected"
    has_line = any(fate == ACCEPTED for fate, _ in lines)
    return "" if has_line or header["payable_kop"] == 0 else "lines_do_not_add_up"


def _crowded(live: Iterable[Row]) -> list[str]:
    """Documents that share account, month and type with another live one."""
    rows = list(live)
    places = Counter((row["account_id"], row["billing_month"], row["document_type_code"]) for row in rows)
    return [
        row["document_id"] for row in rows
        if places[row["account_id"], row["billing_month"], row["document_type_code"]] > 1
    ]


def _judged(row: Row, number: int, lines: list[tuple[str, str]], reason: str, is_replaced: bool) -> Judged:
    # an id that is refused by itself is never looked at as a copy
    is_copy = number > 0 and MALFORMED not in reason
    header = (REPEATED, "") if is_copy else ((QUARANTINED, reason) if reason else (ACCEPTED, ""))
    line = lines[number]
    if line[0] == ACCEPTED and reason:
        line = (QUARANTINED, "document_rejected")
    return Judged(row, header, line, header[0] == line[0] == ACCEPTED and not is_replaced)
