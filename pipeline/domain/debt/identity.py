"""Ids that are hashes of what they name, so that the same thing has the same id on every night and machine."""

from __future__ import annotations

import hashlib

import polars as pl

_LENGTH = 32


def hashed(frame: pl.DataFrame, *parts: str | pl.Expr) -> pl.Series:
    """SHA-256 (first 32 hex digits) of the parts of each row, joined by a character that no id holds."""
    texts = frame.select(pl.concat_str([pl.col(p) if isinstance(p, str) else p for p in parts], separator="\x1f"))
    digests = [hashlib.sha256(text.encode()).hexdigest()[:_LENGTH] for text in texts.to_series().to_list()]
    return pl.Series(digests, dtype=pl.String)
