"""A recalculation ages from the document that bills it, whatever months it is about."""

from datetime import date, datetime
from typing import Any

import polars as pl

from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.contracts.registers import SERVICE_CONTRACTS, SERVICES
from pipeline.domain.ledger.ageing import with_age
from pipeline.domain.ledger.billing import billed_items
from pipeline.domain.ledger.lines import coded_lines
from tests.domain.metering.town import MOSCOW, frame

ISSUED, DUE = date(2026, 10, 1), date(2026, 10, 15)
MARCH, SEPTEMBER = date(2026, 3, 1), date(2026, 9, 1)
DOCUMENT = {
    "document_id": "d09", "account_id": "acc", "document_type_code": "main", "billing_month": SEPTEMBER,
    "issued_on": ISSUED, "due_on": DUE, "present_from": datetime(2026, 10, 1, tzinfo=MOSCOW),
}


def _line(month: date, charged: int, recalculated: int) -> dict[str, Any]:
    return {"document_id": "d09", "contract_id": "k1", "service_code": "cold_water", "charge_month": month,
            "charged_kop": charged, "recalculated_kop": recalculated, "benefit_kop": 0,
            "payable_kop": charged + recalculated}


def _items() -> pl.DataFrame:
    lines = coded_lines(
        pl.DataFrame([DOCUMENT]), pl.DataFrame([_line(MARCH, 0, 6_493), _line(SEPTEMBER, 21_613, 0)]),
        frame(SERVICE_CONTRACTS, [{"contract_id": "k1", "creditor_id": "c1"}]),
        frame(SERVICES, [{"service_code": "cold_water", "class_code": "utility"}]), OPEN_ITEMS.empty_inside(),
    )
    return billed_items(lines).sort("charge_month")


def test_a_charge_added_for_march_falls_due_with_the_document_of_september() -> None:
    assert _items().select("charge_month", "billed_kop", "due_on").rows() == [
        (MARCH, 6_493, DUE), (SEPTEMBER, 21_613, DUE),
    ]


def test_it_is_as_old_as_what_was_billed_beside_it() -> None:
    for on, days in ((DUE, 0), (date(2026, 10, 16), 1), (date(2026, 11, 15), 31)):
        assert with_age(_items(), on=on)["days_overdue"].to_list() == [days, days]
