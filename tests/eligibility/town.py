"""A book of two months: April decided and closed, May as it stands on its last day.

| account | April | May | decided in May |
| A1 | paid online, granted | paid online | May granted |
| B1 | unpaid at its end | a payment of 30 May arrives on 3 June | April granted, May refused |
| C1 | unpaid at its end | nothing | both refused, April for good |
| D1 | paid online, granted | that payment is reversed, May paid online | May refused: blocked |
| E1 | unpaid at its end | paid for April on 2 June, late | April kept, May refused |
| F1 | paid online, bill incomplete | bill incomplete | refused |
"""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.assets.eligibility import enter_entitlements, write_eligibility
from pipeline.billing_month import BillingMonth
from pipeline.contracts import events, ingest, ledger, registers
from pipeline.contracts.billing import BILLING_DOCUMENTS
from pipeline.contracts.eligibility import PUBLISHED
from pipeline.contracts.table import Table
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.describe import published_tables
from pipeline.storage.lock import lock
from pipeline.storage.publish import publish, publish_opening
from pipeline.storage.run import MonthRun
from pipeline.storage.state import State
from tests.domain.eligibility import frames
from tests.kept import write

APRIL, MAY = BillingMonth(2026, 4), BillingMonth(2026, 5)
CYCLES = {
    APRIL: (dt.date(2026, 5, 1), dt.date(2026, 6, 1)), MAY: (dt.date(2026, 6, 1), dt.date(2026, 7, 1)),
}
PARTS = ("part-000",)
ACCOUNTS = ("A1", "B1", "C1", "D1", "E1", "F1")
ARRIVED: dict[BillingMonth, list[tuple[str, dict[str, Any]]]] = {
    APRIL: [
        ("A1", {"payment": "A-april", "paid_at": "2026-05-10 12:00", "amount": "1000.00", "channel": "app"}),
        ("D1", {"payment": "D-april", "paid_at": "2026-05-10 12:00", "amount": "1000.00", "channel": "app"}),
        ("F1", {"payment": "F-april", "paid_at": "2026-05-10 12:00", "amount": "1000.00", "channel": "app"}),
    ],
    MAY: [
        ("A1", {"payment": "A-may", "paid_at": "2026-06-10 12:00", "amount": "1000.00", "channel": "site"}),
        ("B1", {"payment": "B-late", "paid_at": "2026-05-30 12:00", "received_on": dt.date(2026, 6, 3),
                "amount": "1000.00", "channel": "app"}),
        ("D1", {"payment": "D-may", "paid_at": "2026-06-10 12:00", "amount": "2000.00", "channel": "app"}),
        ("E1", {"payment": "E-late", "paid_at": "2026-06-02 12:00", "amount": "1000.00", "channel": "app"}),
        ("F1", {"payment": "F-may", "paid_at": "2026-06-10 12:00", "amount": "1000.00", "channel": "app"}),
    ],
}
REVERSED = {
    APRIL: [], MAY: [("D1", {"payment": "D-april", "reversed_at": "2026-06-05 10:00", "amount": "1000.00",
                             "paid_at": "2026-05-10 12:00"})],
}
#: On which documents the ledger laid them, in order of arrival; every document is of 1000.00.
LAID = {
    APRIL: [("A1", "A-april", "D04"), ("D1", "D-april", "D04"), ("F1", "F-april", "D04")],
    MAY: [("A1", "A-may", "D05"), ("B1", "B-late", "D04"), ("D1", "D-may", "D04"), ("D1", "D-may", "D05"),
          ("E1", "E-late", "D04"), ("F1", "F-may", "D05")],
}
#: Opening items of May: what was open of April when April was closed.
OPEN = {APRIL: ("B1", "C1", "E1"), MAY: ("C1", "B1", "D1")}


def book_at(root: Path) -> Book:
    root.mkdir()
    (root / "settings.yaml").write_text('book_id: town\nfirst_month: "2026-04"\nworkers: 1\n', encoding="utf-8")
    book = Book.at(root)
    publish_opening(book, {}, dt.date(2026, 4, 30))
    return book


def with_april(book: Book) -> Book:
    """April decided on its last day, published, closed, its bonuses in the journal."""
    run = computed(book, APRIL, "april")
    publish(run)
    closed = close(book, APRIL, CYCLES[APRIL][1])
    enter_entitlements(State.of(book, closed.version))
    return book


def computed(book: Book, month: BillingMonth, run_id: str, as_of: dt.date | None = None, **status: Any) -> MonthRun:
    """A run of the month with the room's table."""
    run = begun(book, month, run_id, as_of or CYCLES[month][1] - dt.timedelta(days=1), **status)
    write_eligibility(run)
    return run


