"""The scene: what has been billed to the story accounts, and the gestures with which a script plays its case.

A script pays, reverses, mistypes, edits a document or a reading, and writes down what must come out, computed here by
plain arithmetic on whole kopecks. Not here: the stories; how rows become deliveries (`block.py`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.generator.payments import PREFIX
from pipeline.generator.played import ExtraFile
from pipeline.generator.timetable import CHANNEL, Cycle
from pipeline.generator.town import FUND, WASTE_OPERATOR

Row = dict[str, Any]
_OWN_ACCOUNT: Final = {"F": (FUND, "capital_repair"), "W": (WASTE_OPERATOR, "regular")}
USUAL_DAY: Final = 5
MONTHS: Final = range(6)
LAST_RUN: Final = "2026-05"


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """A moment in Moscow."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


@dataclass
class Book:
    """Rows of all story accounts while the scripts run; inside shapes."""

    cycles: list[Cycle]
    documents: dict[str, Row]
    charges: dict[str, list[Row]]
    readings: list[Row]
    meters: list[Row]
    traits: dict[str, Row]
    payments: list[Row] = field(default_factory=list)
    payments_elsewhere: list[Row] = field(default_factory=list)
    reversals: list[Row] = field(default_factory=list)
    items: list[pl.DataFrame] = field(default_factory=list)
    lump_items: list[Row] = field(default_factory=list)
    dunning: list[Row] = field(default_factory=list)
    events: dict[tuple[date, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    extra_files: list[ExtraFile] = field(default_factory=list)


@dataclass
class Scene:
    """One story at play. `ids` are the accounts of its roles, `answer` is what it promises."""

    book: Book
    ids: dict[str, str]
    answer: dict[str, Any] = field(default_factory=dict)

    # ---- what there is

    def document_id(self, month: int, role: str = "main", kind: str = "M1") -> str:
        return f"{self.ids[role]}-{self.cycle(month).month.first_day:%y%m}-{kind}"

    def document(self, month: int, role: str = "main", kind: str = "M1") -> Row:
        return self.book.documents[self.document_id(month, role, kind)]

    def lines(self, month: int, role: str = "main", kind: str = "M1") -> list[Row]:
        return self.book.charges[self.document_id(month, role, kind)]

    def line(self, month: int, service: str, role: str = "main") -> Row:
        """The line of a service for the billed month itself, not a correction of an earlier one."""
        of_month = self.cycle(month).month.first_day
        return next(
            line for line in self.lines(month, role) if line["service_code"] == service
            and line["charge_month"] == of_month
        )

    def charged(self, month: int, role: str = "main", kind: str = "M1") -> int:
        """Printed net total in kopecks: without penalty and voluntary insurance."""
        return int(self.document(month, role, kind)["charged_kop"])

    def cycle(self, month: int) -> Cycle:
        return self.book.cycles[month]

    def day(self, month: int, days_after_issue: int = USUAL_DAY) -> date:
        return self.cycle(month).issue_on + timedelta(days=days_after_issue)

    # ---- what a payer does

    def pay(
        self, amount_kop: int, paid_at: datetime, *, role: str = "main", channel: str = "own_site", **more: Any
    ) -> Row:
        """A payment on its way to the landing folder; `more` overrides any column of it."""
        account_id, chosen = more.pop("account_id", self.ids[role]), CHANNEL[channel]
        nth = sum(payment["account_id"] == account_id for payment in self.book.payments) + 1
        payment = {
            "payment_id": f"{PREFIX[channel]}-{account_id}-{paid_at:%y%m%d}-S{nth}", "account_id": account_id,
            "paid_at": paid_at, "paid_at_precision_code": "moment", "received_on": chosen.received_on(paid_at.date()),
            "amount_kop": amount_kop, "commission_kop": None, "channel_code": channel, "payer_code": "resident",
            "designated_document_id": None, "designated_month": None, "designated_creditor_id": None,
            "designation_code": "none", "purpose_code": "regular", "court_case_id": None, "contract_reference": None,
            "registry_id": None, "registry_row": None, "provider_code": chosen.provider, "voluntary_kop": 0,
        } | more
        self.book.payments.append(payment)
        return payment

    def pay_document(
        self, month: int, *, role: str = "main", kind: str = "M1", amount_kop: int | None = None,
        on: date | None = None, hour: int = 12, minute: int = 0, **more: Any,
    ) -> Row:
        """A payment that names its document, in full unless said otherwise."""
        own = {}
        if kind[0] in _OWN_ACCOUNT:
            creditor, purpose = _OWN_ACCOUNT[kind[0]]
            own = {"designated_creditor_id": creditor, "purpose_code": purpose}
        named = {"designated_document_id": self.document_id(month, role, kind), "designation_code": "document"}
        amount = self.charged(month, role, kind) if amount_kop is None else amount_kop
        return self.pay(amount, at(on or self.day(month), hour, minute), role=role, **(named | own | more))

    def pays_on_time(self, *months: int, role: str = "main", is_eligible: bool = True, **more: Any) -> None:
        """Every document of these months in full, own site, five days after issue."""
        for month in months:
            for document in list(self._documents_of(month, role)):
                kind = document["document_id"][-2:]
                self.pay_document(month, role=role, kind=kind, **({} if kind[0] in _OWN_ACCOUNT else more))
            if is_eligible:
                self.eligible(month, role=role)

    def reverse(self, payment: Row, reversed_at: datetime, received_on: date, *, amount_kop: int | None = None) -> Row:
        """The provider takes a payment back."""
        reversal = {
            "reversal_id": f"R-{payment['payment_id']}", "payment_id": payment["payment_id"],
            "amount_kop": amount_kop or payment["amount_kop"], "account_id": payment["account_id"],
            "original_received_on": payment["received_on"], "reversed_at": reversed_at, "reason_code": "bank_error",
            "registry_id": None, "provider_code": payment["provider_code"], "received_on": received_on,
        }
        self.book.reversals.append(reversal)
        return reversal

    def event(self, table: str, registered_at: datetime, **row: Any) -> None:
        """A person's decision or act, delivered on the day it was registered."""
        nth = sum(len(rows) for rows in self.book.events.values()) + 1
        self.book.events[registered_at.date(), table].append(
            {"event_id": f"ev-{nth:04d}", "registered_at": registered_at} | row
        )

    def drop_document(self, month: int, role: str = "main") -> None:
        """The documents of a month never came."""
        for document in list(self._documents_of(month, role)):
            del self.book.documents[document["document_id"]], self.book.charges[document["document_id"]]

    def resum(self, month: int, role: str = "main", kind: str = "M1") -> int:
        """Printed totals again after lines were edited; the new charged total."""
        document, lines = self.document(month, role, kind), self.lines(month, role, kind)
        for number, line in enumerate(lines, start=1):
            line["line_number"] = number
            line["payable_kop"] = line["charged_kop"] + line["recalculated_kop"] - line["benefit_kop"]
        apart = {"insurance": "voluntary_insurance_kop", "penalty": "penalty_kop"}
        for service, column in apart.items():
            document[column] = sum(line["payable_kop"] for line in lines if line["service_code"] == service)
        document["charged_kop"] = sum(line["payable_kop"] for line in lines if line["service_code"] not in apart)
        document["payable_kop"] = document["charged_kop"]
        document["payable_with_penalty_kop"] = document["charged_kop"] + document["penalty_kop"]
        return int(document["charged_kop"])

    def _documents_of(self, month: int, role: str) -> list[Row]:
        start = f"{self.ids[role]}-{self.cycle(month).month.first_day:%y%m}-"
        return [row for document_id, row in sorted(self.book.documents.items()) if document_id.startswith(start)]

    # ---- what must come out

    def eligible(self, *months: int, role: str = "main") -> None:
        """The bonus is granted for these months."""
        for month in months:
            self._verdict(month, role, {"is_eligible": True})

    def refused(
        self, month: int, first_failed: str, *, role: str = "main", missing_kop: int | None = None,
        missing_days: int | None = None,
    ) -> None:
        """The bonus is refused, for this reason first."""
        verdict: dict[str, Any] = {"is_eligible": False, "first_failed_code": first_failed}
        if missing_kop is not None:
            verdict["missing_rub"] = rub(missing_kop)
        if missing_days is not None:
            verdict["missing_days"] = missing_days
        self._verdict(month, role, verdict)

    def granted_not(self, month: int, *, role: str = "main") -> None:
        """The bonus is refused; which condition fails first depends on the night that looks."""
        self._verdict(month, role, {"is_eligible": False})

    def promise(self, **facts: Any) -> None:
        """Any other visible outcome."""
        self.answer.setdefault("promises", {}).update(facts)

    def queued(self, kind: str, effect_kop: int | None = None, *, run: str = LAST_RUN, **facts: Any) -> None:
        """The work queue of a month's last night holds one row like this: columns of `work_queue` with their values."""
        row = {"run": run, "kind_code": kind} | ({} if effect_kop is None else {"effect_rub": rub(effect_kop)})
        self.answer.setdefault("promises", {}).setdefault("queued", []).append(row | facts)

    def _verdict(self, month: int, role: str, verdict: dict[str, Any]) -> None:
        by_role = self.answer.setdefault("eligibility", {}).setdefault(role, {})
        by_role[str(self.cycle(month).month)] = verdict
        self.answer["eligibility"][role] = dict(sorted(by_role.items()))


def rub(amount_kop: int) -> str:
    """Kopecks as roubles in text, "1234.50"."""
    sign = "-" if amount_kop < 0 else ""
    return f"{sign}{abs(amount_kop) // 100}.{abs(amount_kop) % 100:02d}"
