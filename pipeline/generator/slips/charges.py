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
    drawn = (
        lines.select("account_id", "contract_id", "service_code", "basis_code", "charged_kop").with_row_index(_ROW)
        .filter(pl.col("service_code").is_in(_SLIPPING) & (pl.col("charged_kop") != 0))
        .select(_ROW, _drawn(slips, month_number).alias(SLIP)).filter(slip.is_not_null())
    )
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


def _drawn(slips: Slips, month_number: int) -> pl.Expr:
    drawn = slips.drawn(f"charges {month_number}", (WRONG_AREA, ODD_KOPECK), ACCOUNT_NUMBER)
    by_person = slips.draws.whole(f"slips of persons {month_number}", 1000, key=ACCOUNT_NUMBER)
    house = pl.col("contract_id").str.slice(2, 5).cast(pl.Int64)
    service = pl.col("service_code")
    return (
        pl.when((service == COLD_WATER.code) & ((house + month_number) % _HOUSES == _HOUSE)).then(pl.lit(WRONG_TARIFF))
        .when((service == HOUSING.code) & (drawn == WRONG_AREA)).then(drawn)
        .when((service == WASTE.code) & (drawn == ODD_KOPECK)).then(drawn)
        .when((service == GAS.code) & (pl.col("basis_code") == "norm") & (by_person < slips.share * _OF_GAS))
        .then(pl.lit(WRONG_PERSONS))
    )
