"""Settings are read strictly; one process at a time writes into a book."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.lock import BookLocked, BookReadOnly, lock
from pipeline.storage.settings import BadBook, BookSettings, DueFeed, read_settings, settings_text
from tests.storage.samples import DECEMBER

HOLDER = """
import sys, time
from pathlib import Path
from pipeline.storage.book import Book
from pipeline.storage.lock import lock
with lock(Book.at(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_without_settings_is_a_book_not_made_yet(tmp_path: Path) -> None:
    book = Book.at(tmp_path / "nothing")
    assert not book.exists and book.settings.first_month == BillingMonth(2025, 12)
    with pytest.raises(BadBook, match=r"нет участка.*raschet generate"):
        book.require()


def test_settings_survive_writing_and_reading(tmp_path: Path) -> None:
    settings = BookSettings(
        book_id="town", name="Город", first_month=BillingMonth(2026, 2), keep_nights=3, workers=4,
        feeds=(DueFeed("payments", 5, may_be_late=True, provider="sber"), DueFeed("charges", 20)),
        rules={"ledger.due_day": 12}, sections={"sms": {"sender": "РКЦ"}},
    )
    (tmp_path / "settings.yaml").write_text(settings_text(settings), encoding="utf-8")
    assert read_settings(tmp_path) == settings
    assert settings.sms == {"sender": "РКЦ"} and settings.section("letters") == {}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("first_month: 2025-13", "first_month"),
        ("name: Город", "first_month"),
        ("first_month: 2025-12\nkeep_night: 5", "неизвестный ключ «keep_night»"),
        ("first_month: 2025-12\nkeep_nights: many", "keep_nights"),
        ("first_month: 2025-12\nworkers: 0", "workers"),
        ("first_month: 2025-12\nfeeds: [{table: payments, due: 5}]", "feeds"),
        ("first_month: 2025-12\nfeeds: [{table: payments, due_day: 40}]", "due_day"),
        ("first_month: 2025-12\nrules: [1]", "rules"),
        ("first_month: [", "YAML в строке"),
        ("- 1", "ключ: значение"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, written: str, complaint: str) -> None:
    (tmp_path / "settings.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(BadBook, match=complaint):
        Book.at(tmp_path)


def test_paths_of_a_book(book: Book) -> None:
    assert book.published(DECEMBER).relative_to(book.root) == Path("published/run_month=2025-12")
    assert book.work(DECEMBER, "r").relative_to(book.root) == Path("work/2025-12/r")
    assert book.version(DECEMBER, "r").relative_to(book.root) == Path("versions/2025-12/r")
    assert str(book.opening_month) == "2025-11"
    assert book.workers == 2


def test_a_second_process_is_told_who_holds_the_book(book: Book) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(book.root)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(BookLocked, match=rf"занят процессом {holder.pid} с \d\d\.\d\d\.20\d\d "), lock(book):
            pass
        holder.kill()
        holder.wait()
    with lock(book):
        pass


def test_one_process_may_take_the_lock_again(book: Book) -> None:
    with lock(book), lock(Book.at(book.root)):
        pass
    with lock(book):
        child = subprocess.run([sys.executable, "-c", HOLDER, str(book.root)], capture_output=True, text=True)
        assert "BookLocked" in child.stderr


def test_there_is_nothing_to_lock_without_a_book(tmp_path: Path) -> None:
    with pytest.raises(BadBook), lock(Book.at(tmp_path)):
        pass


def test_a_folder_that_cannot_be_written_to_is_one_clear_line(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("os.open", refused)

    with pytest.raises(BookReadOnly, match="нельзя писать"), lock(book):
        pass
