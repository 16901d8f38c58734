"""What is different in a scenario, said in words: every changed rule with the value in force before and in it.

Not here: reading the file (`storage/overrides.py`), figures (`compared.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from pipeline.billing_month import BillingMonth
from pipeline.contracts.changes import COUNTED
from pipeline.rendering import change_words
from pipeline.rendering.russian import number, roubles
from pipeline.reports.explain.quoting import in_words, title_of
from pipeline.rules.parameter import DatedValue, Selector
from pipeline.rules.registry import RuleBook

_NOTHING: Final = "не действует"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is different: its key, name, value before with its source, value in the scenario."""

    key: str
    title: str
    before: str
    source: str
    after: str

    def as_json(self) -> dict[str, str]:
        """For the scenario's own record."""
        return asdict(self)


def told_rules(
    before: RuleBook, changed: Mapping[str, object], month: BillingMonth, as_of: date
) -> list[Told]:
    """Every overridden rule, by key. `before` are the rules of the version that the scenario is compared with."""
    after = before.with_overrides(changed)
    days = {
        Selector.AS_OF: as_of, Selector.PAID_ON: as_of, Selector.CHARGE_MONTH: month.first_day,
        # documents of a month fall due in the next one
        Selector.DUE_ON: month.next.first_day,
    }
    rows = []
    for key in sorted(changed):
        parameter = before.parameter(key)
        was, is_now = (book.parameter(key).in_force(days[parameter.by]) for book in (before, after))
        rows.append(Told(
            key, title_of(parameter), _value(was, parameter.unit), was.source if was else "",
            _value(is_now, parameter.unit),
        ))
    return rows


def told_channels(before: Mapping[str, bool], changed: Mapping[str, bool]) -> list[Told]:
    """Channels that are, or are no longer, the centre's own online ones."""
    answer = {True: "собственный онлайн-канал", False: "не собственный онлайн-канал"}
    return [
        Told(code, f"Канал оплаты {code}.", answer[before[code]], "реестр channels", answer[changed[code]])
        for code in sorted(changed)
    ]


def told_cause(cause: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """A row of `change_causes`: what, cause, facts, rises and falls, in words."""
    is_money = cause["measure_code"] not in COUNTED
    return (
        change_words.measured(cause["table_name"], cause["measure_code"]), change_words.cause(cause["cause_code"]),
        number(cause["facts"]), roubles(cause["increase_rub"]) if is_money else "",
        roubles(cause["decrease_rub"]) if is_money else "",
    )


def _value(row: DatedValue | None, unit: str) -> str:
    return _NOTHING if row is None else in_words(row.value, unit)
