"""Announced registries, and their corrected versions.

A registry announced again on a later day with another content is a corrected version. It comes into force when as many
of its payments and reversals have come in as it announces: until then the version before stands, so that an
announcement without its rows takes nobody's money away. A row belongs to the last version in force that was announced
by the day of its arrival. Of an earlier version, rows that the version in force repeats word for word stay as they
are; the others are superseded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.contracts.ingest import KNOWN_REGISTRIES
from pipeline.contracts.payments import REGISTRIES
from pipeline.domain.ingest.fates import FATE, OPEN, REPEATED, SUPERSEDED, settled, with_fate, with_reasons
from pipeline.domain.ingest.repeats import CONTENT, DUPLICATE_ID, content

LIVE: Final = "_live_version"
VERSION: Final = "_version"
_PROVENANCE: Final = ("delivery_id", "row_number", "received_at")


@dataclass(frozen=True)
class Announced:
    """Registries of the cycle with their fates, and the version in force of every row of money."""

    registries: pl.DataFrame
    known: pl.DataFrame
    versions: pl.DataFrame

    @property
    def corrected(self) -> pl.DataFrame:
        """Registries whose version in force came in this cycle and follows one of a closed month."""
        return self.known.filter(pl.col("_is_corrected")).select("registry_id", *_PROVENANCE, "version")

    def with_versions(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add the version each row belongs to, and the registry's version in force."""
        told = _by_arrival(rows, self.versions)
        live = self.known.select("registry_id", pl.col("version").alias(LIVE))
        return told.join(live, on="registry_id", how="left", maintain_order="left").with_columns(
            pl.col(VERSION).fill_null(1), pl.col(LIVE).fill_null(1)
        )


def announced(registries: pl.DataFrame, known: pl.DataFrame, rows: pl.DataFrame) -> Announced:
    """`registries` of the cycle with reasons of the row rules; `known` as the state left them; `rows` are payments
    and reversals of the cycle (registry_id, received_at, `_id`)."""
    registries = _once_a_day(registries)
    told = _numbered(registries.filter(OPEN), known)
    registries = with_fate(registries, REPEATED, _is_among(registries, told.filter(pl.col("_is_same"))))
    versions = _in_force(told.filter(~pl.col("_is_same")), rows)
    live = _live(versions, known)
    replaced = versions.join(live.select("registry_id", pl.col("version").alias(LIVE)), on="registry_id").filter(
        pl.col("_is_in_force"), pl.col("version") < pl.col(LIVE)
    )
    registries = with_fate(registries, SUPERSEDED, _is_among(registries, replaced))
    return Announced(settled(registries), live, versions)


def with_found_rows(
    announcements: Announced, rows: pl.DataFrame, before: pl.DataFrame, apart: pl.DataFrame
) -> pl.DataFrame:
    """`known_registries` of the month. `rows` are payments and reversals with versions and fates; `before` is what
    the state knew; `apart` counts rows that were judged apart, each new and of the version in force (registry_id,
    rows). A version that goes on counts only rows that are new; a new version counts all its ids."""
    live = announcements.known
    others = apart.group_by("registry_id").agg(_apart=pl.col("rows").sum())
    of_live = rows.filter(pl.col(VERSION) == pl.col(LIVE)).join(
        before.select("registry_id", pl.col("version").alias(LIVE), _earlier=pl.col("found_rows")),
        on=["registry_id", LIVE], how="left",
    )
    is_counted = pl.col("_earlier").is_null() | (pl.col(FATE) != REPEATED)
    came = of_live.filter(is_counted).unique(["registry_id", "_id"]).group_by("registry_id").agg(
        _came=pl.len().cast(pl.Int64)
    )
    earlier = before.select("registry_id", "version", _earlier=pl.col("found_rows"))
    told = live.join(came, on="registry_id", how="left").join(others, on="registry_id", how="left")
    told = told.join(earlier, on=["registry_id", "version"], how="left")
    found = pl.sum_horizontal(pl.col("_came", "_apart", "_earlier").fill_null(0))
    return (
        told.with_columns(found_rows=found, is_complete=found >= pl.col("rows"))
        .select(KNOWN_REGISTRIES.inside_names)
        .sort("registry_id")
    )


