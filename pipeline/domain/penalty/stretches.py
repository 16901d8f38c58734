"""Days cut into stretches over which the law of penalties says one thing: the rate of each day, a moratorium, the end.

    rate of a day   key rate; since the cap: the cap, or the lower of both    ЖК РФ, ст. 155, ч. 14; ПП РФ № 474, 329
    fixed           one rate for all days
    end             the day before a null: nobody knows the law after it, and nothing is guessed

A few dozen dated values in, a frame of a few dozen stretches out. Not here: debts (`weights.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import polars as pl

from pipeline.rules.in_force import IntegerSteps, YesNoSteps
from pipeline.rules.penalty import FIXED, PenaltyRules

#: «To this day and on»: a day that no calendar of ours reaches.
EVER: Final = date(9999, 12, 31)
_DAY: Final = timedelta(days=1)
_SCHEMA: Final = {
    "from_on": pl.Date, "to_on": pl.Date, "rate_e4": pl.Int64, "is_halted": pl.Boolean, "halted_due_before": pl.Date,
}


@dataclass(frozen=True)
class LawOfDays:
    """`stretches`: from_on, to_on, rate_e4 (of these days), is_halted (a moratorium on all debts), halted_due_before
    (a moratorium on debts due before this day). `known_to` is the last day with a known law, `missing_rule` what ends
    there; None while nothing does."""

    stretches: pl.DataFrame
    known_to: date | None
    missing_rule: str | None


def law_of_days(rules: PenaltyRules) -> LawOfDays:
    """Every day from the first with a known law on."""
    steps = (
        rules.key_rate_e4, rules.rate_cap_e4, rules.rate_cap_is_lower_of_both, rules.moratorium_on_all_debts,
        rules.moratorium_on_older_debts,
    )
    days = sorted({day for dated in steps for day, _ in dated if day > rules.begins_on} | {rules.begins_on, EVER})
    rows, ends_on, missing = [], None, None
    for first, following in pairwise(days):
        missing = _missing(rules, first)
        if missing:
            ends_on = first - _DAY
            break
        rows.append((first, following - _DAY, _rate(rules, first), bool(_at(rules.moratorium_on_all_debts, first)),
                     _older_than(rules.moratorium_on_older_debts, first)))
    return LawOfDays(pl.DataFrame(rows, schema=_SCHEMA, orient="row"), ends_on, missing)


def _missing(rules: PenaltyRules, on: date) -> str | None:
    """The parameter that says nothing on a day any more."""
    cap = _begun(rules.rate_cap_e4, on)
    if cap and cap[-1][1] is None:
        return "penalty.rate_cap_percent"
    key_rate = _begun(rules.key_rate_e4, on)
    return None if key_rate and key_rate[-1][1] is not None else "penalty.key_rate_percent"


def _rate(rules: PenaltyRules, on: date) -> int:
    if rules.rate_mode == FIXED:
        return rules.fixed_rate_e4
    key_rate, cap = _begun(rules.key_rate_e4, on)[-1][1], _at(rules.rate_cap_e4, on)
    assert key_rate is not None  # `_missing` has looked
    if cap is None:
        return key_rate
    return min(key_rate, cap) if _at(rules.rate_cap_is_lower_of_both, on) else cap


def _older_than(steps: YesNoSteps, on: date) -> date | None:
    """The first day of the moratorium on older debts that a day lies in."""
    begun = _begun(steps, on)
    return begun[-1][0] if begun and begun[-1][1] else None


def _at(steps: IntegerSteps | YesNoSteps, on: date) -> int | bool | None:
    begun = _begun(steps, on)
    return begun[-1][1] if begun else None


def _begun(steps: IntegerSteps | YesNoSteps, on: date) -> list[tuple[date, int | bool | None]]:
    return [step for step in steps if step[0] <= on]
