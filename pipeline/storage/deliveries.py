"""A delivery judged before the night: would its files be taken, do its registries add up, what would be refused.

The same rules as the night's, on the same rows, with the deliveries that already lie in the landing beside it. Nothing
is written, copied or kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

import polars as pl

from pipeline.contracts.table import Kind, Stage, Table
from pipeline.domain.ingest.fates import QUARANTINED, REPEATED, SUPERSEDED, SUSPENDED, counted_reasons, of
from pipeline.domain.ingest.month import Ingested, ingested
from pipeline.domain.ingest.registries import control_totals
from pipeline.money import format_rub
from pipeline.rendering.words import reason
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import RuleBook
from pipeline.storage.arrivals import NEEDED, arrivals_of
from pipeline.storage.book import Book
from pipeline.storage.cycles import Cycle, cycles_of
from pipeline.storage.delivery_files import taken
from pipeline.storage.known import before
from pipeline.storage.landing import LANDED, BadDelivery, Delivery, deliveries_in, has_folder, unknown_folders
from pipeline.storage.manifest import published_months, published_version
from pipeline.storage.staging import REMEMBERED
from pipeline.storage.state import State

Severity = Literal["error", "warning", "note"]
_FATES: Final = {
    QUARANTINED: ("warning", "попадут в карантин"), SUSPENDED: ("warning", "останутся невыясненными"),
    REPEATED: ("note", "уже есть в участке"), SUPERSEDED: ("note", "заменены исправленным реестром"),
}
_ANY_LENGTH: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing found about a delivery: where, by which rule, how many rows, in words. An error refuses the file."""

    severity: Severity
    place: str
    rule_id: str
    rows: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found, and how much would be taken in."""

    findings: tuple[Judged, ...]
    files: int
    rows: int
    accepted_rows: int

    @property
    def is_sound(self) -> bool:
        """Nothing that refuses a file."""
        return all(finding.severity != "error" for finding in self.findings)


def judge_delivery(book: Book, folder: Path, *, as_of: date, until: date | None = None) -> Judgement:
    """Judge the files of a folder as if they had been put into the landing and a night ran on `as_of`.

    The folder is laid out like the landing (`<table>/received=…/*.parquet`), or is one table's folder; files without a
    dated folder count as received on `as_of`. Files that arrive after `until` are left out; without it none are.
    """
    sound, found = _readable(_deliveries(folder, as_of, until))
    found += [_finding("warning", name, "unknown_folder", 0, "такой таблицы нет в контрактах")
              for name in (unknown_folders(folder) if folder.name not in LANDED else [])]
    files = len(sound) + sum(finding.severity == "error" for finding in found)
    if not sound:
        return Judgement(tuple(found), files, 0, 0)
    lacking = [name for name in NEEDED if not has_folder(book.landing, name) and not _brings(sound, name)]
    if lacking:
        found.append(_finding("warning", "участок", "no_registers", 0,
                              f"нет реестров {', '.join(lacking)}: строки не проверены, только файлы"))
        return Judgement(tuple(sorted(found, key=_order)), files, 0, 0)
    told = _judged_with_the_book(book, sound, as_of)
    found += _of_rows(told, sound)
    found += _of_registries(told, sound)
    ids = {one.delivery_id for one in sound}
    rows = sum(frame.filter(pl.col("delivery_id").is_in(ids)).height for frame in told.settled.values())
    refused = sum(finding.rows for finding in found if finding.rule_id in _FATES)
    return Judgement(tuple(sorted(found, key=_order)), files, rows, rows - refused)


def _deliveries(folder: Path, as_of: date, until: date | None) -> list[Delivery]:
    """Files of the folder by table, that arrive by `until`; without a date they arrive on `as_of`."""
    if not folder.is_dir():
        raise BadDelivery(f"Нет папки {folder}", "Укажите папку с поставкой")
    root, only = (folder.parent, folder.name) if folder.name in LANDED else (folder, None)
    found = [
        replace(one, arrived_on=one.arrived_on if one.path.parent.name != one.table.name else as_of)
        for one in deliveries_in(root, until=until) if only in (None, one.table.name)
    ]
    if not found:
        by = f", поступивших по {until:%d.%m.%Y}" if until else ""
        raise BadDelivery(f"В папке {folder} нет файлов ни одной таблицы{by}",
                          "Разложите файлы по папкам с именами таблиц, например payments/")
    return found


def _readable(deliveries: list[Delivery]) -> tuple[list[Delivery], list[Judged]]:
    """Files that would be taken, and what refuses the others or is odd about them."""
    sound, found = [], []
    for one in deliveries:
        try:
            notes = taken(one).notes
        except BadDelivery as fault:
            found.append(_finding("error", one.shown, "file_refused", 0, fault.message))
            continue
        sound.append(one)
        found += [_finding("warning", one.shown, note.code, note.rows, f"столбец {note.column}") for note in notes]
    return sound, found


def _judged_with_the_book(book: Book, sound: list[Delivery], as_of: date) -> Ingested:
    """The night's judgement of the open month, with the folder's files beside those of the landing."""
    state, cycle = _open_month(book, as_of)
    landed = deliveries_in(book.landing, Stage.FEED, Stage.EVENT, Stage.REGISTER, until=as_of)
    here = [replace(one, arrived_on=min(one.arrived_on or as_of, as_of)) for one in sound]
    arrived = arrivals_of(book, state, cycle, as_of, [*landed, *(one for one in here if _is_landed(one))])
    rules = RuleBook.read().with_overrides(book.settings.rules)
    months = InForce(rules, "ledger", as_of).integer(REMEMBERED)
    known = before(book, state, arrived, months=months)
    return ingested({name: arrived.of(table) for name, table in LANDED.items()}, known)


def _brings(deliveries: list[Delivery], table: str) -> bool:
    return any(one.table.name == table for one in deliveries)


def _is_landed(delivery: Delivery) -> bool:
    return delivery.table.stage is not Stage.OPENING


def _open_month(book: Book, as_of: date) -> tuple[State, Cycle]:
    """The month that a night would compute: the one after the last closed. Its cycle is taken as open-ended, since a
    delivery is judged whatever the day of its arrival."""
    versions = [published_version(book, month) for month in published_months(book)]
    closed = [version for version in versions if version is not None and version.is_closed]
    state = State.of(book, closed[-1]) if closed else State.before_opening(book)
    month = state.month.next if closed else book.settings.first_month
    known = cycles_of(book, as_of).get(month)
    issue_on = known.issue_on if known else as_of
    return state, Cycle(month, issue_on, max(issue_on, as_of) + _ANY_LENGTH)


def _of_rows(told: Ingested, sound: list[Delivery]) -> Iterator[Judged]:
    """Rows of the folder that would not be taken in, by file, fate and rule."""
    for one in sound:
        if one.table.name not in told.settled:
            continue
        rows = told.settled[one.table.name].filter(pl.col("delivery_id") == one.delivery_id)
        for fate, (severity, words) in _FATES.items():
            fated = of(rows, fate)
            if fated.is_empty():
                continue
            rules = ", ".join(f"{reason(rule)} — {count}" for rule, count in counted_reasons(fated).rows())
            sentence = f"{words}: {fated.height}" + (f" ({rules})" if rules else "") + _lists_of(fated, one.table)
            yield Judged(severity, one.shown, fate, fated.height, sentence)  # type: ignore[arg-type]


def _lists_of(refused: pl.DataFrame, table: Table) -> str:
    """«; part_code — только variable, fixed» for columns whose codes are of no list; the codes themselves stay unsaid,
    since a shifted column may hold anything."""
    return "".join(
        f"; {column.name} — только {', '.join(column.allowed)}" for column in table.columns
        if column.allowed and column.kind is Kind.TEXT
        and not refused[column.inside_name].drop_nulls().is_in(list(column.allowed)).all()
    )


def _of_registries(told: Ingested, sound: list[Delivery]) -> Iterator[Judged]:
    """Registries announced in the folder, or with rows in it, that do not hold what they announce."""
    ids = [one.delivery_id for one in sound]
    known = told.money.rows.known_registries
    totals = control_totals(known, told.settled["payments"], told.settled["payment_reversals"])
    for row in totals.filter(pl.col("deliveries").list.set_intersection(ids).list.len() > 0).to_dicts():
        if row["rows"] is None:
            yield _finding("warning", row["registry_id"], "not_announced", row["found_rows"], "реестр не объявлен")
        elif (row["rows"], row["total_kop"]) != (row["found_rows"], row["found_kop"]):
            yield _finding(
                "warning", row["registry_id"], "control_totals", row["found_rows"],
                f"объявлено строк {row['rows']} на {format_rub(row['total_kop'])}, "
                f"получено {row['found_rows']} на {format_rub(row['found_kop'])}",
            )


def _finding(severity: Severity, place: str, rule_id: str, rows: int, sentence: str) -> Judged:
    return Judged(severity, place, rule_id, rows, sentence)


def _order(finding: Judged) -> tuple[int, str, str]:
    return (("error", "warning", "note").index(finding.severity), finding.place, finding.rule_id)

