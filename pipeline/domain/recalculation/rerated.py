"""Billed months rated anew: what their lines cost by what is known now, against what was billed for them.

    charged again = the month's lines by the registers as known now (`domain/rating`)
    reversed      = charged by these lines + earlier proposals of the same kind + single-month true-ups
    difference    = charged again − reversed; a reduction takes off no more than is left of the month's fee

Grain: one line (account, contract, service, zone) and month, over its documents in force: a norm and its uplift are
one. A line changes only where a cause changes its sum; the first cause is its cause, its formula names all. What stands
beside (absences, bad quality) stays. Nothing is guessed: what the knowledge of before does not explain goes to a person
with the reason, so that a fault of a bill is never corrected by a chance event.

Any cause can be asked, a register (`register_changes.py`) or an event: it says what was known without it. Not here:
which accounts are touched, reading of older lines (`assets/`), rows of tables (`rerated_rows.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.contracts.house_corrections import CLOSED_CREDIT
from pipeline.contracts.house_corrections import KINDS as HOUSE_CAUSES
from pipeline.contracts.recalculation import METER_MONTH_CAUSES, RERATED_CAUSES
from pipeline.domain.rating.core import Rated, rated
from pipeline.domain.rating.ground import LINE as RATED_LINE
from pipeline.domain.rating.ground import Known
from pipeline.domain.recalculation.fees import EARLIER as APPLIED_EARLIER
from pipeline.domain.recalculation.fees import LINE_MONTH, fees
from pipeline.rules.rating import RatingRules

#: What is read of a billed line and of an earlier proposal.
LINE: Final = (*RATED_LINE, "unit_code", "benefit_kop", "payable_kop")
EARLIER: Final = (*APPLIED_EARLIER, "volume_difference_e7", "corrected_months")
#: Acts on meters and meters of houses that have put something else in the place of a month.
_BY_METER: Final = ("inspection", *METER_MONTH_CAUSES, *HOUSE_CAUSES, CLOSED_CREDIT)
#: What we have taken off as a share of the fee, and what gives it back.
_SHARES_OF_A_FEE: Final = ("benefit", "benefit_ended", "advance_discount", "advance_ended")
#: Lines that bill no month by its registers.
_NO_BILL: Final = ("recalculation", "superseded")


class Cause(NamedTuple):
    """Why lines cost something else now: what was known `without` it; `since`, account_id and the first day from which
    it holds; `reads`, over lines with `kind`, which of them may depend on it; the column of its register."""

    code: str
    without: Known
    since: pl.DataFrame
    reads: pl.Expr
    field: str


class Billed(NamedTuple):
    """Of the accounts touched: LINE of documents in force, EARLIER proposals, each once, as they stand now."""

    lines: pl.DataFrame
    earlier: pl.DataFrame


class Rerated(NamedTuple):
    """`months`: LINE_MONTH that causes touch, with `causes` (list, first the one that counts), `reason` (why a person
    looks, missing where it is rated), net_kop, again_kop, difference_kop, volume_difference_e7; `places`: line number →
    LINE_MONTH; both ratings, for their words."""

    months: pl.DataFrame
    lines: pl.DataFrame
    now: Rated
    was: Rated


def rerated(billed: Billed, now: Known, was: Known, causes: Sequence[Cause], *, rules: RatingRules) -> Rerated:
    """Rate the lines by `now` and compare. `causes` in order of precedence; `was`: what was known without any."""
    lines = billed.lines.sort("account_id", "document_id", "line_number")
    again, before = _rated(lines, now, rules), _rated(lines, was, rules)
    facts = _facts(lines, again, before)
    for cause in causes:
        alone = before if cause.without is was else _rated(lines, cause.without, rules)
        facts = facts.with_columns(_touched(facts, alone, cause).alias(cause.code))
    codes = [cause.code for cause in causes]
    months = (
        facts.pipe(_months, codes)
        .join(_changed_before(billed.earlier), on=LINE_MONTH, how="left", nulls_equal=True, maintain_order="left")
        .join(
            fees(lines, billed.earlier).select(*LINE_MONTH, "left_kop"),
            on=LINE_MONTH, how="left", nulls_equal=True, maintain_order="left",
        )
        .pipe(_with_true_up).pipe(_judged, rules).pipe(_compared)
    )
    return Rerated(months, facts.select("line", *LINE_MONTH), again, before)


def _rated(lines: pl.DataFrame, known: Known, rules: RatingRules) -> Rated:
    """Lines rated; sewage and the heat of hot water follow the water that goes by norm, as it is rated."""
    rows = lines.select(RATED_LINE)
    first = rated(rows, known, rules=rules)
    told = first.lines.select("code", "rated_e7", follows=pl.col("code").is_in(["sewage", "hot_water_heat"]))
    is_norm = (told["code"] == "norm") & told["rated_e7"].is_not_null()
    if not (told["follows"].any() and is_norm.any()):
        return first
    volume = pl.when(is_norm).then(told["rated_e7"]).otherwise("volume_e7")
    return rated(rows.with_columns(volume_e7=volume), known, rules=rules)


def _facts(lines: pl.DataFrame, again: Rated, before: Rated) -> pl.DataFrame:
    """LINE with `line`, `kind`, `is_bill` and what both ratings make of it."""
    return lines.with_columns(
        again.lines.select(
            "line", "code", "kind", is_bill=~pl.col("code").is_in(_NO_BILL), now_kop="rated_kop", now_e7="rated_e7",
            now_tariff_e6="rated_tariff_e6", parts=pl.col("stretches").fill_null(1),
        )
    ).with_columns(before.lines.select(was_kop="rated_kop", was_e7="rated_e7", was_tariff_e6="rated_tariff_e6"))


def _touched(facts: pl.DataFrame, alone: Rated, cause: Cause) -> pl.Series:
    """Lines that cost something else with the cause; of those that cannot be rated, what may depend on it."""
    since = facts.select("account_id").join(cause.since, on="account_id", how="left", maintain_order="left")["since"]
    differs = facts["now_kop"].ne_missing(alone.lines["rated_kop"])
    is_unrated = facts["now_kop"].is_null() & alone.lines["rated_kop"].is_null()
    reaches = facts.select(pl.col("charge_month").dt.month_end() >= since).to_series().fill_null(False)
    return facts["is_bill"] & (differs | (is_unrated & reaches & facts.select(cause.reads).to_series()))


def _months(facts: pl.DataFrame, codes: list[str]) -> pl.DataFrame:
    """Lines of one month summed, of those that a cause touches."""
    bill, own = pl.col("is_bill"), pl.col("batch_id").is_null()

    def whole(name: str) -> pl.Expr:
        one = pl.col(name).filter(bill)
        return pl.when(one.is_null().any()).then(None).otherwise(one.sum())

    def only(name: str) -> pl.Expr:
        return pl.when(bill.sum() == 1).then(pl.col(name).filter(bill).first())

    touched = facts.filter(pl.any_horizontal(codes)).select(LINE_MONTH).unique()
    return (
        facts.join(touched, on=LINE_MONTH, how="semi", nulls_equal=True)
        .group_by(LINE_MONTH, maintain_order=True)
        .agg(
            charged_kop=money.total(pl.col("charged_kop").filter(bill)),
            own_kop=money.total(pl.col("recalculated_kop").filter(own)),
            benefit_kop=money.total(pl.col("benefit_kop").filter(own)),
            now_kop=whole("now_kop"), was_kop=whole("was_kop"), now_e7=whole("now_e7"), was_e7=whole("was_e7"),
            code=only("code"), billed_e7=only("volume_e7"), now_tariff_e6=only("now_tariff_e6"),
            was_tariff_e6=only("was_tariff_e6"), parts=pl.col("parts").filter(bill).sum(),
            **{code: pl.col(code).any() for code in codes},
        )
        .with_columns(causes=pl.concat_list(pl.when(code).then(pl.lit(code)) for code in codes).list.drop_nulls())
        .drop(codes)
    )


def _changed_before(earlier: pl.DataFrame) -> pl.DataFrame:
    """What earlier proposals that nobody has turned down change in a line and month, by kind."""
    standing = earlier.filter(pl.col("status_code") != "rejected")
    is_true_up = pl.col("cause_code").str.starts_with("true_up_")
    is_settled = pl.col("status_code") == "settled_by_biller"
    is_single = is_true_up & ~is_settled & (pl.col("covered_months") == 1)
    by_month = standing.explode("corrected_months", empty_as_null=True).with_columns(
        charge_month=pl.col("corrected_months").str.to_date("%Y-%m", strict=False).fill_null(pl.col("charge_month"))
    )
    return by_month.group_by(LINE_MONTH).agg(
        rerated_kop=pl.col("difference_kop").filter(pl.col("cause_code").is_in(RERATED_CAUSES)).sum(),
        open_more_kop=(pl.col("difference_kop") - pl.col("billed_kop").fill_null(0)).clip(0)
        .filter(pl.col("cause_code").is_in(RERATED_CAUSES) & ~is_settled).sum(),
        settled_kop=pl.col("billed_kop").filter(is_settled).sum(),
        true_up_kop=pl.col("difference_kop").filter(is_single).sum(),
        true_up_e7=pl.when(is_single.any()).then(pl.col("volume_difference_e7").filter(is_single).sum()),
        share_kop=pl.col("difference_kop").filter(pl.col("cause_code").is_in(_SHARES_OF_A_FEE)).sum(),
        is_unclear=((is_true_up & ~is_single) | pl.col("cause_code").is_in(_BY_METER)).any(),
    )


def _with_true_up(months: pl.DataFrame) -> pl.DataFrame:
    """Months with what they cost in all: of a true-up of this month alone, volume and sum count as the line's own."""
    filled = months.with_columns(
        pl.col("rerated_kop", "open_more_kop", "settled_kop", "true_up_kop", "share_kop").fill_null(0),
        pl.col("is_unclear").fill_null(False),
    )
    has_one, volume = pl.col("true_up_e7").is_not_null(), pl.col("billed_e7") + pl.col("true_up_e7")
    trued_up = {
        name: pl.when(has_one).then(money.amount_of(volume, pl.col(f"{name}_tariff_e6"))).otherwise(f"{name}_kop")
        for name in ("now", "was")
    }
    return filled.with_columns(
        is_unclear=pl.col("is_unclear") | (has_one & (pl.col("code") != "metered").fill_null(True)),
        again_kop=trued_up["now"], before_kop=trued_up["was"],
        net_kop=pl.col("charged_kop") + pl.col("rerated_kop") + pl.col("true_up_kop"),
    )


