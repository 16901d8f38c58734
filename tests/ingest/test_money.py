"""Payments: accepted, repeated, suspended with a reason, never quarantined, never lost."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.contracts.catalogue import TABLES
from tests.ingest.town import (
    A1,
    JANUARY,
    NEXT_ISSUE,
    Town,
    fates,
    money,
    payment,
    refused,
    registry,
    reversal,
    staged_ids,
    suspended,
)

DAY = date(2026, 1, 6)
FEBRUARY_NIGHT = date(2026, 2, 10)


def test_a_payment_is_accepted_on_the_account_that_was_meant(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1", account_id=f"{A1[:4]} {A1[4:]}"))

    row = town.run().read_staged("payments", "part-000").row(0, named=True)

    assert (row["account_id"], row["paid_account_id"]) == (A1, f"{A1[:4]} {A1[4:]}")
    assert (row["amount_kop"], row["is_identified"], row["row_number"]) == (11000, False, 1)
    assert row["posted_at"] == datetime(2026, 1, 6, tzinfo=MOSCOW)


#: What a payment says, and why it cannot be placed.
UNPLACED: tuple[tuple[dict[str, object], str], ...] = (
    ({"account_id": "9999999999"}, "unknown_account"),
    ({"account_id": None}, "unknown_account"),
    ({"paid_at": datetime(2026, 1, 7, tzinfo=MOSCOW)}, "date_in_future"),
    ({"received_on": date(2026, 1, 7)}, "date_in_future"),
    ({"channel_code": "pigeon"}, "unknown_channel"),
    ({"designated_creditor_id": "NOBODY"}, "unknown_creditor"),
    ({"court_case_id": "K-1"}, "unknown_court_case"),
    ({"purpose_code": "gift"}, "unreadable_row"),
    ({"paid_at": None}, "unreadable_row"),
)


def test_a_payment_that_cannot_be_placed_is_suspended(town: Town) -> None:
    town.deliver("payments", DAY, *(
        payment(f"P{number}", registry_row=number, **said) for number, (said, _) in enumerate(UNPLACED, 1)
    ))

    run = town.run()

    assert suspended(run) == {f"P{number}": reason for number, (_, reason) in enumerate(UNPLACED, 1)}
    assert fates(run, "payments") == {"received": 9, "suspended": 9}
    assert money(run, "payments") == {"received": Decimal(990), "suspended": Decimal(990)}
    assert refused(run, "payments") == []


def test_a_payment_of_a_billion_waits_for_a_person(town: Town) -> None:
    amounts = ("999999999.99", "1000000000", "99999999999.99")
    town.deliver("payments", DAY, *(
        payment(f"P{number}", registry_row=number, amount_rub=Decimal(roubles))
        for number, roubles in enumerate(amounts, 1)
    ))

    run = town.run()

    assert fates(run, "payments") == {"received": 3, "accepted": 1, "suspended": 2}
    assert money(run, "payments")["accepted"] == Decimal(amounts[0])
    assert money(run, "payments")["suspended"] == Decimal(amounts[1]) + Decimal(amounts[2])
    assert suspended(run) == {"P2": "amount_too_large", "P3": "amount_too_large"}


def test_a_payment_without_a_usable_id_is_suspended_under_its_place(town: Town) -> None:
    town.deliver("payments", DAY, payment("x") | {"payment_id": None}, payment("P 1", registry_row=2))

    found = suspended(town.run())

    assert set(found.values()) == {"malformed_key"}
    assert sorted(suspended_id[64:] for suspended_id in found) == [":1", ":2"]


#: By how an account of nobody came about.
TYPED = {"one digit off": "1000000011", "two swapped": "1000000010", "look-alike letters": "1OOOOOOOO1"}


def test_nearest_accounts_are_proposed(town: Town) -> None:
    town.deliver("payments", DAY, *(
        payment(how, account_id=typed, registry_row=number) | {"payment_id": f"P{number}"}
        for number, (how, typed) in enumerate(TYPED.items(), 1)
    ))

    rows = town.run().read_staged("suspended_new").sort("suspended_id")

    assert rows["suspended_id"].to_list() == ["P1", "P2", "P3"]
    for how, candidates in zip(TYPED, rows["candidate_account_ids"].to_list(), strict=True):
        assert A1 in candidates, how


def test_the_same_file_twice_counts_once(town: Town) -> None:
    for name, day in (("a", DAY), ("b", DAY), ("a", date(2026, 1, 7))):
        town.deliver("payments", day, payment("P1"), name=name)

    run = town.run()

    assert staged_ids(run, "payments", "payment_id") == ["P1"]
    assert fates(run, "payments") == {"received": 3, "accepted": 1, "repeated": 2}
    assert run.read(TABLES["deliveries"]).filter(pl.col("table_name") == "payments")["status_code"].to_list() == [
        "read", "repeated",
    ]
    assert money(run, "payments") == {"received": Decimal(330), "accepted": Decimal(110), "repeated": Decimal(220)}


def test_the_same_registry_in_another_file_counts_once(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1"), payment("P2", registry_row=2))
    sent_again = payment("P2", registry_row=1, received_on=date(2026, 1, 8))
    town.deliver("payments", date(2026, 1, 8), sent_again, payment("P3"))

    run = town.run()

    assert staged_ids(run, "payments", "payment_id") == ["P1", "P2", "P3"]
    assert fates(run, "payments") == {"received": 4, "accepted": 3, "repeated": 1}


def test_an_id_with_other_content_is_suspended_and_the_first_stands(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1"))
    town.deliver("payments", date(2026, 1, 8), payment("P1", "120.00"))

    run = town.run()

    assert run.read_staged("payments")["amount_kop"].to_list() == [11000]
    assert list(suspended(run).values()) == ["duplicate_id"]


def test_other_content_at_the_same_moment_suspends_both(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1"), payment("P1", "120.00"))

    run = town.run()

    assert list(suspended(run).values()) == ["duplicate_id", "duplicate_id"]
    assert run.read_staged("payments").is_empty()


def test_a_suspended_payment_that_comes_again_waits_once(town: Town) -> None:
    stray = payment("P1", account_id="9999999999")
    town.deliver("payments", DAY, stray)
    town.deliver("payments", date(2026, 1, 8), stray, payment("P2"))

    run = town.run()

    assert suspended(run) == {"P1": "unknown_account"}
    assert fates(run, "payments") == {"received": 3, "accepted": 1, "repeated": 1, "suspended": 1}


def test_payments_of_closed_months_are_known_by_id(december: Town) -> None:
    december.deliver("payments", date(2026, 2, 2), payment("P1"), payment("P2", "1.00"),
                     payment("P3", account_id="9999999999"), payment("P4"))

    run = december.run(FEBRUARY_NIGHT, JANUARY)

    assert staged_ids(run, "payments", "payment_id") == ["P4"]
    assert fates(run, "payments") == {"received": 4, "accepted": 1, "repeated": 2, "suspended": 1}
    assert list(suspended(run).values()) == ["duplicate_id"]


def test_a_file_of_a_closed_month_is_not_taken_again(december: Town) -> None:
    run = december.run(FEBRUARY_NIGHT, JANUARY)

    assert fates(run, "payments") == {}


def test_a_file_that_comes_late_is_taken_by_the_open_month(town: Town) -> None:
    town.close()
    town.deliver("payments", DAY, payment("P1"))

    assert staged_ids(town.run(FEBRUARY_NIGHT, JANUARY), "payments", "payment_id") == ["P1"]


def test_what_arrives_after_the_cut_waits(town: Town) -> None:
    town.deliver("payments", date(2026, 1, 21), payment("P1"))
    town.deliver("payments", NEXT_ISSUE, payment("P2"))

    assert town.run(date(2026, 1, 20)).read_staged("payments").is_empty()
    assert staged_ids(town.run(date(2026, 3, 1)), "payments", "payment_id") == ["P1"]


def test_registries_are_known_with_what_came_for_them(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 2, "60.00"), registry("R2", 1, "5.00"))
    town.deliver("payments", DAY, payment("P1"))
    town.deliver("payment_reversals", DAY, reversal("V1", "P1", "50.00"))

    known = town.run().read(TABLES["known_registries"])

    assert known.select("registry_id", "found_rows", "is_complete").rows() == [("R1", 2, True), ("R2", 0, False)]
