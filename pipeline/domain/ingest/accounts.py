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
WRITTEN: Final = "written_id"
_LIKE: Final = "_like"
_ODD: Final = r"[^0-9A-Z/.-]"


def extended_index(index: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """The index with the accounts of `seen` (account_id, received_at) that it does not hold yet."""
    # accounts are known from before but for a few: those are grouped, not all
    new = seen.drop_nulls("account_id").join(index, on="account_id", how="anti")
    first = new.group_by("account_id").agg(first_seen_at=pl.col("received_at").min())
    following = index["account_index"].max()
    start = 0 if following is None else int(following) + 1  # type: ignore[arg-type]
    added = (
        first.sort("first_seen_at", "account_id")
        .with_row_index("account_index", offset=start)
        .with_columns(pl.col("account_index").cast(pl.Int64()))
    )
    return pl.concat([index.select(ACCOUNT_INDEX.inside_names), added.select(ACCOUNT_INDEX.inside_names)])


def placed(frame: pl.DataFrame, index: pl.DataFrame, written: str = "account_id") -> pl.DataFrame:
    """Add `known_account_id`, the account that the written id means, empty when there is none or several."""
    return with_known_account(frame, spellings(frame[written], index), written)


def with_known_account(frame: pl.DataFrame, meant: pl.DataFrame, written: str = "account_id") -> pl.DataFrame:
    """Add `known_account_id`; `meant` are the `spellings` of the ids written here, of others too."""
    if meant.is_empty() or not frame[written].is_in(meant[WRITTEN].implode()).any():
        return frame.with_columns(pl.col(written).alias(KNOWN_ACCOUNT))
    told = frame.join(meant.with_columns(_is_listed=True), left_on=written, right_on=WRITTEN, how="left",
                      maintain_order="left")
    known = pl.when(pl.col("_is_listed")).then(pl.col(KNOWN_ACCOUNT)).otherwise(pl.col(written))
    return told.with_columns(known.alias(KNOWN_ACCOUNT)).drop("_is_listed")


def spellings(written: pl.Series, index: pl.DataFrame) -> pl.DataFrame:
    """Ids that are no account as they are spelled (`written_id`), with the account that each means, where one does."""
    ids = written.drop_nulls().unique().sort().to_frame(WRITTEN)
    # few ids are asked for among millions of accounts: a join is built from what stands on its right
    spelled_so = index.select("account_id").join(ids, left_on="account_id", right_on=WRITTEN, how="semi")
    strange = ids.join(spelled_so, left_on=WRITTEN, right_on="account_id", how="anti")
    if strange.is_empty():
        return strange.with_columns(pl.lit(None, dtype=pl.String()).alias(KNOWN_ACCOUNT))
    strange = strange.with_columns(normalised_account(WRITTEN).alias(_LIKE))
    plain = index.select(pl.col("account_id").alias(KNOWN_ACCOUNT)).join(
        strange.select(_LIKE), left_on=KNOWN_ACCOUNT, right_on=_LIKE, how="semi"
    )
    odd = odd_accounts(index, "account_id").select(pl.col("account_id").alias(KNOWN_ACCOUNT))
    alike = pl.concat([plain, odd]).unique().with_columns(normalised_account(KNOWN_ACCOUNT).alias(_LIKE))
    single = alike.filter(pl.len().over(_LIKE) == 1)
    return strange.join(single, on=_LIKE, how="left", maintain_order="left").select(WRITTEN, KNOWN_ACCOUNT)


def odd_accounts(accounts: pl.DataFrame, column: str) -> pl.DataFrame:
    """Accounts whose look may be another's: an id of digits and Latin capitals is its own normal form."""
    return accounts.filter(pl.col(column).str.contains(_ODD))


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
