"""The lists of a night: caps of contact, one message a person, what is waited for."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import ingest, registers
from pipeline.contracts.debt import DISPATCHES
from pipeline.domain.debt import calls
from pipeline.domain.debt.debtors import standing
from pipeline.domain.debt.lists import CANDIDATE, awaited, debt_receipts, sms_list
from tests.domain.debt.town import BOOK, DAY, RULES, frame, kop, nothing, sent

EPISODE = dt.date(2026, 2, 10)
NOTHING = standing(nothing(), rules=RULES, as_of=DAY, book_id=BOOK)


def candidates(*rows: tuple[str, str, str, str, bool]) -> pl.DataFrame:
    """person, account, stage, roubles, phone verified."""
    return pl.DataFrame(
        [
            {"account_id": account, "creditor_id": "c1", "person_id": who, "episode_id": f"e-{account}",
             "stage_code": stage, "claimed_kop": kop(rub), "is_phone_verified": verified}
            for who, account, stage, rub, verified in rows
        ]
    ).select(CANDIDATE)


def listed(found: pl.DataFrame, *left: dict[str, Any], **rules: int) -> pl.DataFrame:
    return sms_list(
        found, frame(DISPATCHES, *left), rules=replace(RULES.notice, **rules), run_on=DAY, book_id=BOOK
    )


def test_one_message_for_all_debts_of_a_person_with_the_furthest_stage() -> None:
    found = listed(candidates(("P", "A", "reminder", "100.00", True), ("P", "B", "sms", "700.00", True)))

    told = found.select("account_ids", "stage_code", "claimed_kop", "template_code").rows()
    assert told == [(["A", "B"], "sms", kop("800.00"), "sms_sum")]


def test_a_debt_that_nothing_of_may_be_asked_for_is_told_of_without_a_sum() -> None:
    assert listed(candidates(("P", "A", "sms", "0.00", True)))["template_code"].to_list() == ["sms_neutral"]


def test_the_order_of_candidates_changes_nothing() -> None:
    rows = [("P", "A", "reminder", "100.00", True), ("P", "B", "sms", "700.00", True), ("Q", "C", "sms", "1.00", False)]

    assert listed(candidates(*rows)).equals(listed(candidates(*reversed(rows))))


def test_another_set_of_stages_is_another_action() -> None:
    one = listed(candidates(("P", "A", "reminder", "100.00", True)))
    other = listed(candidates(("P", "A", "sms", "100.00", True)))

    assert one["action_id"][0] != other["action_id"][0]


@pytest.mark.parametrize(
    ("days_ago", "rules", "is_listed"),
    [
        ([0], {"sms_per_day_max": 1}, False),
        ([1], {"sms_per_day_max": 1}, True),
        ([0], {"sms_per_day_max": 2}, True),
        ([2, 6], {"sms_per_week_max": 2}, False),
        ([2, 7], {"sms_per_week_max": 2}, True),
        ([8, 15, 22, 29], {"sms_per_month_max": 4}, False),
        ([8, 15, 22, 30], {"sms_per_month_max": 4}, True),
        ([8, 15, 22], {"sms_per_month_max": 4}, True),
    ],
)
def test_caps_of_contact(days_ago: list[int], rules: dict[str, int], is_listed: bool) -> None:
    left = [sent("sms", DAY - dt.timedelta(days=days), EPISODE) for days in days_ago]

    found = listed(candidates(("P", "A", "sms", "700.00", True)), *left, **rules)

    assert (found.height == 1) == is_listed


@pytest.mark.parametrize(
    ("left", "is_listed"),
    [
        ([], True), ([(29, "c1")], True), ([(1, "c1"), (29, "c2")], False), ([(1, "c1"), (30, "c2")], True),
        # receipts of one night go together
        ([(1, "c1"), (1, "c2")], True), ([(0, "c1"), (1, "c1")], False),
    ],
)
def test_receipts_of_thirty_days_are_capped_over_all_creditors(left: list[tuple[int, str]], is_listed: bool) -> None:
    gone = [sent("debt_receipt", DAY - dt.timedelta(days=days), EPISODE, creditor=creditor) for days, creditor in left]
    due = pl.DataFrame([{
        "account_id": "A", "creditor_id": "c3", "episode_id": "e", "premises_id": "f", "firm_claimed_kop": 100,
        "months_overdue": 3, "is_due": True, "next_action_code": "debt_receipt",
    }])
    journal, night = frame(DISPATCHES, *gone), replace(NOTHING, notice=due)
    found = debt_receipts(night, journal, rules=RULES.notice, run_on=DAY, book_id=BOOK)

    assert (found.height == 1) == is_listed


@pytest.mark.parametrize(
    ("status", "covers_until", "expected"),
    [
        ("late", DAY, ["sber:post"]),
        ("late", dt.date(2026, 5, 1), ["sber:post"]),
        ("received", dt.date(2026, 5, 1), []),
        ("awaited", dt.date(2026, 5, 28), ["sber:post"]),  # 31 − 3 days of delay
        ("awaited", dt.date(2026, 5, 29), []),
    ],
)
def test_which_registry_is_waited_for(status: str, covers_until: dt.date, expected: list[str]) -> None:
    registries = frame(ingest.AWAITED_REGISTRIES, {
        "provider_code": "sber", "channel_code": "post", "covers_until": covers_until, "status_code": status,
    })
    channels = frame(registers.CHANNELS, {"channel_code": "post", "usual_delay_days": 3})

    assert awaited(registries, channels, as_of=DAY) == expected


def test_an_unknown_channel_has_no_delay_to_wait_for() -> None:
    told = {"provider_code": "x", "channel_code": "y", "covers_until": DAY, "status_code": "awaited"}

    assert awaited(frame(ingest.AWAITED_REGISTRIES, told), frame(registers.CHANNELS), as_of=DAY) == ["x:y"]


# ---- calls

def to_call(*rows: tuple[str, str]) -> pl.DataFrame:
    """person, account: a claim of 1 200 ₽ after an SMS of 10 May."""
    return pl.DataFrame(
        [
            {"account_id": account, "creditor_id": "c1", "person_id": who, "episode_id": f"e-{account}",
             "claimed_kop": kop("1200.00"), "claim_due_on": dt.date(2026, 4, 15), "last_stage_code": "sms",
             "last_stage_on": dt.date(2026, 5, 10)}
            for who, account in rows
        ]
    ).select(calls.CANDIDATE)


def called(found: pl.DataFrame, *left: dict[str, Any], texted: tuple[str, ...] = (), **rules: int) -> pl.DataFrame:
    return calls.call_list(
        found, pl.DataFrame({"person_id": list(texted)}, schema={"person_id": pl.String}), frame(DISPATCHES, *left),
        rules=replace(RULES.calls, **rules), run_on=DAY, book_id=BOOK,
    )


def test_one_call_for_all_debts_of_a_person() -> None:
    found = called(to_call(("P", "B"), ("P", "A")))

    assert found.select("person_id", "account_ids", "claimed_kop").rows() == [("P", ["A", "B"], kop("2400.00"))]
    assert found.equals(called(to_call(("P", "A"), ("P", "B"))))


def test_whoever_is_written_to_tonight_is_not_called() -> None:
    assert called(to_call(("P", "A"), ("Q", "B")), texted=("P",))["person_id"].to_list() == ["Q"]


@pytest.mark.parametrize(
    ("days_ago", "rules", "is_called"),
    [
        ([0], {"per_day_max": 1, "per_week_max": 9}, False), ([1], {"per_day_max": 1, "per_week_max": 9}, True),
        ([6], {"per_week_max": 1}, False), ([7], {"per_week_max": 1}, True),
        ([8, 29], {"per_month_max": 2}, False), ([8, 30], {"per_month_max": 2}, True),
    ],
)
def test_caps_of_calls(days_ago: list[int], rules: dict[str, int], is_called: bool) -> None:
    left = [sent("call", DAY - dt.timedelta(days=days), EPISODE) for days in days_ago]

    assert (called(to_call(("P", "A")), *left, **rules).height == 1) == is_called


def test_messages_do_not_count_as_calls() -> None:
    left = [sent("sms", DAY - dt.timedelta(days=days), EPISODE) for days in range(3)]

    assert called(to_call(("P", "A")), *left).height == 1
