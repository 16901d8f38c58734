"""What stays undecided from the month before, when a refusal is final, what a reversal blocks, what is granted."""

import hashlib
from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.billing import BILLING_DOCUMENTS
from pipeline.contracts.eligibility import CONDITIONS, ELIGIBILITY
from pipeline.contracts.events import ADVANCE_CONTRACTS, COURT_CASES
from pipeline.contracts.ingest import AWAITED_REGISTRIES, POSTED_REVERSALS
from pipeline.contracts.ledger import ADVANCES, BILLED_DOCUMENTS, OPEN_ITEMS, PAYMENT_ALLOCATIONS, POSTED_PAYMENTS
from pipeline.contracts.registers import ISSUE_CALENDAR
from pipeline.domain.eligibility import sources, undecided
from pipeline.domain.eligibility.blocking import blocked
from pipeline.domain.eligibility.conditions import DECIDED
from pipeline.domain.eligibility.finality import granted, with_finality
from pipeline.domain.eligibility.timeline import less_reversals

from .frames import APRIL, MAY, frame, moment, open_item, payment, reversal

JUNE_1 = date(2026, 6, 1)
VERSIONS = pl.DataFrame(
    {"account_id": ["A1", "A1"], "document_id": ["D1", "D2"], "new_document_id": ["D2", "D3"]}
)


def row(document: str, **told: Any) -> dict[str, Any]:
    eligible = told.get("is_eligible", True)
    return {
        "account_id": "A1", "document_id": document, "programme_code": "communal_bonus", "billing_month": MAY,
        "is_eligible": eligible, "is_final": False, **dict.fromkeys(CONDITIONS, eligible),
        "first_failed_code": None if eligible else "is_served", "next_issue_on": date(2026, 7, 1),
        "net_total_kop": 1, "covering_payment_ids": [], "blocked_documents": 0, "decided_at": moment("2026-06-30"),
        **told,
    }


def registry(covers_until: date, status: str, provider: str = "sber") -> dict[str, Any]:
    return {
        "provider_code": provider, "channel_code": "bank", "expected_on": covers_until.replace(day=28),
        "covers_until": covers_until, "status_code": status,
    }


@pytest.mark.parametrize(
    ("registries", "is_awaited"),
    [
        ([], False),
        ([registry(date(2026, 5, 31), "received")], False),
        ([registry(date(2026, 5, 31), "awaited")], True),
        ([registry(date(2026, 5, 31), "late")], True),
        # a first registry may cover any day; the next one covers June only
        ([registry(date(2026, 6, 10), "awaited")], True),
        ([registry(date(2026, 5, 31), "received"), registry(date(2026, 6, 10), "awaited")], False),
        # one that covers the turn of the month still can
        ([registry(date(2026, 5, 30), "received"), registry(date(2026, 6, 10), "awaited")], True),
        ([registry(date(2026, 5, 31), "received", "post"), registry(date(2026, 6, 10), "awaited")], True),
    ],
)
def test_a_refusal_waits_for_registries_that_could_bring_a_payment_in_time(
    registries: list[dict[str, Any]], is_awaited: bool
) -> None:
    awaited, calendar = frame(AWAITED_REGISTRIES, registries), frame(ISSUE_CALENDAR, registries)

    assert undecided.is_still_awaited(awaited, calendar, next_issue_on=JUNE_1) is is_awaited


def test_refused_and_not_replaced_documents_stay_undecided() -> None:
    last = frame(ELIGIBILITY, [
        row("D1", is_eligible=False), row("D4", is_eligible=False), row("D5"),
        row("D6", is_eligible=False, is_final=True),
    ])

    assert undecided.still_undecided(last, VERSIONS)["document_id"].to_list() == ["D4"]


