"""What must hold for money of a discount's contract, whatever is billed and paid beside it."""

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts.ledger import ADVANCES, PAYMENT_ALLOCATIONS
from pipeline.domain.allocation import Allocated, allocate
from pipeline.domain.allocation.ahead import FIXED_LINE, Ahead
from tests.properties.test_allocation import CHECKED, events_of, items_of

FROM, TO = date(2026, 2, 1), date(2026, 3, 1)
_CONTRACT = "Д-1"
#: Services of the drawn items are numbered by their place.
_FIXED = ("у00", "у03", "у04", "у07")

items_drawn = st.lists(
    st.tuples(st.just(0), st.integers(1, 3), st.integers(0, 3), st.integers(-300, 900).filter(bool)),
    min_size=1, max_size=10,
)
#: Whether it names the contract, and how much it is.
payments_drawn = st.lists(st.tuples(st.booleans(), st.integers(1, 1500)), min_size=1, max_size=6)


def _paid(drawn: list[tuple[bool, int]]) -> list[dict[str, Any]]:
    """The first payment comes before the documents, the others between and behind them."""
    rows = events_of([(0, amount, None, None, "regular") for _, amount in drawn])
    of_money = [row for row in rows if row["event_code"] == "money"]
    for (names_contract, _), row in zip(drawn, of_money, strict=True):
        if names_contract:
            row |= {"purpose_code": "advance_contract", "contract_reference": _CONTRACT, "from_month": FROM,
                    "to_month": TO}
    of_money[0]["event_number"] = 0
    return [row for row in rows if row["account_id"] == "счёт-0"]


def _run(items: pl.DataFrame, events: list[dict[str, Any]]) -> Allocated:
    frame = pl.DataFrame(events, infer_schema_length=None).with_columns(
        pl.col("posted_at", "paid_at").dt.convert_time_zone("Europe/Moscow")
    )
    lines = pl.DataFrame([("счёт-0", _CONTRACT, service, FROM, TO) for service in _FIXED], schema=FIXED_LINE,
                         orient="row")
    return allocate(items, ADVANCES.empty_inside(), frame, PAYMENT_ALLOCATIONS.empty_inside(), ahead=Ahead(
        pl.DataFrame({"contract_reference": [_CONTRACT], "from_month": [FROM], "to_month": [TO]}), lines))


@CHECKED
@given(items_drawn, payments_drawn)
def test_it_pays_fixed_lines_alone_and_the_rest_stays(drawn: list[Any], payments: list[Any]) -> None:
    events = _paid(payments)
    found = _run(items_of(drawn), events)
    is_of_contract = pl.col("contract_reference") == _CONTRACT
    laid, left = found.movements.filter(is_of_contract), found.advances.filter(is_of_contract)
    brought = sum(row["amount_kop"] for row in events if row.get("contract_reference"))

    assert laid["allocated_kop"].sum() + left["amount_kop"].sum() == brought
    assert set(laid["service_code"]) <= set(_FIXED)
    assert laid.filter(~pl.col("charge_month").is_between(FROM, TO)).is_empty()
    is_fixed = pl.col("service_code").is_in(_FIXED) & pl.col("charge_month").is_between(FROM, TO)
    still_due = found.items.filter(is_fixed, pl.col("outstanding_kop") > 0, pl.col("debt_kind_code") != "penalty")
    assert left.is_empty() or still_due.is_empty()


@CHECKED
@given(items_drawn, payments_drawn)
def test_no_kopeck_is_lost_or_made_beside_it(drawn: list[Any], payments: list[Any]) -> None:
    events = _paid(payments)
    found = _run(items_of(drawn), events)
    end = found.items

    assert found.movements["allocated_kop"].sum() + found.advances["amount_kop"].sum() == sum(
        row.get("amount_kop", 0) for row in events)
    assert (end["billed_kop"] - end["paid_kop"] == end["outstanding_kop"]).all()
    assert (end["outstanding_kop"] >= 0).all()
    assert (end["epoch_base_kop"] >= end["outstanding_kop"]).all()
    positive = found.movements.filter(pl.col("payment_id").str.starts_with("п"))
    assert (positive["allocated_kop"] > 0).all()


@CHECKED
@given(items_drawn, payments_drawn, st.randoms())
def test_order_of_rows_is_irrelevant(drawn: list[Any], payments: list[Any], chance: Any) -> None:
    items, events = items_of(drawn), _paid(payments)
    first = _run(items, events)
    chance.shuffle(events)
    again = _run(items.sample(fraction=1, shuffle=True, seed=chance.randint(0, 99)), events)

    assert first.movements.equals(again.movements)
    assert first.advances.equals(again.advances)
