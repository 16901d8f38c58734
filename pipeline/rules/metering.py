"""Rules of metering: deadlines, averages, anomalies, trust in sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline import money
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

FACTOR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class MeteringRules:
    """Rules for the readings of one charge month."""

    reading_deadline_day: int
    average_history_months_max: int
    average_history_months_min: int
    average_run_months_max: int
    no_readings_inspection_months: int
    anomaly_factor_e4: int
    """How many times the average, at 10⁻⁴: 30 000 is threefold."""
    anomaly_floor_e7: int
    """Volume at 10⁻⁷ of the unit of the service."""
    source_ranks: tuple[str, ...]
    """The most trusted source first."""
    confirming_sources: tuple[str, ...]
    """Their readings need no confirmation when they are far above the average."""
    register_digits: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the charge month; raises NoRuleInForce."""
        at = InForce(rule_book, "metering", on, known_on)
        return cls(
            reading_deadline_day=at.integer("reading_deadline_day"),
            average_history_months_max=at.integer("average_history_months_max"),
            average_history_months_min=at.integer("average_history_months_min"),
            average_run_months_max=at.integer("average_run_months_max"),
            no_readings_inspection_months=at.integer("no_readings_inspection_months"),
            anomaly_factor_e4=at.scaled("anomaly_factor", FACTOR_DIGITS),
            anomaly_floor_e7=at.scaled("anomaly_floor_volume", money.VOLUME_DIGITS),
            source_ranks=at.texts("source_ranks"),
            confirming_sources=at.texts("confirming_sources"),
            register_digits=at.integer("register_digits"),
        )