def test_a_new_version_of_a_granted_document_is_not_decided_again() -> None:
    documents = frame(BILLING_DOCUMENTS, [
        {"account_id": "A1", "document_id": name, "document_type_code": kind, "billing_month": APRIL, "charged_kop": 5}
        for name, kind in (("D2", "main"), ("D3", "main"), ("D8", "main"), ("D9", "penalty"))
    ])
    nothing = frame(BILLED_DOCUMENTS, [])

    after_grant = undecided.new_documents(documents, nothing, VERSIONS, frame(ELIGIBILITY, [row("D1")]))
    after_refusal = undecided.new_documents(
        documents, nothing, VERSIONS, frame(ELIGIBILITY, [row("D1", is_eligible=False)])
    )

    assert after_grant["document_id"].to_list() == ["D8"]
    assert after_refusal["document_id"].to_list() == ["D3", "D8"]


@pytest.mark.parametrize(
    ("reversed_payment", "left_of_block", "expected"),
    [("P1", 0, 1), ("P9", 0, None), ("P9", 3, 2), ("P9", 1, None), ("P1", 3, 2)],
)
def test_a_reversal_behind_a_bonus_blocks_the_next_documents(
    reversed_payment: str, left_of_block: int, expected: int | None
) -> None:
    decisions = frame(ELIGIBILITY, [row("D1", covering_payment_ids=["P1", "P2"]), row("D2", is_eligible=False)])
    reversals = frame(POSTED_REVERSALS, [
        {"reversal_id": "S", "payment_id": reversed_payment, "account_id": "A1", "is_correction": False}
    ])
    last = frame(ELIGIBILITY, [row("D1", blocked_documents=left_of_block)])

    found = blocked(decisions, reversals, frame(POSTED_PAYMENTS, []), last, documents_blocked_by_reversal=1)

    assert found["blocked_documents"].to_list() == ([] if expected is None else [expected])


def test_a_corrected_registry_that_brings_the_payment_again_blocks_nothing() -> None:
    decisions = frame(ELIGIBILITY, [row("D1", covering_payment_ids=["P1"])])
    taken = [{"reversal_id": "S", "payment_id": "P1", "account_id": "A1", "is_correction": True}]
    again = frame(POSTED_PAYMENTS, [{"payment_id": "P1", "account_id": "A1"}])

    def found(payments: pl.DataFrame) -> int:
        return blocked(
            decisions, frame(POSTED_REVERSALS, taken), payments, decisions.clear(), documents_blocked_by_reversal=1
        ).height

    assert (found(again), found(again.clear())) == (0, 1)


@pytest.mark.parametrize(
    ("month", "is_eligible", "is_cycle_over", "is_awaited", "is_final"),
    [
        (MAY, True, False, False, False), (MAY, True, True, False, True), (MAY, False, True, False, False),
        (APRIL, True, False, False, False), (APRIL, True, True, True, True), (APRIL, False, False, True, False),
        (APRIL, False, False, False, True), (APRIL, False, True, True, True),
    ],
)
def test_finality(month: date, is_eligible: bool, is_cycle_over: bool, is_awaited: bool, is_final: bool) -> None:
    decisions = frame(ELIGIBILITY, [row("D1", billing_month=month, is_eligible=is_eligible)]).select(DECIDED)

    final = with_finality(
        decisions, book_id="town", month=MAY, is_cycle_over=is_cycle_over, is_awaited=is_awaited
    ).to_dicts()[0]

    assert final["is_final"] is is_final
    assert (final["entitlement_id"] is not None) is (is_eligible and is_final)


def test_an_entitlement_is_named_by_book_account_document_and_programme() -> None:
    decisions = frame(ELIGIBILITY, [row("D1"), row("D2", is_eligible=False)]).select(DECIDED)
    final = with_finality(decisions, book_id="town", month=MAY, is_cycle_over=True, is_awaited=False)

    entered = granted(final)

    text = "\x1f".join(["town", "A1", "D1", "communal_bonus"])
    assert entered["entitlement_id"].to_list() == [hashlib.sha256(text.encode()).hexdigest()]
    assert entered["granted_at"].to_list() == final.filter("is_eligible")["decided_at"].to_list()


