"""Applications for the advance discount as they come in: which begin a term, which give it up, which go back.

A term is one account and contract. Its first sound application of a cycle begins it, whoever applied in vain before; an
application with `withdrawn_on` gives it up. Not here: money and ends (`advance_terms.py`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.domain.recalculation.applications import Fault, answer_due, faulty, on_day, returned
from pipeline.rules.recalculation_advance import AdvanceRules

KIND: Final = "advance_discount"
TERM: Final = ("account_id", "contract_reference")


class Applied(NamedTuple):
    """`begun`: ADVANCE_TERMS rows, nothing paid yet; `withdrawn`: TERM, `withdrawn_on`; `faults`: `faulty` rows."""

    begun: pl.DataFrame
    withdrawn: pl.DataFrame
    faults: pl.DataFrame


def judged(
    told: pl.DataFrame, contracts: pl.DataFrame, live: pl.DataFrame, cycles: pl.DataFrame, new_ids: pl.Series,
    *, rules: AdvanceRules,
) -> Applied:
    """`told`: ADVANCE_DISCOUNTS; `contracts`: ADVANCE_CONTRACTS; `live`: ADVANCE_TERMS that last; CYCLES."""
    known = told.sort("registered_at", "event_id").pipe(_with_months, contracts, cycles)
    is_confirmed, is_end = pl.col("status_code") == "confirmed", pl.col("withdrawn_on").is_not_null()
    is_new = pl.col("event_id").is_in(new_ids.implode())
    applied = known.filter(is_new, ~is_end)
    faults = faulty(applied, _faults(rules))
    sound = applied.join(faults, on="event_id", how="anti").pipe(_with_standing, live)
    doubled = faulty(sound, [
        Fault("contract_reference", "told_already", pl.col("is_there")),
        Fault("contract_reference", "other_term", ~pl.col("is_there") & pl.col("is_over_another")),
    ])
    begun = sound.filter(~pl.col("is_there"), ~pl.col("is_over_another")).pipe(_as_terms, rules)
    ends = known.filter(is_end, is_confirmed)
    there = pl.concat([live.select(TERM), begun.select(TERM)])
    strange = faulty(ends.filter(is_new).join(there, on=TERM, how="anti"), [
        Fault("withdrawn_on", "no_term", pl.lit(True))
    ])
    return Applied(
        begun, ends.unique(TERM, keep="last", maintain_order=True).select(*TERM, "withdrawn_on"),
        pl.concat([faults, doubled, strange]),
    )


def back(faults: pl.DataFrame, *, rules: AdvanceRules, working_days: pl.Series) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows of `faulty` ones."""
    return returned(faults, KIND, answer_due("registered_at", rules.answer_working_days, working_days))


def pay_until(cycles: pl.DataFrame) -> pl.DataFrame:
    """from_month, pay_until_on: the day before the first documents of a term go out."""
    return cycles.select(from_month="billing_month", pay_until_on=pl.col("issue_on").dt.offset_by("-1d")).unique(
        "from_month"
    )


def _with_months(told: pl.DataFrame, contracts: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    latest = contracts.sort("registered_at", "event_id").unique("contract_reference", keep="last")
    first, last = pl.col("from_month"), pl.col("to_month")
    months = (last.dt.year() - first.dt.year()) * 12 + last.dt.month().cast(pl.Int32) - first.dt.month() + 1
    return (
        told.join(latest.select(*TERM, "from_month", "to_month"), on=TERM, how="left", maintain_order="left")
        .with_columns(months=months.cast(pl.Int32))
        .join(pay_until(cycles), on="from_month", how="left", maintain_order="left")
    )


def _faults(rules: AdvanceRules) -> list[Fault]:
    contract = pl.col("contract_reference")
    return [
        Fault("status_code", "not_confirmed", pl.col("status_code") == "not_confirmed"),
        Fault("contract_reference", "programme_closed", pl.lit(not rules.is_open)),
        Fault("contract_reference", "missing", contract.is_null()),
        Fault("contract_reference", "unknown_contract", contract.is_not_null() & pl.col("from_month").is_null()),
        Fault("contract_reference", "other_months", ~pl.col("months").is_between(rules.months_min, rules.months_max)),
        Fault("registered_at", "too_late", on_day("registered_at") > pl.col("pay_until_on")),
    ]


def _with_standing(sound: pl.DataFrame, live: pl.DataFrame) -> pl.DataFrame:
    """With `is_there`, the term is there already, and `is_over_another`, another one of the account has its months."""
    named = ["event_id", *TERM, "registered_at", "from_month", "to_month"]
    others = pl.concat([
        live.select(*named, is_live=pl.lit(True)), sound.select(*named, is_live=pl.lit(False)),
    ])
    moment, other_moment = pl.col("registered_at"), pl.col("registered_at_other")
    is_earlier = (other_moment < moment) | (
        (other_moment == moment) & (pl.col("event_id_other") < pl.col("event_id"))
    )
    met = sound.select(named).join(others, on="account_id", suffix="_other").filter(pl.col("is_live") | is_earlier)
    is_same = pl.col("contract_reference") == pl.col("contract_reference_other")
    over = (pl.col("from_month") <= pl.col("to_month_other")) & (pl.col("from_month_other") <= pl.col("to_month"))
    told = met.group_by("event_id").agg(is_there=is_same.any(), is_over_another=(over & ~is_same).any())
    return sound.join(told, on="event_id", how="left", maintain_order="left").with_columns(
        pl.col("is_there", "is_over_another").fill_null(False)
    )


def _as_terms(sound: pl.DataFrame, rules: AdvanceRules) -> pl.DataFrame:
    percent = pl.lit(0, dtype=pl.Int64)
    for months, percent_e7 in zip(rules.percent_from_months, rules.percents_e7, strict=True):
        percent = pl.when(pl.col("months") >= months).then(pl.lit(percent_e7, dtype=pl.Int64)).otherwise(percent)
    nothing = {name: pl.lit(None) for name in ADVANCE_TERMS.inside_names if name not in sound.columns}
    return sound.drop("status_code").with_columns(**nothing).with_columns(
        percent_e7=percent, paid_kop=pl.lit(0, dtype=pl.Int64), payment_ids=pl.lit([], dtype=pl.List(pl.String)),
        status_code=pl.lit("planned"), is_clawed_back=pl.lit(False),
    ).select(ADVANCE_TERMS.inside_names).cast(ADVANCE_TERMS.inside_schema)  # type: ignore[arg-type]
