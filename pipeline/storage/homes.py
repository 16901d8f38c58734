"""In which parts a row is needed: with its account, the flat of the account, a person of the flat, its meter.

A part task reads only what its accounts need, so its work does not grow with the book. A flat with accounts in two
parts and a person with two flats lie in both; what belongs to nobody is `unplaced`.

Homes are looked up in a directory: a file of hashes in order, each with its part, searched by halves. It costs a dozen
bytes an id and no table of ids is built for each batch of rows. Two ids of one hash share their homes, which only adds
a row to a part that does not need it; where a wrong home would matter (accounts), the ids lie beside the hashes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts import billing, metering, payments, registers
from pipeline.contracts.table import Table
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT, WRITTEN, odd_accounts, spellings
from pipeline.identifiers import normalised_account
from pipeline.storage.parts import PART_SIZE
from pipeline.storage.work_files import write_arrow

ID: Final = "id"
PART: Final = "part"
HASH: Final = "hash"
_SEED: Final = 0
#: How many parts can be told beside a hash: enough for a quarter of a thousand million accounts.
ROOM: Final = 4096
_ROW: Final = "_row"
_HOMES: Final = {ID: pl.String(), PART: pl.Int32()}
#: Account ids that are written otherwise than the book spells them, with the account that each means, where one does.
MEANT: Final = {WRITTEN: pl.String(), KNOWN_ACCOUNT: pl.String(), PART: pl.Int32()}
#: The column that says where a row lives. All other registers and all events are small and read whole.
_KEYS: Final = (
    (registers.ACCOUNTS, "account_id"), (registers.METERS, "account_id"), (registers.PREMISES, "premises_id"),
    (registers.RIGHTS, "premises_id"), (registers.REGISTRATIONS, "premises_id"), (registers.PERSONS, "person_id"),
    (registers.CONTACTS, "person_id"),
    (billing.BILLING_DOCUMENTS, "account_id"), (billing.CHARGES, "account_id"), (payments.PAYMENTS, "account_id"),
    (metering.METER_READINGS, "meter_id"),
)


def home_key(table: Table) -> str | None:
    """The column that says where rows of a table live; None for what is kept for the whole book."""
    return next((key for spread, key in _KEYS if spread is table), None)


def hashed(column: str) -> pl.Expr:
    """Hash of an id, the same in every process of one version of the program; missing for a missing id. Its last bits
    are nothing, so that a part fits in with it (`crossing.py`)."""
    told = pl.col(column).hash(_SEED) // ROOM * ROOM
    return pl.when(pl.col(column).is_not_null()).then(told).alias(HASH)


def write_directory(path: Path, homes: pl.DataFrame) -> None:
    """A directory from `hash` and `part`, in this order and each pair once."""
    write_arrow(path, homes)


def write_accounts(path: Path, index: pl.DataFrame) -> None:
    """The directory of accounts from the account index; beside it the few whose spelling is not plain."""
    part = (pl.col("account_index") // PART_SIZE).cast(pl.Int32)
    homes = index.select(hashed("account_id"), pl.col("account_id").alias(ID), part.alias(PART))
    write_arrow(_odd(path), odd_accounts(homes, ID).select(ID, PART))
    write_arrow(path, homes.sort(HASH, ID))


def parts_told(ids: pl.Series, directory: Path | None) -> tuple[pl.Series, pl.DataFrame] | None:
    """The part of every id, in their order, and what is `MEANT` by those that have none; None where an id has
    several homes."""
    if directory is None:
        # nobody has such an id: a register that should tell its home has not come
        return pl.Series(PART, [None], dtype=pl.Int32()).new_from_index(0, ids.len()), pl.DataFrame(schema=MEANT)
    parts = _parts_of_each(directory, ids)
    if parts is None:
        return None
    strange = ids.filter(parts.is_null() & ids.is_not_null()).unique()
    found, meant = _meant(strange, directory)
    if found.height:
        others = ids.to_frame(ID).join(found, on=ID, how="left", maintain_order="left")[PART]
        parts = pl.select(pl.coalesce(parts, others).alias(PART)).to_series()
    return parts, meant


def homes_told(ids: pl.Series, directory: Path | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Homes of ids, and what is `MEANT` by those that have none."""
    if directory is None:
        return pl.DataFrame(schema=_HOMES), pl.DataFrame(schema=MEANT)
    homes = homes_in(directory, ids)
    written = ids.drop_nulls().unique().to_frame(ID)
    strange = written.join(homes, on=ID, how="anti")[ID] if written.height > homes.height else written[ID].clear()
    found, meant = _meant(strange, directory)
    return pl.concat([homes, found]), meant


