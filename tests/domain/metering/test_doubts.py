"""Every case of `cases/reading_doubts.yaml`, in the order given and in reverse; and that a proposal changes nothing."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.gate import gate
from pipeline.contracts.metering import FINDINGS, READING_DOUBTS
from pipeline.domain.metering.warnings import warning
from pipeline.rules.metering import MeteringRules, SeverityImpossible
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.town import E7, KOP, RULES, Town, scaled

ALL = cases("reading_doubts.yaml")
LINE = {"document": "d04", "month": "2026-04", "basis": "meter", "volume": "4.000", "tariff": "50.00"}


def _run(case: dict[str, Any], readings: list[dict[str, Any]]) -> pl.DataFrame:
    meters = case.get("meters", [case.get("meter", {})])
    town = Town.of(meters, last="100.000", last_on=date(2026, 4, 25))
    town.rule_book = town.rule_book.with_overrides(case.get("rules", {}))
    line = LINE | {"service": meters[0].get("service", "cold_water"), "charged": "200.00"}
    result, _ = town.run(date(2026, 4, 1), billed=[line], readings=readings)
    return result.doubts


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_doubt_is_told_as_the_case_says(case: dict[str, Any], is_reversed: bool) -> None:
    doubts = _run(case, case["readings"][::-1] if is_reversed else case["readings"])

    found = {row["reading_id"]: row for row in doubts.iter_rows(named=True)}
    assert set(found) == {one["id"] for one in case["doubts"]}
    for one in case["doubts"]:
        row = found[one["id"]]
        told = (row["severity_code"], row["finding_code"], row["cause_code"], row["proposed_value_e7"],
                row["effect_kop"], row["is_open"], row["other_meter_id"], row["accepted_value_e7"])
        assert told == (
            one["severity"], one["finding"], one["cause"], scaled(one["proposed"], E7), scaled(one["effect"], KOP),
            one["open"], one.get("other"), scaled(one.get("accepted"), E7),
        )
    gate(to_outside(doubts, READING_DOUBTS), READING_DOUBTS)


def test_resident_is_told_what_was_noticed_what_was_meant_and_what_to_do() -> None:
    case = next(case for case in ALL if case["case"].endswith("the point slipped by one place"))

    assert _run(case, case["readings"])["warning"].to_list() == [
        "Показание 10,432 меньше прежнего 100 от 25.04.2026. Возможно, сместилась запятая и верно 104,32. "
        "Показание не принято. Проверьте цифры на счётчике и передайте показание ещё раз."
    ]


def test_every_finding_that_may_weigh_has_words_of_its_own() -> None:
    told = pl.DataFrame({
        "finding_code": list(MeteringRules.in_force(RULES, date(2026, 5, 1)).doubtful),
    }).with_columns(
        cause_code=pl.lit(None, dtype=pl.String), severity_code=pl.lit("warn"), verdict_code=pl.lit("accepted"),
        value_e7=pl.lit(E7), previous_value_e7=pl.lit(E7), proposed_value_e7=pl.lit(E7),
        previous_read_on=pl.lit(date(2026, 4, 25)),
    ).select(warning()).to_series()

    assert told.n_unique() == told.len()
    assert not told.str.contains("требует проверки").any()


@pytest.mark.parametrize("overrides", [
    {"metering.rejecting_findings": ["beyond_register"]},
    {"metering.warning_findings": ["spike"]},
    {"metering.warning_findings": ["never_heard_of"]},
    {"metering.holding_findings": ["duplicate"]},
])
def test_severities_that_contradict_each_other_are_refused(overrides: dict[str, list[str]]) -> None:
    with pytest.raises(SeverityImpossible):
        MeteringRules.in_force(RULES.with_overrides(overrides), date(2026, 5, 1))


def test_a_book_may_hold_what_others_only_note() -> None:
    town = Town.of([{}], last="100.000", last_on=date(2026, 4, 25))
    town.rule_book = town.rule_book.with_overrides({"metering.holding_findings": ["unchanged"]})
    result, _ = town.run(
        date(2026, 4, 1), readings=[{"id": "r1", "read_on": date(2026, 5, 24), "value": "100.000"}]
    )

    assert result.consumption["verdict_code"].to_list() == ["rejected"]
    assert set(MeteringRules.in_force(RULES, date(2026, 5, 1)).doubtful) < set(FINDINGS)
