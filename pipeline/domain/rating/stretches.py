"""Stretches of days on which nothing changes: what each holds and costs, and what they make of a line together.

    volume = base × norm × factor × days of the stretch / days of the month, at 10⁻⁷, half away from zero
    sum    = volume × tariff, rounded once a stretch

Who has only some of these days (a new owner, a contract that ends) has that part of the stretch: what falls to the days
up to the last of his, less what falls to the days before his first. So the parts of all sum to the whole, and the last
takes the odd kopeck.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.registers import SERVICE_KINDS
from pipeline.domain.rating.formulas import BY_PERSONS, BY_VOLUME, FOR_NOTHING, FORMULAS, NORM_OF, coded
from pipeline.domain.rating.prices import Changing
from pipeline.rules.rating import UPLIFT_DIGITS, RatingRules

_UNIT: Final = 10**money.VOLUME_DIGITS
_UPLIFT: Final = 10**UPLIFT_DIGITS
_MONTHS_OF_YEAR: Final = 12
_KEY: Final = ("rated_tariff_e6", "norm_e7", "persons")
_BASE: Final = {
    "metered": "volume_e7", "sewage": "water_e7", "hot_water_heat": "water_e7", "heating_season": "heated_e7",
    "heating_evenly": "heated_e7", **dict.fromkeys(BY_PERSONS, "persons"),
    **dict.fromkeys(("waste_area", "common", "common_area", "area"), "area_m2_e7"),
}
#: What a whole month is counted from: a third of what is known of a line.
_READ: Final = (
    "line", "code", "kind", "days", "window_from", "window_to", *_KEY, "uplift_e4", "volume_e7", "water_e7",
    "area_m2_e7", "heated_area_m2_e7", "common_area_m2_e7", "premises_area_m2_e7",
)
STRETCH: Final = ("line", "from", "to", *_KEY, "uplift_e4", "stretch_e7", "stretch_kop", "lacking")


def stretches(lines: pl.DataFrame, changing: Changing) -> pl.DataFrame:
    """STRETCH rows of lines that can be rated, in order; a line on which nothing changes has one."""
    is_rated, splits = lines.select(
        rated=pl.col("code").is_in(FORMULAS), splits=pl.col("code").is_in(FORMULAS) & is_split()
    )
    whole = lines.select(_READ).filter(is_rated & ~splits).with_columns(
        pl.lit(0, dtype=pl.Int64).alias("from"), pl.col("days").alias("to")
    )
    if not splits.any():
        return whole.pipe(_counted, changing.rules).select(STRETCH)
    cut = changing.days_of(lines.filter(splits)).pipe(_runs)
    return pl.concat([whole.pipe(_counted, changing.rules).select(STRETCH),
                      cut.pipe(_counted, changing.rules).select(STRETCH)]).sort("line", "from")


def is_split() -> pl.Expr:
    """Whether anything that the line's formula reads changes inside its month."""
    code = pl.col("code")
    return (
        (pl.col("tariff_split") & ~code.is_in(FOR_NOTHING))
        | (pl.col("norm_split") & code.is_in(list(NORM_OF)))
        | (pl.col("persons_split") & code.is_in(BY_PERSONS))
    )


def summed(stretches_of: pl.DataFrame) -> pl.DataFrame:
    """line, rated_e7, rated_kop, rated_tariff_e6 (missing where it changes), stretches, `lacking`: what is missing on
    some of its days."""
    alone = pl.col("line").is_unique()
    one = stretches_of.filter(alone).select(
        "line", rated_e7="stretch_e7", rated_kop="stretch_kop", rated_tariff_e6="rated_tariff_e6",
        stretches=pl.lit(1, dtype=pl.Int64), lacking="lacking",
    )
    several = stretches_of.filter(~alone).group_by("line", maintain_order=True).agg(
        rated_e7=pl.col("stretch_e7").sum(), rated_kop=money.total("stretch_kop"),
        rated_tariff_e6=pl.when(pl.col("rated_tariff_e6").n_unique() == 1).then(pl.col("rated_tariff_e6").first()),
        stretches=pl.len().cast(pl.Int64), lacking=pl.col("lacking").drop_nulls().first(),
    )
    return pl.concat([one, several]) if several.height else one


def _runs(by_day: pl.DataFrame) -> pl.DataFrame:
    """Days of a line put together as long as nothing changes."""
    starts = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in ("line", *_KEY))
    numbered = by_day.with_columns(_run=starts.cum_sum())
    others = [name for name in by_day.columns if name not in ("day", "_run")]
    return numbered.group_by("_run", maintain_order=True).agg(
        pl.col(others).first(), pl.col("day").min().alias("from"), (pl.col("day").max() + 1).alias("to")
    ).drop("_run").with_columns(pl.col("from", "to").cast(pl.Int64))


