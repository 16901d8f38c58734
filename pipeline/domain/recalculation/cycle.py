"""One cycle of recalculation for one part: proposals of the month before as they stand now, and this month's own."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.act_proposals import Of
from pipeline.domain.recalculation.applied import Applications, Terms, applied
from pipeline.domain.recalculation.approvals import decided
from pipeline.domain.recalculation.by_acts import ActRules, Ground, by_acts
from pipeline.domain.recalculation.corrected_registers import RegisterTerms, Touched, corrected
from pipeline.domain.recalculation.limits import Tripped, held_by_account, held_by_slice, totals, usual_bills
from pipeline.domain.recalculation.rerated_rows import Landing
from pipeline.domain.recalculation.standing import as_they_stand
from pipeline.domain.recalculation.true_up import true_ups
from pipeline.domain.recalculation.true_up_beside import RATED_ANEW, beside, rated_anew
from pipeline.domain.recalculation.uncounted import uncounted
from pipeline.rules.recalculation import RecalculationRules
from pipeline.rules.recalculation_limits import LimitRules

#: Hexadecimal digits that fit Int64.
_DIGITS: Final = 15


class Inputs(NamedTuple):
    """Inside shapes: the metering tables of this run, contracts, the proposals of the month before as this cycle and
    persons leave them (`standing`), what persons decided up to the cut, the cycles as known."""

    unconfirmed: pl.DataFrame
    consumption: pl.DataFrame
    contracts: pl.DataFrame
    known: pl.DataFrame
    approvals: pl.DataFrame
    cycles: pl.DataFrame
    applications: Applications | None = None
    claimed: pl.DataFrame = RECALCULATIONS.empty_inside()
    """Proposals of acts on meters, meters of houses, changes of owner and benefits of this cycle; they come before
    applications."""
    touched: Touched | None = None
    """Billed months that corrected registers touch."""
    acts: Ground | None = None
    """Acts on meters that look at older months."""
    rated_anew: pl.DataFrame = RECALCULATIONS.empty_inside().select(RATED_ANEW)
    """What older months have proposed because a register was corrected."""


class Decisions(NamedTuple):
    """What persons decided up to the cut, the cycles as known, contracts."""

    approvals: pl.DataFrame
    cycles: pl.DataFrame
    contracts: pl.DataFrame


class Recalculated(NamedTuple):
    """RECALCULATIONS sorted by proposal_id, RETURNED_APPLICATIONS, inside shape, and what the new proposals that slices
    limit come to (`limits.totals`)."""

    proposals: pl.DataFrame
    returned: pl.DataFrame
    totals: pl.DataFrame


def recalculated(
    inputs: Inputs, terms: Terms | None = None, corrections: RegisterTerms | None = None,
    act_rules: ActRules | None = None, *, rules: RecalculationRules, limits: LimitRules, book_id: str, month: date,
    lands_in_month: date,
) -> Recalculated:
    """The month of one part. `terms` are asked for where there are applications, `corrections` where registers were
    corrected, `act_rules` where there are acts. What a kind proposes is decided before the next one reads it: what a
    person has rejected is billed by nobody."""
    known, decide = inputs.known, partial(decided, approvals=inputs.approvals, cycles=inputs.cycles)
    rated = rated_anew(inputs.rated_anew, known)
    trued_up = partial(
        true_ups, consumption=inputs.consumption, contracts=inputs.contracts, known=known, rated=rated,
        rules=rules, book_id=book_id, month=month, lands_in_month=lands_in_month,
    )
    made = decide(pl.concat([trued_up(inputs.unconfirmed), inputs.claimed]))
    usual: pl.DataFrame | None = None
    back = pl.concat([
        uncounted(inputs.unconfirmed, inputs.consumption, partial(trued_up, rated=rated.clear()), month=month),
        beside(inputs.unconfirmed, known, rated, inputs.consumption, rules=rules, month=month),
    ])
    if inputs.applications is not None and terms is not None:
        told = inputs.applications
        reduced, returned = applied(
            told._replace(earlier=pl.concat([told.earlier, made.select(told.earlier.columns)])), terms,
            book_id=book_id, month=month, lands_in_month=lands_in_month,
        )
        made, usual, back = pl.concat([made, decide(reduced)]), usual_bills(told.lines), pl.concat([back, returned])
    if inputs.acts is not None and act_rules is not None:
        acted = by_acts(
            inputs.acts, pl.concat([known, made]), decide, rules=act_rules, of=Of(book_id, month, lands_in_month)
        )
        made, back = pl.concat([made, acted.proposals]), pl.concat([back, acted.returned])
    if inputs.touched is not None and corrections is not None:
        billed = inputs.touched.billed
        earlier = as_they_stand(billed.earlier, pl.concat([known, made]), billed.lines["account_id"])
        again, unrated = corrected(
            inputs.touched._replace(billed=billed._replace(earlier=earlier)), corrections,
            Landing(book_id, month, lands_in_month, inputs.contracts),
        )
        made, back = pl.concat([made, again]), pl.concat([back, unrated])
        usual = _usual(usual, usual_bills(billed.lines))
    own = held_by_account(made, usual, rules=limits)
    every = _in_order(pl.concat([known, decide(own)]))
    return Recalculated(every, back, totals(own, inputs.contracts, rules=limits))


def held_back(
    proposals: pl.DataFrame, before: pl.DataFrame, inputs: Decisions, slices: Tripped, *, limits: LimitRules
) -> pl.DataFrame:
    """RECALCULATIONS of a part with the new ones of tripped slices waiting, unless a person has decided them. `before`:
    proposal_id of the state, whose standing is older than the limit."""
    is_old = pl.col("proposal_id").is_in(before["proposal_id"].implode())
    new = held_by_slice(proposals.filter(~is_old), inputs.contracts, slices, rules=limits)
    every = _in_order(pl.concat([proposals.filter(is_old), new]))
    return every.pipe(decided, inputs.approvals, inputs.cycles)


def _usual(first: pl.DataFrame | None, second: pl.DataFrame) -> pl.DataFrame:
    """The usual bill of each account once."""
    known = second if first is None else pl.concat([first, second])
    return known.unique("account_id", keep="first", maintain_order=True)


def _in_order(proposals: pl.DataFrame) -> pl.DataFrame:
    """By proposal_id, which is a hash: one integer of its first digits is sorted in a tenth of the time of the text and
    hardly ever ties."""
    first = pl.col("proposal_id").str.head(_DIGITS).str.to_integer(base=16, strict=False)
    return in_key_order(proposals.sort(first), RECALCULATIONS.primary_key)
