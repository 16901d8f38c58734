"""Accounts that people write into a workbook: which account of the book each means. Nothing is proposed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.exchange.excel_cells import as_id
from pipeline.identifiers import normalised_account, normalised_account_id
from pipeline.storage.state import State


@dataclass(frozen=True)
class WrittenAccounts:
    """Accounts of the book by spelling, by look and without leading zeros; an ambiguous one means nobody."""

    exact: frozenset[str]
    alike: Mapping[str, str | None]
    bare: Mapping[str, str | None]

    @classmethod
    def of(cls, month: State, cells: Iterable[str]) -> WrittenAccounts:
        """Those of a published month that any of these cells may mean: the index is read once, by its look."""
        wanted = pl.Series([_bare(spelled) for cell in cells for spelled in _spellings(cell)], dtype=pl.String).unique()
        if wanted.is_empty():
            return cls(frozenset(), {}, {})
        bare = normalised_account("account_id").str.strip_chars_start("0")
        index = pl.scan_parquet(month.parquet(ACCOUNT_INDEX.name), hive_partitioning=False).select("account_id")
        ids = index.filter(bare.is_in(wanted.implode())).collect()["account_id"].sort().to_list()
        return cls(frozenset(ids), _unique(ids, normalised_account_id), _unique(ids, _bare))

    def meant(self, cell: str) -> str | None:
        """The account that a cell means, as it is written before as Excel may have changed it; None when there is none
        or there are several."""
        return next((found for spelled in _spellings(cell) if (found := self._named(spelled))), None)

    def _named(self, spelled: str) -> str | None:
        if spelled in self.exact:
            return spelled
        return self.alike.get(normalised_account_id(spelled)) or self.bare.get(_bare(spelled))


def _spellings(cell: str) -> list[str]:
    """A cell as it is written, then as the id that Excel has made a number of."""
    written = cell.strip().lstrip("'").strip()
    return list(dict.fromkeys(spelled for spelled in (written, as_id(cell)) if spelled))


def _bare(account_id: str) -> str:
    return normalised_account_id(account_id).lstrip("0")


def _unique(ids: Iterable[str], spelled: Callable[[str], str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for one in ids:
        key = spelled(one)
        found[key] = one if key not in found else None
    return found
