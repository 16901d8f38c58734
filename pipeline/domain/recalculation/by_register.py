"""Months billed by norm although the meter counted, trued up by days when a register has told them.

    counts from   = the day after commissioning or sealing (or as the rule says); of a verification its own day
    by register   = volume between two registers, spread by days, of the days of the month from then on
    charged again = by register × the tariff of the month's lines, rounded once
    reversed      = what the lines by norm charged, uplift included, × those days ÷ days of the month, rounded once

Of an act that states its register the volume starts there; an old meter commissioned anew tells nothing without it. A
verification is told late when its record reaches the book after months have been billed; what it covers was verified
(ПП 354, п. 80, 81). A meter counts no longer than its verification. Months by average are trued up by their reading
(`true_up.py`), months that anything else has corrected stay. Nothing is guessed: with several meters of the service,
several tariffs, or where the biller has recalculated himself, a person is told. One line a month. A month that no
register has told yet waits for it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.domain.rating import wording
from pipeline.domain.recalculation import act_proposals
from pipeline.domain.recalculation.act_proposals import DUE, Found, Of, Reason, month_number
from pipeline.domain.recalculation.true_up import SERVICE
from pipeline.rules.recalculation_by_register import ByRegisterRules

COMMISSIONING: Final = "commissioning"
VERIFICATION: Final = "verification"
CAUSE_OF: Final = {"commissioned": COMMISSIONING, "sealed": COMMISSIONING, "verified": VERIFICATION}
#: After these a meter counts no more.
_TROUBLES: Final = ("failed", "lost", "replaced", "removed", "tampered", "no_admission")
_BY_NORM: Final = ("norm", "norm_uplift")
#: Causes that have corrected the very months they name.
_OF_MONTHS: Final = ("true_up_norm", COMMISSIONING, VERIFICATION)
_MONTH: Final = (*SERVICE, "charge_month")


class Counting(NamedTuple):
    """Of one part, inside shapes: METER_ACTS to look at, all acts of their accounts, METERS, readings
    (inspection.SEEN), live lines (act_proposals.BILLED), earlier proposals (act_proposals.PROPOSED); contracts."""

    acts: pl.DataFrame
    history: pl.DataFrame
    meters: pl.DataFrame
    readings: pl.DataFrame
    lines: pl.DataFrame
    earlier: pl.DataFrame
    contracts: pl.DataFrame


def by_register(found: Counting, *, rules: ByRegisterRules, of: Of) -> Found:
    """What acts give back or add to months billed by norm, and the acts that go to a person."""
    windows = _windows(found, rules)
    if windows.is_empty():
        return Found()
    months = (
        windows.join(_billed(found.lines, rules, of), on=SERVICE)
        .pipe(_while_verified, found.history)
        .filter(pl.col("counts_from") <= pl.col("charge_month").dt.month_end(),
                (pl.col("counts_until") >= pl.max_horizontal("counts_from", "charge_month")).fill_null(True))
        .pipe(_without_corrected, found.earlier)
        .sort("counts_from", "event_id").unique(_MONTH, keep="first", maintain_order=True)
        .pipe(_with_register, found.readings)
        .pipe(_with_volume)
        .with_columns(fault=act_proposals.first_fault(_reasons()))
        .sort(*_MONTH)
    )
    due = months.filter(pl.col("fault").is_null(), pl.col("days") > 0).pipe(_priced)
    articles = {COMMISSIONING: rules.commissioning_article, VERIFICATION: rules.verification_article}
    faulty = months.drop_nulls("fault").sort("event_id", "charge_month").unique(
        "event_id", keep="first", maintain_order=True
    )
    proposals, back = [], []
    for cause, article in articles.items():
        of_cause = pl.col("cause_code") == cause
        proposals.append(act_proposals.proposals(
            due.filter(of_cause).select(*DUE), found.contracts, cause=cause, article=article, of=of
        ))
        back.append(act_proposals.returned(faulty.filter(of_cause), cause))
    return Found(pl.concat(proposals), pl.concat(back))


def _windows(found: Counting, rules: ByRegisterRules) -> pl.DataFrame:
    """Acts with the service of their meter, the days from and up to which it counts, and how many meters there are."""
    day = pl.col("effective_from")
    counts_from = {"same_day": day, "next_day": day.dt.offset_by("1d"),
                   "next_month": day.dt.month_start().dt.offset_by("1mo")}[rules.counts_from]
    is_verified = pl.col("act_code") == "verified"
    acts = found.acts.filter(pl.col("act_code").is_in(list(CAUSE_OF))).with_columns(
        cause_code=pl.col("act_code").replace_strict(CAUSE_OF, return_dtype=pl.String),
        counts_from=pl.when(is_verified).then(day).otherwise(counts_from),
    )
    troubles = found.history.filter(pl.col("act_code").is_in(list(_TROUBLES)))
    ended = (
        acts.select("event_id", "meter_id", "counts_from")
        .join(troubles.select("meter_id", trouble_on="effective_from"), on="meter_id")
        .filter(pl.col("trouble_on") >= pl.col("counts_from"))
        .group_by("event_id").agg(ended_on=pl.col("trouble_on").min().dt.offset_by("-1d"))
    )
    in_place = found.meters.filter(pl.col("removed_on").is_null())
    meters = found.meters.select("account_id", "meter_id", "contract_id", "service_code", "installed_on",
                                 until="verified_until").join(
        in_place.group_by(SERVICE).agg(meters=pl.len()), on=SERVICE, how="left"
    )
    return acts.join(ended, on="event_id", how="left").join(meters, on=["account_id", "meter_id"]).with_columns(
        counts_until=pl.min_horizontal("ended_on", pl.when(is_verified).then("verified_until"))
    )


def _while_verified(months: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Months of windows, which end with the verification in force on the first day that they count."""
    passed = history.filter(pl.col("act_code") == "verified").select(
        "meter_id", passed_on="effective_from", passed_until="verified_until"
    )
    key = ["event_id", *_MONTH]
    newest = (
        months.join(passed, on="meter_id")
        .filter(pl.col("passed_on") <= pl.max_horizontal("counts_from", "charge_month"))
        .group_by(key).agg(pl.col("passed_until").max())
    )
    return months.join(newest, on=key, how="left").with_columns(
        counts_until=pl.min_horizontal("counts_until", pl.max_horizontal("until", "passed_until"))
    )


