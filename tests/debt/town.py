"""A book of two parts with one account for each fate, computed up to the lists of the night of 31.05.2026.

| account | owes | fate tonight |
| A1, Z9  | P1, in two parts | one message for both, verified phone |
| B1      | P2 | SMS stage, unverified phone: neutral text |
| C1      | P3, no phone | debt receipt |
| D1      | P4, receipt sent in April; penalties of 300, 50 before the book, 20 and 30 paid | court order |
| E1      | P5, instalment | held |
| F1      | P6, called up; bill incomplete, and a hold was refused | held |
| G1      | organisation | held |
| H1      | suspended money may be its own | covered in full |
| I1      | P9, reminder sent on 20 May | waits |
| L1      | P12, a case filed in April, 300 of 400 still open | reduce |
| M1      | P13, a case ordered in March | writ to the bank |
| N1      | P14, keeps an instalment of 900 signed on 1 May | held |
| O1      | P0, SMS sent on 10 May, agreed to calls | call |
| J1      | P10, hot water above two fees by the norm, warned on 1 May | restriction |
| K1      | P11, owes nothing more, hot water restricted in April | restore |
"""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.assets.debt import write_debt
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts import billing, events, ingest, ledger, penalty, registers
from pipeline.contracts.debt import DISPATCHES, PUBLISHED
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.contracts.table import Kind, Table
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.describe import published_tables
from pipeline.storage.lock import lock
from pipeline.storage.publish import publish_opening
from pipeline.storage.run import MonthRun
from tests.domain.debt.town import DAY, EARLY, account, contact, frame, item, kop, person, right, sent
from tests.kept import made_once, taken_once, write

MONTH = BillingMonth(2026, 4)
PARTS = ("part-000", "part-001")
SECOND = ("Z9",)
PLAIN = {
    Kind.TEXT: "x", Kind.CODES: [], Kind.DATE: EARLY, Kind.MONTH: EARLY, Kind.YES_NO: False,
    Kind.MOMENT: dt.datetime(2026, 5, 20, 12, tzinfo=MOSCOW),
}
APRIL, FEBRUARY = dt.date(2026, 4, 15), dt.date(2026, 2, 10)
ITEMS = [
    item(1, DAY, account="A1", due_on=APRIL, rub="1500.00"), item(2, DAY, account="Z9", due_on=APRIL, rub="700.50"),
    item(3, DAY, account="B1", due_on=APRIL, rub="900.00"),
    item(4, DAY, account="C1", due_on=dt.date(2026, 3, 16), rub="4000.00"),
    item(5, DAY, account="C1", due_on=APRIL, rub="300.00", month=None),
    item(6, DAY, account="D1", due_on=FEBRUARY, rub="15000.00", limitation_on=dt.date(2029, 2, 10)),
    item(7, DAY, account="D1", due_on=FEBRUARY, rub="500.00", kind="voluntary"),
    item(8, DAY, account="E1", due_on=APRIL, rub="5000.00"), item(9, DAY, account="F1", due_on=APRIL, rub="5000.00"),
    item(10, DAY, account="G1", due_on=APRIL, rub="5000.00"), item(11, DAY, account="H1", due_on=APRIL, rub="800.00"),
    item(12, DAY, account="I1", due_on=APRIL, rub="800.00"), item(13, DAY, account="I1", due_on=DAY, rub="100.00"),
    item(14, DAY, account="J1", due_on=APRIL, rub="450.00", service="hot_water"),
    item(15, DAY, account="L1", due_on=FEBRUARY, rub="300.00"),
    item(16, DAY, account="M1", due_on=FEBRUARY, rub="500.00"),
    item(17, DAY, account="N1", due_on=APRIL, rub="600.00"), item(18, DAY, account="O1", due_on=APRIL, rub="1200.00"),
]
PEOPLE = {
    "A1": "P1", "Z9": "P1", "B1": "P2", "C1": "P3", "D1": "P4",
    "E1": "P5", "F1": "P6", "G1": "P7", "H1": "P8", "I1": "P9",
    "J1": "Q0", "K1": "Q1", "L1": "Q2", "M1": "Q3", "N1": "Q4",
    "O1": "P0",
}


