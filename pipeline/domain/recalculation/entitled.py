"""All that the benefits of one part come to: what comes off, what is charged again, what goes to a person."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.domain.recalculation import benefits, benefits_judged
from pipeline.domain.recalculation.additions import charges
from pipeline.domain.recalculation.fees import fees
from pipeline.domain.recalculation.reductions import proposals
from pipeline.rules.recalculation_benefits import BenefitRules

#: Norms of the months that benefits reach, of all who live there.
NORMS: Final = pl.Schema({
    "account_id": pl.String(), "service_code": pl.String(), "charge_month": pl.Date(), "norm_e7": pl.Int64(),
})


class Known(NamedTuple):
    """Of one part: sound benefits and `faulty` rows (`benefits_judged.judged`), ids that this cycle brought, lines of
    their accounts (fees.BILLED_LINE), proposals until now (fees.EARLIER), NORMS, account_id with area_e7; services,
    contracts."""

    sound: pl.DataFrame
    faults: pl.DataFrame
    new_ids: pl.Series
    lines: pl.DataFrame
    earlier: pl.DataFrame
    norms: pl.DataFrame
    areas: pl.DataFrame
    services: pl.DataFrame
    contracts: pl.DataFrame


class Entitled(NamedTuple):
    """RECALCULATIONS and RETURNED_APPLICATIONS rows, inside shape."""

    proposals: pl.DataFrame = RECALCULATIONS.empty_inside()
    returned: pl.DataFrame = RETURNED_APPLICATIONS.empty_inside()


def entitled(
    known: Known, *, rules: BenefitRules, working_days: pl.Series, book_id: str, month: date, lands_in_month: date
) -> Entitled:
    """The month of one part."""
    ground = benefits.Ground(
        fees(known.lines, known.earlier), known.earlier, known.norms, known.areas, known.services
    )
    reached = benefits_judged.months(known.sound, rules=rules, month=month)
    counted = benefits_judged.counted(reached, known.new_ids, rules=rules, month=month)
    told = benefits.found(counted, reached, ground, rules=rules, working_days=working_days)
    taken = proposals(
        told.reductions, ground.fees, known.earlier, known.contracts, book_id=book_id, month=month,
        lands_in_month=lands_in_month,
    )
    again = charges(
        told.additions, ground.fees, known.earlier, known.contracts, book_id=book_id, month=month,
        lands_in_month=lands_in_month,
    )
    is_new = pl.col("event_id").is_in(known.new_ids.implode())
    faults = pl.concat([known.faults, told.back]).filter(is_new)
    return Entitled(
        pl.concat([taken, again]), benefits_judged.back(faults, rules=rules, working_days=working_days)
    )
