"""Money paid ahead under an advance contract: the contract's months, and the fixed lines of one that earns a discount.

    without a discount   its money pays whole documents of its months (`admission.py`)
    with one             of these documents only the fixed lines that its price was counted by, of months of its term;
                         it goes before free money, which can pay other lines too
    when that is over    what is left is the account's own from the next cycle on, and so is what that cycle brings

Which discounts last is read from the terms and the schedule that the month before published; which are over, from the
terms of all months: an end is published once, and money may come, or be set free by a new version, long after it. Not
here: what the discount is (`domain/recalculation`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.advance_discounts import LIVE

_CONTRACT: Final = ("account_id", "contract_reference")
#: A service that the money of a contract pays, month by month.
FIXED_LINE: Final = {
    "account_id": pl.String(), "contract_reference": pl.String(), "service_code": pl.String(), "from_month": pl.Date(),
    "to_month": pl.Date(),
}
_MONTHS: Final = {"contract_reference": pl.String(), "from_month": pl.Date(), "to_month": pl.Date()}
#: What is read of the terms of all months; `told_in` is the month that published the row.
TERM_TOLD: Final = {**dict.fromkeys((*_CONTRACT, "status_code"), pl.String()), "told_in": pl.Date()}
#: A contract of an account whose discount is over.
OVER: Final = dict.fromkeys(_CONTRACT, pl.String())
_COVERED: Final = {"account": pl.UInt32(), "contract_reference": pl.String(), "item": pl.UInt32()}


class Ahead(NamedTuple):
    """`months`: contract_reference, from_month, to_month of every contract; `fixed_lines`: FIXED_LINE; `over`: OVER."""

    months: pl.DataFrame = pl.DataFrame(schema=_MONTHS)
    fixed_lines: pl.DataFrame = pl.DataFrame(schema=FIXED_LINE)
    over: pl.DataFrame = pl.DataFrame(schema=OVER)


#: Nobody has paid ahead.
NOTHING_AHEAD: Final = Ahead()


def fixed_lines(terms: pl.DataFrame, schedule: pl.DataFrame) -> pl.DataFrame:
    """FIXED_LINE of discounts that last: ADVANCE_TERMS and ADVANCE_SCHEDULE as the month before left them.

    A term without a price has no lines yet: its contract is as any other.
    """
    priced = schedule.filter(pl.col("planned_fee_kop").is_not_null()).select("event_id", "service_code").unique()
    lines = terms.filter(_is_live()).join(priced, on="event_id")
    return lines.select(*FIXED_LINE).unique().sort(*FIXED_LINE)


def over(told: pl.DataFrame) -> pl.DataFrame:
    """OVER of what each contract's newest month says of it. `told`: TERM_TOLD of all months up to the state."""
    newest = told.filter(pl.col("told_in") == pl.col("told_in").max().over(_CONTRACT))
    ended = newest.filter(~_is_live()).join(newest.filter(_is_live()), on=_CONTRACT, how="anti")
    return ended.select(*OVER).unique().sort(*OVER)


def released(money: pl.DataFrame, over: pl.DataFrame, account: str = "account_id") -> pl.DataFrame:
    """Payments, advances or money taken off documents; what is of a contract in `over` belongs to none any more.
    `account`: the column that names the account in both."""
    if over.is_empty():
        return money
    named = over.select(account, "contract_reference", is_over=pl.lit(True))
    return money.join(named, on=[account, "contract_reference"], how="left", maintain_order="left").with_columns(
        contract_reference=pl.when(pl.col("is_over").is_null()).then("contract_reference")
    ).drop("is_over")


def covered_items(lines: pl.DataFrame, book: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """account, contract_reference, item?: a row of each item that a bound contract may pay; one without an item, if it
    has none. `book`: items on numbers of accounts; `accounts`: account_id, account."""
    known = lines.join(accounts.select("account_id", "account"), on="account_id")
    if known.is_empty():
        return pl.DataFrame(schema=_COVERED)
    items = book.with_row_index("item").filter(pl.col("account").is_in(known["account"].unique().implode())).select(
        "item", "account", pl.col("service_code").cast(pl.String),
        # a lump sum names no month of its own
        month=pl.coalesce("charge_month", "billing_month"),
    )
    met = known.join(items, on=["account", "service_code"]).filter(
        pl.col("month").is_between("from_month", "to_month")
    )
    contracts = known.select("account", "contract_reference").unique()
    return contracts.join(met.select(*_COVERED).unique(), on=["account", "contract_reference"], how="left").select(
        pl.col(name).cast(dtype) for name, dtype in _COVERED.items()
    )


def _is_live() -> pl.Expr:
    return pl.col("status_code").is_in(list(LIVE))
