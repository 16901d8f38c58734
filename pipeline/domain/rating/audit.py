"""Charge audit: every line as billed against the same line as rated.

    difference = billed − rated; nothing differs when it is 0

Lines that have one rated sum together (`together.py`) differ together or not at all. A line that could not be rated is
counted with its reason. Only the charge itself is compared: recalculation and benefit of a line rest on events that its
tariff does not tell. Findings of a line that differs, from what it, and those with it, print:

    not_open            the account is open on no day           billed_twice one of several lines is all that is due
    basis_not_allowed   an uplift that is not due               tariff       another tariff than the register's
    persons, norm       a volume of another number of persons, or of another norm
    area                a volume of another area                volume       water and its sewage or heat disagree
    arithmetic          not its own volume × tariff             rounding     no more than the rounding of its stretches
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.rating import AGREES, CAUSES, CHARGE_AUDIT, CHARGE_AUDIT_TOTALS
from pipeline.domain.rating.core import Rated, rated
from pipeline.domain.rating.formulas import BY_PERSONS, FOR_NOTHING, FORMULAS, GROUND_OF
from pipeline.domain.rating.ground import Known
from pipeline.domain.rating.together import with_shares
from pipeline.domain.rating.words import of_several, with_formula
from pipeline.rules.rating import RatingRules

#: An area is measured to a hundredth of a square metre.
_HUNDREDTH: Final = 10 ** (money.VOLUME_DIGITS - 2)
_UNIT: Final = 10**money.VOLUME_DIGITS
_BY_NORM_OF_AREA: Final = ("heating_season", "waste_area", "common_area")
_OUTCOME: Final = ("house_id", "service_code", "outcome_code", "cause_code")
_SUMS: Final = ("lines", "billed_kop", "rated_kop", "difference_kop", "too_much_kop")
_ROOM: Final = 1 << 10


@dataclass(frozen=True)
class Audit:
    """CHARGE_AUDIT rows of a part, and what the part adds to CHARGE_AUDIT_TOTALS."""

    differing: pl.DataFrame
    totals: pl.DataFrame


def audited(lines: pl.DataFrame, known: Known, *, rules: RatingRules) -> Audit:
    """Audit `ground.LINE` rows that lie in order of account, document and line."""
    if lines.is_empty():
        return Audit(CHARGE_AUDIT.empty_inside(), CHARGE_AUDIT_TOTALS.empty_inside())
    found = rated(lines, known, rules=rules)
    lines = with_shares(found.lines)
    differs = lines.filter(pl.col("share_kop").is_not_null(), pl.col("share_kop") != pl.col("charged_kop")).sort("line")
    judged = differs.with_columns(findings=_findings(rules)).with_columns(cause_code=pl.col("findings").list.first())
    causes = judged.select("line", "cause_code")
    return Audit(_told(judged, found, rules), _totals(lines, found, causes))


def added(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """CHARGE_AUDIT_TOTALS of a book from those of its parts: a house may lie in two."""
    return pl.concat(parts).group_by(_OUTCOME).agg(pl.col(_SUMS).sum()).cast(
        CHARGE_AUDIT_TOTALS.inside_schema  # type: ignore[arg-type]
    ).sort(_OUTCOME)


def _findings(rules: RatingRules) -> pl.Expr:
    """Causes that hold, in the order of CAUSES; at least one for a line that differs."""
    code, volume, tariff = pl.col("code"), pl.col("together_e7"), pl.col("together_tariff_e6")
    difference, is_for_something = pl.col("together_kop") - pl.col("rated_kop"), ~code.is_in(FOR_NOTHING)
    most_rounding = rules.rounding_difference_kop * pl.col("stretches")
    is_volume = is_for_something & (volume != pl.col("rated_e7")).fill_null(False)
    by_persons, by_area = code.is_in(BY_PERSONS), code == "area"
    by_norm_of_area = code.is_in(_BY_NORM_OF_AREA)
    of_persons = (volume % pl.col("norm_e7") == 0) & (code != "norm_uplift")
    area = money.widened(volume) * _UNIT
    of_area = (area % pl.col("norm_e7") == 0) & (area // pl.col("norm_e7") % _HUNDREDTH == 0)
    is_one = pl.col("stretches") == 1
    holds = {
        "not_open": code == "closed",
        "billed_twice": (pl.col("nearest_kop") <= most_rounding) & (difference > most_rounding),
        "basis_not_allowed": code == "no_uplift",
        "tariff": (tariff != pl.col("rated_tariff_e6")).fill_null(False) & is_for_something,
        "norm": is_volume & ((by_persons & ~of_persons) | (by_norm_of_area & ~of_area)) & is_one,
        "persons": is_volume & by_persons & (of_persons | ~is_one),
        "area": is_volume & (by_area | (by_norm_of_area & of_area)),
        "volume": is_volume & ~by_persons & ~by_area & ~by_norm_of_area,
        "arithmetic": (money.amount_of(volume, tariff) != pl.col("together_kop")).fill_null(False),
    }
    told = pl.concat_list(pl.when(holds[cause].fill_null(False)).then(pl.lit(cause)) for cause in CAUSES[:-1])
    found = told.list.drop_nulls()
    return (
        pl.when((difference.abs() <= most_rounding) & is_for_something).then(pl.lit([CAUSES[-1]]))
        .when(found.list.len() > 0).then(found).otherwise(pl.lit(["arithmetic"]))
    )


def _told(judged: pl.DataFrame, found: Rated, rules: RatingRules) -> pl.DataFrame:
    ground = pl.col("code").cast(pl.String).replace(GROUND_OF)
    return with_formula(judged, found.changing).with_columns(
        house_id=pl.lit(found.ground.accounts["house_id"]).gather("account"),
        billed_kop="charged_kop", rated_kop="share_kop", difference_kop=pl.col("charged_kop") - pl.col("share_kop"),
        billed_volume_e7="volume_e7", rated_volume_e7="rated_e7", billed_tariff_e6="tariff_e6",
        findings=pl.col("findings").list.sort(), formula=pl.concat_str("formula", of_several()),
        article=ground.replace_strict(rules.articles, return_dtype=pl.String),
    ).select(CHARGE_AUDIT.inside_names)


def _totals(shared: pl.DataFrame, found: Rated, causes: pl.DataFrame) -> pl.DataFrame:
    """Sums by house, service and outcome: one number stands for them while lines are grouped."""
    is_rated = pl.col("code").is_in(FORMULAS)
    billed, told = pl.col("charged_kop"), pl.col("share_kop")
    cause = pl.Enum(CAUSES)
    lines = shared.join(causes, on="line", how="left", maintain_order="left").select(
        "account", "service_code", "code", "cause_code", billed_kop="charged_kop", rated_kop=told.fill_null(0),
        difference_kop=(billed - told).fill_null(0), is_rated=is_rated,
        key=((pl.col("house") * _ROOM + pl.col("service")) * _ROOM
             + pl.when(is_rated).then(0).otherwise(pl.col("code").to_physical().cast(pl.Int64) + 1)) * len(CAUSES) * 2
        + pl.col("cause_code").cast(cause).to_physical().cast(pl.Int64).fill_null(-1) + 1,
    )
    sums = lines.group_by("key").agg(
        pl.col("account", "service_code", "code", "cause_code", "is_rated").first(), lines=pl.len(),
        billed_kop=pl.col("billed_kop").sum(), rated_kop=pl.col("rated_kop").sum(),
        difference_kop=pl.col("difference_kop").sum(), too_much_kop=pl.col("difference_kop").clip(0).sum(),
    )
    outcome = (
        pl.when(~pl.col("is_rated")).then(pl.lit("not_audited"))
        .when(pl.col("cause_code").is_null()).then(pl.lit(AGREES)).otherwise(pl.lit("differs"))
    )
    return sums.with_columns(
        house_id=pl.lit(found.ground.accounts["house_id"]).gather("account"), outcome_code=outcome,
        cause_code=pl.when("is_rated").then("cause_code").otherwise(pl.col("code").cast(pl.String)),
    ).select(*_OUTCOME, pl.col("lines").cast(pl.Int32), *_SUMS[1:])
