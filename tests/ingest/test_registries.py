"""Corrected registries, within a month and across closed months, and which registries are awaited."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.contracts.catalogue import TABLES
from tests.ingest.town import A2, JANUARY, Town, fates, payment, refused, registry, staged_ids, suspended

DAY, CORRECTED = date(2026, 1, 6), date(2026, 1, 9)
FEBRUARY, FEBRUARY_NIGHT = date(2026, 2, 3), date(2026, 2, 10)


def amounts(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.sort("payment_id").select("payment_id", "amount_kop").rows())


def test_a_corrected_registry_replaces_by_id_and_drops_what_it_no_longer_lists(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 3, "330.00"))
    town.deliver("payments", DAY, payment("P1"), payment("P2"), payment("P3"))
    town.deliver("registries", CORRECTED, registry("R1", 2, "160.00"))
    town.deliver("payments", CORRECTED, payment("P1"), payment("P2", "50.00"))

    run = town.run()

    assert amounts(run.read_staged("payments")) == {"P1": 11000, "P2": 5000}
    assert fates(run, "payments") == {"received": 5, "accepted": 2, "repeated": 1, "superseded": 2}
    assert fates(run, "registries") == {"received": 2, "accepted": 1, "superseded": 1}
    known = run.read(TABLES["known_registries"]).row(0, named=True)
    assert (known["version"], known["found_rows"], known["is_complete"]) == (2, 2, True)
    # what stays keeps the day on which it came first
    first = run.read_staged("payments").filter(pl.col("payment_id") == "P1")["received_at"].item()
    assert first == datetime(2026, 1, 6, tzinfo=MOSCOW)


def test_a_correction_without_its_rows_takes_nothing_away(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 2, "220.00"))
    town.deliver("payments", DAY, payment("P1"), payment("P2"))
    town.deliver("registries", CORRECTED, registry("R1", 2, "230.00"))
    town.deliver("payments", CORRECTED, payment("P2", "120.00"))

    run = town.run()

    assert amounts(run.read_staged("payments")) == {"P1": 11000, "P2": 11000}
    assert list(suspended(run).values()) == ["duplicate_id"]


def test_a_suspended_row_is_replaced_too(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 1, "110.00"))
    town.deliver("payments", DAY, payment("P1", account_id="9999999999"))
    town.deliver("registries", CORRECTED, registry("R1", 1, "110.00", sha256="v2"))
    town.deliver("payments", CORRECTED, payment("P1"))

    run = town.run()

    assert amounts(run.read_staged("payments")) == {"P1": 11000}
    assert suspended(run) == {}
    assert fates(run, "payments") == {"received": 2, "accepted": 1, "superseded": 1}


def test_the_same_announcement_again_is_a_repeat(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 1, "110.00"))
    town.deliver("registries", CORRECTED, registry("R1", 1, "110.00"), registry("R2", 0, "0.00"))

    assert fates(town.run(), "registries") == {"received": 3, "accepted": 2, "repeated": 1}


def test_two_announcements_of_one_day_refuse_each_other(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 1, "110.00"), registry("R1", 2, "110.00"))

    assert refused(town.run(), "registries") == [["duplicate_id"], ["duplicate_id"]]


def test_a_correction_of_a_closed_month_is_made_by_explicit_reversals(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 4, "440.00"))
    town.deliver("payments", DAY, payment("P1"), payment("P2"), payment("P3"), payment("P4", account_id="9999999999"))
    town.close()
    town.deliver("registries", FEBRUARY, registry("R1", 3, "270.00"))
    town.deliver("payments", FEBRUARY, payment("P1"), payment("P2", "50.00"), payment("P4", account_id=A2))

    run = town.run(FEBRUARY_NIGHT, JANUARY)

    assert amounts(run.read_staged("payments")) == {"P2": 5000, "P4": 11000}
    reversals = run.read_staged("payment_reversals")
    assert dict(reversals.select("reversal_id", "amount_kop").rows()) == {
        "corrected:R1:P2:2026-02-03": 11000, "corrected:R1:P3:2026-02-03": 11000,
    }
    assert reversals["is_correction"].all()
    assert run.read_staged("suspense_released").rows() == [("P4", "R1", 11000)]
    assert fates(run, "payments") == {"received": 3, "accepted": 2, "repeated": 1}


def test_a_second_correction_takes_back_only_what_still_stands(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 2, "220.00"))
    town.deliver("payments", DAY, payment("P1"), payment("P2"))
    town.close()
    town.deliver("registries", FEBRUARY, registry("R1", 2, "160.00"))
    town.deliver("payments", FEBRUARY, payment("P1"), payment("P2", "50.00"))
    town.close(JANUARY, date(2026, 3, 1))
    march = date(2026, 3, 2)
    town.deliver("registries", march, registry("R1", 1, "110.00"))
    town.deliver("payments", march, payment("P1"))

    run = town.run(date(2026, 3, 10), JANUARY.next)

    rows = run.read_staged("payment_reversals").select("reversal_id", "amount_kop").rows()
    assert rows == [("corrected:R1:P2:2026-03-02", 5000)]


def test_a_registry_known_from_a_closed_month_goes_on(town: Town) -> None:
    town.deliver("registries", DAY, registry("R1", 2, "220.00"))
    town.deliver("payments", DAY, payment("P1"))
    assert not town.close().read(TABLES["known_registries"])["is_complete"].item()
    town.deliver("payments", FEBRUARY, payment("P2"))

    run = town.run(FEBRUARY_NIGHT, JANUARY)

    assert staged_ids(run, "payments", "payment_id") == ["P2"]
    assert run.read(TABLES["known_registries"]).select("found_rows", "is_complete").rows() == [(2, True)]


def expected(provider: str, expected_on: date, covers_until: date, channel: str = "site") -> dict[str, object]:
    return {"provider_code": provider, "channel_code": channel, "expected_on": expected_on,
            "covers_until": covers_until}


def test_registries_are_received_awaited_or_late(town: Town) -> None:
    town.deliver(
        "issue_calendar", date(2025, 12, 1),
        expected("bank", date(2026, 1, 6), date(2026, 1, 5)), expected("bank", date(2026, 1, 13), date(2026, 1, 12)),
        expected("post", date(2026, 1, 10), date(2026, 1, 5)), expected("site", date(2026, 1, 25), date(2026, 1, 24)),
        expected("old", date(2025, 12, 19), date(2025, 12, 18)),
    )
    town.deliver("registries", DAY, registry("R1", 0, "0.00"))

    run = town.run()

    told = run.read(TABLES["awaited_registries"]).select("provider_code", "expected_on", "status_code").rows()
    assert told == [
        ("bank", date(2026, 1, 6), "received"), ("bank", date(2026, 1, 13), "late"),
        ("post", date(2026, 1, 10), "late"), ("site", date(2026, 1, 25), "awaited"),
    ]


def test_a_registry_whose_rows_have_not_come_is_not_in(town: Town) -> None:
    town.deliver("issue_calendar", date(2025, 12, 1), expected("bank", date(2026, 1, 6), date(2026, 1, 5)))
    town.deliver("registries", DAY, registry("R1", 1, "110.00"))

    assert town.run().read(TABLES["awaited_registries"])["status_code"].to_list() == ["late"]


def test_what_is_out_when_a_month_closes_is_awaited_by_the_next(town: Town) -> None:
    town.deliver("issue_calendar", date(2025, 12, 1), expected("bank", date(2026, 2, 3), date(2026, 1, 31)),
                 expected("post", date(2026, 1, 10), date(2026, 1, 5)))
    december = town.close().read(TABLES["awaited_registries"])
    town.deliver("registries", FEBRUARY, registry("R1", 0, "0.00", received_on=FEBRUARY))

    january = town.run(FEBRUARY_NIGHT, JANUARY).read(TABLES["awaited_registries"])

    assert december.select("provider_code", "status_code").rows() == [("bank", "awaited"), ("post", "late")]
    assert january.select("provider_code", "status_code").rows() == [("bank", "received"), ("post", "late")]


def test_bank_statement_is_staged_whole(town: Town) -> None:
    town.deliver("bank_statements", DAY, {"operation_id": "O1", "booked_on": DAY, "amount_rub": Decimal(110),
                                          "registry_id": "R1", "direction_code": "in"})

    assert town.run().read_staged("bank_statements", "whole")["amount_kop"].to_list() == [11000]
