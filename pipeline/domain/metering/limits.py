"""How large a volume may be before it is doubted: arithmetic that judging and the search for causes share.

    average  = history volume / history months; none below the shortest history
    limit    = the larger of k × average and the floor, times the months since the previous register
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.rules.metering import FACTOR_DIGITS, MeteringRules

#: Base and limit of two registers may be near the edge of Int64.
_LARGEST = 2**62


def within_average(factor_e4: int) -> pl.Expr:
    """Whether volume_e7 is at most `factor_e4` × the average of its months; null without volume or gap."""
    volume, gap = money.widened("volume_e7"), money.widened("gap_months")
    allowed = money.widened("actual_volume_e7") * gap * factor_e4
    is_within: pl.Expr = volume * money.widened("actual_months") * 10**FACTOR_DIGITS <= allowed
    return is_within


def limit_e7(rules: MeteringRules) -> pl.Expr:
    """The largest volume that is plausible, 10⁻⁷ of the unit; of history that is too short only the floor is known."""
    gap = money.widened("gap_months")
    floor = gap * rules.anomaly_floor_e7
    history = money.widened("actual_volume_e7") * gap * rules.anomaly_factor_e4
    average = history // (money.widened("actual_months") * 10**FACTOR_DIGITS)
    has_average = pl.col("actual_months") >= rules.average_history_months_min
    limit = pl.max_horizontal(floor, pl.when(has_average).then(average))
    return pl.min_horizontal(limit, pl.lit(_LARGEST, dtype=pl.Int128)).cast(pl.Int64)


def fits(value: str, *, suffix: str = "") -> pl.Expr:
    """Whether a value plausibly continues the register whose base_value_e7 and limit_e7 bear the suffix."""
    volume = money.widened(value) - money.widened(f"base_value_e7{suffix}")
    return volume.is_between(0, money.widened(f"limit_e7{suffix}")).fill_null(False)
