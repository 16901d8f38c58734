"""All that the advance discount of one part comes to in a cycle: terms, schedule, proposals, what goes back."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS, LIVE
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.domain.recalculation import advance_judged, advance_months, advance_terms
from pipeline.domain.recalculation.additions import charges
from pipeline.domain.recalculation.advance_terms import Happened
from pipeline.domain.recalculation.fees import fees
from pipeline.domain.recalculation.reductions import proposals
from pipeline.rules.recalculation_advance import AdvanceRules


class Known(NamedTuple):
    """Of one part: ADVANCE_DISCOUNTS and ADVANCE_CONTRACTS told by now, ids that this cycle brought, terms and schedule
    of the state, lines of this cycle of their accounts (fees.BILLED_LINE); services, contracts; what happened."""

    told: pl.DataFrame
    contracts_ahead: pl.DataFrame
    new_ids: pl.Series
    terms: pl.DataFrame
    schedule: pl.DataFrame
    lines: pl.DataFrame
    services: pl.DataFrame
    contracts: pl.DataFrame
    happened: Happened


class Discounted(NamedTuple):
    """RECALCULATIONS, RETURNED_APPLICATIONS, ADVANCE_TERMS and ADVANCE_SCHEDULE rows, inside shape."""

    proposals: pl.DataFrame = RECALCULATIONS.empty_inside()
    returned: pl.DataFrame = RETURNED_APPLICATIONS.empty_inside()
    terms: pl.DataFrame = ADVANCE_TERMS.empty_inside()
    schedule: pl.DataFrame = ADVANCE_SCHEDULE.empty_inside()


def live(terms: pl.DataFrame) -> pl.DataFrame:
    """ADVANCE_TERMS that are carried on."""
    return terms.filter(pl.col("status_code").is_in(list(LIVE)))


def discounted(
    known: Known, *, rules: AdvanceRules, working_days: pl.Series, book_id: str, month: date, lands_in_month: date
) -> Discounted:
    """The month of one part."""
    happened, before = known.happened, live(known.terms)
    applied = advance_judged.judged(
        known.told, known.contracts_ahead, before, happened.cycles, known.new_ids, rules=rules
    )
    planned = known.schedule.join(before, on="event_id", how="semi")
    lines = pl.concat([known.lines, advance_months.held_lines(planned).cast(known.lines.schema)])
    every = fees(lines, happened.earlier)
    fixed = advance_months.fixed_fees(
        known.lines, happened.earlier, known.services, known.contracts, rules=rules
    )
    paid = advance_terms.paid(pl.concat([before, applied.begun]), applied.begun["event_id"], happened)
    terms, schedule = advance_months.priced(paid, planned, fixed, month=month)
    stand = advance_terms.standing(
        terms, applied.withdrawn, advance_months.retariffed(terms, schedule, fixed, month=month), happened,
        rules=rules, month=month,
    )
    wanted = advance_months.wanted(stand, schedule, fixed, happened.earlier, rules=rules, month=month)
    of = {"book_id": book_id, "month": month, "lands_in_month": lands_in_month}
    reduced = proposals(wanted.reductions, every, happened.earlier, known.contracts, **of)  # type: ignore[arg-type]
    billed = wanted.schedule.filter(pl.col("fee_kop").is_not_null())
    again = charges(wanted.additions, billed, happened.earlier, known.contracts, **of)  # type: ignore[arg-type]
    return Discounted(
        pl.concat([reduced, again]),
        advance_judged.back(applied.faults, rules=rules, working_days=working_days),
        in_key_order(stand, ADVANCE_TERMS.primary_key),
        in_key_order(advance_months.given(wanted.schedule, reduced), ADVANCE_SCHEDULE.primary_key),
    )
