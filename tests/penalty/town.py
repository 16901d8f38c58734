"""A book of two parts with one item for each fate of a penalty, counted to 31.05.2026 after a month that told of some.

Due on 10.02.2026 unless said: 31.05 is day 110, so 60 days at 1/300 and 20 at 1/130 of 9.5 %.

| account | owes | penalty |
| A1 | 1000.00, nothing paid | 1000 x 9.5 % x (60/300 + 20/130) = 33.62 |
| B1 | 2500.00, 700 paid on 01.04 (told before), 500 on 05.05 | 4.4333 + 8.55 + 43.70 = 56.68 |
| C1 | 1000.00, settled on 20.05, day 99 | 19.00 + 9 days at 1/130 6.5769 = 25.58 |
| D1 | 800.00 due 12.01, settled on 10.03, taken back now | 76 x (60/300 + 49/130) = 43.85, before 6.84 |
| E1, F1, G1 | an organisation of no told kind, a dispute, a lump sum | none, with the reason |
| H1 | 2500.00, P8 mobilised for April | 60.29 |
| L1 | 2500.00, bankrupt from 01.04 on | 2500 x 9.5 % x 19/300 = 15.04 |
| M1 | 2500.00, P9 died: April is left out | 60.29 |
| N1 | time-barred now; 12.00 told, the last 5.00 of it not billed | 7.00 stays |
| O1 | time-barred before; 9.00 told | 9.00 stays |
| P1 | time-barred before, 4.00 told, paid now | 4.00 stays |
| Q1 | time-barred now; 12.00 told, the last 5.00 billed now | 12.00 stays |
| R1 | 1000.00, 12.00 told; a document of May credits 200.00 of January | 800 x 9.5 % x (60/300 + 20/130) = 26.89 |
| S1 | 1000.00, settled on 15.04, 10.77 told; May credits 200.00 | 800 x 9.5 % x 34/300 = 8.61, 2.16 given back |
| T1 | 900.00 open; April credited 300.00, 100.00 of its money lies here | 700 x 9.5 % x (60/300 + 20/130) = 23.53 |
| U1 | 1000.00, 20.00 told; the document that credited 400.00 is replaced by one that does not | 33.62 |
| V1 | as D1, but March credited 100.00 before all was taken back | 66.50 x (60/300 + 49/130) = 38.37, before 6.84 |
| I1 | due on 15.05 | not past its free days |
| J1 | told 5.00, paid on the due day after all | none, 5.00 taken back |
| K1 | voluntary and penalty lines, 3.00 and now 20.00 paid of the latter | not there at all |
| W1 | a consumer: 1000.00 open, 300.00 paid on 02.03, day 20 | 28.50 x 20/130 + 95 x 110/130 = 84.77 |
| W2 | a consumer: 500.00 due on 15.05, day 16 | 47.50 x 16/130 = 5.85 |
| X1 | a manager: 1000.00 open, 400.00 paid day 61 | 38 x (60/300 + 1/170) + 95 x (60/300 + 30/170 + 20/130) = 58.20 |
| X2 | a consumer since this month: 500.00 open, 100.00 paid on day 35 | 9.50 x 35/130 + 47.50 x 110/130 = 42.75 |
| Y1 | waste of a consumer | none, with the reason |
| Y2 | a partnership, a consumer until this month: 300.00 paid on day 20 | 33.62, before 84.77 |
| A1, B1, C1 | 12.00, 30.00, 9.00 waited | billed; 25.00 of 30.00 billed; billed by a copy of an older document |
| Z9 | 600.00 of capital repair, in the second part | 600 x 9.5 % x 80/300 = 15.20 |
"""

import datetime as dt
from pathlib import Path
from typing import Any

from pipeline.assets.penalty import write_penalties
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts import billing, events, ingest, registers
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.penalty import PUBLISHED
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.contracts.table import Table
from pipeline.storage.book import Book
from pipeline.storage.describe import published_tables
from pipeline.storage.lock import lock
from pipeline.storage.publish import publish_opening
from pipeline.storage.run import MonthRun
from tests.debt.town import full
from tests.kept import write

