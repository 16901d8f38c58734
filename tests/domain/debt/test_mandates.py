"""Which debts are worked under which mandate, who is left alone, and how the funnel adds up over months."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import events
from pipeline.contracts.debt import DISPATCHES
from pipeline.contracts.ledger import PAYMENT_ALLOCATIONS
from pipeline.contracts.mandates import MANDATE_FUNNEL
from pipeline.domain.debt import funnel
from pipeline.domain.debt.debtors import Facts, standing
from pipeline.domain.debt.mandates import in_force, mandated
from tests.case_files import cases
from tests.domain.debt import town
from tests.domain.debt.town import DAY, EARLY, frame, mandate

CASES = cases("mandates.yaml")
LATER = dt.datetime(2026, 3, 1, tzinfo=town.MOSCOW)


def under(mandates: list[dict[str, Any]], accounts: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    met = [pl.DataFrame({"account_id": ["A", "A"], "creditor_id": ["c1", "c2"]})]
    found = mandated(
        frame(events.MANDATES, *mandates), frame(events.MANDATE_ACCOUNTS, *accounts), met, as_of=DAY
    )
    return found.select("account_id", "creditor_id", "mandate_id", "begun_on").rows()


def of_c1(accounts: pl.DataFrame) -> list[pl.DataFrame]:
    return [accounts.select("account_id", creditor_id=pl.lit("c1"))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_share_is_drawn_by_the_hash(case: dict[str, Any]) -> None:
    accounts = frame(events.MANDATE_ACCOUNTS, town.mandated(case["account"]))
    found = mandated(
        frame(events.MANDATES, mandate(holdout_percent=case["holdout_percent"])), accounts, of_c1(accounts), as_of=DAY
    )

    assert found["is_hold_out"].to_list() == [case["is_hold_out"]]


def test_a_share_of_many_accounts_is_near_what_it_says_and_grows_only() -> None:
    accounts = frame(events.MANDATE_ACCOUNTS, *(town.mandated(f"{number:010d}") for number in range(3_000)))

    given = of_c1(accounts)
    left = [
        set(found.filter("is_hold_out")["account_id"]) for percent in (10, 20)
        for found in [mandated(frame(events.MANDATES, mandate(holdout_percent=percent)), accounts, given, as_of=DAY)]
    ]

    assert 240 < len(left[0]) < 360 and 520 < len(left[1]) < 680
    assert left[0] < left[1]


def test_of_two_mandates_the_first_begun_counts_and_of_two_versions_the_latest() -> None:
    second = mandate(event_id="m2", mandate_id="m2", from_on=dt.date(2026, 2, 1))
    both = [town.mandated(), town.mandated(event_id="x", mandate_id="m2", from_on=dt.date(2026, 1, 1))]

    assert under([mandate(), second], both) == [("A", "c1", "m1", EARLY)]
    moved = mandate(event_id="v2", registered_at=LATER, creditor_id="c2")
    assert under([mandate(), moved, second], both) == [
        ("A", "c1", "m2", dt.date(2026, 2, 1)), ("A", "c2", "m1", EARLY),
    ]
    taken_back = town.mandated(event_id="y", registered_at=LATER, to_on=dt.date(2026, 5, 30))
    assert under([mandate()], [town.mandated(), taken_back]) == []


def test_new_terms_do_not_begin_a_mandate_anew() -> None:
    new_terms = mandate(event_id="v2", registered_at=LATER, from_on=dt.date(2026, 4, 1), sms_min_kop=1)
    second = mandate(event_id="m2", mandate_id="m2", from_on=dt.date(2026, 2, 1))
    both = [town.mandated(), town.mandated(event_id="x", mandate_id="m2")]

    assert under([mandate(), new_terms, second], both) == [("A", "c1", "m1", EARLY)]
    assert in_force(frame(events.MANDATES, mandate(), new_terms), as_of=DAY)["sms_min_kop"].to_list() == [1]


def test_the_draw_is_taken_only_of_debts_that_matter_tonight() -> None:
    accounts = frame(events.MANDATE_ACCOUNTS, *(town.mandated(name) for name in "ABC"))
    met = [of_c1(accounts.filter(pl.col("account_id") == name))[0] for name in "BA"]

    found = mandated(frame(events.MANDATES, mandate()), accounts, met, as_of=DAY)

    assert found["account_id"].to_list() == ["A", "B"]


@pytest.mark.parametrize(("to_on", "runs"), [(DAY, True), (DAY - dt.timedelta(days=1), False), (None, True)])
def test_a_mandate_runs_to_its_last_day(to_on: dt.date | None, runs: bool) -> None:
    assert in_force(frame(events.MANDATES, mandate(to_on=to_on)), as_of=DAY).height == runs


def test_money_of_the_months_before_is_carried_and_counts_are_not() -> None:
    key = {"mandate_id": "m1", "group_code": "contacted", "stage_code": "sms"}
    before = frame(MANDATE_FUNNEL, key | {"sent": 7, "received_kop": 500, "paid_kop": 100})
    now = pl.DataFrame([key | {"sent": 3, "received_kop": -40}])

    found = funnel.funnel([now], before, frame(events.MANDATES, mandate()))

    assert found.height == 14
    row = found.filter((pl.col("stage_code") == "sms") & (pl.col("group_code") == "contacted"))
    assert row.select("sent", "received_kop", "paid_kop", "accounts").rows() == [(3, 460, 100, 0)]


def counted(facts: Facts, *outcomes: dict[str, Any]) -> pl.DataFrame:
    told = frame(events.DUNNING_OUTCOMES, *outcomes)
    found = standing(facts, rules=town.RULES, as_of=DAY, book_id=town.BOOK)
    return funnel.funnel_of_part(found, facts, told, facts.mandates, as_of=DAY)


@pytest.mark.parametrize(("on", "told"), [(DAY, 1), (DAY + dt.timedelta(days=1), 0)])
def test_what_is_told_of_a_later_day_is_not_counted_yet(on: dt.date, told: int) -> None:
    due = dt.date(2026, 4, 15)
    sms = town.sent("sms", dt.date(2026, 5, 10), due)
    facts = replace(
        town.owing(DAY, {"due_on": due, "rub": "900.00"}), dispatches=frame(DISPATCHES, sms),
        mandates=frame(events.MANDATES, mandate()), mandate_accounts=frame(events.MANDATE_ACCOUNTS, town.mandated()),
        court_cases=frame(events.COURT_CASES, {"court_case_id": "x", "account_id": "A", "creditor_id": "c1",
                                               "from_month": EARLY, "to_month": EARLY}),
        court_events=frame(events.COURT_EVENTS, {"court_case_id": "x", "event_code": "filed", "event_on": on}),
    )

    found = counted(facts, {"action_id": sms["action_id"], "outcome_code": "delivered", "outcome_on": on})

    assert (found["sent"].sum(), found["delivered"].sum(), found["filed"].sum()) == (1, told, told)


def paid(on: dt.date, due_on: dt.date, kop: int, kind: str = "principal") -> dict[str, Any]:
    moment = dt.datetime.combine(on, dt.time(12), tzinfo=town.MOSCOW)
    return {"account_id": "A", "creditor_id": "c1", "debt_kind_code": kind, "due_on": due_on, "paid_at": moment,
            "allocated_kop": kop}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (dt.date(2026, 5, 9), {"none": (100, 0)}),  # the day before the SMS
        (dt.date(2026, 5, 10), {"sms": (100, 100)}),
        (dt.date(2026, 5, 24), {"sms": (100, 100)}),  # the fourteenth day after it
        (dt.date(2026, 5, 25), {"sms": (100, 0)}),
        (dt.date(2026, 5, 28), {"call": (100, 100)}),
    ],
)
def test_money_belongs_to_the_stage_before_it(on: dt.date, expected: dict[str, tuple[int, int]]) -> None:
    due = dt.date(2026, 4, 15)
    facts = replace(
        town.owing(DAY, {"due_on": due, "rub": "900.00"}),
        mandates=frame(events.MANDATES, mandate()), mandate_accounts=frame(events.MANDATE_ACCOUNTS, town.mandated()),
        dispatches=frame(DISPATCHES, town.sent("sms", dt.date(2026, 5, 10), due),
                         town.sent("call", dt.date(2026, 5, 27), due)),
        payment_allocations=frame(
            PAYMENT_ALLOCATIONS, paid(on, due, 100), paid(on, on, 5), paid(on, due, 7, kind="penalty"),
        ),
    )
    found = counted(facts)

    money = found.filter(pl.col("received_kop") > 0)
    assert dict(zip(money["stage_code"], money.select("received_kop", "paid_kop").rows(), strict=True)) == expected
