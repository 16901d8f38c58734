"""Open a book: its opening feeds and account register become the state that the first month starts from.

All or nothing: one bad row and nothing is opened; the error says how many rows break which rule. Opening feeds count
with any day of arrival up to the first issue of documents, registers as they were on that day.

Files are routed to the parts of their accounts, and each part is judged and written by itself (`opening_parts.py`), so
memory does not grow with the book. Here: the order of work, the totals to sign off, and what only the whole book tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts import ingest, opening, registers
from pipeline.contracts.table import Stage
from pipeline.domain.ingest.counts import listed_deliveries
from pipeline.domain.ingest.fates import ACCEPTED, of
from pipeline.domain.ingest.opening import OpeningTotals, added_up
from pipeline.domain.ingest.plain import judged_rows
from pipeline.errors import RaschetError
from pipeline.storage.account_index import month_index
from pipeline.storage.arrivals import Arrivals, arrivals_of, newest, require_needed, stored_copy
from pipeline.storage.book import Book
from pipeline.storage.cycles import Cycle, cycles_of
from pipeline.storage.files import remove_folder
from pipeline.storage.homes import write_accounts
from pipeline.storage.landing import Delivery, deliveries_in
from pipeline.storage.lock import lock
from pipeline.storage.opening_parts import DIRECTORY, KEYS, OpenedPart, OpeningLaw, key_hashes, open_part, route
from pipeline.storage.parts import UNPLACED, WHOLE, spread
from pipeline.storage.publish import begin_opening, finish_opening
from pipeline.storage.readmitted import FILES
from pipeline.storage.run import MonthRun
from pipeline.storage.work_files import clear, folder_for

_SMALL: Final = (registers.CREDITORS, registers.SERVICES, registers.SERVICE_CONTRACTS)
_WHOLE: Final = {table.name for table in (*_SMALL, registers.CYCLES)}
_APART: Final = {table.name for table in (*registers.REGISTERS, *opening.OPENING)} - _WHOLE
#: So many rows are routed in the time in which further processes start.
_WORTH_A_POOL: Final = 200_000


class CannotOpen(RaschetError):
    """The opening feeds do not make a state."""


def open_book(book: Book, *, confirm: Callable[[OpeningTotals], None] | None = None) -> OpeningTotals:
    """Read, show the totals to `confirm` (which raises to stop), publish the opening state. The same opening again
    changes nothing."""
    cycle = _first_cycle(book.require())
    require_needed(book)
    with lock(book):
        run = begin_opening(book, cycle.issue_on - timedelta(days=1))
        try:
            totals = _written(run, cycle)
            if confirm is not None:
                confirm(totals)
        except BaseException:
            remove_folder(book.work(run.month, run.run_id))
            raise
        finish_opening(run)
    return totals


def _written(run: MonthRun, cycle: Cycle) -> OpeningTotals:
    """Every table of the opening in the work folder; CannotOpen with counts by rule when a row is bad."""
    arrived = _arrived(run, cycle)
    index = _index(run, arrived)
    until = start_of_day(cycle.issue_on)
    feeds = [one for one in arrived.read if one.table in opening.OPENING]
    routed = [one for one in arrived.read if one.table in (*opening.OPENING, registers.ACCOUNTS)]
    names = [str(number) for number in range(len(routed))]
    rows = sum(rows for one, rows in arrived.apart if one in routed)
    workers = run.book.workers if rows > _WORTH_A_POOL else 1
    write_accounts(folder_for(run, DIRECTORY) / "accounts.arrow", index)
    spread(partial(route, run, routed, until), names, workers)
    law = OpeningLaw.in_force(run.rule_book, run.as_of)
    opened = run.map_parts(open_part, [*run.parts, UNPLACED], issue_on=cycle.issue_on, law=law)
    _require_sound(opened, _doubled(run))
    counts = pl.concat(part.counts for part in opened)
    run.write(ingest.DELIVERIES, WHOLE, listed_deliveries(counts, _files(feeds)))
    clear(run)
    return added_up([part.totals for part in opened])


def _arrived(run: MonthRun, cycle: Cycle) -> Arrivals:
    """Files of the opening; of the big tables only the footers are read as yet, and every faulty file is named."""
    feeds = deliveries_in(run.book.landing, Stage.OPENING, until=cycle.issue_on)
    snapshots = newest(deliveries_in(run.book.landing, Stage.REGISTER, until=cycle.issue_on))
    copies = [stored_copy(run.book, one) for one in (*feeds, *snapshots)]
    return arrivals_of(run.book, run.state, cycle, cycle.issue_on, copies, apart=_APART)


def _index(run: MonthRun, arrived: Arrivals) -> pl.DataFrame:
    """The account index and small registers, staged for the parts."""
    index = month_index(run, arrived)
    if index.is_empty():
        raise CannotOpen("В реестре счетов accounts нет ни одного счёта ко дню открытия",
                         f"Положите снимок реестра не позже {arrived.cycle.issue_on:%d.%m.%Y} и повторите raschet open")
    run.write_staged(ingest.ACCOUNT_INDEX.name, WHOLE, index)
    for table in _SMALL:
        run.write_staged(table.name, WHOLE, of(judged_rows(arrived.of(table), table), ACCEPTED))
    return index


def _doubled(run: MonthRun) -> Counter[str]:
    """Rows of a table whose key holds no account and that stand in several parts: no part can see that."""
    found: Counter[str] = Counter()
    for table in KEYS:
        hashes = key_hashes(run, table)
        found[f"{table.name}: duplicate_id"] += int(hashes.is_duplicated().sum())
    return found


def _require_sound(opened: Sequence[OpenedPart], doubled: Counter[str]) -> None:
    """Nothing is opened while a row is bad."""
    faults = sum((part.faults for part in opened), doubled)
    if faults:
        listed = "; ".join(f"{rule} — {rows}" for rule, rows in sorted(faults.items()) if rows)
        raise CannotOpen(
            f"Участок не открыт, в начальных данных есть негодные строки: {listed}",
            "Исправьте файлы opening_* и повторите raschet open",
        )


def _first_cycle(book: Book) -> Cycle:
    """The cycle of the first month by the newest snapshot of all: the first one need not be older than the issue."""
    found = cycles_of(book, date.max).get(book.settings.first_month)
    if found is None:
        raise CannotOpen(f"В реестре cycles нет первого месяца участка {book.settings.first_month}",
                         f"Положите снимок реестра в {book.landing / 'cycles'} и повторите raschet open")
    return found


def _files(deliveries: Sequence[Delivery]) -> pl.DataFrame:
    listed = [
        (one.delivery_id, one.table.name, start_of_day(one.arrived_on), "read", one.dated_by, one.files)
        for one in deliveries if one.arrived_on is not None
    ]
    return pl.DataFrame(listed, schema=FILES, orient="row")
