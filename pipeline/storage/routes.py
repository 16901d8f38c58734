"""From what arrived to what every part has to read: the order of routing, and what is learnt for the book on the way.

    accounts by the index   →  flats by their accounts    →  persons by their rights
                               readings by their meters

Here: directories, stages, what is shared by parts. Not here: one batch (`routing.py`), one part (`part_rows.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts import billing, ingest, ledger, payments
from pipeline.domain.ingest.money_in import KnownMoney
from pipeline.storage.arrivals import Arrivals
from pipeline.storage.crossing import hashes_of, homes_of, shared
from pipeline.storage.delivery_files import taken
from pipeline.storage.homes import HASH, MEANT, hashed, write_accounts, write_directory
from pipeline.storage.part_rows import Routes
from pipeline.storage.routing import LATE, Piece, Window, batches, routed
from pipeline.storage.run import MonthRun
from pipeline.storage.seen_before import Sought
from pipeline.storage.work_files import folder_for, write_arrow

_DIRECTORIES: Final = "directories"
#: Tables by the stage in which their homes are known.
_STAGES: Final = (
    ("accounts", "meters", "billing_documents", "charges", "payments"),
    ("premises", "rights", "registrations", "meter_readings"),
    ("persons", "contacts"),
)
#: A directory from the ties of a table that is routed before.
_FROM_TIES: Final = {
    "premises_id": "accounts.premises_id", "meter_id": "meters.meter_id", "person_id": "rights.person_id",
}
_DOCUMENTS: Final = ("billing_documents.document_id", "billing_documents.supersedes_document_id", "charges.document_id")


@dataclass
class Found:
    """What routing has found: pieces by part, ties by table and column, other spellings, documents of other months."""

    window: Window
    accounts: Path
    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    ties: dict[str, list[pl.Series]] = field(default_factory=dict)
    meant: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEANT))
    late: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LATE))
    tables: set[str] = field(default_factory=set)

    def forget_ties(self) -> None:
        """Give them back once the routes are told: those of a region take as much memory as half a part."""
        self.ties.clear()


def routed_rows(run: MonthRun, arrived: Arrivals, index: pl.DataFrame) -> Found:
    """Route every delivery of the big tables."""
    accounts = folder_for(run, _DIRECTORIES) / "account_id.arrow"
    write_accounts(accounts, index)
    directories = {"account_id": accounts}
    found = Found(_window(run, arrived), accounts)
    for tables in _STAGES:
        for key, ties in _FROM_TIES.items():
            if key not in directories and ties in found.ties:
                directories[key] = folder_for(run, _DIRECTORIES) / f"{key}.arrow"
                write_directory(directories[key], homes_of(found.ties[ties]))
        _stage(run, arrived, tables, directories, found)
    return found


def routes_of(found: Found, together: Path, registries: list[str]) -> Routes:
    """What every part task is told. Readings hang on the meters of their parts, documents on one another."""
    ids = pl.concat([
        shared(_named(found, _DOCUMENTS)), shared(_named(found, ("meter_readings.reading_id",))),
        shared(_named(found, ("meters.meter_id",))),
    ])
    return Routes(found.pieces, found.window, ids, together, registries)


def sought_before(run: MonthRun, arrived: Arrivals, found: Found) -> Sought:
    """Ids of the cycle that closed months may know."""
    folder = folder_for(run, "sought")
    named = {
        "documents": _named(found, _DOCUMENTS[:1]), "replaced": _named(found, _DOCUMENTS[1:2]),
        "readings": _named(found, ("meter_readings.reading_id",)),
        "payments": [*_named(found, ("payments.payment_id",)), _hashes(arrived.of(payments.PAYMENT_REVERSALS)),
                     _hashes(run.state.read(ledger.SUSPENDED_PAYMENTS))],
    }
    files = {name: write_arrow(folder / f"{name}.arrow", hashes_of(ties)) for name, ties in named.items()}
    return Sought(**files, accounts=found.accounts, late=found.late, billed=run.month.first_day)


def announced_again(run: MonthRun, arrived: Arrivals) -> list[str]:
    """Registries that are announced more than once."""
    known, now = run.state.read(ingest.KNOWN_REGISTRIES), arrived.of(payments.REGISTRIES)
    announced = pl.concat([known["registry_id"], now["registry_id"]]).drop_nulls()
    return announced.filter(announced.is_duplicated()).unique().sort().to_list()


def money_together(run: MonthRun, arrived: Arrivals, found: Found, known: KnownMoney) -> Path:
    """A file of the hashes of payment ids that are judged together: repeated, reversed, or known from before."""
    doubled = shared(_named(found, ("payments.payment_id",)), within_a_part=True)[HASH]
    ids = hashes_of([
        doubled, _hashes(arrived.of(payments.PAYMENT_REVERSALS)), _hashes(known.suspended), _hashes(known.payments),
    ])
    return write_arrow(folder_for(run, "sought") / "together.arrow", ids)


def _stage(
    run: MonthRun, arrived: Arrivals, tables: Iterable[str], directories: Mapping[str, Path], found: Found
) -> None:
    files = [(one, rows) for one, rows in arrived.apart if one.table.name in tables]
    again = {name: arrived.rows[name] for name in tables if name in arrived.rows}
    for one in routed(run, batches(files, again), dict(directories), found.window):
        for piece in one.pieces:
            found.pieces.setdefault(piece.part, []).append(piece)
        for name, ties in one.ties.items():
            found.ties.setdefault(name, []).append(ties)
        found.meant = pl.concat([found.meant, one.meant]).unique()
        found.late = pl.concat([found.late, one.late]).unique()
        found.tables |= one.tables


def _window(run: MonthRun, arrived: Arrivals) -> Window:
    """Lines of files without a folder come with their documents, whose arrival is told to them."""
    documents, dates = billing.BILLING_DOCUMENTS.name, None
    if any(one.table.name == billing.CHARGES.name and one.arrived_on is None for one, _ in arrived.apart):
        told = [taken(one).rows.select("document_id", "received_at")
                for one, _ in arrived.apart if one.table.name == documents]
        if told:
            dates = write_arrow(folder_for(run, _DIRECTORIES) / "arrival.arrow", pl.concat(told))
    until, since = start_of_day(arrived.until), start_of_day(arrived.cycle.issue_on)
    return Window(until, since, run.month.first_day, arrived.going_on, dates)


def _named(found: Found, names: Iterable[str]) -> list[pl.Series]:
    return [ties for name in names for ties in found.ties.get(name, ())]


def _hashes(rows: pl.DataFrame) -> pl.Series:
    return rows.select(hashed("payment_id")).to_series().drop_nulls()
