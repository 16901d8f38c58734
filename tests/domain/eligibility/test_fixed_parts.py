"""Which part of a document is fixed lines that a contract has paid ahead, as the ledger's rows say it."""

from datetime import date

import polars as pl

from pipeline.contracts.ledger import BILLED_DOCUMENTS, OPEN_ITEMS, PAYMENT_ALLOCATIONS
from pipeline.domain.allocation.ahead import FIXED_LINE
from pipeline.domain.eligibility.fixed_parts import in_parts, marked
from tests.domain.eligibility.frames import frame

MAY = date(2026, 5, 1)
LINES = pl.DataFrame([("A1", "Д-1", "housing", MAY, date(2026, 10, 1))], schema=FIXED_LINE, orient="row")
_PLACE = {"account_id": "A1", "document_id": "D05", "creditor_id": "UK", "debt_kind_code": "principal",
          "billing_month": MAY}


def _item(service: str, month: date, kop: int, account: str = "A1") -> dict[str, object]:
    return _PLACE | {"account_id": account, "service_code": service, "charge_month": month, "outstanding_kop": kop}


def _moved(service: str, kop: int, rule: str, month: date = MAY) -> dict[str, object]:
    return _PLACE | {"service_code": service, "charge_month": month, "allocated_kop": kop, "rule_code": rule}


def test_what_is_open_and_what_was_laid_make_the_fixed_part() -> None:
    # housing of May: billed 700.00 after a credit of 20.00, 600.00 of it paid; housing of April is no line of the term
    items = frame(OPEN_ITEMS, [_item("housing", MAY, 10_000), _item("water", MAY, 30_000),
                               _item("housing", date(2026, 4, 1), 5_000)])
    moved = frame(PAYMENT_ALLOCATIONS, [_moved("housing", 60_000, "advance"), _moved("housing", 2_000, "credit"),
                                        _moved("water", 4_000, "oldest")])
    documents = frame(BILLED_DOCUMENTS, [_PLACE | {"billed_kop": 109_000}])

    found = in_parts(documents, items, moved, LINES)

    parts = found.group_by("is_fixed").agg(pl.col("billed_kop").sum()).sort("is_fixed")
    assert parts.rows() == [(False, 39_000), (True, 70_000)]
    assert found["billed_kop"].sum() == 109_000


def test_other_accounts_and_books_without_contracts_stay_whole() -> None:
    items = frame(OPEN_ITEMS, [_item("housing", MAY, 10_000, "A2")])
    documents = frame(BILLED_DOCUMENTS, [_PLACE | {"account_id": "A2", "billed_kop": 10_000}])
    nothing = frame(PAYMENT_ALLOCATIONS, [])

    assert in_parts(documents, items, nothing, LINES)["is_fixed"].to_list() == [False]
    assert in_parts(documents, items, nothing, LINES.clear())["is_fixed"].to_list() == [False]
    assert marked(items, LINES)["is_fixed"].to_list() == [False]
