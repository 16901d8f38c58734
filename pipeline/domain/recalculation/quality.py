"""Bad quality and housing services left undone: what acts take off the fee of a month.

    bad quality   fee × per cent + fee × free days ÷ days + (by norm) fee × minutes lost ÷ minutes of the month
                  + volume × minutes colder than the limit ÷ minutes of the month × (tariff − tariff of cold water),
                  of hot water in two components the whole fee of its heat for those minutes
    housing days  volume × tariff of the work, or the whole fee, × full days ÷ days of the month (ПП 491)

Sums of one line and month are rounded as they grow, so that several acts take off what one of the same hours would.
Not here: which acts stand (`quality_acts.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.domain.recalculation.applications import Fault, faulty
from pipeline.domain.recalculation.fees import LINE_MONTH
from pipeline.domain.recalculation.quality_acts import due, is_housing, sent_back
from pipeline.domain.recalculation.quality_hours import ONE, UNITS, local, measured
from pipeline.domain.recalculation.quality_words import formula
from pipeline.domain.recalculation.reductions import REDUCTION
from pipeline.rules.recalculation_quality import QualityRules

_PERCENT: Final = 10**6
_VOLUME_TIMES_TARIFF_IN_KOPECK: Final = 10 ** (money.VOLUME_DIGITS + money.TARIFF_DIGITS - money.MONEY_DIGITS)
_DAY_MINUTES: Final = 24 * 60
#: What an act says to those whom it concerns.
_ACT: Final = ("where", "service_code", "rank", "event_id", "registered_at", "violation_code", "circumstance_code",
               "began_at", "ended_at", "measured_value_e7", "part_tariff_e6", "is_heat")


def months(acts: pl.DataFrame) -> pl.DataFrame:
    """event_id, charge_month in which each act ends."""
    over = local(acts.unique("event_id"))
    return over.select("event_id", charge_month=pl.col("ended_at").dt.offset_by("-1us").dt.month_start().dt.date())


def counted(acts: pl.DataFrame, accounts: pl.DataFrame, *, rules: QualityRules) -> pl.DataFrame:
    """account_id, what acts say, ONE, UNITS and TOLD of `measured`, where an act brings anything. `acts`: valid ones
    `everywhere`; `accounts`: account_id, where of those whom they concern."""
    told = local(acts)
    is_anything = pl.any_horizontal(pl.col(name) != 0 for name in UNITS)
    own = told.select(*_ACT).unique(["where", "service_code", "rank"], keep="first", maintain_order=True)
    return (
        measured(told, rules=rules).filter(is_anything)
        .join(own, on=["where", "service_code", "rank"], maintain_order="left")
        .join(accounts, on="where").sort("account_id", *ONE)
    )


def reductions(
    brought: pl.DataFrame, fees: pl.DataFrame, *, rules: QualityRules, working_days: pl.Series
) -> pl.DataFrame:
    """REDUCTION rows of `counted` ones that are billed; without a tariff of cold water with a null in `wanted_kop`."""
    cold = (
        fees.filter(pl.col("service_code").is_in(list(rules.cold_water_services)))
        .group_by("account_id", "charge_month").agg(cold_tariff_e6=pl.col("tariff_e6").max())
    )
    line = [name for name in LINE_MONTH if name not in ("account_id", "service_code", "charge_month")]
    # where heat is a line of its own, the water beside it is billed as cold water anyway
    has_heat = pl.col("is_heat").any().over("account_id", "charge_month")
    items = dict(rules.annex_items)
    return (
        brought.join(fees, on=["account_id", "service_code", "charge_month"])
        .join(cold, on=["account_id", "charge_month"], how="left")
        .with_columns(
            month_minutes=pl.col("charge_month").dt.days_in_month().cast(pl.Int64) * _DAY_MINUTES,
            cold_tariff_e6=pl.coalesce("cold_tariff_e6", pl.when(has_heat).then("tariff_e6")),
        )
        .sort("account_id", "service_code", "charge_month", *line, "rank", nulls_last=True)
        .with_columns(
            wanted_kop=_as_it_grows(_of_fee(), _PERCENT) + _as_it_grows(_of_volume(), _VOLUME_TIMES_TARIFF_IN_KOPECK)
        )
        .with_columns(
            cause_code=pl.when(is_housing()).then(pl.lit("housing_days")).otherwise(pl.lit("bad_quality")),
            volume_part_e7=pl.lit(0, dtype=pl.Int64),
            annex_item=pl.col("violation_code").replace_strict(items, default=None, return_dtype=pl.String),
            answer_due_on=due(rules, working_days),
        )
        .with_columns(formula=formula(rules), article=_article(rules))
        .select(REDUCTION)
    )


def _article(rules: QualityRules) -> pl.Expr:
    before, after = rules.article.split("{}")
    of_annex = pl.concat_str(pl.lit(before), "annex_item", pl.lit(after))
    return pl.when(is_housing()).then(pl.lit(rules.housing_article)).otherwise(of_annex)


def unanswered(
    acts: pl.DataFrame, brought: pl.DataFrame, found: pl.DataFrame, proposed: pl.Series,
    *, rules: QualityRules, working_days: pl.Series,
) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows of one part: flats without a tariff of cold water, and acts of which nothing came:
    the service is billed to nobody there, or nothing is left to take off; those name the first account of the place.
    `brought`: of `counted`, `found`: of `reductions`, `proposed`: ids of events with proposals, old ones included."""
    said = acts.unique("event_id", keep="first", maintain_order=True).drop("account_id", strict=False)
    unpriced = found.filter(pl.col("wanted_kop").is_null()).select("event_id", "account_id").unique()
    first = brought.group_by("event_id").agg(pl.col("account_id").min())
    nothing = said.join(first, on="event_id", maintain_order="left").filter(
        ~pl.col("event_id").is_in(pl.concat([proposed, unpriced["event_id"]]).unique().implode())
    )
    is_billed = pl.col("event_id").is_in(found["event_id"].unique().implode())
    faults = pl.concat([
        faulty(said.join(unpriced, on="event_id", maintain_order="left"), [
            Fault("measured_value", "cold_tariff_unknown", pl.lit(True))
        ]),
        faulty(nothing, [
            Fault("service_code", "nothing_billed", ~is_billed), Fault("began_at", "comes_to_nothing", is_billed)
        ]),
    ])
    return sent_back(faults, said, rules, working_days)


