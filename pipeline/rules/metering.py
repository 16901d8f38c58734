"""Rules of metering: deadlines, averages, anomalies, trust in sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline import money
from pipeline.contracts.metering import FINDINGS
from pipeline.errors import RaschetError
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

FACTOR_DIGITS = 4
REJECT: Final = "reject"
HOLD: Final = "hold"
WARN: Final = "warn"
_OF_SEVERITY: Final = {REJECT: "rejecting_findings", HOLD: "holding_findings", WARN: "warning_findings"}
#: These tell no volume, so that no book can have them accepted.
_NO_VOLUME: Final = ("below_previous", "beyond_register")
#: What came beside a reading says nothing against it.
_NEVER_GRAVE: Final = ("duplicate", "month_already_read", "several_submissions")


class SeverityImpossible(RaschetError, ValueError):
    """A book's settings would accept a reading that tells no volume, or name a finding twice or an unknown one."""


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
    heating_services: tuple[str, ...]
    heating_season_months: tuple[int, ...]
    """Months by number in which these services are used; their averages are of such months."""
    spike_factor_e4: int
    zero_months: int
    whole_number_services: tuple[str, ...]
    """Codes of services, or ids of single contracts; so too `other_unit_services`."""
    other_unit_services: tuple[str, ...]
    other_unit_factors_e4: tuple[int, ...]
    decimal_slip_powers: int
    read_share_horizons: tuple[int, ...]
    severities: Mapping[str, tuple[str, ...]]
    """Findings by how grave they are, the gravest first; what is not named is only noted."""

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Findings that somebody is told of, the gravest first."""
        return tuple(finding for findings in self.severities.values() for finding in findings)

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
            heating_services=at.texts("heating_services"),
            heating_season_months=at.integers("heating_season_months"),
            spike_factor_e4=at.scaled("spike_factor", FACTOR_DIGITS),
            zero_months=at.integer("zero_months"),
            whole_number_services=at.texts("whole_number_services"),
            other_unit_services=at.texts("other_unit_services"),
            other_unit_factors_e4=at.scaled_list("other_unit_factors", FACTOR_DIGITS),
            decimal_slip_powers=at.integer("decimal_slip_powers"),
            read_share_horizons=at.integers("read_share_horizons"),
            severities=_severities(at),
        )


def _severities(at: InForce) -> Mapping[str, tuple[str, ...]]:
    found = {severity: at.texts(name) for severity, name in _OF_SEVERITY.items()}
    named = [finding for findings in found.values() for finding in findings]
    wrong = [finding for finding in _NO_VOLUME if finding not in found[REJECT]]
    wrong += [finding for finding in named if finding not in FINDINGS or finding in _NEVER_GRAVE]
    wrong += [finding for finding in named if named.count(finding) > 1]
    if wrong:
        raise SeverityImpossible(
            f"Правила показаний противоречат друг другу: {', '.join(sorted(set(wrong)))}",
            "Оставьте below_previous и beyond_register в metering.rejecting_findings, назовите каждую находку один раз",
        )
    return found
