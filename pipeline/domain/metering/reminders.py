"""Who has submitted no reading of the month now being read, what follows, and what it would cost.

    window    = the first month whose last day of readings has not passed; it is asked about from the longest term on
    silent    = months in a row without a register that counts, this one included (as `substitution.py` counts them)
    norm from = the month after the last average (ПП 354, п. 59 «б», 60); at once where there is no history
    cost      = norm × tariff − own average × tariff, each rounded as a line is; no uplift for want of readings alone

Working meters only: what is read from a failed one, or one whose verification has ended, would not count. The others
stand in `substitute_volumes` and `verification_calendar`. Here: whom to ask and whom of them to write to tonight. Not
here: who may be written to at all (`domain/debt/people.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.billing_month import BillingMonth
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.reminders import READING_REMINDERS
from pipeline.domain.metering.season import is_heating
from pipeline.domain.metering.substitution import Known, not_lived_in, substitute_volumes
from pipeline.domain.metering.verification import averages, with_norm, with_tariff
from pipeline.domain.rating import wording
from pipeline.rules.metering import MeteringRules
from pipeline.rules.substitution import SubstitutionRules

_SILENT: Final = ("not_submitted", "few_months")


class Window(NamedTuple):
    """A month whose readings are being taken, and the last day on which they count for it."""

    month: date
    read_by: date


class Reach(NamedTuple):
    """Whom a part's accounts have: account_id, person_id, may_remind (`people.addressees`); persons left alone by a
    hold; persons written to or called tonight."""

    addressees: pl.DataFrame
    held: pl.Series
    contacted: pl.Series


def window(cycles: pl.DataFrame, *, rules: MeteringRules, as_of: date) -> Window:
    """The window that is open on a night; `cycles` names the last day of a month, else the rule does. A day named for
    a month in which it does not lie, nor in the next one, is a slip of the register: the rule's day stands."""
    named = dict(cycles.select("billing_month", "readings_counted_until").drop_nulls().iter_rows())
    now = BillingMonth.of(as_of)
    months = (month.first_day for month in (now.previous, now, now.next))
    windows = (Window(first, _last_day(named, first, rules)) for first in months)
    return next(one for one in windows if one.read_by >= as_of)


def is_asked(open_window: Window, *, rules: SubstitutionRules, as_of: date) -> bool:
    """Whether the night falls within the longest term of reminders."""
    return open_window.read_by - as_of <= timedelta(days=max(rules.reading_reminder_days))


def is_tonight(open_window: Window, *, rules: SubstitutionRules, as_of: date) -> bool:
    """Whether the night writes to anybody."""
    return (open_window.read_by - as_of).days in rules.reading_reminder_days


def silent_meters(
    known: Known, charges: pl.DataFrame, asked: Window, *, rules: SubstitutionRules, month: date, as_of: date
) -> pl.DataFrame:
    """Rows of READING_REMINDERS but for whom to write to. known: with METER_MEMORY and CONSUMPTION of this run;
    charges: CHARGES of the cycle, whose tariffs `month` names."""
    due = substitute_volumes(known, rules=rules, month=asked.month).filter(
        # short of history comes before a trouble of the meter among the reasons
        pl.col("reason_code").is_in(list(_SILENT)), pl.col("meter_status_code") == "working",
    )
    last = known.memory.group_by("meter_id").agg(pl.col("last_read_on").max())
    days = (asked.read_by - as_of).days
    within = min(term for term in rules.reading_reminder_days if term >= days)
    rows = (
        _by_meter(due, known)
        .join(last, on="meter_id", how="left", maintain_order="left")
        .join(averages(known.memory, due, rules), on="meter_id", how="left", maintain_order="left")
        .pipe(with_norm, known, asked.month)
        .pipe(with_tariff, charges, month)
        .with_columns(
            run_on=pl.lit(as_of), charge_month=pl.lit(asked.month), read_by_on=pl.lit(asked.read_by),
            days_left=pl.lit(days), within_days=pl.lit(within), norm_from_month=_norm_from(asked.month, rules),
            missing_code=_missing(),
        )
    )
    costed = rows.with_columns(norm_cost_kop=pl.when(pl.col("missing_code").is_null()).then(_cost()))
    return costed.with_columns(reminder=_reminder())


def reading_reminders(silent: pl.DataFrame, reach: Reach, *, rules: SubstitutionRules) -> pl.DataFrame:
    """READING_REMINDERS, inside shape, sorted by key. silent: `silent_meters`."""
    writes = pl.col("days_left").is_in(list(rules.reading_reminder_days))
    rows = silent.join(
        reach.addressees.select("account_id", "person_id", "may_remind"), on="account_id", how="left",
        maintain_order="left",
    ).with_columns(
        unwritten_code=pl.when(~writes).then(pl.lit("not_tonight"))
        .when(pl.col("person_id").is_null()).then(pl.lit("no_addressee"))
        .when(~pl.col("may_remind").fill_null(False)).then(pl.lit("no_consent"))
        .when(pl.col("person_id").is_in(reach.held.implode())).then(pl.lit("held"))
        .when(pl.col("person_id").is_in(reach.contacted.implode())).then(pl.lit("contacted_tonight"))
    ).with_columns(person_id=pl.when(pl.col("unwritten_code").is_null()).then("person_id"))
    shaped = rows.select(READING_REMINDERS.inside_names).cast(READING_REMINDERS.inside_schema)  # type: ignore[arg-type]
    return in_key_order(shaped, READING_REMINDERS.primary_key)