MONTH = BillingMonth(2026, 4)
AS_OF = dt.date(2026, 5, 31)
APRIL = dt.date(2026, 4, 20)
DUE, MAY, JANUARY = dt.date(2026, 2, 10), dt.date(2026, 5, 15), dt.date(2026, 1, 12)
PARTS = {
    "part-000": (*(f"{letter}1" for letter in "ABCDEFGHIJKLMNOPQRSTUV"), "W1", "W2", "X1", "X2", "Y1", "Y2"),
    "part-001": ("Z9",),
}
BILLED = dt.date(2026, 1, 1)
DAY_20 = dt.date(2026, 3, 2)
ORGANISATIONS = {
    "E1": None, "W1": "consumer", "W2": "consumer", "X1": "manager", "X2": "consumer", "Y1": "consumer",
    "Y2": "partnership",
}


def of_item(account: str, kop: int = 0, due_on: dt.date = DUE, **more: Any) -> dict[str, Any]:
    """An item of an account: its key, its terms, what is open of it."""
    key = {
        "account_id": account, "document_id": f"d-{account}", "creditor_id": "c1", "contract_id": "k1",
        "service_code": "heat", "debt_kind_code": "principal", "charge_month": BILLED,
    }
    return key | {"billing_month": BILLED, "due_on": due_on, "outstanding_kop": kop} | more


def moved(account: str, on: dt.date, kop: int, number: int = 1, due_on: dt.date = DUE, **more: Any) -> dict[str, Any]:
    """A movement on the account's item."""
    item = {name: value for name, value in of_item(account, due_on=due_on).items() if name != "outstanding_kop"}
    paid_at = dt.datetime(on.year, on.month, on.day, 12, tzinfo=MOSCOW)
    return item | {"movement_number": number, "paid_at": paid_at, "allocated_kop": kop, "payment_id": f"p{number}",
                   "registry_id": "r", "channel_code": "post"} | more


def told(account: str, outstanding: int, kop: int, due_on: dt.date = DUE, **more: Any) -> dict[str, Any]:
    """What the month before told of an item."""
    terms = {"penalty_kop": kop, "before_kop": kop, "change_kop": 0, "status_code": "unchanged"}
    return of_item(account, outstanding, due_on, **terms | more)


def credit_of(account: str, kop: int, number: int = 1) -> list[dict[str, Any]]:
    """May's document takes so much off January: its negative line, and its money on the line of May itself."""
    may = {"document_id": f"may-{account}", "billing_month": dt.date(2026, 5, 1), "origin_code": "credit",
           "payment_id": f"credit:may-{account}:k1", "rule_code": "credit", "registry_id": None, "channel_code": None}
    on, due = dt.date(2026, 5, 25), dt.date(2026, 6, 15)
    return [moved(account, on, -kop, number, due, **may),
            moved(account, on, kop, number + 1, due, **may, charge_month=dt.date(2026, 5, 1))]


def waited(account: str, kop: int) -> dict[str, Any]:
    """What waited for a document."""
    return {"account_id": account, "creditor_id": "c1", "batch_id": "2026-03:penalty:c1", "change_kop": kop,
            "to_bill_kop": kop}


def line(document: str, account: str, kop: int, batch: str | None = "2026-03:penalty:c1") -> dict[str, Any]:
    """A line of a document."""
    return {"document_id": document, "account_id": account, "batch_id": batch, "charged_kop": kop, "payable_kop": kop}


def named(account: str) -> dict[str, Any]:
    """The account's item: its key and terms."""
    return {name: value for name, value in of_item(account).items() if name != "outstanding_kop"}


def late(account: str, on: dt.date, kop: int) -> dict[str, Any]:
    """What of the account's item was paid late on a day."""
    return named(account) | {"paid_on": on, "paid_kop": kop}


def credited(account: str, document: str, kop: int, **more: Any) -> dict[str, Any]:
    """What an earlier document of April took off the account's item."""
    april = {"credit_document_id": document, "credited_in_month": dt.date(2026, 4, 1), "credited_kop": kop}
    return named(account) | april | more


def line_paid(account: str, kop: int) -> dict[str, Any]:
    """What lay on a penalty line of the account."""
    item = of_item(account, debt_kind_code="penalty")
    named = {name: value for name, value in item.items() if name not in ("outstanding_kop", "due_on")}
    return named | {"paid_kop": kop}


