"""A check of a meter: the whole difference between the register that was seen and what was billed.

    seen       = Σ over the meters of the service (register of the check − the accepted one before it)
    billed     = Σ volume of the documents' lines for the months after that earlier register, up to the check's own
    trued up   = what our own proposals have corrected of these months already
    later      = of a check told late: Σ over later months billed by meter (billed − what their accepted register told)
    difference = seen − billed − trued up − later, either sign, × the tariff of the month of the check, rounded once

The law takes the difference as used in the month of the check, whatever its months were, and wants a sound meter
(ПП 354, п. 61); a reading closes its charge month whatever its day. An act that states no register asks for nothing.
It is looked at when the documents of its month are out. Told after its month it takes the place of what a resident has
told (`metering/judging.py`); a bill of a later month that went on from the resident's register has charged the
difference already and is taken off it. A later register that is not below the check leaves nothing of it. Nothing is
guessed: without a register before it, a line of every month, one tariff and a reading of every meter of the service
nothing is proposed and a person is told; so is he where a meter was not sound (`metering/soundness.py`), months were
billed with an uplift or rated anew, or the biller has recalculated himself.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.contracts.recalculation import METER_MONTH_CAUSES, RERATED_CAUSES
from pipeline.domain.rating import wording
from pipeline.domain.recalculation import act_proposals
from pipeline.domain.recalculation.act_proposals import BILLED, DUE, Found, Of, Reason, month_number
from pipeline.domain.recalculation.true_up import SERVICE
from pipeline.rules.recalculation_inspection import InspectionRules

CAUSE: Final = "inspection"
ACT: Final = "inspected"
#: What this room reads of a judged reading.
SEEN: Final = ("reading_id", "meter_id", "zone_code", "charge_month", "read_on", "raw_value_e7", "previous_value_e7",
               "previous_read_on", "volume_e7", "verdict_code")
#: What a later month may tell, so the act stays open.
OPEN_FIELDS: Final = ("meter_id", "tariff_rub", "charge_month")
#: Causes that change the volume of a month.
_OF_VOLUME: Final = ("true_up_average", "true_up_norm", "commissioning", "verification")
#: Causes that have put another volume or price on a month, which a register does not tell apart.
_RATED_ANEW: Final = (*RERATED_CAUSES, *(cause for cause in METER_MONTH_CAUSES if cause not in _OF_VOLUME))
_CHECK: Final = (*SERVICE, "check_month")


class Checks(NamedTuple):
    """Of one part, inside shapes: METER_ACTS to look at, and of their accounts METERS, until when registers were worth
    nothing (`metering/soundness.py`), SEEN readings of all months, BILLED lines of live documents, earlier proposals
    (act_proposals.PROPOSED); contracts."""

    acts: pl.DataFrame
    meters: pl.DataFrame
    spoilt: pl.DataFrame
    readings: pl.DataFrame
    lines: pl.DataFrame
    earlier: pl.DataFrame
    contracts: pl.DataFrame


def inspections(found: Checks, *, rules: InspectionRules, of: Of) -> Found:
    """What checks add or take off, and those that go to a person."""
    checks = _checks(found, of)
    if checks.is_empty():
        return Found()
    counted = (
        checks.join(_seen(found, checks), on=_CHECK, how="left", maintain_order="left")
        .pipe(_with_billed, found.lines)
        .pipe(_with_trued_up, found.earlier)
        .pipe(_with_later, found)
        .with_columns(
            difference_e7=pl.col("seen_e7") - pl.col("billed_e7") - pl.col("trued_up_e7") - pl.col("later_e7")
        )
        .with_columns(fault=act_proposals.first_fault(_reasons()))
    )
    due = counted.filter(pl.col("fault").is_null()).pipe(_priced)
    return Found(
        act_proposals.proposals(due, found.contracts, cause=CAUSE, article=rules.article, of=of),
        act_proposals.returned(counted, CAUSE),
    )


def _checks(found: Checks, of: Of) -> pl.DataFrame:
    """One row a service and month of check: the first act of it that says what was seen, and its reading."""
    seen = found.readings.filter(pl.col("zone_code").is_null()).select(
        "meter_id", "read_on", "verdict_code", "previous_value_e7", seen_value_e7="raw_value_e7"
    )
    proposed = found.earlier.filter(pl.col("cause_code") == CAUSE)["event_id"]
    acts = found.acts.filter(
        pl.col("act_code") == ACT, pl.col("value_e7").is_not_null(),
        pl.col("effective_from").dt.month_start() <= of.month,
        ~pl.col("event_id").is_in(proposed.implode()),
    )
    told = acts.join(seen, left_on=["meter_id", "effective_from", "value_e7"],
                     right_on=["meter_id", "read_on", "seen_value_e7"], how="left")
    is_refused = pl.col("verdict_code") != "accepted"
    return (
        told.join(found.meters.select("meter_id", *SERVICE), on=["account_id", "meter_id"], how="left")
        .with_columns(check_month=pl.col("effective_from").dt.month_start())
        .sort("registered_at", "event_id", is_refused, nulls_last=True)
        .unique("event_id", keep="first", maintain_order=True)
        .pipe(_with_what_stands, found.readings)
        .unique([*_CHECK, pl.coalesce("contract_id", "event_id")], keep="first", maintain_order=True)
    )


def _with_what_stands(checks: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    """Checks with `is_confirmed`, their register is the accepted one of their month, whoever told it;
    `later_value`, the lowest that was accepted of a later day."""
    accepted = readings.filter(pl.col("verdict_code") == "accepted", pl.col("zone_code").is_null())
    beside = checks.select("event_id", "meter_id", "check_month", "effective_from", "value_e7").join(
        accepted.select("meter_id", "charge_month", "read_on", "raw_value_e7"), on="meter_id"
    )
    of_month = pl.col("charge_month") == pl.col("check_month")
    stands = beside.group_by("event_id").agg(
        is_confirmed=(of_month & (pl.col("raw_value_e7") == pl.col("value_e7"))).any(),
        later_value=pl.col("raw_value_e7").filter(pl.col("read_on") > pl.col("effective_from")).min(),
    )
    return checks.join(stands, on="event_id", how="left", maintain_order="left").with_columns(
        pl.col("is_confirmed").fill_null(False)
    )


def _seen(found: Checks, checks: pl.DataFrame) -> pl.DataFrame:
    """_CHECK, seen_e7 since since_on, closed (number of the last month before); is_whole where every meter in place
    was read in the month, and all since one month; is_alone; is_unsound where one of them is."""
    last_day = pl.col("check_month").dt.month_end()
    in_place = (
        checks.select(_CHECK).drop_nulls().unique().join(found.meters, on=SERVICE)
        .filter(pl.col("installed_on") <= last_day, pl.col("removed_on").is_null() | (pl.col("removed_on") > last_day))
    )
    accepted = found.readings.filter(pl.col("verdict_code") == "accepted", pl.col("zone_code").is_null())
    is_first = pl.col("previous_read_on") == pl.col("installed_on")
    closed = month_number(pl.col("previous_read_on")) - is_first.cast(pl.Int64)
    # Of a check told late two registers were accepted for the month: the resident's, and its own from there.
    told = in_place.join(
        accepted, left_on=["meter_id", "check_month"], right_on=["meter_id", "charge_month"], how="left"
    ).group_by(*_CHECK, "meter_id").agg(
        pl.col("previous_read_on").min(), closed=closed.min(), is_read=pl.col("raw_value_e7").is_not_null().all(),
        meter_e7=pl.coalesce("volume_e7", pl.col("raw_value_e7") - pl.col("previous_value_e7")).sum(),
        is_known=pl.col("previous_value_e7").is_not_null().all(),
    ).with_columns(meter_e7=pl.when("is_read", "is_known").then("meter_e7"))
    days = checks.select(*_CHECK, day="effective_from")
    bad = told.join(days, on=_CHECK).join(found.spoilt, on=["meter_id", "day"]).filter(
        (pl.col("spoilt_until") > pl.col("previous_read_on")).fill_null(True)
    ).select(_CHECK).unique()
    return told.group_by(_CHECK).agg(
        seen_e7=pl.col("meter_e7").sum(), closed=pl.col("closed").min(),
        is_whole=pl.col("meter_e7").is_not_null().all() & (pl.col("closed").n_unique() == 1),
        is_alone=pl.len() == 1, since_on=pl.col("previous_read_on").min(),
    ).join(bad.with_columns(is_unsound=pl.lit(True)), on=_CHECK, how="left")


def _with_billed(checks: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Checks with what the billers' own lines say of their months."""
    months = checks.select(*_CHECK, "closed").join(lines.select(BILLED), on=SERVICE).filter(
        month_number(pl.col("charge_month")) > pl.col("closed"), pl.col("charge_month") <= pl.col("check_month"),
        pl.col("batch_id").is_null(),
    )
    billed = months.group_by(_CHECK).agg(
        billed_e7=pl.col("volume_e7").sum(), months=pl.col("charge_month").n_unique().cast(pl.Int64),
        is_measured=(pl.col("volume_e7").is_not_null() | (pl.col("charged_kop") == 0)).all(),
        has_uplift=(pl.col("basis_code") == "norm_uplift").any(),
        is_recalculated=(pl.col("recalculated_kop") != 0).any(),
    )
    of_month = months.filter(pl.col("charge_month") == pl.col("check_month"))
    return checks.join(billed, on=_CHECK, how="left", maintain_order="left").join(
        act_proposals.tariffs(of_month, list(_CHECK)), on=_CHECK, how="left", maintain_order="left"
    )


