"""Registries that are late or differ, and lists that cannot leave for want of a registry."""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.debt import LISTS
from pipeline.domain.queue.kinds import SUBJECT, queued
from pipeline.money import total

#: Which list the next stage of a debtor leaves by.
_LIST_OF_STAGE: Final = {
    "reminder": "sms_list", "sms": "sms_list", "call": "call_list", "debt_receipt": "debt_receipts",
    "court_order": "court_list", "claim": "court_list",
}
#: What is looked at of a debtor.
CLAIM: Final = ("next_action_code", "next_action_on", "claimed_kop")
_EXPECTED: Final = ("provider_code", "expected_on", "covers_until")


def late(awaited: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """QUEUED rows of AWAITED_REGISTRIES: one registry however many channels it brings. `known`: KNOWN_REGISTRIES."""
    usual = known.sort("received_on", "registry_id").group_by("provider_code").agg(
        effect_kop=pl.col("total_kop").last().abs()
    )
    missing = (
        awaited.filter(pl.col("status_code") == "late")
        .group_by(_EXPECTED).agg(reason_codes=pl.col("channel_code").unique().sort())
        .join(usual, on="provider_code", how="left")
    )
    return queued(missing.select(
        pl.concat_str("provider_code", "expected_on", "covers_until", separator=":").alias(SUBJECT),
        "provider_code", "reason_codes", kind_code=pl.lit("late_registry"),
        effect_kop=pl.col("effect_kop").fill_null(0), waiting_since_on="expected_on",
    ))


def differing(reconciliation: pl.DataFrame) -> pl.DataFrame:
    """QUEUED rows of REGISTRY_RECONCILIATION."""
    told = reconciliation.filter(pl.col("status_code") != "reconciled")
    other = (
        pl.when(pl.col("status_code") == "statement_differs").then("statement_kop")
        .when(pl.col("status_code") == "not_announced").then(pl.lit(0, dtype=pl.Int64))
        .otherwise("declared_kop")
    )
    return queued(told.select(
        pl.col("registry_id").alias(SUBJECT), "registry_id", "provider_code",
        kind_code=pl.lit("registry_difference"), effect_kop=(other.fill_null(0) - pl.col("listed_kop")).abs(),
        waiting_since_on="received_on", reason_codes=pl.concat_list("status_code"),
    ))


def claims_due(debtors: pl.DataFrame) -> pl.DataFrame:
    """list_code, next_action_on, claimed_kop of one part: what debtors (CLAIM) are asked for whose next stage leaves by
    a list, summed."""
    due = debtors.filter(pl.col("next_action_on").is_not_null()).with_columns(
        list_code=pl.col("next_action_code").replace_strict(_LIST_OF_STAGE, default=None, return_dtype=pl.String)
    )
    return due.drop_nulls("list_code").group_by("list_code", "next_action_on").agg(claimed_kop=total("claimed_kop"))


def waiting_lists(lists: pl.DataFrame, claims: list[pl.DataFrame], awaited: pl.DataFrame) -> pl.DataFrame:
    """QUEUED rows of DEBTOR_LISTS that wait; `claims`: `claims_due` of all parts."""
    due = pl.concat(claims).join(lists.select("list_code", "run_on"), on="list_code").filter(
        pl.col("next_action_on") <= pl.col("run_on")
    )
    at_stake = due.group_by("list_code").agg(effect_kop=total("claimed_kop"))
    out = awaited.filter(pl.col("status_code") != "received").select(
        awaited_code=pl.concat_str("provider_code", "channel_code", separator=":"), since="covers_until"
    )
    told = lists.filter(pl.col("status_code") == "awaiting_registries")
    since = (
        told.select("list_code", "awaited").explode("awaited", empty_as_null=True)
        .join(out, left_on="awaited", right_on="awaited_code", how="left")
        .group_by("list_code").agg(pl.col("since").min())
    )
    return queued(
        told.join(at_stake, on="list_code", how="left").join(since, on="list_code", how="left").select(
            pl.col("list_code").alias(SUBJECT), "list_code", kind_code=pl.lit("list_awaiting_registry"),
            effect_kop=pl.col("effect_kop").fill_null(0), waiting_since_on=pl.coalesce("since", "run_on"),
            reason_codes=pl.col("awaited").list.sort(),
        )
    )


assert set(_LIST_OF_STAGE.values()) == set(LISTS)
