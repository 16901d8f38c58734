"""How bad it was: the hours that acts bring by month, and what the rules make of them (ПП 354, приложение 1).

    breaks        minutes above the month's limit or above the limit at once, whichever is more, in full steps; while
                  one is exceeded, all minutes of the breaks are lost for a fee by norm
    temperatures  hours × full steps of degrees off the band, by day and by night
    pressure      hours within the limit, beyond it whole days
    composition   whole days, each that was touched, whatever makes it free
    housing       full calendar days, of a work or of the whole line

The annex counts hours «суммарно» of the month: all acts of one breach add up in the order in which they were told, and
each brings what the sum grows by. Limits of a month are shared by circumstances of the same limit. Not here: which
minutes an act brings (`quality_union.py`), money (`quality.py`).
"""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.domain.recalculation.quality_union import as_told, brought, in_months
from pipeline.rules.recalculation_quality import QualityRules

#: What an act brings to a month is one row of these.
_BROUGHT: Final = ("where", "service_code", "rank")
ONE: Final = (*_BROUGHT, "charge_month")
#: What is measured of an act in a month: per cent of the fee at 10⁻⁴, days free, minutes lost to a fee by norm, minutes
#: billed as cold water, full days of a whole line of housing, Σ over full days of the tariff of works.
UNITS: Final = ("percent_e4", "free_days", "lost_minutes", "cold_minutes", "housing_days", "housing_part_e6")
#: What the formula tells besides: minutes that the act brings, by day and by night, steps of degrees of them, all
#: minutes of the month so far, hours allowed in it and at once, what is counted so far and was before the act, minutes
#: and per cent of a step, full steps.
TOLD: Final = ("minutes", "day", "night", "day_steps", "night_steps", "in_all", "month_hours", "once_hours", "counted",
               "counted_before", "step_minutes", "rate_e4", "steps")
FREE_DAYS: Final = ("cold_water_composition", "hot_water_composition", "gas_composition")
PRESSURES: Final = ("cold_water_pressure", "hot_water_pressure", "gas_pressure", "heating_pressure")
#: Has a reduction for whole days only.
_NO_HOURS: Final = "heating_pressure"
_DEGREE: Final = 10**7
_HOUR: Final = 60
_DAY: Final = 24 * _HOUR


def local(acts: pl.DataFrame) -> pl.DataFrame:
    """Acts with `began_at`, `ended_at` of Moscow, without a zone, to the minute."""
    return acts.with_columns(
        pl.col(name).dt.convert_time_zone(MOSCOW_NAME).dt.replace_time_zone(None).cast(pl.Datetime("us"))
        .dt.truncate("1m") for name in ("began_at", "ended_at")
    )


def measured(acts: pl.DataFrame, *, rules: QualityRules) -> pl.DataFrame:
    """ONE, UNITS, TOLD of each act and month to which it brings anything, sorted. `acts`: of `everywhere`, local."""
    stretches = brought(acts)
    pieces = in_months(stretches).join(
        acts.select(*_BROUGHT, "violation_code", "circumstance_code", "measured_value_e7",
                    "part_tariff_e6"),
        on=_BROUGHT,
    )
    night = partial(_night_minutes, rules)
    told = pieces.group_by(*ONE, "violation_code", "circumstance_code", "measured_value_e7").agg(
        minutes=(pl.col("end") - pl.col("start")).sum().dt.total_minutes(),
        night=(night("end") - night("start")).sum(),
    ).with_columns(day=pl.col("minutes") - pl.col("night"))
    kinds = [
        _breaks(told, _at_once(stretches, acts, rules), acts, rules), _hot_water(told, rules), _rooms(told, rules),
        _hourly(told, rules), _free_days(pieces, rules), _housing(pieces),
    ]
    found = told.select(*ONE, "minutes", "day", "night").join(
        pl.concat(kinds, how="diagonal"), on=ONE, how="full", coalesce=True
    )
    lacking = [pl.lit(0).alias(name) for name in (*UNITS, *TOLD) if name not in found.columns]
    return found.with_columns(lacking).select(
        *ONE, pl.col(*UNITS, *TOLD).cast(pl.Int64).fill_null(0)
    ).sort(ONE)


