"""Documents of the month before that a late registry or an identified payment may still make eligible.

    refused, not final, not replaced     still undecided
    with a payment made in time          decided anew by a replay of both cycles
    the others                           keep their decision, moment and reasons

A refusal is final when no awaited registry can bring a payment made before the next issue, at the latest when the
cycle that decides is over. A granted document is never decided again, nor is a new version of it.
"""

from __future__ import annotations

from datetime import date

import polars as pl

_EXPECTED = ("provider_code", "channel_code", "expected_on")


def still_undecided(last: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """Rows of the published decisions of the month before that may still change."""
    replaced = versions.select("document_id")
    return last.filter(~pl.col("is_eligible"), ~pl.col("is_final")).join(replaced, on="document_id", how="anti")


def new_documents(
    documents: pl.DataFrame, billed: pl.DataFrame, versions: pl.DataFrame, last: pl.DataFrame
) -> pl.DataFrame:
    """Live main documents among the arrivals of the cycle that still need a decision.

    documents: inside BILLING_DOCUMENTS of the cycle; billed: inside BILLED_DOCUMENTS of it, where lines exist.
    Answer: account_id, document_id, billing_month, net_total_kop (this month's lines as printed).
    """
    replaced = pl.concat([
        versions.select("document_id"),
        billed.filter("is_superseded").select("document_id"),
        versions_of(last.filter("is_eligible").select("document_id"), versions),
    ])
    return (
        documents.filter(pl.col("document_type_code") == "main")
        .join(replaced, on="document_id", how="anti")
        .select("account_id", "document_id", "billing_month", net_total_kop="charged_kop")
    )


def versions_of(documents: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """document_id of every later version of the given documents."""
    step = versions.select("document_id", "new_document_id")
    found, newest = documents.clear(), documents
    while newest.height:
        newest = newest.join(step, on="document_id").select(document_id="new_document_id").join(
            found, on="document_id", how="anti"
        )
        found = pl.concat([found, newest])
    return found


def is_still_awaited(awaited: pl.DataFrame, calendar: pl.DataFrame, *, next_issue_on: date) -> bool:
    """Whether a registry that is not in could bring a payment made before `next_issue_on`.

    A registry covers the days after the one before it of the same provider and channel; a first one may cover any.
    """
    previous = pl.col("covers_until").shift(1).over("provider_code", "channel_code", order_by="covers_until")
    covers = calendar.select(*_EXPECTED, covered_before=previous)
    out = awaited.filter(pl.col("status_code") != "received").join(covers, on=_EXPECTED, how="left")
    covers_from = pl.col("covered_before") + pl.duration(days=1)
    return bool(out.select((covers_from < next_issue_on).fill_null(True).any()).item())


def kept(undecided: pl.DataFrame, anew: pl.DataFrame) -> pl.DataFrame:
    """Decisions that stay as they were: those whose document is not decided anew."""
    return undecided.join(anew.select("document_id"), on="document_id", how="anti")
