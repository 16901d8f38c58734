"""Metering: readings are judged, estimates meet registers, every meter keeps its memory. See `domain/metering`."""

import polars as pl

from pipeline.assets.room import room_assets
from pipeline.contracts import billing, ingest, registers
from pipeline.contracts.metering import (
    CONSUMPTION,
    METER_MEMORY,
    METER_READINGS,
    PUBLISHED,
    UNBILLED_VOLUMES,
    UNCONFIRMED_CHARGES,
)
from pipeline.domain.metering.cycle import Arrivals, Before, metered
from pipeline.domain.metering.registers import with_missing
from pipeline.domain.metering.unconfirmed import CHARGE
from pipeline.rules.metering import MeteringRules
from pipeline.storage.run import MonthRun


@room_assets("metering", PUBLISHED, after=[ingest.ACCOUNT_INDEX, ingest.QUARANTINE])
def metering_tables(run: MonthRun) -> None:
    """Consumption, memory of meters, unconfirmed charges and unbilled volumes of every part."""
    run.map_parts(metering_part, rules=MeteringRules.in_force(run.rule_book, run.month.first_day))


def metering_part(run: MonthRun, part: str, *, rules: MeteringRules) -> None:
    """The room for one part."""
    memory, meters = run.state.read(METER_MEMORY, part), run.register(registers.METERS, part)
    result = metered(
        Arrivals(
            readings=run.read_staged(METER_READINGS.name, part, columns=METER_READINGS.inside_names),
            charges=run.read_staged(billing.CHARGES.name, part, columns=CHARGE),
            documents=run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["supersedes_document_id"]),
            meters=with_missing(meters, memory, _registered(run, meters, memory)),
        ),
        Before(
            memory=memory,
            unconfirmed=run.state.read(UNCONFIRMED_CHARGES, part),
            unbilled=run.state.read(UNBILLED_VOLUMES, part),
        ),
        rules=rules,
        month=run.month.first_day,
    )
    run.write(CONSUMPTION, part, result.consumption)
    run.write(METER_MEMORY, part, result.memory)
    run.write(UNCONFIRMED_CHARGES, part, result.unconfirmed)
    run.write(UNBILLED_VOLUMES, part, result.unbilled)


def _registered(run: MonthRun, here: pl.DataFrame, memory: pl.DataFrame) -> pl.DataFrame:
    """meter_id of the part's meters and of remembered ones that the register names on an account of another part."""
    missing = memory.join(here, on="meter_id", how="anti")["meter_id"].unique()
    known = here.select("meter_id")
    if missing.is_empty():
        return known
    elsewhere = pl.scan_parquet(run.staged_parquet(registers.METERS.name)).select("meter_id")
    return pl.concat([known, elsewhere.filter(pl.col("meter_id").is_in(missing.implode())).collect()])
