"""One cycle of metering for one part of the book.

    documents of the cycle come first: they leave new unconfirmed lines and settle old ones
    readings of the cycle are judged next: the accepted ones tell volumes of months
    what both know together is settled, and the memory is written for the next month
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import (
    CONSUMPTION,
    METER_READINGS,
    READING_DOUBTS,
    UNBILLED_VOLUMES,
    UNCONFIRMED_CHARGES,
)
from pipeline.contracts.registers import METERS
from pipeline.contracts.table import Table
from pipeline.domain.metering.act_readings import with_act_readings
from pipeline.domain.metering.actual_reads import reads_of_part
from pipeline.domain.metering.doubts import doubts
from pipeline.domain.metering.judging import judged
from pipeline.domain.metering.keys import is_recent, month_key, with_groups, with_registers, with_zones, without_zones
from pipeline.domain.metering.memory import memory_after
from pipeline.domain.metering.months import TOLD, month_volumes
from pipeline.domain.metering.registers import registers_before
from pipeline.domain.metering.settling import settled_by_registers, with_settlement
from pipeline.domain.metering.sound import Meters, with_not_counted
from pipeline.domain.metering.unconfirmed import (
    ROW,
    lines_of_billers,
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
    cycles: pl.DataFrame
    acts: pl.DataFrame = METER_ACTS.empty_inside()
    """Acts on meters that this cycle brought."""
    history: pl.DataFrame = METER_ACTS.empty_inside()
    """All acts on meters registered so far."""


class Before(NamedTuple):
    """What the month before left; inside shapes of METER_MEMORY, UNCONFIRMED_CHARGES, UNBILLED_VOLUMES."""

    memory: pl.DataFrame
    unconfirmed: pl.DataFrame
    unbilled: pl.DataFrame


class Metered(NamedTuple):
    """The room's tables of a part, inside shapes, each sorted by its primary key."""

    consumption: pl.DataFrame
    doubts: pl.DataFrame
    memory: pl.DataFrame
    unconfirmed: pl.DataFrame
    unbilled: pl.DataFrame
    reads: pl.DataFrame
    """Sums of the part's contracts (`actual_reads.PART`), for the whole book."""


def metered(arrivals: Arrivals, before: Before, *, rules: MeteringRules, month: date) -> Metered:
    """`month` is the first day of the billing month that is run."""
    meters = in_key_order(arrivals.meters, METERS.primary_key)
    superseded = arrivals.documents.get_column("supersedes_document_id").drop_nulls().unique()
    told = with_act_readings(arrivals.readings.select(METER_READINGS.inside_names), arrivals.acts, before.memory)
    memory, readings, unbilled = with_registers(
        meters, with_zones(before.memory), with_zones(told), with_zones(before.unbilled)
    )
    registers = registers_before(meters, memory, readings)
    carried = with_zones(before.unconfirmed.filter(pl.col("settled_code").is_null()))
    contracts = pl.concat([registers.get_column("contract_id"), carried.get_column("contract_id")]).unique()
    registers, charges, carried, unbilled, estimated = with_groups(
        registers,
        with_zones(lines_of_billers(arrivals.charges, superseded, contracts)),
        carried,
        unbilled,
        memory.filter(pl.col("estimated_months") + pl.col("norm_months") > 0),
    )

    carried = carried.with_columns(month_key=month_key()).select(ROW)
    carried = pl.concat([carried, lines_of_the_opening(estimated, carried)])
    carried, replaced = split_superseded(carried, superseded)
    carried, trued_up = split_trued_up(carried, charges)
    billed = lines_of_the_cycle(charges, registers)
    lines = pl.concat([carried, billed])

    windows = dict(arrivals.cycles.select("billing_month", "readings_counted_until").drop_nulls().iter_rows())
    judgements, registers = judged(readings, registers, rules=rules, windows=windows)
    volumes = pl.concat([unbilled.select(TOLD), month_volumes(judgements)])
    settled = settled_by_registers(lines, volumes, registers)
    sound = with_not_counted(settled.lines, volumes, Meters(meters, arrivals.history))
    unconfirmed = pl.concat([sound, _estimates(replaced), _estimates(trued_up)])
    open_lines = settled.lines.filter(pl.col("settled_code").is_null())
    return Metered(
        consumption=_consumption(judgements),
        doubts=_as_table(doubts(judgements, registers, estimated, charges, rules=rules), READING_DOUBTS),
        memory=without_zones(memory_after(registers, open_lines, month=month)),
        unconfirmed=_as_table(unconfirmed, UNCONFIRMED_CHARGES),
        unbilled=_as_table(
            settled.unbilled.filter(is_recent(pl.col("charge_month"), pl.lit(month))), UNBILLED_VOLUMES
        ),
        reads=reads_of_part(billed, unconfirmed, month=month),
    )


def _estimates(lines: pl.DataFrame) -> pl.DataFrame:
    return with_settlement(lines.filter(pl.col("basis_code") != "meter"))


def _consumption(judgements: pl.DataFrame) -> pl.DataFrame:
    is_accepted = pl.col("verdict_code") == "accepted"
    named = judgements.with_columns(
        raw_value_e7="value_e7",
        previous_value_e7="base_value_e7",
        previous_read_on="base_on",
        basis_code=pl.when(is_accepted).then(pl.lit("meter")),
    )
    return _as_table(named, CONSUMPTION)


def _as_table(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    shaped = without_zones(frame.select(table.inside_names)).cast(table.inside_schema)  # type: ignore[arg-type]
    return in_key_order(shaped, table.primary_key)
