"""Readings, events, registers, the account index, and what persons decided about refused rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.contracts.catalogue import TABLES
from tests.ingest.town import (
    A1,
    A2,
    A3,
    ISSUED,
    JANUARY,
    REGISTERS,
    Town,
    fates,
    hold,
    reading,
    reasons,
    refused,
    staged_ids,
)

DAY = date(2026, 1, 6)
FEBRUARY, FEBRUARY_NIGHT = date(2026, 2, 3), date(2026, 2, 10)


def test_a_reading_gets_the_account_of_its_meter(town: Town) -> None:
    town.deliver("meter_readings", DAY, reading("V1"))

    row = town.run().read_staged("meter_readings", "part-000").row(0, named=True)

    assert (row["account_id"], row["value_e7"]) == (A1, 1_205_000_000)


#: What is wrong with a reading, and the rules that it breaks.
BAD_READINGS: tuple[tuple[dict[str, object], list[str]], ...] = (
    ({"meter_id": "M9"}, ["unknown_meter"]),
    ({"meter_id": None}, ["missing_value"]),
    ({"read_on": date(2026, 1, 7)}, ["date_in_future"]),
    ({"submitted_at": datetime(2026, 1, 7, tzinfo=MOSCOW)}, ["date_in_future"]),
    ({"source_code": "neighbour", "value": None}, ["missing_value", "unknown_code"]),
    ({"reading_id": "  "}, ["malformed_key", "missing_key"]),
)


def test_a_bad_reading_is_refused_with_every_reason(town: Town) -> None:
    town.deliver("meter_readings", DAY, *(
        reading(f"V{number}") | said for number, (said, _) in enumerate(BAD_READINGS)
    ))

    assert reasons(town.run(), "meter_readings") == {
        number: rules for number, (_, rules) in enumerate(BAD_READINGS, 1)
    }


def test_a_reading_again_repeats_and_another_value_is_a_duplicate(december: Town) -> None:
    december.deliver("meter_readings", FEBRUARY, reading("V1"), reading("V2"), reading("V2"))
    december.deliver("meter_readings", FEBRUARY + timedelta(days=1), reading("V1", "121"))

    run = december.run(FEBRUARY_NIGHT, JANUARY)

    assert fates(run, "meter_readings") == {"received": 4, "accepted": 1, "repeated": 2, "quarantined": 1}
    assert refused(run, "meter_readings") == [["duplicate_id"]]


def test_events_of_closed_months_still_hold(december: Town) -> None:
    december.deliver("holds", FEBRUARY, hold("E2", A2), hold("E1"))

    run = december.run(FEBRUARY_NIGHT, JANUARY)

    assert run.register(TABLES["holds"])["event_id"].to_list() == ["E1", "E2"]
    assert fates(run, "holds") == {"received": 2, "accepted": 1, "repeated": 1}


def test_bad_events_are_refused_once_in_the_month_of_their_arrival(town: Town) -> None:
    town.deliver("holds", DAY, hold("E1", "9999999999"), hold("E2", creditor_id="NOBODY"),
                 hold("E3", None, person_id="Q1"))
    december = town.close()

    january = town.run(FEBRUARY_NIGHT, JANUARY)

    assert refused(december, "holds") == [["unknown_account"], ["unknown_creditor"]]
    assert refused(january, "holds") == []
    assert january.register(TABLES["holds"])["event_id"].to_list() == ["E3"]


def test_a_hold_that_would_protect_nobody_is_refused(town: Town) -> None:
    town.deliver("holds", DAY, hold("E1", None), hold("E2", None, person_id=" "), hold("E3", to_on=date(2026, 1, 5)),
                 hold("E4", to_on=DAY), hold("E5", None, person_id="Q1"), hold("E6", from_on=None, to_on=DAY))

    run = town.run()

    assert reasons(run, "holds") == {
        1: ["broken_hold_names_somebody"], 2: ["broken_hold_names_somebody"], 3: ["broken_hold_runs_forward"],
        6: ["missing_value"],
    }
    assert run.register(TABLES["holds"])["event_id"].to_list() == ["E4", "E5"]


def test_events_after_the_cut_are_not_known(town: Town) -> None:
    town.deliver("holds", date(2026, 1, 21), hold("E1"))

    assert town.run(date(2026, 1, 20)).register(TABLES["holds"]).is_empty()


def test_the_newest_snapshot_of_a_register_counts(town: Town) -> None:
    town.deliver("creditors", date(2026, 1, 10), {"creditor_id": "U"})
    town.deliver("creditors", date(2026, 1, 21), {"creditor_id": "X"})

    run = town.run(date(2026, 1, 20))

    assert run.register(TABLES["creditors"])["creditor_id"].to_list() == ["U"]
    assert fates(run, "creditors") == {"received": 1, "accepted": 1}


def test_a_register_row_that_contradicts_another_is_refused(town: Town) -> None:
    town.deliver("creditors", date(2026, 1, 10), {"creditor_id": "U"}, {"creditor_id": "U"},
                 {"creditor_id": "F", "name": "one"}, {"creditor_id": "F", "name": "two"})

    run = town.run()

    assert fates(run, "creditors") == {"received": 4, "accepted": 1, "repeated": 1, "quarantined": 2}


def account(account_id: str) -> dict[str, object]:
    return REGISTERS["accounts"][0] | {"account_id": account_id}


def positions(town: Town, as_of: date, **more: object) -> dict[str, int]:
    run = town.run(as_of, **more)  # type: ignore[arg-type]
    return dict(run.read(TABLES["account_index"]).select("account_id", "account_index").rows())


def test_accounts_get_positions_by_first_arrival_and_keep_them(town: Town) -> None:
    town.deliver("accounts", date(2026, 1, 5), account("0000000009"), *REGISTERS["accounts"])
    # an account that a later snapshot no longer lists keeps its position
    town.deliver("accounts", date(2026, 1, 10), account("0000000001"), account("0000000009"), account(A1))

    first = positions(town, date(2026, 1, 7))
    second = positions(town, date(2026, 1, 20))

    assert first == {A1: 0, A2: 1, A3: 2, "0000000009": 3}
    assert second == first | {"0000000001": 4}


def decision(table: str, delivery_id: str, row: int, code: str, at: date) -> dict[str, object]:
    return {"event_id": f"Q-{table}-{row}", "table_name": table, "refused_delivery_id": delivery_id,
            "refused_row_number": row, "decision_code": code, "registered_at": datetime(at.year, at.month, at.day,
                                                                                      tzinfo=MOSCOW)}


def refused_row(run: object, table: str, number: int = 1) -> tuple[str, int]:
    rows = run.read(TABLES["quarantine"]).filter(pl.col("table_name") == table)  # type: ignore[attr-defined]
    return rows.select("delivery_id", "row_number").row(number - 1)  # type: ignore[no-any-return]


def test_a_rejected_version_leaves_the_place_to_the_other(town: Town) -> None:
    town.bill("D1")
    town.bill("D1v2", version=2)
    rows = town.run().read(TABLES["quarantine"]).filter(pl.col("table_name") == "billing_documents")
    drop = rows.filter(pl.col("original_values").str.contains("D1v2")).row(0, named=True)
    town.deliver("quarantine_decisions", DAY,
                 decision("billing_documents", drop["delivery_id"], drop["row_number"], "reject", DAY))

    run = town.run()

    assert staged_ids(run, "billing_documents", "document_id") == ["D1"]
    assert refused(run, "billing_documents") == [["rejected_by_person"]]


def test_a_date_in_the_future_is_excused_by_a_decision(town: Town) -> None:
    town.deliver("meter_readings", DAY, reading("V1", read_on=date(2026, 1, 7)))
    delivery_id, number = refused_row(town.run(), "meter_readings")
    town.deliver("quarantine_decisions", DAY, decision("meter_readings", delivery_id, number, "readmit", DAY))

    run = town.run()

    assert fates(run, "meter_readings") == {"received": 1, "accepted": 1}


def test_a_row_of_a_closed_month_is_taken_in_by_the_open_one(town: Town) -> None:
    town.deliver("meter_readings", DAY, reading("V1", meter_id="M2"), reading("V2"))
    delivery_id, number = refused_row(town.close(), "meter_readings")
    town.deliver("meters", FEBRUARY, *REGISTERS["meters"], REGISTERS["meters"][0] | {"meter_id": "M2"})
    town.deliver("quarantine_decisions", FEBRUARY, decision("meter_readings", delivery_id, number, "readmit", FEBRUARY))

    run = town.run(FEBRUARY_NIGHT, JANUARY)

    assert run.read_staged("meter_readings").select("reading_id", "delivery_id", "row_number").rows() == [
        ("V1", delivery_id, number)
    ]
    listed = run.read(TABLES["deliveries"]).filter(pl.col("table_name") == "meter_readings")
    assert listed.select("delivery_id", "status_code", "received_rows", "accepted_rows").rows() == [
        (delivery_id, "readmitted", 1, 1)
    ]


def test_a_document_is_taken_back_with_its_lines_and_then_known(town: Town) -> None:
    town.bill("D1", creditor_id="LATE")
    delivery_id, number = refused_row(town.close(), "billing_documents")
    town.deliver("creditors", FEBRUARY, *REGISTERS["creditors"], {"creditor_id": "LATE"})
    town.deliver("quarantine_decisions", FEBRUARY,
                 decision("billing_documents", delivery_id, number, "readmit", FEBRUARY))

    january = town.close(JANUARY, date(2026, 3, 1))
    town.bill("D1", on=date(2026, 3, 2), issued_on=ISSUED, creditor_id="LATE", name="again")
    march = town.run(date(2026, 3, 10), JANUARY.next)

    assert january.read(TABLES["billed_documents"])["document_id"].unique().to_list() == ["D1"]
    assert fates(january, "charges") == {"received": 2, "accepted": 2}
    assert fates(march, "billing_documents") == {"received": 1, "repeated": 1}
    assert fates(march, "charges") == {"received": 2, "repeated": 2}


def approval(event_id: str, subject: str, **more: object) -> dict[str, object]:
    return {"event_id": event_id, "subject_id": subject, "subject_code": "proposal", "decision_code": "approved",
            "registered_at": datetime(DAY.year, DAY.month, DAY.day, tzinfo=MOSCOW), "evidence": "act"} | more


def test_an_approval_names_something_that_may_be_approved(town: Town) -> None:
    town.deliver(
        "approvals", DAY, approval("A1", "a" * 64), approval("A2", "act 7"),
        approval("A3", "2025-12:true_up_average:U", subject_code="batch"),
        approval("A4", "2025-12:true_up_average:U", subject_code="batch", difference_rub=Decimal("5.00")),
        approval("A5", "a" * 64, subject_code="batch"),
    )

    run = town.run()

    assert staged_ids(run, "approvals", "event_id") == ["A1", "A3"]
    assert sorted(refused(run, "approvals")) == [
        ["broken_batch_names_no_sum"], ["unknown_subject"], ["unknown_subject"],
    ]


def _case(case_id: str) -> dict[str, object]:
    return {
        "event_id": f"case-{case_id}", "registered_at": datetime(2026, 1, 5, 9, tzinfo=MOSCOW),
        "court_case_id": case_id,
        "account_id": A1, "creditor_id": "U", "from_month": date(2025, 1, 1), "to_month": date(2025, 3, 1),
    }


#: What an event of a court says, and the rules that it breaks.
COURT_EVENTS: tuple[tuple[dict[str, object], list[str]], ...] = (
    ({}, []),
    ({"court_case_id": "2-9/2026"}, ["unknown_court_case"]),
    ({"event_code": "writ_sent"}, ["broken_addressee_is_named"]),
    ({"event_on": date(2026, 1, 7)}, ["date_in_future"]),
)


def test_an_event_belongs_to_a_known_court_case(town: Town) -> None:
    town.deliver("court_cases", DAY, _case("2-1/2026"))
    filed = {
        "registered_at": datetime(2026, 1, 6, 9, tzinfo=MOSCOW), "court_case_id": "2-1/2026",
        "event_code": "filed", "event_on": date(2026, 1, 5), "addressee_code": None, "principal_rub": Decimal("100.00"),
        "duty_rub": None, "payment_id": None,
    }
    town.deliver("court_events", DAY, *(
        filed | {"event_id": f"e{number}"} | said for number, (said, _) in enumerate(COURT_EVENTS, 1)
    ))

    run = town.run()

    assert reasons(run, "court_events") == {n: rules for n, (_, rules) in enumerate(COURT_EVENTS, 1) if rules}
    assert staged_ids(run, "court_events", "event_id") == ["e1"]


#: What a part of an instalment says, and the rules that it breaks.
PARTS: tuple[tuple[dict[str, object], list[str]], ...] = (
    ({}, []),
    ({"part_due_on": date(2026, 1, 5)}, []),
    ({"part_due_on": date(2026, 1, 4)}, ["broken_part_follows_signing"]),
    ({"part_rub": Decimal("0.00")}, ["broken_part_is_positive"]),
)


def test_a_part_of_an_instalment_is_money_after_the_signing(town: Town) -> None:
    part = {
        "registered_at": datetime(2026, 1, 6, 9, tzinfo=MOSCOW), "account_id": A1, "creditor_id": "U",
        "signed_on": date(2026, 1, 5), "part_due_on": date(2026, 2, 5), "part_rub": Decimal("100.00"),
    }
    town.deliver("instalment_agreements", DAY, *(
        part | {"event_id": f"e{number}", "agreement_id": f"r{number}"} | said
        for number, (said, _) in enumerate(PARTS, 1)
    ))

    run = town.run()

    assert reasons(run, "instalment_agreements") == {n: rules for n, (_, rules) in enumerate(PARTS, 1) if rules}
    assert staged_ids(run, "instalment_agreements", "event_id") == ["e1", "e2"]
