"""One cycle of metering for one part of the book.

    documents of the cycle come first: they leave new unconfirmed lines and settle old ones
    readings of the cycle are judged next: the accepted ones tell volumes of months
    what both know together is settled, and the memory is written for the next month
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from pipeline.contracts.metering import CONSUMPTION, METER_READINGS, UNBILLED_VOLUMES, UNCONFIRMED_CHARGES
from pipeline.contracts.table import Table
from pipeline.domain.metering.judging import judged
from pipeline.domain.metering.keys import is_recent, with_zones, without_zones
from pipeline.domain.metering.memory import memory_after
from pipeline.domain.metering.months import month_volumes
from pipeline.domain.metering.registers import registers_before
from pipeline.domain.metering.settling import settled_by_registers, with_settlement
from pipeline.domain.metering.unconfirmed import (
    ROW,
    lines_of_the_cycle,
    lines_of_the_opening,
    split_superseded,
    split_trued_up,
)
from pipeline.rules.metering import MeteringRules


class Arrivals(NamedTuple):
    """What the cycle brought, and the meters of the part's accounts; inside shapes, further columns are ignored."""

    readings: pl.DataFrame
    charges: pl.DataFrame
    documents: pl.DataFrame
    meters: pl.DataFrame


class Before(NamedTuple):
    """What the month before left; inside shapes of METER_MEMORY, UNCONFIRMED_CHARGES, UNBILLED_VOLUMES."""

    memory: pl.DataFrame
    unconfirmed: pl.DataFrame
    unbilled: pl.DataFrame


class Metered(NamedTuple):
    """The room's tables, inside shapes, each sorted by its primary key."""

    consumption: pl.DataFrame
    memory: pl.DataFrame
    unconfirmed: pl.DataFrame
    unbilled: pl.DataFrame


def metered(arrivals: Arrivals, before: Before, *, rules: MeteringRules, month: date) -> Metered:
    """`month` is the first day of the billing month that is run."""
    memory = with_zones(before.memory)
    readings = with_zones(arrivals.readings.select(METER_READINGS.inside_names))
    charges = with_zones(arrivals.charges)
    registers = registers_before(arrivals.meters, memory, readings.select("meter_id", "zone_code"))
    superseded = _superseded(arrivals.documents)

    carried = with_zones(before.unconfirmed).filter(pl.col("settled_code").is_null()).select(ROW)
    carried = pl.concat([carried, lines_of_the_opening(memory, carried)])
    carried, replaced = split_superseded(carried, superseded)
    carried, trued_up = split_trued_up(carried, charges, superseded)
    lines = pl.concat([carried, lines_of_the_cycle(charges, superseded, registers)])

    judgements, registers = judged(readings, registers, rules=rules)
    volumes = pl.concat([with_zones(before.unbilled), month_volumes(judgements)])
    settled = settled_by_registers(lines, volumes, registers)
    unconfirmed = pl.concat([
        with_settlement(settled.open_lines), settled.settled, _estimates(replaced), _estimates(trued_up)
    ])
    return Metered(
        consumption=_consumption(judgements),
        memory=without_zones(memory_after(registers, settled.open_lines, month=month)),
        unconfirmed=_as_table(unconfirmed, UNCONFIRMED_CHARGES),
        unbilled=_as_table(
            settled.unbilled.filter(is_recent(pl.col("charge_month"), pl.lit(month))), UNBILLED_VOLUMES
        ),
    )


def _superseded(documents: pl.DataFrame) -> pl.DataFrame:
    return documents.select(document_id="supersedes_document_id").drop_nulls().unique()


def _estimates(lines: pl.DataFrame) -> pl.DataFrame:
    return with_settlement(lines.filter(pl.col("basis_code") != "meter"))


def _consumption(judgements: pl.DataFrame) -> pl.DataFrame:
    accepted = pl.col("verdict_code") == "accepted"
    own = month_volumes(judgements).select("reading_id", "charge_month", month_volume_e7="volume_e7")
    named = judgements.join(own, on=["reading_id", "charge_month"], how="left").with_columns(
        raw_value_e7="value_e7",
        previous_value_e7="base_value_e7",
        previous_read_on="base_on",
        basis_code=pl.when(accepted).then(pl.lit("meter")),
    )
    return _as_table(named, CONSUMPTION)


def _as_table(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    shaped = without_zones(frame.select(table.inside_names)).cast(table.inside_schema)  # type: ignore[arg-type]
    return shaped.sort(table.primary_key)
