"""Applications and acts through a book: ingest, what was billed in closed months, proposals, what goes back, checks."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.recalculation
from pipeline.checks.room import DECLARED
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, A2, A3, Town
from tests.recalculation.town import APPLIED_ON, FLATS, absence, act, at, billed_elsewhere, billed_town, night

CHECKS = {one.name: one for one in DECLARED if one.check.__module__ == pipeline.checks.recalculation.__name__}
Spoil = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A1 was away, the whole house was cold; an application without its paper and an act about a strange house; one
    that the register of persons contradicts, and days of a person who has been away from another account on them."""
    town = billed_town(tmp_path_factory.mktemp("applied") / "book")
    town.deliver("registrations", date(2025, 12, 1), {
        "premises_id": f"P-{A3}", "person_id": None, "persons_count": 2, "valid_from": date(2020, 1, 1),
    })
    town.deliver("absences", APPLIED_ON, absence(1), absence(2, A2, evidence=None), absence(3, A3),
                 absence(4, A2, person_id=f"p-{A1}", effective_from=date(2025, 12, 20)))
    town.deliver("quality_acts", APPLIED_ON, act(1), act(2, house_id="H9"))
    return town


@pytest.fixture(scope="module")
def run(town: Town) -> MonthRun:
    return night(town)


def _proposed(run: MonthRun) -> dict[tuple[str, str, str], int]:
    rows = run.read(RECALCULATIONS)
    return {(account, cause, months[0]): kop for account, cause, months, kop in rows.select(
        "account_id", "cause_code", "corrected_months", "difference_kop").rows()}


def test_closed_and_open_months_are_recalculated(run: MonthRun) -> None:
    cold = -(651 + 1250)  # 14 hours × 0.15 % of 310.00; 30 of 744 hours of it
    assert _proposed(run) == {
        (A1, "absence", "2025-12"): -21000, (A1, "absence", "2026-01"): -9000,  # 310.00 × 21/31 and × 9/31
        **{(account, "bad_quality", "2026-01"): cold for account in FLATS},
    }


def test_what_cannot_be_computed_goes_back_with_its_field(run: MonthRun) -> None:
    back = run.read(RETURNED_APPLICATIONS)
    due = date(2026, 2, 16)
    assert back.select("event_id", "account_id", "field_code", "reason_code", "answer_due_on").rows() == [
        ("a2", A2, "evidence", "missing", due), ("a3", A3, "residents", "other_count", due),
        ("a4", A2, "effective_from", "nothing_to_recalculate", due), ("q2", None, "house_id", "unknown_place", due),
    ]
    assert [told for told in back["reason"].to_list() if "перерасчёт не положен" not in told] == [
        "Подтверждающий документ: не заполнено.",
        "Сколько человек в счёте: в реестре зарегистрировано 2 на эти дни, в заявлении 1.",
        "Дом: такого дома или помещения нет в реестре.",
    ]


def test_checks_hold(run: MonthRun) -> None:
    broken = [name for name, one in CHECKS.items() if not one.check(run).passed]
    assert broken == []


FAULTS: list[tuple[str, str, bool, Spoil]] = [
    ("no_reduction_exceeds_its_fee", "recalculations", False,
     lambda rows: rows.with_columns(difference_rub=pl.col("difference_rub") * 2)),
    ("no_reduction_exceeds_its_fee", "charges", True,
     lambda rows: rows.with_columns(payable_kop=pl.col("payable_kop") // 5)),
    ("no_reduction_exceeds_its_fee", "lines_of_applications", True, lambda rows: rows.clear()),
    # what was billed for another month of the service hides nothing
    ("no_reduction_exceeds_its_fee", "charges", True, lambda rows: billed_elsewhere(
        rows.with_columns(payable_kop=pl.col("payable_kop") // 5), "corrected_area")),
    ("absences_are_counted_by_days", "charges", True, lambda rows: billed_elsewhere(rows, "corrected_area")),
    ("absences_are_counted_by_days", "absences_counted", True,
     lambda rows: rows.with_columns(effective_to=pl.col("effective_to").dt.offset_by("-1d"))),
    ("absences_are_counted_by_days", "absences_counted", True,
     lambda rows: rows.with_columns(residents=pl.lit(2, dtype=pl.Int32))),
    ("bad_quality_is_counted_by_minutes", "recalculations", False,
     lambda rows: rows.with_columns(difference_rub=pl.col("difference_rub") - Decimal("0.01"))),
    ("bad_quality_is_counted_by_minutes", "recalculations", False,
     lambda rows: rows.filter(pl.col("cause_code") == "bad_quality").with_columns(
         difference_rub=pl.col("difference_rub") + Decimal("0.01"))),
    ("bad_quality_is_counted_by_minutes", "recalculations", False,
     lambda rows: rows.clear()),
    ("bad_quality_is_counted_by_minutes", "quality_acts_counted", True,
     lambda rows: rows.with_columns(ended_at=pl.col("ended_at").dt.offset_by("-1h"))),
    ("what_is_over_a_limit_waits", "recalculations", False,
     lambda rows: rows.with_columns(waiting_reason_code=pl.lit("house_total"))),
    ("what_is_over_a_limit_waits", "recalculations", False,
     lambda rows: rows.with_columns(waiting_reason_code=pl.lit(None, dtype=pl.String),
                                    difference_rub=pl.col("difference_rub") * 10)),
    ("every_reduction_names_its_application", "absences", True, lambda rows: rows.clear()),
    ("every_reduction_names_its_application", "quality_acts", True,
     lambda rows: rows.with_columns(house_id=pl.lit("H9"))),
]


@pytest.mark.parametrize(("name", "table", "is_staged", "spoil"), FAULTS)
def test_checks_fail(name: str, table: str, is_staged: bool, spoil: Spoil, run: MonthRun) -> None:
    files = run.staged_files(table) if is_staged else sorted((run.folder / table).glob("*.parquet"))
    kept = {file: file.read_bytes() for file in files}
    rows = pl.concat([pl.read_parquet(file) for file in files])
    try:
        spoil(rows).write_parquet(files[0])
        found = CHECKS[name].check(run)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)

    assert not found.passed
    assert A1 in found.sample_ids


def test_next_month_proposes_nothing_again_and_late_acts_count_what_was_told(tmp_path: Path) -> None:
    limits = "  recalculation_limits.house_percent: '3'\n  recalculation_limits.slice_floor_rub: '30.00'\n"
    town = billed_town(tmp_path / "book", limits)
    town.deliver("quality_acts", APPLIED_ON, act(1, ended_at=at(date(2026, 1, 6), 0)), name="first")
    first = night(town)
    assert _proposed(first) == {}  # 16 hours at once are no breach
    assert first.read(RETURNED_APPLICATIONS)["reason_code"].to_list() == ["nothing_to_recalculate"]

    later = act(2, began_at=at(date(2026, 1, 9)), ended_at=at(date(2026, 1, 9), 9), registered_at=at(date(2026, 2, 12)))
    town.deliver("quality_acts", date(2026, 2, 12), later, name="second")
    run = night(town)
    second, waiting = _proposed(run), run.read(RECALCULATIONS)
    # three flats together are 32.64, 3.5 % of the 930.00 that the house is billed
    assert waiting["waiting_reason_code"].to_list() == ["house_total"] * 3
    assert waiting["status_code"].to_list() == ["waits_for_approval"] * 3
    assert [name for name, one in CHECKS.items() if not one.check(run).passed] == []
    assert second == _proposed(night(town))
    # 25 hours in the month, one above 24: 0.465; 25 of 744 hours: 10.4167
    assert second[A1, "bad_quality", "2026-01"] == -1088
