"""The rating core: lines as billed in, the same lines with what they cost by the registers out.

    registers → ground → formula → tariff, norm, persons → stretches of days → volume and sum

A line that cannot be rated keeps the reason, never a guess. Not here: what differs and why (`audit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.domain.rating.beside import with_impossible, with_window
from pipeline.domain.rating.formulas import (
    BY_PERSONS,
    BY_VOLUME,
    FOR_NOTHING,
    FORMULAS,
    NORM_OF,
    coded,
    formula_code,
    settled_code,
)
from pipeline.domain.rating.ground import Ground, Known, grounded
from pipeline.domain.rating.prices import Changing, priced
from pipeline.domain.rating.stretches import stretches, summed
from pipeline.domain.rating.together import with_reasons_beside
from pipeline.domain.rating.waters import with_water
from pipeline.rules.rating import RatingRules

_OF_ACCOUNT: Final = (
    "area_m2_e7", "heated_area_m2_e7", "common_area_m2_e7", "premises_area_m2_e7", "territory", "house",
    "has_sewage_meter", "heats_evenly",
)
_OF_HOLDER: Final = ("open_from", "open_to", "persons", "persons_split", "is_shared")
_BY_AREA: Final = ("heating_season", "heating_evenly", "waste_area", "common", "common_area", "area")


@dataclass(frozen=True)
class Rated:
    """`lines`: every line in its order, with all that its formula reads, `code` (formula, or the reason why there is
    none) and, where it is rated, rated_e7, rated_kop and its `stretches`; rated_tariff_e6 is missing where it changes
    inside the month. `changing` tells the days of lines for their words."""

    lines: pl.DataFrame
    changing: Changing

    @property
    def ground(self) -> Ground:
        return self.changing.ground


def rated(lines: pl.DataFrame, known: Known, *, rules: RatingRules) -> Rated:
    """Rate `ground.LINE` rows that lie in order of account, document and line."""
    ground = grounded(lines, known)
    facts, changing = (
        ground.lines.with_columns(code=formula_code())
        .pipe(_with_account, ground)
        .pipe(with_water, ground, known)
        .pipe(with_impossible, known)
        .with_columns(code=settled_code(known.norms, known.replaced))
        .pipe(with_reasons_beside)
        .pipe(with_window, known)
        .pipe(priced, ground, known, rules)
    )
    facts = facts.with_columns(code=_or_reason(known))
    told = summed(stretches(facts, changing)).drop("rated_tariff_e6")
    counted = facts.join(told, on="line", how="left", maintain_order="left")
    counted = counted.with_columns(code=pl.coalesce("lacking", "code")).drop("lacking")
    is_rated = pl.col("code").is_in(FORMULAS)
    return Rated(counted.with_columns(
        pl.when(is_rated).then(name).alias(name) for name in ("rated_e7", "rated_kop", "stretches")
    ), changing)


def _with_account(lines: pl.DataFrame, ground: Ground) -> pl.DataFrame:
    """What flat and house say, and the days of the account."""
    return lines.with_columns(
        *(pl.lit(ground.accounts[name]).gather("account").alias(name) for name in _OF_ACCOUNT),
        *(pl.lit(ground.holders[name]).gather("holder").alias(name) for name in _OF_HOLDER),
    )


def _or_reason(known: Known) -> pl.Expr:
    """The formula, or why it cannot be followed: the first reason that holds."""
    code = pl.col("code")
    is_of_flat, by_persons = code.is_in(_BY_AREA), code.is_in(BY_PERSONS)
    is_priced, needs_norm = ~code.is_in(FOR_NOTHING), code.is_in(list(NORM_OF))
    reasons = {
        "unknown_premises": (is_of_flat | by_persons) & pl.col("area_m2_e7").is_null(),
        "not_in_force": ~code.is_in(BY_VOLUME) & (pl.col("window_from") >= pl.col("window_to")),
        "shared_premises": (is_of_flat | by_persons) & pl.col("is_shared"),
        "no_volume": (code == "metered") & pl.col("volume_e7").is_null(),
        "no_tariffs": is_priced & known.tariffs.is_empty(),
        "unknown_tariff": is_priced & pl.col("rated_tariff_e6").is_null() & ~pl.col("tariff_split"),
        "no_norms": needs_norm & known.norms.is_empty(),
        "unknown_norm": needs_norm & pl.col("norm_e7").is_null() & ~pl.col("norm_split"),
        "no_registrations": by_persons & (not known.has_registrations),
        "no_persons": by_persons & pl.col("persons").fill_null(0).eq(0) & ~pl.col("persons_split"),
        "no_house_area": (code == "common") & pl.col("premises_area_m2_e7").fill_null(0).eq(0),
    }
    chosen = code
    for reason, holds in reversed(reasons.items()):
        chosen = pl.when(holds).then(coded(reason)).otherwise(chosen)
    return pl.when(code.is_in(FORMULAS)).then(chosen).otherwise(code)
