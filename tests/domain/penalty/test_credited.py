"""Which items a credit reaches, how much of each, and how the base of their penalties falls: by hand, then any."""

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import CREDITED_CHARGES
from pipeline.domain.penalty.credited import credited_now, credits_of, lowered, with_laid
from tests.domain.penalty import town

DUE, MAY = dt.date(2026, 3, 16), dt.date(2026, 6, 15)
FEBRUARY = dt.date(2026, 2, 1)
ON = dt.date(2026, 5, 25)
NOBODY = pl.Series([], dtype=pl.String)


def item(document: str, due_on: dt.date = DUE, **more: Any) -> dict[str, Any]:
    return town.key(due_on, document_id=document, charge_month=FEBRUARY, **more)


def line(document: str, rub: str, **more: Any) -> dict[str, Any]:
    """The movement of a document's negative item of February."""
    terms = {"origin_code": "credit", "payment_id": f"credit:{document}:{more.get('contract_id', 'k1')}"}
    return town.paid(item(document, MAY, billing_month=dt.date(2026, 5, 1)) | more, ON, f"-{rub}", **terms)


def room(*rows: tuple[dict[str, Any], str]) -> pl.DataFrame:
    told = [one | {"room_kop": town.kop(rub)} for one, rub in rows]
    schema = {name: dtype for name, dtype in CREDITED_CHARGES.inside_schema.items() if name in (*ITEM_KEY,)}
    return pl.DataFrame(told, schema=schema | {"billing_month": pl.Date, "due_on": pl.Date, "room_kop": pl.Int64})


def shared(credits: pl.DataFrame, items: pl.DataFrame) -> list[tuple[str, str, int]]:
    rows = credited_now(credits, items).sort("document_id", "credit_document_id")
    return rows.select("document_id", "credit_document_id", "credited_kop").rows()


def test_only_a_negative_line_of_a_named_month_is_a_credit() -> None:
    own = item("may", MAY)
    moved = town.movements(
        line("may", "200.00"), line("may", "30.00", contract_id="k2"), line("replaced", "70.00"),
        line("may", "5.00", charge_month=None), line("may", "6.00", debt_kind_code="voluntary"),
        # money taken back of a payment, and the credit's money on the document's own line
        town.paid(own, ON, "-40.00"), town.paid(own, ON, "230.00", origin_code="credit", payment_id="credit:may:k1"),
    )

    credits = credits_of(moved, pl.Series(["replaced"]))

    assert credits.select("credit_document_id", "charge_month", "credit_kop").rows() == [("may", FEBRUARY, 23000)]


def test_the_oldest_due_date_first_and_none_above_what_it_was_billed() -> None:
    credits = credits_of(town.movements(line("may", "700.00"), line("may2", "400.00")), NOBODY)
    items = room((item("feb"), "600.00"), (item("mar", dt.date(2026, 4, 15)), "1000.00"))

    # 600 + 100 of the first credit, 400 of the second
    assert shared(credits, items) == [("feb", "may", 60000), ("mar", "may", 10000), ("mar", "may2", 40000)]


def test_what_exceeds_the_month_reaches_nobody() -> None:
    credits = credits_of(town.movements(line("may", "1300.00")), NOBODY)

    assert shared(credits, room((item("feb"), "1000.00"))) == [("feb", "may", 100000)]
    assert shared(credits, room((item("feb"), "0.00"))) == []


def test_another_month_service_creditor_kind_or_the_own_document_is_not_reached() -> None:
    credits = credits_of(town.movements(line("may", "100.00")), NOBODY)
    others = [
        item("feb", service_code="water"), item("feb", creditor_id="c2"), item("feb", debt_kind_code="capital_repair"),
        item("feb") | {"charge_month": dt.date(2026, 1, 1)}, item("feb") | {"charge_month": None}, item("may", MAY),
    ]

    assert shared(credits, room(*((one, "500.00") for one in others))) == []
    # a contract may have changed since
    assert shared(credits, room((item("feb", contract_id="k9"), "500.00"))) == [("feb", "may", 10000)]


def test_the_credits_own_money_on_the_item_is_told_and_goes_with_it() -> None:
    feb = item("feb")
    mine = {"origin_code": "credit", "payment_id": "credit:later0:k1"}
    before = town.credited(feb, {"rub": "200.00"})

    laid = with_laid(before, town.movements(
        town.paid(feb, ON, "120.00", **mine), town.paid(feb, ON, "7.00"),
        town.paid(feb, ON, "9.00", origin_code="credit", payment_id="credit:other:k1"),
    ))
    undone = with_laid(laid, town.movements(town.paid(feb, ON, "-120.00", **mine)))

    assert laid.select("laid_kop", "laid_on").rows() == [(12000, ON)]
    assert undone["laid_kop"].to_list() == [0]


PARTS = st.dictionaries(st.integers(31, 400), st.integers(1, 1_000_00), max_size=5)


@given(parts=PARTS, still_open=st.integers(0, 1_000_00), credits=st.lists(st.integers(1, 1_500_00), max_size=3))
def test_every_day_the_base_is_that_of_the_day_less_the_credit(
    parts: dict[int, int], still_open: int, credits: list[int]
) -> None:
    end = 401
    rows = [{"item": 0, "paid_on": DUE + dt.timedelta(days=day), "base_kop": kop} for day, kop in parts.items()]
    rows += [{"item": 0, "paid_on": None, "base_kop": still_open}] if still_open else []
    bases = pl.DataFrame(rows, schema={"item": pl.UInt32, "paid_on": pl.Date, "base_kop": pl.Int64})
    numbered = pl.DataFrame([item("feb")]).select(pl.lit(0, pl.UInt32).alias("item"), *ITEM_KEY)
    credited = town.credited(item("feb"), *({"rub": f"{kop // 100}.{kop % 100:02d}"} for kop in credits))

    def of_day(told: pl.DataFrame, day: int) -> int:
        lasts = ((one["paid_on"], one["base_kop"]) for one in told.iter_rows(named=True))
        return sum(kop for on, kop in lasts if (end if on is None else (on - DUE).days) >= day)

    low = lowered(bases, numbered, credited)

    for day in (0, *parts, *(day + 1 for day in parts), end):
        assert of_day(low, day) == max(0, of_day(bases, day) - sum(credits))
