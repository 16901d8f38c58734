"""Promises of months rated anew by corrected registers, as SQL over the files of the run.

It compares with the lines of documents, so it speaks before publish only. Not here: other recalculations.
"""

from typing import Final

from pipeline.checks.asked import broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.storage.run import MonthRun

_STAGED: Final = (
    "charges", "billing_documents", "lines_of_registers", "proposals_of_registers", "registrations_kept", "norms_kept",
    "tariffs_kept", "services", "accounts", "premises", "houses", "service_contracts", "tariffs", "consumption_norms",
    "registrations",
)


@room_check(RECALCULATIONS, blocking=True)
def corrected_months_are_counted_anew(run: MonthRun) -> Finding:
    """По исправленному реестру снято начисленное с прежними перерасчётами и начислено по нынешним реестрам."""
    files = {name: run.staged_parquet(name) for name in _STAGED}
    files |= {"recalculations": run.parquet(RECALCULATIONS.name),
              "state_recalculations": run.state.parquet(RECALCULATIONS.name)}
    found = broken_in_parts(run, "recalculation_registers", files)
    return found.finding("Месяцы по исправленным реестрам пересчитываются вторым способом до копейки")
