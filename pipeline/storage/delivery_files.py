"""One delivered file: is it whole, does it have the columns of its contract, and what are its rows.

A file that cannot be read, lacks a column, has one of a wrong type, or lists money whose amount cannot be read or is
not positive is refused whole, with one sentence for its sender. A column that the contract does not know is left
behind and noted; a moment without a time zone is Moscow's and noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.contracts.table import Column, Kind, Table
from pipeline.domain.ingest.fates import FATE, REASONS, undecided, with_reasons
from pipeline.domain.ingest.row_rules import contract_proofs, contract_rules
from pipeline.storage.landing import BadDelivery, Delivery
from pipeline.storage.shapes import inside

#: Where a row without a dated folder says when it arrived.
OWN_DATE: Final = {
    "payments": "received_on", "payment_reversals": "reversed_at", "registries": "received_on",
    "bank_statements": "booked_on", "remittances": "remitted_on", "billing_documents": "issued_on",
    "meter_readings": "submitted_at", "house_meter_readings": "read_on",
    "payment_identifications": "registered_at", "holds": "registered_at", "court_cases": "registered_at",
    "advance_contracts": "registered_at", "quarantine_decisions": "registered_at",
    "approvals": "registered_at", "court_events": "registered_at", "restriction_acts": "registered_at",
    "meter_acts": "registered_at", "service_norms": "registered_at", "instalment_agreements": "registered_at",
    "dunning_outcomes": "registered_at", "mandates": "registered_at", "mandate_accounts": "registered_at",
    "debt_decisions": "registered_at", "person_statuses": "registered_at",
    "absences": "registered_at", "quality_acts": "registered_at",
    "ownership_transfers": "registered_at", "benefits": "registered_at",
    "advance_discounts": "registered_at",
}
UNKNOWN_COLUMN: Final = "unknown_column"
NAIVE_MOMENT: Final = "naive_moment"
_MONEY_FEEDS: Final = ("payments", "payment_reversals")
_SHOWN_ROWS: Final = 5
#: What a damaged page raises; a column asked for twice or a wrong condition raises others: those are ours to mend.
#: First bytes of every Parquet file.
_MAGIC: Final = b"PAR1"
_DAMAGED: Final = (pl.exceptions.ComputeError, pl.exceptions.PanicException, OSError)
#: A damaged footer raises anything, and nothing of ours is asked of a footer.
_DAMAGED_FOOTER: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
_NAMES: Final = {
    Kind.TEXT: "текст", Kind.CODES: "список текстов", Kind.DATE: "дата", Kind.MONTH: "дата (первый день месяца)",
    Kind.MOMENT: "момент времени", Kind.YES_NO: "да/нет", Kind.COUNT: "целое число", Kind.INTEGER: "целое число",
    Kind.MONEY: "Decimal(18,2)", Kind.TARIFF: "Decimal(18,6)", Kind.VOLUME: "Decimal(18,7)",
}


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd about a file that does not refuse it."""

    table: str
    delivery_id: str
    code: str
    column: str
    rows: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A file's rows in the inside shape with provenance and reasons of the contract, and what was odd about it."""

    rows: pl.DataFrame
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of a file that lie one after another: how many are left out before them, and how many they are."""

    offset: int
    rows: int


def taken(
    delivery: Delivery, *, documents: pl.DataFrame | None = None, where: pl.Expr | None = None,
    stretch: Stretch | None = None,
) -> Taken:
    """Read a delivery (rows of which `where` is true, or a stretch of it), or raise BadDelivery. `documents` date
    charge lines without a folder."""
    outside, notes = outside_rows(delivery, where=where, stretch=stretch)
    _require_amounts(outside, delivery)
    dated = outside.with_columns(
        delivery_id=pl.lit(delivery.delivery_id), received_at=_arrival(delivery, outside, documents)
    )
    judged = with_reasons(
        undecided(dated), contract_rules(delivery.table), contract_proofs(delivery.table)
    )
    columns = [inside(column) for column in delivery.table.columns]
    rows = judged.select(*columns, "delivery_id", "row_number", "received_at", REASONS, FATE)
    return Taken(rows, notes)


def outside_rows(
    delivery: Delivery, *, where: pl.Expr | None = None, stretch: Stretch | None = None,
    columns: Sequence[str] | None = None,
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The file's rows (those of which `where` is true, or a stretch of them) as delivered, in the contract's types,
    numbered from 1; all columns or only some."""
    table = delivery.table
    wanted = [column for column in table.columns if columns is None or column.name in columns]
    file, schema = _opened(delivery)
    told = _told(delivery, schema, wanted)
    raw = _read(delivery, file.select(column.name for column in wanted if column.name in schema), where, stretch)
    try:
        rows = raw.select("row_number", *told)
    except pl.exceptions.InvalidOperationError:
        raise _refused(delivery, "числа не помещаются в свои столбцы") from None
    return rows.with_columns(pl.col("row_number").cast(pl.Int64())), _notes(delivery, schema, raw.height)


