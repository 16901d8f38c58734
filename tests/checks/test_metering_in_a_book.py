"""Both rooms as assets run them: two months of a real book on disk, two accounts in two parts, all checks."""

import shutil
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.metering
import pipeline.checks.recalculation
import pipeline.checks.substitution
from pipeline.assets.metering import metering_tables
from pipeline.assets.recalculation import recalculation_tables
from pipeline.billing_month import MOSCOW
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.events import SERVICE_NORMS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import CONSUMPTION
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.contracts.registers import (
    METERS,
)
from pipeline.contracts.substitution import SUBSTITUTE_MISMATCHES, SUBSTITUTE_VOLUMES
from pipeline.storage.book import Book
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.shapes import to_outside
from pipeline.storage.staging import NEW_METER_ACTS
from tests.checks.metered_book import PARTS, all_checks_hold, begun, lay, metered, recalculated
from tests.domain.metering.town import frame, meter_row


@pytest.fixture
def run(tmp_path: Path) -> MonthRun:
    return begun(tmp_path)


def test_tampering_found_in_the_cycle_is_charged_and_its_meter_corrects_nothing(run: MonthRun) -> None:
    lay(run)
    act = {"event_id": "a1", "registered_at": datetime(2026, 1, 10, 12, tzinfo=MOSCOW), "account_id": "acc",
           "meter_id": "A", "act_code": "tampered", "effective_from": date(2025, 12, 11), "evidence": "акт"}
    norm = {"event_id": "n1", "registered_at": datetime(2025, 1, 10, 12, tzinfo=MOSCOW), "account_id": "acc",
            "service_code": "cold_water", "valid_from": date(2025, 1, 1), "norm_volume_e7": 86_600_000,
            "tariff_e6": 49_190_000}
    run.write_staged(METER_ACTS.name, WHOLE, frame(METER_ACTS, [act]))
    run.write_staged(SERVICE_NORMS.name, WHOLE, frame(SERVICE_NORMS, [norm]))
    run.write_staged(NEW_METER_ACTS, WHOLE, pl.DataFrame({"event_id": ["a1"]}))
    metered(run)
    recalculated(run)

    claim = run.read(RECALCULATIONS).filter(pl.col("cause_code") == "tampering").row(0, named=True)
    # 86.600 x (21 + 9) / 31 = 58.6645161 + 25.1419355 = 83.8064516; x 49.19 = 4122.4393...
    assert (claim["account_id"], claim["volume_difference_e7"]) == ("acc", 838_064_516)
    assert (claim["reversed_kop"], claim["difference_kop"]) == (0, 412_244)
    assert claim["corrected_months"] == ["2025-12", "2026-01"]
    all_checks_hold(run)

    check = next(declared for declared in DECLARED if declared.name == "tampering_is_charged_by_its_act")
    whole = run.read(RECALCULATIONS, PARTS[0])
    of_claim = pl.col("cause_code") == "tampering"
    spoilt: list[pl.DataFrame] = [
        # norm × 11: volume and money are wrong together
        whole.with_columns(
            volume_difference_e7=pl.when(of_claim).then(921_870_968).otherwise("volume_difference_e7"),
            charged_again_kop=pl.when(of_claim).then(453_468).otherwise("charged_again_kop"),
            difference_kop=pl.when(of_claim).then(453_468).otherwise("difference_kop"),
        ),
        # the same days by an act that is not theirs
        pl.concat([whole, whole.filter(of_claim).with_columns(proposal_id=pl.lit("again"), event_id=pl.lit("a2"))]),
    ]
    for rows in spoilt:
        run.write(RECALCULATIONS, PARTS[0], rows.sort("proposal_id"))
        assert not check.check(run).passed


