"""Metering: readings are judged, estimates meet registers, every meter keeps its memory, and what is due without a
register is said. See `domain/metering`."""

from collections.abc import Sequence

import polars as pl

from pipeline.assets.metering_inputs import METER_ACTS_HERE, new_acts, norm_sources, stage_shared
from pipeline.assets.room import room_assets
from pipeline.contracts import actual_reads, billing, ingest, registers, substitution
from pipeline.contracts.actual_reads import CONTRACT_READS, READ_SHARES
from pipeline.contracts.metering import (
    CONSUMPTION,
    METER_MEMORY,
    METER_READINGS,
    PUBLISHED,
    READING_DOUBTS,
    UNBILLED_VOLUMES,
    UNCONFIRMED_CHARGES,
)
from pipeline.domain.metering.actual_reads import contract_reads, read_shares
from pipeline.domain.metering.billed_otherwise import Bills, mismatches
from pipeline.domain.metering.cycle import Arrivals, Before, Metered, metered
from pipeline.domain.metering.registers import with_missing
from pipeline.domain.metering.substitution import Known, substitute_volumes
from pipeline.domain.metering.unconfirmed import CHARGE
from pipeline.domain.metering.verification import calendar
from pipeline.rules.metering import MeteringRules
from pipeline.rules.substitution import SubstitutionRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun


@room_assets(
    "metering", (*PUBLISHED, *actual_reads.PUBLISHED, *substitution.PUBLISHED),
    after=[ingest.ACCOUNT_INDEX, ingest.QUARANTINE],
)
def metering_tables(run: MonthRun) -> None:
    """Readings, doubts, memory of meters, unconfirmed charges, unbilled volumes, what is due without readings
    and whose verification ends, of every part; over the book how much of what was billed stands on actual reads."""
    stage_shared(run)
    month = run.month.first_day
    rules = MeteringRules.in_force(run.rule_book, month)
    parts = run.map_parts(
        metering_part, rules=rules, without_readings=SubstitutionRules.in_force(run.rule_book, month)
    )
    write_reads(run, parts, rules)


def write_reads(run: MonthRun, parts: Sequence[pl.DataFrame], rules: MeteringRules) -> None:
    """The tables of actual reads from what the parts tell of their contracts."""
    reads = contract_reads(
        run.state.read(CONTRACT_READS), parts, run.read_staged(registers.SERVICE_CONTRACTS.name),
        run.register(registers.HOUSES), month=run.month.first_day, months=max(rules.read_share_horizons),
    )
    run.write(CONTRACT_READS, WHOLE, reads)
    run.write(READ_SHARES, WHOLE, read_shares(reads, horizons=rules.read_share_horizons))


def metering_part(
    run: MonthRun, part: str, *, rules: MeteringRules, without_readings: SubstitutionRules
) -> pl.DataFrame:
    """The room for one part; what it tells of its contracts is returned."""
    memory, meters = run.state.read(METER_MEMORY, part), run.register(registers.METERS, part)
    arrivals = Arrivals(
        readings=run.read_staged(METER_READINGS.name, part, columns=METER_READINGS.inside_names),
        charges=run.read_staged(billing.CHARGES.name, part, columns=CHARGE),
        documents=run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["supersedes_document_id"]),
        meters=with_missing(meters, memory, _registered(run, meters, memory)),
        cycles=run.register(registers.CYCLES),
        acts=new_acts(run, part),
        history=run.read_staged(METER_ACTS_HERE, part),
    )
    before = Before(
        memory=memory,
        unconfirmed=run.state.read(UNCONFIRMED_CHARGES, part),
        unbilled=run.state.read(UNBILLED_VOLUMES, part),
    )
    result = metered(arrivals, before, rules=rules, month=run.month.first_day)
    run.write(CONSUMPTION, part, result.consumption)
    run.write(READING_DOUBTS, part, result.doubts)
    run.write(METER_MEMORY, part, result.memory)
    run.write(UNCONFIRMED_CHARGES, part, result.unconfirmed)
    run.write(UNBILLED_VOLUMES, part, result.unbilled)
    _write_due(run, part, arrivals, before, result, without_readings)
    return result.reads


def _write_due(
    run: MonthRun, part: str, arrivals: Arrivals, before: Before, result: Metered, rules: SubstitutionRules
) -> None:
    """What is due without a register, which bills differ from it, whose verification ends."""
    month = run.month.first_day
    known = Known(
        meters=arrivals.meters, memory=before.memory, consumption=result.consumption,
        acts=arrivals.history, norms=norm_sources(run, part),
    )
    due = substitute_volumes(known, rules=rules, month=month)
    bills = Bills(arrivals.charges, arrivals.documents, arrivals.meters, before.unbilled)
    run.write(substitution.SUBSTITUTE_VOLUMES, part, due)
    run.write(substitution.SUBSTITUTE_MISMATCHES, part, mismatches(due, bills, rules=rules, month=month))
    now = known._replace(memory=result.memory)
    ending = calendar(now, arrivals.charges, rules=rules, month=month, as_of=run.as_of)
    run.write(substitution.VERIFICATION_CALENDAR, part, ending)


def _registered(run: MonthRun, here: pl.DataFrame, memory: pl.DataFrame) -> pl.DataFrame:
    """meter_id of the part's meters and of remembered ones that the register names on an account of another part."""
    missing = memory.join(here, on="meter_id", how="anti")["meter_id"].unique()
    known = here.select("meter_id")
    if missing.is_empty():
        return known
    elsewhere = pl.scan_parquet(run.staged_parquet(registers.METERS.name)).select("meter_id")
    return pl.concat([known, elsewhere.filter(pl.col("meter_id").is_in(missing.implode())).collect()])
