"""What must become of every reading, told from the file alone: a loop over each meter's rows, nothing of the pipeline.

    set aside as too much:  use > 5 ccf a month, and > 3 × the meter's own monthly average, once three months are known
The average is that of the last six months told; a reading that is set aside leaves register and average as they were,
so the next one tells its use as well. The first row of a meter tells two months.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

import polars as pl

from tests.real.santa_monica_biller import FIRST_COVERS
from tests.real.santa_monica_file import UNIT, known

ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
_FLOOR: Final = 5 * UNIT
_FACTOR: Final = 3
_LEAST, _LONGEST = 3, 6


class Register(NamedTuple):
    """A meter between two rows: its accepted register, the month that it closed, its history."""

    value: int
    month: int
    months: int
    volume: int


def verdicts(rows: pl.DataFrame) -> pl.DataFrame:
    """meter_id, month, verdict_code, volume_e7 since the accepted register before it (null where set aside)."""
    told = []
    register, meter = Register(0, 0, 0, 0), None
    columns = known(rows).sort("meter_id", "month").select("meter_id", "month", "value_e7")
    for name, day, value in columns.iter_rows():
        month = day.year * 12 + day.month
        if name != meter:
            meter, register = name, Register(0, month - FIRST_COVERS, 0, 0)
        volume, gap = value - register.value, month - register.month
        if _is_too_much(volume, gap, register):
            told.append((name, day, REJECTED, None))
            continue
        told.append((name, day, ACCEPTED, volume))
        register = _after(register, value, volume, gap)
    schema = {"meter_id": pl.String, "month": pl.Date, "verdict_code": pl.String, "volume_e7": pl.Int64}
    return pl.DataFrame(told, schema=schema, orient="row")


def _is_too_much(volume: int, gap: int, register: Register) -> bool:
    has_average = register.months >= _LEAST
    return has_average and volume > gap * _FLOOR and volume * register.months > _FACTOR * register.volume * gap


def _after(register: Register, value: int, volume: int, gap: int) -> Register:
    months, total = register.months + gap, register.volume + volume
    if months > _LONGEST:
        months, total = _LONGEST, _half_up(Fraction(total * _LONGEST, months))
    return Register(value, register.month + gap, months, total)


def _half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))
