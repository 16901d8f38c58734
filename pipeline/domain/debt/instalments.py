"""Instalment agreements: kept, broken or finished as of a night, told by the ledger alone.

    old debt   open items of the pair that were due by the signing, its day included, disputed sums left out
    paid       money laid on items due by the signing and paid since, its day included; money taken back is counted off
    debt       old debt + paid: what was owed at the signing
    due        parts whose last day has passed; the day itself is in time (ГК РФ, ст. 194)
    kept       paid ≥ due: a hold on messages, restriction and court; broken: the debt is due at once; caught up it is
               kept again. Nothing of the old debt left: finished
    doubt      agreed for another sum than the debt, more or less: `does_not_match_debt`. Nobody can tell which items it
               spreads, so it is neither kept nor broken: it holds like every doubt, under its own name, and gives no
               service back, until a person registers an agreement for what is owed (the one signed last counts) or
               decides: accepted for this difference it counts by its schedule, void it does not count

A schedule is the set of its parts, whatever order their rows stand in; a part told twice makes a doubt of it.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.debt_decisions import latest, subject_of
from pipeline.contracts.instalments import INSTALMENTS
from pipeline.domain.debt.arrears import ARREARS_KINDS, PAIR

#: Status of an agreement for another sum than the debt, and the hold that it is.
DOUBT: Final = "does_not_match_debt"
_KIND: Final = "instalment_doubt"
_AGREEMENT = (*PAIR, "agreement_id", "signed_on")


def instalments(
    agreements: pl.DataFrame, open_items: pl.DataFrame, movements: pl.DataFrame, decisions: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """INSTALMENTS, inside shape: the agreement in force of every pair that has one.

    movements: of money on items of these accounts since the signing, of this month and those before; decisions:
    DEBT_DECISIONS.
    """
    decided = latest(decisions, _KIND)
    void = decided.filter(pl.col("decision_code") == "void").select("subject_id")
    agreements = agreements.with_columns(subject_id=subject_of(_KIND)).join(void, on="subject_id", how="anti")
    last = (
        agreements.filter(pl.col("signed_on") <= as_of).sort(*PAIR, "signed_on", "registered_at", "agreement_id")
        .group_by(PAIR, maintain_order=True).agg(pl.col("agreement_id").last())
    )
    parts = agreements.join(last, on=[*PAIR, "agreement_id"]).sort(*PAIR, "part_due_on", "event_id")
    has_passed = pl.col("part_due_on") < as_of
    signed = parts.group_by(_AGREEMENT, maintain_order=True).agg(
        agreed_kop=money.total("part_kop"), due_kop=money.total(pl.when(has_passed).then("part_kop").otherwise(0)),
    )
    counted = (
        signed.join(_old_debt(signed, open_items), on=PAIR, how="left")
        .join(_paid_since(signed, movements), on=PAIR, how="left")
        .with_columns(pl.col("open_kop", "paid_kop").fill_null(0))
        .with_columns(pl.col("paid_kop").clip(lower_bound=0))
        .with_columns(debt_kop=pl.col("open_kop") + pl.col("paid_kop"), subject_id=subject_of(_KIND))
        .join(decided, on="subject_id", how="left")
    )
    difference = (pl.col("agreed_kop") - pl.col("debt_kop")).abs()
    is_accepted = ((pl.col("decision_code") == "accept") & (pl.col("amount_kop") == difference)).fill_null(False)
    status = (
        pl.when(pl.col("open_kop") == 0).then(pl.lit("finished"))
        .when((difference > 0) & ~is_accepted).then(pl.lit(DOUBT))
        .when(pl.col("paid_kop") >= pl.col("due_kop")).then(pl.lit("kept"))
        .otherwise(pl.lit("broken"))
    )
    return (
        counted.join(_next_part(parts, counted), on=PAIR, how="left")
        .with_columns(pl.col("next_kop").fill_null(0), status_code=status)
        .with_columns(
            next_kop=pl.when(pl.col("status_code") == "finished").then(0).otherwise("next_kop"),
            next_on=pl.when(pl.col("status_code") != "finished").then("next_on"),
        )
        .select(INSTALMENTS.inside_names)
        .cast(pl.Schema(INSTALMENTS.inside_schema))
        .sort(PAIR)
    )


def kept(found: pl.DataFrame) -> pl.DataFrame:
    """account × creditor × reason_code `instalment` of the agreements that are kept, with signed_on."""
    return found.filter(pl.col("status_code") == "kept").select(*PAIR, "signed_on", reason_code=pl.lit("instalment"))


def holding(found: pl.DataFrame) -> pl.DataFrame:
    """account × creditor × reason_code of every agreement that holds: kept, or a doubt under its own name."""
    doubts = found.filter(pl.col("status_code") == DOUBT).select(*PAIR, reason_code="status_code")
    return pl.concat([kept(found).drop("signed_on"), doubts.cast({"reason_code": pl.String})])


def old_items(signed: pl.DataFrame, open_items: pl.DataFrame) -> pl.DataFrame:
    """Open items that an agreement spreads: due by its signing, not disputed. signed: PAIR, signed_on."""
    return (
        open_items.filter(pl.col("debt_kind_code").is_in(ARREARS_KINDS) & ~pl.col("is_disputed"))
        .join(signed.select(*PAIR, "signed_on"), on=PAIR)
        .filter(pl.col("due_on") <= pl.col("signed_on"))
    )


def _old_debt(signed: pl.DataFrame, open_items: pl.DataFrame) -> pl.DataFrame:
    return old_items(signed, open_items).group_by(PAIR).agg(open_kop=money.total("outstanding_kop"))


def _paid_since(signed: pl.DataFrame, movements: pl.DataFrame) -> pl.DataFrame:
    return (
        movements.filter(pl.col("debt_kind_code").is_in(ARREARS_KINDS))
        .join(signed.select(*PAIR, "signed_on"), on=PAIR)
        .filter((pl.col("due_on") <= pl.col("signed_on")) & (pl.col("paid_at").dt.date() >= pl.col("signed_on")))
        .group_by(PAIR).agg(paid_kop=money.total("allocated_kop"))
    )


def _next_part(parts: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """The first part that what has been paid does not reach, and what of it is missing."""
    reached = money.widened("part_kop").cum_sum().over(PAIR, order_by=pl.row_index()).cast(pl.Int64)
    ahead = parts.with_columns(_reached_kop=reached).join(counted.select(*PAIR, "paid_kop"), on=PAIR)
    return (
        ahead.filter(pl.col("_reached_kop") > pl.col("paid_kop"))
        .with_columns(next_kop=pl.min_horizontal("part_kop", pl.col("_reached_kop") - pl.col("paid_kop")))
        .group_by(PAIR, maintain_order=True)
        .agg(next_on=pl.col("part_due_on").first(), next_kop=pl.col("next_kop").first())
    )
