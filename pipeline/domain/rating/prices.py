"""Tariff, norm, persons and uplift of every line: one value for the month, or what changes inside it.

Each `with_…` adds the value and `…_split`, true where it changes inside the month; then the value is missing and the
days are told by `Changing`. Not here: which line needs which of them (`formulas.py`), what follows (`stretches.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.contracts.registers import NORM_PER
from pipeline.domain.rating.formulas import NORM_OF
from pipeline.domain.rating.ground import Ground, Known, persons_by_day
from pipeline.domain.rating.in_force import InForce, looked_up, packed
from pipeline.rules.in_force import IntegerSteps
from pipeline.rules.rating import RatingRules

_MANY, _TERRITORIES, _FEW, _ZONES, _MONTHS = 1 << 20, 1 << 12, 1 << 10, 1 << 6, 1 << 10
_ZONE: Final = ("zone_code", "part_code")


@dataclass(frozen=True)
class Changing:
    """What changes inside a month, day by day."""

    tariffs: InForce
    norms: InForce
    ground: Ground
    known: Known
    rules: RatingRules

    def days_of(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Lines (with the facts of `priced`) once for every day of their month, `day` from 0, with the facts of the
        day."""
        rows = lines.with_columns(day=pl.int_ranges(0, "days")).explode("day")
        for name, store in (("rated_tariff_e6", self.tariffs), ("norm_e7", self.norms)):
            asked = "tariff_asked" if store is self.tariffs else "norm_asked"
            told = store.by_day().rename({"asked": asked, "value": "_value"})
            rows = rows.join(told, on=[asked, "day"], how="left", maintain_order="left").with_columns(
                pl.coalesce(name, "_value").alias(name)
            ).drop("_value")
        held = persons_by_day(self.ground, self.known, rows.filter("persons_split")["holder"].unique())
        rows = rows.join(held, on=["holder", "day"], how="left", maintain_order="left")
        return rows.with_columns(persons=pl.coalesce("persons", "_persons")).drop("_persons")


def priced(lines: pl.DataFrame, ground: Ground, known: Known, rules: RatingRules) -> tuple[pl.DataFrame, Changing]:
    """Lines with tariff_asked, rated_tariff_e6, tariff_split, norm_asked, norm_e7, norm_split, uplift_e4; and what
    changes inside their months. A month keeps the uplift that it began with."""
    asking = lines.pipe(_asking_tariff, known).pipe(_asking_norm, ground, known)
    tariffs, norms = _tariffs(asking, ground, known), _norms(asking, ground, known)
    told = asking.with_columns(
        *tariffs.told(asking["tariff_asked"], "rated_tariff_e6", "tariff_split"),
        *norms.told(asking["norm_asked"], "norm_e7", "norm_split"),
        uplift_e4=_uplift(rules),
    )
    return told, Changing(tariffs, norms, ground, known, rules)


def _asking_tariff(lines: pl.DataFrame, known: Known) -> pl.DataFrame:
    """tariff_asked: one number for contract (where any tariff is its own), territory, service, zone, part and month."""
    own = known.tariffs["contract_id"].drop_nulls().unique().sort()
    zones = known.tariffs["zone_code"].drop_nulls().unique().sort()
    zone = pl.col("zone_code").cast(pl.Enum(zones), strict=False).to_physical().cast(pl.Int64) + 2
    contract, number = pl.lit(None, dtype=pl.String), pl.lit(0)
    if own.len():
        contract = pl.when(pl.col("contract_id").is_in(own.implode())).then("contract_id")
        number = pl.col("contract_id").cast(pl.Enum(own), strict=False).to_physical().cast(pl.Int64).fill_null(-1) + 1
    is_fixed = (pl.col("basis") == "fixed") & (pl.col("kind") != "fixed")
    return lines.with_columns(
        own_contract=contract, is_fixed_part=is_fixed,
        tariff_asked=packed([
            (number, _MANY), (pl.col("territory"), _TERRITORIES), (pl.col("service"), _FEW),
            (pl.when(pl.col("zone_code").is_null()).then(0).otherwise(zone.fill_null(1)), _ZONES),
            (is_fixed, 2), (pl.col("month"), _MONTHS),
        ]),
    )


def _tariffs(lines: pl.DataFrame, ground: Ground, known: Known) -> InForce:
    asking = _asking(lines, "tariff_asked", ground).with_columns(
        contract_id="own_contract",
        part_code=pl.when("is_fixed_part").then(pl.lit("fixed")).otherwise(pl.lit("variable")),
    )
    return looked_up(
        asking, known.tariffs, scopes=("contract_id", "territory_code"), keys=("service_code", *_ZONE),
        value="tariff_e6",
    )


def _asking_norm(lines: pl.DataFrame, ground: Ground, known: Known) -> pl.DataFrame:
    """norm_asked: one number for house (where any norm is its own), territory, service, what it is for, and month;
    missing where the formula needs no norm."""
    houses = known.norms["house_id"].drop_nulls().unique()
    has_own = ground.accounts["house_id"].is_in(houses.implode()).fill_null(False)
    own_house = pl.lit(0)
    if has_own.any():
        own_house = pl.lit(ground.accounts.select(pl.when(has_own).then("house").otherwise(0)).to_series()).gather(
            "account"
        )
    per = pl.col("code").cast(pl.String).replace_strict(
        {formula: NORM_PER.index(of) for formula, of in NORM_OF.items()}, default=None, return_dtype=pl.Int64
    )
    return lines.with_columns(norm_asked=packed([
        (own_house, _MANY), (pl.col("territory"), _TERRITORIES), (pl.col("service"), _FEW), (per, _ZONES),
        (pl.col("month"), _MONTHS),
    ]), per=per)


def _norms(lines: pl.DataFrame, ground: Ground, known: Known) -> InForce:
    needed = lines.filter(pl.col("norm_asked").is_not_null())
    asking = _asking(needed, "norm_asked", ground).with_columns(
        per_code=pl.lit(pl.Series(NORM_PER)).gather("per"),
        house_id=pl.lit(ground.accounts["house_id"]).gather("account"),
    )
    return looked_up(
        asking, known.norms, scopes=("house_id", "territory_code"), keys=("service_code", "per_code"),
        value="norm_volume_e7",
    )


def _asking(lines: pl.DataFrame, asked: str, ground: Ground) -> pl.DataFrame:
    return lines.unique(asked, keep="first", maintain_order=True).with_columns(
        asked=asked, territory_code=pl.lit(ground.accounts["territory_code"]).gather("account")
    )


def _uplift(rules: RatingRules) -> pl.Expr:
    """How many times its norm a kind of service costs in all; missing for kinds without uplift."""
    chosen = pl.lit(None, dtype=pl.Int64)
    for kind, steps in rules.uplifts_e4.items():
        chosen = pl.when(pl.col("kind") == kind).then(_step(steps)).otherwise(chosen)
    return chosen


def _step(steps: IntegerSteps) -> pl.Expr:
    value = pl.lit(None, dtype=pl.Int64)
    for since, step in steps:
        value = pl.when(pl.col("charge_month") >= since).then(pl.lit(step, dtype=pl.Int64)).otherwise(value)
    return value
