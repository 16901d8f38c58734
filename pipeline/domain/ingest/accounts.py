"""Accounts: the carried index of all that were ever seen, and which account a written id means.

Index: new accounts are appended by first arrival, then id; nothing is renumbered or reused. A written id means the
account spelled so, else the only account of the same look (Cyrillic and Latin letters, blanks, case).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.identifiers import nearest_accounts, normalised_account

KNOWN_ACCOUNT: Final = "known_account_id"
CANDIDATES: Final = "candidate_account_ids"
_LIKE: Final = "_like"


def extended_index(index: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """The index with the accounts of `seen` (account_id, received_at) that it does not hold yet."""
    first = seen.drop_nulls("account_id").group_by("account_id").agg(first_seen_at=pl.col("received_at").min())
    following = index["account_index"].max()
    start = 0 if following is None else int(following) + 1  # type: ignore[arg-type]
    added = (
        first.join(index, on="account_id", how="anti")
        .sort("first_seen_at", "account_id")
        .with_row_index("account_index", offset=start)
        .with_columns(pl.col("account_index").cast(pl.Int64()))
    )
    return pl.concat([index.select(ACCOUNT_INDEX.inside_names), added.select(ACCOUNT_INDEX.inside_names)])


def placed(frame: pl.DataFrame, index: pl.DataFrame, written: str = "account_id") -> pl.DataFrame:
    """Add `known_account_id`, the account that the written id means, empty when there is none or several."""
    alike = (
        index.select(pl.col("account_id").alias(KNOWN_ACCOUNT), normalised_account("account_id").alias(_LIKE))
        .filter(pl.len().over(_LIKE) == 1)
    )
    is_exact = pl.col(written).is_in(index["account_id"].implode()).fill_null(False)
    return (
        frame.with_columns(normalised_account(written).alias(_LIKE))
        .join(alike, on=_LIKE, how="left", maintain_order="left")
        .with_columns(pl.when(is_exact).then(pl.col(written)).otherwise(pl.col(KNOWN_ACCOUNT)).alias(KNOWN_ACCOUNT))
        .drop(_LIKE)
    )


def spelled_as_in_the_book(frame: pl.DataFrame) -> pl.DataFrame:
    """The account id in the book's spelling, the original as `paid_account_id`; for rows whose account is known."""
    return frame.with_columns(paid_account_id=pl.col("account_id")).with_columns(
        pl.coalesce(KNOWN_ACCOUNT, "account_id").alias("account_id")
    )


def with_candidates(frame: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    """Add the accounts that an unknown id may have been meant for, best first; an empty list for the others."""
    unknown = frame.filter(pl.col(KNOWN_ACCOUNT).is_null()).select("account_id").drop_nulls().unique()
    near = nearest_accounts(unknown, index).group_by("account_id", maintain_order=True).agg(
        pl.col("candidate_account_id").alias(CANDIDATES)
    )
    nobody = pl.lit([], dtype=pl.List(pl.String()))
    return frame.join(near, on="account_id", how="left", maintain_order="left").with_columns(
        pl.when(pl.col(KNOWN_ACCOUNT).is_null()).then(pl.col(CANDIDATES)).fill_null(nobody).alias(CANDIDATES)
    )
