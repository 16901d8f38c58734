"""`raschet explain` as an operator calls it: the answer on the screen, a page to keep, one sentence for a mistake."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.storage.book import Book
from pipeline.storage.lock import lock
from tests.town.books import LAST, RanBook, copied, raschet, raschet_here, succeeded
from tests.town.searched import found_in_text
from tests.town.test_personal_data import secrets_of

MAY = ("--month", LAST)
#: What is read before anybody scrolls away.
MOST_LINES = 120


def a_debtor(book: Path) -> str:
    folder = book / "published" / f"run_month={LAST}" / "debtors"
    return str(pl.read_parquet(sorted(folder.glob("*.parquet")))["account_id"][0])


def test_the_answer_comes_first_and_says_what_it_rests_on(town: RanBook) -> None:
    said = succeeded(raschet_here(town.root, "explain", a_debtor(town.root), *MAY, "--full"))

    assert said.index("не оплачено") < said.index("Что решено и почему") < said.index("САЛЬДО И ПРОСРОЧКА")
    assert said.index("САЛЬДО И ПРОСРОЧКА") < said.index("ПРАВИЛА")
    assert "предварительно на 20.06.2026" in said
    assert "Отпечаток правил" in said
    assert "\x1b" not in said
    assert found_in_text(said, secrets_of(town.root)) == []


def test_details_come_when_asked(town: RanBook) -> None:
    account = a_debtor(town.root)
    short, whole = (
        succeeded(raschet_here(town.root, "explain", account, *MAY, *more)) for more in ((), ("--full",))
    )

    assert len(whole) > 2 * len(short)
    assert "\nopen_items\n" in whole
    assert "\nopen_items\n" not in short
    of_penalties = succeeded(raschet_here(town.root, "explain", account, *MAY, "--section", "penalties"))
    assert "ПОЧЕМУ ТАКИЕ ПЕНИ" in of_penalties
    assert "ПОЧЕМУ ТАКИЕ ПЕНИ" not in short
    assert "ПЛАТЕЖИ И КУДА ОНИ ПОШЛИ" not in of_penalties


def test_no_debtor_takes_more_than_a_few_screens(town: RanBook) -> None:
    """The worst of the town, in a narrow terminal: by lines of the tables behind the answer."""
    folder = town.root / "published" / f"run_month={LAST}"
    tables = ("debtors", "penalty_accruals", "restriction_list", "court_standing", "instalments")
    rows = pl.concat(
        pl.read_parquet(sorted((folder / table).glob("*.parquet"))).select("account_id") for table in tables
    )
    worst = rows["account_id"].value_counts().sort("count", "account_id", descending=True)["account_id"].to_list()

    for account in worst[:5]:
        called = CliRunner(env={"COLUMNS": "120"}).invoke(
            app, ["explain", account, *MAY, "--book", str(town.root)], catch_exceptions=False)
        assert called.exit_code == 0
        assert called.stdout.count("\n") <= MOST_LINES, account
        assert "Что решено и почему" in called.stdout


def test_a_page_is_written_beside_the_reports_or_where_asked(town: RanBook, tmp_path: Path) -> None:
    book = copied(town.root, tmp_path / "book")
    account = a_debtor(book)

    succeeded(raschet_here(book, "explain", account, *MAY, "--html"))
    succeeded(raschet_here(book, "explain", account, *MAY, "--out", str(tmp_path / "one.html")))

    written, = book.glob(f"reports/{LAST}/*/explain/{account}.html")
    assert written.read_bytes() == (tmp_path / "one.html").read_bytes()


@pytest.mark.parametrize("account_id", ["45/2", "../../../escaped"])
def test_a_delivered_number_never_leaves_its_folder(account_id: str, town: RanBook, tmp_path: Path) -> None:
    book = copied(town.root, tmp_path / "book")
    file, *_ = sorted((book / "published" / f"run_month={LAST}" / "account_index").resolve().glob("*.parquet"))
    index = pl.read_parquet(file)
    index.tail(1).with_columns(account_id=pl.lit(account_id)).vstack(index).write_parquet(file)
    before = set(tmp_path.rglob("*.html"))

    succeeded(raschet_here(book, "explain", account_id, *MAY, "--html"))

    written, = set(tmp_path.rglob("*.html")) - before
    assert written.parent.name == "explain"
    assert written.parent.parent.parent == book / "reports" / LAST


def test_nothing_is_written_beside_a_version_that_somebody_is_replacing(town: RanBook, tmp_path: Path) -> None:
    book = copied(town.root, tmp_path / "book")
    account = a_debtor(book)

    with lock(Book.at(book)):
        called = raschet(book, "explain", account, *MAY, "--html")

    assert called.returncode != 0
    assert "Traceback" not in called.stderr
    assert list(book.glob("reports/*/*/explain/*.html")) == []


def test_rules_that_changed_since_the_month_are_named(town: RanBook, tmp_path: Path) -> None:
    book = copied(town.root, tmp_path / "book")
    settings = book / "settings.yaml"
    settings.write_text(settings.read_text().replace("rules:\n", 'rules:\n  debt.contact_min_rub: "150.00"\n'))

    said = succeeded(raschet_here(book, "explain", a_debtor(book), *MAY, "--section", "rules"))

    assert "изменились правила (Долг, меньше которого никого не беспокоят)" in said
    assert "настройка участка" in said
    assert "Свои правила участка: debt.calls_are_made, debt.contact_min_rub" in said
    assert "изменились правила" not in succeeded(raschet_here(town.root, "explain", a_debtor(book), *MAY))


def test_a_closed_month_says_so(town: RanBook) -> None:
    assert "месяц закрыт" in succeeded(raschet_here(town.root, "explain", a_debtor(town.root), "--month", "2026-01"))


def test_another_spelling_is_understood(town: RanBook) -> None:
    said = succeeded(raschet_here(town.root, "explain", " 77kh120190 ", *MAY))

    assert "набран иначе" in said
    assert "77КН120190" in said


@pytest.mark.parametrize(("words", "expected"), [
    (("explain", "7700099999", *MAY), "Лицевого счёта 7700099999 на этом участке"),
    (("explain", "7700001011", *MAY), "Похожие счета: 7700001010"),
    (("explain", "7700001010", "--month", "2026-06"), "Месяц 2026-06 не опубликован"),
    (("explain", "7700001010", "--month", "2025-11"), "Опубликованы месяцы с 2025-12 по 2026-05"),
    (("explain", "7700001010", "--month", "май"), "месяц пишется как 2026-05"),
    (("explain", "7700001010", *MAY, "--section", "пени"), "Раздела пени в объяснении нет"),
])
def test_a_mistake_is_one_sentence(town: RanBook, words: tuple[str, ...], expected: str) -> None:
    called = raschet_here(town.root, *words)

    assert called.exit_code == 2
    assert expected in called.stderr
    assert len(re.findall("Ошибка", called.stderr)) == 1
    assert "Traceback" not in called.stderr


def test_a_book_without_months_says_so(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "settings.yaml").write_text("book_id: one\nname: Один\nfirst_month: 2025-12\n")

    called = raschet_here(tmp_path / "book", "explain", "1")

    assert called.exit_code == 2
    assert "ни одного опубликованного месяца" in called.stderr
