"""A book of two parts with one thing of every kind of the queue, on the night of 20.05.2026 (a Wednesday).

Documents of April are issued on 01.05.2026, the next ones on 01.06.2026. Who brings what stands beside each table.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from pipeline.assets.queue import write_queue
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts import events, registers
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.queue import PUBLISHED, WORK_QUEUE
from pipeline.storage.book import Book
from pipeline.storage.describe import published_tables
from pipeline.storage.lock import lock
from pipeline.storage.publish import publish_opening
from pipeline.storage.run import MonthRun
from tests.debt.town import full
from tests.kept import write

MONTH = BillingMonth(2026, 4)
DAY = dt.date(2026, 5, 20)
MONDAY, TUESDAY = dt.date(2026, 5, 18), dt.date(2026, 5, 19)
ISSUED, NEXT_ISSUE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)
FIRST, SECOND = PARTS = ("part-000", "part-001")
#: Position of the first account of the second part decides nothing here: files name the parts.
ACCOUNTS = {FIRST: ("A1", "B1", "C1", "D1", "E1", "F1"), SECOND: ("Z9",)}


def at(day: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


def refused(table: str, delivery: str, number: int, on: dt.date, *reasons: str, **values: Any) -> dict[str, Any]:
    return {"table_name": table, "delivery_id": delivery, "row_number": number, "received_at": at(on, 0),
            "account_id": values.pop("account", None), "rule_ids": list(reasons),
            "original_values": json.dumps(values)}


def decision(table: str, delivery: str, number: int, code: str, on: dt.date = MONDAY) -> dict[str, Any]:
    return {"event_id": f"{table}:{delivery}:{number}:{on}", "registered_at": at(on), "table_name": table,
            "refused_delivery_id": delivery, "refused_row_number": number, "decision_code": code}


def paid(payment: str, account: str, when: dt.datetime, registry: str = "R1", **more: Any) -> dict[str, Any]:
    return {"payment_id": payment, "account_id": account, "paid_at": when, "amount_kop": 50000,
            "registry_id": registry, "posted_at": at(when.date(), 0)} | more


def debtor(account: str, step: str, on: dt.date | None, kop: int, **more: Any) -> dict[str, Any]:
    return {"account_id": account, "next_action_code": step, "next_action_on": on, "total_kop": kop,
            "claimed_kop": kop, "overdue_1_month_kop": kop, **more}


def queued_before(table: str, delivery: str, number: int, *reasons: str) -> dict[str, Any]:
    return {"queue_id": f"{delivery}:{number}", "rank": number, "kind_code": "quarantined_row", "room_code": "ingest",
            "table_name": table, "refused_delivery_id": delivery, "refused_row_number": number,
            "effect_kop": 0, "reason_codes": list(reasons) or ["unknown_creditor"], "options": ["readmit", "reject"],
            "decided_by_feed": "quarantine_decisions", "waiting_since_on": dt.date(2026, 4, 27)}


#: Rows of tables by part; what is not named is empty.
TABLES_OF_THE_NIGHT: dict[str, dict[str, list[dict[str, Any]]]] = {
    "suspended_payments": {"unplaced": [
        {"suspended_id": "s1", "account_id": "A2", "amount_kop": 80000, "received_at": at(MONDAY, 0),
         "reason_code": "unknown_account", "candidate_account_ids": ["A1", "B1"]},
        {"suspended_id": "s2", "amount_kop": -30000, "received_at": at(TUESDAY, 0), "reason_code": "unknown_reversal",
         "candidate_account_ids": []},
    ]},
    "quarantine": {FIRST: [
        # a document with its line: one thing
        refused("billing_documents", "d", 1, ISSUED, "line_rejected", account="A1", document_id="D1",
                payable_rub="1500.00"),
        refused("charges", "c", 1, ISSUED, "unknown_service", account="A1", document_id="D1", payable_rub="1500.00"),
        # taken back, and refused once more
        refused("billing_documents", "d", 2, MONDAY, "unknown_creditor", account="C1", document_id="D2",
                payable_rub="-20.00"),
    ], "unplaced": [
        refused("charges", "c", 2, ISSUED, "orphan_charge", document_id="NONE", payable_rub="50.00"),
        refused("meter_readings", "m", 1, MONDAY, "rejected_by_person"),
        refused("creditors", "r", 1, MONDAY, "missing_value", creditor_id="U"),
    ]},
    "deliveries": {"whole": [
        {"delivery_id": "old2", "table_name": "holds", "received_at": at(TUESDAY, 0), "status_code": "readmitted"},
    ]},
    "recalculations": {
        FIRST: [{"proposal_id": "p1", "account_id": "A1", "contract_id": "k", "status_code": "waits_for_approval",
                 "difference_kop": -1200000, "reversed_kop": 1200000, "event_id": "v1", "billed_kop": None},
                {"proposal_id": "p2", "account_id": "B1", "contract_id": "k", "status_code": "proposed"}],
        SECOND: [{"proposal_id": "p3", "account_id": "Z9", "contract_id": "k", "status_code": "mismatch",
                  "difference_kop": 10000, "charged_again_kop": 10000, "billed_kop": 9000, "event_id": "v0"},
                 # the biller recalculated himself: for another sum, for the same one, in the volume of a month
                 *({"proposal_id": f"q{number}", "account_id": "Z9", "contract_id": "k", "event_id": "v0",
                    "status_code": "settled_by_biller", "difference_kop": 6493, "charged_again_kop": 6493,
                    "billed_kop": billed} for number, billed in enumerate([7000, 6493, None], start=1))],
    },
    "consumption": {FIRST: [{"reading_id": "v1", "account_id": "A1", "submitted_at": at(TUESDAY)}]},
    # two faults of one application, an act about a house
    "returned_applications": {FIRST: [
        *({"event_id": "e1", "kind_code": "absence", "account_id": "A1", "field_code": field, "reason_code": "missing",
           "registered_on": MONDAY, "answer_due_on": dt.date(2026, 5, 25)} for field in ("evidence", "residents")),
        {"event_id": "e2", "kind_code": "housing", "account_id": None, "field_code": "house_id",
         "reason_code": "unknown_place", "registered_on": TUESDAY, "house_id": "H9", "service_code": "heating",
         "from_on": dt.date(2026, 5, 5), "to_on": dt.date(2026, 5, 6),
         "answer_due_on": dt.date(2026, 5, 21)},
    ]},
    # at the threshold of 1 000 ₽, under it, over it the other way round, settled by another reading, of no known tariff
    "reading_doubts": {FIRST: [
        {"reading_id": f"w{number}", "account_id": "A1", "contract_id": "k", "read_on": MONDAY, "effect_kop": effect,
         "finding_code": "spike", "cause_code": "decimal_slip", "severity_code": "hold", "is_open": is_open}
        for number, (effect, is_open) in enumerate(
            [(100000, True), (99999, True), (-150000, True), (200000, False), (None, True)], start=1)
    ]},
    # at the band of a house; over that of the book; under both; what agrees is nobody's business
    "charge_audit_totals": {"whole": [
        {"house_id": house, "service_code": "heating", "outcome_code": outcome, "cause_code": cause, "lines": 1,
         "billed_kop": 20000000, "rated_kop": 20000000 - kop, "difference_kop": kop, "too_much_kop": max(kop, 0)}
        for house, outcome, cause, kop in (
            ("h1", "differs", "tariff", 100000), ("h2", "differs", "area", -11000000), ("h3", "differs", "norm", 99999),
            ("h4", "agrees", None, 0),
        )
    ]},
    # at the threshold of 5 000 ₽, over it the other way round, under it, within the bound, of no known price
    "house_balances": {"whole": [
        {"house_id": f"h{number}", "service_code": "cold_water", "outcome_code": outcome, "effect_kop": effect,
         "difference_volume_e7": 1}
        for number, (outcome, effect) in enumerate([
            ("differs", 500000), ("flats_exceed", -600000), ("differs", 499999), ("agrees", 900000), ("differs", None),
        ], start=1)
    ]},
    # two services of one house, one of another; what is counted and what nobody can help is no work
    "house_corrections": {"whole": [
        {"correction_id": f"c{number}", "kind_code": "common_property", "house_id": house, "service_code": service,
         "from_month": dt.date(2026, 4, 1), "to_month": dt.date(2026, 4, 1), "reason_code": reason,
         "outcome_code": "not_counted" if reason else "counted"}
        for number, (house, service, reason) in enumerate([
            ("h6", "hot_water_common", "bill_missing"), ("h6", "cold_water_common", "other_premises_unknown"),
            ("h7", "cold_water_common", "mode_changed"), ("h8", "cold_water_common", None),
            ("h9", "heating", "months_unknown"),
        ], start=1)
    ]},
    "incomplete_bills": {
        FIRST: [{"account_id": "A1", "reason_code": "document_rejected"},
                {"account_id": "B1", "reason_code": "document_missing"},
                {"account_id": "B1", "reason_code": "document_rejected"}],
        # a document of an earlier month, refused: the bill of this month is there
        SECOND: [{"account_id": "Z8", "reason_code": "earlier_document_rejected"},
                 {"account_id": "Z9", "reason_code": "document_missing"}],
    },
    "posted_payments": {FIRST: [
        paid("b1", "B1", at(MONDAY, 10)), paid("b2", "B1", at(MONDAY, 10, 10), registry="R2"),
        # three days apart, taken back, of the month before, for another document, by another channel
        paid("c1", "C1", at(dt.date(2026, 5, 15))), paid("c2", "C1", at(MONDAY)),
        paid("d1", "D1", at(MONDAY, 10)), paid("d2", "D1", at(MONDAY, 10, 1)),
        paid("e2", "E1", at(dt.date(2026, 5, 1), 9), paid_at_precision_code="day"),
        paid("f1", "F1", at(MONDAY, 10), designated_document_id="X"),
        paid("f2", "F1", at(MONDAY, 10, 1), designated_document_id="Y"),
        paid("f3", "F1", at(MONDAY, 10, 2), designated_document_id="Y", channel_code="post"),
    ]},
    "posted_reversals": {FIRST: [{"reversal_id": "x", "payment_id": "d2", "account_id": "D1"}]},
    "advances": {FIRST: [{"account_id": "B1", "payment_id": "b2", "amount_kop": 100}]},
    "awaited_registries": {"whole": [
        {"provider_code": "post", "channel_code": channel, "expected_on": MONDAY,
         "covers_until": dt.date(2026, 5, 13), "status_code": "late"} for channel in ("post", "post_site")
    ]},
    "known_registries": {"whole": [
        {"registry_id": "P1", "provider_code": "post", "received_on": dt.date(2026, 4, 28), "total_kop": 900000},
        {"registry_id": "P2", "provider_code": "post", "received_on": dt.date(2026, 5, 8), "total_kop": 500000},
    ]},
    "registry_reconciliation": {"whole": [
        {"registry_id": f"R{number}", "status_code": status, "received_on": dt.date(2026, 5, 12), "listed_kop": listed,
         "received_kop": 0, "declared_kop": declared, "statement_kop": booked}
        for number, (status, listed, declared, booked) in enumerate([
            ("statement_differs", 100000, 100000, 90000), ("not_announced", 7000, None, None),
            ("rows_differ", 30000, 40000, None), ("reconciled", 100, 100, 100),
        ], start=1)
    ]},
    # 1000 of 1500 agreed; hot water cut too early; collected twice: asked about, decided for its sum, for another
    "instalments": {FIRST: [
        {"account_id": "A1", "creditor_id": "U", "agreement_id": "r1", "signed_on": MONDAY, "agreed_kop": 100000,
         "debt_kop": 150000, "status_code": "does_not_match_debt"},
        {"account_id": "B1", "creditor_id": "U", "agreement_id": "r2", "signed_on": MONDAY, "status_code": "kept"},
    ]},
    "restriction_list": {SECOND: [
        {"account_id": "Z9", "creditor_id": "U", "service_code": "hot_water", "stage_code": "restriction",
         "stage_on": dt.date(2026, 4, 10), "total_kop": 70000, "claimed_kop": 70000,
         "blocked_by": ["restricted_too_early"], "next_action_code": "restore", "next_action_on": None},
    ]},
    "court_standing": {FIRST: [
        {"court_case_id": f"2-{number}/2026", "account_id": "C1", "creditor_id": "U", "double_kop": 20000,
         "stage_on": MONDAY} for number in (1, 2, 3)
    ] + [
        {"court_case_id": f"2-{number}/2026", "account_id": "C1", "creditor_id": "U", "stage_on": MONDAY,
         "blocked_by": [doubt], "open_kop": 40000, "claimed_kop": claimed, "on_principal_kop": lies}
        for number, doubt, claimed, lies in (
            (4, "several_accounts", 50000, 0), (5, "several_accounts", None, 0),
            (6, "costs_on_principal", 50000, 20000), (7, "costs_on_principal", 50000, 30000),
        )
    ]},
    "debtors": {FIRST: [
        # of the dead: two creditors of one account, one row of the queue; the court track tells the same debt again
        debtor("E1", "none", None, 13000, holds=["death"]),
        debtor("E1", "none", None, 5000, creditor_id="V", holds=["death", "dispute"]),
        debtor("E1", "none", None, 13000, track_code="court", holds=["death"]),
        debtor("B1", "sms", dt.date(2026, 5, 10), 25000), debtor("C1", "court_order", dt.date(2026, 5, 25), 99000),
    ]},
    # capital repair of a tenant, of an owner, and what else the tenant owes
    "open_items": {FIRST: [
        {"account_id": account, "document_id": document, "debt_kind_code": kind, "outstanding_kop": kop,
         "billed_kop": kop, "epoch_base_kop": kop}
        for account, document, kind, kop in (
            ("F1", "d1", "capital_repair", 40000), ("F1", "d2", "capital_repair", 2000), ("F1", "d3", "principal", 700),
            ("E1", "d4", "capital_repair", 5000),
        )
    ]},
    "debtor_lists": {FIRST: [
        {"list_code": code, "run_on": DAY, "status_code": status, "awaited": awaited}
        for code, status, awaited in (("sms_list", "awaiting_registries", ["post:post", "post:post_site"]),
                                      ("court_list", "awaiting_registries", ["post:post"]),
                                      ("debt_receipts", "ready", []))
    ]},
}
STATE: dict[str, dict[str, list[dict[str, Any]]]] = {
    "work_queue": {"whole": [
        queued_before("holds", "old1", 1), queued_before("holds", "old1", 2),
        # a document of a closed month says nothing of this month's bill
        queued_before("billing_documents", "old5", 6) | {"kind_code": "quarantined_document", "account_id": "B1"},
        queued_before("holds", "old2", 3, "refused_again"), queued_before("holds", "old3", 4, "refused_again"),
    ]},
    "billed_documents": {FIRST: [
        {"account_id": "B1", "document_id": "b", "billed_kop": 70000},
        {"account_id": "B1", "document_id": "b0", "billed_kop": 5000, "is_superseded": True},
    ]},
    "posted_payments": {FIRST: [paid("e1", "E1", at(dt.date(2026, 4, 30), 23, 59))]},
}
DECISIONS = [
    decision("meter_readings", "m", 1, "reject"), decision("billing_documents", "d", 2, "readmit", ISSUED),
    decision("holds", "old1", 1, "reject"), decision("holds", "old2", 3, "readmit"),
    decision("holds", "old3", 4, "readmit", dt.date(2026, 4, 29)),
]

DEBT_DECISIONS = [
    {"event_id": f"q{number}", "registered_at": at(TUESDAY), "subject_code": "double_recovery",
     "subject_id": f"2-{number}/2026", "decision_code": "refunded", "amount_kop": kop}
    for number, kop in ((2, 20000), (3, 19999))
] + [
    # a lawyer goes on by hand with the sum that he saw, and with no other
    {"event_id": f"q{number}", "registered_at": at(TUESDAY), "subject_code": "costs_on_principal",
     "subject_id": f"2-{number}/2026", "decision_code": "by_hand", "amount_kop": 20000} for number in (6, 7)
]


def book_at(root: Path) -> Book:
    root.mkdir()
    settings = 'book_id: town\nname: РКЦ Заречный\nfirst_month: "2026-04"\nworkers: 1\n'
    (root / "settings.yaml").write_text(settings, encoding="utf-8")
    book = Book.at(root)
    frames = {name: {part: full(TABLES[name], *rows) for part, rows in parts.items()} for name, parts in STATE.items()}
    publish_opening(book, frames, dt.date(2026, 4, 30))
    return book


def computed(book: Book, as_of: dt.date = DAY) -> MonthRun:
    """The tables of all rooms and the queue over them."""
    with lock(book):
        run = MonthRun.begin(book, MONTH, "r1", as_of)
    for part, accounts in ACCOUNTS.items():
        rows = [{"account_id": account, "account_index": number} for number, account in enumerate(accounts)]
        run.write(TABLES["account_index"], part, full(TABLES["account_index"], *rows))
    for table in published_tables():
        if table in PUBLISHED or table.name == "account_index":
            continue
        given = TABLES_OF_THE_NIGHT.get(table.name, {})
        for part in {*PARTS, *given}:
            write(run, table, part, full(table, *given.get(part, [])))
    for table, staged in (
        (events.QUARANTINE_DECISIONS, DECISIONS), (events.DEBT_DECISIONS, DEBT_DECISIONS),
        (registers.ACCOUNTS, [{"account_id": "E1", "account_kind_code": "citizen"},
                              {"account_id": "F1", "account_kind_code": "municipal_tenant"}]),
        (registers.SERVICE_CONTRACTS, [{"contract_id": "k", "creditor_id": "c1"}]),
        (registers.CYCLES, [{"billing_month": MONTH.first_day, "issue_on": ISSUED, "next_issue_on": NEXT_ISSUE}]),
    ):
        run.write_staged(table.name, "whole", full(table, *staged))
    write_queue(run)
    return run


def queue_of(run: MonthRun) -> list[dict[str, Any]]:
    """The queue in order of its places."""
    return run.read(WORK_QUEUE).sort("rank").to_dicts()
