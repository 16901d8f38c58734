"""Acceptance: what became of every proposal, unmet line and batch, once all proposals of the run stand where they will.
Arithmetic: `domain/recalculation/acceptance.py`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.assets.older_lines import replaced_now
from pipeline.contracts import billing, registers
from pipeline.contracts.acceptance import ACCEPTANCE_LINES, BATCH_ACCEPTANCE
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.acceptance import CHARGE, CREDITOR, PROPOSAL, accepted, answers, batches
from pipeline.domain.recalculation.carried import OPEN
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

#: What batches told a cycle ago; checks read it.
BEFORE: Final = "batches_before"


def write_acceptance(run: MonthRun) -> None:
    """Both tables of one run."""
    before = run.state.read(BATCH_ACCEPTANCE)
    run.write_staged(BEFORE, WHOLE, before)
    run.write(BATCH_ACCEPTANCE, WHOLE, accepted(run.map_parts(acceptance_part), before))


def acceptance_part(run: MonthRun, part: str) -> pl.DataFrame:
    """Lines of one part; what they add to their batches is returned."""
    open_ones = run.state.read(RECALCULATIONS, part, columns=PROPOSAL)
    told = answers(
        run.read(RECALCULATIONS, part, columns=PROPOSAL),
        open_ones.filter(pl.col("status_code").is_in(list(OPEN))),
        run.read_staged(billing.CHARGES.name, part, columns=CHARGE),
        replaced_now(run, part),
        run.read_staged(registers.SERVICE_CONTRACTS.name, columns=CREDITOR),
    )
    run.write(ACCEPTANCE_LINES, part, told.select(ACCEPTANCE_LINES.inside_names))
    return batches(told)
