"""Recalculation: what a later reading corrects, proposed to whoever bills. See `domain/recalculation`."""

from pipeline.assets.room import room_assets
from pipeline.contracts import billing, events, metering, registers
from pipeline.contracts.recalculation import PUBLISHED, RECALCULATIONS
from pipeline.domain.recalculation.carried import CHARGE
from pipeline.domain.recalculation.cycle import Inputs, recalculated
from pipeline.domain.recalculation.true_up import CREDITOR, READING
from pipeline.rules.recalculation import RecalculationRules
from pipeline.storage.run import MonthRun


@room_assets("recalculation", PUBLISHED, after=[metering.UNCONFIRMED_CHARGES, metering.CONSUMPTION])
def recalculation_tables(run: MonthRun) -> None:
    """Proposals of every part: those of the month before as they stand, and this month's own."""
    run.map_parts(recalculation_part, rules=RecalculationRules.in_force(run.rule_book, run.month.first_day))


def recalculation_part(run: MonthRun, part: str, *, rules: RecalculationRules) -> None:
    """The room for one part."""
    proposals = recalculated(
        Inputs(
            unconfirmed=run.read(metering.UNCONFIRMED_CHARGES, part),
            consumption=run.read(metering.CONSUMPTION, part, columns=READING),
            charges=run.read_staged(billing.CHARGES.name, part, columns=CHARGE),
            documents=run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["supersedes_document_id"]),
            contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=CREDITOR),
            before=run.state.read(RECALCULATIONS, part),
            approvals=run.register(events.APPROVALS),
            cycles=run.register(registers.CYCLES),
        ),
        rules=rules,
        book_id=run.book.settings.book_id,
        month=run.month.first_day,
        lands_in_month=run.month.next.first_day,
    )
    run.write(RECALCULATIONS, part, proposals)