def control_totals(known: pl.DataFrame, payments: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    """What registries announce against the rows of their version in force that came in this cycle: registry_id, rows,
    total_kop (empty where it was not announced), found_rows, found_kop, and the deliveries of both."""
    of_row = ["registry_id", VERSION, LIVE, "delivery_id"]
    # of a row that came twice the first arrival is told, whatever the order of files
    payments, reversals = (rows.sort("received_at", *_PROVENANCE[:2]) for rows in (payments, reversals))
    came = pl.concat([
        payments.select(*of_row, _id=pl.concat_str(pl.lit("p:"), "payment_id"), _kop=pl.col("amount_kop")),
        reversals.select(*of_row, _id=pl.concat_str(pl.lit("r:"), "reversal_id"), _kop=-pl.col("amount_kop")),
    ]).filter(pl.col(VERSION) == pl.col(LIVE))
    sums = came.unique(["registry_id", "_id", "_kop"], keep="first").group_by("registry_id").agg(
        found_rows=pl.len().cast(pl.Int64), found_kop=pl.col("_kop").sum(), _came_by=pl.col("delivery_id").unique()
    )
    nothing = pl.lit(0, dtype=pl.Int64)
    nobody = pl.lit([], dtype=pl.List(pl.String()))
    return (
        known.select("registry_id", "rows", "total_kop", "delivery_id")
        .join(sums, on="registry_id", how="full", coalesce=True)
        .with_columns(
            pl.col("found_rows").fill_null(nothing), pl.col("found_kop").fill_null(nothing),
            deliveries=pl.concat_list(pl.col("_came_by").fill_null(nobody), "delivery_id").list.drop_nulls(),
        )
        .drop("_came_by", "delivery_id").sort("registry_id")
    )


def superseded(rows: pl.DataFrame, key: str, columns: list[str]) -> pl.DataFrame:
    """Give their fate to the rows of earlier versions that the version in force does not repeat word for word."""
    told = rows.with_columns(content(columns, rows.schema))
    live = told.filter(pl.col(VERSION) == pl.col(LIVE)).select(key, CONTENT, _is_kept=True).unique()
    told = told.join(live, on=[key, CONTENT], how="left", maintain_order="left")
    is_replaced = (pl.col(VERSION) < pl.col(LIVE)) & pl.col("_is_kept").is_null()
    # a refused row of a replaced version is replaced as well: its money must not count twice
    return with_fate(told, SUPERSEDED, is_replaced, among=pl.lit(True)).select(rows.columns)


def _once_a_day(registries: pl.DataFrame) -> pl.DataFrame:
    """Announcements of one registry on one day: the same again is a repeat, several contents refuse each other."""
    told = registries.sort("received_at", *_PROVENANCE[:2]).with_columns(
        content(REGISTRIES.inside_names, registries.schema)
    )
    day = ["registry_id", "received_at"]
    contents = pl.when(OPEN).then(pl.col(CONTENT)).drop_nulls().n_unique().over(day)
    told = with_reasons(told, {DUPLICATE_ID: OPEN & (contents > 1)}).sort("received_at", *_PROVENANCE[:2])
    is_again = pl.when(OPEN).then(1).otherwise(0).cum_sum().over(day) > 1
    return with_fate(told, REPEATED, is_again).drop(CONTENT)


def _numbered(open_rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Announcements with their version; `_is_same` where the announcement before said the same."""
    columns = [*REGISTRIES.inside_names, *_PROVENANCE]
    before = known.select(*columns, "version", _is_known=True)
    now = open_rows.select(*columns, version=pl.lit(None, dtype=pl.Int64()), _is_known=False)
    told = pl.concat([before, now]).sort("registry_id", "received_at")
    told = told.with_columns(content(REGISTRIES.inside_names, told.schema))
    is_same = (pl.col(CONTENT) == pl.col(CONTENT).shift(1).over("registry_id")).fill_null(False)
    told = told.with_columns(_is_same=is_same)
    # numbering goes on from the version that the state knows
    step = pl.when(pl.col("_is_known")).then(pl.col("version")).otherwise((~pl.col("_is_same")).cast(pl.Int64))
    return told.with_columns(version=step.cum_sum().over("registry_id")).drop(CONTENT)


def _in_force(versions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Each version with the rows that came for it, whether they are all there, and whether it is in force."""
    first = pl.col("version") == pl.col("version").min().over("registry_id")
    told = versions.with_columns(_is_in_force=True)
    found = _by_arrival(rows, told).unique(["registry_id", VERSION, "_id"]).group_by("registry_id", VERSION).agg(
        _found=pl.len().cast(pl.Int64)
    )
    told = versions.join(found, left_on=["registry_id", "version"], right_on=["registry_id", VERSION], how="left")
    told = told.with_columns(_found=pl.col("_found").fill_null(0))
    return told.with_columns(_is_in_force=first | (pl.col("_found") >= pl.col("rows")))


def _by_arrival(rows: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """Rows with the last version in force that was announced by their arrival; earlier rows have the first one."""
    force = versions.filter(pl.col("_is_in_force")).select(
        "registry_id", "received_at", pl.col("version").alias(VERSION)
    )
    first = force.group_by("registry_id").agg(_first=pl.col(VERSION).min())
    told = rows.sort("received_at").join_asof(
        force.sort("received_at"), on="received_at", by="registry_id", strategy="backward", check_sortedness=False
    )
    return told.join(first, on="registry_id", how="left", maintain_order="left").with_columns(
        pl.coalesce(VERSION, "_first").alias(VERSION)
    ).drop("_first")


def _live(versions: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The version in force of every known registry."""
    force = versions.filter(pl.col("_is_in_force")).sort("registry_id", "version")
    was_known = known.select("registry_id", _before=pl.col("version"))
    return (
        force.unique("registry_id", keep="last", maintain_order=True)
        .join(was_known, on="registry_id", how="left")
        .with_columns(_is_corrected=(pl.col("version") > pl.col("_before")).fill_null(False))
        .sort("registry_id")
    )


def _is_among(registries: pl.DataFrame, listed: pl.DataFrame) -> pl.Expr:
    """Rows of this cycle that are in the list, by provenance."""
    mine = registries.join(listed.select("delivery_id", "row_number"), on=["delivery_id", "row_number"], how="semi")
    key = pl.concat_str(["delivery_id", pl.col("row_number").cast(pl.String)], separator=":")
    return key.is_in(mine.select(key.alias("_row"))["_row"].implode())
