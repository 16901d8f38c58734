"""Rules of debt: ageing bands, the notice ladder, the court track, caps on contact, capacity and cost of the work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.debt_calls import CallRules
from pipeline.rules.debt_duty import DutyScale, GateRules
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """Thresholds of reminder, SMS and debt receipt. Sums in kopecks, ages in whole months overdue."""

    reminder_days_overdue_min: int
    reminder_min_kop: int
    sms_months_overdue_min: int
    sms_min_kop: int
    sms_days_after_previous: int
    debt_receipt_months_overdue_min: int
    debt_receipt_min_kop: int
    debt_receipt_days_after_previous: int
    debt_receipt_per_month_max: int
    sms_per_day_max: int
    sms_per_week_max: int
    sms_per_month_max: int
    sms_segments_max: int
    sms_hours_working_day: tuple[int, ...]
    sms_hours_day_off: tuple[int, ...]
    holds: tuple[str, ...]
    stages: tuple[str, ...] = ("reminder", "sms", "call", "debt_receipt")
    """Stages of the track; a creditor's mandate may have fewer."""

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            reminder_days_overdue_min=at.integer("reminder_days_overdue_min"),
            reminder_min_kop=at.kopecks("reminder_min_rub"),
            sms_months_overdue_min=at.integer("sms_months_overdue_min"),
            sms_min_kop=at.kopecks("sms_min_rub"),
            sms_days_after_previous=at.integer("sms_days_after_previous"),
            debt_receipt_months_overdue_min=at.integer("debt_receipt_months_overdue_min"),
            debt_receipt_min_kop=at.kopecks("debt_receipt_min_rub"),
            debt_receipt_days_after_previous=at.integer("debt_receipt_days_after_previous"),
            debt_receipt_per_month_max=at.integer("debt_receipt_per_month_max"),
            sms_per_day_max=at.integer("sms_per_day_max"),
            sms_per_week_max=at.integer("sms_per_week_max"),
            sms_per_month_max=at.integer("sms_per_month_max"),
            sms_segments_max=at.integer("sms_segments_max"),
            sms_hours_working_day=at.integers("sms_hours_working_day"),
            sms_hours_day_off=at.integers("sms_hours_day_off"),
            holds=at.texts("holds_of_notice"),
        )


@dataclass(frozen=True, slots=True)
class CourtRules:
    """What may go to court. Sums in kopecks."""

    months_overdue_min: int
    min_kop: int
    order_limit_kop: int
    order_duty_min_kop: int
    days_after_debt_receipt: int
    limitation_near_months: int
    order_in_force_days: int
    decision_in_force_days: int
    days_with_bank: int
    duty: DutyScale
    gate: GateRules
    holds: tuple[str, ...]

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the day of filing; raises NoRuleInForce (no order limit is known before 01.06.2016)."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            months_overdue_min=at.integer("court_months_overdue_min"),
            min_kop=at.kopecks("court_min_rub"),
            order_limit_kop=at.kopecks("court_order_limit_rub"),
            order_duty_min_kop=at.kopecks("court_order_duty_min_rub"),
            days_after_debt_receipt=at.integer("court_days_after_debt_receipt"),
            limitation_near_months=at.integer("court_limitation_near_months"),
            order_in_force_days=at.integer("court_order_in_force_days"),
            decision_in_force_days=at.integer("court_decision_in_force_days"),
            days_with_bank=at.integer("court_days_with_bank"),
            duty=DutyScale.in_force(rule_book, on, known_on),
            gate=GateRules.in_force(rule_book, on, known_on),
            holds=at.texts("holds_of_court"),
        )


@dataclass(frozen=True, slots=True)
class GasRules:
    """When gas may be suspended for debt (ПП 549, п. 45–48): periods in a row, days after the warning; not open while
    nobody has compared the text."""

    services: tuple[str, ...]
    is_open: bool
    periods_min: int
    notice_days: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce before 01.09.2012."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            services=at.texts("restriction_gas_services"), is_open=at.yes_no("restriction_gas_is_open"),
            periods_min=at.integer("restriction_gas_periods_min"),
            notice_days=at.integer("restriction_gas_notice_days"),
        )


@dataclass(frozen=True, slots=True)
class RestrictionRules:
    """When a service may be restricted for debt (ПП 354, раздел XI)."""

    fees_min: int
    notice_days: int
    days_before_suspension: int
    restore_days: int
    never_services: tuple[str, ...]
    doubt_months: int
    holds: tuple[str, ...]
    gas: GasRules

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce before 01.09.2012."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            fees_min=at.integer("restriction_fees_min"),
            notice_days=at.integer("restriction_notice_days"),
            days_before_suspension=at.integer("restriction_days_before_suspension"),
            restore_days=at.integer("restriction_restore_days"),
            never_services=at.texts("restriction_never_services"),
            doubt_months=at.integer("restriction_doubt_months"),
            holds=at.texts("holds_of_restriction"),
            gas=GasRules.in_force(rule_book, on, known_on),
        )


@dataclass(frozen=True, slots=True)
class Capacity:
    """Rows of a list a night at most; None is no limit. The largest claims go first, the rest waits."""

    sms_list: int | None
    call_list: int | None
    debt_receipts: int | None
    court_list: int | None

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            sms_list=at.integer_or_none("capacity_sms_list"),
            call_list=at.integer_or_none("capacity_call_list"),
            debt_receipts=at.integer_or_none("capacity_debt_receipts"),
            court_list=at.integer_or_none("capacity_court_list"),
        )


@dataclass(frozen=True, slots=True)
class CostRules:
    """What the work on debts costs, in kopecks: price lists and estimates. No list depends on them."""

    sms_segment_kop: int
    receipt_kop: int
    court_order_kop: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            sms_segment_kop=at.kopecks("cost_sms_segment_rub"),
            receipt_kop=at.kopecks("cost_receipt_rub"),
            court_order_kop=at.kopecks("cost_court_order_rub"),
        )


@dataclass(frozen=True, slots=True)
class DebtRules:
    """Rules of the room on the night of the lists."""

    age_bands_months: tuple[int, ...]
    contact_min_kop: int
    adult_years: int
    list_valid_days: int
    capacity: Capacity
    notice: NoticeRules
    calls: CallRules
    court: CourtRules
    restriction: RestrictionRules

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """Raises NoRuleInForce when one of them has no value on `on`."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            age_bands_months=at.integers("age_bands_months"),
            contact_min_kop=at.kopecks("contact_min_rub"),
            adult_years=at.integer("adult_years"),
            list_valid_days=at.integer("list_valid_days"),
            capacity=Capacity.in_force(rule_book, on, known_on),
            notice=NoticeRules.in_force(rule_book, on, known_on),
            calls=CallRules.in_force(rule_book, on, known_on),
            court=CourtRules.in_force(rule_book, on, known_on),
            restriction=RestrictionRules.in_force(rule_book, on, known_on),
        )
