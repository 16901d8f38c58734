"""How heavy a rouble is that was owed since a due date and paid, or counted, on a day: exact integers, nothing rounded.

    n       = day − due_on
    segment = days of one fraction and one rate: nothing before the first step of the scale, then its fraction until the
              next step; days of a moratorium are left out, the count of n runs on
    weight  = days × rate × (lcm of the denominators ÷ denominator)
    rate    = of the day of payment (or of the count) for all the days of its part, of each day, or a fixed one

A region has a few hundred due dates × days of payment however many debts it has: they are weighed once and joined once.
"""

from __future__ import annotations

import math
from typing import Final

import polars as pl

from pipeline.domain.penalty.scales import of_due_day
from pipeline.domain.penalty.stretches import EVER, LawOfDays
from pipeline.rules.penalty import ON_PAYMENT_DATE, RATE_DIGITS, PenaltyRules, Scales, Step

#: What is weighed: one due date and scale, one day of payment or of the count.
CLASS: Final = ("due_on", "scale", "counted_on")
_PERCENT: Final = 100


def denominator(scales: Scales) -> int:
    """What a weight is measured in: kopecks × weight ÷ this = kopecks of penalty."""
    return _common(scales) * _PERCENT * 10**RATE_DIGITS


def weighed(classes: pl.DataFrame, law: LawOfDays, *, rules: PenaltyRules) -> pl.DataFrame:
    """CLASS × segment: from_on, to_on, days, rate_e4, denominator, weight; a class without days is not there."""
    counted = classes.select(CLASS).unique().sort(CLASS).with_row_index("class").with_columns(
        end_on=pl.min_horizontal("counted_on", pl.lit(law.known_to or EVER))
    )
    stepped = pl.concat([
        _stepped(counted.filter(pl.col("scale") == code), steps) for code, steps in rules.scales.items()
    ])
    is_one_rate = rules.rate_mode == ON_PAYMENT_DATE
    return (
        _with_rate_of_end(stepped, law)
        .join(_merged(law.stretches, is_one_rate=is_one_rate), how="cross")
        .with_columns(
            from_on=pl.max_horizontal("from_on", "from_on_right"),
            to_on=pl.min_horizontal("to_on", "to_on_right", "end_on"),
            rate_e4=pl.col("rate_of_end_e4") if is_one_rate else pl.col("rate_e4"),
        )
        .filter(
            pl.col("from_on") <= pl.col("to_on"), ~pl.col("is_halted"),
            (pl.col("due_on") >= pl.col("halted_due_before")).fill_null(True),
        )
        .sort("class", "from_on").pipe(_joined).pipe(with_weight, rules.scales)
        .select(*CLASS, "from_on", "to_on", "days", "rate_e4", "denominator", "weight")
    )


def with_weight(segments: pl.DataFrame, scales: Scales) -> pl.DataFrame:
    """`days` and `weight` of segments with from_on, to_on, rate_e4 and denominator."""
    days = (pl.col("to_on") - pl.col("from_on")).dt.total_days() + 1
    return segments.with_columns(days=days).with_columns(
        weight=pl.col("days") * pl.col("rate_e4") * (pl.lit(_common(scales)) // pl.col("denominator"))
    )


def _stepped(classes: pl.DataFrame, steps: tuple[Step, ...]) -> pl.DataFrame:
    """Classes of one scale × step: from_on, to_on, denominator."""
    begins = [pl.col("due_on") + pl.duration(days=of_due_day(step.from_day)) for step in steps]
    ends = [*(following - pl.duration(days=1) for following in begins[1:]), pl.lit(EVER)]
    return pl.concat([
        classes.with_columns(from_on=first, to_on=last, denominator=of_due_day(step.denominator))
        for first, last, step in zip(begins, ends, steps, strict=True)
    ])


def _with_rate_of_end(stepped: pl.DataFrame, law: LawOfDays) -> pl.DataFrame:
    rates = law.stretches.select(end_on="from_on", rate_of_end_e4="rate_e4")
    return stepped.sort("end_on").join_asof(rates, on="end_on")


def _merged(stretches: pl.DataFrame, *, is_one_rate: bool) -> pl.DataFrame:
    """Neighbours that say the same become one; where one rate holds for all days, theirs do not matter."""
    same = ("is_halted", "halted_due_before") if is_one_rate else ("is_halted", "halted_due_before", "rate_e4")
    changes = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in same)
    return (
        stretches.with_columns(run=changes.cum_sum()).group_by("run", maintain_order=True)
        .agg(pl.col("from_on").first(), pl.col("to_on").last(), pl.col("rate_e4", *same[:2]).first()).drop("run")
    )


def _joined(segments: pl.DataFrame) -> pl.DataFrame:
    """A moratorium that does not touch a debt must not cut its segments."""
    goes_on = (
        (pl.col("class") == pl.col("class").shift(1)) & (pl.col("rate_e4") == pl.col("rate_e4").shift(1))
        & (pl.col("denominator") == pl.col("denominator").shift(1))
        & (pl.col("from_on") == pl.col("to_on").shift(1) + pl.duration(days=1))
    ).fill_null(False)
    return (
        segments.with_columns(run=(~goes_on).cum_sum()).group_by("run", maintain_order=True)
        .agg(pl.col(*CLASS, "from_on", "rate_e4", "denominator").first(), pl.col("to_on").last())
    )


def _common(scales: Scales) -> int:
    return math.lcm(*(value for steps in scales.values() for step in steps for _, value in step.denominator if value))
