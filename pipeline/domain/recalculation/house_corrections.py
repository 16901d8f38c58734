"""What the meter of a house corrects: common property by month or year, and heating paid evenly over the year.

    due (common)   = Σ over the months (house − flats) × tariff of the month, never below zero
    due (heating)  = Σ over the months house × tariff of the month
    shared         = due × Σ (area of a flat × months that it was billed) ÷ (area of all premises × months)
    of an account  = its part of shared, by area and months, the parts summing to the whole to the kopeck
    difference     = its part − what was billed to it for these months

ЖК РФ, ст. 156, ч. 9.2; ПП РФ № 491, п. 29(2); ПП РФ № 354, п. 42(1), приложение 2, формулы 3, 10–15. How a house pays
for common property its owners decide (`houses.common_mode_code`). Nothing is guessed: a house whose months, area or
tariff are not known is told and not corrected, nor is heating of flats with meters of their own, whose formulas
3(1)–3(4) are not confirmed. Formula 10 takes off the volume of all premises: where the book does not bill one of them,
or a bill has not come, its volume would fall on its neighbours, so nothing is shared. A closed account gets no
documents and bears nothing; what it has paid above its part is its own, and a person sees to it. Months are corrected
as the house paid in them, and once. Not here: what accounts bear of the sum (`house_shares.py`), lines of documents
(`house_parts.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.billing_month import BillingMonth
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.domain.recalculation.house_shares import credits_of, parts_of
from pipeline.rules.house_corrections import HouseCorrectionRules

COMMON, HEATING = "common_property", "annual_heating"
#: A house and a service of it whose lines are corrected over some months.
CASE: Final = (
    "correction_id", "kind_code", "house_id", "service_code", "resource_code", "from_month", "to_month", "months",
    "is_mixed",
)
#: What is read of a billed line.
LINE: Final = ("document_id", "account_id", "contract_id", "charge_month", "basis_code", "volume_e7", "tariff_e6",
               "unit_code", "charged_kop", "recalculated_kop", "batch_id")
#: What is read of a balance.
BALANCE: Final = ("house_id", "service_code", "charge_month", "house_volume_e7", "flats_volume_e7", "outcome_code",
                  "mode_code", "missing_bills")
#: What is read of a correction that an earlier month made.
EARLIER: Final = ("house_id", "service_code", "from_month", "to_month", "outcome_code")
_MONTHLY: Final = ("monthly",)
_BY_YEAR: Final = ("average_corrected", "norm_corrected")
_EVENLY: Final = ("evenly",)


class _Period(NamedTuple):
    """Months that a run corrects of one kind, for houses that paid in one of these modes."""

    first: BillingMonth
    last: BillingMonth
    kind: str
    modes: Sequence[str]


class Billed(NamedTuple):
    """Inside shapes: LINE rows of the cases' contracts and months, contract_id with its house_id and service_code, the
    accounts (account_id, premises_id, house_id, closed_on, area_m2_e7) and HOUSES."""

    lines: pl.DataFrame
    contracts: pl.DataFrame
    accounts: pl.DataFrame
    houses: pl.DataFrame


class Corrected(NamedTuple):
    """HOUSE_CORRECTIONS, inside shape, and of every account that shares: correction_id, account_id, contract_id,
    billed_kop, charged_again_kop, whole_kop, is_small, billed_e7, due_e7, unit_code, and what its words need; the same
    of closed accounts that are to get money back."""

    corrections: pl.DataFrame
    parts: pl.DataFrame
    credits: pl.DataFrame


def looks_back(rules: HouseCorrectionRules, month: BillingMonth) -> list[BillingMonth]:
    """Months before this one that its run may correct."""
    return list(BillingMonth.range(min(period.first for period in _periods(rules, month)), month))[:-1]


def _periods(rules: HouseCorrectionRules, month: BillingMonth) -> list[_Period]:
    past, this = BillingMonth(month.year - 1, 1), BillingMonth(month.year, 1)
    found = [_Period(month, month, COMMON, _MONTHLY)]
    if month.month == rules.common_year_run_month:
        found.append(_Period(past, past.plus(11), COMMON, _BY_YEAR))
    if month.month == rules.heating_year_run_month:
        found.append(_Period(this, this.plus(11), HEATING, _EVENLY))
    return found


def cases(
    balances: pl.DataFrame, earlier: pl.DataFrame, houses: pl.DataFrame, contracts: pl.DataFrame,
    common_services: dict[str, str], heating_services: Sequence[str], *, rules: HouseCorrectionRules,
    month: BillingMonth,
) -> pl.DataFrame:
    """CASE rows that this run looks at. `balances`: BALANCE of this run and of `looks_back`; `earlier`: EARLIER rows of
    the same months; `common_services`: service → resource."""
    own = contracts.select("house_id", "service_code").unique()
    common = own.filter(pl.col("service_code").is_in(list(common_services))).with_columns(
        resource_code=pl.col("service_code").replace(common_services), kind_code=pl.lit(COMMON)
    )
    heating = own.filter(pl.col("service_code").is_in(list(heating_services))).with_columns(
        resource_code="service_code", kind_code=pl.lit(HEATING)
    )
    modes = houses.select("house_id", "common_mode_code", "heating_mode_code")
    paid = (
        pl.concat([common, heating])
        .join(balances.rename({"service_code": "resource_code"}), on=["house_id", "resource_code"])
        .join(modes, on="house_id")
        # of a month that told no mode the present one is the best that is known
        .with_columns(mode_code=pl.coalesce(
            "mode_code", pl.when(pl.col("kind_code") == COMMON).then("common_mode_code").otherwise("heating_mode_code")
        ))
    )
    return pl.concat([_asked(paid, earlier, period) for period in _periods(rules, month)]).sort("correction_id")


def _asked(paid: pl.DataFrame, earlier: pl.DataFrame, period: _Period) -> pl.DataFrame:
    """CASE rows of one period: houses that paid so in any of its months; mixed are those that did not in all, or of
    which an earlier run has corrected a month."""
    first, last = period.first.first_day, period.last.first_day
    is_so = pl.col("mode_code").is_in(list(period.modes)).fill_null(False)
    of_period = paid.filter(
        pl.col("kind_code") == period.kind, pl.col("charge_month").is_between(pl.lit(first), pl.lit(last))
    )
    done = earlier.filter(
        pl.col("outcome_code") == "counted", pl.col("from_month") <= last, pl.col("to_month") >= first
    ).select("house_id", "service_code", is_done=pl.lit(True)).unique()
    return (
        of_period.group_by("kind_code", "house_id", "service_code", "resource_code")
        .agg(is_asked=is_so.any(), is_other=(~is_so).any()).filter("is_asked")
        .join(done, on=["house_id", "service_code"], how="left")
        .with_columns(
            from_month=pl.lit(first), to_month=pl.lit(last),
            months=pl.lit(len(list(BillingMonth.range(period.first, period.last))), dtype=pl.Int64),
            is_mixed=pl.col("is_other") | pl.col("is_done").fill_null(False),
            correction_id=pl.format(
                "{}:{}:{}:{}:{}", "kind_code", "house_id", "service_code", pl.lit(str(period.first)),
                pl.lit(str(period.last)),
            ),
        ).select(CASE)
    )


def corrected(
    asked: pl.DataFrame, balances: pl.DataFrame, billed: Billed, *, rules: HouseCorrectionRules
) -> Corrected:
    """What CASE rows come to. `balances`: BALANCE of every month that they reach, as far as published."""
    lines = _lines(asked, billed)
    months = _months(asked, balances, lines, rules)
    flats, seen = _flats(lines, billed.accounts)
    houses = (
        asked.join(months, on="correction_id", how="left", maintain_order="left")
        .join(_of_houses(flats), on="correction_id", how="left", maintain_order="left")
        .join(seen, on="correction_id", how="left", maintain_order="left")
        .join(billed.houses.select("house_id", "premises_area_m2_e7"), on="house_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("shared_area_m2_e7", "seen_area_e7", "billed_kop", "accounts", "left_out_accounts").fill_null(0),
            house_area_m2_e7=pl.col("premises_area_m2_e7") * pl.col("months"),
        )
        .with_columns(reason_code=_reason())
        .pipe(_with_sums)
    )
    is_counted = pl.col("reason_code").is_null()
    whole = houses.filter(is_counted).select(
        "correction_id", "kind_code", "from_month", "to_month", "months", "due_kop", "due_volume_e7", "house_area_m2_e7"
    )
    parts = parts_of(flats.filter("shares").join(whole, on="correction_id"), rules)
    credits = credits_of(flats.filter("is_gone").join(whole, on="correction_id"), rules)
    given_back = credits.group_by("correction_id").agg(closed_credit_kop=pl.col("whole_kop").sum())
    small = parts.filter("is_small").group_by("correction_id").agg(small_kop=pl.col("whole_kop").sum())
    counted = houses.join(small, on="correction_id", how="left", maintain_order="left").join(
        given_back, on="correction_id", how="left", maintain_order="left"
    ).with_columns(
        pl.col("small_kop").fill_null(0),
        closed_credit_kop=pl.when(is_counted).then(pl.col("closed_credit_kop").fill_null(0)),
        outcome_code=pl.when(is_counted).then(pl.lit("counted")).otherwise(pl.lit("not_counted")),
    )
    return Corrected(
        counted.select(pl.col(name).cast(dtype) for name, dtype in HOUSE_CORRECTIONS.inside_schema.items()), parts,
        credits,
    )


def _lines(asked: pl.DataFrame, billed: Billed) -> pl.DataFrame:
    """Lines of the cases' contracts and months, our own batches left out, with the money that each billed."""
    return (
        billed.lines.filter(pl.col("batch_id").is_null())
        .join(billed.contracts.select("contract_id", "house_id", "service_code"), on="contract_id")
        .join(asked.select("correction_id", "kind_code", "house_id", "service_code", "from_month", "to_month"),
              on=["house_id", "service_code"])
        .filter(pl.col("charge_month").is_between("from_month", "to_month"))
        .with_columns(
            kop=pl.col("charged_kop") + pl.col("recalculated_kop"), is_bill=pl.col("charged_kop") != 0,
        )
    )


