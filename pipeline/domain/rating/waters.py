"""The water that ran down the drain, or was heated: what sewage and the heat of hot water are counted from.

    sewage           cold and hot water of the account and month, on whatever live document
    hot_water_heat   the hot water among it

By meter, average or norm alone: an uplift pays for no water, a fixed part and an act have no volume of it. Where a
service of water that the account has tells no volume of the month here, nothing is counted at all.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.registers import service_kind
from pipeline.domain.rating.ground import Ground, Known

_MONTHS: Final = 1 << 10
_WATERS: Final = ("cold_water", "hot_water")
_BY_METER: Final = ("meter", "average")


def with_water(lines: pl.DataFrame, ground: Ground, known: Known) -> pl.DataFrame:
    """water_e7 of sewage and of heat, missing where it is not known; is_water_metered, whether a meter tells of it."""
    is_asking = pl.col("code").is_in(["sewage", "hot_water_heat"])
    asking = lines.filter(is_asking).select("line", "code", "account", "holder", "month")
    told = (
        asking.join(_by_holder(lines, known), on="holder", how="left", maintain_order="left")
        .with_columns(
            pl.col("is_water_metered").fill_null(False),
            **{f"is_{water}_due": _is_due(asking, water, ground, known) for water in _WATERS},
        )
    )
    cold, hot = (
        pl.when(pl.col(f"{water}_told").fill_null(~pl.col(f"is_{water}_due"))).then(pl.col(f"{water}_e7").fill_null(0))
        for water in _WATERS
    )
    has_any = pl.any_horizontal(pl.col(f"{water}_told").is_not_null() for water in _WATERS)
    volumes = told.select(
        "line", "is_water_metered",
        water_e7=pl.when(pl.col("code") == "sewage").then(pl.when(has_any).then(cold + hot))
        .otherwise(pl.when(pl.col("hot_water_told").is_not_null()).then(hot)),
    )
    return lines.join(volumes, on="line", how="left", maintain_order="left")


def _by_holder(lines: pl.DataFrame, known: Known) -> pl.DataFrame:
    """holder, is_water_metered; for each water its volume and whether every line of it tells one."""
    is_corrected = (pl.col("charged_kop") == 0) & (pl.col("recalculated_kop") != 0)
    water = lines.filter(
        pl.col("kind").is_in(_WATERS), pl.col("basis").is_in([*_BY_METER, "norm"]), ~is_corrected,
        pl.col("batch_id").is_null(), ~pl.col("document_id").is_in(known.replaced.implode()),
    )
    of_kind = {
        f"{kind}_{name}": pl.when((pl.col("kind") == kind).any()).then(told.filter(pl.col("kind") == kind).pipe(added))
        for kind in _WATERS
        for name, told, added in (("e7", pl.col("volume_e7"), pl.Expr.sum),
                                  ("told", pl.col("volume_e7").is_not_null(), pl.Expr.all))
    }
    return water.group_by("holder").agg(is_water_metered=pl.col("basis").is_in(_BY_METER).any(), **of_kind)


def _is_due(asking: pl.DataFrame, water: str, ground: Ground, known: Known) -> pl.Series:
    """Whether the account has the water in the month: its house has a contract, or the account a meter."""
    services = known.services.with_columns(service_kind()).filter(pl.col("kind_code") == water)["service_code"]
    held = known.contracts.filter(pl.col("service_code").is_in(services.implode())).select(
        "house_id", since="valid_from", until="valid_to"
    )
    houses = ground.accounts.select("house_id", "house").unique("house").join(held, on="house_id")
    in_house = _in_force(houses, "house", ground)
    metered = known.meters.filter(pl.col("service_code").is_in(services.implode())).select(
        "account_id", since="installed_on", until="removed_on"
    )
    place = pl.lit(ground.accounts["house"]).gather("account") * _MONTHS + pl.col("month")
    is_of_house = asking.select(place.is_in(in_house.implode())).to_series()
    others = asking.filter(~is_of_house).select("account").unique()
    names = others.with_columns(account_id=pl.lit(ground.accounts["account_id"]).gather("account"))
    by_meter = _in_force(names.join(metered, on="account_id"), "account", ground)
    own_place = pl.col("account") * _MONTHS + pl.col("month")
    return is_of_house | asking.select(own_place.is_in(by_meter.implode())).to_series()


def _in_force(held: pl.DataFrame, number: str, ground: Ground) -> pl.Series:
    """Number and month, as one, of what is in force on a day of the month."""
    months = ground.months.select("month", "charge_month")
    return held.join(months, how="cross").filter(
        (pl.col("since") <= pl.col("charge_month").dt.month_end()).fill_null(True),
        (pl.col("until") >= pl.col("charge_month")).fill_null(True),
    ).select(pl.col(number).cast(pl.Int64) * _MONTHS + pl.col("month")).to_series().unique()
