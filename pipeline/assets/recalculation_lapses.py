"""Bills of the cycle by meters whose verification has ended, and lapses that an act has undone: what they need of the
book. Few accounts; nothing is read of others. Arithmetic: `domain/recalculation/lapse.py`.
"""

from __future__ import annotations

import polars as pl

from pipeline.assets.metering_inputs import METER_ACTS_HERE
from pipeline.assets.older_lines import replaced_now
from pipeline.contracts import billing, registers
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.domain.recalculation.act_proposals import BILLED, PROPOSED, Of
from pipeline.domain.recalculation.by_substitute import SUBSTITUTE
from pipeline.domain.recalculation.lapse import STATUS, Lapsed, lapses, undone
from pipeline.domain.recalculation.true_up import CREDITOR
from pipeline.rules.recalculation_by_substitute import BySubstituteRules
from pipeline.storage.run import MonthRun


def without_undone(run: MonthRun, part: str, known: pl.DataFrame) -> pl.DataFrame:
    """Proposals of one part as they stand, those for a lapse fallen that a verification covers."""
    return known if known.is_empty() else undone(known, run.read_staged(METER_ACTS_HERE, part))


def lapsed_here(run: MonthRun, part: str, known: pl.DataFrame, rules: BySubstituteRules) -> pl.DataFrame:
    """What one part proposes for bills of the month by meters whose verification has ended."""
    due = run.where(
        SUBSTITUTE_VOLUMES, part, pl.col("meter_status_code") == STATUS,
        columns=[*SUBSTITUTE, "meter_status_code", "status_since_on"],
    )
    if due.is_empty():
        return RECALCULATIONS.empty_inside()
    of_these = pl.col("account_id").is_in(due["account_id"].unique().implode())
    lines = run.read_staged(billing.CHARGES.name, part, columns=BILLED).filter(
        of_these, ~pl.col("document_id").is_in(replaced_now(run, part).implode())
    )
    found = Lapsed(
        due=due, meters=run.register(registers.METERS, part).filter(of_these), lines=lines,
        known=known.filter(of_these).select(PROPOSED),
        contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=CREDITOR),
    )
    of = Of(run.book.settings.book_id, run.month.first_day, run.month.next.first_day)
    return lapses(found, rules=rules, of=of)
