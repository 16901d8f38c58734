"""What holds of rating whatever the registers say: splits, parts, repetition, signs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.rating.audit import audited
from pipeline.domain.rating.core import rated
from pipeline.rules.rating import RatingRules
from pipeline.rules.registry import RuleBook
from tests.domain.rating.flats import SINCE, known_of, lines_of
from tests.examples import examples

RULES = RatingRules.in_force(RuleBook.read(), date(2026, 4, 1))
FIRST, DAYS = date(2026, 4, 1), 30
THOUSANDTHS = st.integers(1, 20_000).map(lambda number: f"{number / 1000:.3f}")
#: Such as a register of water or of upkeep may hold (`rating.tariff_least_rub`, `tariff_most_rub`).
TARIFFS = st.integers(100, 100_000).map(lambda number: f"{number / 100:.2f}")
few = examples(20)


def case(basis: str, **more: Any) -> dict[str, Any]:
    service = "housing" if basis == "area" else "cold_water"
    line = {"service": service, "basis": basis, "month": "2026-04"} | more.pop("line", {})
    return {"line": line, "tariff": "10.00", "norms": [], **more}


def cost(told: dict[str, Any]) -> int:
    found = rated(lines_of(told), known_of(told), rules=RULES).lines.row(0, named=True)
    assert found["rated_kop"] is not None, found["code"]
    return int(found["rated_kop"])


def norm(value: str) -> list[dict[str, Any]]:
    return [{"per": "person", "norm": value, "from": SINCE}]


@few
@given(volume=THOUSANDTHS, tariff=TARIFFS, days=st.lists(st.integers(2, DAYS), min_size=1, max_size=3, unique=True))
def test_a_split_without_a_change_moves_the_sum_by_the_rounding_of_its_parts(
    volume: str, tariff: str, days: list[int]
) -> None:
    starts = [SINCE, *(FIRST.replace(day=day) for day in sorted(days))]
    ends = [start - timedelta(days=1) for start in starts[1:]]
    split = [{"tariff": tariff, "from": start, "to": end} for start, end in zip(starts, [*ends, None], strict=True)]
    line = {"volume": volume}

    moved = cost(case("meter", line=line, tariffs=split)) - cost(case("meter", line=line, tariff=tariff))

    # half a kopeck of each part and of the whole; a volume at seven digits adds nothing that is seen at these tariffs
    assert abs(moved) <= (len(starts) + 1) // 2 + 1


@few
@given(area=THOUSANDTHS, tariff=TARIFFS, last=st.integers(1, DAYS - 1))
def test_what_two_owners_pay_is_what_one_would(area: str, tariff: str, last: int) -> None:
    flat = {"area": area, "tariff": tariff}
    seller = cost(case("area", closed=FIRST.replace(day=last), **flat))
    buyer = cost(case("area", opened=FIRST.replace(day=last + 1), **flat))

    assert seller + buyer == cost(case("area", **flat))
    assert seller >= 0 and buyer >= 0


@few
@given(persons=st.integers(1, 6), value=THOUSANDTHS, tariff=TARIFFS, day=st.integers(2, DAYS))
def test_one_more_person_never_costs_less(persons: int, value: str, tariff: str, day: int) -> None:
    told = {"norms": norm(value), "tariff": tariff}
    alone = [{"count": persons, "from": SINCE}]
    joined = [*alone, {"count": 1, "from": FIRST.replace(day=day)}]

    before, after = (cost(case("norm", persons=rows, **told)) for rows in (alone, joined))

    assert 0 <= before <= after + 1


@few
@given(volume=THOUSANDTHS, tariff=TARIFFS)
def test_a_line_billed_as_rated_never_differs(volume: str, tariff: str) -> None:
    told = case("meter", line={"volume": volume, "printed": tariff}, tariff=tariff)
    kopecks = cost(told)
    told["line"]["charged"] = f"{kopecks / 100:.2f}"

    found = audited(lines_of(told), known_of(told), rules=RULES)

    assert found.differing.is_empty()
    assert found.totals.select("outcome_code", "billed_kop", "rated_kop").row(0) == ("agrees", kopecks, kopecks)


def test_the_order_of_registers_decides_nothing() -> None:
    told = case("norm", norms=norm("4.29"), persons=[{"count": 2, "from": SINCE},
                                                     {"count": 1, "from": FIRST.replace(day=11)}])
    known = known_of(told)
    turned = {
        name: value.reverse() if isinstance(value, pl.DataFrame) else value for name, value in vars(known).items()
    }

    lines = lines_of(told)

    assert rated(lines, type(known)(**turned), rules=RULES).lines.equals(rated(lines, known, rules=RULES).lines)