def _months(
    asked: pl.DataFrame, balances: pl.DataFrame, lines: pl.DataFrame, rules: HouseCorrectionRules
) -> pl.DataFrame:
    """correction_id, known_months, due_volume_e7, due_kop, tariffs (the most that a month has), metered lines."""
    priced = lines.filter("is_bill").group_by("correction_id", "charge_month").agg(
        tariffs=pl.col("tariff_e6").drop_nulls().n_unique(), tariff_e6=pl.col("tariff_e6").max(),
        metered=pl.col("basis_code").is_in(["meter", "average"]).sum(),
    )
    is_common = pl.col("kind_code") == COMMON
    left = pl.col("house_volume_e7") - pl.when(is_common).then("flats_volume_e7").otherwise(0)
    volume = left if rules.common_is_net else left.clip(lower_bound=0)
    is_known = pl.col("house_volume_e7").is_not_null() & (~is_common | (pl.col("outcome_code") != "not_counted"))
    of_month = (
        asked.join(balances.select(BALANCE).rename({"service_code": "resource_code"}), on=["house_id", "resource_code"])
        .filter(pl.col("charge_month").is_between("from_month", "to_month"), is_known)
        .join(priced, on=["correction_id", "charge_month"], how="left")
        .with_columns(volume=volume).with_columns(kop=money.amount_of(pl.col("volume"), pl.col("tariff_e6")))
    )
    return of_month.group_by("correction_id").agg(
        known_months=pl.len(), tariffs=pl.col("tariffs").max(), unpriced=pl.col("tariff_e6").is_null().sum(),
        metered=pl.col("metered").sum(), missing_bills=pl.col("missing_bills").fill_null(0).sum(),
        due_volume_e7=pl.col("volume").sum().clip(lower_bound=0), due_kop=money.total("kop").clip(lower_bound=0),
    )


