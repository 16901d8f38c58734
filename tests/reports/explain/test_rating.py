"""What an explanation says of a line that does not follow from the registers: sums, who loses, why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.reports.explain.rating import differs


def row(billed: str, rated: str, *findings: str) -> dict[str, Any]:
    return {
        "document_id": "d1", "line_number": 2, "charge_month": date(2025, 12, 1), "billed_rub": Decimal(billed),
        "rated_rub": Decimal(rated), "difference_rub": Decimal(billed) - Decimal(rated), "findings": list(findings),
    }


@pytest.mark.parametrize(("billed", "rated", "told"), [
    ("238.29", "233.24", "житель переплачивает 5,05"), ("233.24", "238.29", "житель недоплачивает 5,05"),
])
def test_it_says_who_loses(billed: str, rated: str, told: str) -> None:
    said = differs(row(billed, rated, "tariff"), "Холодная вода")

    assert said.text.startswith("Холодная вода за декабрь 2025: начислено ")
    assert told in said.text and "тариф не тот, что в реестре" in said.text
    assert said.rows == ("charge_audit: документ d1, строка 2",)


def test_all_causes_are_named() -> None:
    said = differs(row("2184.00", "2084.40", "area", "tariff"), "Содержание")

    assert "площадь не та, что у помещения; тариф не тот, что в реестре" in said.text