def head_of(delivery: Delivery) -> tuple[int, tuple[Note, ...]]:
    """How many rows a file has and what is odd about its columns, from its footer alone; BadDelivery where a column is
    missing or of a wrong type."""
    file, schema = _opened(delivery)
    _told(delivery, schema, delivery.table.columns)
    with _is_whole(delivery, _DAMAGED_FOOTER):
        height = int(file.select(pl.len()).collect().item())
    if delivery.arrived_on is None and delivery.table.name not in (*OWN_DATE, "charges"):
        raise _refused(delivery, "файл лежит вне папки с датой получения")
    return height, _notes(delivery, schema, height)


def _notes(delivery: Delivery, schema: pl.Schema, rows: int) -> tuple[Note, ...]:
    table = delivery.table
    odd = [(UNKNOWN_COLUMN, name) for name in schema if name not in table.names]
    odd += [
        (NAIVE_MOMENT, column.name) for column in table.columns
        if column.kind is Kind.MOMENT and column.name in schema and _zone(schema[column.name]) is None
        and schema[column.name] != pl.Null()
    ]
    return tuple(Note(table.name, delivery.delivery_id, code, name, rows) for code, name in odd)


def _opened(delivery: Delivery) -> tuple[pl.LazyFrame, pl.Schema]:
    """The file, of which only the footer is read yet, and its columns."""
    with _is_whole(delivery, _DAMAGED_FOOTER):
        file = pl.scan_parquet(delivery.path, hive_partitioning=False, glob=False)
        return file, file.collect_schema()


def _read(delivery: Delivery, file: pl.LazyFrame, where: pl.Expr | None, stretch: Stretch | None) -> pl.DataFrame:
    if stretch is not None:
        file = file.slice(stretch.offset, stretch.rows)
    numbered = file.with_row_index("row_number", offset=1 + (stretch.offset if stretch else 0))
    with _is_whole(delivery, _DAMAGED):
        return (numbered if where is None else numbered.filter(where)).collect()


@contextmanager
def _is_whole(delivery: Delivery, faults: tuple[type[BaseException], ...]) -> Iterator[None]:
    """Refuse the file when reading it raises one of these."""
    try:
        yield
    except faults:
        raise _refused(delivery, _unread(delivery.path)) from None


def _unread(path: Path) -> str:
    """What a file is that cannot be read as Parquet, by its size and first bytes."""
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if not head:
        return "пустой файл (0 байт); нечего передать — это Parquet без строк"
    if head != _MAGIC and all(byte >= ord(" ") or byte in b"\t\r\n" for byte in head):
        return "это не Parquet, похоже на текст (CSV?)"
    return "файл обрезан или повреждён"


def _told(delivery: Delivery, schema: pl.Schema, wanted: Sequence[Column]) -> list[pl.Expr]:
    """The wanted columns in their types; BadDelivery where the file lacks one or has it in another type."""
    missing = [column.name for column in wanted if column.name not in schema and not column.is_later]
    if missing:
        raise _refused(delivery, f"нет {'столбца' if len(missing) == 1 else 'столбцов'} {', '.join(missing)}")
    return [_typed(column, schema, delivery) for column in wanted]


def _typed(column: Column, schema: pl.Schema, delivery: Delivery) -> pl.Expr:
    """The column in its type, where nothing of a value is lost on the way."""
    wanted = column.outside_dtype
    if column.name not in schema:
        return pl.lit(None, dtype=wanted).alias(column.name)
    value, given = pl.col(column.name), schema[column.name]
    if given == wanted:
        return value
    if given == pl.Null() or _is_narrower(given, wanted):
        return value.cast(wanted)
    if column.kind is Kind.MOMENT and isinstance(given, pl.Datetime):
        if given.time_zone is None:
            value = value.dt.replace_time_zone(MOSCOW_NAME, ambiguous="earliest", non_existent="null")
        return value.dt.convert_time_zone(MOSCOW_NAME).cast(wanted)
    raise _refused(delivery, f"столбец {column.name} — {given}, а нужен тип «{_NAMES[column.kind]}»")


