"""Where a row of a delivery goes: exactly one fate for each, with the reasons for the refused ones.

    received = accepted + repeated + superseded + suspended + quarantined

A frame under judgement carries its provenance, `rule_ids` (what it breaks, sorted) and `fate` (empty while undecided).
Here: the two columns and how rules fill them. Not here: any rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

FATE: Final = "fate"
REASONS: Final = "rule_ids"
ROW: Final = ("delivery_id", "row_number")
PROVENANCE: Final = (*ROW, "received_at")

ACCEPTED: Final = "accepted"
REPEATED: Final = "repeated"
SUPERSEDED: Final = "superseded"
SUSPENDED: Final = "suspended"
QUARANTINED: Final = "quarantined"
FATES: Final = (ACCEPTED, REPEATED, SUPERSEDED, SUSPENDED, QUARANTINED)

#: A row that is still in the running: nothing against it, nothing decided.
OPEN: Final = pl.col(FATE).is_null() & (pl.col(REASONS).list.len() == 0)


def undecided(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with empty reasons and no fate."""
    return frame.with_columns(
        pl.lit([], dtype=pl.List(pl.String())).alias(REASONS), pl.lit(None, dtype=pl.String()).alias(FATE)
    )


def with_reasons(frame: pl.DataFrame, rules: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Add the id of every rule that a row breaks. A rule is true on a row that breaks it; one that cannot be
    told (null) counts as broken. Reasons are built for the bad rows only; rows keep their order."""
    if not rules:
        return frame
    broken = frame.select(rule.fill_null(True).alias(rule_id) for rule_id, rule in rules.items())
    is_bad = broken.select(pl.any_horizontal(pl.all())).to_series()
    if not is_bad.any():
        return frame
    named = broken.filter(is_bad).select(
        pl.concat_list(
            pl.when(pl.col(rule_id)).then(pl.lit(rule_id)).otherwise(pl.lit(None, dtype=pl.String()))
            for rule_id in rules
        ).list.drop_nulls()
    ).to_series()
    # rows stay in the order of their delivery: only this one column is written anew, from those of sound and bad rows
    told = frame.select(REASONS)
    sound = told.filter(~is_bad)
    bad = told.filter(is_bad).select(pl.concat_list(REASONS, named.alias("_named")).list.unique().list.sort())
    of_bad = sound.height - 1 + is_bad.cum_sum().cast(pl.Int64())
    place = pl.select(pl.when(is_bad).then(of_bad).otherwise((~is_bad).cum_sum().cast(pl.Int64()) - 1)).to_series()
    return frame.with_columns(pl.concat([sound, bad]).to_series().gather(place).alias(REASONS))


def with_fate(frame: pl.DataFrame, fate: str, where: pl.Expr, *, among: pl.Expr = OPEN) -> pl.DataFrame:
    """Give a fate to the rows of which `where` is true, among those still in the running."""
    is_chosen = pl.col(FATE).is_null() & among & where.fill_null(False)
    return frame.with_columns(pl.when(is_chosen).then(pl.lit(fate)).otherwise(pl.col(FATE)).alias(FATE))


def settled(frame: pl.DataFrame, *, refused: str = QUARANTINED) -> pl.DataFrame:
    """Every row with its fate: what was decided stands, then a row that breaks a rule is refused, the rest accepted.
    Rows stay in no promised order: whoever writes them sorts."""
    is_broken = pl.col(REASONS).list.len() > 0
    fate = pl.coalesce(FATE, pl.when(is_broken).then(pl.lit(refused)).otherwise(pl.lit(ACCEPTED)))
    return frame.with_columns(fate.alias(FATE))


def of(frame: pl.DataFrame, fate: str) -> pl.DataFrame:
    """Rows of one fate. Mostly all are of one: then nothing is copied."""
    is_mine = frame[FATE] == fate
    return frame if is_mine.all() and not is_mine.has_nulls() else frame.filter(is_mine)