def _judged(months: pl.DataFrame, rules: RatingRules) -> pl.DataFrame:
    """Months that do not cost what was billed, with the reason for which a person looks. What the biller has changed
    himself counts where it explains the sum, or settles a proposal."""
    is_own = (pl.col("own_kop") != 0) & (pl.col("own_kop") != pl.col("settled_kop"))
    unexplained = (pl.col("net_kop") - pl.col("before_kop")).abs() > rules.rounding_difference_kop * pl.col("parts")
    reasons = {
        "cannot_be_rated": pl.col("again_kop").is_null() & ~pl.col("is_unclear"),
        "benefit_beside": (pl.col("benefit_kop") != 0) | (pl.col("share_kop") != 0),
        "true_up_beside": pl.col("is_unclear"),
        "recalculated_by_biller": is_own,
        "billed_otherwise": unexplained.fill_null(True),
    }
    is_billed = (pl.col("again_kop") == pl.col("net_kop")) | (
        is_own & (pl.col("again_kop") == pl.col("net_kop") + pl.col("own_kop"))
    )
    return months.filter(~(is_billed & ~pl.col("is_unclear")).fill_null(False)).with_columns(
        reason=pl.coalesce(pl.when(holds).then(pl.lit(reason)) for reason, holds in reasons.items())
    )


def _compared(months: pl.DataFrame) -> pl.DataFrame:
    """The difference, as far as anything of the fee is left; what is proposed more is taken back whole."""
    left = (pl.col("left_kop").fill_null(0) + pl.col("open_more_kop")).clip(0)
    wanted = pl.col("again_kop") - pl.col("net_kop")
    return months.with_columns(wanted_kop=wanted).with_columns(
        difference_kop=pl.max_horizontal("wanted_kop", -left),
        volume_difference_e7=pl.col("now_e7") - pl.col("was_e7"),
    )


def within_reach(months: pl.DataFrame, month: date, *, reduction_months: int, charge_months: int) -> pl.DataFrame:
    """Months of `rerated` that the limits of the book reach from the run month; what a person looks at as far as a
    reduction."""
    is_more = (pl.col("difference_kop") > 0) & pl.col("reason").is_null()
    back = pl.when(is_more).then(charge_months).otherwise(reduction_months)
    first = pl.lit(month).dt.offset_by(pl.concat_str(pl.lit("-"), back.cast(pl.String), pl.lit("mo")))
    return months.filter(
        pl.col("charge_month") >= first, (pl.col("difference_kop") != 0) | pl.col("reason").is_not_null()
    )
