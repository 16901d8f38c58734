"""Volumes of readings, of true-ups and of histories: a wrong one is found though its money follows it."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.metering
from pipeline.assets.metering_inputs import METER_ACTS_HERE
from pipeline.checks.room import DECLARED, Finding
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY, UNCONFIRMED_CHARGES
from tests.domain.metering.folders import Folder, run_in_files
from tests.domain.metering.town import Town, check_row, frame

DECEMBER, JANUARY = date(2025, 12, 1), date(2026, 1, 1)
ESTIMATE = {"document": "d12", "month": "2025-12", "volume": "3.000", "charged": "147.57"}
READING = {"id": "r1", "read_on": date(2026, 1, 24), "value": "158.640"}
CHECKS = ("volumes_follow_registers", "histories_roll_forward")


def _town(*meters: dict[str, Any]) -> Town:
    return Town.of(list(meters) or [{}], last="150.000", last_on=date(2025, 11, 25))


@pytest.fixture
def december(tmp_path: Path) -> Folder:
    return run_in_files(_town(), tmp_path, DECEMBER, billed=[ESTIMATE], readings=[READING])


def _found(name: str, files: Folder) -> Finding:
    of_room = [one for one in DECLARED if one.check.__module__ == pipeline.checks.metering.__name__]
    return next(one for one in of_room if one.name == name).check(files)  # type: ignore[arg-type]


@pytest.mark.parametrize(("meter", "readings", "volumes"), [
    ({"last": "99999.000"}, [("2025-12-20", "2.000")], [30_000_000]),
    ({"last": None, "installed": date(2025, 12, 5), "initial": "1.000"}, [("2026-01-20", "5.000")], [40_000_000]),
    ({"last": None, "installed": date(2020, 1, 10)}, [("2025-12-20", "5.000"), ("2026-01-20", "9.000")],
     [None, 40_000_000]),
    ({"last_on": date(2024, 3, 20)}, [("2025-12-20", "190.000")], [400_000_000]),
    ({}, [("2025-12-20", "153.000"), ("2026-01-20", "158.000"), ("2026-02-20", "170.000")],
     [30_000_000, 50_000_000, 120_000_000]),
], ids=["rollover", "new meter", "first register", "a gap of years", "three months in one run"])
def test_volumes_of_every_kind_hold_and_a_wrong_one_is_found(
    tmp_path: Path, meter: dict[str, Any], readings: list[tuple[str, str]], volumes: list[int | None]
) -> None:
    told = [{"id": day, "read_on": date.fromisoformat(day), "value": value, "source": "inspector"}
            for day, value in readings]
    files = run_in_files(_town(meter), tmp_path, JANUARY, billed=[], readings=told)
    rows = files.frames[CONSUMPTION.name].sort("charge_month")
    assert rows["volume_e7"].to_list() == volumes
    assert all(_found(name, files).passed for name in CHECKS)

    files.frames[CONSUMPTION.name] = rows.with_columns(pl.col("volume_e7", "month_volume_e7") * 2)
    assert not any(_found(name, files.lay()).passed for name in CHECKS)


@pytest.mark.parametrize(("table", "spoiled"), [
    (CONSUMPTION, {"volume_e7": 86_400_001}), (CONSUMPTION, {"month_volume_e7": 1}), (CONSUMPTION, {"volume_e7": None}),
    (CONSUMPTION, {"previous_value_e7": 1}), (CONSUMPTION, {"previous_read_on": DECEMBER}),
    (UNCONFIRMED_CHARGES, {"actual_volume_e7": 172_800_000}),
], ids=lambda told: next(iter(told)) if isinstance(told, dict) else told.name)
def test_volume_that_registers_do_not_tell_is_found(december: Folder, table: Any, spoiled: dict[str, Any]) -> None:
    finding = _found("volumes_follow_registers", december.change(table, **spoiled))
    assert not finding.passed
    assert finding.sample_ids == ["acc"]


def test_history_of_other_months_than_registers_told_is_found(december: Folder) -> None:
    """24.000 of six months and 8.640 of two: the six kept are 32.640 x 6 / 8 = 24.480."""
    memory = december.frames[METER_MEMORY.name]
    assert memory.select("actual_months", "actual_volume_e7").rows() == [(6, 244_800_000)]
    for spoiled in ({"actual_volume_e7": 2_448_000_000}, {"actual_volume_e7": 244_800_001}, {"actual_months": 5}):
        december.frames[METER_MEMORY.name] = memory
        assert not _found("histories_roll_forward", december.change(METER_MEMORY, **spoiled)).passed


def test_months_shared_otherwise_than_by_days_are_found(tmp_path: Path) -> None:
    """Two months of one gap change their places: their sum is what it was."""
    town = _town()
    estimates = [{**ESTIMATE, "document": "d12"}, {**ESTIMATE, "document": "d01", "month": "2026-01"}]
    reading = {**READING, "read_on": date(2026, 2, 20), "id": "r2"}
    town.run(DECEMBER, billed=estimates[:1], readings=[])
    files = run_in_files(town, tmp_path, JANUARY, billed=estimates[1:], readings=[reading])
    settled = files.frames[UNCONFIRMED_CHARGES.name]
    # 8.640 over 31 + 31 + 28 days: of each month before February 2.976
    assert settled["actual_volume_e7"].to_list() == [29_760_000, 29_760_000]
    assert _found("volumes_follow_registers", files).passed
    moved = [29_760_001, 29_759_999]
    files.frames[UNCONFIRMED_CHARGES.name] = settled.with_columns(actual_volume_e7=pl.Series(moved, dtype=pl.Int64))
    assert not _found("volumes_follow_registers", files.lay()).passed


def test_a_late_check_above_ten_thousand_units_is_read(december: Folder) -> None:
    """Such a register times ten million overflowed a narrow decimal, and the month stopped."""
    december.state.change(METER_MEMORY, last_actual_month=JANUARY)
    seen = {"id": "a", "day": date(2026, 1, 24), "value": "12000.000"}
    december.staged[METER_ACTS_HERE] = frame(METER_ACTS, [check_row(seen)])
    december.change(CONSUMPTION, raw_value_e7=120_000_000_000, volume_e7=None)
    assert _found("one_reading_is_accepted_per_meter_zone_and_month", december).passed
    december.change(CONSUMPTION, raw_value_e7=120_000_000_001)
    assert not _found("one_reading_is_accepted_per_meter_zone_and_month", december).passed
