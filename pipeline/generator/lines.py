"""What is billed in Энск: charge lines of one month of a block.

    charged = volume × tariff, rounded once per line; recalculated = anew − before; payable = both − benefit

December is billed by average because its documents go out on the 20th; the biller itself corrects it in January's
document, in lines of charge month December, for everybody who gave the December reading in time — except accounts
marked `waits_for_true_up`. Not here: the documents that carry the lines (`documents.py`).

Lines are made as integers: the place of the account among the block's, the order of the service on a document, the
zone. One packed key of these sorts them far faster than texts would; ids are looked up by place at the end.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts import billing
from pipeline.generator.draws import KEY
from pipeline.generator.meters import SECOND
from pipeline.generator.tariffs import (
    CAPITAL_REPAIR,
    COLD_WATER,
    COLD_WATER_COMMON,
    ELECTRICITY,
    ELECTRICITY_COMMON,
    EVERY_SERVICE,
    GAS,
    HEATING,
    HEATING_MONTHS,
    HOT_WATER,
    HOUSING,
    INSURANCE,
    INTERCOM,
    NIGHT_SHARE,
    SERVICE_ORDER,
    SEWAGE,
    WASTE,
    Service,
)
from pipeline.generator.timetable import Cycle

AVERAGE_MONTHS: Final = 3
_PLACE: Final = "place"
_KINDS: Final = ("F1", "M1", "W1")
"""Documents of one account and month in the order of their ids: the fund's, the single one, the waste operator's."""
_LINE: Final = (_PLACE, "people", "order", "zone", "is_correction", "basis_code", "volume_e7", "before_e7")
_ZONES: Final = (None, "t1", "t2")


def lines_of(accounts: pl.DataFrame, meters: pl.DataFrame, month_number: int, cycle: Cycle) -> pl.DataFrame:
    """Charge lines of one month, inside shape of `charges`, sorted by document and line."""
    billed = accounts.sort("account_id").with_row_index(_PLACE).with_columns(pl.col(_PLACE).cast(pl.Int64))
    counted = _counted(meters, billed, month_number)
    metered = _metered(counted, month_number, cycle)
    if month_number and Cycle(cycle.month.previous).is_billed_by_average:
        metered = pl.concat([metered, _true_ups(counted, month_number)])
    measured = pl.concat([metered, _unmetered(billed)])
    every = pl.concat([measured, _sewage(measured), _by_area(billed, cycle)])
    return every.pipe(_with_money, billed, cycle).pipe(_with_document, billed).pipe(_told, billed, cycle)


def _counted(meters: pl.DataFrame, billed: pl.DataFrame, month_number: int) -> pl.DataFrame:
    """What the meters of each account, service and zone counted this month and the month before; a second riser's
    meter is billed with the first one's."""
    counts = ["average_e7", *(f"volume_{n}" for n in (month_number - 1, month_number) if n >= 0)]
    first, second = meters.filter(~pl.col("is_second")), meters.filter("is_second")
    if second.height:
        added = second.select(pl.col("meter_key") - SECOND, *(pl.col(name).alias(f"{name}_2") for name in counts))
        first = first.join(added, on="meter_key", how="left", maintain_order="left").with_columns(
            pl.col(name) + pl.col(f"{name}_2").fill_null(0) for name in counts
        )
    return first.join(
        billed.select(KEY, _PLACE, "waits_for_true_up"), on=KEY, how="left", maintain_order="left"
    )


def _metered(counted: pl.DataFrame, month_number: int, cycle: Cycle) -> pl.DataFrame:
    by_average = pl.lit(cycle.is_billed_by_average) | (
        (pl.col("reads") == "never") & (month_number < AVERAGE_MONTHS)
    )
    by_norm = ~by_average & (pl.col("reads") == "never")
    norm = pl.lit(0, dtype=pl.Int64)
    for service in (COLD_WATER, HOT_WATER, ELECTRICITY, GAS):
        norm = pl.when(_is(service)).then(service.norm_e7 * pl.col("people")).otherwise(norm)
    norm = pl.when(pl.col("zone") == _ZONES.index("t2")).then(0).otherwise(norm)
    return counted.with_columns(
        basis_code=pl.when(by_average).then(pl.lit("average")).when(by_norm).then(pl.lit("norm"))
        .otherwise(pl.lit("meter")),
        volume_e7=pl.when(by_average).then("average_e7").when(by_norm).then(norm).otherwise(f"volume_{month_number}"),
        before_e7=pl.lit(None, dtype=pl.Int64()), is_correction=pl.lit(False),
    ).select(_LINE)