def _flats(lines: pl.DataFrame, accounts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of each correction and account: what it was billed, its area times the months billed, whether it shares; and of
    each correction the area of all premises billed, times the months that each was."""
    placed = accounts.select("account_id", "premises_id", "area_m2_e7", "closed_on").unique("account_id")
    billed = lines.sort("charge_month", "document_id").group_by("correction_id", "account_id", maintain_order=True).agg(
        pl.col("contract_id").last(), pl.col("unit_code").drop_nulls().last(), billed_kop=money.total("kop"),
        billed_e7=pl.col("volume_e7").fill_null(0).sum(), tariff_e6=pl.col("tariff_e6").drop_nulls().last(),
        billed_months=pl.col("charge_month").filter("is_bill").n_unique().cast(pl.Int64),
    ).filter(pl.col("billed_months") > 0).join(placed, on="account_id", how="left")
    premises = lines.filter("is_bill").join(placed, on="account_id").group_by("correction_id", "premises_id").agg(
        pl.col("area_m2_e7").first(), premises_months=pl.col("charge_month").n_unique().cast(pl.Int64),
    )
    seen = premises.group_by("correction_id").agg(
        seen_area_e7=(pl.col("area_m2_e7") * pl.col("premises_months")).sum()
    )
    flats = billed.join(premises.drop("area_m2_e7"), on=["correction_id", "premises_id"], how="left")
    # accounts that follow one another in a flat share its months, accounts of the same months its area
    alone = pl.col("billed_months").sum().over("correction_id", "premises_id") == pl.col("premises_months")
    can_share, is_open = (pl.col("area_m2_e7").is_not_null() & alone).fill_null(False), pl.col("closed_on").is_null()
    return flats.with_columns(
        shares=can_share & is_open, is_gone=can_share & ~is_open,
        weight=pl.col("area_m2_e7") * pl.col("billed_months"),
    ).sort("correction_id", "account_id"), seen


def _of_houses(flats: pl.DataFrame) -> pl.DataFrame:
    shares = pl.col("shares")
    return flats.group_by("correction_id").agg(
        shared_area_m2_e7=pl.col("weight").filter(shares).sum(), billed_kop=pl.col("billed_kop").filter(shares).sum(),
        accounts=shares.sum(), left_out_accounts=(~shares).sum(),
    )


def _reason() -> pl.Expr:
    area, is_common = pl.col("house_area_m2_e7"), pl.col("kind_code") == COMMON
    asked = {
        "mode_changed": pl.col("is_mixed"),
        "nothing_billed": pl.col("accounts") + pl.col("left_out_accounts") == 0,
        "bill_missing": is_common & (pl.col("missing_bills") > 0),
        "months_unknown": pl.col("known_months").fill_null(0) < pl.col("months"),
        "individual_meters": ~is_common & (pl.col("metered") > 0),
        "several_tariffs": (pl.col("tariffs") > 1) | (pl.col("unpriced") > 0),
        "no_house_area": area.is_null() | (area == 0), "area_exceeds": pl.col("seen_area_e7") > area,
        "other_premises_unknown": is_common & (pl.col("seen_area_e7") < area),
    }
    return pl.coalesce(pl.when(holds.fill_null(False)).then(pl.lit(reason)) for reason, holds in asked.items())


def _with_sums(houses: pl.DataFrame) -> pl.DataFrame:
    counted = pl.col("reason_code").is_null()
    shared = money.divided(money.widened("due_kop") * pl.col("shared_area_m2_e7"), pl.col("house_area_m2_e7"))
    return houses.with_columns(
        *(pl.when(counted).then(name).alias(name) for name in ("due_kop", "due_volume_e7")),
        shared_kop=pl.when(counted).then(shared),
    ).with_columns(difference_kop=pl.col("shared_kop") - pl.col("billed_kop"))
