"""What is billed in Энск: charge lines of one month of a block, and the documents that carry them.

    charged = volume × tariff, rounded once per line; recalculated = anew − before; payable = both − benefit

December is billed by average because its documents go out on the 20th; the biller itself corrects it in January's
document, in lines of charge month December, for everybody who gave the December reading in time — except accounts
marked `waits_for_true_up`. Payments, and what a document prints of earlier debt, are not here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts import billing
from pipeline.generator.tariffs import (
    CAPITAL_REPAIR,
    COLD_WATER,
    ELECTRICITY,
    GAS,
    HEATING,
    HEATING_MONTHS,
    HOT_WATER,
    HOUSING,
    INSURANCE,
    NIGHT_SHARE,
    SERVICE_ORDER,
    SERVICES,
    SEWAGE,
    WASTE,
    Service,
)
from pipeline.generator.timetable import Cycle

AVERAGE_MONTHS: Final = 3
_KEYS: Final = ("account_id", "number", "house_number", "people")
_TRAITS: Final = (*_KEYS, "area_e7", "has_water_meter", "has_gas_meter", "has_gas", "pays_insurance", "has_benefit",
                  "has_fund_documents", "has_waste_documents")


def lines_of(accounts: pl.DataFrame, meters: pl.DataFrame, month_number: int, cycle: Cycle) -> pl.DataFrame:
    """Charge lines of one month, inside shape of `charges`, sorted by document and line."""
    metered = _metered(meters, month_number, cycle)
    if month_number and Cycle(cycle.month.previous).is_billed_by_average:
        metered = pl.concat([metered, _true_ups(accounts, meters, month_number, cycle)])
    measured = pl.concat([metered, _unmetered(accounts, cycle)])
    every = pl.concat([measured, _sewage(measured), _by_area(accounts, cycle)])
    return (
        every.join(accounts.select(_TRAITS).drop("number", "house_number", "people"), on="account_id", how="left")
        .pipe(_with_money).pipe(_with_document, cycle)
    )


def documents_of(lines: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    """Documents of one month's lines, inside shape; debt and advance before are filled in later."""
    of_class = {code: pl.col("service_code").is_in([s.code for s in SERVICES if s.class_code == code])
                for code in ("voluntary", "penalty")}
    payable, nothing = pl.col("payable_kop"), pl.lit(0, dtype=pl.Int64)
    kind = pl.col("document_id").str.slice(-2, 1)
    return (
        lines.group_by("document_id", "account_id")
        .agg(
            charged_kop=payable.filter(~of_class["voluntary"] & ~of_class["penalty"]).sum(),
            penalty_kop=payable.filter(of_class["penalty"]).sum(),
            voluntary_insurance_kop=payable.filter(of_class["voluntary"]).sum(),
        )
        .with_columns(
            document_type_code=kind.replace_strict(
                {"M": "main", "F": "capital_repair", "W": "waste"}, return_dtype=pl.String
            ),
            creditor_id=kind.replace_strict({"F": "fund", "W": "eco"}, default=None, return_dtype=pl.String),
            version=pl.lit(1, dtype=pl.Int64), supersedes_document_id=pl.lit(None, dtype=pl.String),
            billing_month=pl.lit(cycle.month.first_day), issued_on=pl.lit(cycle.issue_on),
            delivered_on=pl.lit(None, dtype=pl.Date()), debt_before_kop=nothing, advance_before_kop=nothing,
            payable_kop=pl.col("charged_kop"), payable_with_penalty_kop=pl.col("charged_kop") + pl.col("penalty_kop"),
        )
        .select(billing.BILLING_DOCUMENTS.inside_names).sort("document_id")
    )


def _line(service: Service, basis: str | pl.Expr, volume: pl.Expr, cycle: Cycle) -> dict[str, pl.Expr]:
    return {
        "service_code": pl.lit(service.code), "zone_code": pl.lit(None, dtype=pl.String()),
        "basis_code": pl.lit(basis) if isinstance(basis, str) else basis, "volume_e7": volume,
        "before_e7": pl.lit(None, dtype=pl.Int64()), "charge_month": pl.lit(cycle.month.first_day),
    }


_LINE: Final = (*_KEYS, "service_code", "zone_code", "basis_code", "volume_e7", "before_e7", "charge_month")


def _metered(meters: pl.DataFrame, month_number: int, cycle: Cycle) -> pl.DataFrame:
    by_average = pl.lit(cycle.is_billed_by_average) | (
        (pl.col("reads") == "never") & (month_number < AVERAGE_MONTHS)
    )
    by_norm = ~by_average & (pl.col("reads") == "never")
    norm = pl.lit(0, dtype=pl.Int64)
    for service in (COLD_WATER, HOT_WATER, ELECTRICITY, GAS):
        norm = pl.when(pl.col("service_code") == service.code).then(service.norm_e7 * pl.col("people")).otherwise(norm)
    norm = pl.when(pl.col("zone_code") == "t2").then(0).otherwise(norm)
    return meters.with_columns(
        basis_code=pl.when(by_average).then(pl.lit("average")).when(by_norm).then(pl.lit("norm"))
        .otherwise(pl.lit("meter")),
        volume_e7=pl.when(by_average).then("average_e7").when(by_norm).then(norm).otherwise(f"volume_{month_number}"),
        before_e7=pl.lit(None, dtype=pl.Int64()), charge_month=pl.lit(cycle.month.first_day),
    ).select(_LINE)


