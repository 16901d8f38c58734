"""Money on closed accounts and on accounts that are not open yet."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.contracts.payments import PAYMENTS
from pipeline.contracts.registers import ACCOUNTS
from pipeline.domain.ledger.placing import Placed, irregular_accounts, out_of_time, placed

MOSCOW = ZoneInfo("Europe/Moscow")
#: account, opened, closed, successor
REGISTER = [
    ("старый", date(2020, 1, 1), date(2026, 3, 31), "средний"),
    ("средний", date(2026, 4, 1), date(2026, 4, 30), "новый"),
    ("новый", date(2026, 5, 1), None, None),
    ("закрытый", date(2020, 1, 1), date(2026, 3, 31), None),
    ("будущий", date(2026, 5, 1), None, None),
    ("к чужому", date(2020, 1, 1), date(2026, 3, 31), "не в книге"),
]


def accounts() -> pl.DataFrame:
    rows = [
        {"account_id": name, "opened_on": opened, "closed_on": closed, "successor_account_id": successor}
        for name, opened, closed, successor in REGISTER
    ]
    return pl.concat([ACCOUNTS.empty_inside(), pl.DataFrame(rows)], how="diagonal_relaxed")


def outcome(account: str, paid_on: date, live: tuple[str, ...] = (), written: str | None = None) -> Placed:
    payment = {
        "payment_id": "п1", "account_id": account, "amount_kop": 100,
        "paid_account_id": written or account,
        "paid_at": datetime(paid_on.year, paid_on.month, paid_on.day, 23, 59, tzinfo=MOSCOW),
    }
    frame = pl.DataFrame([payment]).with_columns(
        pl.col("paid_at").dt.convert_time_zone("Europe/Moscow"), delivery_id=pl.lit("д"), row_number=pl.lit(1),
        received_at=None,
    )
    rest = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in PAYMENTS.inside_schema.items() if name not in frame.columns
    ]
    out = (
        frame.with_columns(rest).join(irregular_accounts(accounts(), paid_from=date(2026, 1, 1)), on="account_id")
        .filter(out_of_time(pl.col("paid_at")))
    )
    known = pl.Series([name for name, *_ in REGISTER])
    return placed(out, accounts(), pl.Series(live, dtype=pl.String), known)


@pytest.mark.parametrize(
    ("account", "paid_on", "live", "moved_to", "reason"),
    [
        ("закрытый", date(2026, 3, 31), (), None, None),  # the last day of the account
        ("закрытый", date(2026, 4, 1), (), None, "account_closed"),
        ("закрытый", date(2026, 4, 1), ("закрытый",), None, None),  # its debt is still open
        ("старый", date(2026, 5, 2), (), "новый", None),  # two renumberings
        ("к чужому", date(2026, 5, 2), (), None, "account_closed"),  # the book does not know the successor
        ("новый", date(2026, 4, 30), (), None, None),  # it follows another account
        ("будущий", date(2026, 4, 30), (), None, "before_opening"),
        ("будущий", date(2026, 5, 1), (), None, None),
    ],
)
def test_placing(
    account: str, paid_on: date, live: tuple[str, ...], moved_to: str | None, reason: str | None
) -> None:
    told = outcome(account, paid_on, live)
    assert told.moved["account_id"].to_list() == ([moved_to] if moved_to else [])
    assert told.set_aside["reason_code"].to_list() == ([reason] if reason else [])
    if reason:
        assert told.set_aside["account_id"].to_list() == [account]


def test_an_unknown_successor_is_the_candidate() -> None:
    assert outcome("к чужому", date(2026, 5, 2)).set_aside["candidate_account_ids"].to_list() == [["не в книге"]]


def test_money_set_aside_keeps_the_account_as_written() -> None:
    told = outcome("закрытый", date(2026, 4, 1), written=" ЗАКРЫТЫЙ").set_aside
    assert told["account_id"].to_list() == [" ЗАКРЫТЫЙ"]
    assert told["candidate_account_ids"].to_list() == [["закрытый"]]
