"""What the command says beside the figures of a scenario."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.cli.scenarios import _show
from pipeline.contracts.scenarios import SCENARIO_FIGURES


def test_it_is_said_what_debtors_and_prices_are(capsys: pytest.CaptureFixture[str]) -> None:
    _show(SimpleNamespace(  # type: ignore[arg-type]
        scenario=SimpleNamespace(name="softer", month=BillingMonth(2026, 5)), told=[], failed=[], remarks=[],
        figures=SCENARIO_FIGURES.empty_inside(), base=SimpleNamespace(as_of=date(2026, 6, 20)), is_the_same=False,
        page=Path("whatif.html"),
    ))

    said = " ".join(capsys.readouterr().out.split())
    assert "напоминания и суд вместе" in said
    assert "пошлину каждого дела считает raschet court-folder" in said
