"""Dates and months that nobody can mean: the row is refused or suspended, the month goes on."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.catalogue import TABLES
from tests.ingest.town import ISSUED, Town, payment, refused, suspended

DAY = date(2026, 1, 6)


@pytest.mark.parametrize(
    ("month", "rules"),
    [
        (date(2026, 1, 1), ["month_not_begun"]),  # issued on 20 December 2025
        (date(2062, 6, 1), ["month_not_begun"]),
        (date(2015, 12, 1), ["date_too_old"]),
        (date(1926, 1, 1), ["date_too_old"]),
    ],
)
def test_a_document_of_a_month_without_a_due_date_is_refused(town: Town, month: date, rules: list[str]) -> None:
    town.bill("D1", on=ISSUED, billing_month=month)

    assert refused(town.run(), "billing_documents") == [rules]


@pytest.mark.parametrize(
    "said",
    [
        {"paid_at": datetime(26, 1, 5, tzinfo=MOSCOW)},
        {"received_on": date(2016, 1, 5)},
        {"designated_month": date(2025, 12, 15)},
    ],
)
def test_money_with_a_date_that_cannot_be_read_waits(town: Town, said: dict[str, object]) -> None:
    town.deliver("payments", DAY, payment("P1", **said))

    run = town.run()

    assert suspended(run) == {"P1": "unreadable_row"}
    table = TABLES["suspended_payments"]
    # the night that publishes the row must not stop at it
    run.write(table, "unplaced", run.read_staged("suspended_new").select(table.inside_names))


@pytest.mark.parametrize(("heat", "rules"), [("999999999.99", []), ("1000000000.00", [["line_rejected"]])])
def test_a_line_of_a_billion_refuses_its_document(town: Town, heat: str, rules: list[list[str]]) -> None:
    town.bill("D1", heat=heat)

    assert refused(town.run(), "billing_documents") == rules