def _of_fee() -> pl.Expr:
    """The part of the fee that goes, at 10⁻⁶ × minutes of the month."""
    fee, month = money.widened("fee_kop"), pl.col("month_minutes")
    lost = pl.when("is_norm").then("lost_minutes").otherwise(0)
    cold = pl.when("is_heat").then("cold_minutes").otherwise(0)
    days = (pl.col("free_days") + pl.col("housing_days")) * _DAY_MINUTES
    return fee * (pl.col("percent_e4") * month + (days + lost + cold) * _PERCENT)


def _of_volume() -> pl.Expr:
    """Volume × tariff of works that were not done, or of what was not hot, at 10⁻¹¹ × minutes of the month; missing
    where that needs a tariff of cold water that nobody told."""
    works = money.widened("volume_e7") * pl.col("housing_part_e6") * _DAY_MINUTES
    dearer = (pl.col("tariff_e6") - pl.col("cold_tariff_e6")).clip(lower_bound=0)
    cold = money.widened("volume_e7") * dearer * pl.col("cold_minutes")
    return pl.when((pl.col("cold_minutes") > 0) & ~pl.col("is_heat")).then(cold).otherwise(works)


def _as_it_grows(part: pl.Expr, scale: int) -> pl.Expr:
    """Roundings of a growing sum at 1/scale × minutes of the month, one less the other: together they are the rounding
    of the whole."""
    whole = scale * pl.col("month_minutes").cast(pl.Int128)
    line = [*LINE_MONTH, is_housing()]
    so_far = part.fill_null(0).cum_sum().over(line)
    step = money.divided(so_far, whole) - money.divided(so_far - part, whole)
    return pl.when(part.is_null()).then(None).otherwise(step)