def _at_once(stretches: pl.DataFrame, acts: pl.DataFrame, rules: QualityRules) -> pl.DataFrame:
    """ONE, once: minutes above the limit at once that an act adds to a month, those of acts before it included, where
    it makes one break of two."""
    of_acts = acts.select(*_BROUGHT, "violation_code", "circumstance_code").join(
        _limits(rules), on=["violation_code", "circumstance_code"], nulls_equal=True
    )
    above = as_told(stretches.join(of_acts, on=_BROUGHT, how="semi")).join(
        of_acts.select(*_BROUGHT, "once_hours"), on=_BROUGHT
    )
    from_at = pl.max_horizontal("start", pl.col("since") + pl.duration(hours=pl.col("once_hours")))
    island = ["where", "service_code", "breach", "island", "charge_month"]
    in_all = (
        in_months(above.with_columns(start=from_at).filter(pl.col("start") < pl.col("end")))
        .group_by(*island, "stage").agg(above=(pl.col("end") - pl.col("start")).sum().dt.total_minutes())
        .sort(*island, "stage")
    )
    added = pl.col("above") - pl.col("above").shift(1, fill_value=0).over(island)
    return in_all.select("where", "service_code", "charge_month", rank="stage", once=added).group_by(ONE).agg(
        pl.col("once").sum()
    )


def _limits(rules: QualityRules) -> pl.DataFrame:
    schema = {"violation_code": pl.String, "circumstance_code": pl.String, "month_hours": pl.Int64,
              "once_hours": pl.Int64}
    return pl.DataFrame(list(rules.breaks), schema=schema, orient="row")


def _breaks(told: pl.DataFrame, at_once: pl.DataFrame, acts: pl.DataFrame, rules: QualityRules) -> pl.DataFrame:
    month = ["where", "service_code", "violation_code", "month_hours", "charge_month"]
    of_acts = acts.select(*_BROUGHT, "violation_code", "circumstance_code").join(
        _limits(rules), on=["violation_code", "circumstance_code"], nulls_equal=True
    )
    is_waste = pl.col("violation_code") == "waste_break"
    in_all, once = (pl.col(name).cum_sum().over(month) for name in ("minutes", "once"))
    lost = pl.when(pl.col("counted") > 0).then("in_all").otherwise(0)
    return (
        told.select(*ONE, "minutes").join(at_once, on=ONE, how="full", coalesce=True)
        .with_columns(pl.col("minutes", "once").fill_null(0))
        .join(of_acts, on=_BROUGHT)
        .sort(*month, "rank")
        .with_columns(in_all=in_all, counted=pl.max_horizontal(in_all - pl.col("month_hours") * _HOUR, once, pl.lit(0)))
        .with_columns(
            step_minutes=pl.when(is_waste).then(rules.waste_step_hours).otherwise(1) * _HOUR,
            rate_e4=pl.when(is_waste).then(rules.waste_rate_e4).otherwise(rules.break_rate_e4),
            lost=lost if rules.break_deducts_norm_volume else pl.lit(0, dtype=pl.Int64),
        )
        .with_columns(lost_minutes=pl.col("lost") - pl.col("lost").shift(1, fill_value=0).over(month))
        .pipe(_by_steps, month, rules)
        .select(*ONE, "lost_minutes", "in_all", "month_hours", "once_hours", *_STEPPED)
    )


#: Of `_by_steps`.
_STEPPED: Final = ("counted", "counted_before", "step_minutes", "rate_e4", "steps", "percent_e4")


def _by_steps(counted: pl.DataFrame, month: list[str], rules: QualityRules) -> pl.DataFrame:
    """With the full steps that each act adds to what is `counted` of a month so far, and their per cent; in order."""
    steps = _steps(pl.col("counted"), pl.col("step_minutes"), rules)
    before = pl.col("counted").shift(1, fill_value=0).over(month)
    return (
        counted.with_columns(all_steps=steps, counted_before=before)
        .with_columns(steps=pl.col("all_steps") - pl.col("all_steps").shift(1, fill_value=0).over(month))
        .with_columns(percent_e4=pl.col("steps") * pl.col("rate_e4"))
    )


