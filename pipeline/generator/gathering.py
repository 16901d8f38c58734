"""Money of all blocks gathered into the registries of its providers, one file a provider and day.

A registry holds payments of every district, so no block can write it alone: each lays its money by in a private file
beside the landing folder, and once all have, each registry day is read out of them. Private files are not compressed
and read through memory maps: a day costs its own rows only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts import payments
from pipeline.generator.landing import Landing
from pipeline.generator.registries import BETWEEN, numbered

_PRIVATE: Final = ".laid_by"
_TABLES: Final = (payments.PAYMENTS, payments.PAYMENT_REVERSALS)


def laid_by(landing: Landing, block: str, made: pl.DataFrame, reversals: pl.DataFrame) -> None:
    """Keep payments and reversals of a block until `gathered`."""
    for table, rows in zip(_TABLES, (made, reversals), strict=True):
        folder = private_folder(landing) / table.name
        folder.mkdir(parents=True, exist_ok=True)
        rows.sort("received_on", "provider_code", maintain_order=True).write_ipc(folder / f"{block}.arrow")


def private_folder(landing: Landing) -> Path:
    """Where blocks lay their money by; whoever gathers removes it."""
    return landing.book / _PRIVATE


def sheets(registries: pl.DataFrame, *, by_provider: bool) -> list[str]:
    """One name for each file of payments to gather: its day, and its provider unless a town sends all in one."""
    provider = pl.col("provider_code") if by_provider else pl.lit("")
    days = registries.select("received_on", _provider=provider).unique().sort("received_on", "_provider")
    return [f"{on}{BETWEEN}{provider}" for on, provider in days.rows()]


def gathered(landing: Landing, town_name: str, sent_again: Mapping[str, date], sheet: str) -> int:
    """Deliver payments and reversals of one day (and provider) from what all blocks laid by; `sent_again` names sheets
    whose payments come once more, and when. Returns the rows that did."""
    (on, provider), again = sheet.split(BETWEEN), 0
    for table in _TABLES:
        rows = _found(private_folder(landing) / table.name, date.fromisoformat(on), provider)
        if rows.height:
            whole = numbered(rows) if table is payments.PAYMENTS else rows
            landing.deliver(table, date.fromisoformat(on), whole, provider or town_name)
            if table is payments.PAYMENTS and sheet in sent_again:
                landing.deliver(table, sent_again[sheet], whole, f"{provider}-again")
                again = whole.height
    return again


def _found(folder: Path, on: date, provider: str) -> pl.DataFrame:
    is_wanted = pl.col("received_on") == on
    if provider:
        is_wanted &= pl.col("provider_code") == provider
    return pl.scan_ipc(sorted(folder.glob("*.arrow"))).filter(is_wanted).collect()
