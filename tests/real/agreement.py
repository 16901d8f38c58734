"""Ours against the bank's: what must hold by the file's own sums, and the class of every pair.

Conditions as docs/real-data.md told them before the first run. Nothing here reads a table of ours but `missed`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from tests.real.credit_file import CUTS, charged

AGREEMENT: Final = ("both_none", "exact", "within_one")
RULE_DIFFERS: Final = ("revolving", "before_the_book", "oldest_paid_off", "revolved_before", "minimum_paid")
FILE_AT_ODDS: Final = ("zero_unpaid", "duly_but_short", "unused_but_owing", "jump", "nothing_billed", "paid_in_full")
UNEXPLAINED: Final = "unexplained"
GROUPS: Final = {
    "agreement": AGREEMENT, "rule differs": RULE_DIFFERS, "file at odds with itself": FILE_AT_ODDS,
    "unexplained": (UNEXPLAINED,),
}
CLASSES: Final = tuple(name for names in GROUPS.values() for name in names)
_PAIR: Final = ("account_id", "cut")


def cuts(bills: pl.DataFrame) -> pl.DataFrame:
    """account_id × cut: bill_kop and paid_kop of the cut, the code of its month and of its bill."""
    following = [pl.col(name).shift(-1).over("account_id", order_by="statement") for name in ("paid_kop", "code")]
    return (
        bills.with_columns(paid_kop=following[0], code_of_month=following[1])
        .filter(pl.col("statement") <= CUTS)
        .select("account_id", "bill_kop", "paid_kop", "code_of_month", cut="statement", code_of_bill="code")
    )


def missed_by_sums(bills: pl.DataFrame) -> pl.DataFrame:
    """account_id × cut: missed due dates, by cumulative sums: money of the account covers the oldest charges first."""
    charges, none = charged(bills), pl.lit(0, dtype=pl.Int64)
    of_cut = charges.join(pl.DataFrame({"cut": range(1, CUTS + 1)}), how="cross").filter(
        pl.col("statement") <= pl.col("cut") + 1
    )
    is_issued = pl.col("statement") <= pl.col("cut")
    charge = pl.col("charge_kop")
    ahead = pl.when(pl.col("statement") == 1).then(-pl.col("before_kop")).otherwise(pl.col("paid_kop"))
    return (
        of_cut.with_columns(
            charge=pl.when(is_issued).then(pl.max_horizontal(charge, none)).otherwise(none),
            money=ahead - pl.when(is_issued).then(pl.min_horizontal(charge, none)).otherwise(none),
        )
        .sort(*_PAIR, "statement")
        .with_columns(reached=pl.col("charge").cum_sum().over(_PAIR), money=pl.col("money").sum().over(_PAIR))
        .group_by(_PAIR)
        .agg(oldest=pl.col("statement").filter(pl.col("reached") > pl.col("money")).min())
        .select(*_PAIR, missed=(pl.col("cut") - pl.col("oldest") + 1).fill_null(0))
    )


def classed(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of `cuts` with `missed` (ours), each with its `class_code`."""
    return (
        pairs.sort(*_PAIR)
        .with_columns(delay=pl.max_horizontal("code_of_month", 0), _april=pl.col("code_of_bill").clip(lower_bound=0))
        .pipe(_with_run).pipe(_with_history)
        .with_columns(class_code=_class())
        .select(*pairs.columns, "delay", "class_code")
    )


def _with_run(pairs: pl.DataFrame) -> pl.DataFrame:
    """The unbroken stretch of delays that ends in this month: does it go back to April, hold a jump, a payment."""
    # code_of_bill is the code of the month before, so April's stands in the first cut
    delayed = pairs.with_columns(before=pl.col("_april")).with_columns(
        stretch=(pl.col("delay") == 0).cum_sum().over("account_id"),
        rises=(pl.col("delay") >= pl.col("before") + 2),
    )
    key = ["account_id", "stretch"]
    in_run = pl.col("delay") > 0
    return delayed.with_columns(
        # no month before the first (the code read as a word on its bill): April is the first cut itself
        goes_back=(pl.col("stretch") == 0) & (pl.col("before").first().over("account_id") > 0).fill_null(True),
        jumped=(pl.col("rises").fill_null(False) & in_run).cum_max().over(key),
        paid_in_run=((pl.col("paid_kop") > 0) & in_run).cum_max().over(key),
    )


def _with_history(pairs: pl.DataFrame) -> pl.DataFrame:
    """Since the due month of our oldest open document: was there a code of no delay, did the delay stand or fall."""
    since = pl.col("cut") - pl.col("missed") + 1
    seen = pairs.select(
        "account_id", seen_cut="cut", seen_none=pl.col("code_of_month") <= 0,
        seen_stood=pl.col("delay") <= pl.col("before"),
    )
    history = (
        pairs.filter(pl.col("missed") > 0).select(*_PAIR, since=since).join(seen, on="account_id")
        .filter(pl.col("seen_cut").is_between("since", "cut"))
        .group_by(_PAIR).agg(was_none=pl.col("seen_none").any(), stood=pl.col("seen_stood").any())
    )
    return pairs.join(history, on=_PAIR, how="left", maintain_order="left").with_columns(
        pl.col("was_none", "stood").fill_null(False)
    )


def _class() -> pl.Expr:
    ours, bank, code = pl.col("missed"), pl.col("delay"), pl.col("code_of_month")
    bill, paid = pl.col("bill_kop"), pl.col("paid_kop")
    conditions = {
        "both_none": (ours == 0) & (bank == 0), "exact": ours == bank,
        "within_one": (ours > 0) & (bank > 0) & ((ours - bank).abs() == 1),
        "revolving": (code == 0) & (paid > 0), "zero_unpaid": (code == 0) & (bill > 0),
        "duly_but_short": code == -1, "unused_but_owing": code == -2,
        "before_the_book": (ours > 0) & (bank > ours) & pl.col("goes_back"),
        "jump": (bank > ours) & pl.col("jumped"),
        "oldest_paid_off": (ours > 0) & (bank > ours) & pl.col("paid_in_run"),
        "nothing_billed": (ours == 0) & (bill <= 0), "paid_in_full": (ours == 0) & (paid >= bill),
        "revolved_before": (ours > bank) & (bank > 0) & pl.col("was_none"),
        "minimum_paid": (ours > bank) & (bank > 0) & pl.col("stood"),
    }
    return pl.coalesce(*(pl.when(held).then(pl.lit(name)) for name, held in conditions.items()), pl.lit(UNEXPLAINED))


def by_bill(pairs: pl.DataFrame) -> pl.DataFrame:
    """The same pairs with the code read as a word on the bill of its month: it stands one cut later."""
    before = pl.col("code_of_bill").shift(1).over("account_id", order_by="cut")
    return pairs.with_columns(code_of_month="code_of_bill", code_of_bill=before)


def own_rule(pairs: pl.DataFrame, *, whole_months: bool) -> pl.DataFrame:
    """Pairs with is_equal, is_near and is_same_side, for missed due dates or for whole months since the oldest."""
    ours = pl.max_horizontal(pl.col("missed") - int(whole_months), 0)
    bank = pl.max_horizontal("code_of_month", 0)
    is_near = (ours == bank) | ((ours > 0) & (bank > 0) & ((ours - bank).abs() == 1))
    return pairs.with_columns(is_equal=ours == bank, is_near=is_near, is_same_side=(ours > 0) == (bank > 0))
