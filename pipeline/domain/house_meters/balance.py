"""A house against its flats: the volume of its meters less what the documents of the month billed.

    flats      = Σ volumes of the month's own lines of the service, by basis; an uplift is a price and no volume
    common     = Σ volumes of the lines that bill the resource for common property
    difference = house − flats − common;   share = difference ÷ house
    effect     = difference × charged to flats ÷ their volume, rounded once

Lines of older months, recalculations and replaced documents tell no volume of this month. A house is not counted where
a meter does not tell the month alone, nor heating that is paid evenly: no month of it fits. Not here: what a resident
is billed for it (`recalculation`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.house_meters import HOUSE_BALANCES
from pipeline.rules.house_meters import HouseMeterRules

#: What is read of a charge line.
LINE: Final = ("document_id", "contract_id", "charge_month", "basis_code", "volume_e7", "unit_code", "charged_kop",
               "recalculated_kop", "batch_id")
PLACE: Final = ("house_id", "service_code")
#: What a part tells of its contracts.
PART: Final = {"contract_id": pl.String(), "basis_code": pl.String(), "unit_code": pl.String(),
               "volume_e7": pl.Int64(), "charged_kop": pl.Int64()}
#: How a house pays for a service, as of the month.
MODE: Final = {"house_id": pl.String(), "service_code": pl.String(), "mode_code": pl.String()}
_KIND: Final = {"meter": "metered", "average": "average", "norm": "norm"}
_KINDS: Final = ("metered", "average", "norm", "other")
_SHARE: Final = 10**7
_WHOLE: Final = 100 * 10**4


def places(readings: pl.DataFrame) -> pl.DataFrame:
    """Houses and services that a meter measures: of accepted readings, whichever month they are of."""
    return readings.filter(pl.col("verdict_code") == "accepted").select(PLACE).unique().sort(PLACE)


def contracts_of(contracts: pl.DataFrame, measured: pl.DataFrame, common: Mapping[str, str]) -> pl.DataFrame:
    """contract_id, house_id, the measured service_code, is_common: contracts whose lines a balance reads."""
    resource = pl.col("service_code").replace(dict(common))
    is_common = pl.col("service_code").is_in(list(common))
    return (
        contracts.select("contract_id", "house_id", "service_code").unique("contract_id", keep="first",
                                                                           maintain_order=True)
        .with_columns(is_common=is_common, service_code=resource)
        .join(measured, on=PLACE, how="semi").sort("contract_id")
    )


def modes_of(houses: pl.DataFrame, heating_services: Sequence[str], measured: pl.DataFrame) -> pl.DataFrame:
    """MODE rows of measured places: of heating how it is paid, of a resource how its common property is."""
    mode = pl.when(pl.col("service_code").is_in(list(heating_services))).then("heating_mode_code").otherwise(
        "common_mode_code"
    )
    told = houses.select("house_id", "heating_mode_code", "common_mode_code").unique("house_id", keep="first",
                                                                                     maintain_order=True)
    return measured.join(told, on="house_id").with_columns(mode_code=mode).select(list(MODE)).sort(PLACE)


def billed_of_part(
    lines: pl.DataFrame, replaced: pl.Series, contract_ids: pl.Series, *, month: date
) -> pl.DataFrame:
    """PART rows: volumes and roubles of the month by contract, basis and unit."""
    is_correction = (pl.col("charged_kop") == 0) & (pl.col("recalculated_kop") != 0)
    told = lines.filter(
        pl.col("contract_id").is_in(contract_ids.implode()), pl.col("charge_month") == month,
        pl.col("batch_id").is_null(), ~is_correction, ~pl.col("document_id").is_in(replaced.implode()),
        pl.col("basis_code") != "norm_uplift",
    )
    return _summed(told, ("contract_id", "basis_code", "unit_code")).select(list(PART))


def balances(
    readings: pl.DataFrame, parts: Sequence[pl.DataFrame], contracts: pl.DataFrame, units: pl.DataFrame,
    modes: pl.DataFrame, missing: pl.DataFrame, *, rules: HouseMeterRules, month: date,
) -> pl.DataFrame:
    """HOUSE_BALANCES, inside shape. `parts`: PART rows; `contracts`: of `contracts_of`; `units`: service_code and
    unit_code of SERVICES; `modes`: of `modes_of`; `missing`: house_id, missing_bills of every part."""
    billed = pl.concat([pl.DataFrame(schema=PART), *parts]).join(contracts, on="contract_id").join(
        units.select("service_code", own_unit="unit_code"), on="service_code", how="left"
    )
    counted = (
        _houses(readings, month)
        .join(_flats(billed), on=PLACE, how="left", maintain_order="left")
        .with_columns(pl.col(name).fill_null(0) for name in _FILLED)
        .with_columns(flats_volume_e7=pl.sum_horizontal(f"{kind}_volume_e7" for kind in _KINDS))
        .join(modes, on=PLACE, how="left", maintain_order="left")
        .join(missing.group_by("house_id").agg(pl.col("missing_bills").sum()), on="house_id", how="left",
              maintain_order="left")
        .with_columns(pl.col("missing_bills").fill_null(0), reason_code=_reason())
        .pipe(_with_difference)
        .with_columns(charge_month=pl.lit(month), outcome_code=_outcome(rules))
    )
    return counted.select(
        pl.col(name).cast(dtype) for name, dtype in HOUSE_BALANCES.inside_schema.items()
    ).sort(PLACE)


_FILLED: Final = (*(f"{kind}_volume_e7" for kind in _KINDS), "common_volume_e7", "flats_kop")


def _houses(readings: pl.DataFrame, month: date) -> pl.DataFrame:
    """PLACE, meters, house_volume_e7; how many meters do not tell the month, tell no volume, or that of several."""
    accepted = readings.filter(pl.col("verdict_code") == "accepted").sort("charge_month")
    # of a meter that told later months too, this one; else the last that it told
    of_month = accepted.filter(pl.col("charge_month") == month)
    last = accepted.join(of_month, on="meter_id", how="anti").unique("meter_id", keep="last", maintain_order=True)
    last = last.filter(~pl.col("is_last").fill_null(False) | (pl.col("charge_month") > month))
    is_told, is_alone = pl.col("charge_month") == month, pl.col("covered_months") == 1
    return pl.concat([of_month, last]).group_by(PLACE).agg(
        meters=pl.len(), house_volume_e7=pl.col("volume_e7").sum(),
        unread=(~is_told).sum(), without_volume=(is_told & pl.col("volume_e7").is_null()).sum(),
        of_several=(is_told & ~is_alone).sum(),
    ).sort(PLACE)


def _flats(billed: pl.DataFrame) -> pl.DataFrame:
    of_flats, common = ~pl.col("is_common"), pl.col("is_common")
    kind = pl.col("basis_code").replace_strict(_KIND, default="other")
    volume = pl.col("volume_e7")
    return billed.with_columns(kind=kind).group_by(PLACE).agg(
        *(volume.filter(of_flats & (pl.col("kind") == name)).sum().alias(f"{name}_volume_e7") for name in _KINDS),
        common_volume_e7=volume.filter(common).sum(),
        flats_kop=money.total(pl.col("charged_kop").filter(of_flats)),
        lines=of_flats.sum(),
        other_units=(pl.col("unit_code") != pl.col("own_unit")).sum(),
    )


def _reason() -> pl.Expr:
    asked = {
        "not_read": pl.col("unread") > 0, "no_volume": pl.col("without_volume") > 0,
        "several_months": pl.col("of_several") > 0, "nothing_billed": pl.col("lines").fill_null(0) == 0,
        "other_unit": pl.col("other_units").fill_null(0) > 0, "paid_evenly": pl.col("mode_code") == "evenly",
    }
    return pl.coalesce(pl.when(holds).then(pl.lit(reason)) for reason, holds in asked.items())


def _with_difference(houses: pl.DataFrame) -> pl.DataFrame:
    house, is_counted = pl.col("house_volume_e7"), pl.col("reason_code").is_null()
    difference = house - pl.col("flats_volume_e7") - pl.col("common_volume_e7")
    of_flats = pl.when(pl.col("flats_volume_e7") > 0).then("flats_volume_e7")
    return houses.with_columns(difference_volume_e7=pl.when(is_counted).then(difference)).with_columns(
        house_volume_e7=pl.when((pl.col("unread") == 0) & (pl.col("without_volume") == 0) & (pl.col("of_several") == 0))
        .then(house),
        difference_share_e7=money.divided(
            money.widened("difference_volume_e7") * _SHARE, pl.when(house > 0).then(house)
        ),
        effect_kop=money.divided(money.widened("difference_volume_e7") * pl.col("flats_kop"), of_flats),
    )


def _outcome(rules: HouseMeterRules) -> pl.Expr:
    bound = money.widened("house_volume_e7") * rules.difference_percent_e4
    is_beyond = money.widened(pl.col("difference_volume_e7").abs()) * _WHOLE > bound
    return (
        pl.when(pl.col("reason_code").is_not_null()).then(pl.lit("not_counted"))
        .when(pl.col("flats_volume_e7") > pl.col("house_volume_e7")).then(pl.lit("flats_exceed"))
        .when(is_beyond).then(pl.lit("differs")).otherwise(pl.lit("agrees"))
    )


def _summed(lines: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    return lines.group_by(key).agg(
        pl.col("volume_e7").fill_null(0).sum(), charged_kop=money.total("charged_kop")
    ).sort(key, nulls_last=True)