def begun(book: Book, month: BillingMonth, run_id: str, as_of: dt.date, **status: Any) -> MonthRun:
    """A run with everything that the room reads."""
    with lock(book):
        run = MonthRun.begin(book, month, run_id, as_of)
    given = _tables(month, as_of, **status)
    for table in published_tables():
        if table not in PUBLISHED:
            write(run, table, PARTS[0], given.get(table.name))
    for table, rows in _registers():
        run.write_staged(table.name, "whole", frames.frame(table, rows))
    arrived = {"received_at": pl.Datetime("us", "Europe/Moscow")}
    run.write_staged(BILLING_DOCUMENTS.name, PARTS[0], frames.frame(BILLING_DOCUMENTS, _documents(month), **arrived))
    return run


def _tables(month: BillingMonth, as_of: dt.date, awaited: str = "received") -> dict[str, pl.DataFrame]:
    cut = frames.moment(as_of + dt.timedelta(days=1))
    paid = [frames.payment(row, n, a) for n, (a, row) in enumerate(ARRIVED[month])]
    taken = [frames.reversal(row, n, a) for n, (a, row) in enumerate(REVERSED[month])]
    provenance = {"delivery_id": "d", "row_number": 1, "received_at": frames.moment("2026-06-01")}
    billed = [row for a in ACCOUNTS for row in frames.billed(_document(month), {"principal": "1000.00"}, a)]
    known = [{"account_id": a, "account_index": n, "first_seen_at": frames.moment("2026-04-30")}
             for n, a in enumerate(ACCOUNTS)]
    registry = {"provider_code": "sber", "channel_code": "app", "expected_on": dt.date(2026, 6, 3),
                "covers_until": dt.date(2026, 5, 31), "status_code": awaited}
    return {
        "account_index": frames.frame(ingest.ACCOUNT_INDEX, known),
        "incomplete_bills": frames.frame(
            ingest.INCOMPLETE_BILLS, [{"account_id": "F1", "reason_code": "document_rejected"},
                                      {"account_id": "A1", "reason_code": "earlier_document_rejected"}]
        ),
        "awaited_registries": frames.frame(ingest.AWAITED_REGISTRIES, [registry]),
        "posted_payments": frames.frame(ledger.POSTED_PAYMENTS, [
            row | provenance | {"paid_account_id": row["account_id"]} for row in paid if row["posted_at"] < cut
        ]),
        "posted_reversals": frames.frame(ingest.POSTED_REVERSALS, [row | provenance for row in taken]),
        "billed_documents": frames.frame(ledger.BILLED_DOCUMENTS, billed),
        "open_items": frames.frame(ledger.OPEN_ITEMS, [
            frames.open_item({"document": "D04", "amount": "1000.00"}, a) for a in OPEN[month]
        ]),
        "payment_allocations": frames.frame(ledger.PAYMENT_ALLOCATIONS, _laid(month)),
    }


def _laid(month: BillingMonth) -> list[dict[str, Any]]:
    paid = {row["payment"]: row for _, row in ARRIVED[month]}
    months = {"D04": APRIL.first_day, "D05": MAY.first_day}
    return [
        frames.moved(
            {**paid[payment], "document": document, "month": months[document], "amount": "1000.00"}, number, account
        )
        for number, (account, payment, document) in enumerate(LAID[month], 1)
    ]


def _document(month: BillingMonth) -> dict[str, Any]:
    return {"document": f"D{month.month:02}", "month": month.first_day}


def _documents(month: BillingMonth) -> list[dict[str, Any]]:
    return [
        {
            "document_id": frames.own(a, _document(month)["document"]), "account_id": a, "document_type_code": "main",
            "version": 1, "billing_month": month.first_day, "issued_on": CYCLES[month][0], "charged_kop": 100_000,
            "received_at": frames.moment(CYCLES[month][0]),
        }
        for a in ACCOUNTS
    ]


def _registers() -> list[tuple[Table, list[dict[str, Any]]]]:
    cycles = [
        {"billing_month": month.first_day, "issue_on": issue, "next_issue_on": following}
        for month, (issue, following) in CYCLES.items()
    ]
    calendar = [
        {"provider_code": "sber", "channel_code": "app", "expected_on": dt.date(2026, 6, 3),
         "covers_until": dt.date(2026, 5, 31)},
    ]
    return [
        (registers.ACCOUNTS, [{"account_id": a, "is_served": True, "mode_code": "full"} for a in ACCOUNTS]),
        (registers.CHANNELS, frames.CHANNELS.to_dicts()),
        (registers.CYCLES, cycles),
        (registers.ISSUE_CALENDAR, calendar),
        (events.COURT_CASES, []),
        (events.ADVANCE_CONTRACTS, []),
    ]
