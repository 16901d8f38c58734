"""Rules of rating: even heating, grounds of every formula, which tariffs
cannot be, and how large a difference is news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.money import TARIFF_DIGITS, VOLUME_DIGITS
from pipeline.rules.in_force import InForce, IntegerSteps
from pipeline.rules.registry import Rules

UPLIFT_DIGITS: Final = 4
#: Factor of `substitution.yaml` by kind of service; the norm of all others is never uplifted.
UPLIFTED: Final = {
    "cold_water": "uplift_factor_cold_water", "hot_water": "uplift_factor", "electricity": "uplift_factor",
}
_GROUNDS: Final = (
    "metered", "norm", "norm_uplift", "sewage", "hot_water_heat", "heating_season", "heating_evenly", "waste_person",
    "waste_area", "common", "area", "fixed", "closed",
)


@dataclass(frozen=True, slots=True)
class RatingRules:
    """Rules for the lines that one month bills. Sums in kopecks."""

    uplifts_e4: Mapping[str, IntegerSteps]
    """By kind of service, how many times the norm is charged in all, at 10⁻⁴, from which day."""
    heating_season_months: int
    articles: Mapping[str, str]
    """Ground by the code of the formula."""
    tariff_least_e6: Mapping[str, int]
    """By kind of service; below it, but above nothing, a tariff of the register is doubted."""
    tariff_most_e6: Mapping[str, int]
    norm_most_e7: Mapping[str, int]
    rounding_difference_kop: int
    house_band_kop: int
    cause_band_kop: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the billing month; raises NoRuleInForce."""
        at, uplifts = (InForce(rule_book, room, on, known_on) for room in ("rating", "substitution"))
        kinds = at.texts("unlikely_kinds")
        return cls(
            uplifts_e4={kind: uplifts.scaled_steps(name, UPLIFT_DIGITS) for kind, name in UPLIFTED.items()},
            heating_season_months=at.integer("heating_season_months"),
            articles={formula: at.text(f"article_{formula}") for formula in _GROUNDS},
            tariff_least_e6=_of_kinds(kinds, at.scaled_list("tariff_least_rub", TARIFF_DIGITS)),
            tariff_most_e6=_of_kinds(kinds, at.scaled_list("tariff_most_rub", TARIFF_DIGITS)),
            norm_most_e7=_of_kinds(kinds, at.scaled_list("norm_most", VOLUME_DIGITS)),
            rounding_difference_kop=at.kopecks("rounding_difference_rub"),
            house_band_kop=at.kopecks("house_band_rub"),
            cause_band_kop=at.kopecks("cause_band_rub"),
        )


def _of_kinds(kinds: Sequence[str], values: Sequence[int]) -> Mapping[str, int]:
    return dict(zip(kinds, values, strict=True))