def _true_ups(counted: pl.DataFrame, month_number: int) -> pl.DataFrame:
    """The biller's own correction of the month that went out by average."""
    volume = pl.col(f"volume_{month_number - 1}")
    is_corrected = ~pl.col("waits_for_true_up") & (pl.col("reads") != "never") & (volume != pl.col("average_e7"))
    return counted.filter(is_corrected).with_columns(
        basis_code=pl.lit("meter"), volume_e7=volume, before_e7=pl.col("average_e7"), is_correction=pl.lit(True),
    ).select(_LINE)


def _unmetered(billed: pl.DataFrame) -> pl.DataFrame:
    """Water and gas of flats without meters: people × norm."""
    missing = (
        (COLD_WATER, ~pl.col("has_water_meter")), (HOT_WATER, ~pl.col("has_water_meter")),
        (GAS, pl.col("has_gas") & ~pl.col("has_gas_meter")),
    )
    return pl.concat(
        _flat(billed.filter(without), service, "norm", service.norm_e7 * pl.col("people"))
        for service, without in missing
    )


def _sewage(measured: pl.DataFrame) -> pl.DataFrame:
    """Cold plus hot water of the same month on the same basis."""
    return (
        measured.filter(_is(COLD_WATER) | _is(HOT_WATER))
        .group_by(_PLACE, "people", "is_correction")
        .agg(
            pl.col("basis_code").min(), pl.col("volume_e7").sum(),
            pl.when(pl.col("is_correction").first()).then(pl.col("before_e7").sum()).alias("before_e7"),
        )
        .with_columns(order=pl.lit(SERVICE_ORDER[SEWAGE.code], dtype=pl.Int64), zone=pl.lit(0, dtype=pl.Int64))
        .select(_LINE)
    )


