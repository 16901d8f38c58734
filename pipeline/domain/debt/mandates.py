"""Mandates of creditors: which debts are worked under which, by whose thresholds, and which are left alone.

    draw of an account = the first eight hex digits of SHA-256(mandate, U+001F, account) modulo 10 000
    left alone         = the draw is below the share of the mandate, in hundredths of a percent

So the share is the same on every night and machine, a larger share only adds accounts to it, and nobody picks them. It
is left alone on the notice track towards the mandate's creditor; the court track goes on, or limitation would take the
debt. A mandate lowers no sum below the one from which anybody is troubled, and a book without calls makes none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.identity import hashed
from pipeline.rules.debt import DebtRules

_DRAWS = 10_000
_STAGES = ("reminder", "sms", "call", "debt_receipt")
_NO_MANDATE = ""


def in_force(mandates: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """MANDATES that run on `as_of`, one row a mandate: of its versions that have begun the latest.

    `from_on` is that of the first version: new terms go on with the mandate, they do not begin it anew.
    """
    begun = mandates.filter(pl.col("from_on") <= as_of)
    latest = (
        begun.sort("mandate_id", "from_on", "registered_at", "event_id")
        .with_columns(pl.col("from_on").min().over("mandate_id"))
        .unique("mandate_id", keep="last", maintain_order=True)
    )
    return latest.filter(_runs(as_of))


def mandated(
    mandates: pl.DataFrame, mandate_accounts: pl.DataFrame, met: Sequence[pl.DataFrame], *, as_of: date
) -> pl.DataFrame:
    """account × creditor under a mandate in force: mandate_id, is_hold_out, begun_on; of several the first begun.

    met: frames of the debts that matter tonight; most mandated accounts owe nothing, and their draw is not taken.
    """
    members = (
        mandate_accounts.filter(pl.col("from_on") <= as_of)
        .sort("mandate_id", "account_id", "from_on", "registered_at", "event_id")
        .unique(["mandate_id", "account_id"], keep="last", maintain_order=True)
        .filter(_runs(as_of))
        .select("mandate_id", "account_id", _since="from_on")
    )
    under = members.join(in_force(mandates, as_of=as_of), on="mandate_id").with_columns(
        begun_on=pl.max_horizontal("_since", "from_on")
    )
    pairs = under.select(PAIR).unique()
    met_here = pl.concat([pairs.join(rows.select(PAIR), on=PAIR, how="semi") for rows in met]).unique()
    one = (
        under.join(met_here, on=PAIR, how="semi")
        .sort(*PAIR, "begun_on", "mandate_id").unique(PAIR, keep="first", maintain_order=True)
    )
    draw = hashed(one, "mandate_id", "account_id").str.slice(0, 8).str.to_integer(base=16, dtype=pl.Int64) % _DRAWS
    share = pl.col("holdout_percent").cast(pl.Int64) * (_DRAWS // 100)
    return one.with_columns(draw.alias("_draw")).select(
        *PAIR, "mandate_id", "begun_on", is_hold_out=pl.col("_draw") < share
    )


def rules_by_mandate(mandates: pl.DataFrame, rules: DebtRules, *, as_of: date) -> dict[str, DebtRules]:
    """mandate_id → the rules of the book with the mandate's own; those of the book itself under an empty id."""
    own = {row["mandate_id"]: _own_rules(row, rules) for row in in_force(mandates, as_of=as_of).to_dicts()}
    return {_NO_MANDATE: rules} | own


def by_mandate(pairs: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Pairs (with mandate_id, null where there is none) apart by the mandate that they are worked under."""
    if pairs["mandate_id"].null_count() == pairs.height:
        return [(_NO_MANDATE, pairs)]
    worked = pairs.with_columns(_worked_by=pl.col("mandate_id").fill_null(_NO_MANDATE))
    parts = worked.partition_by("_worked_by", as_dict=True, include_key=False)
    return [(str(key[0]), rows) for key, rows in sorted(parts.items())]


def _own_rules(mandate: Mapping[str, Any], rules: DebtRules) -> DebtRules:
    notice = {
        name: mandate[name]
        for name in ("sms_min_kop", "debt_receipt_min_kop", "sms_months_overdue_min", "debt_receipt_months_overdue_min")
        if mandate[name] is not None
    }
    calls = {
        name: mandate[f"call_{name}"]
        for name in ("min_kop", "months_overdue_min") if mandate[f"call_{name}"] is not None
    }
    stages = tuple(stage for stage in _STAGES if mandate[f"has_{stage}"] and stage in rules.notice.stages)
    return replace(
        rules, notice=replace(rules.notice, stages=stages, **notice), calls=replace(rules.calls, **calls)
    )


def _runs(as_of: date) -> pl.Expr:
    return pl.col("to_on").is_null() | (pl.col("to_on") >= as_of)