def _by_hours(told: pl.DataFrame, rate_e4: pl.Expr | int, rules: QualityRules) -> pl.DataFrame:
    """Hours × steps of degrees, 1 where there are none, as they add up over the month."""
    month = ["where", "service_code", "violation_code", "charge_month"]
    units = pl.col("day") * pl.col("day_steps") + pl.col("night") * pl.col("night_steps")
    rate = pl.lit(rate_e4) if isinstance(rate_e4, int) else rate_e4
    return (
        told.sort(*month, "rank")
        .with_columns(counted=units.cum_sum().over(month), step_minutes=pl.lit(_HOUR), rate_e4=rate)
        .pipe(_by_steps, month, rules)
    )


def _hot_water(told: pl.DataFrame, rules: QualityRules) -> pl.DataFrame:
    lowest, highest = (degree * _DEGREE for degree in rules.hot_water_band)
    value, step = pl.col("measured_value_e7"), rules.hot_water_step_degrees * _DEGREE
    is_cold = value < rules.hot_water_cold_below * _DEGREE

    def steps(tolerance: int) -> pl.Expr:
        off = pl.max_horizontal(lowest - value, value - highest) - tolerance * _DEGREE
        return pl.when(is_cold).then(0).otherwise(_steps(off.clip(lower_bound=0), step, rules))

    by_day, by_night = rules.hot_water_tolerance
    found = told.filter(pl.col("violation_code") == "hot_water_temperature").with_columns(
        day_steps=steps(by_day), night_steps=steps(by_night),
        cold_minutes=pl.when(is_cold).then("minutes").otherwise(0),
    )
    return _by_hours(found, rules.hot_water_rate_e4, rules).select(
        *ONE, "cold_minutes", "day_steps", "night_steps", *_STEPPED
    )


def _rooms(told: pl.DataFrame, rules: QualityRules) -> pl.DataFrame:
    plain, corner = (degree * _DEGREE for degree in rules.heating_min)
    norm = pl.when(pl.col("circumstance_code") == "corner_room").then(corner).otherwise(plain)
    value, above = pl.col("measured_value_e7"), rules.heating_above_max * _DEGREE
    too_warm = value - norm - above
    by_day = pl.max_horizontal(norm - value, too_warm, pl.lit(0))
    by_night = pl.max_horizontal(norm - value - rules.heating_night_below_max * _DEGREE, too_warm, pl.lit(0))
    found = told.filter(pl.col("violation_code") == "heating_temperature").with_columns(
        day_steps=_steps(by_day, _DEGREE, rules), night_steps=_steps(by_night, _DEGREE, rules)
    )
    return _by_hours(found, rules.heating_rate_e4, rules).select(*ONE, "day_steps", "night_steps", *_STEPPED)


def _hourly(told: pl.DataFrame, rules: QualityRules) -> pl.DataFrame:
    violation, is_pressure = pl.col("violation_code"), pl.col("violation_code").is_in(list(PRESSURES))
    is_electricity = violation == "electricity_quality"
    rate = pl.when(is_electricity).then(rules.electricity_quality_rate_e4).otherwise(rules.pressure_rate_e4)
    found = told.filter(
        is_electricity | (is_pressure & ~is_beyond(rules) & (violation != _NO_HOURS))
    ).with_columns(day_steps=pl.lit(1, dtype=pl.Int64), night_steps=pl.lit(1, dtype=pl.Int64))
    return _by_hours(found, rate, rules).select(*ONE, *_STEPPED)


def is_beyond(rules: QualityRules) -> pl.Expr:
    """Whether pressure is off by more than its hours are reduced for."""
    is_pressure = pl.col("violation_code").is_in(list(PRESSURES))
    return is_pressure & (pl.col("measured_value_e7").abs() * 10**4 > rules.pressure_percent_max_e4 * _DEGREE)


