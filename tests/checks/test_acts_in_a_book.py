"""Acts on meters that look at older months, as assets run them: what they change, and their checks seen failing."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.assets.recalculation_meter_acts import PROPOSALS_OF_ACTS
from pipeline.billing_month import MOSCOW
from pipeline.checks.room import DECLARED
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import CONSUMPTION
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.contracts.recalculation_events import ABSENCES
from pipeline.contracts.registers import ACCOUNTS, METERS, PERSONS, RIGHTS, SERVICES
from pipeline.domain.recalculation.act_proposals import PROPOSED
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_APPLICATIONS, NEW_METER_ACTS
from tests.checks.metered_book import PARTS, all_checks_hold, begun, lay, metered, recalculated
from tests.domain.metering.town import frame


@pytest.fixture
def run(tmp_path: Path) -> MonthRun:
    """One account in one part: what an act changes is the same in a book of two (test_metering_in_a_book.py)."""
    run = begun(tmp_path, PARTS[:1])
    lay(run, PARTS[:1])
    return run


def _act(run: MonthRun, code: str, on: date, **more: Any) -> None:
    _acts(run, {"event_id": "a1", "act_code": code, "effective_from": on} | more)


def _acts(run: MonthRun, *told: dict[str, Any]) -> None:
    common = {"registered_at": datetime(2026, 1, 10, 12, tzinfo=MOSCOW), "account_id": "acc", "meter_id": "A",
              "evidence": "акт"}
    run.write_staged(METER_ACTS.name, WHOLE, frame(METER_ACTS, [common | one for one in told]))
    run.write_staged(NEW_METER_ACTS, WHOLE, pl.DataFrame({"event_id": [one["event_id"] for one in told]}))


def _billed_by(run: MonthRun, basis_code: str) -> None:
    lines = run.read_staged(CHARGES.name, PARTS[0])
    run.write_staged(CHARGES.name, PARTS[0], lines.with_columns(basis_code=pl.lit(basis_code)))


def _computed(run: MonthRun) -> pl.DataFrame:
    metered(run)
    recalculated(run)
    all_checks_hold(run)
    return run.read(RECALCULATIONS).filter(pl.col("event_id") == "a1")


def _is_seen(run: MonthRun, check: str, spoilt: pl.DataFrame) -> bool:
    """Whether the check sees what is wrong with the proposals of the first part."""
    run.write(RECALCULATIONS, PARTS[0], spoilt.sort("proposal_id"))
    return not next(declared for declared in DECLARED if declared.name == check).check(run).passed


def test_a_check_of_december_takes_its_difference_in_december(run: MonthRun) -> None:
    _act(run, "inspected", date(2025, 12, 22), value_e7=1_483_000_000)

    found = _computed(run)

    # the register of the check, 148.3, is below November's 150: it is taken as it is; 3.000 was billed by average:
    # -1.700 - 3.000 = -4.700; x 49.19 = 231.193
    assert found.select("cause_code", "volume_difference_e7", "reversed_kop", "difference_kop").rows() == [
        ("inspection", -47_000_000, 23_119, -23_119)
    ]
    readings = run.read(CONSUMPTION, PARTS[0]).sort("read_on")
    assert readings.select("reading_id", "verdict_code", "volume_e7").rows() == [
        ("a1", "accepted", None), ("r1A", "accepted", 103_400_000)
    ]
    assert run.read(RETURNED_APPLICATIONS).is_empty()
    whole = run.read(RECALCULATIONS, PARTS[0])
    for wrong in (pl.col("difference_kop", "charged_again_kop") + 1, pl.col("volume_difference_e7") + 10_000_000):
        assert _is_seen(run, "checks_of_meters_are_counted_by_registers", whole.with_columns(wrong))
    # a meter that was not sound: as if a trouble or the register of meters had been overlooked
    acts = run.read_staged("meter_acts_here", PARTS[0])
    for code in ("failed", "lost", "tampered", "replaced"):
        trouble = acts.with_columns(event_id=pl.lit("t1"), act_code=pl.lit(code), value_e7=pl.lit(None, dtype=pl.Int64))
        run.write_staged("meter_acts_here", PARTS[0], pl.concat([acts, trouble]))
        assert _is_seen(run, "checks_of_meters_are_counted_by_registers", whole)
    begun = trouble.with_columns(act_code=pl.lit("tampered"), effective_from=date(2025, 11, 3))
    for code, mended_on in (("sealed", 10), ("commissioned", 10), ("sealed", 30), ("inspected", 10)):
        mended = trouble.with_columns(act_code=pl.lit(code), effective_from=date(2025, 11, mended_on))
        run.write_staged("meter_acts_here", PARTS[0], pl.concat([acts, begun, mended]))
        is_sound = code != "inspected" and mended_on == 10
        assert _is_seen(run, "checks_of_meters_are_counted_by_registers", whole) != is_sound
    run.write_staged("meter_acts_here", PARTS[0], acts)
    meters = run.read_staged(METERS.name, PARTS[0])
    for told in ({"verified_until": date(2025, 12, 21)}, {"commissioned_on": date(2025, 12, 23)}):
        run.write_staged(METERS.name, PARTS[0], meters.with_columns(**told))
        assert _is_seen(run, "checks_of_meters_are_counted_by_registers", whole)
    run.write_staged(METERS.name, PARTS[0], meters.with_columns(verified_until=date(2025, 12, 22)))
    assert not _is_seen(run, "checks_of_meters_are_counted_by_registers", whole)
    # a month that was rated anew before
    other = {"proposal_id": "p1", "account_id": "acc", "contract_id": "k1", "service_code": "cold_water",
             "charge_month": date(2025, 12, 1), "cause_code": "changed_persons", "status_code": "billed",
             "volume_difference_e7": 43_300_000}
    for change, is_wrong in (({}, True), ({"status_code": "rejected"}, False), ({"cause_code": "absence"}, False),
                             ({"cause_code": "corrected_tariff", "volume_difference_e7": 0}, True),
                             ({"charge_month": date(2025, 11, 1)}, False)):
        run.write_staged(PROPOSALS_OF_ACTS, PARTS[0], frame(RECALCULATIONS, [other | change]).select(PROPOSED))
        assert _is_seen(run, "checks_of_meters_are_counted_by_registers", whole) == is_wrong


def test_a_check_of_a_meter_that_had_failed_goes_to_a_person(run: MonthRun) -> None:
    _acts(run, {"event_id": "a1", "act_code": "inspected", "effective_from": date(2025, 12, 22),
                "value_e7": 1_483_000_000},
          {"event_id": "t1", "act_code": "failed", "effective_from": date(2025, 12, 22)})

    assert _computed(run).is_empty()
    back = run.read(RETURNED_APPLICATIONS).select("event_id", "kind_code", "reason_code").rows()
    assert back == [("a1", "inspection", "meter_not_sound")]


def test_a_check_above_what_was_billed_stands_beside_the_true_up_of_the_average(run: MonthRun) -> None:
    _act(run, "inspected", date(2025, 12, 22), value_e7=1_570_000_000)

    found = _computed(run)

    # December by average was trued up by the inspector's own reading: nothing is left of the difference
    assert found.select("cause_code", "difference_kop").rows() == [("true_up_average", 19_676)]


def test_a_check_told_after_its_month_takes_the_place_of_its_register(run: MonthRun) -> None:
    """November was closed by 150 on the 25th, as the opening remembers it."""
    _act(run, "inspected", date(2025, 11, 27), value_e7=1_540_000_000)

    assert _computed(run).is_empty()

    readings = run.read(CONSUMPTION, PARTS[0]).sort("read_on")
    # January goes on from the check: 158.640 - 154.000
    assert readings.select("reading_id", "verdict_code", "volume_e7").rows() == [
        ("a1", "accepted", None), ("r1A", "accepted", 46_400_000)
    ]
    # what stood before November is not in the book
    assert run.read(RETURNED_APPLICATIONS).select("event_id", "field_code", "reason_code").rows() == [
        ("a1", "previous_value", "missing")
    ]
    is_check = pl.col("reading_id") == "a1"
    promise = next(one for one in DECLARED if one.name == "one_reading_is_accepted_per_meter_zone_and_month")
    for wrong in (
        pl.when(is_check).then(1).otherwise("volume_e7").alias("volume_e7"),
        pl.when(is_check).then(date(2025, 10, 1)).otherwise("charge_month").alias("charge_month"),
        pl.when(is_check).then(date(2025, 11, 26)).otherwise("read_on").alias("read_on"),
        pl.when(is_check).then(1_500_000_000).otherwise("raw_value_e7").alias("raw_value_e7"),
    ):
        run.write(CONSUMPTION, PARTS[0], readings.with_columns(wrong).sort("reading_id"))
        assert not promise.check(run).passed


def test_a_check_told_late_takes_its_difference_in_its_month(run: MonthRun) -> None:
    _billed_by(run, "meter")
    _act(run, "inspected", date(2025, 12, 27), value_e7=1_550_000_000)
    metered(run)
    # as an earlier run had accepted it: the resident told 153 on the 25th
    readings = run.read(CONSUMPTION, PARTS[0])
    check = readings.filter(pl.col("reading_id") == "a1")
    resident = check.with_columns(
        reading_id=pl.lit("r0"), read_on=date(2025, 12, 25), raw_value_e7=pl.lit(1_530_000_000, dtype=pl.Int64),
        volume_e7=pl.lit(30_000_000, dtype=pl.Int64),
    )
    late = check.with_columns(previous_value_e7=resident["raw_value_e7"], previous_read_on=date(2025, 12, 25),
                              volume_e7=pl.lit(None, dtype=pl.Int64))
    others = readings.filter(pl.col("reading_id") != "a1")
    run.write(CONSUMPTION, PARTS[0], pl.concat([late, others, resident]).sort("reading_id"))

    recalculated(run)

    # 155 - 150 - 3 billed = 2.000; x 49.19
    found = run.read(RECALCULATIONS, PARTS[0])
    told = found.select("cause_code", "volume_difference_e7", "difference_kop").rows()
    assert told == [("inspection", 20_000_000, 9838)]
    counted = "checks_of_meters_are_counted_by_registers"
    assert not _is_seen(run, counted, found)
    for wrong in (pl.col("difference_kop", "charged_again_kop") + 1, pl.col("volume_difference_e7") + 10_000_000):
        assert _is_seen(run, counted, found.with_columns(wrong))


def test_a_month_by_norm_after_commissioning_becomes_its_register(run: MonthRun) -> None:
    _billed_by(run, "norm_uplift")
    _act(run, "commissioned", date(2025, 12, 11), value_e7=1_534_400_000)

    found = _computed(run)

    # 158.640 - 153.440 = 5.200 over 51 days from 12 December to 31 January: 2.0392157 of twenty; x 49.19 = 100.309...;
    # 147.57 x 20 / 31 = 95.206...; 3.000 x 20 / 31 = 1.9354839
    assert found.select("cause_code", "volume_difference_e7", "reversed_kop", "charged_again_kop").rows() == [
        ("commissioning", 1_037_318, 9521, 10_031)
    ]
    whole = run.read(RECALCULATIONS, PARTS[0])
    money = pl.col("reversed_kop", "charged_again_kop") + 1
    for wrong in (money, pl.col("volume_difference_e7") + 1, pl.lit("a2").alias("event_id")):
        assert _is_seen(run, "months_by_norm_are_counted_by_registers", whole.with_columns(wrong))


def test_a_month_by_a_meter_that_had_failed_becomes_what_was_due(run: MonthRun) -> None:
    _billed_by(run, "meter")
    _act(run, "failed", date(2025, 11, 20))

    found = _computed(run)

    # average of six months, 4.000; x 49.19 = 196.76
    assert found.select("cause_code", "volume_difference_e7", "reversed_kop", "charged_again_kop").rows() == [
        ("meter_failed", 10_000_000, 14_757, 19_676)
    ]
    whole = run.read(RECALCULATIONS, PARTS[0])
    money = pl.col("reversed_kop", "charged_again_kop") + 1
    for wrong in (money, pl.col("volume_difference_e7") + 1, pl.lit("dismantling").alias("cause_code")):
        assert _is_seen(run, "months_by_a_dead_meter_become_what_was_due", whole.with_columns(wrong))


def _lapsed(run: MonthRun) -> None:
    meters = run.read_staged(METERS.name, PARTS[0])
    run.write_staged(METERS.name, PARTS[0], meters.with_columns(verified_until=date(2025, 10, 15)))


def test_a_month_by_a_meter_whose_verification_has_ended_waits_for_a_person(run: MonthRun) -> None:
    _billed_by(run, "meter")
    _lapsed(run)

    _computed(run)

    # no act: the register of meters says it; average of six months, 4.000; x 49.19 = 196.76
    found = run.read(RECALCULATIONS)
    told = found.select("event_id", "cause_code", "status_code", "reversed_kop", "charged_again_kop").rows()
    assert told == [("lapse:A:2025-10-16", "verification_lapse", "waits_for_approval", 14_757, 19_676)]
    whole = run.read(RECALCULATIONS, PARTS[0])
    money = pl.col("reversed_kop", "charged_again_kop") + 1
    for spoilt in (whole.with_columns(money), whole.clear(), whole.with_columns(cause_code=pl.lit("dismantling"))):
        assert _is_seen(run, "lapses_of_verification_are_counted_whole", spoilt)


def test_a_verification_in_time_undoes_a_lapse_that_waits_and_one_that_was_billed(run: MonthRun) -> None:
    _billed_by(run, "meter")
    _lapsed(run)
    _act(run, "verified", date(2025, 10, 10), verified_until=date(2031, 10, 9))

    assert _computed(run).is_empty()
    assert run.read(RECALCULATIONS).is_empty()

    line = {"account_id": "acc", "contract_id": "k1", "service_code": "cold_water", "charge_month": date(2025, 12, 1),
            "corrected_months": ["2025-12"], "lands_in_month": date(2026, 1, 1), "article": "п.", "formula": "ф.",
            "covered_months": 1, "volume_difference_e7": 10_000_000, "batch_id": "b"}
    lapse = line | {"proposal_id": "p1", "event_id": "lapse:A:2025-10-16", "cause_code": "verification_lapse",
                    "reversed_kop": 14_757, "charged_again_kop": 19_676, "difference_kop": 4_919, "billed_kop": 4_919,
                    "status_code": "billed"}
    given_back = line | {"proposal_id": "p2", "event_id": "a1", "cause_code": "verification_restored",
                         "reversed_kop": 4_919, "charged_again_kop": 0, "difference_kop": -4_919,
                         "status_code": "proposed"}
    # as an older month has published it
    run.write_staged(PROPOSALS_OF_ACTS, PARTS[0], frame(RECALCULATIONS, [lapse]).select(PROPOSED))
    assert not _is_seen(run, "lapses_of_verification_are_counted_whole", frame(RECALCULATIONS, [given_back]))
    for wrong in ({"reversed_kop": 4_920, "difference_kop": -4_920}, {"event_id": "a2"}):
        assert _is_seen(run, "lapses_of_verification_are_counted_whole", frame(RECALCULATIONS, [given_back | wrong]))
    waits = lapse | {"status_code": "waits_for_approval", "billed_kop": None}
    assert _is_seen(run, "lapses_of_verification_are_counted_whole", frame(RECALCULATIONS, [waits]))


def test_what_a_person_has_rejected_is_billed_by_nobody_and_stops_no_night(run: MonthRun) -> None:
    _billed_by(run, "norm")
    _acts(run, {"event_id": "k1", "act_code": "commissioned", "effective_from": date(2025, 12, 11),
                "value_e7": 1_534_400_000},
          {"event_id": "a1", "act_code": "inspected", "effective_from": date(2025, 12, 22), "value_e7": 1_570_000_000})
    first = _computed(run)
    of_commissioning = run.read(RECALCULATIONS).filter(pl.col("cause_code") == "commissioning")
    run.write_staged(APPROVALS.name, WHOLE, frame(APPROVALS, [{
        "event_id": "p1", "registered_at": datetime(2026, 1, 20, tzinfo=MOSCOW), "subject_code": "proposal",
        "subject_id": of_commissioning["proposal_id"].item(), "decision_code": "rejected",
    }]))

    again = _computed(run)

    # the register of the check says 157.000 - 150.000 = 7.000 of 3.000 billed; what commissioning has added to that
    # comes off the check, but for what nobody will bill: 4.000 x 49.19 = 196.76
    moved = of_commissioning["difference_kop"].item()
    assert moved > 0
    assert first.select("cause_code", "difference_kop").rows() == [("inspection", 11_685)]
    assert again.select("cause_code", "difference_kop").rows() == [("inspection", 19_676)]
    assert run.read(RECALCULATIONS).filter(pl.col("event_id") == "k1")["status_code"].to_list() == ["rejected"]


def test_a_month_that_an_absence_of_the_same_night_reduces_goes_to_a_person(run: MonthRun) -> None:
    _billed_by(run, "norm")
    _act(run, "commissioned", date(2025, 12, 1), value_e7=1_534_400_000)
    away = {"event_id": "b1", "registered_at": datetime(2026, 1, 9, 9, tzinfo=MOSCOW), "account_id": "acc",
            "person_id": "p1", "effective_from": date(2025, 11, 30), "effective_to": date(2026, 1, 5),
            "status_code": "confirmed", "evidence": "билет", "absence_code": "ordinary", "residents": 1,
            "no_meter_act": "акт"}
    run.write_staged(ABSENCES.name, WHOLE, frame(ABSENCES, [away]))
    run.write_staged(NEW_APPLICATIONS, WHOLE, pl.DataFrame({"event_id": ["b1"]}))
    for table in (RIGHTS, PERSONS, SERVICES):
        run.write_staged(table.name, WHOLE, table.empty_inside())
    flat = {"account_id": "acc", "premises_id": "P0", "house_id": "H1"}
    run.write_staged(ACCOUNTS.name, PARTS[0], frame(ACCOUNTS, [flat]))

    assert _computed(run).is_empty()

    every = run.read(RECALCULATIONS).filter(pl.col("account_id") == "acc")
    assert every.select("cause_code", "difference_kop").rows() == [("absence", -14_757)]
    back = run.read(RETURNED_APPLICATIONS).select("event_id", "kind_code", "reason_code").rows()
    assert back == [("a1", "commissioning", "told_already")]
