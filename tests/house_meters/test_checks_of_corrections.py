"""Common property by the meter of a house through a book: proposals for flats, both checks seen failing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.house_corrections
import pipeline.checks.recalculation
from pipeline.assets.recalculation_houses import LINES_OF_HOUSES
from pipeline.assets.room import rooms_in_order
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.storage.run import MonthRun
from tests.domain.metering.town import frame
from tests.house_meters.town import READ_ON, reading
from tests.ingest.town import A1, A2, A3, DECEMBER, ISSUED, NEXT_ISSUE, REGISTERS, Town, line, opened_town
from tests.recalculation.town import FLATS, bill_everybody, night

MODULES = (pipeline.checks.house_corrections.__name__, pipeline.checks.recalculation.__name__)
#: The fund of this town stands for common property of the resource that heat bills.
RULES = 'rules:\n  house_meters.common_services: ["heat:fund"]\n'
_RATED_ANEW = {
    "proposal_id": "p1", "batch_id": "2025-12:corrected_norm:W:H1", "account_id": A1, "contract_id": "C-fund",
    "service_code": "fund", "charge_month": date(2025, 12, 1), "corrected_months": ["2025-12"],
    "lands_in_month": date(2026, 1, 1), "reversed_kop": 6_200, "charged_again_kop": 7_200, "difference_kop": 1_000,
    "cause_code": "corrected_norm", "article": "п.", "formula": "ф.", "event_id": "e1", "status_code": "proposed",
    "volume_difference_e7": 100_000, "covered_months": 1,
}
Spoil = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    return _january(tmp_path_factory.mktemp("corrected") / "book")


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """The same, and the third account was closed at the end of January."""
    return _january(tmp_path_factory.mktemp("gone") / "book", {A3: date(2026, 1, 31)})


def _january(book: Path, closed: dict[str, date] | None = None, mode: str = "monthly") -> MonthRun:
    """January: the house used 1.9, flats were billed half a unit each, and 62.00 each of common property."""
    town = opened_town(book, RULES)
    houses = {"house_id": "H1", "premises_area_m2": Decimal(100), "common_mode_code": mode}
    premises = [{"premises_id": f"P-{account}", "house_id": "H1", "area_m2": Decimal(area)}
                for account, area in zip(FLATS, (50, 30, 20), strict=True)]
    if mode == "monthly":
        bill_everybody(town, date(2025, 12, 1), ISSUED)
        town.close()
    else:
        # the year before is asked about where one of its months is known
        _bill(town, date(2025, 12, 1), ISSUED)
        town.deliver("houses", ISSUED, houses)
        town.deliver("house_meter_readings", ISSUED, reading("r0", charge_month=date(2025, 12, 1), read_on=ISSUED,
                                                             volume=Decimal("1.9")))
        december = town.run(date(2026, 1, 31))
        for room in rooms_in_order():
            if room.name in ("ledger", "house_meters"):
                room.computed(december)
        # a corrected norm has changed December of the first account, nobody has billed it yet
        for part in december.parts:
            here = pl.col("account_id").is_in(december.read(ACCOUNT_INDEX, part)["account_id"].implode())
            december.write(RECALCULATIONS, part, frame(RECALCULATIONS, [_RATED_ANEW]).filter(here))
        town.closed(december, DECEMBER, NEXT_ISSUE)
    _bill(town, date(2026, 1, 1), NEXT_ISSUE)
    town.deliver("houses", READ_ON, houses)
    town.deliver("premises", READ_ON, *premises)
    if closed:
        accounts = [{**row, "closed_on": closed.get(str(row["account_id"]))} for row in REGISTERS["accounts"]]
        town.deliver("accounts", READ_ON, *accounts)
    town.deliver("house_meter_readings", READ_ON, reading("r1", volume=Decimal("1.9")))
    return night(town)


def _bill(town: Town, month: date, issued_on: date) -> None:
    """A document a flat: heat, and the common property of it."""
    known = {"charge_month": month, "tariff_rub": Decimal(620), "unit_code": "x", "basis_code": "norm"}
    for account in FLATS:
        document, fee = f"{account}-{month:%y%m}", Decimal("372.00")
        town.deliver("billing_documents", issued_on, {
            "document_id": document, "account_id": account, "billing_month": month, "issued_on": issued_on,
            "charged_rub": fee, "payable_rub": fee, "payable_with_penalty_rub": fee,
        }, name=account)
        town.deliver(
            "charges", issued_on, line(document, 1, "310.00", account_id=account, volume=Decimal("0.5"), **known),
            line(document, 2, "62.00", account_id=account, volume=Decimal("0.1"), contract_id="C-fund",
                 service_code="fund", **known), name=account,
        )


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


@pytest.mark.parametrize("mode", ["monthly", "average_corrected"])
@pytest.mark.parametrize("size", [1, 2])
def test_a_house_whose_flats_lie_in_several_parts_is_counted_once(
    mode: str, size: int, run: MonthRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run if mode == "monthly" else _january(tmp_path / "whole", mode=mode)
    for module in ("parts", "homes", "opening_parts", "staging_parts"):
        monkeypatch.setattr(f"pipeline.storage.{module}.PART_SIZE", size)

    parts = _january(tmp_path / "parts", mode=mode)

    assert len(parts.parts) == -(-len(FLATS) // size)
    assert parts.read(HOUSE_CORRECTIONS).equals(whole.read(HOUSE_CORRECTIONS))
    for here, there in ((parts.read(RECALCULATIONS), whole.read(RECALCULATIONS)),
                        (parts.read_staged(LINES_OF_HOUSES), whole.read_staged(LINES_OF_HOUSES))):
        order = [here.columns[0], "account_id"]
        assert here.sort(order).equals(there.sort(order))
    # of a year the lines of the closed December too
    months = [date(2026, 1, 1)] if mode == "monthly" else [date(2025, 12, 1), date(2026, 1, 1)]
    told = whole.read_staged(LINES_OF_HOUSES).sort("account_id", "charge_month")
    assert told.filter(pl.col("document_id") != "p1").select("account_id", "charge_month").rows() == [
        (account, month) for account in FLATS for month in months
    ]
    # what a corrected register has changed counts as billed
    rated = pl.col("document_id") == "p1"
    assert told.filter(rated).select("account_id", "recalculated_kop").rows() == (
        [] if mode == "monthly" else [(A1, 1_000)]
    )
    house, = whole.read(HOUSE_CORRECTIONS)["reason_code"]
    assert house == (None if mode == "monthly" else "months_unknown")
    for part in parts.parts:
        accounts = parts.read(ACCOUNT_INDEX, part)["account_id"].to_list()
        assert set(parts.read(RECALCULATIONS, part)["account_id"]) <= set(accounts)
    assert [one.name for one in DECLARED if one.check.__module__ in MODULES and not one.check(parts).passed] == [
        one.name for one in DECLARED if one.check.__module__ in MODULES and not one.check(whole).passed
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
