"""The advance discount month by month: what its schedule plans, what comes off each fixed line, what is charged again.

    discount = fee × per cent, rounded once a line and month, as far as anything of the fee is left
    planned  = the same of the first bill at hand, for every month of the term
    again    = what was given, where the term ended by what claws back: it waits for a person

A fixed line is of a kind and basis that the policy names, to a creditor that takes part. A line that comes late is
given when it comes; a fee billed while the money is awaited is held, and given with the first month that has it. What a
person rejected was never given. Not here: whether a term runs (`advance_terms.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.registers import service_kind
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.fees import BILLED_LINE, LINE_MONTH, fees
from pipeline.domain.recalculation.reductions import PLACE, REDUCTION
from pipeline.rules.recalculation_advance import ALL_CREDITORS, AdvanceRules

CAUSE: Final = "advance_discount"
ENDED: Final = "advance_ended"
_EVENT_LINE: Final = ("event_id", *LINE_MONTH)
_WHOLE_E7: Final = 100 * 10**7
#: Decimal digits of `percent_e7` that the words leave out.
_TO_E4: Final = 10**3
_OF_TERM: Final = ("event_id", "contract_reference", "registered_at", "from_month", "to_month", "months", "percent_e7",
                   "is_clawed_back", "end_reason_code")
_ENDED_WORDS: Final = {
    "withdrawn": "жилец отказался от скидки", "refunded": "внесённый вперёд аванс отозван",
    "change_of_owner": "сменился собственник", "account_closed": "счёт закрыт", "tariff_changed": "изменился тариф",
    "debt": "возник долг",
}


class Wanted(NamedTuple):
    """`schedule`: ADVANCE_SCHEDULE rows; REDUCTION rows that come off and that are charged again."""

    schedule: pl.DataFrame
    reductions: pl.DataFrame
    additions: pl.DataFrame


def fixed_fees(
    lines: pl.DataFrame, earlier: pl.DataFrame, services: pl.DataFrame, contracts: pl.DataFrame, *, rules: AdvanceRules
) -> pl.DataFrame:
    """Of `fees.fees`: the fixed lines of those who take part."""
    kinds = services.select("service_code", service_kind()).unique("service_code")
    places = contracts.select(PLACE).unique("contract_id", keep="first", maintain_order=True)
    has_joined = pl.lit(ALL_CREDITORS in rules.joined_creditors) | pl.col("creditor_id").is_in(
        list(rules.joined_creditors))
    return (
        fees(lines, earlier).filter(pl.col("basis_code").is_in(list(rules.fixed_bases)))
        .join(kinds, on="service_code").filter(pl.col("kind_code").is_in(list(rules.fixed_kinds)))
        .join(places, on="contract_id", how="left").filter(has_joined)
        .drop("kind_code", "creditor_id", "house_id")
        .sort(*LINE_MONTH, nulls_last=True)
    )


def priced(
    terms: pl.DataFrame, schedule: pl.DataFrame, fixed: pl.DataFrame, *, month: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """ADVANCE_TERMS and ADVANCE_SCHEDULE with the price and the plan of terms whose first bill this cycle brought."""
    fee = fixed.filter(pl.col("charge_month") == month).drop("charge_month")
    found = (
        terms.filter(pl.col("price_kop").is_null())
        .select("event_id", "account_id", "from_month", "to_month", "months", "percent_e7")
        .join(fee, on="account_id")
        .with_columns(planned_fee_kop="fee_kop", planned_discount_kop=_discount())
    )
    price = found.group_by("event_id").agg(
        price=((pl.col("fee_kop") - pl.col("planned_discount_kop")) * pl.col("months")).sum()
    )
    planned = found.with_columns(
        charge_month=pl.date_ranges("from_month", "to_month", interval="1mo"), planned_tariff_e6="tariff_e6",
        status_code=pl.lit("planned"),
    ).explode("charge_month", empty_as_null=True).pipe(_as_schedule, without=("fee_kop",))
    known = terms.join(price, on="event_id", how="left", maintain_order="left").with_columns(
        price_kop=pl.coalesce("price_kop", "price")
    )
    return known.drop("price"), pl.concat([schedule, planned])


def retariffed(terms: pl.DataFrame, schedule: pl.DataFrame, fixed: pl.DataFrame, *, month: date) -> pl.Series:
    """event_id of terms with a line of the month at another tariff than planned."""
    of_month = schedule.filter(pl.col("charge_month") == month).join(terms, on="event_id", how="semi")
    met = of_month.join(fixed.select(*LINE_MONTH, "tariff_e6"), on=LINE_MONTH, nulls_equal=True)
    return met.filter(pl.col("planned_tariff_e6") != pl.col("tariff_e6"))["event_id"].unique()


def held_lines(schedule: pl.DataFrame) -> pl.DataFrame:
    """BILLED_LINE of fees that an earlier cycle billed and this one may give a discount on."""
    nothing = {name: pl.lit(None, dtype=CHARGES.inside_schema[name]) for name in BILLED_LINE
               if name not in (*LINE_MONTH, "charged_kop", "payable_kop", "benefit_kop")}
    return schedule.filter(pl.col("status_code") == "held").select(
        *LINE_MONTH, charged_kop="fee_kop", payable_kop="fee_kop", benefit_kop=pl.lit(0, dtype=pl.Int64), **nothing
    ).select(BILLED_LINE)


def wanted(
    terms: pl.DataFrame, schedule: pl.DataFrame, fixed: pl.DataFrame, earlier: pl.DataFrame,
    *, rules: AdvanceRules, month: date,
) -> Wanted:
    """What a cycle makes of the schedule. `terms` as they stand; `schedule`: of `priced`; `earlier`: fees.EARLIER."""
    rows = schedule.pipe(_without_rejected, earlier).pipe(_billed, terms, fixed, month)
    told = rows.join(terms.select(*_OF_TERM, stands="status_code"), on="event_id", how="left")
    is_open = pl.col("status_code").is_in(["planned", "held"])
    is_billed, stands = pl.col("fee_kop").is_not_null(), pl.col("stands")
    is_back = pl.col("is_clawed_back") & (pl.col("status_code") == "given")
    settled = told.with_columns(
        status_code=pl.when(is_open & is_billed & (stands == "running")).then(pl.lit("given"))
        .when(is_open & is_billed & (stands == "awaits_money")).then(pl.lit("held"))
        .when(is_open & stands.is_in(["refused", "ended"])).then(pl.lit("cancelled"))
        .when(is_open & (stands == "finished")).then(pl.lit("nothing_billed"))
        .when(is_back).then(pl.lit("clawed_back"))
        .otherwise("status_code"),
        is_new=is_open & is_billed & (stands == "running"), is_back=is_back,
    )
    return Wanted(
        settled.pipe(_as_schedule), settled.filter("is_new").pipe(_reduced, rules),
        settled.filter("is_back").pipe(_charged, rules),
    )


def given(schedule: pl.DataFrame, reduced: pl.DataFrame) -> pl.DataFrame:
    """ADVANCE_SCHEDULE with what the proposals of this run take off; `reduced`: RECALCULATIONS rows of them."""
    sums = reduced.select(*_EVENT_LINE, taken_kop=-pl.col("difference_kop"))
    is_now = (pl.col("status_code") == "given") & pl.col("discount_kop").is_null()
    return (
        schedule.join(sums, on=_EVENT_LINE, how="left", nulls_equal=True)
        .with_columns(
            discount_kop=pl.when(is_now).then(pl.col("taken_kop").fill_null(0)).otherwise("discount_kop"),
            status_code=pl.when(is_now & pl.col("taken_kop").is_null()).then(pl.lit("nothing_billed"))
            .otherwise("status_code"),
        )
        .pipe(_as_schedule)
    )


def _billed(schedule: pl.DataFrame, terms: pl.DataFrame, fixed: pl.DataFrame, month: date) -> pl.DataFrame:
    """With the fees that the cycle brought for months of the term; lines that the plan did not know are added."""
    is_of_term = pl.col("charge_month").is_between("from_month", pl.min_horizontal("to_month", pl.lit(month)))
    came = (
        terms.filter(pl.col("status_code").is_in(["awaits_money", "running"]))
        .select("event_id", "account_id", "from_month", "to_month")
        .join(fixed, on="account_id").filter(is_of_term)
        .select(*_EVENT_LINE, came_kop="fee_kop")
    )
    met = schedule.join(came, on=_EVENT_LINE, how="left", nulls_equal=True).with_columns(
        fee_kop=pl.coalesce("fee_kop", "came_kop")
    )
    new = came.join(schedule, on=_EVENT_LINE, how="anti", nulls_equal=True).with_columns(
        fee_kop="came_kop", status_code=pl.lit("planned")
    )
    return pl.concat([met.pipe(_as_schedule), new.pipe(_as_schedule)])


def _without_rejected(schedule: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    is_rejected = (pl.col("cause_code") == CAUSE) & (pl.col("status_code") == "rejected")
    rejected = earlier.filter(is_rejected).select(*_EVENT_LINE, is_rejected=pl.lit(True))
    gone = pl.col("is_rejected").fill_null(False) & (pl.col("status_code") == "given")
    return (
        schedule.join(rejected.unique(), on=_EVENT_LINE, how="left", nulls_equal=True)
        .with_columns(status_code=pl.when(gone).then(pl.lit("cancelled")).otherwise("status_code"),
                      discount_kop=pl.when(gone).then(0).otherwise("discount_kop"))
        .pipe(_as_schedule)
    )


def _reduced(rows: pl.DataFrame, rules: AdvanceRules) -> pl.DataFrame:
    return rows.with_columns(
        cause_code=pl.lit(CAUSE), wanted_kop=_discount(), volume_part_e7=pl.lit(0, dtype=pl.Int64),
        article=pl.lit(rules.article), answer_due_on=pl.lit(None, dtype=pl.Date),
    ).with_columns(formula=pl.concat_str(
        pl.lit("Постоянные строки внесены вперёд, месяцев "), pl.col("months").cast(pl.String), pl.lit(" (с "),
        pl.col("from_month").dt.strftime("%m.%Y"), pl.lit(" по "), pl.col("to_month").dt.strftime("%m.%Y"),
        pl.lit(", договор "), pl.col("contract_reference"), pl.lit("): плата "), wording.money_text(pl.col("fee_kop")),
        pl.lit(" × "), wording.percent_text(pl.col("percent_e7") // _TO_E4), pl.lit(" % = "),
        wording.money_text(pl.col("wanted_kop")), pl.lit(f", {rules.borne_by}."),
    )).filter(pl.col("wanted_kop") > 0).select(REDUCTION)


def _charged(rows: pl.DataFrame, rules: AdvanceRules) -> pl.DataFrame:
    why = pl.col("end_reason_code").replace_strict(_ENDED_WORDS, return_dtype=pl.String)
    return rows.with_columns(
        cause_code=pl.lit(ENDED), wanted_kop="discount_kop", volume_part_e7=pl.lit(0, dtype=pl.Int64),
        article=pl.lit(rules.ended_article), answer_due_on=pl.lit(None, dtype=pl.Date),
    ).with_columns(formula=pl.concat_str(
        pl.lit("Скидка за аванс по договору "), pl.col("contract_reference"), pl.lit(" прекращена: "), why,
        pl.lit(". Скидка за этот месяц, "), wording.money_text(pl.col("wanted_kop")),
        pl.lit(", отменяется."),
    )).select(REDUCTION)


def _discount() -> pl.Expr:
    return money.divided(money.widened("fee_kop") * pl.col("percent_e7"), _WHOLE_E7)


def _as_schedule(rows: pl.DataFrame, without: tuple[str, ...] = ()) -> pl.DataFrame:
    """ADVANCE_SCHEDULE rows, inside shape, of rows that say some of its columns."""
    nothing = {name: pl.lit(None) for name in ADVANCE_SCHEDULE.inside_names
               if name in without or name not in rows.columns}
    return rows.with_columns(**nothing).select(ADVANCE_SCHEDULE.inside_names).cast(
        ADVANCE_SCHEDULE.inside_schema  # type: ignore[arg-type]
    )
