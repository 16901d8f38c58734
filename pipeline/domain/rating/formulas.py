"""Which formula a line has: by what its service is in law and by the basis of its volume. Not here: the arithmetic.

Written as ПП 354, приложение 2, has them (the acts stand in `rules/rating.yaml`, `article_…`):

    metered         volume × tariff                                     norm            persons × norm × tariff
    norm_uplift     persons × norm × (uplift − 1) × tariff              sewage          (cold + hot water) × tariff
    hot_water_heat  hot water × norm of heat × tariff                   heating_season  heated area × norm × tariff
    heating_evenly  heated area × norm × months of heating / 12 × tariff
    waste_person    persons × norm × tariff                             waste_area      area × norm × tariff
    common          norm × common area × area / area of all premises × tariff
    common_area     area × norm × tariff                                area            area × tariff
    fixed           tariff                                              no_uplift       0: the service has no uplift
    closed          0: no day of the month is the account open
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.columns import BASES
from pipeline.contracts.rating import REASONS
from pipeline.contracts.registers import SERVICE_KINDS
from pipeline.rules.rating import UPLIFTED

FORMULAS: Final = (
    "metered", "norm", "norm_uplift", "sewage", "hot_water_heat", "heating_season", "heating_evenly", "waste_person",
    "waste_area", "common", "common_area", "area", "fixed", "no_uplift", "closed",
)
#: Whose ground a formula states, where it has none of its own.
GROUND_OF: Final = {"common_area": "common", "no_uplift": "norm_uplift"}
#: Norm that a formula needs: for what it is told.
NORM_OF: Final = {
    "norm": "person", "norm_uplift": "person", "hot_water_heat": "m3", "heating_season": "m2", "heating_evenly": "m2",
    "waste_person": "person", "waste_area": "m2", "common": "common_m2", "common_area": "m2",
}
BY_PERSONS: Final = ("norm", "norm_uplift", "waste_person")
#: Their volume is as the meter, or a line beside, has it: days of an owner or a contract take nothing off.
BY_VOLUME: Final = ("metered", "sewage", "hot_water_heat", "no_uplift", "closed")
#: They come to nothing, whatever tariffs say.
FOR_NOTHING: Final = ("no_uplift", "closed")
KIND: Final = pl.Enum(SERVICE_KINDS)
BASIS: Final = pl.Enum(BASES)
CODE: Final = pl.Enum([*FORMULAS, "heating", *REASONS])

_METERED: Final = {"meter": "metered", "average": "metered", "norm": "norm", "act": "by_act", "fixed": "fixed"}
_OF_KIND: Final[dict[str, dict[str, str]]] = {
    **{kind: {**_METERED, "norm_uplift": "norm_uplift"} for kind in UPLIFTED},
    "gas": _METERED,
    "hot_water_heat": {"meter": "hot_water_heat", "average": "hot_water_heat", "norm": "hot_water_heat",
                       "act": "by_act", "fixed": "fixed"},
    "sewage": {"meter": "sewage", "average": "sewage", "norm": "sewage", "act": "by_act", "fixed": "fixed"},
    "heating": {"area": "heating", "norm": "heating", "fixed": "fixed", "act": "by_act",
                **dict.fromkeys(("meter", "average", "house"), "formula_unknown")},
    "waste": {"person": "waste_person", "norm": "waste_person", "area": "waste_area"},
    "housing": {"area": "area"}, "capital_repair": {"area": "area"},
    "common_property": dict.fromkeys(("house", "norm", "area"), "common"),
    "fixed": {"fixed": "fixed", "area": "area"},
    "other": dict.fromkeys(BASES, "formula_unknown"),
}


def _code(kind: str, basis: str) -> str:
    fallback = "no_uplift" if basis == "norm_uplift" else "basis_not_allowed"
    return _OF_KIND[kind].get(basis, fallback)


_CODES: Final = pl.Series([_code(kind, basis) for kind in SERVICE_KINDS for basis in BASES], dtype=CODE)


def formula_code() -> pl.Expr:
    """Formula of a line, or the reason why it has none, by `kind` and `basis` (Enums KIND and BASIS)."""
    place = pl.col("kind").to_physical().cast(pl.Int64) * len(BASES) + pl.col("basis").to_physical().cast(pl.Int64)
    return pl.lit(_CODES).gather(place).fill_null(coded("formula_unknown"))


def settled_code(norms: pl.DataFrame, replaced: pl.Series) -> pl.Expr:
    """`code` where more than kind and basis decides: what the line is of, what lies beside it, the flat, the house,
    which norms the book tells (`norms`: consumption_norms), which documents are `replaced`."""
    code, has_water, evenly = pl.col("code"), pl.col("water_e7").is_not_null(), pl.col("heats_evenly")
    by_house, by_flat, by_person = (
        pl.col("service_code").is_in(norms.filter(pl.col("per_code") == per)["service_code"].unique().implode())
        for per in ("common_m2", "m2", "person")
    )
    of_norm = (code == "sewage") & (pl.col("basis") == "norm") & ~pl.col("is_water_metered").fill_null(False)
    is_corrected = (pl.col("charged_kop") == 0) & (pl.col("recalculated_kop") != 0)
    return (
        pl.when(pl.col("document_id").is_in(replaced.implode())).then(coded("superseded"))
        .when(is_corrected | pl.col("batch_id").is_not_null()).then(coded("recalculation"))
        .when(code.is_in([*FORMULAS, "heating"]) & (pl.col("open_from") >= pl.col("open_to"))).then(coded("closed"))
        .when((code == "sewage") & pl.col("has_sewage_meter")).then(coded("metered"))
        .when(of_norm & (by_person | ~has_water)).then(coded("norm"))
        .when(code.is_in(["sewage", "hot_water_heat"]) & ~has_water).then(coded("no_water_lines"))
        .when((code == "heating") & evenly.is_null()).then(coded("unknown_heating_mode"))
        .when((code == "heating") & evenly).then(coded("heating_evenly"))
        .when(code == "heating").then(coded("heating_season"))
        .when((code == "norm_uplift") & pl.col("is_impossible")).then(coded("no_uplift"))
        .when((code == "common") & by_house).then(coded("common"))
        .when((code == "common") & by_flat).then(coded("common_area"))
        .when(code == "common").then(coded("house_meter" if norms.height else "no_norms"))
        .otherwise(code)
    )


def coded(name: str) -> pl.Expr:
    """A formula or a reason as a value of CODE."""
    return pl.lit(name, dtype=CODE)