ITEMS = [
    of_item("A1", 100000), of_item("B1", 130000), of_item("D1", 80000, JANUARY), of_item("E1", 50000),
    of_item("F1", 50000, is_disputed=True), of_item("G1", 50000, charge_month=None), of_item("H1", 250000),
    of_item("I1", 50000, MAY), of_item("K1", 10000, debt_kind_code="voluntary"),
    of_item("K1", 10000, debt_kind_code="penalty"), of_item("Z9", 60000, debt_kind_code="capital_repair"),
    of_item("L1", 250000), of_item("M1", 250000), of_item("N1", 100000, is_time_barred=True),
    of_item("O1", 100000, is_time_barred=True), of_item("Q1", 100000, is_time_barred=True),
    of_item("R1", 100000), of_item("T1", 90000), of_item("U1", 100000), of_item("V1", 80000, JANUARY),
    of_item("W1", 100000), of_item("W2", 50000, MAY), of_item("X1", 100000), of_item("X2", 50000),
    of_item("Y1", 50000, service_code="rubbish"), of_item("Y2", 100000),
]
MOVED = [
    moved("B1", dt.date(2026, 5, 5), 50000), moved("C1", dt.date(2026, 5, 20), 100000),
    moved("D1", dt.date(2026, 3, 10), -80000, due_on=JANUARY, rule_code="reversal"),
    moved("I1", dt.date(2026, 5, 10), 1000, due_on=MAY), moved("J1", DUE, 50000),
    moved("P1", dt.date(2026, 5, 20), 100000),
    moved("K1", dt.date(2026, 5, 20), 2000, debt_kind_code="penalty"),
    *credit_of("R1", 20000), *credit_of("S1", 20000), moved("W1", DAY_20, 30000),
    moved("V1", dt.date(2026, 3, 10), -80000, due_on=JANUARY, rule_code="reversal"),
]
#: The last 5.00 of 12.00 were proposed by the month before.
GROWN: dict[str, Any] = {
    "before_kop": 700, "change_kop": 500, "status_code": "proposed", "batch_id": "2026-03:penalty:c1",
}
STATE: dict[str, list[dict[str, Any]]] = {
    "penalties": [
        told("A1", 100000, 1200), told("B1", 180000, 3000), told("C1", 100000, 900), told("D1", 0, 684, JANUARY),
        told("J1", 50000, 500), told("N1", 100000, 1200, **GROWN), told("Q1", 100000, 1200, **GROWN),
        told("O1", 100000, 900, reason_code="time_barred"), told("P1", 100000, 400, reason_code="time_barred"),
        told("R1", 100000, 1200), told("S1", 0, 1077), told("T1", 90000, 1000),
        told("U1", 100000, 2000), told("V1", 0, 684, JANUARY), told("X1", 100000, 2000),
        told("X2", 50000, 0, reason_code="organisation", status_code="not_accrued"), told("Y2", 100000, 8477),
    ],
    "penalty_proposals": [waited("A1", 1200), waited("B1", 3000), waited("C1", 900),
                          waited("N1", 500), waited("Q1", 500)],
    "paid_penalties": [line_paid("K1", 300), line_paid("A1", 450)],
    "payment_allocations": [moved(account, dt.date(2026, 3, 10), 80000, due_on=JANUARY) for account in ("D1", "V1")],
    "open_items": [of_item("A1", 100000), of_item("B1", 180000), of_item("C1", 100000), of_item("J1", 50000),
                   *(of_item(f"{letter}1", 100000) for letter in "NOPQRU"), of_item("T1", 90000), of_item("X1", 100000),
                   of_item("X2", 50000), of_item("Y2", 100000)],
    "late_payments": [
        late("B1", dt.date(2026, 4, 1), 70000), late("S1", dt.date(2026, 4, 15), 100000), late("T1", APRIL, 10000),
        late("X1", dt.date(2026, 4, 12), 40000), late("X2", dt.date(2026, 3, 17), 10000), late("Y2", DAY_20, 30000),
    ],
    "credited_charges": [
        credited("T1", "apr-T1", 30000, laid_kop=10000, laid_on=APRIL), credited("U1", "of an older cycle", 40000),
        credited("V1", "mar-V1", 10000, due_on=JANUARY),
    ],
}


