"""Corrected registers through a book: snapshots compared, what was billed in closed months, proposals, checks."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.recalculation
import pipeline.checks.recalculation_registers
from pipeline.checks.room import DECLARED
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, A2, A3, ISSUED, NEXT_ISSUE, REGISTERS, Town, opened_town
from tests.recalculation.town import FLATS, SETTINGS, bill_everybody, night

KNOWN_ON, CORRECTED_ON = date(2025, 12, 2), date(2026, 2, 9)
SINCE = date(2020, 1, 1)
_ROOMS = (pipeline.checks.recalculation.__name__, pipeline.checks.recalculation_registers.__name__)
CHECKS = {one.name: one for one in DECLARED if one.check.__module__ in _ROOMS}
Spoil = Callable[[pl.DataFrame], pl.DataFrame]


def tell(town: Town, on: date, **more: list[dict[str, Any]]) -> None:
    """Registers as of a day: heat is billed as cold water is, one person a flat, 0.5 × 620.00."""
    services = [row | {"kind_code": "cold_water" if row["service_code"] == "heat" else "other", "unit_code": "m3"}
                for row in REGISTERS["services"]]
    plain: dict[str, list[dict[str, Any]]] = {
        "services": services,
        "premises": [{"premises_id": f"P-{account}", "house_id": "H1", "area_m2": Decimal(50)} for account in FLATS],
        "registrations": [person(account) for account in FLATS],
        "tariffs": [tariff("620")],
        "consumption_norms": [{"service_code": "heat", "per_code": "person", "norm_volume": Decimal("0.5"),
                               "valid_from": SINCE}],
    }
    for table, rows in (plain | more).items():
        town.deliver(table, on, *rows, name=f"{table}-{on}")


def person(account: str, since: date = SINCE, count: int = 1, **more: Any) -> dict[str, Any]:
    return {"premises_id": f"P-{account}", "person_id": None, "persons_count": count, "valid_from": since} | more


def tariff(value: str, since: date = SINCE, **more: Any) -> dict[str, Any]:
    return {"service_code": "heat", "part_code": "variable", "tariff_rub": Decimal(value), "valid_from": since} | more


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A second person lives in A1 since 11 December; heat costs 600.00 since January; both told in February."""
    town = billed_by_registers(tmp_path_factory.mktemp("corrected") / "book")
    tell(town, CORRECTED_ON, registrations=[
        *(person(account) for account in FLATS), person(A1, date(2025, 12, 11)),
    ], tariffs=[tariff("620", valid_to=date(2025, 12, 31)), tariff("600", date(2026, 1, 1))])
    return town


def billed_by_registers(root: Path) -> Town:
    """December billed by what registers say and closed, January billed by the same."""
    town = opened_town(root, SETTINGS)
    tell(town, KNOWN_ON)
    bill_everybody(town, date(2025, 12, 1), ISSUED)
    town.close()
    bill_everybody(town, date(2026, 1, 1), NEXT_ISSUE)
    return town


@pytest.fixture(scope="module")
def run(town: Town) -> MonthRun:
    return night(town)


def _proposed(run: MonthRun) -> dict[tuple[str, str, str], list[int]]:
    rows = run.read(RECALCULATIONS).select(
        "account_id", "cause_code", pl.col("corrected_months").list.first(), "reversed_kop", "difference_kop"
    )
    return {(account, cause, month): sums for account, cause, month, *sums in map(list, rows.rows())}


def test_closed_and_open_months_are_rated_anew(run: MonthRun) -> None:
    assert _proposed(run) == {
        (A1, "changed_persons", "2025-12"): [31000, 21000],  # 10/31 of 310.00 and 21/31 of 620.00
        (A1, "changed_persons", "2026-01"): [31000, 29000],  # 2 × 0.5 × 600.00
        (A2, "corrected_tariff", "2026-01"): [31000, -1000], (A3, "corrected_tariff", "2026-01"): [31000, -1000],
    }
    assert run.read(RETURNED_APPLICATIONS).is_empty()


