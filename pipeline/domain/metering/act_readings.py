"""Registers that acts of the cycle state: an inspector's reading, whichever feed brings it.

A register that a check of the meter states is taken as it is, even below what a resident has told: it starts the meter
anew and tells no volume; what it adds or takes off is a recalculation (`domain/recalculation/inspection.py`). Meters
with zones are told by readings alone, as an act names no zone.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.metering import METER_READINGS

#: Acts whose register is a reading of the supplier.
CHECKS: Final = ("inspected",)
_SEEN: Final = ("meter_id", "read_on", "value_e7")


def with_act_readings(readings: pl.DataFrame, acts: pl.DataFrame, memory: pl.DataFrame) -> pl.DataFrame:
    """METER_READINGS of the cycle and those that only an act states, with `is_check`: a check of the meter has seen it.

    `acts`: METER_ACTS that this cycle brought; `memory`: METER_MEMORY of the month before.
    """
    stated = (
        acts.filter(pl.col("act_code").is_in(list(CHECKS)), pl.col("value_e7").is_not_null())
        .select("event_id", "registered_at", "meter_id", "value_e7", read_on="effective_from")
        .sort("registered_at", "event_id").unique(_SEEN, keep="first", maintain_order=True)
    )
    if stated.is_empty():
        return readings.with_columns(is_check=pl.lit(False))
    zoned = memory.filter(pl.col("zone_code").is_not_null())["meter_id"]
    told = readings.join(stated.select(*_SEEN, is_check=pl.lit(True)), on=_SEEN, how="left", maintain_order="left")
    only_stated = stated.filter(~pl.col("meter_id").is_in(zoned.implode())).join(readings, on=_SEEN, how="anti")
    new = only_stated.select(
        "meter_id", "read_on", "value_e7", reading_id="event_id", zone_code=pl.lit(None, dtype=pl.String),
        submitted_at="registered_at", source_code=pl.lit("inspector"), is_check=pl.lit(True),
    )
    return pl.concat([told.with_columns(pl.col("is_check").fill_null(False)),
                      new.select(*METER_READINGS.inside_names, "is_check")])