@pytest.mark.parametrize(
    ("paid_in", "reversed_in", "is_correction", "left"),
    [
        ([1], 1, False, {1: 0}), ([0], 1, False, {0: 0}), ([0, 1], 1, False, {0: 500, 1: 0}),
        # a corrected registry takes back what came before it, and brings the payment anew beside it
        ([0, 1], 1, True, {0: 0, 1: 500}), ([1], 1, True, {1: 500}), ([0], 0, True, {0: 500}),
    ],
)
def test_which_posting_of_a_payment_a_reversal_takes_back(
    paid_in: list[int], reversed_in: int, is_correction: bool, left: dict[int, int]
) -> None:
    paid = [
        payment({"payment": "P", "paid_at": "2026-06-10 12:00", "amount": "5.00", "channel": "app", "cycle": cycle}, 1)
        for cycle in paid_in
    ]
    taken = reversal({"payment": "P", "reversed_at": "2026-06-12 12:00", "amount": "5.00", "cycle": reversed_in,
                      "is_correction": is_correction}, 1)
    payments = frame(POSTED_PAYMENTS, paid, cycle=pl.Int8())

    found, older = less_reversals(payments, frame(POSTED_REVERSALS, [taken], cycle=pl.Int8()))

    expected = {cycle: amount for cycle, amount in left.items() if amount}
    assert dict(found.sort("cycle").select("cycle", "amount_kop").rows()) == expected
    assert older.height == (0 if 0 in left.values() else 1)


def test_what_is_disputed_today_was_disputed_at_the_start() -> None:
    opening = frame(OPEN_ITEMS, [open_item({"document": "D04", "amount": "1.00"})])
    today = frame(OPEN_ITEMS, [open_item({"document": "D04", "amount": "1.00", "disputed": True})])

    assert sources.as_judged_now(opening, today)["is_disputed"].to_list() == [True]
    assert sources.as_judged_now(today, opening)["is_disputed"].to_list() == [True]
    assert sources.as_judged_now(opening, opening.clear())["is_disputed"].to_list() == [False]


def test_payments_know_their_writ_and_advances_their_contract() -> None:
    cases = frame(COURT_CASES, [{"event_id": "e", "court_case_id": "c", "creditor_id": "UK", "from_month": APRIL,
                                 "to_month": MAY, "registered_at": moment("2026-05-01")}])
    contracts = frame(ADVANCE_CONTRACTS, [{"event_id": "e", "contract_reference": "k", "from_month": APRIL,
                                           "to_month": MAY, "registered_at": moment("2026-05-01")}])
    paid = frame(POSTED_PAYMENTS, [{"payment_id": "P", "court_case_id": "c", "contract_reference": "k"},
                                   {"payment_id": "Q"}])

    told = paid.pipe(sources.with_writs, cases).pipe(sources.with_contract_months, contracts)

    assert told["writ_creditor_id"].to_list() == ["UK", None]
    assert told["to_month"].to_list() == [MAY, None]


def test_what_a_documents_credits_left_over_is_a_negative_row() -> None:
    documents = frame(BILLED_DOCUMENTS, [
        {"account_id": "A1", "document_id": "D1", "creditor_id": "UK", "debt_kind_code": "principal", "billed_kop": 900}
    ])
    credit = {"account_id": "A1", "payment_id": "credit:D1:K2", "origin_code": "credit", "creditor_id": "RSO"}
    movements = frame(PAYMENT_ALLOCATIONS, [
        {**credit, "allocated_kop": -200, "rule_code": "credit"},
        {**credit, "allocated_kop": 50, "rule_code": "advance"},
        {**credit, "payment_id": "credit:D0:K2", "allocated_kop": 70, "rule_code": "advance"},
    ])
    advances = frame(ADVANCES, [{**credit, "amount_kop": 150}])

    rows = sources.with_credits_left(documents, movements, advances)

    assert rows.select("document_id", "creditor_id", "billed_kop").rows() == [("D1", "UK", 900), ("D1", "RSO", -200)]
