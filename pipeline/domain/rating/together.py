"""Lines that are one charge: those of one account, contract, service, zone, month and formula have one rated sum.

A biller may split a month into lines, take a line back, or bill it twice; only all of them together say which. The
rated sum is laid on the lines in their order as far as they charge, and the last takes what remains, so that nothing of
it is lost and a split that adds up differs nowhere. Lines by meter have volumes of their own: each is compared alone.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.domain.rating.formulas import BY_VOLUME, FORMULAS, coded

_SERVICES, _CODES = 1 << 10, 1 << 6
_WHOLE: Final = ("holder", "service", "code", "contract_id", "zone_code")
_BY_FEE: Final = tuple(name for name in FORMULAS if name not in BY_VOLUME)
_BY_NORM: Final = ("norm", "norm_uplift")
_BY_METER: Final = ("metered", "sewage")


def with_reasons_beside(lines: pl.DataFrame) -> pl.DataFrame:
    """`code` where other lines of the month decide that a line cannot be rated: a month by norm and by meter, of which
    nobody tells the days; a charge that takes back what no line of the cycle has billed."""
    return lines.pipe(_with_mixed_bases).pipe(_with_reversals)


def with_shares(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines, in any order, with `share_kop`, their part of the rated sum; and of all that have it together: how many
    (`lines_together`), `together_kop`, `together_e7`, the first of their tariffs that is not the rated one, and, where
    more than one is left of what they bill and take back, `nearest_kop`: how far one alone is from the rated sum."""
    packed = (pl.col("holder") * _SERVICES + pl.col("service")) * _CODES + pl.col("code").to_physical().cast(pl.Int64)
    key = pl.when(pl.col("code").is_in(FORMULAS) & (pl.col("code") != "metered")).then(packed)
    is_repeated = lines.select(key.is_duplicated() & key.is_not_null()).to_series()
    alone = lines.with_columns(
        share_kop="rated_kop", lines_together=pl.lit(1, dtype=pl.Int64), together_kop="charged_kop",
        together_e7="volume_e7", together_tariff_e6="tariff_e6", nearest_kop=pl.lit(None, dtype=pl.Int64),
    )
    if not is_repeated.any():
        return alone
    return pl.concat([alone.filter(~is_repeated), _shared(alone.filter(is_repeated))])


def _shared(lines: pl.DataFrame) -> pl.DataFrame:
    charged, rated, tariff = pl.col("charged_kop"), pl.col("rated_kop"), pl.col("tariff_e6")
    whole = lines.with_columns(
        lines_together=pl.len().over(_WHOLE).cast(pl.Int64), together_kop=charged.sum().over(_WHOLE),
        together_e7=pl.col("volume_e7").sum().over(_WHOLE),
        together_tariff_e6=pl.coalesce(
            tariff.filter(tariff != pl.col("rated_tariff_e6")).first().over(_WHOLE), "tariff_e6"
        ),
        nearest_kop=pl.when(charged.sign().sum().over(_WHOLE) > 1).then((charged - rated).abs().min().over(_WHOLE)),
        _last=pl.col("line") == pl.col("line").max().over(_WHOLE),
        _reached=pl.when(pl.col("line") == pl.col("line").max().over(_WHOLE)).then(rated)
        .otherwise(pl.min_horizontal(charged.cum_sum().over(_WHOLE), rated)),
    )
    share = pl.col("_reached") - pl.col("_reached").shift(1).over(_WHOLE).fill_null(0)
    agrees = pl.col("together_kop") == rated
    return whole.with_columns(share_kop=pl.when(agrees).then(charged).otherwise(share)).select(lines.columns)


def _with_mixed_bases(lines: pl.DataFrame) -> pl.DataFrame:
    place = pl.col("holder") * _SERVICES + pl.col("service")
    by_norm = lines.filter(pl.col("code").is_in(_BY_NORM)).select(place=place)["place"].unique()
    mixed = lines.filter(pl.col("code").is_in(_BY_METER)).select(place=place)["place"]
    mixed = mixed.filter(mixed.is_in(by_norm.implode())).unique()
    if mixed.is_empty():
        return lines
    is_mixed = place.is_in(mixed.implode()) & pl.col("code").is_in([*_BY_NORM, "sewage"])
    return lines.with_columns(code=pl.when(is_mixed).then(coded("mixed_bases")).otherwise("code"))


def _with_reversals(lines: pl.DataFrame) -> pl.DataFrame:
    """A line taken back beside the line that billed it nets; what is left of such a month, if anything, is audited."""
    of_fee = lines.filter(pl.col("code").is_in([*_BY_FEE, "no_uplift"]))
    back = of_fee.filter(pl.col("charged_kop") < 0).select(_WHOLE).unique()
    if back.is_empty():
        return lines
    sign = pl.col("charged_kop").sign()
    amounts = of_fee.join(back, on=_WHOLE, how="semi", nulls_equal=True).group_by(
        *_WHOLE, amount=pl.col("charged_kop").abs()
    ).agg(kop=money.total("charged_kop"), balance=sign.sum())
    foreign = amounts.group_by(_WHOLE).agg(pl.col("balance").min(), pl.col("kop").sum()).filter(
        (pl.col("balance") < 0) | (pl.col("kop") <= 0)
    ).select(_WHOLE)
    found = of_fee.join(foreign, on=_WHOLE, how="semi", nulls_equal=True)["line"]
    is_foreign = pl.col("line").is_in(found.implode())
    return lines.with_columns(code=pl.when(is_foreign).then(coded("recalculation")).otherwise("code"))
