"""What accounts bear of what the meter of their house tells, and what closed ones of them are to get back.

    part   = the whole × weights up to it ÷ the house's, less the same up to the one before: nothing is left over
    credit = the whole × weight ÷ weight of the house, rounded for itself, since nobody else bears it

The weight is the area times the months billed. Not here: what the whole is (`house_corrections.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.rules.house_corrections import HouseCorrectionRules


def parts_of(shares: pl.DataFrame, rules: HouseCorrectionRules) -> pl.DataFrame:
    """Each account's part, its difference, and whether that is too small to be proposed."""
    up_to = pl.col("weight").cum_sum().over("correction_id")

    def part(whole: str) -> pl.Expr:
        return _of_weight(whole, up_to) - _of_weight(whole, up_to - pl.col("weight"))

    borne = _with_difference(shares.sort("correction_id", "account_id"), part("due_kop"), part("due_volume_e7"))
    return borne.with_columns(is_small=pl.col("whole_kop").abs() < rules.difference_min_kop)


def credits_of(gone: pl.DataFrame, rules: HouseCorrectionRules) -> pl.DataFrame:
    """Closed accounts that were billed above their part, shaped as `parts_of`."""
    due, volume = (_of_weight(whole, pl.col("weight")) for whole in ("due_kop", "due_volume_e7"))
    borne = _with_difference(gone.sort("correction_id", "account_id"), due, volume)
    return borne.filter(pl.col("whole_kop") <= -rules.difference_min_kop).with_columns(is_small=pl.lit(False))


def _of_weight(whole: str, weight: pl.Expr) -> pl.Expr:
    return money.divided(money.widened(whole) * weight, pl.col("house_area_m2_e7"))


def _with_difference(rows: pl.DataFrame, due_kop: pl.Expr, due_e7: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(charged_again_kop=due_kop, due_e7=due_e7).with_columns(
        whole_kop=pl.col("charged_again_kop") - pl.col("billed_kop")
    )
