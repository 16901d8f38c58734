"""A list of the night as it was published, and the open items behind its rows: what letters are printed from.

Only rows of the list are taken from the big tables, part by part, since an account keeps its part. Not here: what a
letter says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.debt import DEBTOR_LISTS
from pipeline.contracts.instalments import INSTALMENTS_OFFERED
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.contracts.table import Table
from pipeline.errors import RaschetError
from pipeline.rendering.words import awaited_of
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files, scan_as
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.shapes import to_inside


class NoList(RaschetError):
    """The month is not published or not the last one, or its list waits for a registry or is empty."""


@dataclass(frozen=True)
class PublishedList:
    """Rows of a list (inside shape), the version that they are from and the night they were made for."""

    version: Version
    rows: pl.DataFrame
    run_on: date


def published_list(book: Book, month: BillingMonth, table: Table) -> PublishedList:
    """The list of the published month; NoList says why there is nothing to print. Offers of an instalment may leave
    when every list of the ladder may; an empty table of them is for their kind to tell."""
    version = published_version(book, month)
    if version is None:
        raise NoList(f"Месяц {month} не рассчитан, печатать нечего", f"Рассчитайте его: raschet run --month {month}")
    later = published_version(book, month.next)
    if later is not None:
        raise NoList(
            f"Список {table.name} месяца {month} устарел: уже рассчитан {month.next}, и долги с тех пор изменились",
            f"Печатайте по последнему рассчитанному месяцу, не раньше {month.next}",
        )
    are_offers = table is INSTALMENTS_OFFERED
    is_of = pl.lit(True) if are_offers else pl.col("list_code") == table.name
    told = table_rows(version, DEBTOR_LISTS).filter(is_of & (pl.col("status_code") != "ready")).to_dicts()
    if told:
        raise NoList(
            f"Список {table.name} месяца {month} не составлен: ждёт реестры {awaited_of(told[0]['awaited'])}",
            "Примите реестры и пересчитайте месяц",
        )
    rows = table_rows(version, table)
    if rows.is_empty() and not are_offers:
        raise NoList(f"В списке {table.name} месяца {month} нет ни одной строки, печатать нечего",
                     "Списки и их строки показывает raschet status")
    return PublishedList(version, rows, version.as_of if are_offers else rows["run_on"][0])


def table_rows(version: Version, table: Table) -> pl.DataFrame:
    """A whole published table, inside shape."""
    files = parquet_files(version.folder / table.name)
    return to_inside(scan_as(files, table.outside_schema), table).collect() if files else table.empty_inside()


def rows_of_accounts(version: Version, table: Table, accounts: pl.Series) -> pl.DataFrame:
    """Rows of a published table (inside shape) of some accounts only; files in order of their parts."""
    wanted = pl.LazyFrame({"account_id": accounts.unique()})
    files = parquet_files(version.folder / table.name)
    found = [
        to_inside(scan_as([file], table.outside_schema).join(wanted, on="account_id", how="semi"), table).collect()
        for file in files
    ]
    return pl.concat([table.empty_inside(), *found])


def open_items_of(listed: PublishedList) -> pl.DataFrame:
    """Open items of the accounts of a list."""
    return rows_of_accounts(listed.version, OPEN_ITEMS, listed.rows["account_id"])