def _is_narrower(given: pl.DataType, wanted: pl.DataType) -> bool:
    if isinstance(given, pl.Decimal) and isinstance(wanted, pl.Decimal):
        return given.scale <= wanted.scale
    if given.is_integer() and wanted.is_integer():
        return True
    if wanted == pl.String():
        return isinstance(given, pl.Categorical | pl.Enum)
    if isinstance(wanted, pl.List) and isinstance(given, pl.List):
        return given.inner in (pl.Null(), pl.String())
    return False


def _arrival(delivery: Delivery, rows: pl.DataFrame, documents: pl.DataFrame | None) -> pl.Expr | pl.Series:
    """Start of the day of arrival in Moscow."""
    if delivery.arrived_on is not None:
        return _start(pl.lit(delivery.arrived_on))
    if delivery.table.name == "charges":
        return _of_their_documents(rows, documents)
    own = OWN_DATE.get(delivery.table.name)
    if own is None:
        raise _refused(delivery, "файл лежит вне папки с датой получения")
    if rows.get_column(own).null_count():
        raise _refused(delivery, f"файл лежит вне папки received=…, а {own} заполнен не во всех строках")
    day = pl.col(own).dt.date() if delivery.table[own].kind is Kind.MOMENT else pl.col(own)
    return _start(day)


def _of_their_documents(rows: pl.DataFrame, documents: pl.DataFrame | None) -> pl.Series:
    """Charge lines have no date: they come with their documents; lines of none with the last of these."""
    told = pl.DataFrame(schema={"document_id": pl.String(), "received_at": pl.Datetime("us", MOSCOW_NAME)})
    dated = told if documents is None else documents.select("document_id", "received_at").drop_nulls()
    first = dated.sort("received_at").unique("document_id", keep="first", maintain_order=True)
    last = dated["received_at"].max()
    came = rows.join(first, on="document_id", how="left", maintain_order="left")["received_at"]
    start_of_all = pl.select(_start(pl.lit(date(1970, 1, 1)))).item() if last is None else last
    return came.fill_null(start_of_all)


def _start(day: pl.Expr) -> pl.Expr:
    return day.cast(pl.Datetime("us")).dt.replace_time_zone(MOSCOW_NAME)


def _require_amounts(rows: pl.DataFrame, delivery: Delivery) -> None:
    """Money that cannot be counted cannot be kept in any total: the file is refused."""
    if delivery.table.name not in _MONEY_FEEDS:
        return
    unreadable = rows.filter((pl.col("amount_rub") <= 0).fill_null(True))["row_number"].to_list()
    if unreadable:
        listed = ", ".join(map(str, unreadable[:_SHOWN_ROWS])) + (" и далее" if len(unreadable) > _SHOWN_ROWS else "")
        raise _refused(delivery, f"сумма не читается или не больше нуля, строк: {len(unreadable)} (строки {listed})")


def _zone(dtype: pl.DataType) -> str | None:
    return dtype.time_zone if isinstance(dtype, pl.Datetime) else MOSCOW_NAME


def _refused(delivery: Delivery, what: str) -> BadDelivery:
    return BadDelivery(
        f"Файл {delivery.shown} не принят: {what}",
        "Попросите отправителя исправить файл и положите его вместо прежнего",
    )


def empty_rows(table: Table) -> pl.DataFrame:
    """No rows of a table, in the shape that `taken` gives."""
    return _nothing_of(table.columns).clone()


@cache
def _nothing_of(columns: tuple[Column, ...]) -> pl.DataFrame:
    """Made once: most tables bring nothing, and every step of every month asks."""
    provenance = {"delivery_id": pl.String(), "row_number": pl.Int64(), "received_at": pl.Datetime("us", MOSCOW_NAME)}
    schema = {column.inside_name: column.inside_dtype for column in columns}
    return undecided(pl.DataFrame(schema={**schema, **provenance}))

