"""Registries, cumulative to the cut: what each announced, listed and was received, and where its money is.

    listed      payments less reversals that the registry's own rows list: compared with the announcement and the bank
    received    its payments less reversals of them, whichever registry brought those: compared with where money is
    received  = allocated + advances left + suspended left + returned

A registry stays while its money moves or waits, and for a year. Not here: corrected registries (ingest undoes them).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.ledger import REGISTRY_RECONCILIATION
from pipeline.domain.allocation.runs import ranked
from pipeline.domain.ledger.posting import UNREADABLE, identified_money
from pipeline.money import total

SUMS: Final = (
    "found_rows", "listed_kop", "received_kop", "allocated_kop", "advance_kop", "suspended_kop", "returned_kop",
)
_CUMULATIVE: Final = ("found_rows", "listed_kop", "received_kop", "allocated_kop", "returned_kop")
_MONTHS_KEPT: Final = 12


def registry_flows(
    payments: pl.DataFrame, movements: pl.DataFrame, sources: pl.DataFrame, advances: pl.DataFrame
) -> pl.DataFrame:
    """Flows of one part by registry. `payments`: those that arrived for it, before placing; `movements` name their
    money by `source`, a row of `sources`."""
    one, amount = pl.lit(1, dtype=pl.Int64), pl.col("amount_kop")
    registries = sources["registry_id"].cast(ranked(sources["registry_id"]))
    moved = movements.select(registries.gather(movements["source"]), "allocated_kop").group_by("registry_id").agg(
        allocated_kop=total("allocated_kop")
    )
    return added([
        payments.select("registry_id", "received_on", found_rows=one, listed_kop=amount, received_kop=amount),
        moved.with_columns(pl.col("registry_id").cast(pl.String)),
        advances.select("registry_id", advance_kop="amount_kop"),
    ])


def reversal_flows(reversals: pl.DataFrame) -> pl.DataFrame:
    """Flows of all reversals: listed by their own registry, taken from their payment's. One that a person identified
    was listed and received when it came."""
    one, amount = pl.lit(1, dtype=pl.Int64), pl.col("amount_kop")
    came_now = ~pl.col("is_identified")
    return added([
        reversals.filter(came_now, ~pl.col("is_correction")).select("registry_id", found_rows=one),
        reversals.filter(came_now).select("registry_id", listed_kop=-amount),
        reversals.filter(~came_now).select("registry_id", received_kop=amount),
        reversals.select(registry_id="payment_registry_id", received_kop=-amount),
    ])


def suspense_flows(
    new: pl.DataFrame, decided: pl.DataFrame, released: pl.DataFrame, shifted: pl.DataFrame, at_cut: pl.DataFrame
) -> pl.DataFrame:
    """Flows of suspended money by registry: new rows of ingest, decisions to return, corrections, rows at the cut.
    Money of no readable registry is nobody's until a person gives it to an account."""
    one, amount = pl.lit(1, dtype=pl.Int64), pl.col("amount_kop")
    returned = decided.filter(pl.col("decision_code") == "returned")
    of_no_registry = identified_money(decided).filter(pl.col("registry_id").is_null())
    return added([
        new.select("registry_id", "received_on", found_rows=one, listed_kop=amount, received_kop=amount),
        returned.select("registry_id", returned_kop=amount),
        of_no_registry.select(registry_id=pl.lit(UNREADABLE), received_kop=amount),
        released.select("registry_id", listed_kop=-amount, received_kop=-amount),
        shifted.select("registry_id", "received_kop"),
        at_cut.select("registry_id", suspended_kop=amount),
    ])


def added(flows: list[pl.DataFrame]) -> pl.DataFrame:
    """Flows summed by registry, money of no registry left out; `received_on` is the earliest."""
    schema = {"registry_id": pl.String, "received_on": pl.Date, **dict.fromkeys(SUMS, pl.Int64)}
    return (
        pl.concat([pl.DataFrame(schema=schema), *flows], how="diagonal")
        .filter(pl.col("registry_id").is_not_null())
        .group_by("registry_id")
        .agg(pl.col("received_on").min(), *(total(pl.col(name).fill_null(0)).alias(name) for name in SUMS))
        .sort("registry_id")
    )


def registry_reconciliation(
    before: pl.DataFrame, flows: pl.DataFrame, announced: pl.DataFrame, statements: pl.DataFrame, *, cut_on: date
) -> pl.DataFrame:
    """Inside REGISTRY_RECONCILIATION. `before`: the table of the month before; `announced`: registries in force;
    `statements`: bank operations that arrived in the cycle."""
    signed = pl.when(pl.col("direction_code") == "in").then("amount_kop").otherwise(-pl.col("amount_kop"))
    booked = (
        statements.filter(pl.col("registry_id").is_not_null())
        .group_by("registry_id").agg(statement_kop=total(signed))
    )
    carried = before.select("registry_id", "received_on", *_CUMULATIVE)
    declared = announced.select(
        "registry_id", "provider_code", declared_on="received_on", declared_rows="rows", declared_kop="total_kop",
        rows_in_force="found_rows",
    )
    told = (
        added([carried, flows])
        .join(before.select("registry_id", statement_before="statement_kop"), on="registry_id", how="left")
        .join(booked, on="registry_id", how="left")
        .join(declared, on="registry_id", how="left")
        .with_columns(
            # of a corrected registry only the rows of the version in force count
            found_rows=pl.coalesce("rows_in_force", "found_rows"),
            received_on=pl.coalesce("declared_on", "received_on", pl.lit(cut_on)),
            statement_kop=pl.when(pl.any_horizontal(pl.col("statement_kop", "statement_before").is_not_null()))
            .then(pl.col("statement_kop").fill_null(0) + pl.col("statement_before").fill_null(0)),
        )
    )
    return told.with_columns(status_code=_status()).filter(_is_kept(flows, cut_on)).select(
        REGISTRY_RECONCILIATION.inside_names
    )


def _status() -> pl.Expr:
    return (
        pl.when(pl.col("declared_kop").is_null()).then(pl.lit("not_announced"))
        .when(pl.col("declared_rows") != pl.col("found_rows")).then(pl.lit("rows_differ"))
        .when(pl.col("declared_kop") != pl.col("listed_kop")).then(pl.lit("total_differs"))
        .when((pl.col("statement_kop") != pl.col("listed_kop")).fill_null(False)).then(pl.lit("statement_differs"))
        .otherwise(pl.lit("reconciled"))
    )


def _is_kept(flows: pl.DataFrame, cut_on: date) -> pl.Expr:
    is_young = pl.col("received_on") > pl.lit(cut_on).dt.offset_by(f"-{_MONTHS_KEPT}mo")
    waits = (pl.col("advance_kop") != 0) | (pl.col("suspended_kop") != 0)
    return is_young | waits | pl.col("registry_id").is_in(flows["registry_id"].implode())