def homes_in(path: Path, ids: pl.Series) -> pl.DataFrame:
    """Homes of ids: one row for each id and part of it (`id`, `part`), an id without a home in none."""
    told = _directory(path)
    # asked in order of hashes: neighbours are found in the same place of the file
    asked = ids.drop_nulls().unique().to_frame(ID).with_columns(hashed(ID)).sort(HASH)
    if told.is_empty():
        return asked.select(ID, pl.lit(None, dtype=pl.Int32()).alias(PART)).clear()
    place, is_found, has_more = _found(told, asked[HASH])
    single = asked.select(ID, place).filter(is_found & ~has_more)
    several = asked.with_columns(place).filter(is_found & has_more)
    places = pl.concat([single, _all_places(told, several)]) if several.height else single
    homes = places.select(ID, told[PART].gather(places["_place"]))
    return homes.filter(told[ID].gather(places["_place"]) == places[ID]) if ID in told.columns else homes


def _meant(strange: pl.Series, directory: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of ids without a home: homes of the accounts that they mean, and what is `MEANT` by each."""
    spelled = _odd_spellings(directory) if strange.len() else None
    if spelled is None:
        return pl.DataFrame(schema=_HOMES), pl.DataFrame(schema=MEANT)
    likes = strange.to_frame(WRITTEN).select(normalised_account(WRITTEN).unique()).to_series()
    alike = pl.concat([homes_in(directory, likes), spelled]).unique()
    meant = spellings(strange, alike.select(account_id=ID))
    meant = meant.join(alike, left_on=KNOWN_ACCOUNT, right_on=ID, how="left", maintain_order="left")
    return meant.drop_nulls(PART).select(pl.col(WRITTEN).alias(ID), PART), meant.select(*MEANT)


def _parts_of_each(path: Path, ids: pl.Series) -> pl.Series | None:
    """Part of every id, in their order; missing where it has no home. None where an id has several homes, or where two
    ids of one hash may have."""
    told = _directory(path)
    if told.is_empty():
        return pl.Series(PART, [None], dtype=pl.Int32()).new_from_index(0, ids.len())
    asked = ids.to_frame(ID).with_columns(hashed(ID)).with_row_index(_ROW).sort(HASH)
    place, is_found, has_more = _found(told, asked[HASH])
    if (is_found & has_more).any():
        return None
    if ID in told.columns:
        is_found = is_found & (told[ID].gather(place) == asked[ID]).fill_null(False)
    parts = pl.select(pl.when(is_found).then(told[PART].gather(place)).alias(PART), asked[_ROW])
    return parts.sort(_ROW)[PART]


def _odd_spellings(path: Path) -> pl.DataFrame | None:
    """Accounts of a directory whose spelling is not plain (`id`, `part`); None for a directory of other ids."""
    return pl.read_ipc(_odd(path)) if _odd(path).is_file() else None


def _odd(path: Path) -> Path:
    return path.with_name(f"{path.stem}_odd.arrow")


def _found(told: pl.DataFrame, hashes: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Where each hash is found first (some place of the directory where it is not), whether it is, and whether again
    right behind."""
    last = told.height - 1
    place = told[HASH].search_sorted(hashes, side="left").alias("_place")
    is_found = (place <= last) & (told[HASH].gather(place.clip(0, last)) == hashes)
    has_more = (place < last) & (told[HASH].gather((place + 1).clip(0, last)) == hashes)
    return place.clip(0, last), is_found.fill_null(False), has_more.fill_null(False)


def _all_places(told: pl.DataFrame, several: pl.DataFrame) -> pl.DataFrame:
    """Every place of ids whose hash is found more than once."""
    after = told[HASH].search_sorted(several[HASH], side="right").alias("_after")
    ranges = several.with_columns(after).select(ID, pl.int_ranges("_place", "_after").alias("_place"))
    return ranges.explode("_place").with_columns(pl.col("_place").cast(several.schema["_place"]))


@lru_cache(maxsize=4)
def _read(path: Path, _written_at: int) -> pl.DataFrame:
    return pl.read_ipc(path)


def _directory(path: Path) -> pl.DataFrame:
    """Read once a process, and again when a retry has written it anew."""
    return _read(path, path.stat().st_mtime_ns)


def forget_directories() -> None:
    """Give back what this process has read of directories: those of a region take as much memory as half a part."""
    _read.cache_clear()
