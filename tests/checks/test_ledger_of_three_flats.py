"""Checks of the ledger over months of three flats: what a sound month must not be blamed for, what must be told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import pipeline.checks.ingest  # noqa: F401  (declares the checks)
from pipeline.assets import ledger
from pipeline.checks.asked import Broken, broken_in_parts
from pipeline.checks.ledger import _LOOKED_AT, _files
from pipeline.checks.room import finding_of
from pipeline.storage.run import MonthRun
from tests.ingest.town import JANUARY, opened_town, payment, registry, reversal


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """Documents with negative lines are replaced: one of the closed month, and one of the month itself."""
    town = opened_town(Path(tmp_path_factory.mktemp("credits")) / "book")
    town.bill("D1", heat="1000.00", fund="-200.00")
    town.deliver("payments", date(2026, 1, 6), payment("P1", "300.00"))
    town.close()
    day = date(2026, 2, 3)
    town.bill("D1b", on=day, heat="900.00", fund="-300.00", supersedes_document_id="D1")
    town.bill("J1", on=date(2026, 2, 1), heat="100.00", fund="-50.00", billing_month=JANUARY.first_day)
    town.bill("J1b", on=day, heat="120.00", fund="-40.00", billing_month=JANUARY.first_day, supersedes_document_id="J1")
    town.deliver("payments", day, payment("P2", "50.00", received_on=day))
    town.deliver("payment_reversals", date(2026, 2, 6), reversal("V1", "P1", "300.00"))
    run = town.run(date(2026, 2, 10), JANUARY)
    ledger.compute(run)
    return run


@pytest.mark.parametrize("name", _LOOKED_AT)
def test_what_a_look_spares_holds_of_a_sound_month(run: MonthRun, name: str) -> None:
    assert broken_in_parts(run, name, _files(run)) == Broken()


def test_a_registry_announced_after_its_first_rows_is_told_of(tmp_path: Path) -> None:
    """Of this cycle alone it holds what it announces; with the row of the month before it does not."""
    town = opened_town(tmp_path / "book")
    town.bill("D1")
    town.deliver("payments", date(2026, 1, 6), payment("P1"))
    town.close()
    day = date(2026, 2, 3)
    town.deliver("registries", day, registry("R1", 1, "50.00", received_on=day))
    town.deliver("payments", day, payment("P2", "50.00", received_on=day, registry_row=2))
    run = town.run(date(2026, 2, 10), JANUARY)
    ledger.compute(run)

    assert finding_of("registries_hold_what_they_announce", run).passed
    assert finding_of("registries_equal_announcements", run).sample_ids == ["R1"]
