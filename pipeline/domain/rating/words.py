"""The arithmetic of a rated line in Russian: «2 чел. × 4,330 м³ × 46,98 ₽ = 406,85 ₽», stretches with their days."""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.rating.prices import Changing
from pipeline.domain.rating.stretches import stretches
from pipeline.domain.rating.wording import money_text, spelled_once, tariff_text, unit_text, volume_text
from pipeline.rules.rating import UPLIFT_DIGITS

_TIMES: Final = pl.lit(" × ")
_ONE: Final = 10**UPLIFT_DIGITS
_METRES: Final = pl.lit(" м²")
_READ: Final = (
    "code", "days", "volume_e7", "water_e7", "area_m2_e7", "heated_area_m2_e7", "common_area_m2_e7",
    "premises_area_m2_e7", "window_from", "window_to", "rated_kop",
)
_NOTHING: Final = {"no_uplift": "повышение не положено: 0,00 ₽", "closed": "счёт в этом месяце не открыт: 0,00 ₽"}


def with_formula(lines: pl.DataFrame, changing: Changing) -> pl.DataFrame:
    """Rated lines with `formula`. Made for few of them: words cost more than sums."""
    units = changing.known.services.select("service_code", "unit_code")
    told = stretches(lines, changing).join(
        lines.select("line", "service_code", *_READ).join(units, on="service_code", how="left", maintain_order="left"),
        on="line", how="left", maintain_order="left",
    )
    pieces = told.with_columns(
        unit=spelled_once(told["unit_code"], unit_text), tariff=spelled_once(told["rated_tariff_e6"], tariff_text),
    ).with_columns(piece=pl.concat_str(_volume(), _days(), _TIMES, "tariff"))
    texts = pieces.group_by("line", maintain_order=True).agg(
        pl.col("code", "rated_kop").first(), sums=pl.col("piece").str.join(" + "),
    ).with_columns(
        nothing=pl.col("code").cast(pl.String).replace_strict(_NOTHING, default=None),
        counted=pl.concat_str("sums", pl.lit(" = "), money_text(pl.col("rated_kop"))),
    ).select("line", formula=pl.coalesce("nothing", "counted"))
    return lines.join(texts, on="line", how="left", maintain_order="left")


def of_several() -> pl.Expr:
    """« на все строки месяца (2), начислено ими 4 168,80 ₽» where lines are compared together."""
    told = pl.concat_str(
        pl.lit(" на все строки месяца ("), pl.col("lines_together").cast(pl.String), pl.lit("), начислено ими "),
        money_text(pl.col("together_kop")),
    )
    return pl.when(pl.col("lines_together") > 1).then(told).otherwise(pl.lit(""))


def _volume() -> pl.Expr:
    code = pl.col("code")
    norm = pl.concat_str(_number("norm_e7"), pl.lit(" "), "unit")
    persons = pl.concat_str(pl.col("persons").cast(pl.String), pl.lit(" чел."), _TIMES, norm)
    area = pl.concat_str(_number("area_m2_e7"), _METRES)
    heated = pl.concat_str(_number(pl.coalesce("heated_area_m2_e7", "area_m2_e7")), _METRES)
    more = pl.concat_str(pl.lit(" × "), _decimal_of_uplift())
    share = pl.concat_str(
        norm, _TIMES, _number("common_area_m2_e7"), _METRES, _TIMES, area, pl.lit(" / "),
        _number("premises_area_m2_e7"), _METRES,
    )
    texts = {
        "metered": _with_unit("volume_e7"), "sewage": _with_unit("water_e7"),
        "hot_water_heat": pl.concat_str(_number("water_e7"), pl.lit(" м³"), _TIMES, norm),
        "norm": persons, "waste_person": persons, "norm_uplift": pl.concat_str(persons, more),
        "heating_season": pl.concat_str(heated, _TIMES, norm),
        "heating_evenly": pl.concat_str(heated, _TIMES, norm, pl.lit(" × доля месяцев отопления")),
        "waste_area": pl.concat_str(area, _TIMES, norm), "common_area": pl.concat_str(area, _TIMES, norm),
        "common": share, "area": area, "fixed": pl.lit("1 месяц"),
    }
    chosen = pl.lit("")
    for formula, text in texts.items():
        chosen = pl.when(code == formula).then(text).otherwise(chosen)
    return chosen


def _days() -> pl.Expr:
    """« × 10/30 дней» of a stretch that is not the whole month, or of which an owner has only a part."""
    from_day, to_day = (pl.col(f"window_{end}").clip(pl.col("from"), pl.col("to")) for end in ("from", "to"))
    some = pl.when(pl.col("code").is_in(["metered", "sewage", "hot_water_heat"])).then(
        pl.col("to") - pl.col("from")
    ).otherwise(to_day - from_day)
    part = pl.concat_str(pl.lit(" × "), some, pl.lit("/"), pl.col("days"), pl.lit(" дней"))
    return pl.when(some == pl.col("days")).then(pl.lit("")).otherwise(part)


def _with_unit(name: str) -> pl.Expr:
    return pl.concat_str(_number(name), pl.lit(" "), "unit")


def _number(value: str | pl.Expr) -> pl.Expr:
    return volume_text(pl.col(value) if isinstance(value, str) else value)


def _decimal_of_uplift() -> pl.Expr:
    """«(3 − 1)»: what the uplift adds."""
    whole, rest = pl.col("uplift_e4") // _ONE, pl.col("uplift_e4") % _ONE
    digits = rest.cast(pl.String).str.zfill(UPLIFT_DIGITS).str.strip_chars_end("0")
    comma = pl.when(rest == 0).then(pl.lit("")).otherwise(pl.lit(","))
    return pl.concat_str(pl.lit("("), whole, comma, digits, pl.lit(" − 1)"))
