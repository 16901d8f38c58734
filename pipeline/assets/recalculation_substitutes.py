"""What was due in older months without a register, with the acts as known now: for the few accounts whose meter is told
to have ceased to count. Arithmetic: `domain/metering/substitution.py`."""

from __future__ import annotations

import polars as pl

from pipeline.assets.metering_inputs import METER_ACTS_HERE, norm_sources
from pipeline.billing_month import BillingMonth
from pipeline.contracts import registers
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.domain.metering.substitution import Known, substitute_volumes
from pipeline.domain.recalculation.by_substitute import SUBSTITUTE
from pipeline.rules.substitution import SubstitutionRules
from pipeline.storage.run import MonthRun

DueRules = dict[BillingMonth, SubstitutionRules]


def due_rules(run: MonthRun, months: int) -> DueRules:
    """What is due without a register, by the rules of each of so many months and of this one."""
    since = run.month.plus(-months)
    return {month: SubstitutionRules.in_force(run.rule_book, month.first_day)
            for month in BillingMonth.range(since, run.month)}


def due_after(run: MonthRun, part: str, acts: pl.DataFrame, rules: DueRules) -> pl.DataFrame:
    """SUBSTITUTE rows of every month after that in which an act befell a meter, up to this one. What was read before
    that month began to be billed counts, nothing after it."""
    found = [SUBSTITUTE_VOLUMES.empty_inside().select(SUBSTITUTE)]
    for (begun,), of_month in acts.group_by(pl.col("effective_from").dt.month_start(), maintain_order=True):
        first = BillingMonth.of(begun)
        known = _known(run, part, of_month, first)
        for month in BillingMonth.range(first.next, run.month):
            due = substitute_volumes(known, rules=rules[month], month=month.first_day)
            found.append(due.join(of_month, on="event_id", how="semi").select(SUBSTITUTE))
    return pl.concat(found)


def _known(run: MonthRun, part: str, acts: pl.DataFrame, first: BillingMonth) -> Known:
    """What metering knew of these accounts when `first` began to be billed, with all acts told since."""
    ids = acts["account_id"].unique()
    of_these = pl.col("account_id").is_in(ids.implode())
    remembered = max(first.previous, run.book.opening_month)
    memory = (
        run.state.read(METER_MEMORY, part).filter(of_these) if remembered >= run.state.month
        else run.state.keyed(METER_MEMORY, [remembered], part=part, account_ids=ids)
    )
    return Known(
        meters=run.register(registers.METERS, part).filter(of_these), memory=memory,
        consumption=CONSUMPTION.empty_inside(), acts=run.read_staged(METER_ACTS_HERE, part).filter(of_these),
        norms=norm_sources(run, part),
    )
