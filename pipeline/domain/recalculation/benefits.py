"""Benefits from a date: what comes off months that were billed without them, and what ended is charged again.

    reduction = fee × its part within the norm × persons covered ÷ residents × per cent × days ÷ days of the month,
                rounded once a line; or the sum of a whole month × days ÷ days of the month, over its lines by fee
    charged   = what the biller took off a line × days after the end ÷ days of the month, rounded once

Within the norm: of a line by area the norm's area of so many residents; of a metered line the norm of consumption of
all who live there; a line by norm is within it. All as far as the fee goes: no fee falls below zero. A line from which
the biller takes a benefit himself is never reduced, nor, by a sum of the month, any line of its month: whether it is
this one a person decides. What ended is charged only where no other benefit of the account may stand behind it, and
always waits for a person.

Not here: which applications are sound and which months they reach (`benefits_judged.py`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.contracts.registers import service_kind
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.applications import Fault, answer_due, faulty
from pipeline.domain.recalculation.fees import LINE_MONTH
from pipeline.domain.recalculation.reductions import REDUCTION
from pipeline.rules.recalculation_benefits import BenefitRules

CAUSE: Final = "benefit"
ENDED: Final = "benefit_ended"
_LINE_EVENT: Final = ("event_id", *LINE_MONTH)
_WHOLE_E7: Final = 100 * 10**7


class Ground(NamedTuple):
    """`fees`: of `fees.fees`; `earlier`: fees.EARLIER; `norms`: account_id, service_code, charge_month, norm_e7;
    `areas`: account_id, area_e7; SERVICES."""

    fees: pl.DataFrame
    earlier: pl.DataFrame
    norms: pl.DataFrame
    areas: pl.DataFrame
    services: pl.DataFrame


class Found(NamedTuple):
    """REDUCTION rows of both causes, and `faulty` rows."""

    reductions: pl.DataFrame
    additions: pl.DataFrame
    back: pl.DataFrame


def found(
    months: pl.DataFrame, covering: pl.DataFrame, ground: Ground, *, rules: BenefitRules, working_days: pl.Series
) -> Found:
    """What benefits change. `months`: of `benefits_judged.months`, those to be counted; `covering`: those of all sound
    benefits of these accounts."""
    lines = _lines(months, ground, rules).pipe(_with_limit, ground, rules)
    told = _told_before(months, ground.earlier)
    is_given, is_due = pl.col("benefit_kop") != 0, pl.col("days") > 0
    # a sum is of all lines of the month: one line with a benefit may carry the whole of it
    is_of_sum = pl.col("month_sum_kop").is_not_null()
    may_be_given = is_given | is_of_sum & is_given.any().over("event_id", "charge_month")
    bare = lines.filter(is_due, ~may_be_given)
    reducible = bare.filter(_is_told()).join(told, on=_LINE_EVENT, how="anti", nulls_equal=True)
    over = lines.filter(is_given, pl.col("days_after") > 0)
    others = _others(over, _lines(covering, ground, rules))
    ended = over.join(others, on=_LINE_EVENT, how="anti", nulls_equal=True)
    without = months.filter(is_due).join(lines, on="event_id", how="anti")
    counted_after = lines.filter(pl.col("days_after") > 0).join(told, on=_LINE_EVENT, how="semi", nulls_equal=True)
    back = pl.concat([
        faulty(lines.filter(is_due), [
            Fault("service_kinds", "benefit_billed", is_given & pl.col("effective_to").is_null())
        ]),
        faulty(bare, [Fault("area", "missing", ~_is_told() & _is_by_area()),
                      Fault("norm_volume", "missing", ~_is_told() & ~_is_by_area())]),
        faulty(others, [Fault("effective_to", "other_benefit", pl.lit(True))]),
        faulty(counted_after, [Fault("effective_to", "told_already", pl.lit(True))]),
        faulty(without, [Fault("service_kinds", "nothing_billed", pl.lit(True))]),
    ])
    due = answer_due("registered_at", rules.answer_working_days, working_days)
    return Found(_reduced(reducible, rules, due), _charged(ended, rules, due), back)


def _lines(months: pl.DataFrame, ground: Ground, rules: BenefitRules) -> pl.DataFrame:
    """Months of benefits × the lines that they cover."""
    kinds = ground.services.select("service_code", service_kind()).unique("service_code")
    kind = pl.col("kind_code")
    covers = pl.when(pl.col("service_kinds").is_null()).then(kind.is_in(list(rules.service_kinds))).otherwise(
        pl.col("service_kinds").list.contains(kind)
    )
    return (
        months.join(ground.fees, on=["account_id", "charge_month"]).join(kinds, on="service_code").filter(covers)
        .sort(*_LINE_EVENT, nulls_last=True)
    )


def _with_limit(lines: pl.DataFrame, ground: Ground, rules: BenefitRules) -> pl.DataFrame:
    """With `limit_e7` and `whole_e7`, area or volume: 1 of 1 where no norm bounds the benefit; missing if unknown."""
    residents = pl.col("residents").cast(pl.Int64)
    area_norm = (
        pl.when(residents == 1).then(rules.area_norm_one_e7).when(residents == 2).then(rules.area_norm_two_e7)
        .otherwise(residents * rules.area_norm_each_e7)
    )
    is_bounded = pl.col("kind_code").is_in(list(rules.norm_kinds)) & (pl.col("basis_code") != "norm").fill_null(True)
    one = pl.lit(1, dtype=pl.Int64)
    return (
        lines.join(ground.areas, on="account_id", how="left", maintain_order="left")
        .join(ground.norms, on=["account_id", "service_code", "charge_month"], how="left", maintain_order="left")
        .with_columns(
            limit_e7=pl.when(_is_by_area()).then(area_norm).when(is_bounded).then("norm_e7").otherwise(one),
            whole_e7=pl.when(_is_by_area()).then("area_e7").when(is_bounded).then("volume_e7").otherwise(one),
        )
    )


def _is_by_area() -> pl.Expr:
    return (pl.col("basis_code") == "area").fill_null(False)


def _is_told() -> pl.Expr:
    is_within = pl.col("limit_e7").is_not_null() & (pl.col("whole_e7") > 0).fill_null(False)
    return pl.col("month_sum_kop").is_not_null() | is_within


def _told_before(months: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """event_id, LINE_MONTH that an earlier telling of the same benefit has been proposed for."""
    ours = earlier.filter(pl.col("cause_code") == CAUSE).select(*LINE_MONTH, replaces="event_id")
    named = months.select("event_id", "replaces").explode("replaces", empty_as_null=True).drop_nulls().unique()
    return named.join(ours, on="replaces").select(_LINE_EVENT).unique()


def _others(over: pl.DataFrame, covered: pl.DataFrame) -> pl.DataFrame:
    """Lines from which a benefit is taken off after its end, where another benefit of the account covers the month."""
    other = covered.filter(pl.col("days") > 0).select(*LINE_MONTH, other="event_id").unique()
    return (
        over.join(other, on=LINE_MONTH, nulls_equal=True).filter(pl.col("other") != pl.col("event_id"))
        .unique(_LINE_EVENT).sort(*_LINE_EVENT, nulls_last=True).drop("other")
    )


def _reduced(lines: pl.DataFrame, rules: BenefitRules, due: pl.Expr) -> pl.DataFrame:
    parts = pl.when(pl.col("covers_code") == "household").then(1).otherwise(pl.col("residents").cast(pl.Int64))
    within = pl.min_horizontal("limit_e7", "whole_e7")
    share = money.divided(
        money.widened("fee_kop") * within * pl.col("percent_e7") * pl.col("days"),
        money.widened("whole_e7") * parts * _WHOLE_E7 * _month_days(),
    )
    of_month = ["event_id", "charge_month"]
    sum_kop = money.divided(money.widened("month_sum_kop") * pl.col("days"), _month_days())
    so_far, fees = pl.col("fee_kop").cum_sum().over(of_month), pl.col("fee_kop").sum().over(of_month)
    part = money.divided(sum_kop.cast(pl.Int128) * so_far, fees) - money.divided(
        sum_kop.cast(pl.Int128) * (so_far - pl.col("fee_kop")), fees
    )
    return lines.with_columns(
        cause_code=pl.lit(CAUSE), wanted_kop=pl.coalesce(share, part), volume_part_e7=pl.lit(0, dtype=pl.Int64),
        article=pl.lit(rules.article), answer_due_on=due,
    ).with_columns(formula=_formula(within)).filter(pl.col("wanted_kop") > 0).select(REDUCTION)


def _charged(lines: pl.DataFrame, rules: BenefitRules, due: pl.Expr) -> pl.DataFrame:
    return lines.with_columns(
        cause_code=pl.lit(ENDED), volume_part_e7=pl.lit(0, dtype=pl.Int64), article=pl.lit(rules.ended_article),
        answer_due_on=due,
        wanted_kop=money.divided(money.widened("benefit_kop") * pl.col("days_after"), _month_days()),
    ).with_columns(formula=pl.concat_str(
        pl.lit("Право на льготу кончилось "), wording.day_text(pl.col("effective_to")),
        pl.lit(", из платы вычтено "), wording.money_text(pl.col("benefit_kop")), pl.lit(": за дни после этого "),
        wording.money_text(pl.col("benefit_kop")), pl.lit(" × "), pl.col("days_after").cast(pl.String), pl.lit(" / "),
        _month_days().cast(pl.String), pl.lit(" = "), wording.money_text(pl.col("wanted_kop")), pl.lit("."),
    )).select(REDUCTION)


def _month_days() -> pl.Expr:
    return pl.col("charge_month").dt.days_in_month().cast(pl.Int64)


def _formula(within: pl.Expr) -> pl.Expr:
    """«Льгота с 16.06.2026, дней 15 из 30. Плата 1 000,00 ₽, в пределах нормы 42,000 из 50,000, 50,00 %: 210,00 ₽.»"""
    norm = pl.when(pl.col("whole_e7") == 1).then(pl.lit("")).otherwise(pl.concat_str(
        pl.lit(", в пределах нормы "), wording.volume_text(within), pl.lit(" из "),
        wording.volume_text(pl.col("whole_e7")),
    ))
    persons = pl.when(pl.col("covers_code") == "household").then(pl.lit("")).otherwise(pl.concat_str(
        pl.lit(", один человек из "), pl.col("residents").cast(pl.String)
    ))
    size = pl.when(pl.col("percent_e7").is_null()).then(pl.concat_str(
        pl.lit(", сумма за месяц "), wording.money_text(pl.col("month_sum_kop").fill_null(0)), pl.lit(" на все услуги")
    )).otherwise(pl.concat_str(
        norm, persons, pl.lit(", "), wording.percent_text(pl.col("percent_e7").fill_null(0) // 1000), pl.lit(" %")
    ))
    return pl.concat_str(
        pl.lit("Льгота с "), wording.day_text(pl.col("effective_from")), pl.lit(", дней "),
        pl.col("days").cast(pl.String), pl.lit(" из "), _month_days().cast(pl.String), pl.lit(". Плата "),
        wording.money_text(pl.col("fee_kop")), size, pl.lit(": "), wording.money_text(pl.col("wanted_kop")),
        pl.lit("."),
    )
