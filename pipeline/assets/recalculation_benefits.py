"""What recalculation reads of benefits: those told in this cycle and those still followed, norms of the months that
they reach, areas of the flats. Judged once for the whole book, counted part by part. Arithmetic:
`domain/recalculation/entitled.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.assets.metering_inputs import norm_sources
from pipeline.assets.recalculation_inputs import NO_LINES, Concerned, decided_here
from pipeline.billing_month import BillingMonth
from pipeline.contracts import registers
from pipeline.contracts.recalculation_events import BENEFITS
from pipeline.domain.metering.norms import norms_of
from pipeline.domain.recalculation import benefits_judged
from pipeline.domain.recalculation.applied import Applications
from pipeline.domain.recalculation.entitled import NORMS, Entitled, Known, entitled
from pipeline.rules.recalculation_benefits import BenefitRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_APPLICATIONS

#: Staged: norms of the months that benefits reach; the check reads it.
BENEFIT_NORMS: Final = "benefit_norms"


class Told(NamedTuple):
    """Sound benefits of the accounts looked at, `faulty` rows, the months looked at."""

    sound: pl.DataFrame
    faults: pl.DataFrame
    counted: pl.DataFrame
    rules: BenefitRules
    working_days: pl.Series

    @property
    def concerned(self) -> Concerned:
        """Their accounts, and since when."""
        return Concerned(self.counted["account_id"].unique().sort(), self.counted["charge_month"])


def benefits_told(run: MonthRun, working_days: pl.Series | None) -> Told | None:
    """What this month looks at; None where nobody ever told a benefit."""
    every = run.register(BENEFITS)
    if every.is_empty() or working_days is None:
        return None
    month = run.month.first_day
    rules = BenefitRules.in_force(run.rule_book, month)
    sound, faults = benefits_judged.judged(every, rules=rules)
    new_ids = run.read_staged(NEW_APPLICATIONS, WHOLE)["event_id"]
    reached = benefits_judged.months(sound, rules=rules, month=month)
    counted = benefits_judged.counted(reached, new_ids, rules=rules, month=month)
    of_these = sound.join(counted, on="account_id", how="semi")
    is_new = pl.col("event_id").is_in(new_ids.implode())
    return Told(of_these, faults.filter(is_new), counted, rules, working_days)


def entitled_here(
    run: MonthRun, part: str, told: Told | None, applications: Applications | None, earlier: pl.DataFrame
) -> Entitled:
    """What benefits come to in one part. `applications`: what was billed; `earlier`: proposals until now
    (fees.EARLIER)."""
    if told is None:
        run.write_staged(BENEFIT_NORMS, part, NORMS.to_frame())
        return Entitled()
    accounts = run.register(registers.ACCOUNTS, part).select("account_id", "premises_id").unique("account_id")
    counted = told.counted.join(accounts, on="account_id", how="semi")
    norms = _norms(run, part, counted)
    run.write_staged(BENEFIT_NORMS, part, norms)
    is_here = pl.col("account_id").is_in(accounts["account_id"].implode())
    ids = counted["account_id"].unique()
    lines = NO_LINES if applications is None else applications.lines
    own = pl.col("account_id").is_in(ids.implode())
    known = Known(
        sound=told.sound.filter(is_here), faults=told.faults.filter(is_here),
        new_ids=run.read_staged(NEW_APPLICATIONS, WHOLE)["event_id"], lines=lines.filter(own),
        earlier=earlier.filter(own), norms=norms, areas=_areas(run, part, accounts.filter(own)),
        services=run.register(registers.SERVICES),
        contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=["contract_id", "creditor_id", "house_id"]),
    )
    found = entitled(
        known, rules=told.rules, working_days=told.working_days, book_id=run.book.settings.book_id,
        month=run.month.first_day, lands_in_month=run.month.next.first_day,
    )
    return found._replace(proposals=decided_here(run, found.proposals))


def _norms(run: MonthRun, part: str, counted: pl.DataFrame) -> pl.DataFrame:
    """NORMS of the accounts and months looked at."""
    first, last = (counted["charge_month"].min(), counted["charge_month"].max())
    if not isinstance(first, date) or not isinstance(last, date):
        return NORMS.to_frame()
    sources, accounts = norm_sources(run, part), counted["account_id"].unique()
    found = [
        norms_of(sources, accounts, month=month.first_day).select(
            "account_id", "service_code", pl.lit(month.first_day).alias("charge_month"), "norm_e7"
        ) for month in BillingMonth.range(BillingMonth.of(first), BillingMonth.of(last))
    ]
    return pl.concat([NORMS.to_frame(), *found]).sort("account_id", "service_code", "charge_month")


def _areas(run: MonthRun, part: str, accounts: pl.DataFrame) -> pl.DataFrame:
    """account_id, area_e7."""
    areas = run.register(registers.PREMISES, part).select("premises_id", "area_m2_e7")
    return accounts.join(areas.unique("premises_id"), on="premises_id").select("account_id", area_e7="area_m2_e7")
