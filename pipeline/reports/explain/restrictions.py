"""Restriction of services in the answer about one account: what was done, what may be done and when, what stands
against it. Not here: the ladder of reminders and the court (`debts.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipeline.rendering.words import restriction_action
from pipeline.reports.explain.explanation import BAD, FACT, GOOD, Saying, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.quoting import Quoting
from pipeline.reports.explain.wording import Names

_RULES: Final = ("restriction_fees_min", "restriction_notice_days", "restriction_restore_days", "holds_of_restriction")
_TONES: Final = {"restriction": BAD, "suspension": BAD, "restore": GOOD}


def restricted(facts: Facts, names: Names, quoting: Quoting) -> Iterator[Saying]:
    """One saying a service: the published reason, with what the provider is asked to do."""
    for row in facts.of("restriction_list"):
        action = restriction_action(row["next_action_code"])
        asked = "" if row["next_action_on"] is None else f" Поставщика просят: {action}."
        yield Saying(
            f"{names.service(row['service_code'])}, {names.creditor(row['creditor_id'])}: {row['reason']}.{asked}",
            rows=(reference("restriction_list", service_code=row["service_code"], creditor_id=row["creditor_id"]),),
            rules=quoting.keys(facts.as_of, *(f"debt.{name}" for name in _RULES)),
            tone=_TONES.get(row["next_action_code"], FACT) if asked else FACT,
        )
