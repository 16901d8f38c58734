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
from tests.ingest.town import A1, A2, A3, ISSUED, NEXT_ISSUE, REGISTERS, line, opened_town
from tests.recalculation.town import FLATS, bill_everybody, night

MODULES = (pipeline.checks.house_corrections.__name__, pipeline.checks.recalculation.__name__)
#: The fund of this town stands for common property of the resource that heat bills.
RULES = 'rules:\n  house_meters.common_services: ["heat:fund"]\n'
Spoil = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    return _january(tmp_path_factory.mktemp("corrected") / "book")


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """The same, and the third account was closed at the end of January."""
    return _january(tmp_path_factory.mktemp("gone") / "book", {A3: date(2026, 1, 31)})


def _january(book: Path, closed: dict[str, date] | None = None) -> MonthRun:
    """January: the house used 1.9, flats were billed half a unit each, and 62.00 each of common property."""
    town = opened_town(book, RULES)
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
    if closed:
        accounts = [{**row, "closed_on": closed.get(str(row["account_id"]))} for row in REGISTERS["accounts"]]
        town.deliver("accounts", READ_ON, *accounts)
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


def test_a_closed_account_that_paid_too_much_waits_for_a_person(gone: MonthRun) -> None:
    house, = gone.read(HOUSE_CORRECTIONS).to_dicts()
    # 80 % of 248.00; the third flat bears 49.60 of the 62.00 that it was billed
    assert [house[name] for name in ("shared_kop", "billed_kop", "difference_kop", "closed_credit_kop")] == [
        19_840, 12_400, 7_440, -1_240
    ]
    proposed = gone.read(RECALCULATIONS).sort("account_id").select(
        "account_id", "cause_code", "difference_kop", "status_code", "waiting_reason_code"
    ).rows()
    assert proposed == [
        (A1, "common_property", 6_200, "proposed", None), (A2, "common_property", 1_240, "proposed", None),
        (A3, "closed_account_credit", -1_240, "waits_for_approval", "by_policy"),
    ]


def test_checks_hold(run: MonthRun, gone: MonthRun) -> None:
    checks = [one for one in DECLARED if one.check.__module__ in MODULES]
    assert [one.name for one in checks for month in (run, gone) if not one.check(month).passed] == []


def test_a_credit_of_a_closed_account_may_not_be_lost(gone: MonthRun) -> None:
    for spoil in (lambda rows: rows.filter(pl.col("cause_code") != "closed_account_credit"),
                  lambda rows: rows.with_columns(difference_rub=-pl.col("difference_rub"))):
        test_check_fails("houses_share_what_their_meters_tell", "recalculations", spoil, gone)


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
