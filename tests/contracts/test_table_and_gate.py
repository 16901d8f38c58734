"""The gate lets a good frame through unchanged and says, in counts and never in values, what a bad one breaks."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.gate import ContractBroken, gate
from pipeline.contracts.ledger import ADVANCES
from pipeline.contracts.registers import CYCLES
from pipeline.contracts.table import Kind, Table


def advances(**changes: object) -> pl.DataFrame:
    row = {
        "account_id": "100", "payment_id": "p1", "origin_code": "payment", "registry_id": "r1", "creditor_id": None,
        "contract_reference": None, "channel_code": "site", "paid_at": datetime(2026, 3, 1, tzinfo=UTC),
        "posted_at": datetime(2026, 3, 2, tzinfo=UTC), "amount_rub": Decimal("10.00"),
    } | changes
    return pl.DataFrame([row], schema=ADVANCES.outside_schema)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_an_empty_frame_keeps_every_contract(table: Table) -> None:
    empty = pl.DataFrame(schema=table.outside_schema)

    assert gate(empty, table).is_empty()
    assert gate(table.empty_inside(), table, side="inside").is_empty()


def test_a_good_row_passes() -> None:
    assert gate(advances(), ADVANCES).height == 1


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"account_id": None}, "account_id not_nullable"),
        ({"origin_code": "gift"}, "origin_code is_allowed"),
        ({"amount_rub": Decimal("-1.00")}, "amount_rub at_least_0"),
        ({"amount_rub": Decimal("0.00")}, "something_is_left"),
    ],
)
def test_a_broken_promise_is_counted_by_name(changes: dict[str, object], promise: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        gate(advances(**changes), ADVANCES)

    assert broken.value.counts == {promise: 1}


def test_the_message_holds_no_value() -> None:
    with pytest.raises(ContractBroken) as broken:
        gate(advances(account_id="SECRET", origin_code="SECRET"), ADVANCES)

    assert "SECRET" not in str(broken.value)


def test_a_doubled_key_is_found() -> None:
    with pytest.raises(ContractBroken, match="uniqueness"):
        gate(pl.concat([advances(), advances()]), ADVANCES)


def test_a_month_is_a_first_day_and_a_date_is_any_day() -> None:
    cycle = pl.DataFrame(
        [[date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 4), date(2026, 4, 20), date(2026, 4, 25)]],
        schema=CYCLES.outside_schema, orient="row",
    )

    assert Kind.MONTH is not Kind.DATE
    with pytest.raises(ContractBroken) as broken:
        gate(cycle, CYCLES)
    assert broken.value.counts == {"billing_month is_first_day_of_month": 1}


def test_a_wrong_order_of_columns_is_a_broken_contract() -> None:
    with pytest.raises(ContractBroken):
        gate(advances().select(reversed(ADVANCES.names)), ADVANCES)


def test_money_has_two_names_and_two_dtypes() -> None:
    amount = ADVANCES["amount_rub"]

    assert (amount.inside_name, amount.inside_dtype) == ("amount_kop", pl.Int64())
    assert amount.outside_dtype == pl.Decimal(18, 2)
