"""Rules of bad quality: limits of breaks, norms of temperature and pressure, what an hour, degree or day takes off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

#: Per cent are kept as integers of 10^-PERCENT_DIGITS.
PERCENT_DIGITS: Final = 4
#: Breaks, each with the circumstances that have limits of their own; None is a break without any.
BREAKS: Final[dict[str, tuple[str | None, ...]]] = {
    "cold_water_break": (None, "dead_end_main"),
    "hot_water_break": (None, "dead_end_main", "planned_maintenance"),
    "sewage_break": (None,),
    "electricity_break": ("two_feeds", "one_feed"),
    "gas_break": (None,),
    "heating_break": ("room_12", "room_10", "room_8"),
    "waste_break": ("air_to_5", "air_above_5"),
}
#: What the names of breaches begin with, those of housing apart: each kind has services of its own.
BREACHED: Final = ("cold_water", "hot_water", "sewage", "electricity", "gas", "heating", "waste")


@dataclass(frozen=True, slots=True)
class QualityRules:
    """Rules for the acts of one month. `breaks`: violation, circumstance, hours a month, hours at once. Pairs are (by
    day, by night), bands and hours (from, to). `breach_services`: services of BREACHED kinds."""

    breaks: tuple[tuple[str, str | None, int, int], ...]
    breach_services: tuple[tuple[str, tuple[str, ...]], ...]
    hot_water_heat_services: tuple[str, ...]
    annex_items: tuple[tuple[str, str], ...]
    break_rate_e4: int
    waste_rate_e4: int
    waste_step_hours: int
    break_deducts_norm_volume: bool
    pressure_percent_max_e4: int
    pressure_rate_e4: int
    electricity_quality_rate_e4: int
    hot_water_band: tuple[int, ...]
    hot_water_tolerance: tuple[int, ...]
    hot_water_step_degrees: int
    hot_water_rate_e4: int
    hot_water_cold_below: int
    cold_water_services: tuple[str, ...]
    partial_steps: bool
    heating_min: tuple[int, ...]
    heating_above_max: int
    heating_night_below_max: int
    heating_rate_e4: int
    night_hours: tuple[int, ...]
    act_months_max: int
    apply_within_months: int
    housing_apply_within_months: int
    answer_working_days: int
    housing_answer_working_days: int
    article: str
    housing_article: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_quality", on, known_on)
        kinds = [(violation, why) for violation, circumstances in BREAKS.items() for why in circumstances]
        limits = [at.integers("_".join(filter(None, kind))) for kind in kinds]
        return cls(
            breaks=tuple((*kind, in_all, at_once) for kind, (in_all, at_once) in zip(kinds, limits, strict=True)),
            breach_services=tuple((name, at.texts(f"{name}_breach_services")) for name in BREACHED),
            hot_water_heat_services=at.texts("hot_water_heat_services"),
            annex_items=tuple(_two(told) for told in at.texts("annex_items")),
            break_rate_e4=at.scaled("break_rate_percent", PERCENT_DIGITS),
            waste_rate_e4=at.scaled("waste_rate_percent", PERCENT_DIGITS),
            waste_step_hours=at.integer("waste_step_hours"),
            break_deducts_norm_volume=at.yes_no("break_deducts_norm_volume"),
            pressure_percent_max_e4=at.scaled("pressure_percent_max", PERCENT_DIGITS),
            pressure_rate_e4=at.scaled("pressure_rate_percent", PERCENT_DIGITS),
            electricity_quality_rate_e4=at.scaled("electricity_quality_rate_percent", PERCENT_DIGITS),
            hot_water_band=at.integers("hot_water_band"),
            hot_water_tolerance=at.integers("hot_water_tolerance"),
            hot_water_step_degrees=at.integer("hot_water_step_degrees"),
            hot_water_rate_e4=at.scaled("hot_water_rate_percent", PERCENT_DIGITS),
            hot_water_cold_below=at.integer("hot_water_cold_below"),
            cold_water_services=at.texts("cold_water_services"),
            partial_steps=at.yes_no("partial_steps"),
            heating_min=at.integers("heating_min"),
            heating_above_max=at.integer("heating_above_max"),
            heating_night_below_max=at.integer("heating_night_below_max"),
            heating_rate_e4=at.scaled("heating_rate_percent", PERCENT_DIGITS),
            night_hours=at.integers("night_hours"),
            act_months_max=at.integer("act_months_max"),
            apply_within_months=at.integer("apply_within_months"),
            housing_apply_within_months=at.integer("housing_apply_within_months"),
            answer_working_days=at.integer("answer_working_days"),
            housing_answer_working_days=at.integer("housing_answer_working_days"),
            article=at.text("article"),
            housing_article=at.text("housing_article"),
        )


def _two(told: str) -> tuple[str, str]:
    """A violation and its point of the annex, of «cold_water_break 1»."""
    violation, item = told.split()
    return violation, item