def book_at(root: Path, *, is_new: bool = False) -> Book:
    """The book after a month that told of some penalties; `is_new`: just opened, nobody has told of any."""
    root.mkdir()
    settings = 'book_id: town\nname: РКЦ Заречный\nfirst_month: "2026-04"\nworkers: 1\n'
    (root / "settings.yaml").write_text(settings, encoding="utf-8")
    book = Book.at(root)
    state = {name: {"part-000": full(TABLES[name], *_whole(name, rows))} for name, rows in STATE.items()}
    given = {"open_items": state["open_items"]} if is_new else state
    publish_opening(book, given, dt.date(2026, 4, 30))
    return book


def computed(
    book: Book, as_of: dt.date = AS_OF, month: BillingMonth = MONTH, moved_now: list[dict[str, Any]] = MOVED,
    items: list[dict[str, Any]] = ITEMS, *, replaces_older: bool = True,
) -> MonthRun:
    """A run with everything that the room reads, and its tables; `replaces_older`: documents of older cycles too."""
    with lock(book):
        run = MonthRun.begin(book, month, "r1", as_of)
    given = {"open_items": items, "payment_allocations": moved_now}
    for part, accounts in PARTS.items():
        for table in published_tables():
            if table in PUBLISHED:
                continue
            rows = [{"account_id": account, "account_index": number} for number, account in enumerate(accounts)]
            if table != ingest.ACCOUNT_INDEX:
                rows = [row for row in given.get(table.name, []) if row["account_id"] in accounts]
            write(run, table, part, full(table, *_whole(table.name, rows)))
    for table, staged in _registers(replaces_older):
        rows = full(table, *staged)
        if table not in (billing.CHARGES, billing.BILLING_DOCUMENTS):
            run.write_staged(table.name, "whole", rows)
            continue
        for part in PARTS:
            run.write_staged(table.name, part, rows if part == "part-000" else rows.clear())
    write_penalties(run)
    return run


def _whole(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the sums of an open item that must add up."""
    if table != "open_items":
        return rows
    return [row | {"billed_kop": row["outstanding_kop"], "epoch_base_kop": row["outstanding_kop"]} for row in rows]


def _registers(replaces_older: bool) -> list[tuple[Table, list[dict[str, Any]]]]:
    accounts = [account for part in PARTS.values() for account in part]
    kind = dict.fromkeys(ORGANISATIONS, "organisation") | {"A1": "municipal_tenant"}
    holders = [
        {"account_id": account, "premises_id": f"f-{account}", "account_kind_code": kind.get(account, "citizen"),
         "organisation_kind_code": ORGANISATIONS.get(account)}
        for account in accounts
    ]
    holds = [
        {"event_id": "h1", "person_id": "P8", "reason_code": "mobilised", "from_on": dt.date(2026, 4, 1),
         "to_on": dt.date(2026, 4, 30)},
        {"event_id": "h2", "account_id": "A1", "reason_code": "instalment", "from_on": dt.date(2026, 4, 1)},
        {"event_id": "h3", "account_id": "L1", "reason_code": "bankruptcy", "from_on": dt.date(2026, 4, 1)},
    ]
    died = {"event_id": "s1", "person_id": "P9", "status_code": "death", "valid_from": dt.date(2026, 4, 1),
            "valid_to": dt.date(2026, 4, 30)}
    documents = [
        {"document_id": "n1"}, {"document_id": "n2"}, {"document_id": "n3", "supersedes_document_id": "n2"},
        {"document_id": "n4", "supersedes_document_id": "of an older cycle" if replaces_older else None},
    ]
    lines = [
        line("n1", "A1", 1200), line("n2", "B1", 3000), line("n3", "B1", 2500), line("n4", "C1", 900),
        line("n1", "A1", 5000, None), line("n1", "A1", 700, "2026-03:true_up_average:c1"), line("n1", "Q1", 500),
    ]
    services = [{"service_code": "heat", "kind_code": "heating"}, {"service_code": "rubbish", "kind_code": "waste"}]
    rights = [{"premises_id": "f-H1", "person_id": "P8"}, {"premises_id": "f-M1", "person_id": "P9"}]
    return [
        (billing.CHARGES, lines), (billing.BILLING_DOCUMENTS, documents), (registers.ACCOUNTS, holders),
        (registers.SERVICES, services), (registers.REGISTRATIONS, []),
        (registers.RIGHTS, rights), (events.HOLDS, holds), (PERSON_STATUSES, [died]),
    ]