def _true_ups(accounts: pl.DataFrame, meters: pl.DataFrame, month_number: int, cycle: Cycle) -> pl.DataFrame:
    """The biller's own correction of the month that went out by average."""
    corrected = accounts.filter(~pl.col("waits_for_true_up")).select("account_id")
    volume = pl.col(f"volume_{month_number - 1}")
    return (
        meters.join(corrected, on="account_id", how="semi")
        .filter((pl.col("reads") != "never") & (volume != pl.col("average_e7")))
        .with_columns(
            basis_code=pl.lit("meter"), volume_e7=volume, before_e7=pl.col("average_e7"),
            charge_month=pl.lit(cycle.month.previous.first_day),
        )
        .select(_LINE)
    )


def _unmetered(accounts: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    """Water and gas of flats without meters: people × norm."""
    missing = (
        (COLD_WATER, ~pl.col("has_water_meter")), (HOT_WATER, ~pl.col("has_water_meter")),
        (GAS, pl.col("has_gas") & ~pl.col("has_gas_meter")),
    )
    return pl.concat(
        accounts.filter(without).with_columns(**_line(service, "norm", service.norm_e7 * pl.col("people"), cycle))
        .select(_LINE)
        for service, without in missing
    )


def _sewage(measured: pl.DataFrame) -> pl.DataFrame:
    """Cold plus hot water of the same month on the same basis."""
    return (
        measured.filter(pl.col("service_code").is_in([COLD_WATER.code, HOT_WATER.code]))
        .with_columns(is_correction=pl.col("before_e7").is_not_null())
        .group_by(*_KEYS, "charge_month", "is_correction")
        .agg(
            pl.col("basis_code").min(), pl.col("volume_e7").sum(),
            pl.when(pl.col("is_correction").first()).then(pl.col("before_e7").sum()).alias("before_e7"),
        )
        .with_columns(service_code=pl.lit(SEWAGE.code), zone_code=pl.lit(None, dtype=pl.String()))
        .select(_LINE)
    )


def _by_area(accounts: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    area = pl.col("area_e7")
    kinds = [
        (HOUSING, area, pl.lit(True)), (CAPITAL_REPAIR, area, pl.lit(True)), (INSURANCE, area, pl.col("has_insurance")),
        (WASTE, area * WASTE.norm_e7 // 10**7, pl.lit(True)),
    ]
    if cycle.month.month in HEATING_MONTHS:
        kinds.append((HEATING, area * HEATING.norm_e7 // 10**7, pl.lit(True)))
    return pl.concat(
        accounts.filter(billed).with_columns(**_line(service, "area", volume, cycle)).select(_LINE)
        for service, volume, billed in kinds
    )


def _with_money(lines: pl.DataFrame) -> pl.DataFrame:
    priced = lines.with_columns(tariff_e6=_tariff(), unit_code=_of_service("unit"))
    now, before = (money.amount_of(pl.col(volume), pl.col("tariff_e6")) for volume in ("volume_e7", "before_e7"))
    is_correction, nothing = pl.col("before_e7").is_not_null(), pl.lit(0, dtype=pl.Int64)
    halved = pl.col("has_benefit") & pl.col("service_code").is_in([CAPITAL_REPAIR.code, WASTE.code])
    return (
        priced.with_columns(
            charged_kop=pl.when(is_correction).then(nothing).otherwise(now),
            recalculated_kop=pl.when(is_correction).then(now - before).otherwise(nothing),
            volume_e7=pl.col("volume_e7") - pl.col("before_e7").fill_null(0),
        )
        .filter((pl.col("charged_kop") != 0) | (pl.col("recalculated_kop") != 0))
        .with_columns(benefit_kop=pl.when(halved).then(money.divided(pl.col("charged_kop"), 2)).otherwise(nothing))
        .with_columns(payable_kop=pl.col("charged_kop") + pl.col("recalculated_kop") - pl.col("benefit_kop"))
    )


def _with_document(lines: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    """Where each line is printed: the single document, the fund's or the waste operator's."""
    service = pl.col("service_code")
    own = (
        pl.when(pl.col("has_fund_documents") & (service == CAPITAL_REPAIR.code)).then(pl.lit("F1"))
        .when(pl.col("has_waste_documents") & (service == WASTE.code)).then(pl.lit("W1")).otherwise(pl.lit("M1"))
    )
    order = service.replace_strict(SERVICE_ORDER, return_dtype=pl.Int32)
    return (
        lines.with_columns(
            document_id=pl.format(f"{{}}-{cycle.month.first_day:%y%m}-{{}}", "account_id", own), order=order,
            contract_id=pl.format("c-{}-{}", pl.col("house_number").cast(pl.String()).str.zfill(5), "service_code"),
            batch_id=pl.lit(None, dtype=pl.String()),
        )
        .sort("document_id", "order", "zone_code", "charge_month")
        .with_columns(line_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("document_id"))
        .select(billing.CHARGES.inside_names)
    )


def _of_service(attribute: str) -> pl.Expr:
    return pl.col("service_code").replace_strict(
        {service.code: getattr(service, attribute) for service in SERVICES}, return_dtype=pl.String
    )


def _tariff() -> pl.Expr:
    chosen = pl.lit(None, dtype=pl.Int64())
    for service in SERVICES:
        this = pl.col("service_code") == service.code
        is_new = pl.col("charge_month") >= pl.date(2026, 1, 1)
        chosen = pl.when(this & is_new).then(service.after_e6).when(this).then(service.before_e6).otherwise(chosen)
    above, below = NIGHT_SHARE
    return pl.when(pl.col("zone_code") == "t2").then(chosen * above // below).otherwise(chosen)
