"""Which month and which account are meant; one clear sentence when there is no such thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.errors import RaschetError
from pipeline.identifiers import nearest_accounts, normalised_account, normalised_account_id
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files
from pipeline.storage.manifest import Version, published_months, published_version

_SHOWN = 3


class NothingToExplain(RaschetError):
    """There is no such account, or no such month is published."""


@dataclass(frozen=True, slots=True)
class Found:
    """The account as the book writes it, its position in the account index, the version of the month."""

    account_id: str
    position: int
    version: Version
    was_respelled: bool


def find(book: Book, month: BillingMonth | None, written: str) -> Found:
    """The account that is meant by what somebody wrote; NothingToExplain says what is wrong in one sentence."""
    version = _version(book, month)
    index = pl.scan_parquet(
        parquet_files(version.folder / "account_index"), hive_partitioning=False, glob=False
    ).select("account_id", "account_index")
    exact = index.filter(pl.col("account_id") == written).collect()
    if exact.height:
        return Found(written, int(exact["account_index"][0]), version, was_respelled=False)
    key = normalised_account_id(written)
    alike = index.filter(normalised_account("account_id") == key).collect()
    if alike.height == 1:
        return Found(str(alike["account_id"][0]), int(alike["account_index"][0]), version, was_respelled=True)
    raise NothingToExplain(*_unknown(written, index.select("account_id").collect(), version.month))


def _unknown(written: str, known: pl.DataFrame, month: BillingMonth) -> tuple[str, str]:
    near = nearest_accounts(pl.DataFrame({"account_id": [written]}), known)["candidate_account_id"].to_list()
    advice = f"Похожие счета: {_listed(near)}" if near else "Проверьте номер и папку участка (--book)"
    return f"Лицевого счёта {written} на этом участке по месяц {month} нет", advice


def _listed(accounts: Sequence[str]) -> str:
    more = len(accounts) - _SHOWN
    return ", ".join(accounts[:_SHOWN]) + (f" и ещё {more}" if more > 0 else "")


def _version(book: Book, month: BillingMonth | None) -> Version:
    months = published_months(book)
    told = [one for one in months if one > book.opening_month]
    if not told:
        raise NothingToExplain("На участке ещё нет ни одного опубликованного месяца",
                               "Рассчитайте месяц: raschet run --month ГГГГ-ММ")
    wanted = month or told[-1]
    version = published_version(book, wanted) if wanted in told else None
    if version is None:
        raise NothingToExplain(f"Месяц {wanted} не опубликован",
                               f"Опубликованы месяцы с {told[0]} по {told[-1]}")
    return version
