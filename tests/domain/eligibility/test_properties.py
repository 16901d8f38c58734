"""What must hold for every account: row order, arrival and splitting change nothing; online money hurts nobody."""

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.eligibility.conditions import decided
from pipeline.domain.eligibility.replay import Happened, replayed
from tests.examples import examples

from .frames import CHANNELS, accounts, happened, main_documents, together
from .test_cases import CUT, RULES, decide

few = examples(12)

PAYMENT = st.fixed_dictionaries({
    "paid_at": st.builds(
        "2026-{:02}-{:02} {:02}:30".format, st.integers(6, 7), st.integers(1, 30), st.integers(0, 23)
    ),
    "amount": st.sampled_from(["0.50", "1.00", "150.00", "300.00", "700.00", "999.00", "1000.00", "1300.00"]),
    "channel": st.sampled_from(["app", "site", "bank"]),
    "document": st.sampled_from([None, None, "D05"]),
    "received_on": st.dates(date(2026, 6, 1), date(2026, 7, 20)),
})
ACCOUNT = st.fixed_dictionaries({
    "bill": st.sampled_from([
        {"principal": "1000.00"}, {"principal": "700.00", "capital_repair": "300.00"},
        {"principal": "1000.00", "credit": "200.00"}, {"principal": "999.99", "penalty": "10.00", "voluntary": "50.00"},
    ]),
    "opening_items": st.sampled_from([[], [{"document": "D04", "amount": "300.00"}]]),
    "payments": st.lists(PAYMENT, max_size=4),
})


def shuffled(happened: Happened, seed: int) -> Happened:
    return Happened(**{
        name: getattr(happened, name).sample(fraction=1, shuffle=True, seed=seed)
        for name in happened.__dataclass_fields__ if name != "ahead"
    })


def rows(cases: list[tuple[str, dict[str, Any]]], seed: int | None = None) -> pl.DataFrame:
    if seed is None:
        return decide(cases)
    replay = replayed(
        shuffled(together([happened(terms, name) for name, terms in cases]), seed), exact_total_pays_penalty=True
    )
    documents = pl.concat([main_documents(terms, name) for name, terms in cases])
    register = accounts(*((name, {}) for name, _ in cases))
    return decided(documents, replay, register, CHANNELS, rules=RULES, cut=CUT)


@few
@given(towns=st.lists(ACCOUNT, min_size=1, max_size=6), seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(towns: list[dict[str, Any]], seed: int) -> None:
    cases = [(f"A{number}", terms) for number, terms in enumerate(towns)]

    assert rows(cases).equals(rows(cases, seed))


@few
@given(terms=ACCOUNT, days=st.lists(st.dates(date(2026, 6, 1), date(2026, 7, 20)), min_size=4, max_size=4))
def test_the_day_a_registry_arrives_changes_nothing(terms: dict[str, Any], days: list[date]) -> None:
    moments = {payment["paid_at"] for payment in terms["payments"]}
    if len(moments) < len(terms["payments"]):
        return  # arrival decides between payments of one moment
    payments = [payment | {"received_on": day} for payment, day in zip(terms["payments"], days, strict=False)]

    assert decide([("A1", terms)]).equals(decide([("A1", terms | {"payments": payments})]))


@few
@given(terms=ACCOUNT, part=st.integers(1, 49))
def test_splitting_a_payment_changes_no_decision(terms: dict[str, Any], part: int) -> None:
    split = [
        half | {"payment": f"{name}{number}"} for number, payment in enumerate(terms["payments"])
        for name, half in (
            ("L", payment | {"amount": f"0.{part:02}"}),
            ("R", payment | {"amount": _less(payment["amount"], part)}),
        )
        if not payment["document"]  # the exact total of a named document is one payment's doing
    ]
    named = [payment for payment in terms["payments"] if payment["document"]]
    whole = [payment for payment in terms["payments"] if not payment["document"]]
    if len({payment["paid_at"] for payment in whole + named}) < len(whole + named):
        return
    facts = ["is_eligible", "first_failed_code", "missing_kop", "missing_days", "covered_at"]

    one, two = (decide([("A1", terms | {"payments": paid})]) for paid in (named + whole, named + split))

    assert one.select(facts).equals(two.select(facts))


@few
@given(terms=ACCOUNT, extra=PAYMENT)
def test_one_more_online_payment_takes_no_bonus_away(terms: dict[str, Any], extra: dict[str, Any]) -> None:
    more = [*terms["payments"], extra | {"channel": "app", "document": None}]

    before, after = decide([("A1", terms), ("A2", terms | {"payments": more})])["is_eligible"].to_list()

    assert after or not before


def _less(amount: str, kopecks: int) -> str:
    left = int(amount.replace(".", "")) - kopecks
    return f"{left // 100}.{left % 100:02}"
