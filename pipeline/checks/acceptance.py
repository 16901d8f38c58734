"""Promises of what goes back to whoever bills, as SQL over the files of the run (`audit/acceptance_*.sql`). Both block:
a biller books what he reads here."""

from pipeline.checks.asked import broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.acceptance import ACCEPTANCE_LINES, BATCH_ACCEPTANCE
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.storage.run import MonthRun


@room_check(ACCEPTANCE_LINES, blocking=True)
def every_proposal_is_answered(run: MonthRun) -> Finding:
    """Каждое предложение месяца названо расчётчику один раз, со своими суммами; лишние строки его пачек — тоже."""
    found = broken_in_parts(run, "acceptance_lines", {
        "acceptance_lines": run.parquet(ACCEPTANCE_LINES.name), "recalculations": run.parquet(RECALCULATIONS.name),
        "charges": run.staged_parquet(CHARGES.name), "billing_documents": run.staged_parquet(BILLING_DOCUMENTS.name),
        "state_recalculations": run.state.parquet(RECALCULATIONS.name),
    })
    return found.finding("Расчётчику отвечено по каждому предложению и каждой строке пачек")


@room_check(BATCH_ACCEPTANCE, blocking=True)
def batches_add_up_to_what_was_proposed(run: MonthRun) -> Finding:
    """Принято, проведено иначе, ждёт и отклонено в сумме дают предложенное по каждой пачке."""
    found = broken(run, "acceptance_batches", {
        "acceptance_lines": run.parquet(ACCEPTANCE_LINES.name), "batch_acceptance": run.parquet(BATCH_ACCEPTANCE.name),
        "batches_before": run.staged_parquet("batches_before"),
    })
    return found.finding("Суммы каждой пачки складываются в предложенное", broken="Пачек с чужими суммами")
