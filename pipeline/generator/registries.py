"""Registries of providers and the bank's statement: who announces how many rows and how much, and what was booked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from pipeline.contracts import payments
from pipeline.generator.timetable import CHANNELS, Cycle
from pipeline.generator.town import bank_account

CENTRE_ACCOUNT_NUMBER = 17
BETWEEN = "|"
"""Between the day and the provider in the name of a sheet of payments (`gathering.py`)."""


def numbered(made: pl.DataFrame) -> pl.DataFrame:
    """Payments of whole registries with `registry_row`: rows count from 1 in the order of payment ids."""
    in_order = made.sort("registry_id", "payment_id")
    return in_order.with_columns(registry_row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("registry_id"))


def region_late(cycles: Sequence[Cycle]) -> dict[tuple[str, date], date]:
    """In a region the bank's first registry of every month is two days late: (provider, expected on) → received on."""
    days = {cycle.month.first_day.replace(day=8) for cycle in _reaching_one_further(cycles)}
    return {("enskbank", day): day.replace(day=10) for day in sorted(days)}


def sent_again(cycles: Sequence[Cycle]) -> dict[str, tuple[Cycle, date]]:
    """In a region the post sends its first registry of every cycle once more ten days later: the sheet of payments, the
    cycle in which both arrive, the day of the second."""
    first = {cycle: (cycle.issue_on + timedelta(days=23)).replace(day=8) for cycle in cycles}
    return {f"{day}{BETWEEN}post": (cycle, day.replace(day=18)) for cycle, day in first.items()}


def _reaching_one_further(cycles: Sequence[Cycle]) -> list[Cycle]:
    return [*cycles, Cycle(cycles[-1].month.next)]


def expected(first: date, last: date) -> pl.DataFrame:
    """Every registry of the timetable that covers days from `first` and comes by `last`, without money as yet."""
    rows = {
        (channel.provider, on) for channel in CHANNELS for on, covers_until in channel.registries(first, last)
        if covers_until >= first
    }
    schema = {"provider_code": pl.String(), "received_on": pl.Date()}
    return pl.DataFrame(sorted(rows), schema=schema, orient="row")


def summed(made: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    """What some payments and reversals (registry rows with a minus) add to their registries."""
    return pl.concat([
        made.select("registry_id", "provider_code", "received_on", "amount_kop"),
        reversals.select("registry_id", "provider_code", "received_on", -pl.col("amount_kop")),
    ]).group_by("registry_id", "provider_code", "received_on").agg(
        rows=pl.len().cast(pl.Int64), total_kop=pl.col("amount_kop").sum()
    )


def announced(sums: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """`registries` rows of all sums of a book.

    A provider without payments sends an empty registry: nothing to pay over and nothing heard are different things.
    """
    empty = due.with_columns(registry_id=_usual_id()).join(sums, on="registry_id", how="anti").select(
        "registry_id", "provider_code", "received_on", rows=pl.lit(0, dtype=pl.Int64),
        total_kop=pl.lit(0, dtype=pl.Int64),
    )
    filled = sums.group_by("registry_id", "provider_code", "received_on").agg(pl.col("rows", "total_kop").sum())
    return (
        pl.concat([filled, empty]).with_columns(sha256=pl.lit(None, dtype=pl.String()))
        .select(payments.REGISTRIES.inside_names).sort("registry_id")
    )


def with_registry(rows: pl.DataFrame) -> pl.DataFrame:
    """Payments or reversals with the registry of their provider and day, unless they name one."""
    return rows.with_columns(registry_id=pl.coalesce("registry_id", _usual_id()))


def _usual_id() -> pl.Expr:
    return pl.format("{}-{}", "provider_code", pl.col("received_on").dt.strftime("%Y%m%d"))


def booked(registries: pl.DataFrame) -> pl.DataFrame:
    """`bank_statements`: one operation for each registry, on the day it came."""
    return registries.filter(pl.col("total_kop") != 0).select(
        operation_id=pl.format("op-{}", "registry_id"), bank_account=pl.lit(bank_account(CENTRE_ACCOUNT_NUMBER)),
        booked_on="received_on", amount_kop=pl.col("total_kop").abs(), registry_id="registry_id",
        direction_code=pl.when(pl.col("total_kop") > 0).then(pl.lit("in")).otherwise(pl.lit("out")),
    ).sort("operation_id")
