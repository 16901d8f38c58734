"""Rule values that a month was computed with, from its own manifest: a rule changed later changes no report of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

from pipeline.reports.month.source import Source
from pipeline.rules.registry import SET

BANDS: Final = "debt.age_bands_months"


def rule_value(source: Source, key: str) -> str | None:
    """The value in force on the month's `as_of`, as the rule book writes it; None when no room read it."""
    read = source.version.content.get("rules", {}).get("values", [])
    told = [
        (since, value.removeprefix(SET)) for name, since, value in read
        if name == key and since <= source.as_of.isoformat()
    ]
    value = max(told)[1] if told else "null"
    return None if value == "null" else value


def whole(source: Source, key: str, default: int) -> int:
    """A whole number of a rule."""
    value = rule_value(source, key)
    return default if value is None else int(value)


def roubles(source: Source, key: str) -> Decimal:
    """A sum of a rule; nothing when it was not read."""
    return Decimal(rule_value(source, key) or 0)


def age_bands(source: Source) -> list[int]:
    """Upper ends of the bands of age in months; none when debt was not computed (the opening)."""
    value = rule_value(source, BANDS)
    return [] if value is None else [int(months) for months in json.loads(value)]
