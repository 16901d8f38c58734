"""Names, phones, e-mails and dates of birth are nowhere but in what was delivered and under `personal/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts.catalogue import TABLES, tables_of
from pipeline.contracts.table import Stage
from tests.robustness.small import DECEMBER, PLANTED_EMAIL, PLANTED_NAMES, PLANTED_PHONES, RUN
from tests.town.books import AS_OF, SAMPLE, RanBook, command_months, copied, raschet, raschet_here, succeeded
from tests.town.searched import files_below, found_in, found_in_text

PERSONAL = [table for table in TABLES.values() if table.personal_columns]
REGISTERS = [table for table in PERSONAL if table.stage is Stage.REGISTER]


def secrets_of(book: Path) -> set[str]:
    """Every value of every personal column that was delivered, in the ways in which it may be written."""
    found: set[str] = set()
    for register in REGISTERS:
        for file in (book / "landing" / register.name).rglob("*.parquet"):
            rows = pl.read_parquet(file).select(register.personal_columns)
            for column in rows.iter_columns():
                found |= {written for value in column.drop_nulls().unique().to_list() for written in spelled(value)}
    return found


def spelled(value: object) -> Iterator[str]:
    text = str(value)
    yield text
    if text.startswith("+7"):
        yield text[1:]
    if text.count(" ") == 2:
        yield text.rpartition(" ")[0]


def outside(ran: RanBook) -> list[Path]:
    """The book and the record of its runs, without what was delivered and what is personal."""
    return files_below(ran.root.parent, ran.root / "landing", ran.root / "personal")


def test_the_registers_are_known_and_published_tables_hold_none_of_it() -> None:
    assert {table.name for table in REGISTERS} == {"persons", "contacts"}
    assert {table.name for table in PERSONAL} == {"persons", "contacts", "addresses", "identities"}
    assert [table.name for table in tables_of(Stage.PUBLISHED, Stage.JOURNAL) if table.personal_columns] == []


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> RanBook:
    """All six months by the command: with a record of Dagster, reports and words of the earlier ones too."""
    return command_months(tmp_path_factory.mktemp("commanded") / "book", SAMPLE / "landing")


@pytest.fixture(params=["town", "small", pytest.param("commanded", marks=pytest.mark.deep)])
def ran(request: pytest.FixtureRequest) -> RanBook:
    told: RanBook = request.getfixturevalue(request.param)
    return told


def test_no_file_shows_any_of_it(ran: RanBook) -> None:
    files = outside(ran)

    assert any("history" in file.parts for file in files), "the record of Dagster is among them"
    assert any("published" in str(file) or "versions" in file.parts for file in files)
    assert found_in(files, secrets_of(ran.root) | of_directories(ran.root)) == {}


def of_directories(root: Path) -> set[str]:
    """Addresses and numbers of people: read where they were delivered, and written nowhere by a month."""
    told = [
        pl.read_parquet(root / "landing" / name / "*" / "*.parquet")[column].drop_nulls()
        for name, column in (("addresses", "address"), ("identities", "snils"))
    ]
    assert all(len(each) > 20 for each in told)
    return {value for each in told for value in each}


def test_the_command_line_says_none_of_it(ran: RanBook) -> None:
    said = ran.said + "".join(succeeded(raschet_here(ran.root, command)) for command in ("status", "verify"))

    assert "опубликован" in said
    assert found_in_text(said, secrets_of(ran.root)) == []


def test_the_search_would_find_it(town: RanBook) -> None:
    secrets = secrets_of(town.root)
    personal = files_below(town.root / "personal")

    told = {secret for found in found_in(personal, secrets).values() for secret in found}
    assert {secret for secret in secrets if secret.startswith("+7") or " " in secret} <= told
    assert len(secrets) > 500


def test_personal_files_are_the_owners_alone(town: RanBook) -> None:
    personal = town.root / "personal"

    assert {path.stat().st_mode & 0o777 for path in [personal, *personal.rglob("*")] if path.is_dir()} == {0o700}
    assert {file.stat().st_mode & 0o777 for file in files_below(personal)} == {0o600}


def test_a_list_that_left_shows_none_of_it(town_copy: Path) -> None:
    said = succeeded(raschet_here(town_copy, "dispatch", "sms_list", "--on", AS_OF))
    texts = sorted(town_copy.glob(f"personal/*/*/sms_list-{AS_OF}-*.parquet"))

    assert pl.read_parquet(texts)["phone"].is_not_null().all()
    assert found_in(outside(RanBook(town_copy, said)), secrets_of(town_copy)) == {}
    assert found_in_text(said, secrets_of(town_copy)) == []


def test_refused_rows_of_personal_registers_say_why_and_nothing_more(small: RanBook) -> None:
    folder = small.root / "published" / f"run_month={DECEMBER}" / "quarantine"
    refused = pl.read_parquet(sorted(folder.glob("*.parquet"))).filter(
        pl.col("table_name").is_in([table.name for table in REGISTERS])
    )

    assert set(refused["table_name"]) == {"persons", "contacts"}
    assert secrets_of(small.root) >= {*PLANTED_NAMES, *PLANTED_PHONES, PLANTED_EMAIL}
    assert found_in(files_below(small.root / "personal"), [*PLANTED_NAMES, *PLANTED_PHONES]) != {}


def test_a_broken_personal_register_shows_no_value(small: RanBook, tmp_path: Path) -> None:
    book = copied(small.root, tmp_path / "book")
    file = next((book / "landing" / "persons").rglob("*.parquet"))
    broken = pl.read_parquet(file).with_columns(birth_on=pl.lit(PLANTED_NAMES[0]))
    broken.write_parquet(file)

    called = raschet(book, *RUN)

    assert called.returncode == 2
    assert "persons" in called.stderr
    assert found_in_text(called.stdout + called.stderr, secrets_of(small.root)) == []
    assert found_in(outside(RanBook(book, "")), secrets_of(small.root)) == {}
