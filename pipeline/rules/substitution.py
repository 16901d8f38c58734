"""Rules of substitute volumes: how long an average, when a norm, when uplift, and terms of verification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline import money
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

#: A factor of 1.5 is 150.
_PERCENT_DIGITS: Final = 2
_FAILED: Final = ("failed", "lost", "verification_expired", "tampered", "removed", "not_commissioned")


@dataclass(frozen=True, slots=True)
class SubstitutionRules:
    """Rules for the substitute volumes of one charge month. Volumes at 10⁻⁷, factors in hundredths."""

    average_months_min: int
    average_run_months_max: int
    average_run_months_max_non_residential: int
    inspection_after_months: int
    inspection_days: int
    uplift_percent: int
    uplift_percent_cold_water: int
    cold_water_services: tuple[str, ...]
    uplift_services: tuple[str, ...]
    supplier_replaces_services: tuple[str, ...]
    heating_services: tuple[str, ...]
    heating_season_months: tuple[int, ...]
    tolerance_e7: int
    verification_terms_days: tuple[int, ...]
    reading_reminder_days: tuple[int, ...]
    article_not_submitted: str
    article_failed: str
    article_no_admission: str
    article_refused_twice: str
    article_few_months: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the charge month; raises NoRuleInForce."""
        at, readings = (InForce(rule_book, room, on, known_on) for room in ("substitution", "metering"))
        return cls(
            average_months_min=readings.integer("average_history_months_min"),
            average_run_months_max=readings.integer("average_run_months_max"),
            average_run_months_max_non_residential=at.integer("average_run_months_max_non_residential"),
            inspection_after_months=readings.integer("no_readings_inspection_months"),
            inspection_days=at.integer("inspection_days"),
            uplift_percent=at.scaled("uplift_factor", _PERCENT_DIGITS),
            uplift_percent_cold_water=at.scaled("uplift_factor_cold_water", _PERCENT_DIGITS),
            cold_water_services=at.texts("cold_water_services"),
            uplift_services=at.texts("uplift_services"),
            supplier_replaces_services=at.texts("supplier_replaces_services"),
            heating_services=readings.texts("heating_services"),
            heating_season_months=readings.integers("heating_season_months"),
            tolerance_e7=at.scaled("tolerance_volume", money.VOLUME_DIGITS),
            verification_terms_days=at.integers("verification_terms_days"),
            reading_reminder_days=at.integers("reading_reminder_days"),
            article_not_submitted=at.text("article_not_submitted"),
            article_failed=at.text("article_failed"),
            article_no_admission=at.text("article_no_admission"),
            article_refused_twice=at.text("article_refused_twice"),
            article_few_months=at.text("article_few_months"),
        )

    @property
    def articles(self) -> dict[str, str]:
        """Ground by reason_code."""
        return dict.fromkeys(_FAILED, self.article_failed) | {
            "not_submitted": self.article_not_submitted, "no_admission": self.article_no_admission,
            "refused_twice": self.article_refused_twice, "few_months": self.article_few_months,
        }
