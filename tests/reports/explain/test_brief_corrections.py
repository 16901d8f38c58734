"""One line of the first screen about proposals that are open: how many, for what sum, where to read more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipeline.reports.explain import brief
from pipeline.reports.explain.facts import Facts

NOBODY: Any = None


def _told(*proposals: tuple[str, str]) -> list[str]:
    rows = [{"status_code": status, "difference_rub": Decimal(rub)} for status, rub in proposals]
    facts = Facts(NOBODY, "acc", NOBODY, {"recalculations": rows}, {}, NOBODY, [])
    return [saying.text.replace("\u00a0", " ") for saying in brief._corrections(facts)]


def test_open_proposals_are_told_in_one_line() -> None:
    assert _told(("proposed", "-100.00"), ("waits_for_approval", "-8.01"), ("rejected", "-5.00")) == [
        "Предложено перерасчётов: 2, на 108,01 ₽ в пользу жильца (подробно: --section corrections)."
    ]


def test_decided_proposals_are_not_told() -> None:
    assert _told(("rejected", "-5.00"), ("billed", "7.00")) == []
