"""How a value of a section looks on a page, and which name a row carries in the figures. One place for both."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipeline.rendering import russian
from pipeline.reports.month.section import Column, Row

MISSING: Final = "—"


def shown(column: Column, row: Row) -> str:
    """The cell of a page."""
    value = column.value(row)
    if column.told is not None:
        return str(column.told(value) or MISSING) if value is not None or column.is_key else MISSING
    if value is None:
        return MISSING
    return _formatted(column, value)


def _formatted(column: Column, value: Any) -> str:
    if column.kind == "money":
        return russian.decimal(value, 2)
    if column.kind == "count":
        return russian.number(int(value))
    if column.kind == "share":
        return russian.share(Decimal(value), 1)
    if column.kind == "average":
        return russian.decimal(value, 1)
    if column.kind == "date":
        return russian.day(value)
    if column.kind == "month":
        return russian.month_name(value)
    return str(value)


def row_key(columns: list[Column], row: Row) -> str:
    """Codes of the keys, joined by |."""
    return "|".join(_code(column.value(row)) for column in columns)


def _code(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