def test_two_meters_of_one_service_are_charged_once_and_the_second_act_goes_to_a_person(run: MonthRun) -> None:
    lay(run)
    act = {"event_id": "a1", "registered_at": datetime(2026, 1, 10, 12, tzinfo=MOSCOW), "account_id": "acc",
           "meter_id": "A", "act_code": "tampered", "effective_from": date(2025, 12, 11), "evidence": "акт"}
    norm = {"event_id": "n1", "registered_at": datetime(2025, 1, 10, 12, tzinfo=MOSCOW), "account_id": "acc",
            "service_code": "cold_water", "valid_from": date(2025, 1, 1), "norm_volume_e7": 86_600_000,
            "tariff_e6": 49_190_000}
    run.write_staged(METER_ACTS.name, WHOLE, frame(METER_ACTS, [act, {**act, "event_id": "a2", "meter_id": "B"}]))
    run.write_staged(METERS.name, PARTS[0], frame(METERS, [meter_row({}), meter_row({"meter": "B"})]))
    run.write_staged(SERVICE_NORMS.name, WHOLE, frame(SERVICE_NORMS, [norm]))
    run.write_staged(NEW_METER_ACTS, WHOLE, pl.DataFrame({"event_id": ["a1", "a2"]}))
    metered(run)
    recalculated(run)

    claims = run.read(RECALCULATIONS).filter(pl.col("cause_code") == "tampering")
    assert claims.select("event_id", "difference_kop").rows() == [("a1", 412_244)]
    back = run.read(RETURNED_APPLICATIONS)
    assert back.select("event_id", "kind_code", "reason_code").rows() == [("a2", "tampering", "told_already")]
    all_checks_hold(run)


def test_an_act_that_the_month_before_could_not_charge_is_charged_when_its_norm_is_told(run: MonthRun) -> None:
    lay(run)
    act = {"event_id": "a1", "registered_at": datetime(2026, 1, 10, 12, tzinfo=MOSCOW), "account_id": "acc",
           "meter_id": "A", "act_code": "tampered", "effective_from": date(2025, 12, 11), "evidence": "акт"}
    norm = {"event_id": "n1", "registered_at": datetime(2025, 1, 10, 12, tzinfo=MOSCOW), "account_id": "acc",
            "service_code": "cold_water", "valid_from": date(2025, 1, 1), "norm_volume_e7": 86_600_000}
    told_back = {"event_id": "a1", "kind_code": "tampering", "account_id": "acc", "field_code": "norm_volume",
                 "reason_code": "missing", "reason": "Норматив.", "registered_on": date(2026, 1, 10)}
    assert run.state.folder is not None
    before = run.state.folder / RETURNED_APPLICATIONS.name
    to_outside(frame(RETURNED_APPLICATIONS, [told_back]), RETURNED_APPLICATIONS).write_parquet(
        before / f"{PARTS[0]}.parquet"
    )
    run.write_staged(METER_ACTS.name, WHOLE, frame(METER_ACTS, [act]))
    run.write_staged(SERVICE_NORMS.name, WHOLE, frame(SERVICE_NORMS, [norm]))
    run.write_staged(NEW_METER_ACTS, WHOLE, pl.DataFrame(schema={"event_id": pl.String}))
    metered(run)
    recalculated(run)

    claims = run.read(RECALCULATIONS).filter(pl.col("cause_code") == "tampering")
    assert claims.select("event_id", "difference_kop").rows() == [("a1", 412_244)]
    # the act is not sent back again; January's register of a meter tampered with in December is
    assert run.read(RETURNED_APPLICATIONS).select("event_id", "kind_code").rows() == [("r1A", "true_up_average")]
    all_checks_hold(run)


def test_two_parts_go_through_the_rooms_and_all_checks(run: MonthRun) -> None:
    lay(run)
    metered(run)
    recalculated(run)

    proposals = run.read(RECALCULATIONS)
    assert sorted(proposals["account_id"].to_list()) == ["acc", "far"]
    assert proposals["difference_kop"].to_list() == [6493, 6493]
    assert proposals["proposal_id"].n_unique() == 2
    # January's reading does not say when December was due: it stands beside the true-up
    due = run.read(SUBSTITUTE_VOLUMES)
    assert due["account_id"].to_list() == ["acc", "far"]
    assert due["volume_e7"].to_list() == [40_000_000, 40_000_000]
    assert run.read(SUBSTITUTE_MISMATCHES)["cause_code"].to_list() == ["volume_differs", "volume_differs"]
    all_checks_hold(run)


