"""An absence applied for in advance that a register contradicts later goes back once, told what it has brought."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.recalculation
from pipeline.checks.room import DECLARED
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, A2, ISSUED, NEXT_ISSUE, Town, opened_town
from tests.recalculation.town import APPLIED_ON, SETTINGS, absence, at, bill_everybody, closed_december, night

CHECKS = [one for one in DECLARED if one.check.__module__ == pipeline.checks.recalculation.__name__]
AHEAD = {"effective_to": date(2026, 2, 10), "registered_at": at(date(2025, 12, 9), 9)}


def _registered(town: Town, persons: int, on: date) -> None:
    town.deliver("registrations", on, {
        "premises_id": f"P-{A1}", "person_id": None, "persons_count": persons, "valid_from": date(2020, 1, 1),
    })


def _january(root: Path, persons: int, *later: dict[str, Any]) -> MonthRun:
    """Away from 10 December to 10 February, applied for on 9 December: December is recalculated and closed."""
    town = opened_town(root, SETTINGS)
    bill_everybody(town, date(2025, 12, 1), ISSUED)
    _registered(town, 1, date(2025, 12, 1))
    town.deliver("absences", ISSUED, absence(1, **AHEAD))
    december = closed_december(town)
    assert december.read(RECALCULATIONS)["difference_kop"].to_list() == [-21000]
    assert december.read(RETURNED_APPLICATIONS).is_empty()
    bill_everybody(town, date(2026, 1, 1), NEXT_ISSUE)
    _registered(town, persons, date(2026, 2, 1))
    if later:
        town.deliver("absences", APPLIED_ON, *later)
    return night(town)


def _new(run: MonthRun) -> list[tuple[str, str, int]]:
    new = run.read(RECALCULATIONS).filter(pl.col("charge_month") == date(2026, 1, 1))
    return new.select("account_id", "event_id", "difference_kop").rows()


@pytest.fixture(scope="module")
def contradicted(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    again = absence(2, A2, person_id=f"p-{A1}")
    return _january(tmp_path_factory.mktemp("later") / "book", 2, again)


def test_it_goes_back_with_the_reason_and_what_it_has_brought(contradicted: MonthRun) -> None:
    back = contradicted.read(RETURNED_APPLICATIONS).filter(pl.col("event_id") == "a1")
    assert back.select("account_id", "field_code", "reason_code").rows() == [(A1, "residents", "other_count")]
    assert back["reason"].item() == (
        "Сколько человек в счёте: в реестре зарегистрировано 2 на эти дни, в заявлении 1. Дальше по заявлению не "
        "считают. Раньше по заявлению пересчитано −210,00\u00a0₽ за декабрь 2025: это остаётся, пока человек не решит "
        "иное."
    )


def test_days_that_it_has_brought_count_for_nobody_else(contradicted: MonthRun) -> None:
    # 11–31 December are told for a1; 1–9 January are nobody's: 310.00 × 9/31
    assert _new(contradicted) == [(A2, "a2", -9000)]
    december = contradicted.read(RECALCULATIONS).filter(pl.col("charge_month") == date(2025, 12, 1))
    assert december["event_id"].to_list() == ["a1"]


def test_checks_hold(contradicted: MonthRun) -> None:
    assert [one.name for one in CHECKS if not one.check(contradicted).passed] == []


def test_where_the_book_still_agrees_the_next_month_is_recalculated(tmp_path: Path) -> None:
    run = _january(tmp_path / "book", 1)
    assert _new(run) == [(A1, "a1", -31000)]
    assert run.read(RETURNED_APPLICATIONS).is_empty()
