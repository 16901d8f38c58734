"""Circuit breakers: which new proposals wait for a person, and why. What trips is held back, never the month.

    large_proposal    the proposal itself, by its size
    by_policy         its cause, whatever the size
    account_month     the account's new proposals that land in one document together, above a sum
    account_history   the same, above so many of its usual month's bills
    house_total       all new proposals of a house, above a share of what the cycle bills to it
    creditor_total    of a creditor; cause_total: of a cause, of all that the cycle bills
    other_half        what it moves from or to another account waits there (`halves.py`)

The first that applies is the reason. Of a slice what goes up and what goes down are totals of their own, and the larger
one counts: a wrong formula may do both. What moves from one account to another is taken with its sign, as both halves
are one sum; so is an account's, which is what its payer is asked for. What no register of contracts places is a house
and a creditor of its own. Proposals that registers of meters prove (exempt causes) are held back by their own size
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.contracts.recalculation import OTHER_HALF
from pipeline.domain.recalculation.halves import HALVED_CAUSES, other_half
from pipeline.rules.recalculation_limits import LimitRules

#: What is looked at of a proposal over the whole book.
SLICED: Final = ("cause_code", "creditor_id", "house_id")
_WHOLE: Final = 100 * 10**4
#: The slice of what no register places.
_UNKNOWN: Final = ""


class Tripped(NamedTuple):
    """Slices of the book whose new proposals wait, and ids of those whose other half waits."""

    houses: Sequence[str] = ()
    creditors: Sequence[str] = ()
    causes: Sequence[str] = ()
    halves: Sequence[str] = ()


def held_by_account(new: pl.DataFrame, usual: pl.DataFrame | None, *, rules: LimitRules) -> pl.DataFrame:
    """New RECALCULATIONS rows, inside shape, with `status_code` and `waiting_reason_code`. `usual`: account_id and
    usual_kop of accounts whose bills were looked at."""
    known = new.select("account_id").unique() if usual is None else usual
    bills = known if usual is not None else known.with_columns(usual_kop=pl.lit(None, dtype=pl.Int64))
    is_limited = ~pl.col("cause_code").is_in(list(rules.exempt_causes))
    total = pl.col("difference_kop").filter(is_limited).sum().over("account_id", "lands_in_month").abs()
    usual_most = pl.col("usual_kop") * rules.account_history_times
    reason = (
        pl.when(pl.col("difference_kop").abs() >= rules.proposal_kop).then(pl.lit("large_proposal"))
        .when(pl.col("cause_code").is_in(list(rules.waiting_causes))).then(pl.lit("by_policy"))
        .when(is_limited & (total > rules.account_month_kop)).then(pl.lit("account_month"))
        .when(is_limited & (total > usual_most)).then(pl.lit("account_history"))
    )
    told = new.join(bills, on="account_id", how="left", maintain_order="left").with_columns(waiting_reason_code=reason)
    return _standing(told).select(new.columns)


def waiting_halves(proposals: pl.DataFrame) -> list[str]:
    """Ids of the other halves of those RECALCULATIONS rows for which a person was asked, sorted."""
    asked = proposals.filter(
        pl.col("cause_code").is_in(list(HALVED_CAUSES)), pl.col("waiting_reason_code").is_not_null()
    )
    return other_half(asked["proposal_id"]).sort().to_list()


def usual_bills(lines: pl.DataFrame) -> pl.DataFrame:
    """account_id, usual_kop: what a month cost each account on the average of the months billed, our own proposals left
    out."""
    own = lines.filter(pl.col("batch_id").is_null())
    return own.group_by("account_id").agg(
        usual_kop=money.divided(money.widened("payable_kop").sum(), pl.col("charge_month").n_unique())
    )


def totals(new: pl.DataFrame, contracts: pl.DataFrame, *, rules: LimitRules) -> pl.DataFrame:
    """SLICED, `added_kop` and `taken_kop` (of the minuses, without their sign) of the new proposals of one part that
    are limited."""
    places = contracts.select("contract_id", "creditor_id", "house_id").unique("contract_id", keep="first")
    limited = new.filter(~pl.col("cause_code").is_in(list(rules.exempt_causes)))
    difference = pl.col("difference_kop")
    return (
        limited.with_columns(added_kop=difference.clip(lower_bound=0), taken_kop=-difference.clip(upper_bound=0))
        .join(places, on="contract_id", how="left").group_by(SLICED)
        .agg(money.total("added_kop"), money.total("taken_kop"))
    )


def billed_by_contract(lines: pl.DataFrame, replaced: pl.Series) -> pl.DataFrame:
    """contract_id and billed_kop of the lines of one part; documents `replaced` in the same cycle bill nothing."""
    live = lines.filter(~pl.col("document_id").is_in(replaced.implode()))
    return live.group_by("contract_id").agg(billed_kop=money.total("payable_kop"))


def tripped(found: pl.DataFrame, billed: pl.DataFrame, *, rules: LimitRules) -> Tripped:
    """`found`: of `totals`, of all parts; `billed`: contract's creditor_id, house_id and `billed_kop` of the cycle."""
    everything = int(billed["billed_kop"].sum())

    def above(name: str, percent_e4: int) -> list[str]:
        slice_name = pl.col(name).fill_null(_UNKNOWN)
        of_slice = found.group_by(slice_name).agg(_larger().alias("total_kop"))
        if name in billed.columns:
            whole = billed.group_by(slice_name).agg(money.total("billed_kop"))
            of_slice = of_slice.join(whole, on=name, how="left")
        else:
            of_slice = of_slice.with_columns(billed_kop=pl.lit(everything, dtype=pl.Int64))
        share = money.widened("total_kop") * _WHOLE > money.widened(pl.col("billed_kop").fill_null(0)) * percent_e4
        is_out = share & (pl.col("total_kop") > rules.slice_floor_kop)
        return of_slice.filter(is_out)[name].sort().to_list()

    return Tripped(above("house_id", rules.house_percent_e4), above("creditor_id", rules.creditor_percent_e4),
                   above("cause_code", rules.cause_percent_e4))


