"""Reversals: whose account bears them, and in what order they stand beside a payment that comes in again."""

from datetime import datetime
from typing import Any

import polars as pl

from pipeline.contracts.events import ADVANCE_CONTRACTS
from pipeline.contracts.table import MOSCOW
from pipeline.domain.ledger.events import contract_months, ledger_events
from pipeline.domain.ledger.posting import identified_money
from pipeline.domain.ledger.taking_back import reversals_to_post

DAY = datetime(2026, 2, 5)
MOMENT = pl.Datetime("us", MOSCOW)
HOLDERS = {
    "payment_id": pl.String, "holder_id": pl.String, "payment_registry_id": pl.String, "posted_month": pl.Date,
}
REVERSAL = {
    "reversal_id": pl.String, "payment_id": pl.String, "account_id": pl.String, "amount_kop": pl.Int64,
    "registry_id": pl.String, "posted_at": MOMENT, "paid_at": MOMENT, "is_correction": pl.Boolean,
}


def reversals(*told: dict[str, Any]) -> pl.DataFrame:
    usual = {"payment_id": "п1", "amount_kop": 100, "registry_id": "р1", "is_correction": False}
    rows = pl.DataFrame([{**usual, **one} for one in told], schema=REVERSAL)
    return rows.with_columns(posted_at=pl.lit(DAY).cast(MOMENT))


def posted(*told: dict[str, Any]) -> dict[str, str]:
    holders = pl.DataFrame(
        [("п1", "старый", "р1", None), ("п1", "новый", "р1", None)], schema=HOLDERS, orient="row"
    )
    nothing = reversals().drop("is_correction", "paid_at")
    return dict(reversals_to_post(reversals(*told), nothing, holders).select("reversal_id", "account_id").rows())


def test_a_correction_takes_back_from_the_account_that_had_the_money() -> None:
    assert posted({"reversal_id": "с1", "account_id": "старый", "is_correction": True}) == {"с1": "старый"}


def test_a_reversal_that_was_sent_follows_the_money() -> None:
    assert posted({"reversal_id": "с1", "account_id": "старый"}) == {"с1": "новый"}


def test_a_correction_goes_before_the_payment_that_replaces_it() -> None:
    terms = {"account_id": "а1", "payment_id": "п1", "registry_id": "р1", "registry_row": 1, "amount_kop": 90}
    money = pl.DataFrame([terms]).with_columns(posted_at=pl.lit(DAY).cast(MOMENT))
    documents = pl.DataFrame(schema={
        "account_id": pl.String, "version": pl.Int32, "received_at": MOMENT, "supersedes_document_id": pl.String,
        "document_id": pl.String,
    })
    meeting = pl.DataFrame(schema={"account_id": pl.String, "posted_at": MOMENT})
    back = reversals({"reversal_id": "с1", "account_id": "а1", "is_correction": True},
                     {"reversal_id": "с2", "account_id": "а1"})
    told = ledger_events(documents, money, back, meeting)
    assert told["reversal_id"].to_list() == ["с1", None, "с2"]


def test_identified_money_is_posted_under_the_id_of_its_suspended_row() -> None:
    decided = pl.DataFrame({
        "decision_code": ["identified", "identified", "returned"], "amount_kop": [100, -5, 7],
        "payment_id": ["п1", "п2", "п3"], "suspended_id": ["файл:1", "с1", "п3"],
    })
    assert identified_money(decided)["payment_id"].to_list() == ["файл:1"]


def test_the_contract_registered_last_holds() -> None:
    columns = ("event_id", "contract_reference", "registered_at", "from_month")
    told = pl.DataFrame(
        [("е2", "д1", DAY, datetime(2026, 3, 1)), ("е1", "д1", DAY.replace(day=1), datetime(2026, 1, 1))],
        schema=columns, orient="row",
    ).with_columns(to_month="from_month")
    assert set(columns) <= {*ADVANCE_CONTRACTS.inside_names}
    for rows in (told, told.reverse()):
        assert contract_months(rows)["from_month"].to_list() == [datetime(2026, 3, 1)]