def is_by_days(rules: QualityRules) -> pl.Expr:
    """Whether a whole day goes at once, however many acts tell of it."""
    return is_beyond(rules) | pl.col("violation_code").is_in([*FREE_DAYS, "housing_service"])


def full_days() -> pl.Expr:
    """Calendar days between `began_at` and `ended_at`, local, that lie there in full."""
    first = pl.col("began_at").dt.offset_by("1d").dt.offset_by("-1us").dt.date()
    return (pl.col("ended_at").dt.date() - first).dt.total_days().clip(lower_bound=0)


def _free_days(pieces: pl.DataFrame, rules: QualityRules) -> pl.DataFrame:
    """Days touched by what is unfit to use or of a pressure beyond its limit: each once for a service."""
    days = _days(pieces.filter(is_beyond(rules) | pl.col("violation_code").is_in(list(FREE_DAYS))))
    return (
        days.group_by("where", "service_code", "date").agg(pl.col("rank").min())
        .with_columns(charge_month=pl.col("date").dt.month_start())
        .group_by(ONE).agg(free_days=pl.len().cast(pl.Int64))
    )


def _housing(pieces: pl.DataFrame) -> pl.DataFrame:
    """Calendar days that acts together cover in full, for the act that completes one. On a day of the whole line no
    work of it counts besides: what was told of works before is taken off it."""
    day = ["where", "service_code", "date"]
    part = pl.col("part_tariff_e6")
    covered = _days(pieces.filter(pl.col("violation_code") == "housing_service"))
    full = (
        covered.group_by(*day, "part_tariff_e6", "rank").agg(pl.col("minutes").sum())
        .sort(*day, "part_tariff_e6", "rank")
        .filter(pl.col("minutes").cum_sum().over(*day, "part_tariff_e6") >= _DAY)
        .group_by(*day, "part_tariff_e6").agg(pl.col("rank").min())
        .with_columns(whole_rank=pl.col("rank").filter(part.is_null()).min().over(day))
    )
    counts = full.filter(part.is_null() | pl.col("whole_rank").is_null() | (pl.col("rank") < pl.col("whole_rank")))
    works = part.filter(part.is_not_null()).sum().over(day)
    return (
        counts.with_columns(
            charge_month=pl.col("date").dt.month_start(),
            housing_days=part.is_null().cast(pl.Int64),
            housing_part_e6=pl.when(part.is_null()).then(-works).otherwise(part),
        )
        .group_by(ONE).agg(pl.col("housing_days", "housing_part_e6").sum())
    )


def _days(pieces: pl.DataFrame) -> pl.DataFrame:
    """Pieces by the calendar days that they touch: `date`, `minutes` on it."""
    midnight = pl.col("date").cast(pl.Datetime("us"))
    on_day = pl.min_horizontal("end", midnight.dt.offset_by("1d")) - pl.max_horizontal("start", midnight)
    last = pl.col("end").dt.offset_by("-1us").dt.date()
    return (
        pieces.with_columns(date=pl.date_ranges(pl.col("start").dt.date(), last))
        .explode("date", empty_as_null=True).with_columns(minutes=on_day.dt.total_minutes())
    )


def _steps(amount: pl.Expr, step: pl.Expr | int, rules: QualityRules) -> pl.Expr:
    """How many steps an amount has, full ones unless a part of one counts too."""
    return (amount + step - 1) // step if rules.partial_steps else amount // step


def _night_minutes(rules: QualityRules, moment: str) -> pl.Expr:
    """Minutes of night from the beginning of time to a moment: of two moments the difference lies between them."""
    begins, ends = (hour * _HOUR for hour in rules.night_hours)
    days = pl.col(moment).dt.epoch("d").cast(pl.Int64)
    minute = pl.col(moment).dt.hour().cast(pl.Int64) * _HOUR + pl.col(moment).dt.minute()
    return days * (ends - begins) + (minute - begins).clip(0, ends - begins)
