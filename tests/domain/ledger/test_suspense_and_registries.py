"""Suspended money and registries: what leaves the suspense, and what a registry is found to be."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.ingest import KNOWN_REGISTRIES
from pipeline.contracts.ledger import REGISTRY_RECONCILIATION, SUSPENDED_PAYMENTS
from pipeline.contracts.payments import BANK_STATEMENTS
from pipeline.contracts.table import Table
from pipeline.domain.ledger.reconciliation import added, registry_reconciliation, suspense_flows
from pipeline.domain.ledger.suspense import Suspense, suspense


def rows(table: Table, *told: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(told), schema=table.inside_schema) if told else table.empty_inside()


def waits(suspended_id: str, amount: int, payment: str | None = None, registry: str = "р1") -> dict[str, Any]:
    return {
        "suspended_id": suspended_id, "payment_id": payment or suspended_id, "amount_kop": amount,
        "registry_id": registry, "reason_code": "unknown_account", "candidate_account_ids": [],
    }


def left(carried: list[dict[str, Any]], new: list[dict[str, Any]], **more: Any) -> Suspense:
    reversals = pl.DataFrame(more.get("reversals", []), schema={"payment_id": pl.String, "amount_kop": pl.Int64})
    return suspense(
        rows(SUSPENDED_PAYMENTS, *carried), rows(SUSPENDED_PAYMENTS, *new),
        settled=pl.Series(more.get("settled", []), dtype=pl.String), reversals=reversals,
        not_found=SUSPENDED_PAYMENTS.empty_inside(),
    )


def amounts(told: Suspense) -> dict[str, int]:
    return dict(told.rows.select("suspended_id", "amount_kop").rows())


def test_carried_and_new_stay_until_decided() -> None:
    assert amounts(left([waits("п1", 100), waits("п2", 50)], [waits("п3", 7)], settled=["п2"])) == {"п1": 100, "п3": 7}


def test_a_suspended_payment_that_is_reversed_leaves() -> None:
    assert amounts(left([], [waits("п1", 100)], reversals=[{"payment_id": "п1", "amount_kop": 100}])) == {}
    assert amounts(left([], [waits("п1", 100)], reversals=[{"payment_id": "п1", "amount_kop": 30}])) == {"п1": 70}


def test_a_suspended_reversal_of_a_suspended_payment_leaves_with_it() -> None:
    told = left([waits("п1", 100)], [waits("с1", -100, payment="п1", registry="р2")])
    assert amounts(told) == {}
    assert dict(told.shifted.rows()) == {"р1": -100, "р2": 100}


def test_a_larger_reversal_than_its_payment_waits() -> None:
    assert amounts(left([waits("п1", 100)], [waits("с1", -101, payment="п1")])) == {"п1": 100, "с1": -101}


def reconciled(declared: tuple[int, int] | None, booked: int | None, *, cut_on: date = date(2026, 5, 20)) -> str:
    announced = [] if declared is None else [{
        "registry_id": "р1", "provider_code": "банк", "received_on": date(2026, 5, 2), "rows": declared[0],
        "total_kop": declared[1], "found_rows": 2,
    }]
    statement = [] if booked is None else [{
        "operation_id": "о", "amount_kop": booked, "registry_id": "р1", "direction_code": "in",
    }]
    flow = pl.DataFrame({
        "registry_id": ["р1"], "received_on": [date(2026, 5, 2)], "found_rows": [2], "listed_kop": [500],
        "received_kop": [500], "allocated_kop": [450], "advance_kop": [50],
    })
    told = registry_reconciliation(
        REGISTRY_RECONCILIATION.empty_inside(), added([flow]), rows(KNOWN_REGISTRIES, *announced),
        rows(BANK_STATEMENTS, *statement), cut_on=cut_on,
    )
    return str(told["status_code"].item())


@pytest.mark.parametrize(
    ("declared", "booked", "status"),
    [
        ((2, 500), 500, "reconciled"),
        ((2, 500), None, "reconciled"),  # the statement has not come yet
        ((3, 500), 500, "rows_differ"),
        ((2, 501), 500, "total_differs"),
        ((2, 500), 499, "statement_differs"),
        (None, 500, "not_announced"),
    ],
)
def test_status(declared: tuple[int, int] | None, booked: int | None, status: str) -> None:
    assert reconciled(declared, booked) == status


def test_an_old_registry_stays_while_its_money_waits() -> None:
    old = date(2024, 1, 1)
    before = rows(REGISTRY_RECONCILIATION, *(
        {
            "registry_id": name, "received_on": received_on, "found_rows": 1, "listed_kop": 100, "received_kop": 100,
            "allocated_kop": 0, "advance_kop": 100, "suspended_kop": 0, "returned_kop": 0,
        }
        for name, received_on in (("ждёт", old), ("молчит", old), ("свежий", date(2026, 4, 1)))
    ))
    flow = pl.DataFrame({"registry_id": ["ждёт"], "advance_kop": [100]})
    told = registry_reconciliation(
        before, added([flow]), KNOWN_REGISTRIES.empty_inside(), BANK_STATEMENTS.empty_inside(), cut_on=date(2026, 5, 20)
    )
    assert told["registry_id"].to_list() == ["ждёт", "свежий"]


def test_identified_money_of_no_readable_registry_is_received_by_the_registry_it_is_posted_to() -> None:
    decided = pl.DataFrame({
        "suspended_id": ["п1", "п2", "п3"], "decision_code": ["identified", "identified", "returned"],
        "registry_id": [None, "р1", None], "amount_kop": [10, 20, 30],
    })
    nothing = rows(SUSPENDED_PAYMENTS)
    shifted = pl.DataFrame(schema={"registry_id": pl.String, "received_kop": pl.Int64})
    flows = suspense_flows(nothing, decided, nothing, shifted, nothing)
    assert flows.select("registry_id", "received_kop").rows() == [("unknown", 10)]
