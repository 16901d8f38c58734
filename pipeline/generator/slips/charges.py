"""Slips of the biller in single lines: a price, an area, a person or a kopeck that the registers do not know.

The document adds up all the same, so only the charge audit sees them; each line goes down with the cause that it must
find. A wrong tariff is that of a whole house, one of a hundred; all else is drawn by the account and the month.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline import money
from pipeline.generator.slips import ACCOUNT_NUMBER, SLIP, TOLD, Slips, told
from pipeline.generator.tariffs import COLD_WATER, GAS, HOUSING, UNIT, WASTE
from pipeline.generator.timetable import Cycle

WRONG_TARIFF: Final = "tariff_of_another_house"
WRONG_AREA: Final = "area_of_another_flat"
WRONG_PERSONS: Final = "persons_not_updated"
ODD_KOPECK: Final = "odd_kopeck"
CAUSES: Final = {WRONG_TARIFF: "tariff", WRONG_AREA: "area", WRONG_PERSONS: "persons", ODD_KOPECK: "rounding"}
_SLIPPING: Final = (COLD_WATER.code, HOUSING.code, WASTE.code, GAS.code)
_ROW: Final = "row"
_HOUSES: Final = 100
_HOUSE: Final = 17
_MORE_E6: Final = 1_000_000
_MORE_AREA_E7: Final = 2 * UNIT
#: One flat of three pays for gas by persons: of these so many times more, of all as many as of any other kind.
_OF_GAS: Final = 3


@dataclass(frozen=True)
class SlippedCharges:
    """Lines as billed, and the answers for those that the audit must find."""

    lines: pl.DataFrame
    answers: pl.DataFrame


def slipped(lines: pl.DataFrame, slips: Slips | None, month_number: int, cycle: Cycle) -> SlippedCharges:
    """Lines of one month with slips; nothing changes without. Corrections of older months never slip."""
    if slips is None:
        return SlippedCharges(lines, pl.DataFrame(schema=TOLD))
    slip = pl.col(SLIP)
    # few lines slip: only they are reckoned anew
    drawn = _drawn(lines, slips, month_number)
    slipping = pl.concat([lines[drawn[_ROW]], drawn], how="horizontal")
    dearer = slipping.with_columns(
        tariff_e6=pl.col("tariff_e6") + pl.when(slip == WRONG_TARIFF).then(_MORE_E6).otherwise(0),
        volume_e7=pl.col("volume_e7") + pl.when(slip == WRONG_AREA).then(_MORE_AREA_E7)
        .when(slip == WRONG_PERSONS).then(GAS.norm_e7).otherwise(0),
    )
    again = money.amount_of(pl.col("volume_e7"), pl.col("tariff_e6"))
    billed = dearer.with_columns(
        charged_kop=pl.when(slip == ODD_KOPECK).then(pl.col("charged_kop") + 1).otherwise(again)
    ).with_columns(payable_kop=pl.col("charged_kop") + pl.col("recalculated_kop") - pl.col("benefit_kop"))
    found = billed.with_columns(row_id=pl.format("{}|{}", "document_id", "line_number"))
    answers = told(found, "charge_audit", "row_id", "differs", CAUSES, arrived_on=pl.lit(cycle.issue_on))
    return SlippedCharges(_put_back(lines, billed), answers)


def _put_back(lines: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """Lines with what these rows say of their volume, tariff and sums."""
    return lines.with_columns(
        lines[name].clone().scatter(billed[_ROW], billed[name])
        for name in ("volume_e7", "tariff_e6", "charged_kop", "payable_kop")
    )


def _drawn(lines: pl.DataFrame, slips: Slips, month_number: int) -> pl.DataFrame:
    """Rows that slip, and how. What an account draws is drawn once, not for each of its lines."""
    person = slips.draws.whole(f"slips of persons {month_number}", 1000, key=ACCOUNT_NUMBER)
    accounts = lines.select(pl.col("account_id").rle().struct.field("value").alias("account_id")).select(
        slips.drawn(f"charges {month_number}", (WRONG_AREA, ODD_KOPECK), ACCOUNT_NUMBER).alias(SLIP),
        is_person=person < slips.share * _OF_GAS,
    )
    house, service = pl.col("contract_id").str.slice(2, 5).cast(pl.Int64), pl.col("service_code")
    drawn, is_person = (pl.lit(accounts[name]).gather("_account") for name in (SLIP, "is_person"))
    told = lines.select(
        "contract_id", "service_code", "basis_code", "charged_kop", _account=pl.col("account_id").rle_id()
    ).with_row_index(_ROW).filter(service.is_in(_SLIPPING) & (pl.col("charged_kop") != 0)).with_columns(
        _drawn=drawn, _is_person=is_person, _is_of_house=(house + month_number) % _HOUSES == _HOUSE,
    )
    return told.select(
        _ROW,
        pl.when((service == COLD_WATER.code) & pl.col("_is_of_house")).then(pl.lit(WRONG_TARIFF))
        .when((service == HOUSING.code) & (pl.col("_drawn") == WRONG_AREA)).then("_drawn")
        .when((service == WASTE.code) & (pl.col("_drawn") == ODD_KOPECK)).then("_drawn")
        .when((service == GAS.code) & (pl.col("basis_code") == "norm") & pl.col("_is_person"))
        .then(pl.lit(WRONG_PERSONS)).alias(SLIP),
    ).filter(pl.col(SLIP).is_not_null())