def _last_day(named: Mapping[date, date], month: date, rules: MeteringRules) -> date:
    by_rule = month + timedelta(days=rules.reading_deadline_day - 1)
    told = named.get(month, by_rule)
    return told if month <= told < BillingMonth.of(month).next.next.first_day else by_rule


def _by_meter(due: pl.DataFrame, known: Known) -> pl.DataFrame:
    """One row a meter: its zones are read together; told_code: why nobody knows what would follow."""
    shops = known.meters.filter(pl.col("premises_id").is_in(not_lived_in(known).implode()))["meter_id"]
    of_contract = pl.when(pl.col("meter_id").is_in(shops.implode())).then(pl.lit("contract_volume"))
    rows = due.group_by("meter_id").agg(
        pl.col("account_id", "contract_id", "service_code", "service_point_id").first(),
        silent_months=pl.col("run_number").max(), is_new=(pl.col("reason_code") == "few_months").any(),
        unknown_code=pl.col("missing_code").filter(pl.col("missing_code") == "history_unknown").first(),
    ).sort("meter_id")
    return rows.with_columns(told_code=pl.coalesce(of_contract, "unknown_code"))


def _norm_from(month: date, rules: SubstitutionRules) -> pl.Expr:
    """The first month by norm, when all months from `month` on stay silent."""
    averages_left = pl.when("is_new").then(0).otherwise(
        pl.max_horizontal(rules.average_run_months_max + 1 - pl.col("silent_months"), 0)
    )
    months = {
        is_of_season: {
            number: _month_after(month, number, rules.heating_season_months if is_of_season else range(1, 13))
            for number in range(rules.average_run_months_max + 1)
        } for is_of_season in (True, False)
    }
    of_season, of_year = (
        averages_left.replace_strict(months[which], default=None, return_dtype=pl.Date) for which in (True, False)
    )
    is_known = pl.col("told_code").is_null() & pl.col("silent_months").is_not_null()
    return pl.when(is_known).then(pl.when(is_heating(rules)).then(of_season).otherwise(of_year))


def _month_after(month: date, number: int, counted: range | tuple[int, ...]) -> date:
    """The month after so many of the months of a year that count."""
    later = BillingMonth.of(month)
    for _ in range(number):
        later = later.next
        while later.month not in counted:
            later = later.next
    return later.first_day


def _cost() -> pl.Expr:
    norm, average = (
        money.amount_of(pl.col(volume), pl.col("tariff_e6")) for volume in ("norm_volume_e7", "average_volume_e7")
    )
    return norm - average


def _missing() -> pl.Expr:
    return (
        pl.when(pl.col("told_code").is_not_null()).then("told_code")
        .when(pl.col("average_volume_e7").is_null()).then(pl.lit("average_unknown"))
        .when(pl.col("norm_volume_e7").is_null()).then(pl.lit("norm_unknown"))
        .when(pl.col("tariffs") > 1).then(pl.lit("several_tariffs"))
        .when(pl.col("tariff_e6").is_null()).then(pl.lit("tariff_unknown"))
    )


def _reminder() -> pl.Expr:
    """«… до 25.05.2026 включительно. Иначе начислят по среднему, а с 01.08.2026 — по нормативу: это дороже …»."""
    by_norm = pl.col("norm_from_month") == pl.col("charge_month")
    cost = pl.col("norm_cost_kop")
    more = pl.when(cost > 0).then(pl.concat_str(
        pl.lit(": это дороже вашего обычного расхода на "), wording.money_text(cost), pl.lit(" в месяц")
    )).otherwise(pl.lit(""))
    follows = (
        pl.when(by_norm).then(pl.lit("по нормативу"))
        .when(pl.col("norm_from_month").is_not_null()).then(pl.concat_str(
            pl.lit("по среднему, а с "), wording.day_text(pl.col("norm_from_month")), pl.lit(" — по нормативу"),
        )).otherwise(pl.lit("расчётный объём"))
    )
    return pl.concat_str(
        pl.lit("Передайте показание счётчика за "), wording.month_text(pl.col("charge_month")), pl.lit(" до "),
        wording.day_text(pl.col("read_by_on")), pl.lit(" включительно. Иначе начислят "), follows,
        pl.when(pl.col("norm_from_month").is_not_null()).then(more).otherwise(pl.lit("")), pl.lit("."),
    )
