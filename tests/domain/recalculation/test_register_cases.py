"""What a corrected register changes in billed months: every row of `tests/cases/registers.yaml`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts.recalculation import RECALCULATIONS, RERATED_CAUSES
from pipeline.domain.rating.ground import Known
from pipeline.domain.recalculation.reductions import PLACE
from pipeline.domain.recalculation.rerated import EARLIER, LINE, Billed, Cause, rerated, within_reach
from pipeline.domain.recalculation.rerated_rows import Landing, proposals, unrated
from pipeline.rules.rating import RatingRules
from pipeline.rules.recalculation_registers import RegisterRules
from pipeline.rules.registry import RuleBook
from tests.case_files import cases
from tests.domain.rating.flats import SINCE, e7, known_of, kop, lines_of, month_of
from tests.examples import examples

Case = dict[str, Any]
CASES = cases("registers.yaml")
_REGISTERS = {
    "changed_persons": ("registrations", "persons_count"), "corrected_area": ("premises", "area_m2"),
    "corrected_norm": ("norms", "norm_volume"), "corrected_tariff": ("tariffs", "tariff_rub"),
}
_BOOK = RuleBook.read()
RATING = RatingRules.in_force(_BOOK, date(2026, 5, 1))


class Outcome(NamedTuple):
    """Proposals and what a person looks at, inside shapes."""

    proposals: pl.DataFrame
    back: pl.DataFrame


def billed_lines(case: Case) -> pl.DataFrame:
    told = [case["line"], *case.get("beside", ())]
    benefit = pl.Series([kop(row.get("benefit", 0)) for row in told], dtype=pl.Int64)
    return lines_of(case).with_columns(
        benefit_kop=benefit, payable_kop=pl.col("charged_kop") + pl.col("recalculated_kop") - benefit,
        unit_code=pl.lit("m3"),
    ).select(LINE)


def earlier_of(case: Case) -> pl.DataFrame:
    line = case["line"]
    rows = [{
        "account_id": "a1", "contract_id": f"k-{line['service']}", "service_code": line["service"],
        "charge_month": month_of(line["month"]), "proposal_id": f"e{number}", "event_id": f"e{number}",
        "cause_code": row["cause"], "status_code": row["status"], "difference_kop": kop(row["difference"]),
        "billed_kop": kop(row["difference"]) if row["status"] == "billed" else None,
        "covered_months": row.get("months", 1), "volume_difference_e7": e7(row.get("volume", 0)),
        "corrected_months": [line["month"]],
    } for number, row in enumerate(case.get("earlier", ()))]
    schema = {name: RECALCULATIONS.inside_schema[name] for name in EARLIER}
    return pl.DataFrame(rows, schema=schema)


def states(case: Case) -> tuple[Known, Known]:
    """What was known before and what is known now."""
    before, now = (known_of({**case, **case[state]}) for state in ("before", "now"))
    return before, now


def causes_of(was: Known, now: Known) -> list[Cause]:
    """Registers that differ, in the order of precedence."""
    since = pl.DataFrame({"account_id": ["a1"], "since": [SINCE]})
    return [
        Cause(code, replace(now, **{register: getattr(was, register)}), since, pl.lit(True), field)
        for code, (register, field) in _REGISTERS.items() if not getattr(was, register).equals(getattr(now, register))
    ]


def outcome(case: Case) -> Outcome:
    was, now = states(case)
    causes = causes_of(was, now)
    month = month_of(case["run"])
    rules, rating = RegisterRules.in_force(_BOOK, month), RatingRules.in_force(_BOOK, month)
    if not causes:
        return Outcome(RECALCULATIONS.empty_inside(), pl.DataFrame())
    found = rerated(Billed(billed_lines(case), earlier_of(case)), now, was, causes, rules=rating)
    months = within_reach(
        found.months, month, reduction_months=rules.reduction_months, charge_months=rules.charge_months
    )
    events = pl.Series(["event"] * months.height, dtype=pl.String)
    contracts = pl.DataFrame(schema=dict.fromkeys(PLACE, pl.String))
    at = Landing("book", month, month.replace(month=month.month + 1), contracts)
    return Outcome(
        proposals(found, months, events, rules.articles, at), unrated(months, events, causes, now.services, month)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_billed_month_is_rated_anew(case: Case) -> None:
    found = outcome(case)

    expected = case["expect"]
    if expected == "nothing":
        assert found.proposals.is_empty() and found.back.is_empty()
    elif "reason" in expected:
        assert found.proposals.is_empty()
        assert found.back["reason_code"].to_list() == [expected["reason"]]
    else:
        own = found.proposals.filter(pl.col("service_code") == case["line"]["service"])
        row = own.row(0, named=True)
        assert own.height == 1 and found.back.is_empty()
        assert (row["cause_code"], row["reversed_kop"], row["charged_again_kop"], row["difference_kop"]) == (
            expected["cause"], kop(expected["reversed"]), kop(expected["again"]), kop(expected["difference"]))
        assert all(words in row["formula"].lower() for words in expected.get("told", ()))


def test_every_cause_and_reason_has_a_case() -> None:
    expected = [case["expect"] for case in CASES if case["expect"] != "nothing"]
    assert {one.get("cause") for one in expected} >= set(RERATED_CAUSES)
    assert {one.get("reason") for one in expected} >= {
        "cannot_be_rated", "benefit_beside", "true_up_beside", "recalculated_by_biller", "billed_otherwise"
    }


PAIRS = [case for case in CASES if case["expect"] != "nothing" and "cause" in case["expect"]
         and case["case"] != "an absence has taken off most of the fee, no more than the rest goes"]


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case["case"])
def test_a_correction_taken_back_leaves_nothing(case: Case) -> None:
    """What is proposed once is known: the same change proposes nothing more, its reversal exactly the contrary."""
    made = outcome(case).proposals
    told = [{"cause": row["cause_code"], "difference": f"{row['difference_kop'] / 100:.2f}", "status": "proposed"}
            for row in made.filter(pl.col("service_code") == case["line"]["service"]).to_dicts()]
    known = case | {"earlier": [*case.get("earlier", ()), *told]}
    back = known | {"before": case["now"], "now": case["before"]}

    again, reverted = outcome(known).proposals, outcome(back).proposals

    own = pl.col("service_code") == case["line"]["service"]
    assert again.filter(own).is_empty()
    if month_of(case["line"]["month"]) >= date(2025, 5, 1):
        assert reverted.filter(own)["difference_kop"].sum() == -made.filter(own)["difference_kop"].sum()


FEW = examples(6)


@FEW
@given(charged=st.integers(0, 500_000), persons=st.integers(0, 4), basis=st.sampled_from(["norm", "meter", "average"]))
def test_nothing_changes_when_nothing_changed(charged: int, persons: int, basis: str) -> None:
    line = {"service": "cold_water", "basis": basis, "month": "2026-04", "volume": "3.1",
            "charged": f"{charged / 100:.2f}"}
    case: Case = {"line": line, "tariff": "46.98", "norms": [{"per": "person", "norm": "4.29", "from": SINCE}],
                  "persons": persons, "before": {}, "now": {}, "run": "2026-05"}
    was, now = states(case)
    since = pl.DataFrame({"account_id": ["a1"], "since": [SINCE]})
    all_of_them = [
        Cause(code, replace(now, **{register: getattr(was, register)}), since, pl.lit(False), field)
        for code, (register, field) in _REGISTERS.items()
    ]

    found = rerated(Billed(billed_lines(case), earlier_of(case)), now, was, all_of_them, rules=RATING)

    assert found.months.is_empty()


@FEW
@given(day=st.integers(2, 30), persons=st.integers(1, 5))
def test_a_month_split_by_a_change_of_nothing_moves_by_its_rounding(day: int, persons: int) -> None:
    """The same persons told by two rows instead of one: no proposal but for the rounding of two stretches, which the
    first day of the change never reaches."""
    whole = 429 * persons * 4698
    charged = (whole + 5_000) // 10_000
    split = [{"count": persons, "from": SINCE, "to": date(2026, 4, day - 1)},
             {"count": persons, "from": date(2026, 4, day)}]
    case: Case = {
        "line": {"service": "cold_water", "basis": "norm", "month": "2026-04", "charged": f"{charged / 100:.2f}"},
        "tariff": "46.98", "norms": [{"per": "person", "norm": "4.29", "from": SINCE}], "run": "2026-05",
        "before": {"persons": persons}, "now": {"persons": split},
    }

    assert sum(abs(kopecks) for kopecks in outcome(case).proposals["difference_kop"]) <= 1