def _billed(lines: pl.DataFrame, rules: ByRegisterRules, of: Of) -> pl.DataFrame:
    """Months of services billed by norm and by nothing else: _MONTH, billed_e7, charged_kop, tariffs."""
    first = pl.lit(of.month).dt.offset_by(f"-{rules.months_max}mo")
    own = lines.filter(
        pl.col("batch_id").is_null(), pl.col("charge_month") >= first, pl.col("charge_month") <= of.month,
        (pl.col("charged_kop") != 0) | (pl.col("recalculated_kop") != 0),
    )
    is_main = pl.col("charged_kop") != 0
    months = own.group_by(_MONTH).agg(
        billed_e7=pl.col("volume_e7").filter(is_main).sum(), charged_kop=money.total("charged_kop"),
        is_by_norm=pl.col("basis_code").filter(is_main).is_in(list(_BY_NORM)).all() & is_main.any(),
        is_recalculated=(pl.col("recalculated_kop") != 0).any(), zones=pl.col("zone_code").drop_nulls().len(),
    ).filter("is_by_norm", pl.col("zones") == 0)
    return months.join(act_proposals.tariffs(own, list(_MONTH)), on=_MONTH, how="left")


def _without_corrected(months: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Months that no register has corrected, nor a check of that month or a later one; is_changed where something else
    stands beside, an absence or another norm."""
    named = earlier.explode("corrected_months", empty_as_null=True).rename({"corrected_months": "month"})
    is_corrected = pl.col("cause_code").is_in(list(_OF_MONTHS))
    corrected = named.filter(is_corrected).select(*SERVICE, "month").unique()
    beside = named.filter(
        ~is_corrected, ~pl.col("cause_code").is_in(["tampering", "inspection"]), pl.col("status_code") != "rejected"
    )
    changed = beside.select(*SERVICE, "month").unique().with_columns(is_changed=pl.lit(True))
    checked = earlier.filter(pl.col("cause_code") == "inspection").group_by(SERVICE).agg(
        checked_month=pl.col("charge_month").max()
    )
    return (
        months.with_columns(month=pl.col("charge_month").dt.strftime("%Y-%m"))
        .join(corrected, on=[*SERVICE, "month"], how="anti").join(changed, on=[*SERVICE, "month"], how="left")
        .join(checked, on=SERVICE, how="left")
        .filter((pl.col("charge_month") > pl.col("checked_month")).fill_null(True))
    )


def _with_register(months: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    """Months that an accepted register covers, with it: base_e7, whole_e7 since the day after start_on, end_on."""
    told = readings.filter(
        pl.col("verdict_code") == "accepted", pl.col("zone_code").is_null(), pl.col("previous_value_e7").is_not_null()
    ).select("meter_id", "raw_value_e7", "previous_read_on", "volume_e7", read_month="charge_month")
    is_first = pl.col("previous_read_on") == pl.col("installed_on")
    closed = month_number(pl.col("previous_read_on")) - is_first.cast(pl.Int64)
    is_stated = pl.col("value_e7").is_not_null() & (pl.col("previous_read_on") <= pl.col("effective_from"))
    is_restarted = (pl.col("cause_code") == COMMISSIONING) & ~is_first & (
        pl.col("previous_read_on") < pl.col("effective_from")
    )
    own_start = pl.when(is_first).then("previous_read_on").otherwise(pl.col("previous_read_on").dt.month_end())
    return months.join(told, on="meter_id").filter(
        pl.col("read_month") >= pl.col("charge_month"), closed < month_number(pl.col("charge_month"))
    ).with_columns(
        is_unstated=is_restarted & ~is_stated,
        whole_e7=pl.when(is_stated).then(pl.col("raw_value_e7") - pl.col("value_e7")).otherwise("volume_e7"),
        start_on=pl.when(is_stated).then(pl.col("counts_from").dt.offset_by("-1d")).otherwise(own_start),
        end_on=pl.col("read_month").dt.month_end(),
    ).drop_nulls("whole_e7").sort("read_month").unique(_MONTH, keep="first", maintain_order=True)


def _with_volume(months: pl.DataFrame) -> pl.DataFrame:
    """Days of the month that count, their volume by register, and their share of what was billed by norm."""
    since = pl.max_horizontal("counts_from", "charge_month")
    until = pl.min_horizontal(pl.col("charge_month").dt.month_end(), "counts_until")
    month_days = pl.col("charge_month").dt.days_in_month().cast(pl.Int64)
    days = (until - since).dt.total_days() + 1
    return months.with_columns(days=days, month_days=month_days).with_columns(
        actual_e7=_upto(until) - _upto(since.dt.offset_by("-1d")),
        norm_e7=money.divided(money.widened("billed_e7") * pl.col("days"), pl.col("month_days")),
        reversed_kop=money.divided(money.widened("charged_kop") * pl.col("days"), pl.col("month_days")),
    )


def _upto(day: pl.Expr) -> pl.Expr:
    days = (day - pl.col("start_on")).dt.total_days().clip(0)
    all_days = (pl.col("end_on") - pl.col("start_on")).dt.total_days()
    return money.divided(money.widened("whole_e7") * money.widened(days), all_days)


def _reasons() -> tuple[Reason, ...]:
    return (
        (pl.col("meters") != 1, "meter_id", "several_meters",
         "Счётчик: у услуги их несколько, чей это норматив, решает сотрудник."),
        (pl.col("is_unstated"), "value", "missing", "Показание при вводе или опломбировке: не названо."),
        (pl.col("whole_e7") < 0, "value", "wrong", "Показание при вводе или опломбировке: больше следующего."),
        (pl.col("is_changed").fill_null(False), "charge_month", "told_already",
         "Месяц: его уже изменил другой перерасчёт, вместе их считает сотрудник."),
        (pl.col("is_recalculated"), "recalculated_rub", "recalculated_by_biller",
         "Расчётчик пересчитал эти месяцы сам: исправлено ли этим начисленное, неизвестно."),
        (pl.col("tariffs").fill_null(0) != 1, "tariff_rub", "wrong",
         "Тариф: строки месяца его не называют или называют несколько."),
    )


def _priced(due: pl.DataFrame) -> pl.DataFrame:
    """DUE rows and their cause."""
    return due.with_columns(
        corrected_months=pl.concat_list(pl.col("charge_month").dt.strftime("%Y-%m")),
        volume_difference_e7=pl.col("actual_e7") - pl.col("norm_e7"), zone_code=pl.lit(None, dtype=pl.String),
        charged_again_kop=money.amount_of(pl.col("actual_e7"), pl.col("tariff_e6")),
    ).with_columns(formula=_formula())


def _formula() -> pl.Expr:
    """«Счётчик считает с 13.03.2026. За март 2026, дней 19 из 31: по показаниям 1,900 м³ × 46,98 ₽ = 89,26 ₽ …»."""
    unit = wording.unit_text(pl.col("unit_code"))
    return pl.concat_str(
        pl.lit("Счётчик считает с "), wording.day_text(pl.col("counts_from")), pl.lit(". За "),
        wording.month_text(pl.col("charge_month")), pl.lit(", дней "), pl.col("days").cast(pl.String), pl.lit(" из "),
        pl.col("month_days").cast(pl.String), pl.lit(": по показаниям "), wording.volume_text(pl.col("actual_e7")),
        pl.lit(" "), unit, pl.lit(" × "), wording.tariff_text(pl.col("tariff_e6")), pl.lit(" = "),
        wording.money_text(pl.col("charged_again_kop")), pl.lit(". Было начислено по нормативу за месяц "),
        wording.volume_text(pl.col("billed_e7")), pl.lit(" "), unit, pl.lit(" на "),
        wording.money_text(pl.col("charged_kop")), pl.lit(", на эти дни "),
        wording.money_text(pl.col("reversed_kop")), pl.lit(". Разница "),
        wording.money_text(pl.col("charged_again_kop") - pl.col("reversed_kop")), pl.lit("."),
    )