def _larger() -> pl.Expr:
    """Of a slice's rows of `totals`: what is added or what is taken, whichever is more."""
    is_halved = pl.col("cause_code").is_in(list(HALVED_CAUSES))
    added, taken = pl.col("added_kop"), pl.col("taken_kop")
    moved = (added - taken).filter(is_halved).sum()
    return pl.max_horizontal(
        added.filter(~is_halved).sum() + moved.clip(lower_bound=0),
        taken.filter(~is_halved).sum() - moved.clip(upper_bound=0),
    )


def held_by_slice(
    new: pl.DataFrame, contracts: pl.DataFrame, slices: Tripped, *, rules: LimitRules
) -> pl.DataFrame:
    """The same new proposals, those of tripped slices and those whose other half waits waiting too."""
    places = contracts.select("contract_id", "creditor_id", "house_id").unique("contract_id", keep="first")
    is_limited = ~pl.col("cause_code").is_in(list(rules.exempt_causes))
    reason = (
        pl.when(pl.col("house_id").fill_null(_UNKNOWN).is_in(list(slices.houses))).then(pl.lit("house_total"))
        .when(pl.col("creditor_id").fill_null(_UNKNOWN).is_in(list(slices.creditors))).then(pl.lit("creditor_total"))
        .when(pl.col("cause_code").is_in(list(slices.causes))).then(pl.lit("cause_total"))
    )
    told = new.join(places, on="contract_id", how="left", maintain_order="left").with_columns(
        waiting_reason_code=pl.coalesce(
            "waiting_reason_code", pl.when(is_limited).then(reason),
            pl.when(pl.col("proposal_id").is_in(list(slices.halves))).then(pl.lit(OTHER_HALF)),
        )
    )
    return _standing(told).select(new.columns)


def _standing(proposals: pl.DataFrame) -> pl.DataFrame:
    waits = pl.col("waiting_reason_code").is_not_null() & (pl.col("status_code") == "proposed")
    return proposals.with_columns(
        status_code=pl.when(waits).then(pl.lit("waits_for_approval")).otherwise("status_code")
    )
