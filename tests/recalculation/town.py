"""Two months of three flats by norm: December is closed, in January somebody was away and the house was cold.

Every flat is billed 310.00 of heat a month by norm. Applications come on 9 February, the last day for
it, in the cycle of January.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.assets import house_meters, ledger, metering, recalculation
from pipeline.assets.room import rooms_in_order
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, A2, A3, DECEMBER, ISSUED, JANUARY, NEXT_ISSUE, Town, line, opened_town

APPLIED_ON, NIGHT = date(2026, 2, 9), date(2026, 2, 20)
FLATS = (A1, A2, A3)
#: The services of this town, told as a book tells its own.
SETTINGS = (
    "rules:\n  recalculation_absence.services: [heat]\n"
    "  recalculation_quality.heating_breach_services: [heat]\n"
)
_ROOMS = (ledger.__name__, metering.__name__, house_meters.__name__, recalculation.__name__)


def at(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=MOSCOW)


def bill_everybody(town: Town, month: date, issued_on: date, **more: Any) -> None:
    """One document of 310.00 a flat."""
    fee = Decimal("310.00")
    named = [(account, f"{account}-{month:%y%m}") for account in FLATS]
    town.deliver("billing_documents", issued_on, *(
        {"document_id": document, "account_id": account, "billing_month": month, "issued_on": issued_on,
         "charged_rub": fee, "payable_rub": fee, "payable_with_penalty_rub": fee} for account, document in named
    ), name=f"{month:%y%m}")
    town.deliver("charges", issued_on, *(
        line(document, 1, "310.00", account_id=account, charge_month=month, basis_code="norm",
             volume=Decimal("0.5"), tariff_rub=Decimal("620")) | more for account, document in named
    ), name=f"{month:%y%m}")


def absence(number: int, account: str = A1, **more: Any) -> dict[str, Any]:
    """Away from 10 December to 10 January: 21 full days of December and 9 of January."""
    return {
        "event_id": f"a{number}", "registered_at": at(APPLIED_ON, 9), "account_id": account,
        "person_id": f"p-{account}",
        "effective_from": date(2025, 12, 10), "effective_to": date(2026, 1, 10), "status_code": "confirmed",
        "evidence": "билет", "absence_code": "ordinary", "residents": 1, "no_meter_act": "акт 7",
    } | more


def act(number: int, **more: Any) -> dict[str, Any]:
    """No heating in the house for 30 hours at once on 5 January, 16 of them are no breach."""
    return {
        "event_id": f"q{number}", "registered_at": at(APPLIED_ON, 9), "house_id": "H1", "premises_id": None,
        "service_code": "heat", "violation_code": "heating_break", "circumstance_code": "room_12",
        "began_at": at(date(2026, 1, 5), 8), "ended_at": at(date(2026, 1, 6), 14), "status_code": "confirmed",
        "evidence": "акт 3",
    } | more


def opened_to_bill(root: Path, rules: str = "", **more: Any) -> Town:
    """December billed, still open."""
    town = opened_town(root, SETTINGS + rules)
    bill_everybody(town, date(2025, 12, 1), ISSUED, **more)
    return town


def billed_town(root: Path, rules: str = "", **more: Any) -> Town:
    """December billed and closed, January billed."""
    town = opened_to_bill(root, rules, **more)
    town.close()
    bill_everybody(town, date(2026, 1, 1), NEXT_ISSUE, **more)
    return town


def billed_otherwise(root: Path, rules: str = "") -> Town:
    """December closed with 150.00 proposed for an absence of A1; the document of January takes 200.00 off instead."""
    town = opened_to_bill(root, rules)
    town.deliver("absences", date(2026, 1, 10), absence(
        1, registered_at=at(date(2026, 1, 10), 9), effective_to=date(2025, 12, 26)))
    proposed = closed_december(town).read(RECALCULATIONS)
    bill_everybody(town, date(2026, 1, 1), NEXT_ISSUE)
    fee, taken, document = Decimal("310.00"), Decimal("-200.00"), f"{A1}-2601-again"
    town.deliver("billing_documents", NEXT_ISSUE, {
        "document_id": document, "account_id": A1, "billing_month": date(2026, 1, 1), "issued_on": NEXT_ISSUE,
        "charged_rub": fee + taken, "payable_rub": fee + taken, "payable_with_penalty_rub": fee + taken,
        "supersedes_document_id": f"{A1}-2601",
    }, name="again")
    tariff = {"basis_code": "norm", "tariff_rub": Decimal("620")}
    town.deliver("charges", NEXT_ISSUE,
                 line(document, 1, "310.00", charge_month=date(2026, 1, 1), volume=Decimal("0.5"), **tariff),
                 line(document, 2, "0.00", charge_month=date(2025, 12, 1), volume=Decimal(0), **tariff,
                      recalculated_rub=taken, batch_id=proposed["batch_id"].item()) | {"payable_rub": taken},
                 name="again")
    return town


def billed_beside(lines: pl.DataFrame, cause: str) -> pl.DataFrame:
    """CHARGES whose own lines say another fee, beside lines that bill a proposal of this cause."""
    of_batch = lines.with_columns(
        batch_id=pl.lit(f"2025-12:{cause}:W"), line_number=pl.col("line_number") + 100
    )
    return pl.concat([lines.with_columns(payable_kop=pl.col("payable_kop") - 7), of_batch])


def billed_elsewhere(lines: pl.DataFrame, cause: str) -> pl.DataFrame:
    """The same, but those lines stand at a month half a year before: the fee of the own lines' months is not theirs."""
    beside = billed_beside(lines, cause)
    return beside.with_columns(charge_month=pl.when(pl.col("batch_id").str.starts_with(f"2025-12:{cause}:")).then(
        pl.col("charge_month").dt.offset_by("-6mo")).otherwise("charge_month"))


def night(town: Town, as_of: date = NIGHT, month: BillingMonth = JANUARY) -> MonthRun:
    """A night of January, or another month, as far as recalculation."""
    return _recalculated(town.run(as_of, month))


def closed_december(town: Town) -> MonthRun:
    """December as far as recalculation, the ledger beside it, published and closed; the other rooms stay empty."""
    return closed_month(town, DECEMBER, NEXT_ISSUE)


def closed_month(town: Town, month: BillingMonth, next_issue_on: date) -> MonthRun:
    """The same of any month."""
    run = _recalculated(town.run(next_issue_on - timedelta(days=1), month))
    ledger.compute(run)
    return town.closed(run, run.month, next_issue_on)


def _recalculated(run: MonthRun) -> MonthRun:
    for room in rooms_in_order():
        if room.compute.__module__ in _ROOMS:
            room.computed(run)
    return run
