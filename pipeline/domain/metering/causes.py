"""What probably happened to a doubtful reading, and which register was probably meant.

    swapped_zones   two zones of one meter, each with the other's value
    swapped_meter   the value continues another meter of the account's service; the other's value, where it fits here
    over_estimate   below previous by no more than was billed by estimate since: the estimate was above the use
    decimal_slip    the value × or ÷ 10, 100, 1000
    wrong_scale     the value ÷ or × a unit's factor, where the service is told to be read in other units
    swapped_digits  two neighbouring digits changed places
    typo            one digit is another one
    unknown         nothing of this gives a plausible register

The best evidence comes first. Within a cause the candidate nearest to previous + average wins, then the smaller one;
plausible is a candidate from the previous register up to the limit (`limits.py`). A cause is a proposal for a person:
no reading is ever changed by it. Only doubtful rows come here, so the cost is theirs alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline import money
from pipeline.contracts.metering import CAUSES
from pipeline.domain.metering.keys import meter_number, month_number
from pipeline.domain.metering.limits import fits, limit_e7
from pipeline.rules.metering import FACTOR_DIGITS, MeteringRules

#: Findings that a mistaken register can explain.
EXPLAINED = ("zone_order", "below_previous", "beyond_register", "spike", "above_average")
_UNIT = 10**money.VOLUME_DIGITS
#: Registers are read to the thousandth at most.
_LOWEST_PLACE = money.VOLUME_DIGITS - 3
_WIDE = pl.Int128
#: A larger register times a factor would leave Int64.
_RESCALED_MOST = 10**15
_KEYS = ("place", "cause_code", "proposed_value_e7", "other_meter_id")


def with_causes(
    rows: pl.DataFrame, registers: pl.DataFrame, estimated: pl.DataFrame, *, rules: MeteringRules
) -> pl.DataFrame:
    """`rows`, doubtful ones with their `finding_code`, with cause_code, proposed_value_e7, other_meter_id.

    `registers`: after the accepted readings; `estimated`: register and estimated_e7, billed without a reading before.
    """
    placed = rows.with_row_index("place").with_columns(meter_number(), limit_e7=limit_e7(rules))
    doubtful = placed.filter(pl.col("finding_code").is_in(EXPLAINED), pl.col("base_value_e7").is_not_null())
    found = pl.concat([
        _of_zones(doubtful), _of_meters(doubtful, registers, rules), _of_estimates(doubtful, estimated),
        _of_values(doubtful, rules), _whole_parts(placed), _unknown(placed),
    ])
    order = {cause: number for number, cause in enumerate(CAUSES)}
    best = found.with_columns(
        order=pl.col("cause_code").replace_strict(order, return_dtype=pl.Int64)
    ).sort("place", "order", "other_meter_id").unique("place", keep="first", maintain_order=True).drop("order")
    return placed.join(best, on="place", how="left", maintain_order="left").drop("place", "meter", "limit_e7")


def _told(rows: pl.DataFrame, cause: str, proposed: pl.Expr, other: pl.Expr | None = None) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.String)
    return rows.select(
        "place", cause_code=pl.lit(cause), proposed_value_e7=proposed.cast(pl.Int64),
        other_meter_id=none if other is None else other,
    ).select(_KEYS)


def _of_zones(rows: pl.DataFrame) -> pl.DataFrame:
    swapped = rows.filter(pl.col("findings").list.contains("zone_order"))
    key = ["meter", "charge_month"]
    pairs = swapped.join(swapped.select(*key, "register", "value_e7"), on=key, suffix="_other").filter(
        pl.col("register") != pl.col("register_other"), fits("value_e7_other")
    )
    nearest = pairs.sort("place", "value_e7_other").unique("place", keep="first", maintain_order=True)
    return _told(nearest, "swapped_zones", pl.col("value_e7_other"))


def _of_meters(rows: pl.DataFrame, registers: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    """Values that continue another register of the group; proposed is what was submitted for that one, if it fits."""
    others = registers.filter(
        pl.col("group").is_in(rows.get_column("group").implode()), pl.col("base_value_e7").is_not_null()
    )
    pairs = (
        rows.join(
            others.select("group", "register", "meter_id", "base_value_e7", "closed_month", "actual_months",
                          "actual_volume_e7"),
            on="group", suffix="_other",
        )
        .filter(pl.col("register") != pl.col("register_other"))
    )
    gap = month_number(pl.col("charge_month")) - month_number(pl.col("closed_month_other"))
    other_limit = pl.struct(
        gap_months=gap.clip(1), actual_months="actual_months_other", actual_volume_e7="actual_volume_e7_other"
    )
    limits = pairs.select(other_limit.alias("other")).unnest("other").select(limit_e7_other=limit_e7(rules))
    continued = pl.concat([pairs, limits], how="horizontal").filter(fits("value_e7", suffix="_other"))
    submitted = rows.filter(pl.col("verdict_code") == "rejected").select(
        "charge_month", register_other="register", submitted_e7="value_e7"
    )
    nearest = (
        continued.join(submitted, on=["charge_month", "register_other"], how="left")
        .with_columns(submitted_e7=pl.when(fits("submitted_e7")).then("submitted_e7"))
        .sort("place", "submitted_e7", "meter_id_other", nulls_last=True)
        .unique("place", keep="first", maintain_order=True)
    )
    return _told(nearest, "swapped_meter", pl.col("submitted_e7"), pl.col("meter_id_other"))


def _of_estimates(rows: pl.DataFrame, estimated: pl.DataFrame) -> pl.DataFrame:
    below = rows.filter(pl.col("finding_code") == "below_previous").join(estimated, on="register").filter(
        pl.col("base_value_e7") - pl.col("value_e7") <= pl.col("estimated_e7")
    )
    return _told(below, "over_estimate", pl.col("value_e7"))


def _of_values(rows: pl.DataFrame, rules: MeteringRules) -> pl.DataFrame:
    """The best candidate of each cause that mends the value itself."""
    average = pl.col("average_volume_e7").fill_null(0) * pl.col("gap_months")
    aimed = rows.with_columns(target=money.widened("base_value_e7") + average, value=money.widened("value_e7"))
    other_units = aimed.filter(_is_other_unit(rules), pl.col("value") < _RESCALED_MOST)
    candidates = pl.concat([
        *(_candidates(aimed, "decimal_slip", proposed) for proposed in _shifted(rules)),
        *(_candidates(other_units, "wrong_scale", proposed) for proposed in _rescaled(rules)),
        *(_candidates(aimed, "swapped_digits", proposed) for proposed in _transposed(rows, rules)),
        *(_candidates(aimed, "typo", proposed) for proposed in _retyped(rows, rules)),
    ])
    nearest = candidates.sort("place", "cause_code", "distance", "proposed").unique(
        ["place", "cause_code"], keep="first", maintain_order=True
    )
    return nearest.select(
        "place", "cause_code", proposed_value_e7=pl.col("proposed").cast(pl.Int64),
        other_meter_id=pl.lit(None, dtype=pl.String),
    ).select(_KEYS)


def _candidates(rows: pl.DataFrame, cause: str, proposed: pl.Expr) -> pl.DataFrame:
    """Rows whose `proposed` register is plausible and another than the submitted one."""
    return rows.with_columns(proposed=proposed.cast(_WIDE)).filter(
        pl.col("proposed") != pl.col("value"), pl.col("proposed") < pl.col("capacity_e7"), fits("proposed")
    ).select("place", "proposed", cause_code=pl.lit(cause), distance=(pl.col("proposed") - pl.col("target")).abs())


def _shifted(rules: MeteringRules) -> Iterator[pl.Expr]:
    for power in range(1, rules.decimal_slip_powers + 1):
        yield pl.col("value") * 10**power
        # a value that would lose digits was never this one with its point elsewhere
        yield pl.when(pl.col("value") % 10**power == 0).then(pl.col("value") // 10**power)


def _rescaled(rules: MeteringRules) -> Iterator[pl.Expr]:
    for factor in rules.other_unit_factors_e4:
        yield money.divided(pl.col("value") * 10**FACTOR_DIGITS, factor)
        yield money.divided(pl.col("value") * factor, 10**FACTOR_DIGITS)


def _is_other_unit(rules: MeteringRules) -> pl.Expr:
    named = list(rules.other_unit_services)
    return pl.col("service_code").is_in(named) | pl.col("contract_id").is_in(named)


def _places(rows: pl.DataFrame, rules: MeteringRules) -> range:
    """Decimal places of a register, from the thousandth up to the longest register's first digit."""
    most = rows.get_column("digits").fill_null(rules.register_digits).max()
    return range(_LOWEST_PLACE, money.VOLUME_DIGITS + (most if isinstance(most, int) else 0))


