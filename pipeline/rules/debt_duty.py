"""State duty of a claim and of a court order, and what a court case may bring: the economic side of filing.

The scale is three lists of one length: where a band begins, the duty there, the percentage above. Sums in kopecks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

_RUB, _PERCENT = 2, 4
#: One hundred percent in the integer form of a percentage.
WHOLE: Final = 100 * 10**_PERCENT


@dataclass(frozen=True, slots=True)
class DutyScale:
    """НК РФ, ст. 333.19 on a day of filing: (from_kop, base_kop, percent × 10⁴) bands, least and most, share of an
    order, and the unit that a duty is rounded to; above `known_up_to_kop` nobody has read the scale."""

    bands: tuple[tuple[int, int, int], ...]
    least_kop: int
    most_kop: int
    known_up_to_kop: int
    order_share: int
    unit_kop: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the day of filing; raises NoRuleInForce before 29.01.2010."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            bands=tuple(zip(
                at.scaled_list("court_duty_from_rub", _RUB), at.scaled_list("court_duty_base_rub", _RUB),
                at.scaled_list("court_duty_percent", _PERCENT), strict=True,
            )),
            least_kop=at.kopecks("court_duty_min_rub"),
            most_kop=at.kopecks("court_duty_max_rub"),
            known_up_to_kop=at.kopecks("court_duty_known_up_to_rub"),
            order_share=at.scaled("court_order_duty_percent", _PERCENT),
            unit_kop=at.kopecks("court_duty_unit_rub"),
        )


@dataclass(frozen=True, slots=True)
class GateRules:
    """What a filed case is expected to bring back: the book's own estimates, percentages × 10⁴."""

    chance: int
    months_to_recover: int
    money_cost: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the day of filing."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            chance=at.scaled("court_recovery_chance_percent", _PERCENT),
            months_to_recover=at.integer("court_recovery_months"),
            money_cost=at.scaled("court_money_cost_percent", _PERCENT),
        )
