"""Money collected for creditors: its source, its day, what comes back, and what the centre still holds."""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.ledger import COLLECTED_MONEY, CREDITOR_FUNDS, PAYMENT_ALLOCATIONS, POSTED_PAYMENTS
from pipeline.contracts.payments import REMITTANCES
from pipeline.contracts.registers import CHANNELS
from pipeline.contracts.table import Table
from pipeline.domain.ledger.collected import collected_money, creditor_funds, looked_up

START = date(2026, 5, 20)
NONE = pl.DataFrame(schema={"payment_id": pl.String, "designated_creditor_id": pl.String})
NETWORK = pl.DataFrame(
    [("site", True, "none"), ("bank", False, "bank"), ("post", False, "post"), ("desk", False, None)],
    schema={"channel_code": pl.String, "is_own_online": pl.Boolean, "fee_class_code": pl.String}, orient="row",
).with_columns(usual_delay_days=pl.lit(1, dtype=pl.Int32)).select(CHANNELS.inside_names)


def rows(table: Table, *told: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(told), schema=table.inside_schema)


def sourced(*told: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Movements, each with a source of its own, and the sources."""
    movements = rows(PAYMENT_ALLOCATIONS, *told)
    return movements.with_columns(source=pl.int_range(pl.len(), dtype=pl.Int64)), movements


def moved(amount: int, *, payment: str = "п1", day: int = 25, channel: str | None = "site", rule: str = "oldest",
          origin: str = "payment", fenced: bool = False) -> dict[str, Any]:
    return {
        "payment_id": payment, "allocated_kop": amount, "creditor_id": "вода", "rule_code": rule, "origin_code": origin,
        "channel_code": channel, "posted_at": datetime(2026, 5, day, tzinfo=MOSCOW), "is_ring_fenced": fenced,
    }


def paid(payment: str = "п1", payer: str = "resident", own: str | None = None) -> dict[str, Any]:
    return {"payment_id": payment, "payer_code": payer, "designated_creditor_id": own}


def told(*movements: dict[str, Any], payments: list[dict[str, Any]] | None = None,
         older: pl.DataFrame = NONE) -> list[tuple[Any, ...]]:
    found = collected_money(
        *sourced(*movements), rows(POSTED_PAYMENTS, *(payments or [paid()])), older, NETWORK, cycle_start=START
    )
    assert found.columns == COLLECTED_MONEY.inside_names
    return found.drop("creditor_id").rows()


@pytest.mark.parametrize(("channel", "payer", "rule", "source"), [
    ("site", "resident", "oldest", "online"), ("bank", "third_party", "designated", "bank"),
    ("post", "resident", "oldest", "post"), ("desk", "resident", "oldest", "cash"),
    ("lost", "resident", "oldest", "other"), ("site", "social_protection", "oldest", "social_protection"),
    ("bank", "employer", "oldest", "employer"), ("bank", "bailiff", "oldest", "enforcement"),
    ("bank", "resident", "enforcement", "enforcement"), ("site", "resident", "advance", "advance"),
    ("bank", "resident", "own_creditor", "bank"), ("bank", "bailiff", "own_creditor", "enforcement"),
])
def test_the_payer_decides_the_source_before_the_channel(channel: str, payer: str, rule: str, source: str) -> None:
    found = told(moved(100, channel=channel, rule=rule), payments=[paid(payer=payer)])

    assert found == [(date(2026, 5, 25), source, 100, 0, 0)]


def test_what_arrived_before_the_cycle_belongs_to_its_first_day() -> None:
    assert told(moved(100, day=3)) == [(START, "online", 100, 0, 0)]


def test_reversals_and_new_versions_stand_apart_and_credits_are_no_money() -> None:
    found = told(moved(100), moved(-30, rule="reversal"), moved(-20, rule="superseded"),
                 moved(500, rule="credit", origin="credit", channel=None))

    assert found == [(date(2026, 5, 25), "online", 100, 30, -20)]


def test_a_reversal_of_money_of_an_own_account_is_looked_up_in_older_months() -> None:
    reversal = moved(-30, payment="старый", rule="reversal", fenced=True)
    older = pl.DataFrame([("старый", "вода")], schema=NONE.schema, orient="row")

    asked = looked_up(*sourced(reversal, moved(5)), rows(POSTED_PAYMENTS, paid()))
    assert asked.to_list() == ["старый"]
    assert told(reversal, older=older) == [(date(2026, 5, 25), "own_account", 0, 30, 0)]


def test_only_a_designated_creditor_makes_an_own_account() -> None:
    """Capital repair through a bank lies at the centre, and so does its reversal: nothing is left of both."""
    capital_repair = [moved(1_000, channel="bank", rule="own_creditor", fenced=True),
                      moved(-1_000, channel="bank", rule="reversal", fenced=True)]

    assert told(*capital_repair) == [(date(2026, 5, 25), "bank", 1_000, 1_000, 0)]
    assert told(*capital_repair, payments=[paid(own="вода")]) == [(date(2026, 5, 25), "own_account", 1_000, 1_000, 0)]


def test_money_of_an_older_payment_laid_anew_is_looked_up() -> None:
    laid = sourced(moved(20, payment="старый", rule="oldest", fenced=True),
                   moved(5, payment="аванс", rule="advance"), moved(5))

    assert looked_up(*laid, rows(POSTED_PAYMENTS, paid())).to_list() == ["старый"]


@pytest.mark.parametrize(("opening", "remittance", "balances"), [
    (True, True, (1_000, 1_500)), (True, False, (1_000, None)), (False, True, (None, None)),
    (False, False, (None, None)),
])
def test_held_money_is_known_only_where_every_remittance_is(
    opening: bool, remittance: bool, balances: tuple[int | None, int | None]
) -> None:
    before = rows(CREDITOR_FUNDS, {"creditor_id": "вода", "closing_kop": 1_000})
    collected = rows(COLLECTED_MONEY, {"creditor_id": "вода", "source_code": "bank", "collected_kop": 700})
    sent = rows(REMITTANCES, {"creditor_id": "вода", "gross_kop": 200, "commission_kop": 2})

    found = creditor_funds(before, collected, sent, is_opening_known=opening, is_remittance_known=remittance)

    assert found.select("opening_kop", "closing_kop").row(0) == balances
    assert found.select("collected_kop", "remitted_kop", "commission_kop").row(0) == (700, 200, 2)


def test_held_money_goes_on_and_own_accounts_are_never_held() -> None:
    before = rows(CREDITOR_FUNDS, {"creditor_id": "вода", "closing_kop": 1_000})
    collected = rows(
        COLLECTED_MONEY,
        {"creditor_id": "вода", "source_code": "bank", "collected_kop": 500, "reversed_kop": 40, "moved_kop": -10},
        {"creditor_id": "вода", "source_code": "own_account", "collected_kop": 900, "reversed_kop": 0, "moved_kop": 0},
    )
    sent = rows(REMITTANCES, {"creditor_id": "тепло", "gross_kop": 70, "commission_kop": 1},
                {"creditor_id": "вода", "gross_kop": 1_300, "commission_kop": 13})

    found = creditor_funds(before, collected, sent, is_opening_known=True, is_remittance_known=True)

    assert found.columns == CREDITOR_FUNDS.inside_names
    assert found.drop("is_remittance_known").rows() == [
        ("вода", 1_000, 500, 40, -10, 1_300, 13, 150), ("тепло", 0, 0, 0, 0, 70, 1, -70),
    ]