@pytest.fixture(scope="module")
def read_in_both(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """Meters of both parts are read; tests copy it."""
    run = begun(tmp_path_factory.mktemp("read"))
    lay(run)
    metered(run)
    return run


@pytest.mark.parametrize("most_named", [100_000, 0], ids=["those in question are named", "all are looked at"])
@pytest.mark.parametrize(("meter", "month", "found"), [
    ("A", date(2026, 1, 1), ["acc"]), ("A", date(2025, 11, 1), ["far"]), ("new", date(2025, 11, 1), []),
], ids=["read for accounts of two parts", "moved, in a month that the other part has closed", "new"])
def test_a_meter_that_another_part_knows_is_read_once_a_month(
    read_in_both: MonthRun, tmp_path: Path, meter: str, month: date, found: list[str], most_named: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The meter of the first part is read for the account of the second."""
    monkeypatch.setattr(pipeline.checks.metering, "_MOST_MOVED", most_named)
    shutil.copytree(read_in_both.book.root, tmp_path / "book", symlinks=True)
    run = MonthRun.resume(Book.at(tmp_path / "book"), read_in_both.month, read_in_both.run_id)
    moved = run.read(CONSUMPTION, PARTS[1]).with_columns(meter_id=pl.lit(meter), charge_month=pl.lit(month))
    run.write(CONSUMPTION, PARTS[1], moved)

    finding = finding_of("one_reading_is_accepted_per_meter_zone_and_month", run)

    assert (finding.passed, finding.sample_ids) == (not found, found)


def test_assets_name_their_tables() -> None:
    assert {key.path[-1] for key in metering_tables.keys} == {
        "consumption", "reading_doubts", "meter_memory", "unconfirmed_charges", "unbilled_volumes",
        "substitute_volumes", "substitute_mismatches", "verification_calendar", "contract_reads", "read_shares",
    }
    assert {key.path[-1] for key in recalculation_tables.keys} == {
        "recalculations", "returned_applications", "house_corrections", "owner_shares", "batch_acceptance",
        "acceptance_lines", "advance_terms", "advance_schedule",
    }


def test_a_meter_that_had_ceased_to_count_corrects_nothing_and_the_check_would_see_it(run: MonthRun) -> None:
    lay(run)
    ended = frame(METERS, [meter_row({"verified_until": date(2025, 12, 30)})])
    sound = run.read_staged(METERS.name, PARTS[0])
    run.write_staged(METERS.name, PARTS[0], ended)
    metered(run)
    recalculated(run)

    assert run.read(RECALCULATIONS)["account_id"].to_list() == ["far"]
    # 8.640 over December and January: 4.320 x 49.19 - 147.57
    back = run.read(RETURNED_APPLICATIONS)
    assert back.select("event_id", "kind_code", "reason_code").rows() == [
        ("r1A", "true_up_average", "meter_not_sound")
    ]
    assert "вышло бы 64,93\u00a0₽" in back["reason"].item()
    all_checks_hold(run)

    run.write_staged(METERS.name, PARTS[0], sound)
    metered(run)
    recalculated(run)
    all_checks_hold(run)
    check = next(declared for declared in DECLARED if declared.name == "only_sound_meters_true_up")
    run.write_staged(METERS.name, PARTS[0], ended)
    assert not check.check(run).passed
    run.write_staged(METERS.name, PARTS[0], sound)
    failed = {"event_id": "a1", "registered_at": datetime(2026, 1, 10, 12, tzinfo=MOSCOW), "account_id": "acc",
              "meter_id": "A", "act_code": "failed", "effective_from": date(2025, 12, 31), "evidence": "акт"}
    mended = failed | {"event_id": "a2", "act_code": "commissioned", "effective_from": date(2026, 1, 31)}
    for acts, holds in (([failed], False), ([failed, mended], True)):
        run.write_staged("meter_acts_here", PARTS[0], frame(METER_ACTS, acts))
        assert check.check(run).passed is holds
