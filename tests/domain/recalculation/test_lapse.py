"""Every case of `cases/verification_lapse.yaml`, told by its query too; what a late verification undoes."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit.queries import query
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.gate import gate
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.domain.metering.substitution import substitute_volumes
from pipeline.domain.recalculation.act_proposals import BILLED, PROPOSED, Of
from pipeline.domain.recalculation.by_register import Counting, by_register
from pipeline.domain.recalculation.lapse import Lapsed, lapses, restored, undone
from pipeline.domain.recalculation.limits import held_by_account
from pipeline.rules.recalculation_by_register import ByRegisterRules
from pipeline.rules.recalculation_by_substitute import BySubstituteRules
from pipeline.rules.recalculation_limits import LimitRules
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.lapses import known_of, lines_of, rules_on, town_of
from tests.domain.metering.town import BOOK_ID, CONTRACTS, E7, KOP, RULES, charge_row, frame, moment, scaled

ALL = cases("verification_lapse.yaml")
MAY = date(2026, 5, 1)
OF = Of(BOOK_ID, MAY, date(2026, 6, 1))
BILL = [{"basis": "meter", "volume": "3.000", "charged": "140.94"}]
TERMS = BySubstituteRules.in_force(RULES, MAY)


def _proposed(case: dict[str, Any]) -> pl.DataFrame:
    return _told(case)[0]


def _told(
    case: dict[str, Any], known_before: pl.DataFrame = RECALCULATIONS.empty_inside()  # noqa: B008
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The proposals of a case, and the files that the query reads beside them."""
    own = {**case.get("meter", {}), "verified_until": case["until"]}
    given = {"billed": BILL, **case, "meters": [own, *case.get("beside", [])]}
    town = town_of(given)
    known = known_of(given, town, town.memory, town.run(MAY)[0].consumption)
    due = substitute_volumes(known, rules=rules_on(MAY), month=MAY)
    service = pl.lit(case.get("service", "cold_water")).alias("service_code")
    lines = frame(CHARGES, [charge_row(n, line) for n, line in enumerate(lines_of(given, MAY))]).with_columns(service)
    found = Lapsed(due, town.meters, lines.select(BILLED), known_before.select(PROPOSED), CONTRACTS)
    return lapses(found, rules=TERMS, of=OF), {
        "substitute_volumes": to_outside(due, SUBSTITUTE_VOLUMES), "meters": town.meters, "charges": lines,
        "billing_documents": BILLING_DOCUMENTS.empty_inside(), "meter_acts_here": known.acts,
        "state_recalculations": to_outside(RECALCULATIONS.empty_inside(), RECALCULATIONS),
        "proposals_of_acts": RECALCULATIONS.empty_inside().select(PROPOSED),
    }


def _broken(proposals: pl.DataFrame, files: dict[str, pl.DataFrame], folder: Path) -> list[str]:
    values = {"month": MAY.isoformat()}
    for name, rows in (files | {"recalculations": to_outside(proposals, RECALCULATIONS)}).items():
        rows.write_parquet(folder / f"{name}.parquet")
        values[name] = str(folder / f"{name}.parquet")
    return [row[0] for row in duckdb.execute(query("recalculation_lapse"), values).fetchall()]


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_the_query_tells_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    found, files = _told(case)

    assert _broken(found, files, tmp_path) == []
    missing = [] if case["expect"] is None else ["acc"]
    assert _broken(found.clear(), files, tmp_path) == missing
    if case["expect"] is None:
        assert _broken(_lapse(), files, tmp_path)


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_a_month_by_a_lapsed_meter_becomes_what_was_due(case: dict[str, Any]) -> None:
    found = _proposed(case)

    gate(to_outside(found, RECALCULATIONS), RECALCULATIONS)
    shown = [(row["corrected_months"], row["volume_difference_e7"], row["reversed_kop"], row["charged_again_kop"])
             for row in found.iter_rows(named=True)]
    expected = [] if case["expect"] is None else [case["expect"]]
    assert shown == [
        (["2026-05"], scaled(one["volume"], E7), scaled(one["reversed"], KOP), scaled(one["again"], KOP))
        for one in expected
    ]
    waiting = held_by_account(found, None, rules=LimitRules.in_force(RULES, MAY))
    assert set(waiting["status_code"]) <= {"waits_for_approval"}


