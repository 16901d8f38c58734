"""What arrived for a month: which files count, their copies by content, their rows.

A month takes the deliveries that came by its cut and that no closed month has taken. The same file on a later day is a
repeat. Of a register the newest snapshot counts; events are read whole, since the first one ever.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import MOSCOW_NAME, start_of_day
from pipeline.contracts.ingest import DELIVERIES
from pipeline.contracts.registers import ACCOUNTS
from pipeline.contracts.table import Stage, Table
from pipeline.domain.ingest.fates import SOUND
from pipeline.storage.book import Book
from pipeline.storage.cycles import Cycle
from pipeline.storage.delivery_files import Note, empty_rows, head_of, taken
from pipeline.storage.file_hashes import FileHashes
from pipeline.storage.files import space_for, sync_folder
from pipeline.storage.landing import LANDED, TIMELESS, BadDelivery, Delivery, deliveries_in, has_folder
from pipeline.storage.state import State

#: Without these nothing can be computed, whatever the settings say.
NEEDED: Final = ("accounts", "services", "service_contracts", "creditors", "channels", "cycles")
_SHOWN_FAULTS: Final = 10
_CHUNK: Final = 1 << 20
#: Hashing and writing leave the interpreter free: files are copied side by side.
_COPIES_AT_ONCE: Final = 4

ACCOUNTS_SEEN: Final = pl.DataFrame(
    schema={"account_id": pl.String(), "received_at": pl.Datetime("us", MOSCOW_NAME)}
)


@dataclass(frozen=True)
class Arrivals:
    """Deliveries of the month and their rows by table, in the inside shape with provenance, reasons and fate.

    Tables whose rows go to parts are `apart`: their files, with the rows of each, in place of their rows. `going_on`
    are files without a folder of which closed months have taken rows; `snapshots` are earlier ones of the register of
    accounts that no closed month has read.
    """

    cycle: Cycle
    until: date
    read: tuple[Delivery, ...]
    repeated: tuple[Delivery, ...]
    rows: dict[str, pl.DataFrame]
    notes: tuple[Note, ...] = ()
    apart: tuple[tuple[Delivery, int], ...] = ()
    going_on: frozenset[tuple[str, str]] = frozenset()
    snapshots: tuple[Delivery, ...] = ()

    def of(self, table: Table) -> pl.DataFrame:
        """Rows of a table; none where nothing came."""
        return self.rows[table.name] if table.name in self.rows else empty_rows(table)

    def with_rows(self, table: Table, rows: pl.DataFrame) -> Arrivals:
        """The same with further rows of a table."""
        return replace(self, rows={**self.rows, table.name: pl.concat([self.of(table), rows])})


def arrivals(book: Book, state: State, cycle: Cycle, as_of: date, *, apart: Container[str] = ()) -> Arrivals:
    """Everything the month takes in, copied by content first; BadDelivery lists every file that cannot be taken."""
    require_needed(book)
    landed = deliveries_in(
        book.landing, Stage.FEED, Stage.EVENT, Stage.REGISTER, until=cycle.cut(as_of), hashes=FileHashes.of(book)
    )
    # one copy of each content: two threads never write one file
    with ThreadPoolExecutor(_COPIES_AT_ONCE) as threads:
        list(threads.map(partial(copied, book), {_input_of(book, one): one for one in landed}.values()))
    return arrivals_of(book, state, cycle, as_of, [stored_copy(book, one) for one in landed], apart=apart)


def arrivals_of(
    book: Book, state: State, cycle: Cycle, as_of: date, landed: Sequence[Delivery], *, apart: Container[str] = (),
) -> Arrivals:
    """What the month takes in of these files, wherever they lie; nothing is written. Of the tables `apart` only the
    footers are read."""
    until = cycle.cut(as_of)
    consumed = closed_deliveries(state)
    snapshots = [one for one in landed if one.is_snapshot]
    new, repeated = _sorted_out([one for one in landed if not one.is_snapshot], consumed)
    counted = newest(snapshots)
    events = _events_of_closed_months(book, consumed, new)
    heads, notes, faults = _heads([one for one in (*counted, *new) if one.table.name in apart])
    rows, more = rows_of(
        [one for one in (*counted, *new, *events) if one.table.name not in apart], until=until, since=cycle.issue_on,
        consumed=consumed, faults=faults,
    )
    known = set(consumed.select("table_name", "delivery_id").rows())
    earlier = [one for one in snapshots if one.table is ACCOUNTS and one not in counted
               and (one.table.name, one.delivery_id) not in known]
    return Arrivals(
        cycle, until, (*counted, *new), tuple(repeated), rows, (*notes, *more), tuple(heads),
        frozenset((one.table.name, one.delivery_id) for one in new if one.arrived_on is None) & known, tuple(earlier),
    )


def closed_deliveries(state: State) -> pl.DataFrame:
    """`deliveries` of all closed months."""
    return state.keyed(DELIVERIES)


def copied(book: Book, delivery: Delivery) -> Path:
    """The copy of a delivery by content, made once: whoever changes the landing changes nothing that was taken."""
    target = input_path(book, delivery.table, delivery.delivery_id)
    if target.is_file():
        return target
    with space_for(target):
        _make_folder(book, target.parent)
        private = target.with_name(f".{target.name}.tmp")
        try:
            if _copy(delivery.path, private, is_private=book.personal in target.parents) != delivery.delivery_id:
                raise BadDelivery(f"Файл {delivery.shown} менялся, пока его читали",
                                  "Повторите запуск, когда отправитель закончит запись")
            private.replace(target)
        finally:
            private.unlink(missing_ok=True)
        sync_folder(target.parent)
    return target


def stored_copy(book: Book, delivery: Delivery) -> Delivery:
    """The same delivery, read from its copy; messages still name the file that was sent."""
    return replace(delivery, path=copied(book, delivery), shown=delivery.shown)


def input_path(book: Book, table: Table, delivery_id: str) -> Path:
    """Where the copy of a delivery lies; deliveries with names and phones under the personal folder."""
    return (book.personal / "inputs" if table.personal_columns else book.inputs) / delivery_id


def _input_of(book: Book, delivery: Delivery) -> Path:
    return input_path(book, delivery.table, delivery.delivery_id)


def stored(book: Book, table_name: str, delivery_id: str, arrived_on: date | None = None) -> Delivery:
    """A delivery of a closed month, read from its copy."""
    table = LANDED[table_name]
    shown = f"{table_name} ({delivery_id[:12]}…)"
    return Delivery(table, delivery_id, arrived_on, input_path(book, table, delivery_id), shown)


def require_needed(book: Book) -> None:
    missing = [name for name in NEEDED if not has_folder(book.landing, name)]
    if missing:
        raise BadDelivery(
            f"Нет папок обязательных реестров: {', '.join(missing)}",
            f"Положите снимки в {book.landing}/<реестр>/as_of=ГГГГ-ММ-ДД и повторите команду",
        )


def _sorted_out(landed: list[Delivery], consumed: pl.DataFrame) -> tuple[list[Delivery], list[Delivery]]:
    """New deliveries and repeats; what closed months have taken is neither."""
    days = consumed.with_columns(pl.col("received_at").dt.date())
    taken_then = set(days.select("table_name", "delivery_id", "received_at").rows())
    known = set(consumed.select("table_name", "delivery_id").rows())
    new: list[Delivery] = []
    repeated: list[Delivery] = []
    # a file without a folder tells its days by its rows: it goes on through several months
    for one in sorted(landed, key=lambda each: (each.table.name, each.arrived_on or date.min, each.delivery_id)):
        key = (one.table.name, one.delivery_id)
        if one.arrived_on is None:
            new.append(one)
        elif (*key, one.arrived_on) not in taken_then:
            (repeated if key in known else new).append(one)
        known.add(key)
    return new, repeated


def newest(snapshots: list[Delivery]) -> list[Delivery]:
    """Files of the newest snapshot of every register."""
    last: dict[str, date] = {}
    for one in snapshots:
        last[one.table.name] = max(last.get(one.table.name, TIMELESS), one.arrived_on or TIMELESS)
    return [one for one in snapshots if one.arrived_on == last[one.table.name]]


def _events_of_closed_months(book: Book, consumed: pl.DataFrame, new: Sequence[Delivery]) -> list[Delivery]:
    here = {(one.table.name, one.delivery_id, one.arrived_on) for one in new}
    names = [name for name, table in LANDED.items() if table.stage is Stage.EVENT]
    rows = consumed.filter(pl.col("table_name").is_in(names), pl.col("status_code") == "read")
    earlier = []
    for name, delivery_id, came, dated_by in rows.select(
        "table_name", "delivery_id", pl.col("received_at").dt.date(), "dated_by_code"
    ).rows():
        day = None if dated_by == "rows" else came
        if (name, delivery_id, day) not in here:
            here.add((name, delivery_id, day))
            earlier.append(stored(book, name, delivery_id, day))
    return earlier


def rows_of(
    deliveries: Iterable[Delivery], *, until: date, since: date, consumed: pl.DataFrame,
    faults: Iterable[BadDelivery] = (),
) -> tuple[dict[str, pl.DataFrame], list[Note]]:
    """Rows by table; every faulty file is named before the month stops, `faults` of others too."""
    known = set(consumed.select("table_name", "delivery_id").rows())
    frames: dict[str, list[pl.DataFrame]] = {}
    notes: list[Note] = []
    faults = [*faults]
    # documents come before charges: they date the lines of files without a folder
    for one in sorted(deliveries, key=lambda each: (each.table.name, each.arrived_on or date.min, each.delivery_id)):
        dating = frames.get("billing_documents") if one.table.name == "charges" and one.arrived_on is None else None
        try:
            found = taken(one, documents=pl.concat(dating) if dating else None)
        except BadDelivery as fault:
            faults.append(fault)
            continue
        notes += found.notes
        rows = found.rows.filter(pl.col("received_at") <= start_of_day(until))
        if one.arrived_on is None and (one.table.name, one.delivery_id) in known and one.table.stage is Stage.FEED:
            rows = rows.filter(pl.col("received_at") >= start_of_day(since))
        frames.setdefault(one.table.name, []).append(rows)
    _raise_all(faults)
    return {name: pl.concat(parts) for name, parts in frames.items()}, notes


def _heads(deliveries: Iterable[Delivery]) -> tuple[list[tuple[Delivery, int]], list[Note], list[BadDelivery]]:
    """Rows of files by their footers, what is odd about them, and faulty files."""
    heads: list[tuple[Delivery, int]] = []
    notes: list[Note] = []
    faults: list[BadDelivery] = []
    for one in deliveries:
        try:
            rows, found = head_of(one)
        except BadDelivery as fault:
            faults.append(fault)
            continue
        heads.append((one, rows))
        notes += found
    return heads, notes, faults


def _raise_all(faults: list[BadDelivery]) -> None:
    if not faults:
        return
    listed = "; ".join(fault.message for fault in faults[:_SHOWN_FAULTS])
    more = f"; и ещё файлов: {len(faults) - _SHOWN_FAULTS}" if len(faults) > _SHOWN_FAULTS else ""
    raise BadDelivery(f"{listed}{more}", faults[0].remedy)


def accounts_seen(snapshots: Iterable[Delivery]) -> pl.DataFrame:
    """Accounts of earlier snapshots: positions follow the first arrival, whichever snapshot counts now."""
    frames = [ACCOUNTS_SEEN]
    for one in snapshots:
        found = taken(one).rows
        frames.append(found.filter(SOUND).select("account_id", "received_at"))
    return pl.concat(frames)


def _make_folder(book: Book, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if book.personal in folder.parents:
        for private in (book.personal, folder):
            private.chmod(0o700)


def _copy(source: Path, target: Path, *, is_private: bool) -> str:
    """Copy, sync, and say what was copied."""
    digest = hashlib.sha256()
    with source.open("rb") as given, target.open("wb") as copy:
        if is_private:
            os.fchmod(copy.fileno(), 0o600)
        while chunk := given.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()

