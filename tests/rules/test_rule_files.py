"""The rule files of the house: every parameter can be read aloud, traced to its source and put into its view."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.rules.debt import CostRules, DebtRules
from pipeline.rules.debt_claim import ClaimRules
from pipeline.rules.debt_handover import HandoverRules
from pipeline.rules.debt_instalments import InstalmentRules
from pipeline.rules.debt_notary import NotaryRules
from pipeline.rules.debt_pretrial import PretrialRules
from pipeline.rules.eligibility import EligibilityRules
from pipeline.rules.ledger import LedgerRules
from pipeline.rules.metering import MeteringRules
from pipeline.rules.parameter import UNITS, Confidence, Parameter
from pipeline.rules.penalty import PenaltyRules
from pipeline.rules.queue import QueueRules
from pipeline.rules.rating import RatingRules
from pipeline.rules.recalculation import RecalculationRules
from pipeline.rules.registry import RULES_FOLDER, NoRuleInForce, RuleBook

BOOK = RuleBook.read()
PARAMETERS = list(BOOK.parameters.values())
VIEWS = [DebtRules, ClaimRules, PretrialRules, CostRules, HandoverRules, InstalmentRules, NotaryRules,
         EligibilityRules, LedgerRules, MeteringRules, RecalculationRules, QueueRules, PenaltyRules, RatingRules]
# The limit of a court order is known from its law of 2016 on.
FIRST_MONTH = {DebtRules: BillingMonth(2016, 6)}
MONTHS = list(BillingMonth.range(BillingMonth(2016, 1), BillingMonth(2026, 12)))


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.key)
def test_every_parameter_has_label_unit_source_and_confidence(parameter: Parameter) -> None:
    assert re.fullmatch(r"[a-z_]+\.[a-z][a-z0-9_]*", parameter.key)
    assert re.fullmatch(r"[A-Z].+\.", parameter.label)
    assert len(parameter.label.split()) >= 3
    assert re.fullmatch(r"[А-ЯЁ].+\.", parameter.title)
    assert len(parameter.title.split()) >= 3
    assert parameter.unit in UNITS
    for row in parameter.values:
        assert row.source.strip()
        assert row.published is None or row.published <= row.valid_from or row.is_retroactive
        # A law names its act and when it was published or says that nobody has compared it; a policy says it is one.
        if row.confidence is Confidence.P:
            assert re.search("политика книги|условия", row.source)
        else:
            assert re.search("РФ|закон|практика|Указание|письмо|календар|перенос|решение", row.source)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_view_is_there_for_every_month(view: type[LedgerRules]) -> None:
    for month in MONTHS:
        if month < FIRST_MONTH.get(view, MONTHS[0]):
            with pytest.raises(NoRuleInForce):
                view.in_force(BOOK, month.first_day)
        else:
            assert view.in_force(BOOK, month.first_day)
            assert view.in_force(BOOK, month.last_day)


@pytest.mark.parametrize(
    "room", ["debt", "eligibility", "ledger", "metering", "recalculation", "queue", "penalty", "rating"]
)
def test_every_parameter_of_a_room_is_read_by_its_view(room: str) -> None:
    reading = BOOK.reading()
    for view in VIEWS:
        view.in_force(reading, date(2026, 5, 31))

    read = {key for key, _, _ in reading.values_read()}

    assert {parameter.key for parameter in PARAMETERS if parameter.key.startswith(f"{room}.")} <= read


def test_the_law_of_the_due_day() -> None:
    before, after = (LedgerRules.in_force(BOOK, on) for on in (date(2026, 2, 28), date(2026, 3, 1)))
    assert (before.due_day, after.due_day) == (10, 15)
    known_before_the_act = LedgerRules.in_force(BOOK, date(2026, 3, 1), known_on=date(2025, 6, 23))
    assert known_before_the_act.due_day == 10


def test_the_law_of_the_court_order() -> None:
    before, after = (DebtRules.in_force(BOOK, on).court for on in (date(2024, 9, 8), date(2024, 9, 9)))
    assert (before.order_duty_min_kop, after.order_duty_min_kop) == (200_00, 2_000_00)
    assert after.order_limit_kop == 500_000_00
    assert after.min_kop >= after.order_duty_min_kop


def test_ladders_only_get_steeper() -> None:
    rules = DebtRules.in_force(BOOK, date(2026, 5, 31))
    notice = rules.notice
    assert rules.contact_min_kop <= notice.reminder_min_kop <= notice.sms_min_kop <= notice.debt_receipt_min_kop
    assert notice.debt_receipt_min_kop <= rules.court.min_kop
    assert notice.sms_months_overdue_min <= notice.debt_receipt_months_overdue_min <= rules.court.months_overdue_min
    assert notice.sms_per_day_max <= notice.sms_per_week_max <= notice.sms_per_month_max
    assert list(rules.age_bands_months) == sorted(set(rules.age_bands_months))


def test_rule_files_have_no_floats_tabs_or_long_keys() -> None:
    for file in sorted(Path(RULES_FOLDER).glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        assert "\t" not in text, file.name
        assert text.startswith("# "), f"{file.name} says in its first line what belongs in it"
    for parameter in PARAMETERS:
        for row in parameter.values:
            members = row.value if isinstance(row.value, tuple) else (row.value,)
            assert not any(isinstance(member, float) for member in members)
            assert not any(isinstance(member, Decimal) and member < 0 for member in members)
