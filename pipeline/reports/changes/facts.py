"""One part of two versions in SQL: what happened to its accounts, which facts moved, each with one cause.

Here: the order of the queries and what becomes of their rows. Not here: the queries (`*.sql`), what the manifests say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.changes import CAUSES, CHANGES
from pipeline.contracts.events import HOLDS
from pipeline.contracts.ledger import OPEN_ITEMS, SUSPENDED_PAYMENTS
from pipeline.contracts.table import Stage
from pipeline.reports.changes import telling
from pipeline.reports.changes.sides import Sides
from pipeline.reports.published import PublishedMonth, published_month
from pipeline.storage.files import parquet_files

#: Name of the only part where versions are compared as a whole.
WHOLE: Final = "whole"
#: Between two months a fact of these is another one by nature: they are counted by cause, not told one by one.
OF_ONE_CYCLE: Final = frozenset({
    "payment_allocations", "posted_payments", "billed_documents", "eligibility", "quarantine", "incomplete_bills",
})
#: Between two months these are told by account and cause: every item of the later month is new.
BY_ACCOUNT: Final = frozenset({"open_items", "advances", "recalculations"})
#: Differences of the versions as a whole that are worth naming beside a fact of the account.
_NAMED_BESIDE: Final = frozenset({"rule", "register", "event"})
_MEMORY: Final = "900MB"
_SQL: Final = Path(__file__).parent
_QUERY: Final = re.compile(r"^-- query: (\w+)\.(\w+)\n(.*?);\s*$", re.MULTILINE | re.DOTALL)

_OF_ACCOUNTS: Final = ("ledger", "debt")
_OF_PEOPLE: Final = ("people",)


@dataclass(frozen=True)
class Asked:
    """What every part needs to know of both versions. Picklable."""

    sides: Sides
    into: Path
    corrected_registries: list[str]
    identified: list[str]


class Query(NamedTuple):
    """One compared measure of one table."""

    table: str
    measure: str
    sql: str


class Summed(NamedTuple):
    """Rows and their roubles."""

    rows: int
    rub: Decimal


class FoundInPart(NamedTuple):
    """What one part found: sums by cause, and what was overdue in the earlier and the later version."""

    causes: list[dict[str, Any]]
    overdue: tuple[Summed, Summed]


def measures() -> list[tuple[str, str]]:
    """(table, measure) of everything that is compared, in the order of the queries."""
    return [(query.table, query.measure) for query in _queries((*_OF_ACCOUNTS, *_OF_PEOPLE))]


def compared_part(asked: Asked, part: str) -> FoundInPart:
    """Write `<part>.parquet` of `changes`; sums by cause."""
    only, equal = (None, set()) if part == WHOLE else (part, _equal(asked.sides, part))
    with published_month(asked.sides.after.folder, threads=1, memory=_MEMORY, part=only, empty=equal) as month:
        month.attach("before", asked.sides.before.folder, part=only, empty=equal)
        _prepare(month, asked)
        for name in ("evidence", "items"):
            month.execute(_script(name))
        causes = _found(month, asked, _queries(_OF_ACCOUNTS), part)
        before, after = (_overdue(month, side.folder, only) for side in (asked.sides.before, asked.sides.after))
        return FoundInPart(causes, (before, after))


def _overdue(month: PublishedMonth, folder: Path, part: str | None) -> Summed:
    """What is overdue of a part, whether it moved or not."""
    month.view("overdue_items", OPEN_ITEMS, folder, part=part)
    return Summed(**month.rows(telling.OVERDUE)[0])


def compared_people(asked: Asked) -> list[dict[str, Any]]:
    """The same for lists by persons, over the whole book, after all parts: `people.parquet`; sums by cause."""
    parts = [str(file) for file in parquet_files(asked.into)]
    with published_month(asked.sides.after.folder, memory=_MEMORY) as month:
        month.attach("before", asked.sides.before.folder)
        _prepare(month, asked)
        month.execute("CREATE TEMP MACRO rank_of(cause) AS list_position(getvariable('causes'), cause)")
        month.execute(telling.DEBTORS_TOLD, {"parts": parts})
        return _found(month, asked, _queries(_OF_PEOPLE), "people")


def _found(month: PublishedMonth, asked: Asked, queries: list[Query], name: str) -> list[dict[str, Any]]:
    """Run the queries, write their rows as `<name>.parquet`; sums by cause."""
    month.execute(telling.FOUND)
    for query in queries:
        _find(month, asked.sides, query)
    told = "found" if asked.sides.is_same_month else telling.GROUPED
    _write_rows(month, telling.TOLD.format(told), asked.into / f"{name}.parquet")
    return month.rows(telling.BY_CAUSE)


def _equal(sides: Sides, part: str) -> set[str]:
    """Tables that both manifests call equal are not read at all: only differences matter. Between two months what was
    open before tells new movements apart, moved or not."""
    hashes = {table.name: [side.part_hashes(table.name).get(part) for side in (sides.before, sides.after)]
              for table in tables_of(Stage.PUBLISHED)}
    equal = {name for name, (before, after) in hashes.items() if before == after}
    return equal if sides.is_same_month else equal - {OPEN_ITEMS.name}


def _prepare(month: PublishedMonth, asked: Asked) -> None:
    """Variables, and suspended money of the whole book: it shields accounts of any part."""
    sides = asked.sides
    for schema, side in (("main", sides.after), ("before", sides.before)):
        month.view(f"{schema}.all_suspended", SUSPENDED_PAYMENTS, side.folder)
    _set(
        month, causes=list(CAUSES), cut=sides.before.cut, same_month=sides.is_same_month,
        corrected_registries=asked.corrected_registries, identified=asked.identified,
        before_as_of=sides.before.as_of, after_as_of=sides.after.as_of,
        hold_reasons=list(HOLDS["reason_code"].allowed or ()), of_one_cycle=sorted(OF_ONE_CYCLE),
        by_account=sorted(BY_ACCOUNT),
    )


def _set(month: PublishedMonth, **variables: Any) -> None:
    """An empty list has no type of its own in SQL: every list here is of texts, or of numbers that SQL casts back."""
    for name, value in variables.items():
        kind = "::VARCHAR[]" if isinstance(value, list) else ""
        month.execute(f"SET VARIABLE {name} = $value{kind}", {"value": value})


def _find(month: PublishedMonth, sides: Sides, query: Query) -> None:
    """Rows of one query into `found`; those that no fact of their account explains get the cause of the versions."""
    depends = "overdue" if query.measure == "overdue" else query.table
    cause, reference = sides.otherwise(depends)
    beside = sorted(CAUSES.index(other) + 1 for other, _ in sides.possible(depends) if other in _NAMED_BESIDE)
    _set(
        month, table_name=query.table, measure_code=query.measure, otherwise=CAUSES.index(cause) + 1,
        otherwise_reference=reference, beside=beside,
    )
    is_summed = not sides.is_same_month and query.table in OF_ONE_CYCLE | BY_ACCOUNT
    month.execute((telling.FIND_SUMMED if is_summed else telling.FIND).format(query.sql))


def _write_rows(month: PublishedMonth, sql: str, file: Path) -> None:
    """Whole or not at all, with the types of the contract and nothing of a clock."""
    private = file.with_name(f".{file.name}.tmp")
    month.write(sql, private)
    found = pl.read_parquet_schema(private)
    if dict(found) != CHANGES.outside_schema:
        raise AssertionError(f"columns of changes differ from their contract: {found}")
    private.replace(file)


@cache
def _queries(rooms: tuple[str, ...]) -> list[Query]:
    """Every query of the rooms, in the order of the files."""
    text = "".join(_script(f"facts_of_{room}") for room in rooms)
    return [Query(table, measure, sql.strip()) for table, measure, sql in _QUERY.findall(text)]


@cache
def _script(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")