def _lapse(**more: Any) -> pl.DataFrame:
    return _proposed(next(case for case in ALL if case["case"].startswith("fourth month"))).with_columns(
        pl.lit(value, dtype=RECALCULATIONS.inside_schema[name]).alias(name) for name, value in more.items()
    )


def test_every_month_of_a_lapse_is_proposed_in_its_own_run() -> None:
    """April's proposal of the same lapse waits: May is proposed beside it, and once."""
    case = next(case for case in ALL if case["case"].startswith("fourth month"))
    may = _proposed(case)
    april = may.with_columns(
        proposal_id=pl.lit("april"), charge_month=date(2026, 4, 1), corrected_months=pl.lit(["2026-04"]),
        status_code=pl.lit("waits_for_approval"),
    )

    assert _told(case, april)[0].equals(may) and may.height == 1
    assert _told(case, pl.concat([april, may]))[0].is_empty()


def _verified(since: date, until: date, meter: str = "A") -> pl.DataFrame:
    return frame(METER_ACTS, [{
        "event_id": "v1", "registered_at": moment("2026-06-20 12:00"), "account_id": "acc", "meter_id": meter,
        "act_code": "verified", "effective_from": since, "verified_until": until, "evidence": "Аршин",
    }])


COVERS = [
    (_verified(date(2026, 5, 31), date(2032, 5, 30)), True), (_verified(date(2026, 6, 1), date(2032, 5, 30)), False),
    (_verified(date(2026, 1, 15), date(2026, 5, 31)), True), (_verified(date(2026, 1, 15), date(2026, 5, 30)), False),
    (_verified(date(2026, 1, 15), date(2032, 1, 14), "B"), False),
]
NAMES = ["from the last day of May", "from the day after", "up to the last day of May", "up to the day before",
         "another meter"]


@pytest.mark.parametrize(("acts", "covers"), COVERS, ids=NAMES)
@pytest.mark.parametrize("status", ["waits_for_approval", "proposed"])
def test_an_open_proposal_falls_when_a_verification_covers_its_month(
    status: str, acts: pl.DataFrame, covers: bool
) -> None:
    known = undone(_lapse(status_code=status), acts)

    assert known["status_code"].to_list() == ["rejected" if covers else status]
    assert restored(acts, known.select(PROPOSED), CONTRACTS, rules=TERMS, of=OF).proposals.is_empty()


@pytest.mark.parametrize(("acts", "covers"), COVERS, ids=NAMES)
def test_what_was_billed_is_given_back_once(acts: pl.DataFrame, covers: bool) -> None:
    billed = _lapse(status_code="billed", billed_kop=107_960)
    assert undone(billed, acts).equals(billed)

    found = restored(acts, billed.select(PROPOSED), CONTRACTS, rules=TERMS, of=OF).proposals

    gate(to_outside(found, RECALCULATIONS), RECALCULATIONS)
    shown = found.select("event_id", "difference_kop", "volume_difference_e7").rows()
    assert shown == ([("v1", -107_960, -229_800_000)] if covers else [])
    both = pl.concat([billed, found]).select(PROPOSED)
    assert restored(acts, both, CONTRACTS, rules=TERMS, of=OF).proposals.is_empty()


def test_the_act_itself_proposes_nothing_for_a_month_billed_by_meter() -> None:
    """Both causes of a late verification meet: months by norm are the register's, months by meter the lapse's."""
    acts = _verified(date(2026, 1, 15), date(2032, 1, 14))
    town = town_of({"meter": {}})
    lines = frame(CHARGES, [charge_row(1, line) for line in lines_of({"billed": BILL}, MAY)]).select(BILLED)
    found = by_register(
        Counting(acts, acts, town.meters, town.run(MAY)[0].consumption, lines, _lapse().select(PROPOSED), CONTRACTS),
        rules=ByRegisterRules.in_force(RULES, MAY), of=OF,
    )

    assert found.proposals.is_empty()
    assert found.returned.is_empty()
