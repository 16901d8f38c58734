"""Decisions as deliveries: one Parquet file an event table, in the landing like any other, judged by ingest's rules.

    event_id       hash of book, thing, decision, account and how many decisions on its subject have landed before
    registered_at  now, or the start of the day named; always after the decision on the same subject that landed before

So the same workbook twice changes nothing: a decision that is the last one landed on its subject is taken already. But
a row that was taken in and refused again needs a new decision in every later cycle, even if it says the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl

from pipeline.contracts.debt_decisions import DEBT_DECISIONS
from pipeline.contracts.events import APPROVALS, QUARANTINE_DECISIONS
from pipeline.contracts.ingest import DELIVERIES
from pipeline.contracts.payments import PAYMENT_IDENTIFICATIONS
from pipeline.contracts.table import Table
from pipeline.domain.queue.refused import AGAIN
from pipeline.exchange.queue_decisions import Decision, Refusal, event_id_of
from pipeline.storage.book import Book
from pipeline.storage.deliveries import judge_delivery
from pipeline.storage.files import write_parquet
from pipeline.storage.landing import deliveries_of
from pipeline.storage.manifest import published_months, published_version
from pipeline.storage.shapes import to_inside, to_outside
from pipeline.storage.state import State

TABLES: Final[dict[str, Table]] = {
    table.name: table for table in (PAYMENT_IDENTIFICATIONS, QUARANTINE_DECISIONS, APPROVALS, DEBT_DECISIONS)
}
#: Columns that name what an event decides.
_SUBJECT: Final = {
    PAYMENT_IDENTIFICATIONS.name: ("payment_id",),
    QUARANTINE_DECISIONS.name: ("table_name", "refused_delivery_id", "refused_row_number"),
    APPROVALS.name: ("subject_code", "subject_id"),
    DEBT_DECISIONS.name: ("subject_code", "subject_id"),
}
_DELIVERY: Final = "_delivery_id"
Landed = Mapping[tuple[str, ...], Sequence[dict[str, Any]]]


@dataclass(frozen=True)
class Handed:
    """What became of the decisions: files written, decisions in them, those that had landed before, those refused."""

    files: tuple[Path, ...]
    taken: tuple[Decision, ...]
    known: tuple[Decision, ...]
    refusals: tuple[Refusal, ...]


def handed_over(
    book: Book, decisions: Sequence[Decision], landed: Mapping[str, Landed], *, at: datetime, on: date,
    only_if_all: bool,
) -> Handed:
    """Write the decisions into the landing of day `on`; nothing when one is refused and `only_if_all` is set.

    `landed`: `landed_decisions` of the book."""
    followed = _followed_by_closed_months(book)
    events: dict[str, list[dict[str, Any]]] = {}
    taken, known, refusals = [], [], []
    for decision in decisions:
        feed = str(decision.row["decided_by_feed"])
        said = _said(decision)
        before = landed[feed].get(tuple(str(said[name]) for name in _SUBJECT[feed]), ())
        if before and _is_same(before[-1], said) and not _asks_again(decision, before[-1], followed):
            known.append(decision)
        elif before and feed == PAYMENT_IDENTIFICATIONS.name:
            refusals.append(Refusal(decision.place, "об этих деньгах уже поступило другое решение",
                                    "дождитесь ночи: оно будет исполнено или попадёт в карантин"))
        else:
            taken.append(decision)
            events.setdefault(feed, []).append(said | _identity(book, decision, before, at))
    if refusals and only_if_all:
        return Handed((), (), tuple(known), tuple(refusals))
    refused = _judged(book, events, on)
    if refused:
        return Handed((), (), tuple(known), (*refusals, *refused))
    return Handed(tuple(_write(book.landing, events, on)), tuple(taken), tuple(known), tuple(refusals))


def _said(decision: Decision) -> dict[str, Any]:
    row = decision.row
    told: dict[str, Any] = {"decision_code": decision.code, "evidence": decision.evidence}
    if row["decided_by_feed"] == PAYMENT_IDENTIFICATIONS.name:
        return told | {"payment_id": row["payment_id"], "account_id": decision.account_id}
    if row["decided_by_feed"] == QUARANTINE_DECISIONS.name:
        return told | {name: row[name] for name in _SUBJECT[QUARANTINE_DECISIONS.name]}
    if row["decided_by_feed"] == DEBT_DECISIONS.name:
        return told | {
            "subject_code": row["kind_code"], "subject_id": row["subject_id"], "amount_kop": row["effect_kop"]
        }
    proposal = {"subject_code": "proposal", "subject_id": row["proposal_id"]}
    return told | proposal | {"difference_kop": row["difference_kop"]}


def _is_same(before: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    compared = [name for name in said if name != "evidence"]
    return all(before[name] == said[name] for name in compared)


def _asks_again(decision: Decision, last: Mapping[str, Any], followed: frozenset[str]) -> bool:
    """Whether a row was refused once more after a closed month had followed the last decision on it: taking it in
    again needs a new decision, though it says the same."""
    return AGAIN in decision.row["reason_codes"] and last[_DELIVERY] in followed


def _followed_by_closed_months(book: Book) -> frozenset[str]:
    """Deliveries of decisions about rows that closed months have taken."""
    taken = [
        State.of(book, version).read(DELIVERIES).filter(pl.col("table_name") == QUARANTINE_DECISIONS.name)
        for month in published_months(book) if (version := published_version(book, month)) and version.is_closed
    ]
    return frozenset(delivery_id for deliveries in taken for delivery_id in deliveries["delivery_id"])


def _identity(book: Book, decision: Decision, before: Sequence[dict[str, Any]], at: datetime) -> dict[str, Any]:
    event_id = event_id_of(
        book.settings.book_id, decision.row["queue_id"], decision.code, decision.account_id, len(before)
    )
    after = max((one["registered_at"] for one in before), default=at - timedelta(seconds=1)) + timedelta(seconds=1)
    return {"event_id": event_id, "registered_at": max(at, after)}


def landed_decisions(book: Book) -> dict[str, Landed]:
    """All decisions that lie in the landing, by event table."""
    return {name: _landed(book, table) for name, table in TABLES.items()}


def event_ids(landed: Mapping[str, Landed]) -> frozenset[str]:
    """Ids of decisions."""
    return frozenset(row["event_id"] for told in landed.values() for rows in told.values() for row in rows)


def _landed(book: Book, table: Table) -> Landed:
    """Events of a table that lie in the landing, by what they decide, in order of registration: the inside shape and
    the delivery that brought them."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for delivery in deliveries_of(book.landing, table):
        rows = pl.read_parquet(delivery.path)
        if set(table.names) <= set(rows.columns):
            for row in to_inside(rows.select(table.names), table).to_dicts():
                told = row | {_DELIVERY: delivery.delivery_id}
                found.setdefault(tuple(str(row[name]) for name in _SUBJECT[table.name]), []).append(told)
    return {key: sorted(rows, key=lambda row: (row["registered_at"], row["event_id"])) for key, rows in found.items()}


def _judged(book: Book, events: Mapping[str, list[dict[str, Any]]], on: date) -> list[Refusal]:
    """What ingest would refuse of the files, before they lie in the landing."""
    if not events:
        return []
    with TemporaryDirectory() as folder:
        _write(Path(folder), events, on)
        told = judge_delivery(book, Path(folder), as_of=on)
    return [
        Refusal(found.place, found.sentence, "проверьте решения этого вида")
        for found in told.findings if found.severity != "note"
    ]


def _write(landing: Path, events: Mapping[str, list[dict[str, Any]]], on: date) -> list[Path]:
    files = []
    for name, rows in sorted(events.items()):
        table = TABLES[name]
        frame = pl.DataFrame(rows, schema=table.inside_schema).sort("event_id")
        digest = hashlib.sha256("".join(frame["event_id"]).encode()).hexdigest()[:12]
        file = landing / name / f"received={on}" / f"queue-{digest}.parquet"
        write_parquet(file, to_outside(frame, table))
        files.append(file)
    return files
