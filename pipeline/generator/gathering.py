"""Money of all blocks gathered into the registries of its providers, one file a provider and day.

A registry holds payments of every district, so no block can write it alone: each lays its money by in private files
beside the landing folder, and once all have, each registry day is put together from these: memory holds one of them.
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


def laid_by(landing: Landing, block: str, made: pl.DataFrame, reversals: pl.DataFrame, *, by_provider: bool) -> None:
    """Keep payments and reversals of a block until `gathered`, apart for each sheet."""
    provider = pl.col("provider_code") if by_provider else pl.lit("")
    for table, rows in zip(_TABLES, (made, reversals), strict=True):
        sheets_of = rows.with_columns(_sheet=_sheet("received_on", provider)).partition_by(
            "_sheet", as_dict=True, include_key=False
        )
        for (sheet,), own in sheets_of.items():
            folder = private_folder(landing) / table.name / str(sheet)
            folder.mkdir(parents=True, exist_ok=True)
            own.write_ipc(folder / f"{block}.arrow")


def _sheet(day: str, provider: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.col(day).dt.to_string("iso"), provider, separator=BETWEEN)


def private_folder(landing: Landing) -> Path:
    """Where blocks lay their money by; whoever gathers removes it."""
    return landing.book / _PRIVATE


def sheets(registries: pl.DataFrame, *, by_provider: bool) -> list[str]:
    """One name for each file of payments to gather: its day, and its provider unless a town sends all in one."""
    provider = pl.col("provider_code") if by_provider else pl.lit("")
    return registries.select(_sheet("received_on", provider)).to_series().unique().sort().to_list()


def gathered(landing: Landing, town_name: str, sent_again: Mapping[str, date], sheet: str) -> int:
    """Deliver payments and reversals of one day (and provider) from what all blocks laid by; `sent_again` names sheets
    whose payments come once more, and when. Returns the rows that did."""
    (on, provider), again = sheet.split(BETWEEN), 0
    for table in _TABLES:
        files = sorted((private_folder(landing) / table.name / sheet).glob("*.arrow"))
        if files:
            rows = pl.concat(pl.read_ipc(file) for file in files)
            whole = numbered(rows) if table is payments.PAYMENTS else rows
            landing.deliver(table, date.fromisoformat(on), whole, provider or town_name)
            if table is payments.PAYMENTS and sheet in sent_again:
                landing.deliver(table, sent_again[sheet], whole, f"{provider}-again")
                again = whole.height
    return again
