"""The ledger in order of arrival against the replay by value date: what is read from the one equals the other."""

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts.ingest import POSTED_REVERSALS
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.domain.allocation import allocate
from pipeline.domain.eligibility.conditions import decided
from pipeline.domain.eligibility.posted import Posted, as_posted, out_of_order
from pipeline.domain.eligibility.replay import Happened, replayed
from pipeline.domain.ledger.events import ledger_events, with_presence
from tests.examples import examples

from .frames import CHANNELS, MAY, accounts, happened, issued, main_documents, moment, together
from .test_cases import CUT, RULES

CUT_ON = dt.date(2026, 7, 20)
AMOUNTS = ["0.50", "33.33", "150.00", "300.00", "300.01", "700.00", "1000.00", "1050.00", "1300.00"]
PAYMENT = st.fixed_dictionaries({
    "paid_at": st.builds("2026-{:02}-{:02} 10:30".format, st.integers(5, 7), st.integers(1, 19)),
    "amount": st.sampled_from(AMOUNTS), "channel": st.sampled_from(["app", "bank"]),
    "precision": st.sampled_from(["moment", "moment", "day"]), "document": st.sampled_from([None, "D05", "D05C"]),
    "delay": st.sampled_from([0, 0, 0, 1, 9]), "creditor": st.sampled_from([None, None, "UK", "FUND"]),
    "purpose": st.sampled_from(["regular", "regular", "regular", "capital_repair", "penalty"]),
})
ACCOUNT = st.fixed_dictionaries({
    "bill": st.sampled_from([
        {"principal": "1000.00"}, {"principal": "700.00", "capital_repair": "300.00"},
        {"principal": "1000.00", "voluntary": "50.00"}, {"principal": "999.99", "penalty": "10.00"},
    ]),
    "documents": st.sampled_from([[], [{"document": "D05C", "type": "capital_repair",
                                        "lines": {"capital_repair": "300.00"}}]]),
    "opening_items": st.sampled_from([[], [{"document": "D04", "amount": "300.00"}],
                                      [{"document": "D04", "amount": "300.00", "creditor": "FUND"}]]),
    "opening_advances": st.sampled_from([[], [], [{"amount": "150.00", "paid_at": "2026-04-20", "channel": "app"}]]),
    "payments": st.lists(PAYMENT, max_size=4),
})


def at_start(terms: dict[str, Any], account: str) -> Happened:
    """The account with payments that arrive some days after they are made, meant for a creditor or a purpose."""
    payments = [
        row | {"received_on": moment(row["paid_at"]).date() + dt.timedelta(days=row["delay"])}
        for row in terms["payments"]
    ]
    start = happened(terms | {"payments": payments}, account)
    meant = {name: [row[name] for row in payments] for name in ("creditor", "purpose")}
    money = start.payments.with_columns(
        designated_creditor_id=pl.Series(meant["creditor"], dtype=pl.String),
        purpose_code=pl.Series(meant["purpose"], dtype=pl.String),
        posted_at=pl.col("posted_at") + pl.duration(hours=20),
    )
    return Happened(**{**start.__dict__, "payments": money})


def by_arrival(start: Happened) -> Posted:
    """What the ledger makes of it: by service, documents before payments of their day."""
    documents = start.documents.select("account_id", "document_id", "billing_month", "issued_on").unique("document_id")
    bills = documents.with_columns(
        version=pl.lit(1, dtype=pl.Int64), supersedes_document_id=pl.lit(None, dtype=pl.String),
        received_at=pl.lit(moment(issued(MAY))).dt.cast_time_unit("us"),
    )
    nobody = pl.DataFrame(schema={"account_id": pl.String, "posted_at": bills.schema["received_at"]})
    events = ledger_events(bills, start.payments.drop("cycle"), POSTED_REVERSALS.empty_inside(), nobody)
    items = pl.concat([start.open_items.with_columns(present_from=pl.lit(0, dtype=pl.Int64)),
                       with_presence(by_service(start.documents), events)], how="diagonal_relaxed")
    found = allocate(items, start.advances, events, start.moved_before, exact_total_pays_penalty=True)
    left = found.items.filter(pl.col("outstanding_kop") > 0)
    return Posted(
        bills=bills, documents=start.documents, open_items_before=start.open_items,
        open_items=pl.concat([OPEN_ITEMS.empty_inside(), left], how="diagonal_relaxed").with_columns(
            pl.col("is_disputed", "is_time_barred").fill_null(False)
        ),
        advances_before=start.advances, advances=found.advances, payments=start.payments, reversals=start.reversals,
        movements=found.movements,
    )


def by_service(documents: pl.DataFrame) -> pl.DataFrame:
    """Each sum of a document as two services, a third and the rest."""
    third = pl.col("billed_kop") // 3
    lines = [
        documents.with_columns(billed_kop=share, contract_id=pl.lit(name), service_code=pl.lit(name))
        for name, share in (("K1", third), ("K2", pl.col("billed_kop") - third))
    ]
    nothing = pl.lit(0, dtype=pl.Int64)
    return pl.concat(lines).with_columns(
        received_at="posted_at", charge_month="billing_month", paid_kop=nothing, written_off_kop=nothing,
        outstanding_kop="billed_kop",
        epoch_base_kop="billed_kop", is_time_barred=False, supersedes_document_id=pl.lit(None, dtype=pl.String),
    )


@examples(10)
@given(town=st.lists(ACCOUNT, min_size=6, max_size=12))
def test_accounts_in_one_order_are_decided_from_what_the_ledger_posted(town: list[dict[str, Any]]) -> None:
    named = [(f"A{number:02}", terms) for number, terms in enumerate(town)]
    start = together([at_start(terms, name) for name, terms in named])
    posted = by_arrival(start)
    told = as_posted(posted, month=MAY)
    apart = out_of_order(posted, told.movements, cut_on=CUT_ON)
    replay = replayed(start, exact_total_pays_penalty=True)
    few = Happened(**{
        name: frame.filter(pl.col("account_id").is_in(apart.implode())) for name, frame in start.__dict__.items()
        if name != "ahead"
    })
    mixed = replayed(few, exact_total_pays_penalty=True).with_others(told, apart)
    documents = pl.concat([main_documents(terms, name) for name, terms in named])
    register = accounts(*((name, {}) for name, _ in named))

    found, expected = (
        decided(documents, answer, register, CHANNELS, rules=RULES, cut=CUT) for answer in (mixed, replay)
    )

    assert found.equals(expected)
