"""The arithmetic of a reduction for bad quality in Russian words: a resident repeats it by hand.

What happened and when, the point of the annex, the hours and what is allowed of them, the per cent, then the sum.
Not here: what is counted (`quality_hours.py`), which ground is printed beside (`quality.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.rating import wording
from pipeline.domain.recalculation.quality_hours import PRESSURES
from pipeline.rules.recalculation_quality import QualityRules

_DAY: Final = 24 * 60
_HOUR: Final = 60
#: What happened, by violation; the check of the house knows that none is missing.
VIOLATIONS: Final = {
    "cold_water_break": "перерыв холодной воды", "hot_water_break": "перерыв горячей воды",
    "sewage_break": "перерыв водоотведения", "electricity_break": "перерыв электроснабжения",
    "gas_break": "перерыв газоснабжения", "heating_break": "перерыв отопления", "waste_break": "задержка вывоза ТКО",
    "cold_water_composition": "непригодная холодная вода", "hot_water_composition": "непригодная горячая вода",
    "gas_composition": "газ не по стандарту",
    "cold_water_pressure": "давление холодной воды", "hot_water_pressure": "давление горячей воды",
    "gas_pressure": "давление газа", "heating_pressure": "давление отопления",
    "hot_water_temperature": "температура горячей воды", "heating_temperature": "температура в комнатах",
    "electricity_quality": "электроэнергия не по стандарту", "housing_service": "невыполненная услуга содержания",
}


def formula(rules: QualityRules) -> pl.Expr:
    """«Перерыв холодной воды с 05.06.2026 08:00 по 05.06.2026 13:00 (приложение 1, п. 1): всего за месяц 5 ч 0 мин,
    допустимо 8 ч в месяц и 4 ч подряд, сверх допустимого 1 ч 0 мин; полных часов 1 × 0,15 % = 0,15 %. Сумма: 1 000,00 ₽
    × 0,15 % = 1,50 ₽.» of rows with UNITS, TOLD and their fee."""
    return pl.concat_str(
        _happened(), pl.lit(": "), pl.concat_str(_new_hours(), _hours(rules), _days(), ignore_nulls=True)
        .str.strip_prefix("; "), pl.lit(". Сумма: "), _sum(), pl.lit(" = "),
        wording.money_text(pl.col("wanted_kop").fill_null(0)), _rounded(), pl.lit("."),
    )


def _happened() -> pl.Expr:
    told = pl.col("violation_code").replace_strict(VIOLATIONS, return_dtype=pl.String)
    named = pl.concat_str(told.str.slice(0, 1).str.to_uppercase(), told.str.slice(1))
    since, until = (pl.col(name).dt.strftime("%d.%m.%Y %H:%M") for name in ("began_at", "ended_at"))
    value = pl.col("measured_value_e7")
    unit = pl.when(pl.col("violation_code").is_in(list(PRESSURES))).then(pl.lit(" %")).otherwise(pl.lit(" °C"))
    item = pl.when(pl.col("annex_item").is_null()).then(pl.lit("")).otherwise(
        pl.concat_str(pl.lit(" (приложение 1, п. "), "annex_item", pl.lit(")"))
    )
    return pl.concat_str(
        named, pl.lit(" с "), since, pl.lit(" по "), until, item,
        _if(value.is_not_null(), ", измерено ", wording.degrees_text(value), unit),
    )


def _new_hours() -> pl.Expr:
    """Told where part of the time in this month was told before, and minutes of the rest."""
    first = pl.col("charge_month").cast(pl.Datetime("us"))
    over = pl.min_horizontal("ended_at", first.dt.offset_by("1mo")) - pl.max_horizontal("began_at", first)
    before = over.dt.total_minutes() - pl.col("minutes")
    return _if(before > 0, "; уже учтено по прежним актам ", wording.hours_text(before), ", по этому новых ",
               wording.hours_text(pl.col("minutes")))


def _hours(rules: QualityRules) -> pl.Expr:
    """What is counted by the hour, against what, and its per cent."""
    before = _if(pl.col("counted_before") > 0, ", из них по прежним актам ",
                 wording.hours_text(pl.col("counted_before")))
    is_hourly = pl.col("step_minutes") == _HOUR
    number = pl.when(is_hourly).then(pl.lit("; полных часов ")).otherwise(
        pl.concat_str(pl.lit("; полных отрезков по "), _text(pl.col("step_minutes") // _HOUR), pl.lit(" ч "))
    )
    rate = _if(
        pl.col("percent_e4") > 0, number, _text("steps"), " × ", wording.percent_text(pl.col("rate_e4")), " % = ",
        wording.percent_text(pl.col("percent_e4")), " %",
    )
    is_break = pl.col("month_hours") > 0
    of_break = _if(
        is_break, "; всего за месяц ", wording.hours_text(pl.col("in_all")), ", допустимо ", _text("month_hours"),
        " ч в месяц и ", _text("once_hours"), " ч подряд, сверх допустимого ", wording.hours_text(pl.col("counted")),
        before,
    )
    in_all = pl.when(_has_steps()).then(pl.lit("; часов × шагов за месяц ")).otherwise(pl.lit("; всего за месяц "))
    of_hours = _if(
        ~is_break & (pl.col("counted") > 0), _norm(rules), in_all, wording.hours_text(pl.col("counted")), before
    )
    return pl.concat_str(of_break, of_hours, rate)


def _norm(rules: QualityRules) -> pl.Expr:
    """Of degrees: the norm, and hours by day and by night with their steps."""
    (low, high), (by_day, by_night), (plain, corner) = (
        rules.hot_water_band, rules.hot_water_tolerance, rules.heating_min
    )
    water = (f"; норма {low}–{high} °C, допустимо {by_day} °C днём и {by_night} °C ночью, шаг "
             f"{rules.hot_water_step_degrees} °C")
    rooms = pl.concat_str(
        pl.lit("; норма от "),
        pl.when(pl.col("circumstance_code") == "corner_room").then(pl.lit(str(corner))).otherwise(pl.lit(str(plain))),
        pl.lit(f" °C, ночью холоднее не больше чем на {rules.heating_night_below_max} °C, теплее не больше чем на "
               f"{rules.heating_above_max} °C, шаг 1 °C"),
    )
    violation, none = pl.col("violation_code"), pl.lit("")
    norm = pl.when(violation == "hot_water_temperature").then(pl.lit(water)).when(
        violation == "heating_temperature").then(rooms).otherwise(none)
    return pl.concat_str(norm, _if(
        _has_steps(), "; днём ", wording.hours_text(pl.col("day")), " × шагов ", _text("day_steps"), ", ночью ",
        wording.hours_text(pl.col("night")), " × шагов ", _text("night_steps"),
    ))


def _has_steps() -> pl.Expr:
    return (pl.col("day_steps") > 0) | (pl.col("night_steps") > 0)


def _days() -> pl.Expr:
    """What is counted by minutes of the month or by its days."""
    month = wording.hours_text(pl.col("month_minutes"))
    lost, cold = pl.col("lost_minutes"), pl.col("cold_minutes")
    return pl.concat_str(
        _if(pl.col("free_days") > 0, "; дней без оплаты ", _text("free_days"), " из ", _month_days()),
        _if(pl.col("is_norm") & (lost > 0), "; не подано по нормативу ", wording.hours_text(lost), " из ", month),
        _if((cold > 0) & ~pl.col("is_heat"), "; оплата по тарифу холодной воды ", wording.hours_text(cold), " из ",
            month),
        _if((cold > 0) & pl.col("is_heat"), "; тепло горячей воды не оплачивают ", wording.hours_text(cold), " из ",
            month),
        _if(pl.col("housing_days") > 0, "; полных дней ", _text("housing_days"), " из ", _month_days()),
        _if(_work_days() > 0, "; полных дней без этой работы ", _text(_work_days()), " из ", _month_days()),
    )


def _sum() -> pl.Expr:
    fee, days = wording.money_text(pl.col("fee_kop")), _month_days()
    month = wording.hours_text(pl.col("month_minutes"))
    volume = pl.concat_str(
        wording.volume_text(pl.col("volume_e7")), pl.lit(" "), wording.unit_text(pl.col("unit_code"))
    ).str.strip_chars_end(" ")
    cold, lost, part = pl.col("cold_minutes"), pl.col("lost_minutes"), pl.col("part_tariff_e6")
    parts = [
        _if(pl.col("percent_e4") > 0, " + ", fee, " × ", wording.percent_text(pl.col("percent_e4")), " %"),
        _if(pl.col("free_days") > 0, " + ", fee, " × ", _text("free_days"), " / ", days),
        _if(pl.col("is_norm") & (lost > 0), " + ", fee, " × ", wording.hours_text(lost), " / ", month),
        _if((cold > 0) & pl.col("is_heat"), " + ", fee, " × ", wording.hours_text(cold), " / ", month),
        _if((cold > 0) & ~pl.col("is_heat"), " + ", volume, " × (", wording.tariff_text(pl.col("tariff_e6")), " − ",
            wording.tariff_text(pl.col("cold_tariff_e6").fill_null(0)), ") × ", wording.hours_text(cold), " / ", month),
        _if(pl.col("housing_days") > 0, " + ", fee, " × ", _text("housing_days"), " / ", days),
        _if(_work_days() > 0, " + ", volume, " × ", wording.tariff_text(part.fill_null(0)), " × ", _text(_work_days()),
            " / ", days),
        _if(pl.col("housing_part_e6") < 0, " − ", volume, " × ", wording.tariff_text(-pl.col("housing_part_e6")), " / ",
            days, " (работы, учтённые раньше)"),
    ]
    # by meter what a break lost takes nothing off
    return pl.concat_str(*parts).str.strip_prefix(" + ")


def _rounded() -> pl.Expr:
    return _if(pl.col("counted_before") > 0, " (копейки округлены вместе с прежними актами)")


def _work_days() -> pl.Expr:
    """Full days without one work."""
    is_part = pl.col("part_tariff_e6").is_not_null() & (pl.col("housing_part_e6") > 0)
    return pl.when(is_part).then(pl.col("housing_part_e6") // pl.col("part_tariff_e6")).otherwise(0)


def _month_days() -> pl.Expr:
    return _text(pl.col("month_minutes") // _DAY)


def _text(number: str | pl.Expr) -> pl.Expr:
    return (pl.col(number) if isinstance(number, str) else number).cast(pl.String)


def _if(said: pl.Expr, *parts: str | pl.Expr) -> pl.Expr:
    """The parts where it is to be said, else nothing."""
    told = pl.concat_str(pl.lit(part) if isinstance(part, str) else part for part in parts)
    return pl.when(said).then(told.fill_null("")).otherwise(pl.lit(""))
