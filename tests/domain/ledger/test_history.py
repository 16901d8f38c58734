"""From which month on older movements are read again."""

from datetime import date

import polars as pl

from pipeline.domain.ledger.history import items_since, needed_since, replaced_before

JANUARY, FEBRUARY, MAY = (date(2026, month, 1) for month in (1, 2, 5))


def documents(*told: tuple[str, str, str | None]) -> pl.DataFrame:
    schema = {"account_id": pl.String, "document_id": pl.String, "supersedes_document_id": pl.String}
    return pl.DataFrame(told, schema=schema, orient="row").with_columns(billing_month=pl.lit(MAY))


def since(came: pl.DataFrame, billed: dict[str, date], reversed_in: dict[str, date | None]) -> dict[str, date]:
    known = pl.DataFrame([*billed.items()], schema={"document_id": pl.String, "since": pl.Date}, orient="row")
    back = pl.DataFrame(
        [*reversed_in.items()], schema={"account_id": pl.String, "posted_month": pl.Date}, orient="row"
    )
    return dict(needed_since(replaced_before(came), known, back).rows())


def test_a_new_version_of_another_month_reaches_back_to_the_document_that_it_replaces() -> None:
    assert since(documents(("а1", "д2", "д1")), {"д1": JANUARY}, {}) == {"а1": JANUARY}


def test_a_replaced_document_of_the_opening_reaches_back_to_the_beginning() -> None:
    assert since(documents(("а1", "д2", "д1")), {}, {}) == {"а1": date.min}


def test_a_version_replaced_in_the_same_cycle_needs_nothing_older() -> None:
    came = documents(("а1", "д2", None), ("а1", "д3", "д2"), ("а2", "д5", "д4"), ("а2", "д6", "д5"))
    assert since(came, {"д4": MAY}, {}) == {"а2": MAY}


def test_the_earlier_of_a_document_and_a_reversed_payment_counts() -> None:
    assert since(documents(("а1", "д2", "д1")), {"д1": MAY}, {"а1": JANUARY, "а2": None}) == {
        "а1": JANUARY, "а2": date.min,
    }


def items_of(document_id: str, billed: dict[str, date]) -> dict[str, tuple[date, date]]:
    """What is read of an account with a payment of February taken back that lies on a document for March."""
    touched = pl.DataFrame({"account_id": ["а1"], "document_id": [document_id], "billing_month": [date(2026, 3, 1)]})
    known = pl.DataFrame([*billed.items()], schema={"document_id": pl.String, "since": pl.Date}, orient="row")
    read = pl.DataFrame({"account_id": ["а1"], "since": [FEBRUARY]})
    return {account: (first, until) for account, first, until in items_since(touched, known, read).rows()}


def test_a_document_that_came_two_months_before_the_one_it_bills_is_read_from_its_coming() -> None:
    """Where documents go out on the tenth, the cycle of January runs into March, and March may be billed by then."""
    assert items_of("д1", {"д1": JANUARY}) == {"а1": (JANUARY, FEBRUARY)}


def test_a_document_that_came_with_the_payment_needs_nothing_older() -> None:
    assert items_of("д1", {"д1": FEBRUARY}) == {}


def test_a_document_that_no_month_billed_is_read_from_the_beginning() -> None:
    assert items_of("д1", {}) == {"а1": (date.min, FEBRUARY)}
