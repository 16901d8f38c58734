"""Frames of one account, or several, from what a YAML case says."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipeline import money
from pipeline.contracts.ingest import POSTED_REVERSALS
from pipeline.contracts.ledger import ADVANCES, BILLED_DOCUMENTS, OPEN_ITEMS, PAYMENT_ALLOCATIONS, POSTED_PAYMENTS
from pipeline.contracts.table import Table
from pipeline.domain.allocation.ahead import FIXED_LINE, Ahead
from pipeline.domain.eligibility.replay import Happened

MOSCOW = ZoneInfo("Europe/Moscow")
ACCOUNT = "A1"
MAY, APRIL = date(2026, 5, 1), date(2026, 4, 1)
NEXT_ISSUE = date(2026, 7, 1)
#: Months of an advance contract.
AHEAD_FROM, AHEAD_TO = MAY, date(2026, 10, 1)
CHANNELS = pl.DataFrame(
    {"channel_code": ["app", "site", "bank", "post"], "is_own_online": [True, True, False, False]}
)


def moment(text: str | date | datetime) -> datetime:
    """YAML reads `2026-06-10 12:00` as text, a full timestamp as a datetime and a bare day as a date."""
    if isinstance(text, datetime):
        return text.replace(tzinfo=MOSCOW)
    return datetime.fromisoformat(str(text)).replace(tzinfo=MOSCOW)


def kop(text: str) -> int:
    return money.kopecks_of(Decimal(text))


def frame(table: Table, rows: list[dict[str, Any]], **more: Any) -> pl.DataFrame:
    """Rows of a table in the inside shape; columns that a row does not name are null."""
    if not rows and not more:
        return table.empty_inside()
    schema = {**table.inside_schema, **more}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def own(account: str, name: str | None) -> str | None:
    """Ids of documents and payments are unique in a book."""
    return None if name is None else f"{account}:{name}"


def issued(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def billed(document: dict[str, Any], lines: dict[str, str], account: str = ACCOUNT) -> list[dict[str, Any]]:
    month = document.get("month", MAY)
    creditors = {"capital_repair": "FUND", "credit": "RSO"}
    return [
        {
            "account_id": account, "document_id": own(account, document["document"]),
            "creditor_id": creditors.get(kind, "UK"),
            "debt_kind_code": "principal" if kind in ("credit", "fixed") else kind, "is_fixed": kind == "fixed",
            "document_type_code": document.get("type", "main"), "billing_month": month,
            "issued_on": document.get("issued_on", issued(month)), "due_on": issued(month).replace(day=15),
            "posted_at": moment(issued(month)), "billed_kop": -kop(amount) if kind == "credit" else kop(amount),
            "is_superseded": False,
        }
        for kind, amount in lines.items()
    ]


def open_item(item: dict[str, Any], account: str = ACCOUNT) -> dict[str, Any]:
    month, amount = item.get("month", APRIL), kop(item["amount"])
    return {
        "account_id": account, "document_id": own(account, item["document"]), "creditor_id": item.get("creditor", "UK"),
        "contract_id": "K1", "service_code": "heating", "debt_kind_code": item.get("kind", "principal"),
        "charge_month": month, "document_type_code": item.get("type", "main"), "billing_month": month,
        "issued_on": issued(month), "due_on": issued(month).replace(day=15), "billed_kop": amount, "paid_kop": 0,
        "written_off_kop": 0, "outstanding_kop": amount, "epoch_base_kop": amount, "days_overdue": 0,
        "months_overdue": 0, "is_disputed": item.get("disputed", False),
        "is_time_barred": item.get("time_barred", False),
    }


def advance(given: dict[str, Any], number: int, account: str = ACCOUNT) -> dict[str, Any]:
    origin = given.get("origin", "payment")
    name = own(account, given.get("payment", f"O{number}"))
    return {
        "account_id": account, "payment_id": f"credit:{name}:K1" if origin == "credit" else name,
        "origin_code": origin, "creditor_id": given.get("creditor"), "channel_code": given.get("channel"),
        "contract_reference": own(account, given.get("contract")), "from_month": AHEAD_FROM, "to_month": AHEAD_TO,
        "paid_at": moment(given["paid_at"]), "posted_at": moment(given["paid_at"]), "amount_kop": kop(given["amount"]),
    }


def payment(given: dict[str, Any], number: int, account: str = ACCOUNT) -> dict[str, Any]:
    paid_at = moment(given["paid_at"])
    received_on = given.get("received_on", paid_at.date())
    document = given.get("document")
    return {
        "payment_id": own(account, given.get("payment", f"N{number}")), "account_id": account, "paid_at": paid_at,
        "paid_at_precision_code": given.get("precision", "moment"), "received_on": received_on,
        "amount_kop": kop(given["amount"]), "channel_code": given["channel"], "payer_code": "resident",
        "designated_document_id": own(account, document), "designation_code": "document" if document else "none",
        "purpose_code": "regular", "registry_id": "R1", "registry_row": number, "posted_at": moment(received_on),
        "is_identified": False, "cycle": given.get("cycle", 1),
    }


def reversal(given: dict[str, Any], number: int, account: str = ACCOUNT) -> dict[str, Any]:
    at = moment(given["reversed_at"])
    return {
        "reversal_id": f"{account}-S{number}", "payment_id": own(account, given["payment"]),
        "amount_kop": kop(given["amount"]), "account_id": account, "reversed_at": at,
        "reason_code": "bank_error", "registry_id": "R1",
        "paid_at": moment(given.get("paid_at", at)), "posted_at": at,
        "is_correction": given.get("is_correction", False),
        "cycle": given.get("cycle", 1),
    }


def moved(given: dict[str, Any], number: int, account: str = ACCOUNT) -> dict[str, Any]:
    """A movement: an item paid in full by one payment, of April where no month is given."""
    item = open_item({name: given[name] for name in ("document", "amount", "month") if name in given}, account)
    return {
        **{name: item[name] for name in PAYMENT_ALLOCATIONS.inside_names if name in item},
        "movement_number": number, "payment_id": own(account, given["payment"]), "origin_code": "payment",
        "paid_at": moment(given["paid_at"]), "channel_code": given["channel"], "posted_at": moment(given["paid_at"]),
        "allocated_kop": kop(given["amount"]), "rule_code": "oldest", "is_ring_fenced": False,
    }


def happened(given: dict[str, Any], account: str = ACCOUNT) -> Happened:
    """The start and the arrivals of one account."""
    bill = given.get("bill", {"principal": "1000.00"})
    documents = [{"document": "D05"}, *given.get("documents", [])]
    lines = [row for document in documents for row in billed(document, document.get("lines", bill), account)]
    versions = [
        {"account_id": account, "document_id": own(account, document["supersedes"]),
         "new_document_id": own(account, document["document"])}
        for document in documents if "supersedes" in document
    ]
    text, months = pl.String(), {"from_month": pl.Date(), "to_month": pl.Date()}
    writ = {"writ_creditor_id": text, "writ_from_month": pl.Date(), "writ_to_month": pl.Date()}

    def rows(name: str, make: Any) -> list[dict[str, Any]]:
        return [make(row, number, account) for number, row in enumerate(given.get(name, []), 1)]

    return Happened(
        open_items=frame(OPEN_ITEMS, [open_item(item, account) for item in given.get("opening_items", [])]),
        advances=frame(ADVANCES, rows("opening_advances", advance), **months),
        documents=frame(BILLED_DOCUMENTS, lines, is_fixed=pl.Boolean()),
        versions=pl.DataFrame(
            versions, schema={"account_id": text, "document_id": text, "new_document_id": text}
        ),
        payments=frame(POSTED_PAYMENTS, rows("payments", payment), cycle=pl.Int8(), **writ, **months),
        reversals=frame(POSTED_REVERSALS, rows("reversals", reversal), cycle=pl.Int8()),
        moved_before=frame(PAYMENT_ALLOCATIONS, rows("paid_before", moved)),
        ahead=_ahead(given, account),
    )


def _ahead(given: dict[str, Any], account: str) -> Ahead:
    """The advance contracts that the opening advances name; `discount` tells those that earn one. Its fixed line is not
    among opening items, whose months are earlier."""
    named = [own(account, row["contract"]) for row in given.get("opening_advances", []) if "contract" in row]
    earning = own(account, given.get("discount"))
    months = {"contract_reference": pl.String, "from_month": pl.Date, "to_month": pl.Date}
    return Ahead(
        pl.DataFrame([(name, AHEAD_FROM, AHEAD_TO) for name in named], schema=months, orient="row"),
        pl.DataFrame([(account, earning, "heating", AHEAD_FROM, AHEAD_TO)] if earning else [], schema=FIXED_LINE,
                     orient="row"),
    )


def together(parts: list[Happened]) -> Happened:
    """Several accounts in one part."""
    first = parts[0]
    frames = {name: pl.concat([getattr(part, name) for part in parts])
              for name in first.__dataclass_fields__ if name != "ahead"}
    ahead = Ahead(*(pl.concat(each) for each in zip(*(part.ahead for part in parts), strict=True)))
    return replace(first, **frames, ahead=ahead)


def accounts(*given: tuple[str, dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([
        {"account_id": account, "is_served": terms.get("is_served", True), "mode_code": terms.get("mode_code", "full")}
        for account, terms in given
    ])


def main_documents(given: dict[str, Any], account: str = ACCOUNT) -> pl.DataFrame:
    """What is to be decided: the live main document of May."""
    documents = [{"document": "D05"}, *given.get("documents", [])]
    replaced = {document.get("supersedes") for document in documents}
    bill = given.get("bill", {"principal": "1000.00"})
    live = [
        document for document in documents
        if document.get("type", "main") == "main" and document["document"] not in replaced
    ]
    return pl.DataFrame(
        [
            {
                "account_id": account, "document_id": own(account, document["document"]), "billing_month": MAY,
                "next_issue_on": NEXT_ISSUE, "net_total_kop": _net(document.get("lines", bill)),
                "is_bill_complete": not given.get("is_incomplete", False),
                "blocked_documents": given.get("blocked_documents", 0),
            }
            for document in live
        ],
        schema_overrides={"blocked_documents": pl.Int32},
    )


def _net(lines: dict[str, str]) -> int:
    general = sum(kop(lines.get(kind, "0")) for kind in ("principal", "capital_repair", "fixed"))
    return general - kop(lines.get("credit", "0"))
