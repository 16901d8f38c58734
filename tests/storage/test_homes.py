"""Where ids live: told in their order, or not at all where one lives in several parts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.storage import homes
from pipeline.storage.homes import HASH, ID, PART, hashed, homes_in, homes_told, parts_told, write_accounts

ASKED = pl.Series("account_id", ["22", None, "11", "22", "99", "А 1"], dtype=pl.String)


def accounts(folder: Path, *ids: str) -> Path:
    index = pl.DataFrame({"account_id": ids, "account_index": range(len(ids))})
    write_accounts(folder / "account_id.arrow", index)
    return folder / "account_id.arrow"


def flats(folder: Path, *told: tuple[str, int]) -> Path:
    rows = pl.DataFrame(told, schema={ID: pl.String, PART: pl.Int32}, orient="row")
    path = folder / "premises_id.arrow"
    homes.write_directory(path, rows.select(hashed(ID), PART).sort(HASH, PART))
    return path


def test_every_id_has_its_part_and_another_spelling_the_part_of_the_account_it_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "PART_SIZE", 1)

    told = parts_told(ASKED, accounts(tmp_path, "11", "A1", "22"))

    assert told is not None
    assert told[0].to_list() == [2, None, 0, 2, None, 1]
    assert sorted(told[1].rows(), key=str) == [("99", None, None), ("А 1", "A1", 1)]


def test_an_id_of_two_homes_is_told_by_homes_only(tmp_path: Path) -> None:
    path = flats(tmp_path, ("11", 0), ("22", 0), ("22", 1))

    assert parts_told(ASKED, path) is None
    assert sorted(homes_told(ASKED, path)[0].rows()) == [("11", 0), ("22", 0), ("22", 1)]
    assert parts_told(ASKED.head(1).clear(), path) is not None


def test_both_ways_tell_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "PART_SIZE", 3)
    path = accounts(tmp_path, *(f"{number:04d}" for number in range(40)))
    ids = pl.Series(ID, [f"{number * 7 % 60:04d}" for number in range(90)])

    told = parts_told(ids, path)

    assert told is not None
    expected = ids.to_frame().join(homes_in(path, ids), on=ID, how="left", maintain_order="left")[PART]
    assert told[0].to_list() == expected.to_list()


def test_nobody_has_an_id_whose_register_never_came() -> None:
    told = parts_told(ASKED, None)

    assert told is not None
    assert (told[0].null_count(), homes_told(ASKED, None)[0].height) == (6, 0)
