"""What metering and its neighbours read of the whole book, cut by part: acts on meters, and where norms come from."""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.assets.cut_by_part import cutter
from pipeline.assets.whole_registers import has_registrations
from pipeline.contracts import events, registers
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.domain.metering.norms import NormSources
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_METER_ACTS

METER_ACTS_HERE: Final = "meter_acts_here"
NORMS_HERE: Final = "norms_of_metered_services_here"


def stage_shared(run: MonthRun) -> None:
    """Cut by part what is kept for the whole book."""
    cut = cutter(run)
    cut(METER_ACTS_HERE, run.register(METER_ACTS), pl.concat_list("account_id"))
    cut(NORMS_HERE, run.register(events.SERVICE_NORMS), pl.concat_list("account_id"))


def new_acts(run: MonthRun, part: str) -> pl.DataFrame:
    """METER_ACTS of the part's accounts that this cycle brought."""
    new_ids = run.read_staged(NEW_METER_ACTS, WHOLE)["event_id"]
    return run.read_staged(METER_ACTS_HERE, part).filter(pl.col("event_id").is_in(new_ids.implode()))


def norm_sources(run: MonthRun, part: str) -> NormSources:
    """Where norms of the part's accounts come from."""
    return NormSources(
        told=run.read_staged(NORMS_HERE, part), norms=run.register(registers.CONSUMPTION_NORMS),
        registrations=run.register(registers.REGISTRATIONS, part), rights=run.register(registers.RIGHTS, part),
        premises=run.register(registers.PREMISES, part), houses=run.register(registers.HOUSES),
        accounts=run.register(registers.ACCOUNTS, part), has_registrations=has_registrations(run),
    )