def _counted(rows: pl.DataFrame, rules: RatingRules) -> pl.DataFrame:
    days = pl.col("to") - pl.col("from")
    base, factor, below = _terms(rules)
    norm = pl.when(pl.col("code").is_in(list(NORM_OF))).then("norm_e7").otherwise(1)
    exact = money.widened(base) * money.widened(norm) * money.widened(factor) * money.widened(days)
    whole = rows.with_columns(
        stretch_e7=money.divided(exact, below * pl.col("days")), lacking=_lacking(rules)
    ).with_columns(
        stretch_kop=money.amount_of(pl.col("stretch_e7"), pl.col("rated_tariff_e6").fill_null(0))
    )
    from_day, to_day = (pl.col(f"window_{end}").clip(pl.col("from"), pl.col("to")) for end in ("from", "to"))
    has_part = ~pl.col("code").is_in(BY_VOLUME) & ((from_day > pl.col("from")) | (to_day < pl.col("to")))
    if not whole.select(has_part.any()).item():
        return whole
    part = [
        _of_days(name, to_day - pl.col("from"), days) - _of_days(name, from_day - pl.col("from"), days)
        for name in ("stretch_e7", "stretch_kop")
    ]
    return whole.with_columns(
        pl.when(has_part).then(expr).otherwise(name).alias(name)
        for expr, name in zip(part, ("stretch_e7", "stretch_kop"), strict=True)
    )


def _of_days(name: str, some: pl.Expr, every: pl.Expr) -> pl.Expr:
    return money.divided(money.widened(name) * money.widened(some), every)


def _lacking(rules: RatingRules) -> pl.Expr:
    """What the formula reads and nobody tells of these days, or tells as it cannot be."""
    code, tariff = pl.col("code"), pl.col("rated_tariff_e6")
    least, most, most_e7 = (_by_kind(bounds) for bounds in (
        rules.tariff_least_e6, rules.tariff_most_e6, rules.norm_most_e7
    ))
    is_unlikely = ((tariff != 0) & (tariff < least)) | (tariff > most)
    return (
        pl.when(tariff.is_null() & ~code.is_in(FOR_NOTHING)).then(coded("unknown_tariff"))
        .when(pl.col("norm_e7").is_null() & code.is_in(list(NORM_OF))).then(coded("unknown_norm"))
        .when(pl.col("persons").fill_null(0).eq(0) & code.is_in(BY_PERSONS)).then(coded("no_persons"))
        .when(pl.col("uplift_e4").is_null() & (code == "norm_uplift")).then(coded("unknown_norm"))
        .when(is_unlikely & ~code.is_in([*FOR_NOTHING, "fixed"])).then(coded("unlikely_tariff"))
        .when((pl.col("norm_e7") > most_e7) & code.is_in(list(NORM_OF))).then(coded("unlikely_norm"))
    )


def _by_kind(bounds: Mapping[str, int]) -> pl.Expr:
    """The bound of the kind of a line's service; missing for kinds without one."""
    values = pl.Series([bounds.get(kind) for kind in SERVICE_KINDS], dtype=pl.Int64)
    return pl.lit(values).gather(pl.col("kind").to_physical())


def _terms(rules: RatingRules) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """What the volume is made of besides norm and days: base, a further factor, and what is divided by."""
    code, none = pl.col("code"), pl.lit(1, dtype=pl.Int64)
    heated = pl.coalesce("heated_area_m2_e7", "area_m2_e7")
    base = pl.lit(0, dtype=pl.Int64)
    for formula, column in _BASE.items():
        base = pl.when(code == formula).then(heated if column == "heated_e7" else pl.col(column)).otherwise(base)
    base = pl.when(code == "fixed").then(_UNIT).otherwise(base)
    factor = (
        pl.when(code == "norm_uplift").then(pl.col("uplift_e4") - _UPLIFT)
        .when(code == "heating_evenly").then(rules.heating_season_months)
        .when(code == "common").then("common_area_m2_e7").otherwise(none)
    )
    per_area = code.is_in(["hot_water_heat", "heating_season", "waste_area", "common_area"])
    below = (
        pl.when(code == "norm_uplift").then(_UPLIFT)
        .when(code == "heating_evenly").then(_UNIT * _MONTHS_OF_YEAR)
        .when(per_area).then(_UNIT)
        .when(code == "common").then(money.widened("premises_area_m2_e7") * _UNIT).otherwise(none)
    )
    return base, factor, below
