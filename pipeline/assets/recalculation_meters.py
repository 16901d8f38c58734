"""What recalculation reads of acts on meters that nobody has charged yet: those of this cycle, and those told back in
the month before. Arithmetic: `domain/recalculation/tampering.py`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.assets.metering_inputs import METER_ACTS_HERE, norm_sources
from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, registers
from pipeline.contracts.recalculation import RETURNED_APPLICATIONS
from pipeline.domain.metering.norms import norms_of
from pipeline.domain.recalculation import tampering
from pipeline.domain.recalculation.true_up import CREDITOR
from pipeline.rules.recalculation_meters import TamperingRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_METER_ACTS

#: Staged: norms of the months that open acts may reach, a row even where nobody knows one; the check reads it.
TAMPERING_MONTHS: Final = "tampering_months"
NO_MONTHS: Final = pl.DataFrame(schema={
    "event_id": pl.String, "account_id": pl.String, "service_code": pl.String, "charge_month": pl.Date,
    "norm_e7": pl.Int64,
})


def claimed_of(run: MonthRun, part: str, *, rules: TamperingRules) -> tampering.Claimed:
    """What one part charges for tampering, and what it cannot; where nobody tampered, nothing more is read."""
    told = run.read_staged(METER_ACTS_HERE, part).filter(pl.col("act_code") == tampering.ACT)
    opened = told.filter(pl.col("event_id").is_in(_open_ids(run, part).implode())) if told.height else told
    if opened.is_empty():
        run.write_staged(TAMPERING_MONTHS, part, NO_MONTHS)
        return tampering.Claimed()
    concerned = pl.col("account_id").is_in(opened["account_id"].unique().implode())
    norms = _norms(run, part, tampering.with_days(opened, rules))
    reached = opened.select("event_id", "account_id").join(norms, on="account_id", how="left").select(NO_MONTHS.columns)
    run.write_staged(TAMPERING_MONTHS, part, reached.sort("event_id", "service_code", "charge_month"))
    found = tampering.Found(
        acts=told.filter(concerned),
        open_ids=opened["event_id"],
        meters=run.register(registers.METERS, part).filter(concerned),
        norms=norms,
        lines=run.read_staged(billing.CHARGES.name, part, columns=tampering.LINE).filter(concerned),
        contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=CREDITOR),
    )
    return tampering.claims(
        found, rules=rules, book_id=run.book.settings.book_id, month=run.month.first_day,
        lands_in_month=run.month.next.first_day,
    )


def _open_ids(run: MonthRun, part: str) -> pl.Series:
    """Acts that this cycle brought, and those that the month before could not charge."""
    back = run.state.read(RETURNED_APPLICATIONS, part, columns=["event_id", "kind_code", "field_code"])
    waiting = back.filter(
        pl.col("kind_code") == tampering.CAUSE, pl.col("field_code").is_in(list(tampering.OPEN_FIELDS))
    )
    return pl.concat([run.read_staged(NEW_METER_ACTS, WHOLE)["event_id"], waiting["event_id"]]).unique()


def _norms(run: MonthRun, part: str, acts: pl.DataFrame) -> pl.DataFrame:
    """account_id, service_code, charge_month, norm_e7 of every month that these acts reach."""
    first, last = acts.select(first=pl.col("since").min(), last=pl.col("found_on").max()).row(0)
    sources, accounts = norm_sources(run, part), acts["account_id"].unique()
    return pl.concat([
        norms_of(sources, accounts, month=month.first_day).select(
            "account_id", "service_code", "norm_e7", charge_month=pl.lit(month.first_day)
        ) for month in BillingMonth.range(min(BillingMonth.of(first), BillingMonth.of(last)), BillingMonth.of(last))
    ])