def _with_trued_up(checks: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Checks with what proposals have corrected of their months, whether the biller has settled one of them, and
    whether one was rated anew: to another volume, or the month of the check at all."""
    of_months = checks.select(*_CHECK, "closed").join(earlier, on=SERVICE).filter(
        pl.col("cause_code").is_in([*_OF_VOLUME, *_RATED_ANEW]), pl.col("status_code") != "rejected",
        month_number(pl.col("charge_month")) > pl.col("closed"), pl.col("charge_month") <= pl.col("check_month"),
    )
    is_of_volume, counts = pl.col("cause_code").is_in(list(_OF_VOLUME)), pl.col("charge_month") == pl.col("check_month")
    corrected = of_months.group_by(_CHECK).agg(
        trued_up_e7=pl.col("volume_difference_e7").filter(is_of_volume).sum(),
        is_settled=(is_of_volume & (pl.col("status_code") == "settled_by_biller")).any(),
        is_rated_anew=(~is_of_volume & (counts | (pl.col("volume_difference_e7") != 0))).any(),
    )
    return checks.join(corrected, on=_CHECK, how="left", maintain_order="left").with_columns(
        pl.col("trued_up_e7").fill_null(0)
    )


def _with_later(checks: pl.DataFrame, found: Checks) -> pl.DataFrame:
    """Checks with what bills by meter of the months after theirs charged above (or below) the register of that month
    alone; is_later_told where every such bill has one, and no proposal of ours has corrected it."""
    month = ["charge_month", *_CHECK]
    bills = checks.select(_CHECK).join(found.lines.select(BILLED), on=SERVICE).filter(
        pl.col("charge_month") > pl.col("check_month"), pl.col("basis_code") == "meter", pl.col("batch_id").is_null(),
    ).group_by(month).agg(billed_e7=pl.col("volume_e7").sum())
    of_month_alone = month_number(pl.col("charge_month")) - month_number(pl.col("previous_read_on")) == 1
    registers = bills.select(month).join(found.meters, on=SERVICE).filter(
        pl.col("installed_on") <= pl.col("charge_month").dt.month_end(),
        pl.col("removed_on").is_null() | (pl.col("removed_on") > pl.col("charge_month").dt.month_end()),
    ).join(
        found.readings.filter(pl.col("verdict_code") == "accepted", of_month_alone),
        on=["meter_id", "charge_month"], how="left",
    ).group_by(month).agg(told_e7=pl.col("volume_e7").sum(), is_told=pl.col("volume_e7").is_not_null().all())
    corrected = found.earlier.filter(
        pl.col("cause_code").is_in([*_OF_VOLUME, *_RATED_ANEW]), pl.col("status_code") != "rejected"
    ).select(*SERVICE, "charge_month", is_corrected=pl.lit(True)).unique()
    later = bills.join(registers, on=month, how="left").join(
        corrected, on=[*SERVICE, "charge_month"], how="left"
    ).group_by(_CHECK).agg(
        later_e7=(pl.col("billed_e7") - pl.col("told_e7")).sum(),
        is_later_told=(pl.col("is_told").fill_null(False) & pl.col("is_corrected").is_null()).all(),
    )
    return checks.join(later, on=_CHECK, how="left", maintain_order="left").with_columns(
        pl.col("later_e7").fill_null(0), pl.col("is_later_told").fill_null(True)
    )


def _reasons() -> tuple[Reason, ...]:
    check_number = month_number(pl.col("check_month"))
    months = check_number - pl.col("closed")
    is_refused = ~pl.col("is_confirmed")
    return (
        (pl.col("service_code").is_null(), "meter_id", "wrong", "Счётчик: в реестре у этого счёта такого нет."),
        (pl.col("is_unsound").fill_null(False), "evidence", "meter_not_sound",
         "Счётчик: на день проверки или после прежнего показания он не был исправен, введён или поверен."),
        (is_refused & (pl.col("later_value") >= pl.col("value_e7")), "value", "comes_to_nothing",
         "Показание проверки: принятое позже не меньше его, разница уже в начислениях по счётчику."),
        (is_refused, "value", "not_confirmed",
         "Показание проверки: за этот месяц или позже принято другое, или оно невозможно."),
        (pl.col("previous_value_e7").is_null() | (pl.col("closed") >= check_number), "previous_value", "missing",
         "Прежнее показание: неизвестно, сравнить не с чем."),
        (~pl.col("is_whole").fill_null(False), "meter_id", "other_meter_not_read",
         "Другие счётчики услуги: за месяц проверки не сняты, или сняты не за те же месяцы."),
        (pl.col("tariffs").is_null(), "tariff_rub", "nothing_billed",
         "Тариф: документы месяца проверки не начисляют эту услугу."),
        (pl.col("tariffs") > 1, "tariff_rub", "wrong", "Тариф: у услуги их в месяце проверки несколько."),
        (pl.col("months") != months, "charge_month", "missing",
         "Начисления: известны не за все месяцы после прежнего показания."),
        (~pl.col("is_measured"), "volume", "missing", "Объём: в строках документов он не назван."),
        (~pl.col("is_later_told"), "volume", "missing",
         "Объём: следующие месяцы начислены по счётчику, а сколько из этого по принятым показаниям, неизвестно."),
        (pl.col("has_uplift"), "basis_code", "billed_with_uplift",
         "Месяцы до проверки начислены с повышением: что из этого исправлять, решает сотрудник."),
        (pl.col("is_rated_anew").fill_null(False), "recalculated_rub", "told_already",
         "Месяцы до проверки уже изменил другой перерасчёт: что из него исправлять по показанию, решает сотрудник."),
        (pl.col("is_recalculated") | pl.col("is_settled").fill_null(False), "recalculated_rub",
         "recalculated_by_biller", "Расчётчик пересчитал эти месяцы сам: сколько из этого по проверке, неизвестно."),
    )


def _priced(due: pl.DataFrame) -> pl.DataFrame:
    """DUE rows of the differences."""
    amount = money.amount_of(pl.col("difference_e7").abs(), pl.col("tariff_e6"))
    is_more = pl.col("difference_e7") > 0
    return due.with_columns(
        charge_month="check_month", corrected_months=pl.concat_list(pl.col("check_month").dt.strftime("%Y-%m")),
        volume_difference_e7="difference_e7", zone_code=pl.lit(None, dtype=pl.String),
        charged_again_kop=pl.when(is_more).then(amount).otherwise(0),
        reversed_kop=pl.when(is_more).then(0).otherwise(amount),
    ).with_columns(formula=_formula()).select(*DUE)


def _formula() -> pl.Expr:
    """«Проверка 17.06.2026: показание 190,000 м³. С 25.05.2026 по счётчику 40,000 м³, начислено 4,000 м³ …»."""
    unit = wording.unit_text(pl.col("unit_code"))
    of_one = pl.concat_str(pl.lit(": показание "), wording.volume_text(pl.col("value_e7")), pl.lit(" "), unit)
    sum_told = wording.money_text(pl.col("charged_again_kop") - pl.col("reversed_kop"))
    return pl.concat_str(
        pl.lit("Проверка счётчика "), wording.day_text(pl.col("effective_from")),
        pl.when("is_alone").then(of_one).otherwise(pl.lit(", все счётчики услуги")), pl.lit(". С "),
        wording.day_text(pl.col("since_on")), pl.lit(" по показаниям "), wording.volume_text(pl.col("seen_e7")),
        pl.lit(" "), unit, pl.lit(", начислено "), wording.volume_text(pl.col("billed_e7")), pl.lit(" "), unit,
        pl.when(pl.col("trued_up_e7") != 0).then(pl.concat_str(
            pl.lit(", уже исправлено "), wording.volume_text(pl.col("trued_up_e7")), pl.lit(" "), unit,
        )).otherwise(pl.lit("")),
        pl.when(pl.col("later_e7") != 0).then(pl.concat_str(
            pl.lit(", в следующих месяцах начислено сверх показаний "), wording.volume_text(pl.col("later_e7")),
            pl.lit(" "), unit,
        )).otherwise(pl.lit("")),
        pl.lit(". Разница в месяце проверки: "), wording.volume_text(pl.col("difference_e7")), pl.lit(" "), unit,
        pl.lit(" × "), wording.tariff_text(pl.col("tariff_e6")), pl.lit(" = "), sum_told, pl.lit("."),
    )
