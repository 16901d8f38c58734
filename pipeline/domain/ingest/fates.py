"""Where a row of a delivery goes: exactly one fate for each, with the reasons for the refused ones.

    received = accepted + repeated + superseded + suspended + quarantined

A frame under judgement carries its provenance, `reasons` (ids of the rules that a row breaks, sorted, as one text) and
`fate` (empty while undecided). Here: the two columns and how rules fill them. Not here: any rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

FATE: Final = "fate"
REASONS: Final = "reasons"
ROW: Final = ("delivery_id", "row_number")
PROVENANCE: Final = (*ROW, "received_at")

ACCEPTED: Final = "accepted"
REPEATED: Final = "repeated"
SUPERSEDED: Final = "superseded"
SUSPENDED: Final = "suspended"
QUARANTINED: Final = "quarantined"
FATES: Final = (ACCEPTED, REPEATED, SUPERSEDED, SUSPENDED, QUARANTINED)

#: Stands between the rules that a row breaks: in a column of texts a few rows are changed at no cost, while a column of
#: lists would be written anew for them.
_BETWEEN: Final = ","
#: A row that breaks no rule.
SOUND: Final = pl.col(REASONS) == ""
#: A row that is still in the running: nothing against it, nothing decided.
OPEN: Final = pl.col(FATE).is_null() & SOUND


def undecided(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with empty reasons and no fate."""
    return frame.with_columns(pl.lit("").alias(REASONS), pl.lit(None, dtype=pl.String()).alias(FATE))


def listed_reasons() -> pl.Expr:
    """The rules that a row breaks, as they are published."""
    return pl.when(SOUND).then(pl.lit([], dtype=pl.List(pl.String()))).otherwise(pl.col(REASONS).str.split(_BETWEEN))


def breaks(rule_id: str) -> pl.Expr:
    """Whether a row breaks a rule."""
    return listed_reasons().list.contains(rule_id)


def counted_reasons(frame: pl.DataFrame) -> pl.DataFrame:
    """How many rows break each rule: the rule, its rows; sorted."""
    told = frame.select(listed_reasons().explode().alias(REASONS)).drop_nulls()
    return told.group_by(REASONS).len().sort(REASONS)


def as_reasons(rule_ids: pl.Expr) -> pl.Expr:
    """Lists of rules as the text of a frame under judgement."""
    return rule_ids.list.unique().list.sort().list.join(_BETWEEN)


def with_reasons(
    frame: pl.DataFrame, rules: Mapping[str, pl.Expr], proofs: Mapping[str, pl.Expr] | None = None
) -> pl.DataFrame:
    """Add the id of every rule that a row breaks. A rule is true on a row that breaks it; one that cannot be
    told (null) counts as broken. A rule whose proof holds is broken by no row and not asked. Reasons are built for the
    bad rows only; rows keep their order."""
    if proofs:
        is_kept = frame.select(proof.alias(rule_id) for rule_id, proof in proofs.items()).row(0, named=True)
        rules = {rule_id: rule for rule_id, rule in rules.items() if not is_kept.get(rule_id)}
    if not rules or frame.is_empty():
        return frame
    broken = frame.select(rule.fill_null(True).alias(rule_id) for rule_id, rule in rules.items())
    is_bad = broken.select(pl.any_horizontal(pl.all())).to_series()
    if not is_bad.any():
        return frame
    named = pl.concat_str(
        [pl.when(pl.col(rule_id)).then(pl.lit(rule_id)) for rule_id in sorted(rules)], separator=_BETWEEN,
        ignore_nulls=True,
    )
    added, before = broken.filter(is_bad).select(named.alias(REASONS)), frame.select(REASONS).filter(is_bad)
    if not before.select(SOUND.all()).item():
        added = pl.concat([before, added.rename({REASONS: "_added"})], how="horizontal").select(
            as_reasons(pl.concat_list(listed_reasons(), pl.col("_added").str.split(_BETWEEN))).alias(REASONS)
        )
    return frame.with_columns(frame[REASONS].clone().scatter(is_bad.arg_true(), added[REASONS]))


def with_fate(frame: pl.DataFrame, fate: str, where: pl.Expr, *, among: pl.Expr = OPEN) -> pl.DataFrame:
    """Give a fate to the rows of which `where` is true, among those still in the running."""
    is_chosen = pl.col(FATE).is_null() & among & where.fill_null(False)
    return frame.with_columns(pl.when(is_chosen).then(pl.lit(fate)).otherwise(pl.col(FATE)).alias(FATE))


def settled(frame: pl.DataFrame, *, refused: str = QUARANTINED) -> pl.DataFrame:
    """Every row with its fate: what was decided stands, then a row that breaks a rule is refused, the rest accepted.
    Rows stay in no promised order: whoever writes them sorts."""
    if frame.is_empty():
        return frame
    fate = pl.coalesce(FATE, pl.when(SOUND).then(pl.lit(ACCEPTED)).otherwise(pl.lit(refused)))
    return frame.with_columns(fate.alias(FATE))


def of(frame: pl.DataFrame, fate: str) -> pl.DataFrame:
    """Rows of one fate. Mostly all are of one: then nothing is copied."""
    is_mine = frame[FATE] == fate
    return frame if is_mine.all() and not is_mine.has_nulls() else frame.filter(is_mine)