def _transposed(rows: pl.DataFrame, rules: MeteringRules) -> Iterator[pl.Expr]:
    for place in _places(rows, rules)[:-1]:
        higher, lower = _digit(place + 1), _digit(place)
        yield pl.col("value") + (lower - higher) * (10 ** (place + 1) - 10**place)


def _retyped(rows: pl.DataFrame, rules: MeteringRules) -> Iterator[pl.Expr]:
    """At each place the two digits that bring the value nearest to its target from below and from above."""
    for place in _places(rows, rules):
        wanted = (pl.col("target") - pl.col("value")).floordiv(10**place)
        for more in (0, 1):
            change = wanted + more
            yield pl.when((_digit(place) + change).is_between(0, 9)).then(pl.col("value") + change * 10**place)


def _digit(place: int) -> pl.Expr:
    digit: pl.Expr = pl.col("value") // 10**place % 10
    return digit


def _whole_parts(placed: pl.DataFrame) -> pl.DataFrame:
    told = placed.filter(pl.col("finding_code") == "fraction")
    return _told(told, "whole_part", pl.col("value_e7") // _UNIT * _UNIT)


def _unknown(placed: pl.DataFrame) -> pl.DataFrame:
    return _told(placed.filter(pl.col("finding_code").is_in(EXPLAINED)), "unknown", pl.lit(None, dtype=pl.Int64))
