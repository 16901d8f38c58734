"""A refused hold keeps its account or person off the lists until somebody decides."""

import datetime as dt
import json

import polars as pl

from pipeline.contracts.events import QUARANTINE_DECISIONS
from pipeline.contracts.ingest import QUARANTINE
from pipeline.domain.debt.refused_holds import REFUSED, refused_holds
from tests.domain.debt.town import MOSCOW, frame

ARRIVED = dt.datetime(2026, 5, 20, tzinfo=MOSCOW)


def refused(row_number: int = 1, table_name: str = "holds", account_id: str | None = None, **written: str) -> dict:
    return {
        "table_name": table_name, "delivery_id": "d1", "row_number": row_number, "received_at": ARRIVED,
        "account_id": account_id, "rule_ids": ["unknown_creditor"], "original_values": json.dumps(written),
    }


def decided(decision_code: str, row_number: int = 1) -> pl.DataFrame:
    row = {"event_id": "e", "registered_at": ARRIVED, "table_name": "holds", "refused_delivery_id": "d1",
           "refused_row_number": row_number, "decision_code": decision_code, "evidence": "письмо"}
    return frame(QUARANTINE_DECISIONS, row)


NOTHING = frame(QUARANTINE_DECISIONS)


def test_the_account_is_held_towards_every_creditor_from_the_day_it_arrived() -> None:
    held = refused_holds(frame(QUARANTINE, refused(account_id="A", creditor_id="typo")), NOTHING)

    assert held.select("account_id", "creditor_id", "reason_code", "from_on", "to_on").rows() == [
        ("A", None, REFUSED, dt.date(2026, 5, 20), None)
    ]


def test_a_person_is_held_as_written() -> None:
    held = refused_holds(frame(QUARANTINE, refused(person_id="P1")), NOTHING)

    assert held.select("account_id", "person_id").rows() == [(None, "P1")]


def test_a_refused_status_holds_its_person_too() -> None:
    row = refused(table_name="person_statuses", person_id="P1", status_code="мобилизован")

    held = refused_holds(frame(QUARANTINE, row), NOTHING)

    assert held.select("account_id", "person_id", "reason_code").rows() == [(None, "P1", REFUSED)]


def test_a_row_that_names_nobody_and_rows_of_other_tables_hold_nobody() -> None:
    rows = frame(QUARANTINE, refused(1), refused(2, "charges", "A"))

    assert refused_holds(rows, NOTHING).is_empty()


def test_a_decision_ends_it_and_only_for_its_row() -> None:
    rows = frame(QUARANTINE, refused(1, account_id="A"), refused(2, account_id="B"))

    for decision in ("readmit", "reject"):
        assert refused_holds(rows, decided(decision))["account_id"].to_list() == ["B"]


def test_the_same_refused_row_of_two_nights_is_one_hold() -> None:
    row = refused(account_id="A")

    assert refused_holds(frame(QUARANTINE, row, row), NOTHING).height == 1
