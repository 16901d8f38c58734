"""Acts of bad quality and of housing services: which can be computed, which services they reach, what goes back.

An act about hot water reaches both of its components. Not here: what an act takes off (`quality.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.recalculation_events import QUALITY_ACTS
from pipeline.domain.recalculation.applications import Fault, answer_due, faulty, on_day, returned
from pipeline.domain.recalculation.quality_hours import PRESSURES, UNITS, full_days, is_by_days, local, measured
from pipeline.domain.recalculation.quality_union import everywhere, told_in_order
from pipeline.rules.recalculation_quality import BREAKS, QualityRules

_MEASURED: Final = ("hot_water_temperature", "heating_temperature", *PRESSURES)


def is_housing() -> pl.Expr:
    return pl.col("violation_code") == "housing_service"


def sound(acts: pl.DataFrame, places: pl.DataFrame, services: pl.DataFrame, *, rules: QualityRules) -> pl.DataFrame:
    """Those of QUALITY_ACTS that say what an act has to say."""
    return acts.join(_told_wrong(_as_told(acts, services), places, rules), on="event_id", how="anti")


def judged(
    acts: pl.DataFrame, places: pl.DataFrame, services: pl.DataFrame, new_ids: pl.Series,
    *, rules: QualityRules, working_days: pl.Series,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """QUALITY_ACTS that can be computed × the services that they reach, with `place_id`, `rank` and `is_heat`, and
    RETURNED_APPLICATIONS rows of all faults. `places`: place_id, house_id of the houses and premises that accounts lie
    in; `services`: the register."""
    told = _as_told(acts, services)
    faults = _told_wrong(told, places, rules)
    standing = told.join(faults, on="event_id", how="anti")
    reaching = told_in_order(standing, new_ids).pipe(_reaching, services, rules)
    again, idle = (standing.join(ids, on="event_id", how="semi") for ids in _without_effect(reaching, places, rules))
    back = pl.concat([
        faults, faulty(again, [Fault("began_at", "told_already", pl.lit(True))]),
        faulty(idle, [Fault("began_at", "nothing_to_recalculate", pl.lit(True))]),
    ])
    return reaching.select(nothing_told().columns), sent_back(back, told, rules, working_days)


def nothing_told() -> pl.DataFrame:
    """What `judged` says of no act."""
    return QUALITY_ACTS.empty_inside().with_columns(
        place_id=pl.lit(None, dtype=pl.String), rank=pl.lit(None, dtype=pl.Int64),
        is_heat=pl.lit(None, dtype=pl.Boolean),
    )


def _as_told(acts: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    return _with_service(acts, services).with_columns(
        place_id=pl.coalesce("house_id", "premises_id"), account_id=pl.lit(None, dtype=pl.String),
        from_on=on_day("began_at"), to_on=on_day("ended_at"),
    )


def _told_wrong(told: pl.DataFrame, places: pl.DataFrame, rules: QualityRules) -> pl.DataFrame:
    return faulty(told, [*_faults(places["place_id"], rules), *_dates(rules)])


def sent_back(
    faults: pl.DataFrame, acts: pl.DataFrame, rules: QualityRules, working_days: pl.Series
) -> pl.DataFrame:
    said = acts.select("event_id", "violation_code").unique("event_id")
    named = faults.join(said, on="event_id", maintain_order="left")
    return returned(
        named, pl.when(is_housing()).then(pl.lit("housing")).otherwise(pl.lit("quality")), due(rules, working_days)
    )


def _with_service(acts: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    """With `kind`, that of the service, its own code where none is told, and `class_code`."""
    told = services.select("service_code", "class_code", kind="kind_code")
    return acts.join(told, on="service_code", how="left", maintain_order="left").with_columns(
        kind=pl.coalesce("kind", "service_code")
    )


def _reaching(acts: pl.DataFrame, services: pl.DataFrame, rules: QualityRules) -> pl.DataFrame:
    """Acts × the services that they reach: their own and, of hot water, those of its other component."""
    components = list(dict(rules.breach_services)["hot_water"])
    named = services.select("service_code", other=pl.coalesce("kind_code", "service_code"))
    codes = pl.DataFrame({"service_code": components, "other": components})
    others = pl.concat([named, codes]).unique("service_code", keep="first", maintain_order=True).filter(
        pl.col("other").is_in(components)
    )
    is_hot = pl.col("violation_code").str.starts_with("hot_water_") & pl.col("kind").is_in(components)
    beside = acts.filter(is_hot).drop("service_code").join(others, how="cross").filter(
        pl.col("other") != pl.col("kind")
    )
    reached = [acts.with_columns(other="kind"), beside]
    return pl.concat([rows.select(*acts.columns, "other") for rows in reached]).with_columns(
        is_heat=pl.col("other").is_in(list(rules.hot_water_heat_services))
    ).drop("other").sort("rank", "service_code")


def _is_of_another_service(rules: QualityRules) -> pl.Expr:
    of_kind = pl.any_horizontal(
        *(pl.col("violation_code").str.starts_with(f"{name}_") & pl.col("kind").is_in(list(kinds))
          for name, kinds in rules.breach_services)
    )
    return ~pl.when(is_housing()).then((pl.col("class_code") == "housing").fill_null(False)).otherwise(of_kind)


def _faults(known_places: pl.Series, rules: QualityRules) -> list[Fault]:
    violation, given = pl.col("violation_code"), pl.col("circumstance_code").is_not_null()
    needs_reason = [name for name, circumstances in BREAKS.items() if None not in circumstances]
    named = [name for name, circumstances in BREAKS.items() if circumstances != (None,)] + ["heating_temperature"]
    fits = pl.any_horizontal(
        *((violation == name) & pl.col("circumstance_code").is_in([one for one in BREAKS[name] if one])
          for name in BREAKS), (violation == "heating_temperature") & (pl.col("circumstance_code") == "corner_room"),
    )
    is_strange = ~pl.col("place_id").is_in(known_places.implode())
    return [
        Fault("status_code", "not_confirmed", pl.col("status_code") == "not_confirmed"),
        *(Fault(field, "missing", pl.col(field).is_null()) for field in ("began_at", "ended_at", "evidence")),
        Fault("service_code", "other_service", _is_of_another_service(rules)),
        Fault("measured_value", "missing", violation.is_in(list(_MEASURED)) & pl.col("measured_value_e7").is_null()),
        Fault("circumstance_code", "missing", violation.is_in(needs_reason) & ~given),
        Fault("circumstance_code", "wrong", given & ~(violation.is_in(named) & fits)),
        Fault("house_id", "unknown_place", pl.col("house_id").is_not_null() & is_strange),
        Fault("premises_id", "unknown_place", pl.col("premises_id").is_not_null() & is_strange),
    ]


def _dates(rules: QualityRules) -> list[Fault]:
    begun, over, registered = pl.col("began_at"), pl.col("ended_at"), on_day("registered_at")
    last_housing, last = (
        on_day("ended_at").dt.offset_by(f"{months}mo")
        for months in (rules.housing_apply_within_months, rules.apply_within_months)
    )
    return [
        Fault("ended_at", "runs_backwards", over <= begun),
        Fault("ended_at", "too_long",
              on_day("ended_at") > on_day("began_at").dt.offset_by(f"{rules.act_months_max}mo")),
        Fault("ended_at", "not_over", over > pl.col("registered_at")),
        Fault("registered_at", "too_late", registered > pl.when(is_housing()).then(last_housing).otherwise(last)),
    ]


def _without_effect(
    acts: pl.DataFrame, places: pl.DataFrame, rules: QualityRules
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """event_id of acts that bring nothing to their own place: because others told it before, and because nothing of
    their months exceeds what is allowed."""
    there = local(everywhere(acts, places)).filter(pl.col("where").is_in(acts["place_id"].unique().implode()))
    by_days = is_by_days(rules)
    cause = pl.when(by_days).then(pl.lit("")).otherwise("violation_code")
    alone = pl.when(is_housing()).then(full_days()).otherwise(1)
    said = there.select(
        "where", "place_id", "service_code", "rank", "event_id", cause=cause, by_days=by_days, alone=alone
    )
    own = pl.sum_horizontal(pl.col(UNITS).abs())
    found = (
        measured(there, rules=rules).join(said, on=["where", "service_code", "rank"])
        .with_columns(in_all=own.sum().over("where", "service_code", "cause", "charge_month"), own=own)
        .filter(pl.col("where") == pl.col("place_id"))
        .group_by("event_id").agg(
            is_idle=(pl.col("in_all") == 0).all(),
            is_told=(pl.col("by_days") & (pl.col("own") == 0) & (pl.col("alone") > 0)).all(),
        )
    )
    ids = acts.select("event_id").unique(maintain_order=True)
    counts = found.filter(pl.col("is_idle") | ~pl.col("is_told"))
    return ids.join(counts, on="event_id", how="anti"), found.filter("is_idle").select("event_id")


def due(rules: QualityRules, working_days: pl.Series) -> pl.Expr:
    number = pl.when(is_housing()).then(rules.housing_answer_working_days).otherwise(rules.answer_working_days)
    return answer_due("registered_at", number, working_days)
