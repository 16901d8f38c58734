"""Two versions as a whole, by their manifests: what differs between them that no row of a table tells.

A table's remaining changes are laid to the first of these that the table depends on: a rule of its rooms, days that
passed (never for money of the ledger, which does not move by itself), holds, a register, an event, the month before,
the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from pipeline.billing_month import BillingMonth
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.events import HOLDS
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.contracts.table import Stage
from pipeline.errors import RaschetError
from pipeline.storage.manifest import Version

_LEDGER_RULES: Final = frozenset({"calendar", "ledger"})
_RECALCULATION_RULES: Final = frozenset({
    "calendar", "metering", "recalculation", "recalculation_absence", "recalculation_quality",
    "recalculation_limits", "recalculation_owners", "recalculation_benefits",
    "recalculation_advance",
})
_DEBT_RULES: Final = frozenset({"ledger", "debt"}) | _RECALCULATION_RULES
_LEDGER_REGISTERS: Final = frozenset({
    "accounts", "services", "service_contracts", "creditors", "channels", "cycles", "court_cases", "advance_contracts",
    "holds", "payment_identifications", "quarantine_decisions",
})
_RECALCULATED: Final = frozenset({
    "meters", "approvals", "absences", "quality_acts", "ownership_transfers", "benefits", "advance_discounts",
})
_DEBT_REGISTERS: Final = _LEDGER_REGISTERS | _RECALCULATED | {
    "rights", "persons", "contacts", "premises", "houses", "issue_calendar",
    "dunning_outcomes", "instalment_agreements", "mandates", "mandate_accounts", PERSON_STATUSES.name,
}
_LISTS: Final = ("debtors", "sms_list", "call_list", "debt_receipts", "court_list")
#: Rooms of rules and registers that each compared table reads, itself or through the tables it is made of.
_RULES_OF: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(_LISTS, _DEBT_RULES),
    "eligibility": _LEDGER_RULES | {"eligibility"},
    "recalculations": _RECALCULATION_RULES,
}
_REGISTERS_OF: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(_LISTS, _DEBT_REGISTERS),
    "eligibility": _LEDGER_REGISTERS | {"issue_calendar"},
    "recalculations": _LEDGER_REGISTERS | _RECALCULATED,
    "quarantine": _DEBT_REGISTERS,
}
#: What changes by the passing of days alone.
_AGEING: Final = frozenset({*_LISTS, "eligibility", "overdue", "incomplete_bills"})
_UNEXPLAINED: Final = ("unexplained", "")


class NotComparable(RaschetError):
    """Two versions that cannot be compared."""


@dataclass(frozen=True)
class Side:
    """One version: its folder and what its manifest says."""

    folder: Path
    manifest: Mapping[str, Any]

    @classmethod
    def of(cls, folder: Path) -> Side:
        """NotComparable when the folder holds no finished version."""
        version = Version.of(folder.resolve())
        if version is None:
            raise NotComparable("В папке нет рассчитанного месяца: манифест не читается",
                                "Укажите запуск из списка raschet diff --list")
        return cls(version.folder, version.manifest)

    @property
    def content(self) -> Mapping[str, Any]:
        told: Mapping[str, Any] = self.manifest["content"]
        return told

    @property
    def month(self) -> BillingMonth:
        return BillingMonth.parse(self.content["month"])

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.content["as_of"])

    @property
    def cut(self) -> datetime:
        return datetime.fromisoformat(self.content["cut"])

    @property
    def run_id(self) -> str:
        return str(self.manifest["run"]["run_id"])

    @property
    def code_version(self) -> str:
        return str(self.manifest["run"]["code_version"])

    @property
    def rules(self) -> dict[tuple[str, str], str]:
        """(key, from) → value, as the rooms read them."""
        return {(key, since): value for key, since, value in self.content["rules"]["values"]}

    @property
    def registers(self) -> dict[str, str]:
        return dict(self.content["registers"])

    def totals(self, table: str) -> dict[str, Any]:
        """Rows and money of a table; nothing for a table that the version does not have."""
        found = self.content["tables"].get(table)
        return dict(found["totals"]) if found else {"rows": 0}

    def part_hashes(self, table: str) -> dict[str, str]:
        found = self.content["tables"].get(table)
        return dict(found["parts"]) if found else {}


@dataclass(frozen=True)
class RuleMoved:
    """A rule whose value differs; None where only one side read it."""

    key: str
    since: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Sides:
    """The earlier and the later version."""

    before: Side
    after: Side

    @property
    def is_same_month(self) -> bool:
        return self.before.month == self.after.month

    @property
    def is_consecutive(self) -> bool:
        return self.is_same_month or self.before.month.next == self.after.month

    @property
    def rules_moved(self) -> list[RuleMoved]:
        before, after = self.before.rules, self.after.rules
        return [
            RuleMoved(*key, before.get(key), after.get(key)) for key in sorted({*before, *after})
            if before.get(key) != after.get(key)
        ]

    @property
    def registers_moved(self) -> list[str]:
        """Registers and events whose hash differs; none known where the manifests are of two formats, that is, where
        the code is another one too."""
        if self.before.content.get("format") != self.after.content.get("format"):
            return []
        before, after = self.before.registers, self.after.registers
        return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))

    def otherwise(self, table: str) -> tuple[str, str]:
        """(cause, reference) of a table's changes that no row explains."""
        return next(iter(self.possible(table)), _UNEXPLAINED)

    def possible(self, table: str) -> list[tuple[str, str]]:
        """Every difference as a whole that the table depends on, first the one that it is laid to."""
        rooms = _RULES_OF.get(table, _LEDGER_RULES)
        rules = list(dict.fromkeys(rule.key for rule in self.rules_moved if rule.key.partition(".")[0] in rooms))
        read = [name for name in self.registers_moved if name in _REGISTERS_OF.get(table, _LEDGER_REGISTERS)]
        holds = [name for name in read if name in (HOLDS.name, PERSON_STATUSES.name)]
        events = [name for name in read if TABLES[name].stage is Stage.EVENT and name not in holds]
        registers = [name for name in read if TABLES[name].stage is not Stage.EVENT]
        days = self._days_passed() if table in _AGEING else ""
        told = [
            ("months_between", self._months_between()), ("rule", ", ".join(rules)), ("time", days),
            ("hold", ", ".join(holds)), ("register", ", ".join(registers)), ("event", ", ".join(events)),
            ("previous_month", self._state_moved()), ("code", self._code_moved()),
        ]
        return [(cause, reference) for cause, reference in told if reference]

    def _months_between(self) -> str:
        if self.is_consecutive:
            return ""
        return f"{self.before.month.next} … {self.after.month.previous}"

    def _days_passed(self) -> str:
        if self.before.as_of == self.after.as_of:
            return ""
        return f"{self.before.as_of:%d.%m.%Y} → {self.after.as_of:%d.%m.%Y}"

    def _state_moved(self) -> str:
        """Between two months the state is another one by nature."""
        same = not self.is_same_month or self.before.content["state"] == self.after.content["state"]
        return "" if same else str(self.before.month.previous)

    def _code_moved(self) -> str:
        same = self.before.code_version == self.after.code_version
        return "" if same else f"{self.before.code_version} → {self.after.code_version}"


def require_order(sides: Sides) -> Sides:
    """The earlier version comes first; NotComparable otherwise, and for the opening state against itself."""
    if sides.before.month > sides.after.month:
        raise NotComparable(f"Месяц {sides.before.month} позже месяца {sides.after.month}",
                            "Назовите сначала более ранний запуск")
    if sides.before.content["book_id"] != sides.after.content["book_id"]:
        raise NotComparable("Это запуски разных участков", "Сравнивайте запуски одного участка")
    return sides
