"""Readings of houses through a book: what is taken in, what is refused, the balance, and every check seen failing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.house_meters
from pipeline.checks.room import DECLARED
from pipeline.contracts.house_meters import HOUSE_BALANCES, HOUSE_READINGS
from pipeline.storage.run import MonthRun
from tests.house_meters.town import measured_town, night, reading
from tests.ingest.town import Town, reasons

CHECKS = {one.name: one for one in DECLARED if one.check.__module__ == pipeline.checks.house_meters.__name__}
Spoil = Callable[[pl.DataFrame], pl.DataFrame]
WRONG: list[tuple[dict[str, object], str]] = [
    ({"house_id": "H9"}, "unknown_house"), ({"service_code": "steam"}, "unknown_service"),
    ({"value": Decimal("5")}, "broken_tells_a_register_or_a_volume"),
    ({"volume": None}, "broken_tells_a_register_or_a_volume"),
    ({"volume": Decimal("-1")}, "below_least"), ({"read_on": date(2025, 12, 31)}, "broken_month_has_begun_when_read"),
    ({"read_on": date(2026, 2, 11)}, "date_in_future"), ({"source_code": "resident"}, "unknown_code"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """The house fits; a second meter of another service has one register only; eight readings are wrong."""
    second = reading("r2", meter_id="HM2", service_code="fund", value=Decimal("70"), volume=None)
    wrong = [reading(f"w{number}") | more for number, (more, _) in enumerate(WRONG)]
    return night(measured_town(tmp_path_factory.mktemp("houses") / "book", reading("r1"), second, *wrong))


def test_a_house_is_held_against_its_flats(run: MonthRun) -> None:
    found = run.read(HOUSE_BALANCES).select(
        "house_id", "service_code", "outcome_code", "reason_code", "house_volume_e7", "norm_volume_e7", "flats_kop"
    ).rows()
    assert found == [
        ("H1", "fund", "not_counted", "no_volume", None, 0, 0),
        ("H1", "heat", "agrees", None, 15_000_000, 15_000_000, 93_000),
    ]


def test_checks_hold(run: MonthRun) -> None:
    assert [name for name, one in CHECKS.items() if not one.check(run).passed] == []


def test_nothing_told_is_nothing_said(tmp_path: Path) -> None:
    run = night(measured_town(tmp_path / "book"))

    assert run.read(HOUSE_BALANCES).is_empty() and run.read(HOUSE_READINGS).is_empty()
    assert [name for name, one in CHECKS.items() if not one.check(run).passed] == []


def test_a_wrong_reading_is_refused_alone(run: MonthRun) -> None:
    assert list(reasons(run, "house_meter_readings").values()) == [[rule] for _, rule in WRONG]
    assert run.read(HOUSE_READINGS)["reading_id"].to_list() == ["r1", "r2"]


def _town_with_registers(root: Path) -> Town:
    # the first register of the house comes in the same cycle as the next one
    return measured_town(
        root,
        reading("r0", charge_month=date(2025, 12, 1), read_on=date(2025, 12, 31), value=Decimal("10"), volume=None),
        reading("r1", value=Decimal("11.5"), volume=None), reading("r2", meter_id="HM2", service_code="fund"),
    )


def test_a_house_of_a_million_units_is_counted_too(tmp_path: Path) -> None:
    run = night(_town_with_registers(tmp_path / "book"))
    for name, files in (
        ("charges", run.staged_files("charges")),
        *((name, sorted((run.folder / name).glob("*.parquet"))) for name in ("house_balances", "house_readings")),
    ):
        for file in files:
            rows = pl.read_parquet(file)
            volumes = [column for column in rows.columns if "volume" in column or column.endswith("value")]
            larger = [(pl.col(column) * 1_000_000).cast(rows.schema[column]) for column in volumes]
            rows.with_columns(larger).write_parquet(file)
        assert files, name

    assert CHECKS["houses_add_up_with_their_flats"].check(run).passed


def test_a_replaced_meter_loses_no_month(tmp_path: Path) -> None:
    taken_off, new = date(2026, 1, 15), {"meter_id": "HM9", "volume": None}
    run = night(measured_town(
        tmp_path / "book",
        reading("r0", charge_month=date(2025, 12, 1), read_on=date(2025, 12, 31), value=Decimal("10"), volume=None),
        reading("r1", read_on=taken_off, value=Decimal("11"), volume=None, is_last=True),
        reading("n0", read_on=taken_off, value=Decimal("3"), **new), reading("n1", value=Decimal("3.5"), **new),
    ))

    balance, = run.read(HOUSE_BALANCES).to_dicts()
    assert (balance["house_volume_e7"], balance["meters"], balance["outcome_code"]) == (15_000_000, 2, "agrees")
    follow = CHECKS["volumes_of_houses_follow_their_registers"]
    assert [name for name, one in CHECKS.items() if not one.check(run).passed] == []
    file, = sorted((run.folder / "house_readings").glob("*.parquet"))
    told, is_old = pl.read_parquet(file), pl.col("reading_id") == "r1"
    for wrong in (
        pl.when(is_old).then(False).otherwise("is_last").alias("is_last"),
        pl.when(is_old).then(date(2026, 1, 14)).otherwise("read_on").alias("read_on"),
        pl.when(is_old).then(pl.lit("fund")).otherwise("service_code").alias("service_code"),
    ):
        told.with_columns(wrong).write_parquet(file)
        assert not follow.check(run).passed


FAULTS: list[tuple[str, str, bool, Spoil]] = [
    ("volumes_of_houses_follow_their_registers", "house_readings", False,
     lambda rows: rows.with_columns(volume=pl.col("volume") * 2)),
    ("volumes_of_houses_follow_their_registers", "house_readings", False,
     lambda rows: rows.with_columns(covered_months=pl.lit(3, dtype=pl.Int32))),
    ("volumes_of_houses_follow_their_registers", "house_readings", False,
     lambda rows: rows.with_columns(charge_month=pl.lit(date(2026, 1, 1)), volume=None)),
    ("houses_add_up_with_their_flats", "house_balances", False,
     lambda rows: rows.with_columns(flats_rub=pl.col("flats_rub") + 1)),
    ("houses_add_up_with_their_flats", "house_balances", False,
     lambda rows: rows.with_columns(outcome_code=pl.lit("differs"))),
    ("houses_add_up_with_their_flats", "house_balances", False,
     lambda rows: rows.with_columns(difference_volume=pl.col("difference_volume") + 1)),
    ("houses_add_up_with_their_flats", "house_balances", False, lambda rows: rows.clear()),
    ("flats_fit_into_their_houses", "house_balances", False,
     lambda rows: rows.with_columns(outcome_code=pl.lit("flats_exceed"))),
    ("houses_add_up_with_their_flats", "charges", True, lambda rows: rows.head(1)),
]


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    return night(_town_with_registers(tmp_path_factory.mktemp("registers") / "book"))


@pytest.mark.parametrize(("name", "table", "is_staged", "spoil"), FAULTS)
def test_checks_fail(name: str, table: str, is_staged: bool, spoil: Spoil, registers: MonthRun) -> None:
    assert CHECKS[name].check(registers).passed
    files = registers.staged_files(table) if is_staged else sorted((registers.folder / table).glob("*.parquet"))
    kept = {file: file.read_bytes() for file in files}
    try:
        spoil(pl.concat([pl.read_parquet(file) for file in files])).write_parquet(files[0])
        found = CHECKS[name].check(registers)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)

    assert not found.passed
    assert found.sample_ids
