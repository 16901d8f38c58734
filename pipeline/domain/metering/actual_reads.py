"""How much of what was billed stands on actual reads: at the close of its cycle and months later.

    billed    = Σ lines of the charge month, of services that have a register, billed in the month's own documents
    metered   = of it the lines billed by meter
    confirmed = of it estimates that an accepted reading or the biller's own recalculation has corrected since, to date
    share     = (metered + confirmed) / billed

Sums of a contract are carried for the longest horizon, so no month reads back further than the one before. A newer
version of a document, and lines that bill an older month, change neither sum: what the month's documents told stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.actual_reads import CONTRACT_READS, DIMENSIONS, READ_SHARES
from pipeline.domain.metering.keys import month_number

_CONTRACT: Final = ("contract_id", "service_code", "charge_month")
_MEASURES: Final = (
    "billed_volume_e7", "metered_volume_e7", "confirmed_volume_e7", "billed_kop", "metered_kop", "confirmed_kop",
)
_CONFIRMING: Final = ("reading", "biller")
_ID_OF: Final = dict(zip(DIMENSIONS, ("house_id", "managing_company_id", "supplier_id"), strict=True))
UNKNOWN: Final = "unknown"
#: What a part tells of its contracts.
PART: Final = {
    "contract_id": pl.String(), "service_code": pl.String(), "charge_month": pl.Date(),
    **{name: pl.Int64() for name in _MEASURES},
}


def reads_of_part(billed: pl.DataFrame, unconfirmed: pl.DataFrame, *, month: date) -> pl.DataFrame:
    """PART rows of one part: what its lines of `month` bill, and what this cycle has confirmed of any month.

    `billed`: this cycle's lines of groups with a register; `unconfirmed`: with their settled_code.
    """
    by_meter = pl.col("basis_code") == "meter"
    lines = billed.filter(pl.col("charge_month") == month).group_by(*_CONTRACT, by_meter.alias("by_meter")).agg(
        volume_e7=pl.col("volume_e7").sum(), kop=money.total("charged_kop")
    ).select(
        *_CONTRACT, billed_volume_e7="volume_e7", billed_kop="kop",
        metered_volume_e7=pl.when("by_meter").then("volume_e7").otherwise(0),
        metered_kop=pl.when("by_meter").then("kop").otherwise(0),
    )
    confirmed = unconfirmed.filter(
        pl.col("settled_code").is_in(_CONFIRMING), pl.col("basis_code") != "meter"
    ).select(*_CONTRACT, confirmed_volume_e7="volume_e7", confirmed_kop="charged_kop")
    told = pl.concat([pl.DataFrame(schema=PART), lines, confirmed], how="diagonal")
    return _summed(told, _CONTRACT).select(list(PART))


def contract_reads(
    before: pl.DataFrame, parts: Sequence[pl.DataFrame], contracts: pl.DataFrame, houses: pl.DataFrame, *,
    month: date, months: int,
) -> pl.DataFrame:
    """CONTRACT_READS, inside shape: those of the month before with what was confirmed since, and this month's own.

    `parts`: PART rows; `months`: the longest horizon. Months that nobody carries (before the book began) stay out.
    """
    told = _summed(pl.concat([pl.DataFrame(schema=PART), *parts]), _CONTRACT)
    homes = contracts.select("contract_id", "house_id", "supplier_id").unique(
        "contract_id", keep="first", maintain_order=True
    ).join(houses.select("house_id", "managing_company_id"), on="house_id", how="left")
    own = told.filter(pl.col("charge_month") == month).join(homes, on="contract_id", how="left")
    since = month_number(pl.lit(month)) - month_number(pl.col("charge_month"))
    confirmed = told.filter(pl.col("charge_month") < month).select(
        *_CONTRACT, more_volume_e7="confirmed_volume_e7", more_kop="confirmed_kop"
    )
    carried = before.filter(since <= months).join(confirmed, on=_CONTRACT, how="left").with_columns(
        confirmed_volume_e7=pl.col("confirmed_volume_e7") + pl.col("more_volume_e7").fill_null(0),
        confirmed_kop=pl.col("confirmed_kop") + pl.col("more_kop").fill_null(0),
    )
    columns = [name for name in CONTRACT_READS.inside_names if name != "months_since"]
    rows = pl.concat([carried.select(columns), own.select(columns)]).with_columns(months_since=since.cast(pl.Int32))
    return rows.select(CONTRACT_READS.inside_names).sort(CONTRACT_READS.primary_key)


def read_shares(reads: pl.DataFrame, *, horizons: Sequence[int]) -> pl.DataFrame:
    """READ_SHARES, inside shape: the CONTRACT_READS of the horizons, summed in each dimension."""
    due = reads.filter(pl.col("months_since").is_in(list(horizons)))
    key = ("charge_month", "months_since", "dimension_id", "service_code")
    rows = pl.concat([
        _summed(due.with_columns(dimension_id=pl.col(column).fill_null(UNKNOWN)), key).with_columns(
            dimension_code=pl.lit(dimension)
        )
        for dimension, column in _ID_OF.items()
    ])
    return rows.select(READ_SHARES.inside_names).sort(READ_SHARES.primary_key)


def _summed(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Sums of the measures by key, in order of it; a group of nulls is nothing."""
    return rows.group_by(key).agg(money.total(name).fill_null(0) for name in _MEASURES).sort(key)
