"""What a column and a table are, and how both look outside (landing, published) and inside (work, calculations).

Here: the two shapes of a value (Decimal roubles outside, Int64 kopecks inside), `Column`, `Table`.
Not here: the columns themselves (`columns.py` and the rooms), validation (`gate.py`), conversion (`storage/shapes.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import Any

import polars as pl

MOSCOW = "Europe/Moscow"


class Kind(Enum):
    """How a value is stored: a label of its own, dtype outside, dtype inside, name suffix outside and inside.

    The label keeps two kinds of the same dtype apart: an Enum makes members of equal value one.
    """

    TEXT = ("text", pl.String(), pl.String(), "", "")
    CODES = ("codes", pl.List(pl.String()), pl.List(pl.String()), "", "")
    DATE = ("date", pl.Date(), pl.Date(), "", "")
    MONTH = ("month", pl.Date(), pl.Date(), "", "")
    MOMENT = ("moment", pl.Datetime("us", MOSCOW), pl.Datetime("us", MOSCOW), "", "")
    YES_NO = ("yes_no", pl.Boolean(), pl.Boolean(), "", "")
    COUNT = ("count", pl.Int32(), pl.Int32(), "", "")
    INTEGER = ("integer", pl.Int64(), pl.Int64(), "", "")
    MONEY = ("money", pl.Decimal(18, 2), pl.Int64(), "_rub", "_kop")
    TARIFF = ("tariff", pl.Decimal(18, 6), pl.Int64(), "_rub", "_e6")
    VOLUME = ("volume", pl.Decimal(18, 7), pl.Int64(), "", "_e7")


@dataclass(frozen=True)
class Column:
    """One column, declared once: its name outside, kind, meaning and what its values may be."""

    name: str
    kind: Kind
    meaning: str
    unit: str | None = None
    is_nullable: bool = False
    allowed: tuple[str, ...] | None = None
    at_least: int | None = None
    is_personal: bool = False
    is_later: bool = False
    """Added after files of its table had been delivered: a file without it says nothing in it."""

    def __post_init__(self) -> None:
        suffix = self.kind.value[3]
        if suffix and not self.name.endswith(suffix):
            raise ValueError(f"column {self.name}: a {self.kind.name} column ends in {suffix}")

    @property
    def inside_name(self) -> str:
        """`amount_rub` is `amount_kop` inside, `volume` is `volume_e7`, `tariff_rub` is `tariff_e6`."""
        *_, outside, inside = self.kind.value
        return self.name.removesuffix(outside) + inside if inside else self.name

    @property
    def outside_dtype(self) -> pl.DataType:
        dtype: pl.DataType = self.kind.value[1]
        return dtype

    @property
    def inside_dtype(self) -> pl.DataType:
        dtype: pl.DataType = self.kind.value[2]
        return dtype

    def or_null(self, why: str = "") -> "Column":
        """The same column where its value may be missing; `why` says what a missing value means."""
        return replace(self, is_nullable=True, meaning=f"{self.meaning}; {why}" if why else self.meaning)

    def meaning_here(self, meaning: str) -> "Column":
        """The same column with a narrower meaning in one table."""
        return replace(self, meaning=meaning)


class Stage(Enum):
    """Where a table lives in a book."""

    FEED = "landing feed of a cycle"
    REGISTER = "landing register, dated snapshots"
    DIRECTORY = "landing register that only papers read, dated snapshots"
    EVENT = "landing events"
    OPENING = "landing feed of a book's first month"
    PUBLISHED = "published with the month, read by the next month as its state"
    REPORT = "written beside a month for people; no month ever reads it"
    JOURNAL = "append-only journal of what left the building"


@dataclass(frozen=True)
class Table:
    """One table: its grain in one sentence, ordered columns, primary key, and promises about its rows.

    `rows` are named polars expressions over *outside* column names; each must be true on every row (null fails).
    """

    name: str
    room: str
    stage: Stage
    grain: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    rows: Mapping[str, pl.Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        doubled = {name for name in names if names.count(name) > 1}
        missing = set(self.primary_key) - set(names)
        if doubled or missing:
            raise ValueError(f"table {self.name}: doubled columns {doubled}, unknown key columns {missing}")

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """Column names outside, in order."""
        return [column.name for column in self.columns]

    @property
    def inside_names(self) -> list[str]:
        """Column names inside, in order."""
        return [column.inside_name for column in self.columns]

    @property
    def outside_schema(self) -> dict[str, Any]:
        """polars schema as delivered and as published."""
        return {column.name: column.outside_dtype for column in self.columns}

    @property
    def inside_schema(self) -> dict[str, Any]:
        """polars schema in calculations: kopecks, 10⁻⁶ roubles and 10⁻⁷ units as Int64."""
        return {column.inside_name: column.inside_dtype for column in self.columns}

    @property
    def personal_columns(self) -> list[str]:
        return [column.name for column in self.columns if column.is_personal]

    def empty_inside(self) -> pl.DataFrame:
        """An empty frame of the inside schema."""
        return _nothing_of(self.columns).clone()


@cache
def _nothing_of(columns: tuple[Column, ...]) -> pl.DataFrame:
    """Made once: a month asks for hundreds."""
    return pl.DataFrame(schema={column.inside_name: column.inside_dtype for column in columns})


def text(name: str, meaning: str, **more: Any) -> Column:
    """An identifier, name or free text."""
    return Column(name, Kind.TEXT, meaning, **more)


def code(name: str, meaning: str, *allowed: str, **more: Any) -> Column:
    """A value of a closed list."""
    return Column(name, Kind.TEXT, meaning, allowed=allowed or None, **more)


def codes(name: str, meaning: str, **more: Any) -> Column:
    """A list of codes or ids, in a stated order."""
    return Column(name, Kind.CODES, meaning, **more)


def date(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, Kind.DATE, meaning, **more)


def month(name: str, meaning: str, **more: Any) -> Column:
    """A calendar month as its first day."""
    return Column(name, Kind.MONTH, meaning, **more)


def moment(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, Kind.MOMENT, meaning, unit=MOSCOW, **more)


def yes_no(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, Kind.YES_NO, meaning, **more)


def count(name: str, meaning: str, unit: str = "1", **more: Any) -> Column:
    return Column(name, Kind.COUNT, meaning, unit=unit, **more)


def integer(name: str, meaning: str, unit: str = "1", **more: Any) -> Column:
    return Column(name, Kind.INTEGER, meaning, unit=unit, **more)


def money(name: str, meaning: str, **more: Any) -> Column:
    """Roubles with kopecks outside, Int64 kopecks inside."""
    return Column(name, Kind.MONEY, meaning, unit="RUB", **more)


def tariff(name: str, meaning: str, **more: Any) -> Column:
    """Roubles a unit with six decimals outside, Int64 at 10⁻⁶ ₽ inside."""
    return Column(name, Kind.TARIFF, meaning, unit="RUB per unit", **more)


def volume(name: str, meaning: str, **more: Any) -> Column:
    """Seven decimals outside, Int64 at 10⁻⁷ of the unit inside."""
    return Column(name, Kind.VOLUME, meaning, unit=more.pop("unit", "unit_code"), **more)
