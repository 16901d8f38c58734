"""What must hold for every penalty: who pays in time owes none, how money is cut or ordered changes nothing."""

import datetime as dt

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.penalty.stretches import law_of_days
from tests.domain.penalty import town

DUE = st.dates(dt.date(2019, 1, 10), dt.date(2026, 9, 15))
KOPECKS = st.integers(1, 500_000_00)
MODES = st.sampled_from(["on_payment_date", "per_day", "fixed"])
DAYS = st.integers(0, 900)
AS_OF = dt.date(2026, 12, 31)


def after(due_on: dt.date, days: int) -> dt.date:
    return min(due_on + dt.timedelta(days=days), AS_OF)


def month(
    due_on: dt.date, open_kop: int, moves: list[tuple[dt.date, int]], mode: str, **more: str
) -> town.PenaltyMonth:
    item = town.key(due_on, **more)
    standing = town.items(item | {"outstanding_kop": open_kop}) if open_kop else town.items()
    moved = [town.paid(item, on, "0.00") | {"allocated_kop": kop, "payment_id": f"p{place}"}
             for place, (on, kop) in enumerate(moves)]
    return town.counted(town.facts(standing, town.movements(*moved)), AS_OF, mode)


@given(due_on=DUE, kop=KOPECKS, day=st.integers(-30, 30), mode=MODES)
def test_who_pays_before_day_31_owes_none(due_on: dt.date, kop: int, day: int, mode: str) -> None:
    told = month(due_on, 0, [(due_on + dt.timedelta(days=day), kop)], mode)

    assert told.penalties.is_empty() and told.accruals.is_empty() and told.late_payments.is_empty()


@given(due_on=DUE, kop=KOPECKS, rest=KOPECKS, day=DAYS, cut=st.floats(0.01, 0.99), mode=MODES)
def test_a_payment_in_pieces_is_one_payment(
    due_on: dt.date, kop: int, rest: int, day: int, cut: float, mode: str
) -> None:
    on, first = after(due_on, day), int(kop * cut)
    whole = month(due_on, rest, [(on, kop)], mode)
    pieces = month(due_on, rest, [(on, piece) for piece in (first, kop - first) if piece], mode)

    assert pieces.penalties.equals(whole.penalties)
    assert pieces.accruals.equals(whole.accruals)


@given(due_on=DUE, moves=st.lists(st.tuples(DAYS, KOPECKS), max_size=5), rest=KOPECKS, mode=MODES)
def test_the_order_of_movements_changes_nothing(
    due_on: dt.date, moves: list[tuple[int, int]], rest: int, mode: str
) -> None:
    dated = [(after(due_on, day), kop) for day, kop in moves]
    there, back = month(due_on, rest, dated, mode), month(due_on, rest, dated[::-1], mode)

    assert there.penalties.equals(back.penalties)
    assert there.accruals.equals(back.accruals)


@given(due_on=DUE, moves=st.lists(st.tuples(DAYS, KOPECKS), max_size=4), rest=st.integers(0, 10**7), mode=MODES)
def test_segments_add_up_and_tell_every_day_once(
    due_on: dt.date, moves: list[tuple[int, int]], rest: int, mode: str
) -> None:
    told = month(due_on, rest, [(after(due_on, day), kop) for day, kop in moves], mode)
    accruals = told.accruals

    assert accruals["penalty_kop"].sum() == town.total(told)
    assert accruals.filter(pl.col("from_on") <= pl.lit(due_on + dt.timedelta(days=30))).is_empty()
    of_part = accruals.sort("paid_on", "from_on").with_columns(before=pl.col("to_on").shift(1).over("paid_on"))
    assert of_part.filter(pl.col("from_on") <= pl.col("before")).is_empty()


@given(due_on=DUE, kop=KOPECKS, day=DAYS, mode=MODES)
def test_what_is_taken_back_is_owed_as_if_never_paid(due_on: dt.date, kop: int, day: int, mode: str) -> None:
    on = after(due_on, day)
    reversed_, never = month(due_on, kop, [(on, kop), (on, -kop)], mode), month(due_on, kop, [], mode)

    assert reversed_.penalties.equals(never.penalties)
    assert reversed_.late_payments.is_empty()


@given(due_on=DUE, kop=KOPECKS, mode=MODES)
def test_capital_repair_never_costs_more(due_on: dt.date, kop: int, mode: str) -> None:
    housing, repair = month(due_on, kop, [], mode), month(due_on, kop, [], mode, debt_kind_code="capital_repair")

    assert town.total(repair) <= town.total(housing)
    assert set(repair.accruals["fraction_denominator"]) <= {300}


@given(due_on=DUE, first=st.integers(0, 600), length=st.integers(0, 400))
def test_days_of_the_mobilised_only_lower(due_on: dt.date, first: int, length: int) -> None:
    item = town.key(due_on)
    standing, from_on = town.items(item | {"outstanding_kop": 100000}), due_on + dt.timedelta(days=first)
    exempt = ("A", "mobilised", from_on, from_on + dt.timedelta(days=length))
    whole = town.counted(town.facts(standing, town.movements()), AS_OF)
    less = town.counted(town.facts(standing, town.movements(), exempt=(exempt,)), AS_OF)

    assert town.total(less) <= town.total(whole)
    left_out = less.accruals.filter(pl.col("from_on") <= pl.lit(exempt[3]), pl.col("to_on") >= pl.lit(exempt[2]))
    assert left_out.is_empty()


def test_the_law_is_one_stretch_after_another_to_the_end_of_the_cap() -> None:
    law = law_of_days(town.rules(AS_OF))
    gaps = law.stretches.with_columns(next_on=pl.col("from_on").shift(-1)).drop_nulls("next_on").filter(
        pl.col("next_on") != pl.col("to_on") + pl.duration(days=1)
    )

    assert gaps.is_empty()
    assert (law.known_to, law.missing_rule) == (AS_OF, "penalty.rate_cap_percent")
    assert law.stretches["rate_e4"].null_count() == 0