def _by_area(billed: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    """Everything that no meter counts: by the area of the flat, or a fixed sum."""
    area, every = pl.col("area_e7"), pl.lit(True)

    def of_norm(service: Service) -> pl.Expr:
        return area * service.norm_e7 // 10**7

    kinds = [
        (HOUSING, "area", area, every), (CAPITAL_REPAIR, "area", area, every),
        (INSURANCE, "area", area, pl.col("has_insurance")), (WASTE, "area", of_norm(WASTE), every),
        (COLD_WATER_COMMON, "house", of_norm(COLD_WATER_COMMON), pl.col("has_common_charges")),
        (ELECTRICITY_COMMON, "house", of_norm(ELECTRICITY_COMMON), pl.col("has_common_charges")),
        (INTERCOM, "fixed", pl.lit(INTERCOM.norm_e7, dtype=pl.Int64), pl.col("has_intercom")),
    ]
    if cycle.month.month in HEATING_MONTHS:
        kinds.append((HEATING, "area", of_norm(HEATING), every))
    return pl.concat(
        _flat(billed.filter(is_billed), service, basis, volume) for service, basis, volume, is_billed in kinds
    )


def _flat(billed: pl.DataFrame, service: Service, basis: str, volume: pl.Expr) -> pl.DataFrame:
    """Lines of one service without meters, one an account."""
    return billed.with_columns(
        order=pl.lit(SERVICE_ORDER[service.code], dtype=pl.Int64), zone=pl.lit(0, dtype=pl.Int64),
        is_correction=pl.lit(False), basis_code=pl.lit(basis), volume_e7=volume,
        before_e7=pl.lit(None, dtype=pl.Int64()),
    ).select(_LINE)


def _with_money(lines: pl.DataFrame, billed: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    priced = lines.with_columns(tariff_e6=_tariff(cycle))
    now, before = (money.amount_of(pl.col(volume), pl.col("tariff_e6")) for volume in ("volume_e7", "before_e7"))
    is_correction, nothing = pl.col("is_correction"), pl.lit(0, dtype=pl.Int64)
    recalculated = now - before if lines["is_correction"].any() else nothing
    halved = pl.lit(billed["has_benefit"]).gather(_PLACE) & (_is(CAPITAL_REPAIR) | _is(WASTE))
    return (
        priced.with_columns(
            charged_kop=pl.when(is_correction).then(nothing).otherwise(now),
            recalculated_kop=pl.when(is_correction).then(recalculated).otherwise(nothing),
            volume_e7=pl.col("volume_e7") - pl.col("before_e7").fill_null(0),
        )
        .filter((pl.col("charged_kop") != 0) | (pl.col("recalculated_kop") != 0))
        .with_columns(benefit_kop=pl.when(halved).then(money.divided(pl.col("charged_kop"), 2)).otherwise(nothing))
        .with_columns(payable_kop=pl.col("charged_kop") + pl.col("recalculated_kop") - pl.col("benefit_kop"))
    )


def _with_document(lines: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """Which document each line is printed on, and its number there; sorted by both."""
    fund, waste = (pl.lit(billed[name]).gather(_PLACE) for name in ("has_fund_documents", "has_waste_documents"))
    kind = (
        pl.when(fund & _is(CAPITAL_REPAIR)).then(_KINDS.index("F1"))
        .when(waste & _is(WASTE)).then(_KINDS.index("W1")).otherwise(_KINDS.index("M1"))
    )
    document = pl.col(_PLACE) * len(_KINDS) + kind
    # zones below 4, services below 16; a correction is of the earlier month and comes first
    within = (pl.col("order") * 4 + pl.col("zone")) * 2 + pl.col("is_correction").not_().cast(pl.Int64)
    ordered = lines.with_columns(document=document, _key=document * 128 + within).sort("_key")
    row, is_first = pl.int_range(pl.len(), dtype=pl.Int64), pl.col("document").ne_missing(pl.col("document").shift(1))
    return ordered.with_columns(line_number=row - pl.when(is_first).then(row).forward_fill() + 1)


def _told(lines: pl.DataFrame, billed: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    """Places and orders in the words of the contract."""
    yymm, houses = f"{cycle.month.first_day:%y%m}", billed["house_number"].unique().sort()
    ids = billed.select(
        pl.concat_list(pl.format(f"{{}}-{yymm}-{kind}", "account_id") for kind in _KINDS).alias("document_id")
    ).explode("document_id")["document_id"]
    contracts = pl.Series([f"c-{house:05d}-{service.code}" for house in houses for service in EVERY_SERVICE],
                          dtype=pl.String)
    of_house = houses.search_sorted(billed["house_number"]).cast(pl.Int64)
    in_houses = pl.lit(of_house).gather(_PLACE) * len(EVERY_SERVICE) + pl.col("order")
    return lines.with_columns(
        document_id=pl.lit(ids).gather("document"), account_id=pl.lit(billed["account_id"]).gather(_PLACE),
        contract_id=pl.lit(contracts).gather(in_houses),
        service_code=_by_order([service.code for service in EVERY_SERVICE]),
        unit_code=_by_order([service.unit for service in EVERY_SERVICE]),
        zone_code=pl.lit(pl.Series(_ZONES, dtype=pl.String)).gather("zone"),
        charge_month=pl.when("is_correction").then(cycle.month.previous.first_day).otherwise(cycle.month.first_day),
        batch_id=pl.lit(None, dtype=pl.String()),
    ).select(billing.CHARGES.inside_names)


def _is(service: Service) -> pl.Expr:
    return pl.col("order") == SERVICE_ORDER[service.code]


def _by_order(values: list[str] | list[int]) -> pl.Expr:
    """The value of each line's service."""
    return pl.lit(pl.Series(values)).gather("order")


def _tariff(cycle: Cycle) -> pl.Expr:
    now, earlier = (
        _by_order([service.tariff_e6(month.first_day) for service in EVERY_SERVICE])
        for month in (cycle.month, cycle.month.previous)
    )
    chosen = pl.when("is_correction").then(earlier).otherwise(now)
    above, below = NIGHT_SHARE
    return pl.when(pl.col("zone") == _ZONES.index("t2")).then(chosen * above // below).otherwise(chosen)
