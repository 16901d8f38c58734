"""What must hold for any book of accounts: no kopeck lost, order of rows irrelevant, nothing ever moves back."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline.contracts.ledger import ADVANCES, ITEM_KEY, PAYMENT_ALLOCATIONS
from pipeline.domain.allocation import Allocated, allocate
from tests.examples import examples

CREDITORS = ("УК", "Теплосеть")
KINDS = ("principal", "principal", "principal", "capital_repair", "penalty")
CHECKED = examples(25)
ISSUED = {1: 0, 2: 1, 3: 4}
PAID = (2, 3, 5, 6, 7, 8)


def moment(day: int) -> datetime:
    return datetime(2026, 9, day, tzinfo=ZoneInfo("Europe/Moscow"))


items_drawn = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 3), st.integers(0, 4), st.integers(-300, 900).filter(bool)),
    min_size=1, max_size=14,
)
payments_drawn = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(1, 1500), st.sampled_from([None, 1, 2, 3]),
        st.sampled_from([None, *CREDITORS]), st.sampled_from(["regular", "regular", "penalty", "capital_repair"]),
    ),
    max_size=6,
)


def items_of(drawn: list[tuple[int, int, int, int]]) -> pl.DataFrame:
    """Items of three documents an account: one from the state, one issued as event 1, one between the payments."""
    rows = [
        {
            "account_id": f"счёт-{account}", "document_id": f"{account}-{month}", "creditor_id": CREDITORS[place % 2],
            "contract_id": f"д{place % 4}", "service_code": f"у{place:02d}", "debt_kind_code": KINDS[kind],
            "charge_month": date(2026, month, 1), "document_type_code": "main", "billing_month": date(2026, month, 1),
            "issued_on": date(2026, month, 28), "due_on": date(2026, month + 1, 15),
            "billed_kop": abs(amount) if month == 1 else amount, "present_from": ISSUED[month],
        }
        for place, (account, month, kind, amount) in enumerate(drawn)
    ]
    zero = pl.lit(0, dtype=pl.Int64)
    return pl.DataFrame(rows).with_columns(
        paid_kop=zero, written_off_kop=zero, outstanding_kop="billed_kop", epoch_base_kop="billed_kop",
        is_time_barred=pl.lit(False),
    )


def issue(account: int, number: int) -> dict[str, Any]:
    return {
        "account_id": f"счёт-{account}", "event_number": number, "event_code": "issue", "posted_at": moment(number),
    }


def payment(account: int, number: int, name: str, drawn: tuple[Any, ...]) -> dict[str, Any]:
    _, amount, month, creditor, purpose = drawn
    return {
        "account_id": f"счёт-{account}", "event_number": number, "event_code": "money", "posted_at": moment(number),
        "payment_id": name, "origin_code": "payment", "registry_id": "р", "paid_at": moment(number),
        "channel_code": "к", "amount_kop": amount, "designated_month": month and date(2026, month, 1),
        "designation_code": "typed" if month else "none", "designated_creditor_id": creditor,
        "purpose_code": purpose,
    }


def events_of(payments: list[tuple[Any, ...]], *, plain: bool = False) -> list[dict[str, Any]]:
    """Month 2 is issued first, month 3 after the second payment of the account."""
    rows = []
    for account in (0, 1):
        rows.append(issue(account, 1))
        own = [drawn for drawn in payments if drawn[0] == account]
        for place, drawn in enumerate(own):
            terms = (*drawn[:3], None, "regular") if plain else drawn
            rows.append(payment(account, PAID[place], f"п{account}-{place}", terms))
        rows.append(issue(account, ISSUED[3]))
    return rows


def run(items: pl.DataFrame, events: list[dict[str, Any]]) -> Allocated:
    frame = pl.DataFrame(events, infer_schema_length=None).with_columns(
        pl.col("posted_at").dt.convert_time_zone("Europe/Moscow"),
        *[pl.col("paid_at").dt.convert_time_zone("Europe/Moscow")] if any("paid_at" in row for row in events) else [],
    )
    return allocate(items, ADVANCES.empty_inside(), frame, PAYMENT_ALLOCATIONS.empty_inside())


def outstanding(allocated: Allocated) -> pl.DataFrame:
    return allocated.items.select(*ITEM_KEY, "outstanding_kop").sort(*ITEM_KEY)


@CHECKED
@given(items_drawn, payments_drawn)
def test_no_kopeck_is_lost_or_made(drawn: list[Any], payments: list[Any]) -> None:
    items, events = items_of(drawn), events_of(payments)
    allocated = run(items, events)
    paid_in = sum(row.get("amount_kop", 0) for row in events)
    assert allocated.movements["allocated_kop"].sum() + allocated.advances["amount_kop"].sum() == paid_in
    of_payment = pl.concat([
        allocated.movements.select("payment_id", amount_kop="allocated_kop"),
        allocated.advances.select("payment_id", "amount_kop"),
    ]).group_by("payment_id").agg(pl.col("amount_kop").sum())
    for row in events:
        if row["event_code"] == "money":
            placed = of_payment.filter(pl.col("payment_id") == row["payment_id"])["amount_kop"].item()
            assert placed == row["amount_kop"]
    assert of_payment.filter(pl.col("payment_id").str.starts_with("credit:"), pl.col("amount_kop") != 0).is_empty()
    end = allocated.items
    assert (end["billed_kop"] - end["paid_kop"] == end["outstanding_kop"]).all()
    assert (end["outstanding_kop"] >= 0).all()
    assert (end["epoch_base_kop"] >= end["outstanding_kop"]).all()


@CHECKED
@given(items_drawn, payments_drawn, st.randoms())
def test_order_of_input_rows_is_irrelevant(drawn: list[Any], payments: list[Any], chance: Any) -> None:
    items, events = items_of(drawn), events_of(payments)
    first = run(items, events)
    chance.shuffle(events)
    again = run(items.sample(fraction=1, shuffle=True, seed=chance.randint(0, 99)), events)
    for name in ("items", "movements", "advances"):
        assert_frame_equal(getattr(first, name), getattr(again, name))


@CHECKED
@given(items_drawn, payments_drawn.filter(bool))
def test_later_payments_never_move_earlier_allocations(drawn: list[Any], payments: list[Any]) -> None:
    items = items_of(drawn)
    events = events_of(payments)
    last = max((row for row in events if row["event_code"] == "money"), key=lambda row: row["event_number"])
    before = pl.col("posted_at") < last["posted_at"]
    with_all = run(items, events).movements.filter(before)
    without_last = run(items, [row for row in events if row is not last]).movements.filter(before)
    assert_frame_equal(with_all, without_last)


@CHECKED
@given(items_drawn, payments_drawn.filter(bool), st.data())
def test_splitting_a_general_payment_changes_nothing(drawn: list[Any], payments: list[Any], data: Any) -> None:
    # Without penalty items: the exact total with penalty is one sum by its nature.
    items = items_of([row for row in drawn if KINDS[row[2]] != "penalty"] or [(0, 1, 0, 5)])
    events = events_of(payments, plain=True)
    whole = run(items, events)
    place = data.draw(st.sampled_from([i for i, row in enumerate(events) if row["event_code"] == "money"]))
    victim = events[place]
    cut = data.draw(st.integers(0, victim["amount_kop"]))
    for row in events:
        row["event_number"] *= 2
    halves = [
        victim | {"amount_kop": amount, "event_number": victim["event_number"] + step, "payment_id": f"часть-{step}"}
        for step, amount in enumerate((cut, victim["amount_kop"] - cut)) if amount
    ]
    moved = items.with_columns(pl.col("present_from") * 2)
    split = run(moved, [row for row in events if row is not victim] + halves)
    assert_frame_equal(outstanding(split), outstanding(whole))


@CHECKED
@given(items_drawn, payments_drawn.filter(bool), st.integers(1, 500))
def test_paying_more_never_worsens_anyone(drawn: list[Any], payments: list[Any], more: int) -> None:
    items = items_of([row for row in drawn if KINDS[row[2]] != "penalty"] or [(0, 1, 0, 5)])
    less = outstanding(run(items, events_of(payments, plain=True)))
    account, amount, *terms = payments[-1]
    more_paid = [*payments[:-1], (account, amount + more, *terms)]
    after = outstanding(run(items, events_of(more_paid, plain=True)))
    assert (after["outstanding_kop"] <= less["outstanding_kop"]).all()


@CHECKED
@given(items_drawn, payments_drawn.filter(bool), st.data())
def test_a_reversal_leaves_no_trace_of_its_payment(drawn: list[Any], payments: list[Any], data: Any) -> None:
    items, events = items_of(drawn), events_of(payments)
    victim = data.draw(st.sampled_from([row for row in events if row["event_code"] == "money"]))
    last = max(row["event_number"] for row in events if row["account_id"] == victim["account_id"])
    reversal = {
        "account_id": victim["account_id"], "event_number": last + 1, "event_code": "reversal",
        "posted_at": moment(20), "payment_id": victim["payment_id"], "reversal_id": "с",
        "amount_kop": victim["amount_kop"],
    }
    allocated = run(items, [*events, reversal])
    of_victim = allocated.movements.filter(pl.col("payment_id") == victim["payment_id"])
    by_item = of_victim.group_by(*ITEM_KEY).agg(pl.col("allocated_kop").sum())
    assert (by_item["allocated_kop"] == 0).all()
    assert allocated.advances.filter(pl.col("payment_id") == victim["payment_id"]).is_empty()
    assert allocated.not_found.is_empty()
