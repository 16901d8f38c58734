"""The last month of the sample town to the byte. `make golden` writes the files anew: read the diff first."""

from __future__ import annotations

import json

import pytest

from tests.town.books import RanBook, published_bytes, version_of
from tests.town.golden import CONTENT, FILES, FOLDER, NAMES, difference, rendered

LIMIT = 2_500_000


@pytest.mark.parametrize("name", NAMES)
def test_the_month_is_the_golden_one(town: RanBook, update_golden: bool, name: str) -> None:
    found, file = rendered(town, name), FOLDER / name
    if update_golden:
        FOLDER.mkdir(parents=True, exist_ok=True)
        file.write_text(found, encoding="utf-8")

    assert file.is_file(), "make golden writes it"
    golden = file.read_text(encoding="utf-8")
    told = "" if name != FILES else "where content.json agrees, only the encoding of the files is another\n"
    assert golden == found, told + difference(golden, found)


def test_files_say_what_their_digests_say(town: RanBook) -> None:
    """Golden bytes are those of the published files, not only of the manifest."""
    from hashlib import sha256

    told = {name: file["sha256"] for name, file in json.loads((FOLDER / FILES).read_text(encoding="utf-8")).items()}

    assert {name: sha256(file).hexdigest() for name, file in published_bytes(town.root).items()} == told


def test_nothing_else_lies_there_and_it_stays_small() -> None:
    files = [file for file in FOLDER.parent.rglob("*") if file.is_file()]

    assert sorted(file.name for file in files if file.parent == FOLDER) == sorted(NAMES)
    assert sum(file.stat().st_size for file in files) < LIMIT


def test_digests_hold_no_version_of_the_code_and_no_moment(town: RanBook) -> None:
    manifest = version_of(town.root).manifest
    golden = (FOLDER / CONTENT).read_text(encoding="utf-8") + (FOLDER / FILES).read_text(encoding="utf-8")

    told = [value for name, value in manifest["run"].items() if isinstance(value, str) and value in golden]
    assert told == []
    assert str(town.root) not in golden
