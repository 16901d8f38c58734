"""Every check of instalments is seen failing: one wrong value in the files of a good night."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

import pipeline.checks.debt_instalments  # noqa: F401  declares the checks
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.handovers import HANDOVERS, HANDOVERS_SEEN, OFFERS
from pipeline.storage.run import MonthRun
from tests.debt.test_checks_fail import Change, add, drop, of, put, seen_by
from tests.domain.debt.town import MOSCOW, frame

CHECKS = {declared.name for declared in DECLARED if declared.check.__module__ == "pipeline.checks.debt_instalments"}
APRIL = dt.date(2026, 4, 1)
#: check, file in the run, what goes wrong, accounts it must name
WRONG: list[tuple[str, str, Change, list[str]]] = [
    ("an_instalment_is_offered_to_whom_it_is_due", "debtors",
     put(of("B1"), previous_stage_code="debt_receipt", previous_stage_on=dt.date(2026, 5, 21),
         claimed_rub=Decimal(3000)), ["B1"]),
    ("whoever_keeps_an_instalment_is_left_in_peace", "instalments", drop(of("N1")), ["N1"]),
    ("whoever_keeps_an_instalment_is_left_in_peace", "open_items",
     put(of("N1"), outstanding_rub=Decimal("600.01")), ["N1"]),
    ("whoever_keeps_an_instalment_is_left_in_peace", "payment_allocations",
     put(of("N1"), paid_at=dt.datetime(2026, 4, 30, 23, tzinfo=MOSCOW)), ["N1"]),
    ("whoever_keeps_an_instalment_is_left_in_peace", "instalments", put(of("N1"), paid_rub=Decimal(299)), ["N1"]),
    ("whoever_keeps_an_instalment_is_left_in_peace", "instalments", put(of("N1"), debt_rub=Decimal(899)), ["N1"]),
    ("whoever_keeps_an_instalment_is_left_in_peace", "staged/instalment_agreements",
     add(pl.col("event_id") == "N1-2026-06-20", account_id="D1"), ["D1"]),
    ("fees_are_what_documents_charged", "service_fees", put(of("B1"), fee_rub=Decimal("450.01")), ["B1"]),
    ("a_fee_is_compared_with_its_own_month_a_year_before", "open_items",
     put(of("B1"), service_code="hot_water", charge_month=APRIL, billing_month=APRIL), ["B1"]),
]
OFFER = {"action_id": "o1", "list_code": OFFERS, "handed_on": dt.date(2026, 5, 20), "account_id": "C1",
         "creditor_id": "c1", "handed_to_code": "debtor", "asked_code": "instalment", "claimed_kop": 1, "run_id": "r",
         "run_month": dt.date(2026, 4, 1)}


@pytest.mark.parametrize(("name", "file", "change", "named"), WRONG)
def test_check_fails(spoiled: MonthRun, name: str, file: str, change: Change, named: list[str]) -> None:
    assert seen_by(name, spoiled, file, change) == named


def test_a_missing_offer_of_the_other_part_is_seen(spoiled: MonthRun) -> None:
    path = spoiled.folder / "debtors" / "part-001.parquet"
    answered = put(of("Z9"), previous_stage_code="debt_receipt", previous_stage_on=dt.date(2026, 5, 21),
                   claimed_rub=Decimal(3000))
    answered(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of("an_instalment_is_offered_to_whom_it_is_due", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["Z9"])


@pytest.mark.parametrize("also", [
    {"action_id": "o2"}, {"action_id": "o2", "list_code": "restriction_list", "handed_on": dt.date(2026, 5, 21)},
])
def test_what_is_handed_over_twice_or_is_no_request_is_seen(spoiled: MonthRun, also: dict[str, object]) -> None:
    spoiled.write_staged(HANDOVERS_SEEN, "whole", frame(HANDOVERS, OFFER))
    assert finding_of("requests_are_handed_over_once", spoiled).passed
    spoiled.write_staged(HANDOVERS_SEEN, "whole", frame(HANDOVERS, OFFER, OFFER | also))

    finding = finding_of("requests_are_handed_over_once", spoiled)

    assert (finding.passed, finding.sample_ids) == (False, ["C1"])


def test_every_check_is_seen_failing() -> None:
    assert {name for name, *_ in WRONG} | {"requests_are_handed_over_once"} == CHECKS
