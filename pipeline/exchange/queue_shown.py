"""The queue as lines to look at: proposals of one event stand in one line, everything else in its own.

A sale makes a proposal for every line of every month of both accounts; a person looks at the sale. Not here: what is
decided, which is each proposal (`queue_workbook.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.exchange.queue_facts import subject_of
from pipeline.rendering import queue_words

Row = dict[str, Any]


class Line(NamedTuple):
    """One line: the first of its rows by rank, how many they are, accounts and subject, and the money of all."""

    first: Row
    rows: int
    subject: str
    why: str
    effect_kop: int


def lines_of(rows: Sequence[Row]) -> list[Line]:
    """Lines in order of their first rows."""
    together: dict[object, list[Row]] = {}
    for row in rows:
        is_proposal = row["kind_code"] == "proposal_to_approve" and row["event_id"]
        key = ("event", row["event_id"]) if is_proposal else row["queue_id"]
        together.setdefault(key, []).append(row)
    return [_line(own) for own in together.values()]


def _line(own: Sequence[Row]) -> Line:
    first = own[0]
    accounts = ", ".join(sorted({row["account_id"] for row in own if row["account_id"]}))
    about = subject_of(first) if len(own) == 1 else f"перерасчётов {len(own)} по событию {first['event_id']}"
    codes = list(dict.fromkeys(code for row in own for code in row["reason_codes"]))
    return Line(first, len(own), f"{accounts}: {about}".removeprefix(": ").rstrip(": "), queue_words.reasons(codes),
                sum(row["effect_kop"] for row in own))
