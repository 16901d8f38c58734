"""The rules of bad quality as texts that fill the words of its audit query (`audit/recalculation_quality.sql`)."""

from __future__ import annotations

from pipeline.rules.recalculation_quality import QualityRules


def values_of_quality(rules: QualityRules) -> dict[str, str]:
    """By the words of the query; limits of breaks as «violation|circumstance|hours a month|hours at once;…»."""
    (hot_low, hot_high), (hot_day, hot_night), (room, corner) = (
        rules.hot_water_band, rules.hot_water_tolerance, rules.heating_min
    )
    night_from, night_to = rules.night_hours
    numbers = {
        "hot_low": hot_low, "hot_high": hot_high, "hot_day": hot_day, "hot_night": hot_night, "room": room,
        "corner": corner, "night_from": night_from, "night_to": night_to, "hot_step": rules.hot_water_step_degrees,
        "hot_rate_e4": rules.hot_water_rate_e4, "cold_below": rules.hot_water_cold_below,
        "above_max": rules.heating_above_max, "night_below": rules.heating_night_below_max,
        "heating_rate_e4": rules.heating_rate_e4, "electricity_rate_e4": rules.electricity_quality_rate_e4,
        "pressure_max_e4": rules.pressure_percent_max_e4, "pressure_rate_e4": rules.pressure_rate_e4,
        "break_rate_e4": rules.break_rate_e4, "waste_rate_e4": rules.waste_rate_e4,
        "waste_step": rules.waste_step_hours, "partial": int(rules.partial_steps),
        "deducts": int(rules.break_deducts_norm_volume),
    }
    breaks = (f"{violation}|{why or ''}|{in_all}|{at_once}" for violation, why, in_all, at_once in rules.breaks)
    return {name: str(number) for name, number in numbers.items()} | {
        "breaks": ";".join(breaks), "cold_services": ",".join(rules.cold_water_services),
    }