def full(table: Table, *rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of a table with invented values in the columns that are not told."""
    invented = {
        column.inside_name: None if column.is_nullable else column.allowed[0] if column.allowed
        else PLAIN.get(column.kind, column.at_least or 0)
        for column in table.columns
    }
    return frame(table, *({**invented, **row} for row in rows))


def book_at(root: Path) -> Book:
    return Book.at(made_once(root, "debt", _opened))


def _opened(root: Path) -> None:
    root.mkdir()
    settings = (
        'book_id: town\nname: РКЦ Заречный\nfirst_month: "2026-04"\nworkers: 1\n'
        "calls: {label: РКЦ Заречный}\nrules: {debt.calls_are_made: true}\n"
    )
    (root / "settings.yaml").write_text(settings, encoding="utf-8")
    publish_opening(Book.at(root), {}, dt.date(2026, 4, 20))


def begun(book: Book, run_id: str = "r1", as_of: dt.date = DAY) -> MonthRun:
    """A run with everything that the room reads."""
    with lock(book):
        run = MonthRun.begin(book, MONTH, run_id, as_of)
    for table in published_tables():
        for part in PARTS:
            if table not in PUBLISHED:
                write(run, table, part, _given(table, part))
    for table, rows in _registers():
        run.write_staged(table.name, "whole", rows)
    for table, rows in _billed():
        run.write_staged(table.name, PARTS[0], rows)
        run.write_staged(table.name, PARTS[1], rows.clear())
    return run


def computed(book: Book, run_id: str = "r1", as_of: dt.date = DAY) -> MonthRun:
    """The same run with debtors and lists."""
    run = begun(book, run_id, as_of)
    write_debt(run)
    return run


def kept(book: Book, run_id: str = "r1", as_of: dt.date = DAY) -> MonthRun:
    """The same, computed once for all tests that ask it of the same book: for what comes after the lists."""
    return taken_once(book.root, f"debt {run_id} {as_of}", lambda: computed(book, run_id, as_of))


def with_journal(book: Book) -> Book:
    """What had left before: a receipt of D1 in April, a reminder of I1 on 20 May, an SMS to O1 on 10 May."""
    rows = [
        sent("debt_receipt", dt.date(2026, 4, 20), FEBRUARY, person="P4", account="D1"),
        sent("reminder", dt.date(2026, 5, 20), APRIL, person="P9", account="I1"),
        sent("sms", dt.date(2026, 5, 10), APRIL, person="P0", account="O1"),
    ]
    journal.append(book, DISPATCHES, "before", frame(DISPATCHES, *rows))
    return book


def _given(table: Table, part: str) -> pl.DataFrame:
    is_first = part == PARTS[0]
    if table == ledger.OPEN_ITEMS:
        rows = frame(table, *ITEMS)
        return rows.filter(pl.col("account_id").is_in(SECOND) ^ is_first)
    if is_first and table in (penalty.PENALTIES, penalty.PAID_PENALTIES):
        item = frame(ledger.OPEN_ITEMS, *ITEMS).filter(pl.col("account_id") == "D1", debt_kind_code="principal")
        key = item.select(*ledger.ITEM_KEY, "billing_month", "due_on", "outstanding_kop").to_dicts()[0]
        if table == penalty.PENALTIES:
            return full(table, {**key, "penalty_kop": kop("300.00"), "before_kop": kop("50.00"),
                                "change_kop": kop("250.00"), "batch_id": "b", "reason_code": None})
        line = {**key, "debt_kind_code": "penalty"}
        named = {**line, "billing_month": dt.date(2026, 4, 1), "paid_kop": kop("20.00"), "document_id": "p1"}
        unnamed = {**named, "charge_month": dt.date(2026, 4, 1), "paid_kop": kop("30.00"), "document_id": "p2"}
        return full(table, *({name: row[name] for name in table.inside_names} for row in (named, unnamed)))
    if not is_first and table != ingest.ACCOUNT_INDEX:
        return table.empty_inside()
    match table.name:
        case "account_index":
            ids = [a for a in PEOPLE if (a in SECOND) ^ is_first]
            return full(table, *({"account_id": a, "account_index": n} for n, a in enumerate(ids)))
        case "suspended_payments":
            told = {"suspended_id": "s1", "amount_kop": kop("800.00"), "candidate_account_ids": ["H1"]}
            return full(table, told)
        case "quarantine":
            refused = {"table_name": "holds", "account_id": "F1", "row_number": 1, "rule_ids": ["unknown_creditor"]}
            return full(table, {**refused, "delivery_id": "d", "original_values": "{}"})
        case "incomplete_bills":
            return full(table, {"account_id": "F1"})
        case "awaited_registries":
            return full(table, {"channel_code": "post", "covers_until": DAY, "status_code": "awaited"})
        case "payment_allocations":
            told = {"account_id": "N1", "creditor_id": "c1", "debt_kind_code": "principal", "due_on": APRIL}
            paid = {"paid_at": dt.datetime(2026, 5, 10, 9, tzinfo=MOSCOW), "allocated_kop": kop("300.00")}
            duty = {"account_id": "M1", "debt_kind_code": "court_cost", "movement_number": 1, "payment_id": "m",
                    "allocated_kop": kop("500.00")}
            return full(table, {**told, **paid}, {**told, **paid, **duty})
    return table.empty_inside()


def _registers() -> list[tuple[Table, pl.DataFrame]]:
    accounts = [account(a, account_kind_code="organisation" if a == "G1" else "citizen") for a in PEOPLE]
    verified = dt.date(2026, 1, 1)
    people = sorted(set(PEOPLE.values()))
    contacts = [
        contact(
            p, phone=f"+7916000000{p[1]}", phone_verified_on=verified if p in ("P0", "P1") else None,
            has_sms_consent=p != "P2", has_call_consent=p == "P0",
        )
        for p in people if p != "P3" and not p.startswith("Q")
    ]
    called_up = {"event_id": "s1", "registered_at": PLAIN[Kind.MOMENT], "person_id": "P6", "status_code": "mobilised",
                 "document": "справка", "valid_from": EARLY}
    hold = {"event_id": "h1", "account_id": "E1", "reason_code": "instalment", "from_on": EARLY}
    return [
        (table, frame(table, *rows))
        for table, rows in (
            (registers.ACCOUNTS, accounts),
            (registers.RIGHTS, [right(p, a) for a, p in PEOPLE.items()]), (registers.REGISTRATIONS, []),
            (registers.PERSONS, [person(p, full_name=f"Тайное Имя {p}") for p in people]),
            (registers.CONTACTS, contacts),
            (registers.CHANNELS, [{"channel_code": "post", "usual_delay_days": 3}]),
            (registers.SERVICE_CONTRACTS, [{"contract_id": "k-c1", "creditor_id": "c1", "valid_from": EARLY}]),
            (registers.SERVICES, [
                {"service_code": "hot_water", "class_code": "utility", "may_restrict": True},
                {"service_code": "heat", "class_code": "utility", "may_restrict": False},
            ]),
            (events.HOLDS, [hold]), (PERSON_STATUSES, [called_up]),
            (events.COURT_CASES, [_case("L1"), _case("M1")]),
            (events.COURT_EVENTS, [
                _happened("L1", "filed", dt.date(2026, 4, 1), "400.00"),
                _happened("M1", "filed", dt.date(2026, 3, 1), "500.00"),
                _happened("M1", "ordered", dt.date(2026, 3, 20), "500.00", penalty_kop=kop("40.00"),
                          duty_kop=kop("2000.00")),
            ]),
            (events.QUARANTINE_DECISIONS, []), (events.DEBT_DECISIONS, []),
            (events.RESTRICTION_ACTS, [_act("J1", "notice_delivered", 1, 5), _act("K1", "restricted", 20, 4)]),
            (events.INSTALMENT_AGREEMENTS, [
                _part("N1", dt.date(2026, 5, 20), "300.00"), _part("N1", dt.date(2026, 6, 20), "600.00"),
            ]),
            (events.DUNNING_OUTCOMES, [came_back("I1", "delivered")]),
            (events.SERVICE_NORMS, [_norm("J1", "200.00")]),
            (events.MANDATES, []), (events.MANDATE_ACCOUNTS, []),
        )
    ]


def _billed() -> list[tuple[Table, pl.DataFrame]]:
    """The document of April of B1 with a line of hot water."""
    month = MONTH.first_day
    document = {"document_id": "d-B1", "account_id": "B1", "billing_month": month}
    line = {"document_id": "d-B1", "line_number": 1, "account_id": "B1", "service_code": "hot_water",
            "charge_month": month, "charged_kop": kop("450.00")}
    told = ((billing.BILLING_DOCUMENTS, document), (billing.CHARGES, line))
    return [(table, full(table, row)) for table, row in told]


def _act(account_id: str, code: str, day: int, month: int) -> dict[str, Any]:
    return {
        "event_id": f"{account_id}-{code}", "registered_at": PLAIN[Kind.MOMENT], "account_id": account_id,
        "creditor_id": "c1", "service_code": "hot_water", "act_code": code, "act_on": dt.date(2026, month, day),
        "evidence": "акт",
    }


def _norm(account_id: str, fee_rub: str) -> dict[str, Any]:
    """A month of hot water by the norm: one unit at a tariff of the fee."""
    return {
        "event_id": f"norm-{account_id}", "registered_at": PLAIN[Kind.MOMENT], "account_id": account_id,
        "service_code": "hot_water", "valid_from": EARLY, "norm_volume_e7": 10**7, "tariff_e6": kop(fee_rub) * 10**4,
    }


def _case(account_id: str) -> dict[str, Any]:
    return {
        "event_id": f"case-{account_id}", "registered_at": PLAIN[Kind.MOMENT], "court_case_id": f"2-{account_id}/2026",
        "account_id": account_id, "creditor_id": "c1", "from_month": dt.date(2025, 12, 1),
        "to_month": dt.date(2026, 1, 1),
    }


def _happened(account_id: str, code: str, on: dt.date, rub: str, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"{account_id}-{code}", "registered_at": PLAIN[Kind.MOMENT],
        "court_case_id": f"2-{account_id}/2026", "event_code": code, "event_on": on, "principal_kop": kop(rub), **more,
    }


def _part(account_id: str, due_on: dt.date, rub: str) -> dict[str, Any]:
    return {
        "event_id": f"{account_id}-{due_on}", "registered_at": PLAIN[Kind.MOMENT], "agreement_id": f"r-{account_id}",
        "account_id": account_id, "creditor_id": "c1", "signed_on": dt.date(2026, 5, 1), "part_due_on": due_on,
        "part_kop": kop(rub),
    }


def came_back(account_id: str, code: str) -> dict[str, Any]:
    """Of the reminder that had left on 20 May."""
    left = sent("reminder", dt.date(2026, 5, 20), APRIL, person=PEOPLE[account_id], account=account_id)
    return {
        "event_id": f"o-{account_id}", "registered_at": PLAIN[Kind.MOMENT], "action_id": left["action_id"],
        "outcome_code": code, "outcome_on": dt.date(2026, 5, 21),
    }
