"""Truth table of allocation: every case of tests/cases/allocation.yaml, read by a lawyer, run as written."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.contracts.ledger import ADVANCES, ITEM_KEY, PAYMENT_ALLOCATIONS
from pipeline.domain.allocation import Allocated, allocate
from pipeline.domain.allocation.ahead import FIXED_LINE, Ahead
from tests.case_files import cases

CASES = cases("allocation.yaml")
MOSCOW = ZoneInfo("Europe/Moscow")
FIRST_DAY = date(2026, 1, 20)


def kopecks(amount: str) -> int:
    return int(Decimal(amount) * 100)


def month(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(f"{written}-01")


def moment(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=MOSCOW)


def charge_month(case: dict[str, Any], item: dict[str, Any]) -> date | None:
    return month(item.get("charged") or case["documents"][item["in"]]["month"])


def key_of(case: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    return {
        "account_id": "счёт", "document_id": item["in"], "creditor_id": item.get("to", "УК"),
        "contract_id": item["what"], "service_code": item["what"],
        "debt_kind_code": item.get("kind", "principal"), "charge_month": charge_month(case, item),
    }


def document_of(case: dict[str, Any], name: str) -> dict[str, Any]:
    document = case["documents"][name]
    return {
        "document_type_code": document.get("type", "main"), "billing_month": month(document["month"]),
        "issued_on": month(document["month"]), "due_on": document["due"],
    }


def items_of(case: dict[str, Any]) -> pl.DataFrame:
    issued = {}
    for number, event in enumerate(case["events"], start=1):
        for name in event.get("issue", []):
            issued[name] = number
        if "supersede" in event:
            issued[event["supersede"]["new"]] = number
    rows = [
        {
            **key_of(case, item), **document_of(case, item["in"]), "billed_kop": kopecks(item["owed"]),
            "paid_kop": 0, "written_off_kop": 0, "outstanding_kop": kopecks(item["owed"]),
            "epoch_base_kop": kopecks(item["owed"]), "is_time_barred": False,
            "limitation_on": case["documents"][item["in"]].get("limitation"),
            "present_from": issued.get(item["in"], 0),
        }
        for item in case["items"]
    ]
    schema = {name: pl.Date if name == "charge_month" else pl.String for name in ITEM_KEY} | {
        "document_type_code": pl.String, "billing_month": pl.Date, "issued_on": pl.Date, "due_on": pl.Date,
        "billed_kop": pl.Int64, "paid_kop": pl.Int64, "written_off_kop": pl.Int64, "outstanding_kop": pl.Int64,
        "epoch_base_kop": pl.Int64, "is_time_barred": pl.Boolean, "limitation_on": pl.Date, "present_from": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def event_row(number: int, event: dict[str, Any]) -> dict[str, Any]:
    arrived = moment(FIRST_DAY + timedelta(days=number))
    row: dict[str, Any] = {"account_id": "счёт", "event_number": number, "posted_at": arrived}
    if "issue" in event:
        return row | {"event_code": "issue"}
    if "supersede" in event:
        return row | {
            "event_code": "supersede", "document_id": event["supersede"]["old"],
            "new_document_id": event["supersede"]["new"],
        }
    if "reverse" in event:
        reverse = event["reverse"]
        return row | {
            "event_code": "reversal", "payment_id": reverse["payment"], "reversal_id": reverse["id"],
            "amount_kop": kopecks(reverse["amount"]),
        }
    pay = event["pay"]
    writ = pay.get("writ", {})
    return row | {
        "event_code": "money", "payment_id": pay["id"], "origin_code": "payment", "registry_id": "реестр",
        "paid_at": moment(pay["at"]) if "at" in pay else arrived, "channel_code": "касса",
        "amount_kop": kopecks(pay["amount"]), "designated_document_id": pay.get("document"),
        "designated_month": month(pay.get("month")), "designated_creditor_id": pay.get("to"),
        "designation_code": pay.get("named", "document" if "document" in pay else "none"),
        "purpose_code": pay.get("purpose", "regular"), "writ_creditor_id": writ.get("to"),
        "writ_from_month": month(writ.get("from")), "writ_to_month": month(writ.get("till")),
        "contract_reference": pay.get("contract"), "from_month": month(pay.get("from")),
        "to_month": month(pay.get("till")),
    }


def events_of(case: dict[str, Any]) -> pl.DataFrame:
    rows = [event_row(number, event) for number, event in enumerate(case["events"], start=1)]
    moments = ("posted_at", "paid_at")
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col(name).dt.convert_time_zone("Europe/Moscow") for name in moments if name in set().union(*rows)
    )


def moved_before_of(case: dict[str, Any]) -> pl.DataFrame:
    rows = [
        {
            **key_of(case, row), **document_of(case, row["in"]), "movement_number": number,
            "payment_id": row["money"], "origin_code": "payment", "registry_id": "реестр",
            "paid_at": moment(FIRST_DAY), "channel_code": "касса", "posted_at": moment(FIRST_DAY),
            "allocated_kop": kopecks(row["amount"]), "rule_code": row["rule"], "is_ring_fenced": False,
        }
        for number, row in enumerate(case.get("before", []), start=1)
    ]
    return pl.DataFrame(rows, schema=PAYMENT_ALLOCATIONS.inside_schema)


def outcome(case: dict[str, Any], allocated: Allocated) -> dict[str, Any]:
    has_two = [item["what"] for item in case["items"]]

    def label(what: str, charged: date) -> str:
        return f"{what} {charged:%Y-%m}" if has_two.count(what) > 1 else what

    open_items = allocated.items.filter(pl.col("outstanding_kop") != 0)
    return {
        "laid": sorted(
            (row["payment_id"], label(row["contract_id"], row["charge_month"]), row["allocated_kop"], row["rule_code"])
            for row in allocated.movements.iter_rows(named=True)
        ),
        "left": {
            label(row["contract_id"], row["charge_month"]): row["outstanding_kop"]
            for row in open_items.iter_rows(named=True)
        },
        "advances": sorted(
            (row["payment_id"], row["amount_kop"], row["creditor_id"] or "", row["contract_reference"] or "")
            for row in allocated.advances.iter_rows(named=True)
        ),
        "not_found": {row["reversal_id"]: row["amount_kop"] for row in allocated.not_found.iter_rows(named=True)},
    }


def expected(case: dict[str, Any]) -> dict[str, Any]:
    names = [item["what"] for item in case["items"]]
    of_item = {item["what"]: case["documents"][item["in"]]["month"] for item in reversed(case["items"])}

    def label(row: dict[str, Any]) -> str:
        what = row["what"]
        return f"{what} {row.get('charged') or of_item[what]}" if names.count(what) > 1 else what

    return {
        "laid": sorted(
            (row["money"], label(row), kopecks(row["amount"]), row["rule"]) for row in case["laid"]
        ),
        "left": {name: kopecks(amount) for name, amount in case.get("left", {}).items()},
        "advances": sorted(
            (row["money"], kopecks(row["amount"]), row.get("to", ""), row.get("contract", ""))
            for row in case.get("advances", [])
        ),
        "not_found": {name: kopecks(amount) for name, amount in case.get("not_found", {}).items()},
    }


def ahead_of(case: dict[str, Any]) -> Ahead:
    """Months of the advance contracts that the case's payments name, and fixed lines of those with a discount."""
    months = {pay["contract"]: (month(pay["from"]), month(pay["till"]))
              for event in case["events"] if (pay := event.get("pay", {})).get("contract")}
    fixed = [("счёт", contract, service, *months[contract])
             for contract, services in case.get("fixed", {}).items() for service in services]
    schema = {"contract_reference": pl.String, "from_month": pl.Date, "to_month": pl.Date}
    return Ahead(
        pl.DataFrame([(contract, *told) for contract, told in months.items()], schema=schema, orient="row"),
        pl.DataFrame(fixed, schema=FIXED_LINE, orient="row"),
    )


def run(case: dict[str, Any]) -> Allocated:
    return allocate(
        items_of(case), ADVANCES.empty_inside(), events_of(case), moved_before_of(case), ahead=ahead_of(case)
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    assert outcome(case, run(case)) == expected(case)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_no_kopeck_is_lost_or_made(case: dict[str, Any]) -> None:
    allocated = run(case)
    paid_in = sum(kopecks(event["pay"]["amount"]) for event in case["events"] if "pay" in event)
    taken = sum(kopecks(event["reverse"]["amount"]) for event in case["events"] if "reverse" in event)
    placed = allocated.movements["allocated_kop"].sum() + allocated.advances["amount_kop"].sum()
    assert placed == paid_in - taken + allocated.not_found["amount_kop"].sum()
    items = allocated.items
    assert (items["billed_kop"] - items["paid_kop"] - items["written_off_kop"] == items["outstanding_kop"]).all()
    assert (items["outstanding_kop"] >= 0).all()
    assert (items["epoch_base_kop"] >= items["outstanding_kop"]).all()
