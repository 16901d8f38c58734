"""Temporary absence: the fee by norm of one who was away.

    reduction = fee of the month × full days away in it ÷ days of the month ÷ persons of the account, rounded once

More than five full days in a row, without those of departure and return; the run counts over months as one. Only what
is billed by norm where an act says that no meter can be installed (ПП 354, п. 86–97); waste on its own terms (п.
148(44), приложение 4). A day of one person counts once, however many applications name it and of whatever accounts: the
one registered first; an application without the act uses its days up for waste alone. What the book contradicts goes
back (`household.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.contracts.recalculation_events import ABSENCES
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.applications import Fault, answer_due, faulty, on_day, returned
from pipeline.domain.recalculation.household import Household, contradictions, met
from pipeline.domain.recalculation.reductions import REDUCTION
from pipeline.rules.recalculation_absence import AbsenceRules

KIND = "absence"
#: A fault that leaves the rest of the application standing.
PARTIAL = "no_meter_act"


def judged(
    absences: pl.DataFrame, household: Household, *, rules: AbsenceRules, working_days: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """ABSENCES that can be computed, with persons from the book where they were not told, and RETURNED_APPLICATIONS
    rows of all faults."""
    told = met(absences, household).with_columns(from_on="effective_from", to_on="effective_to")
    faults = faulty(told, [*_faults(rules), *contradictions()])
    fatal = faults.filter(pl.col("field_code") != PARTIAL)
    due = answer_due("registered_at", rules.answer_working_days, working_days)
    sound = told.join(fatal, on="event_id", how="anti").select(ABSENCES.inside_names)
    return sound, returned(faults, KIND, due)


def _faults(rules: AbsenceRules) -> list[Fault]:
    begun, back, applied = pl.col("effective_from"), pl.col("effective_to"), on_day("registered_at")
    is_timeless = (pl.col("absence_code") == "mobilised") & rules.mobilised_any_time
    deadline = back.dt.offset_by(f"{rules.apply_within_days}d")
    is_ahead = applied <= begun
    return [
        Fault("status_code", "not_confirmed", pl.col("status_code") == "not_confirmed"),
        *(Fault(field, "missing", pl.col(field).is_null())
          for field in ("effective_from", "effective_to", "person_id", "evidence", "residents", PARTIAL)),
        Fault("residents", "wrong", pl.col("residents") < 1),
        Fault("effective_to", "runs_backwards", back < begun),
        Fault("effective_to", "too_few_days", (back >= begun) & (_full_days() < rules.full_days_min)),
        Fault("effective_to", "too_long", back > begun.dt.offset_by(f"{rules.months_max}mo")),
        Fault("registered_at", "too_late", (applied > deadline) & ~is_timeless),
        Fault("effective_to", "too_far_ahead", is_ahead & (back > begun.dt.offset_by(f"{rules.advance_months_max}mo"))),
    ]


def _full_days() -> pl.Expr:
    return (pl.col("effective_to") - pl.col("effective_from")).dt.total_days() - 1


def months_away(absences: pl.DataFrame, new_ids: pl.Series) -> pl.DataFrame:
    """ABSENCES with `charge_month`, `days`, full days away in it that no application before has named for the person,
    and `told_days`, those that one has: of older cycles first, then in order of registration; `norm_days` and
    `told_norm_days`, the same among applications with an act about meters. `absences`: all of these persons, over
    accounts."""
    is_new = pl.col("event_id").is_in(new_ids.implode())
    one_day, has_act = pl.duration(days=1), pl.col(PARTIAL).is_not_null()
    is_first, is_first_of_acts = pl.col("is_first"), has_act & pl.col("is_first_of_acts")
    return (
        absences.with_columns(day=pl.date_ranges(pl.col("effective_from") + one_day, pl.col("effective_to") - one_day))
        .explode("day", empty_as_null=True).drop_nulls("day")
        .sort(is_new, "registered_at", "event_id", "day")
        .with_columns(charge_month=pl.col("day").dt.month_start())
        .with_columns(is_first=pl.struct("person_id", "day").is_first_distinct(),
                      is_first_of_acts=pl.struct("person_id", "day", has_act).is_first_distinct())
        .group_by("event_id", "charge_month", maintain_order=True)
        .agg(pl.exclude("day", "is_first", "is_first_of_acts").first(),
             days=is_first.sum().cast(pl.Int64), told_days=(~is_first).sum().cast(pl.Int64),
             norm_days=is_first_of_acts.sum().cast(pl.Int64),
             told_norm_days=(has_act & ~is_first_of_acts).sum().cast(pl.Int64))
        .filter((pl.col("days") > 0) | (pl.col("norm_days") > 0))
    )


def reductions(
    away: pl.DataFrame, fees: pl.DataFrame, *, rules: AbsenceRules, working_days: pl.Series
) -> pl.DataFrame:
    """REDUCTION rows. `away`: of `months_away`; `fees`: of `fees.fees`."""
    is_waste = pl.col("service_code").is_in(list(rules.waste_services))
    is_norm = pl.col("service_code").is_in(list(rules.services)) & pl.col("is_norm")
    parts = (pl.col("residents").cast(pl.Int64) * _month_days()).cast(pl.Int128)
    return (
        away.join(fees, on=["account_id", "charge_month"])
        .with_columns(days=pl.when(is_waste).then("days").otherwise("norm_days"),
                      told_days=pl.when(is_waste).then("told_days").otherwise("told_norm_days"))
        .filter(is_waste | is_norm, pl.col("days") > 0)
        .with_columns(
            wanted_kop=money.divided(money.widened("fee_kop") * pl.col("days"), parts),
            volume_part_e7=money.divided(money.widened("volume_e7") * pl.col("days"), parts),
            article=pl.when(is_waste).then(pl.lit(rules.waste_article)).otherwise(pl.lit(rules.article)),
            answer_due_on=answer_due("registered_at", rules.answer_working_days, working_days),
            cause_code=pl.lit("absence"),
        )
        .with_columns(formula=_formula())
        .select(REDUCTION)
    )


def unanswered(
    away: pl.DataFrame, fees: pl.DataFrame, found: pl.DataFrame, proposed: pl.Series, *, rules: AbsenceRules
) -> pl.DataFrame:
    """`faulty` rows of applications of which nothing came: no such service billed, none by norm, or nothing is left to
    take off. `away`: those whose months have all been billed; `found`: of `reductions`; `proposed`: ids of events with
    proposals, old ones included."""
    named = [*rules.services, *rules.waste_services]
    billed = fees.filter(pl.col("service_code").is_in(named)).select("account_id", "charge_month").unique()
    without = away.filter(~pl.col("event_id").is_in(proposed.implode()))
    is_billed = pl.col("event_id").is_in(
        without.join(billed, on=["account_id", "charge_month"], how="semi")["event_id"].implode()
    )
    is_found = pl.col("event_id").is_in(found["event_id"].unique().implode())
    return faulty(
        without.unique("event_id", keep="first", maintain_order=True)
        .with_columns(from_on="effective_from", to_on="effective_to"), [
            Fault("account_id", "comes_to_nothing", is_found),
            Fault("account_id", "not_billed_by_norm", ~is_found & is_billed),
            Fault("account_id", "nothing_billed", ~is_found & ~is_billed),
        ]
    )


def _month_days() -> pl.Expr:
    return pl.col("charge_month").dt.days_in_month().cast(pl.Int64)


def _formula() -> pl.Expr:
    """«Временное отсутствие с 03.06.2026 по 20.06.2026, полных дней 16 из 30, человек в счёте 1: 236,85 ₽ × …»."""
    before = pl.when(pl.col("told_days") > 0).then(pl.concat_str(
        pl.lit(" (уже учтено "), pl.col("told_days").cast(pl.String), pl.lit(" дн. по заявлению раньше)")
    )).otherwise(pl.lit(""))
    days, month, persons = (value.cast(pl.String) for value in (pl.col("days"), _month_days(), pl.col("residents")))
    return pl.concat_str(
        pl.lit("Временное отсутствие с "), wording.day_text(pl.col("effective_from")), pl.lit(" по "),
        wording.day_text(pl.col("effective_to")), pl.lit(", полных дней в месяце "), days, before,
        pl.lit(" из "), month, pl.lit(", человек в счёте "), persons, pl.lit(": "),
        wording.money_text(pl.col("fee_kop")), pl.lit(" × "), days, pl.lit(" / "), month, pl.lit(" / "), persons,
        pl.lit(" = "), wording.money_text(pl.col("wanted_kop")), pl.lit("."),
    )
