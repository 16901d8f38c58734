"""Readings of meters of houses: which count, and the volume between two registers.

    volume = register − last accepted register of the meter, or the volume as told for one month

Of several readings of a meter and month that do not contradict it the most trusted source counts, then the latest day,
then the larger id. A register below the last accepted one is no reading: whoever changed a meter gives the new one an
id of its own and marks the last reading of the old one, whoever knows the volume tells the volume. What a new meter
shows on the day on which the old one was taken off opens it: its month is its own volume from there on, beside the old
one's up to there. Not here: what the volume is compared with (`balance.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.house_meters import HOUSE_READINGS
from pipeline.rules.house_meters import HouseMeterRules

_MONTH: Final = ("meter_id", "charge_month")
_PLACE: Final = ("house_id", "service_code")


def judged(came: pl.DataFrame, before: pl.DataFrame, *, rules: HouseMeterRules) -> pl.DataFrame:
    """HOUSE_READINGS, inside shape. `came`: HOUSE_METER_READINGS of the cycle; `before`: the table of the state."""
    memory = last_accepted(before)
    # files tell what they told before again: of a silent meter the last one stands here under the same id
    came = came.rename({"volume_e7": "told_volume_e7"}).filter(
        ~pl.col("reading_id").is_in(memory["reading_id"].implode())
    )
    openings = _openings(came, memory)
    known = pl.concat([_known(memory), _known(openings)])
    came = came.with_columns(is_opening=pl.col("reading_id").is_in(openings["reading_id"].implode()))
    ranked = _ranked(came.join(known, on="meter_id", how="left", maintain_order="left"), rules)
    counted = _with_volumes(ranked.filter(pl.col("finding_code").is_null(), "is_best"))
    told = pl.concat([
        counted,
        _refused(ranked.filter(pl.col("finding_code").is_null(), ~pl.col("is_best")), "outranked"),
        _refused(ranked.filter(pl.col("finding_code").is_not_null()), "rejected"),
    ], how="diagonal").with_columns(is_carried=pl.lit(False))
    now = told.filter(pl.col("verdict_code") == "accepted")["meter_id"]
    carried = memory.filter(~pl.col("meter_id").is_in(now.implode())).with_columns(is_carried=pl.lit(True))
    return pl.concat([told, carried], how="diagonal").select(
        pl.col(name).cast(dtype) for name, dtype in HOUSE_READINGS.inside_schema.items()
    ).sort("reading_id")


def last_accepted(readings: pl.DataFrame) -> pl.DataFrame:
    """Of each meter the accepted reading of its latest month."""
    accepted = readings.filter(pl.col("verdict_code") == "accepted")
    return accepted.sort(_MONTH).unique("meter_id", keep="last", maintain_order=True)


def _openings(came: pl.DataFrame, memory: pl.DataFrame) -> pl.DataFrame:
    """Of each new meter its register on the day on which another of the place was taken off, as of the month before:
    nothing was used by it until then."""
    told = ("meter_id", "read_on", *_PLACE)
    taken_off = pl.concat([rows.filter(pl.col("is_last").fill_null(False)).select(told) for rows in (came, memory)])
    return (
        came.join(memory, on="meter_id", how="anti").drop_nulls("value_e7")
        .join(taken_off.select("read_on", *_PLACE).unique(), on=["read_on", *_PLACE], how="semi")
        .join(taken_off, on="meter_id", how="anti")
        .sort("meter_id", "reading_id").unique("meter_id", keep="first", maintain_order=True)
        .with_columns(charge_month=pl.col("charge_month").dt.offset_by("-1mo"))
    )


def _refused(ranked: pl.DataFrame, verdict: str) -> pl.DataFrame:
    return ranked.with_columns(verdict_code=pl.lit(verdict))


def _known(memory: pl.DataFrame) -> pl.DataFrame:
    return memory.select(
        "meter_id", known_month="charge_month", known_e7="value_e7", known_house="house_id",
        known_service="service_code",
    )


def _ranked(came: pl.DataFrame, rules: HouseMeterRules) -> pl.DataFrame:
    """The readings with what speaks against each, and whether it is the best of its month."""
    rank = pl.col("source_code").replace_strict(
        {source: place for place, source in enumerate(rules.source_ranks)}, default=len(rules.source_ranks),
        return_dtype=pl.Int64,
    )
    finding = (
        pl.when((pl.col("house_id") != pl.col("known_house")) | (pl.col("service_code") != pl.col("known_service")))
        .then(pl.lit("other_place"))
        .when(pl.col("charge_month") <= pl.col("known_month")).then(pl.lit("month_already_told"))
        .when(pl.col("value_e7") < pl.col("known_e7")).then(pl.lit("below_previous"))
    )
    best = pl.int_range(pl.len()).over(_MONTH) == 0
    ordered = came.with_columns(rank=rank, finding_code=finding).sort(
        "meter_id", "charge_month", pl.col("finding_code").is_not_null(), "is_opening", "rank", "read_on", "reading_id",
        descending=[False, False, False, False, False, True, True],
    ).with_columns(is_best=best & pl.col("finding_code").is_null())
    # of several months of one cycle too: registers never fall, the highest so far is the last that counts
    highest = pl.when("is_best").then("value_e7").cum_max().forward_fill().shift().over("meter_id")
    is_below = (pl.col("value_e7") < highest).fill_null(False) & pl.col("is_best")
    return ordered.with_columns(
        finding_code=pl.when(is_below).then(pl.lit("below_previous")).otherwise("finding_code")
    )


def _with_volumes(counted: pl.DataFrame) -> pl.DataFrame:
    """Accepted readings with the register before and the volume since."""
    ordered = counted.sort(_MONTH)

    def before(name: str, known: str) -> pl.Expr:
        is_first = pl.int_range(pl.len()).over("meter_id") == 0
        return pl.when(is_first).then(known).otherwise(pl.col(name).shift().over("meter_id"))

    return ordered.with_columns(
        is_told=pl.col("told_volume_e7").is_not_null(),
        previous_value_e7=before("value_e7", "known_e7"), previous_month=before("charge_month", "known_month"),
    ).with_columns(
        # a register after a told volume has nothing to be counted from
        pl.when(~pl.col("is_told") & pl.col("previous_value_e7").is_not_null()).then(name).alias(name)
        for name in ("previous_value_e7", "previous_month")
    ).with_columns(
        volume_e7=pl.coalesce("told_volume_e7", pl.col("value_e7") - pl.col("previous_value_e7")),
        covered_months=pl.when("is_told").then(1).otherwise(
            _month_number("charge_month") - _month_number("previous_month")
        ),
    ).with_columns(
        verdict_code=pl.lit("accepted"),
        finding_code=pl.when(pl.col("volume_e7").is_null()).then(pl.lit("first_register")),
    )


def _month_number(month: str) -> pl.Expr:
    return pl.col(month).dt.year().cast(pl.Int32) * 12 + pl.col(month).dt.month().cast(pl.Int32)
