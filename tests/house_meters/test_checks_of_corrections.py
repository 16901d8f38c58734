"""Common property by the meter of a house through a book: proposals for flats, both checks seen failing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.house_corrections
import pipeline.checks.recalculation
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.storage.run import MonthRun
from tests.house_meters.town import READ_ON, reading
from tests.ingest.town import A1, A2, A3, ISSUED, NEXT_ISSUE, line, opened_town
from tests.recalculation.town import FLATS, bill_everybody, night

MODULES = (pipeline.checks.house_corrections.__name__, pipeline.checks.recalculation.__name__)
#: The fund of this town stands for common property of the resource that heat bills.
RULES = 'rules:\n  house_meters.common_services: ["heat:fund"]\n'
Spoil = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """January: the house used 1.9, flats were billed half a unit each, and 62.00 each of common property."""
    town = opened_town(tmp_path_factory.mktemp("corrected") / "book", RULES)
    bill_everybody(town, date(2025, 12, 1), ISSUED)
    town.close()
    month, fee = date(2026, 1, 1), Decimal("372.00")
    known = {"charge_month": month, "tariff_rub": Decimal(620), "unit_code": "x", "basis_code": "norm"}
    for account in FLATS:
        document = f"{account}-2601"
        town.deliver("billing_documents", NEXT_ISSUE, {
            "document_id": document, "account_id": account, "billing_month": month, "issued_on": NEXT_ISSUE,
            "charged_rub": fee, "payable_rub": fee, "payable_with_penalty_rub": fee,
        }, name=account)
        town.deliver(
            "charges", NEXT_ISSUE, line(document, 1, "310.00", account_id=account, volume=Decimal("0.5"), **known),
            line(document, 2, "62.00", account_id=account, volume=Decimal("0.1"), contract_id="C-fund",
                 service_code="fund", **known), name=account,
        )
    town.deliver("houses", READ_ON, {"house_id": "H1", "premises_area_m2": Decimal(100), "common_mode_code": "monthly"})
    town.deliver("premises", READ_ON, *(
        {"premises_id": f"P-{account}", "house_id": "H1", "area_m2": Decimal(area)}
        for account, area in zip(FLATS, (50, 30, 20), strict=True)
    ))
    town.deliver("house_meter_readings", READ_ON, reading("r1", volume=Decimal("1.9")))
    return night(town)


def test_flats_bear_what_the_house_used_above_them(run: MonthRun) -> None:
    house, = run.read(HOUSE_CORRECTIONS).to_dicts()
    assert house["correction_id"] == "common_property:H1:fund:2026-01:2026-01"
    # (1.9 − 1.5) × 620.00
    assert [house[name] for name in ("due_kop", "shared_kop", "billed_kop", "difference_kop")] == [
        24_800, 24_800, 18_600, 6_200
    ]
    proposed = run.read(RECALCULATIONS).sort("account_id").select(
        "account_id", "contract_id", "reversed_kop", "charged_again_kop", "difference_kop", "status_code",
        "lands_in_month",
    ).rows()
    february = date(2026, 2, 1)
    assert proposed == [
        (A1, "C-fund", 6_200, 12_400, 6_200, "proposed", february),
        (A2, "C-fund", 6_200, 7_440, 1_240, "proposed", february),
        (A3, "C-fund", 6_200, 4_960, -1_240, "proposed", february),
    ]


def test_checks_hold(run: MonthRun) -> None:
    checks = [one for one in DECLARED if one.check.__module__ in MODULES]
    assert [one.name for one in checks if not one.check(run).passed] == []


FAULTS: list[tuple[str, str, Spoil]] = [
    ("houses_share_what_their_meters_tell", "house_corrections", lambda rows: rows.with_columns(
        due_rub=pl.col("due_rub") + 1)),
    ("houses_share_what_their_meters_tell", "house_corrections", lambda rows: rows.with_columns(
        shared_rub=pl.col("shared_rub") + 1, difference_rub=pl.col("difference_rub") + 1)),
    ("houses_share_what_their_meters_tell", "house_corrections", lambda rows: rows.with_columns(
        billed_rub=pl.col("billed_rub") + 1, difference_rub=pl.col("difference_rub") - 1)),
    ("houses_share_what_their_meters_tell", "house_corrections", lambda rows: rows.clear()),
    ("houses_share_what_their_meters_tell", "recalculations", lambda rows: rows.head(2)),
    ("houses_share_what_their_meters_tell", "recalculations", lambda rows: rows.with_columns(
        lands_in_month=pl.lit(date(2026, 3, 1)))),
    ("houses_share_what_their_meters_tell", "recalculations", lambda rows: rows.with_columns(
        event_id=pl.col("event_id").str.replace("1/1$", "1/2"))),
    ("houses_share_what_their_meters_tell", "staged/balances_of_houses", lambda rows: rows.with_columns(
        house_volume_e7=pl.col("house_volume_e7") + 10**7)),
    ("houses_share_what_their_meters_tell", "staged/lines_of_houses", lambda rows: rows.with_columns(
        tariff_e6=pl.col("tariff_e6") * 2)),
    ("every_house_that_is_due_is_corrected", "house_corrections", lambda rows: rows.with_columns(
        outcome_code=pl.lit("not_counted"))),
]


@pytest.mark.parametrize(("name", "table", "spoil"), FAULTS)
def test_check_fails(name: str, table: str, spoil: Spoil, run: MonthRun) -> None:
    files = sorted(Path(run.folder / table).glob("*.parquet"))
    kept = {file: file.read_bytes() for file in files}
    try:
        spoil(pl.concat([pl.read_parquet(file) for file in files])).write_parquet(files[0])
        found = finding_of(name, run)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)

    assert not found.passed
    assert found.sample_ids
