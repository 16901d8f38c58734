"""What happens to the crowd of a region: one account of a hundred a month has something that touches billed months.

    absence           one of all who live there was away from the month before to this one, more than thirty days
    quality           hot water of the flat was at 51 °C for a day and six hours
    failed            a meter failed in the month before, told when this month was billed by it already
    benefit           half of the housing fee from the middle of the month before, told now
    owner             the flat was sold in the month before, the account number stays: the register of rights knows it

Beside these, of fifty accounts that never read their meters the supplier reads those of cold water in one, at the
end of the month itself.

Told in the cycle of a month, from the second month of the book on, when its documents are out. Only facts are told;
what they come to is Raschet's to compute. A town has its stories instead.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts import recalculation_events as feeds
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.table import Table
from pipeline.generator.draws import Draws, days_after
from pipeline.generator.tariffs import UNIT
from pipeline.generator.timetable import Cycle

_SHARE: Final = 10
"""Accounts of a thousand, a month."""
_KINDS: Final = {"absence": 3, "quality": 3, "failed": 2, "benefit": 1, "owner": 1}
_INSPECTED: Final = 20
"""Of a thousand accounts that never read their meters."""
_TOLD_AFTER: Final = timedelta(days=4)
_KIND: Final = "kind"


def events_of(
    accounts: pl.DataFrame, meters: pl.DataFrame, draws: Draws, month_number: int, cycle: Cycle
) -> list[tuple[Table, date, pl.DataFrame]]:
    """Feed, day of its delivery and rows, inside shape, of what is told in the cycle of a month."""
    if not month_number:
        return []
    on = cycle.issue_on + _TOLD_AFTER
    common = {
        "event_id": pl.format(f"e-{{}}-{cycle.month}", "account_id"), "evidence": pl.lit("по документам"),
        "registered_at": pl.lit(start_of_day(on)).dt.cast_time_unit("us"),
    }
    told = _happened(accounts, draws, month_number).with_columns(
        **common, status_code=pl.lit("confirmed"), person_id=pl.format("p-{}", "account_id"),
        residents=pl.col("people").cast(pl.Int32),
    )
    visited = meters.filter(
        pl.col("reads") == "never", draws.per_mille(f"inspected {month_number}", _INSPECTED)
    ).with_columns(**common)
    first = cycle.month.previous.first_day
    made = (
        (feeds.ABSENCES, _absences(told, first, cycle.month.first_day)),
        (feeds.QUALITY_ACTS, _quality_acts(told, first)),
        (METER_ACTS, pl.concat([
            _failed(told, meters, first), _inspected(visited, month_number, cycle.month.first_day),
        ])),
        (feeds.BENEFITS, _benefits(told, first)),
        (feeds.OWNERSHIP_TRANSFERS, _sold(told, sales_of(accounts, draws, month_number, first))),
    )
    return [(table, on, rows) for table, rows in made if rows.height]


def sales_of(accounts: pl.DataFrame, draws: Draws, month_number: int, first: date) -> pl.DataFrame:
    """Accounts whose flat was sold in the month that began on `first`, and `sold_on`; told in the cycle of the next.
    A tenant sells nothing, and a flat is sold once."""
    is_citizen = (pl.col("account_kind_code") == "citizen") & pl.col("closed_on").is_null()
    before = [_of(_happened(accounts, draws, n), "owner")["account_id"] for n in range(1, month_number)]
    sold = _of(_happened(accounts, draws, month_number), "owner").filter(is_citizen)
    return sold.filter(~pl.col("account_id").is_in([one for ids in before for one in ids])).with_columns(
        sold_on=days_after(first, draws.between("sold on", 1, 25))
    )


def _happened(accounts: pl.DataFrame, draws: Draws, month_number: int) -> pl.DataFrame:
    """Accounts to which something happens, and what."""
    return accounts.filter(draws.per_mille(f"event {month_number}", _SHARE)).sort("account_id").with_columns(
        draws.one_of(f"event kind {month_number}", _KINDS).alias(_KIND)
    )


def _of(told: pl.DataFrame, kind: str) -> pl.DataFrame:
    return told.filter(pl.col(_KIND) == kind)


def _absences(told: pl.DataFrame, first: date, now: date) -> pl.DataFrame:
    """Back by the 20th of the month itself, so that it is told within thirty days."""
    return _of(told, "absence").with_columns(
        effective_from=pl.lit(first + timedelta(days=11)), effective_to=pl.lit(now + timedelta(days=19)),
        absence_code=pl.lit("ordinary"),
        no_meter_act=pl.when(~pl.col("has_water_meter")).then(pl.lit("акт обследования")),
    ).select(feeds.ABSENCES.inside_names)


def _quality_acts(told: pl.DataFrame, first: date) -> pl.DataFrame:
    began = start_of_day(first + timedelta(days=6))
    return _of(told, "quality").with_columns(
        house_id=pl.lit(None, dtype=pl.String()), service_code=pl.lit("hot_water"),
        violation_code=pl.lit("hot_water_temperature"), circumstance_code=pl.lit(None, dtype=pl.String()),
        began_at=pl.lit(began).dt.cast_time_unit("us"),
        ended_at=pl.lit(began + timedelta(hours=30)).dt.cast_time_unit("us"),
        measured_value_e7=pl.lit(51 * 10**7, dtype=pl.Int64), part_tariff_e6=pl.lit(None, dtype=pl.Int64),
    ).select(feeds.QUALITY_ACTS.inside_names)


def _failed(told: pl.DataFrame, meters: pl.DataFrame, first: date) -> pl.DataFrame:
    owners = _of(told, "failed").select("account_id", "event_id", "registered_at", "evidence")
    of_these = meters.select("account_id", "meter_id", "service_code", "zone").filter(
        pl.col("zone") == 0, pl.col("service_code") == "cold_water"
    ).join(owners, on="account_id")
    return of_these.sort("meter_id").unique("account_id", keep="first", maintain_order=True).with_columns(
        act_code=pl.lit("failed"), effective_from=pl.lit(first + timedelta(days=10)),
        verified_until=pl.lit(None, dtype=pl.Date()), value_e7=pl.lit(None, dtype=pl.Int64()),
    ).select(METER_ACTS.inside_names)


def _benefits(told: pl.DataFrame, first: date) -> pl.DataFrame:
    return _of(told, "benefit").with_columns(
        benefit_code=pl.lit("veteran"), service_kinds=pl.lit(["housing"]),
        percent_e7=pl.lit(50 * 10**7, dtype=pl.Int64), month_sum_kop=pl.lit(None, dtype=pl.Int64),
        covers_code=pl.lit("household"), effective_from=pl.lit(first + timedelta(days=14)),
        effective_to=pl.lit(None, dtype=pl.Date()),
    ).select(feeds.BENEFITS.inside_names)


def _sold(told: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    return told.join(sold.select("account_id", effective_from="sold_on"), on="account_id").with_columns(
        new_account_id="account_id", share=pl.lit(None, dtype=pl.String()),
    ).select(feeds.OWNERSHIP_TRANSFERS.inside_names).sort("event_id")


def _inspected(visited: pl.DataFrame, month_number: int, month: date) -> pl.DataFrame:
    """After the last day on which residents read, so that the register is that of the month's end."""
    of_these = visited.filter(pl.col("zone") == 0, pl.col("service_code") == "cold_water")
    capacity = UNIT * pl.lit(10, dtype=pl.Int64).pow("digits")
    return of_these.sort("meter_id").with_columns(
        event_id=pl.concat_str("event_id", "meter_id", separator="-"), act_code=pl.lit("inspected"),
        effective_from=pl.lit(month + timedelta(days=26)), verified_until=pl.lit(None, dtype=pl.Date()),
        value_e7=pl.col(f"register_{month_number}") % capacity,
    ).select(METER_ACTS.inside_names)
