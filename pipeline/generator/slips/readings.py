"""Slips of readings: registers that run back, jump, lose their point, unknown meters, rows sent twice, days to come.

A reading that is readable is never refused: metering judges it. Of two values under one id none stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import polars as pl

from pipeline.generator.slips import SLIP, TOLD, Slips, told
from pipeline.generator.tariffs import UNIT

BACK: Final = "reading_below_previous"
JUMP: Final = "reading_far_above_average"
UNKNOWN_METER: Final = "unknown_meter"
REPEATED: Final = "repeated_reading"
TWO_VALUES: Final = "reading_id_with_two_values"
IN_FUTURE: Final = "reading_dated_in_future"
SENT_AGAIN: Final = "reading_by_two_sources"
NO_POINT: Final = "reading_without_its_point"
KINDS: Final = (BACK, JUMP, UNKNOWN_METER, REPEATED, TWO_VALUES, IN_FUTURE, SENT_AGAIN, NO_POINT)
_JUMP_AVERAGES: Final = 20
_POINT: Final = 1000
_WITH_A_POINT: Final = 5
"""Digits of a register in cubic metres, told to the thousandth: without its point it is more than a meter can show."""
BESIDE: Final = ("meter_key", "by_meter", "account_id", "average_e7", "before_e7", "digits")
"""What a slip must know of a meter: drawn by, ordered by, whose, its monthly average, its last register, its digits."""


@dataclass(frozen=True)
class SlippedReadings:
    """What is delivered, and the answers."""

    readings: pl.DataFrame
    answers: pl.DataFrame


def slipped(readings: pl.DataFrame, slips: Slips | None, month_number: int) -> SlippedReadings:
    """Readings of one month (with what lies `BESIDE` them) with slips."""
    if slips is None:
        return SlippedReadings(readings.drop(BESIDE), pl.DataFrame(schema=TOLD))
    drawn = slips.drawn(f"readings {month_number}", KINDS, "meter_key")
    # nobody's reading is better than a smart meter's
    is_better = (drawn != SENT_AGAIN) | (pl.col("source_code") != "smart")
    has_point = (drawn != NO_POINT) | (pl.col("digits") == _WITH_A_POINT)
    marked = readings.with_columns(pl.when(is_better & has_point).then(drawn).alias(SLIP))
    slip, value = pl.col(SLIP), pl.col("value_e7")
    wrong = marked.with_columns(
        value_e7=pl.when(slip == BACK).then(pl.col("before_e7") - UNIT)
        .when(slip == JUMP).then(value + _JUMP_AVERAGES * pl.col("average_e7"))
        .when(slip == NO_POINT).then(value * _POINT).otherwise(value),
        meter_id=pl.when(slip == UNKNOWN_METER).then(pl.format("x{}", "meter_id")).otherwise("meter_id"),
        read_on=pl.when(slip == IN_FUTURE).then(pl.col("read_on") + timedelta(days=300)).otherwise("read_on"),
    )
    again = marked.filter(slip.is_in([REPEATED, TWO_VALUES, SENT_AGAIN])).with_columns(
        value_e7=value + pl.when(slip == TWO_VALUES).then(UNIT).otherwise(0),
        reading_id=pl.when(slip == SENT_AGAIN).then(pl.format("{}-2", "reading_id")).otherwise("reading_id"),
        source_code=pl.when(slip == SENT_AGAIN).then(pl.lit("inspector")).otherwise("source_code"),
    )
    delivered = pl.concat([wrong, again]).sort("by_meter", maintain_order=True)
    return SlippedReadings(delivered.drop(*BESIDE, SLIP), _answers(wrong, again))


def _answers(wrong: pl.DataFrame, again: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        told(rows, "meter_readings", "reading_id", fate, reasons, arrived_on="delivered_on")
        for rows, fate, reasons in (
            (wrong, "judged", {BACK: "below_previous", JUMP: "above_average", SENT_AGAIN: "outranked",
                                NO_POINT: "beyond_register"}),
            (again, "judged", {SENT_AGAIN: "accepted"}),
            (wrong, "quarantined", {UNKNOWN_METER: "unknown_meter", IN_FUTURE: "date_in_future",
                                    TWO_VALUES: "duplicate_id"}),
            (again, "quarantined", {TWO_VALUES: "duplicate_id"}),
            (again, "repeated", {REPEATED: "repeated"}),
        )
    )