def test_the_proposal_says_why_in_words(run: MonthRun) -> None:
    told = run.read(RECALCULATIONS).filter(pl.col("account_id") == A1).sort("charge_month")
    assert told["event_id"].unique().to_list() == ["registrations:P-1000000001:2026-01"]
    assert told["formula"][1].replace("\xa0", " ") == (
        "Изменилось число проживающих, исправлен тариф. По прежним данным: 1 чел. × 0,500 м³ × 620,00 ₽ = 310,00 ₽. "
        "По новым: 2 чел. × 0,500 м³ × 600,00 ₽ = 600,00 ₽. Было начислено 310,00 ₽, разница 290,00 ₽."
    )


def test_checks_hold(run: MonthRun) -> None:
    assert [name for name, one in CHECKS.items() if not one.check(run).passed] == []


FAULTS: list[tuple[str, bool, Spoil]] = [
    ("recalculations", False, lambda rows: rows.with_columns(
        charged_again_rub=pl.col("charged_again_rub") + 1, difference_rub=pl.col("difference_rub") + 1)),
    ("recalculations", False, lambda rows: rows.with_columns(
        reversed_rub=pl.col("reversed_rub") + 1, charged_again_rub=pl.col("charged_again_rub") + 1)),
    ("recalculations", False, lambda rows: rows.with_columns(difference_rub=pl.col("difference_rub") + 1)),
    ("lines_of_registers", True, lambda rows: rows.with_columns(charged_kop=pl.col("charged_kop") - 1)),
    ("lines_of_registers", True, lambda rows: rows.clear()),
    ("registrations", True, lambda rows: rows.filter(pl.col("valid_from") == SINCE)),
    ("tariffs", True, lambda rows: rows.with_columns(tariff_e6=pl.col("tariff_e6") + 1_000_000)),
    ("consumption_norms", True, lambda rows: rows.with_columns(norm_volume_e7=pl.col("norm_volume_e7") * 2)),
]


@pytest.mark.parametrize(("table", "is_staged", "spoil"), FAULTS)
def test_the_check_fails(table: str, is_staged: bool, spoil: Spoil, run: MonthRun) -> None:
    files = run.staged_files(table) if is_staged else sorted((run.folder / table).glob("*.parquet"))
    kept = {file: file.read_bytes() for file in files}
    rows = pl.concat([pl.read_parquet(file) for file in files])
    try:
        spoil(rows).write_parquet(files[0])
        found = CHECKS["corrected_months_are_counted_anew"].check(run)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)

    assert not found.passed
    assert A1 in found.sample_ids


def test_the_same_night_again_and_another_snapshot_of_the_same_propose_the_same(tmp_path: Path) -> None:
    town = billed_by_registers(tmp_path / "book")
    assert _proposed(night(town)) == {}
    both = [*(person(account) for account in FLATS), person(A1, date(2025, 12, 11))]
    tell(town, CORRECTED_ON, registrations=both)
    first = night(town).read(RECALCULATIONS)
    tell(town, date(2026, 2, 10), registrations=both[::-1])
    assert night(town).read(RECALCULATIONS).equals(first)


def test_what_cannot_be_rated_waits_in_words(tmp_path: Path) -> None:
    town = billed_by_registers(tmp_path / "book")
    tell(town, CORRECTED_ON, registrations=[person(A1), person(A2), person(A3, valid_to=date(2026, 1, 15))])
    run = night(town)
    assert _proposed(run) == {}
    row = run.read(RETURNED_APPLICATIONS).row(0, named=True)
    assert (row["event_id"], row["kind_code"], row["account_id"], row["reason_code"], row["registered_on"]) == (
        f"registrations:P-{A3}:2026-01", "register", A3, "cannot_be_rated", CORRECTED_ON)
    assert row["reason"] == (
        "Изменилось число проживающих; не пересчитано: x за январь 2026 — по реестрам плату посчитать нельзя."
    )
