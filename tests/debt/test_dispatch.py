"""Handing a list over: once, completely, with texts under the personal folder only."""

import datetime as dt
import stat
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts import debt, ingest
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.dispatch import CannotDispatch, dispatch
from pipeline.storage.publish import publish
from tests.debt import town
from tests.domain.debt.town import DAY, kop

NEXT = DAY + dt.timedelta(days=1)


def published(book: Book, run_id: str = "r1", as_of: dt.date = DAY) -> Book:
    publish(town.computed(book, run_id, as_of))
    return book


def test_a_message_is_one_action_with_a_row_for_every_debt(book: Book) -> None:
    handed = dispatch(published(book), "sms_list", NEXT)

    assert (handed.rows, handed.left_before, handed.claimed_kop) == (2, 0, kop("3100.50"))
    left = journal.read(book, debt.DISPATCHES).filter(pl.col("dispatched_on") == NEXT).sort("account_id")
    told = left.select("person_id", "account_id", "creditor_id", "track_code", "stage_code", "claimed_kop").rows()
    assert told == [
        ("P1", "A1", "c1", "notice", "reminder", kop("1500.00")),
        ("P2", "B1", "c1", "notice", "sms", kop("900.00")),
        ("P1", "Z9", "c1", "notice", "reminder", kop("700.50")),
    ]
    assert left.filter(pl.col("person_id") == "P1")["action_id"].n_unique() == 1


def test_texts_with_phones_are_private(book: Book) -> None:
    handed = dispatch(published(book), "sms_list", NEXT)

    assert handed.texts is not None and handed.texts.is_relative_to(book.personal)
    assert stat.S_IMODE(handed.texts.stat().st_mode) == 0o600
    texts = {row["phone"]: row["text"] for row in pl.read_parquet(handed.texts).to_dicts()}
    assert set(texts) == {"+79160000001", "+79160000002"}
    assert "2 200,50 ₽" in texts["+79160000001"]
    assert "₽" not in texts["+79160000002"] and "900" not in texts["+79160000002"]
    assert not any("Тайное" in text or "flat" in text for text in texts.values())
    for file in book.root.rglob("*"):
        if file.is_file() and not file.is_relative_to(book.personal):
            assert b"+7916000000" not in file.read_bytes(), file.name


def test_the_same_list_leaves_once(book: Book) -> None:
    dispatch(published(book), "sms_list", NEXT)
    before = journal.read(book, debt.DISPATCHES)

    again = dispatch(book, "sms_list", NEXT)

    assert (again.rows, again.left_before, again.texts) == (0, 2, None)
    assert journal.read(book, debt.DISPATCHES).equals(before)


def test_a_list_made_anew_on_the_same_night_sends_nothing_twice(book: Book) -> None:
    dispatch(published(book), "sms_list", NEXT)

    again = dispatch(published(book, "r2"), "sms_list", NEXT)

    assert (again.rows, again.left_before) == (0, 2)


def test_the_next_night_knows_what_has_left(book: Book) -> None:
    published(book)
    for code in debt.LISTS:
        dispatch(book, code, NEXT)

    run = town.computed(book, "r2", NEXT)

    assert run.read(debt.DEBTOR_LISTS)["rows"].sum() == 0
    stages = run.read(debt.DEBTORS).filter(pl.col("account_id").is_in(["A1", "B1", "C1", "D1"]))
    assert stages.select("account_id", "track_code", "stage_code", "previous_stage_on", "next_action_code").rows() == [
        ("A1", "notice", "reminder", NEXT, "sms"),
        ("B1", "notice", "sms", NEXT, "debt_receipt"),
        ("C1", "notice", "debt_receipt", NEXT, "none"),
        ("D1", "court", "court_order", NEXT, "none"),
        ("D1", "notice", "debt_receipt", dt.date(2026, 4, 20), "none"),
    ]


@pytest.mark.parametrize(
    ("code", "on", "told"),
    [
        ("call_list", NEXT, "Есть списки: sms_list, debt_receipts, court_list"),
        ("sms_list", DAY - dt.timedelta(days=1), "составлен на 31.05.2026"),
        ("sms_list", DAY + dt.timedelta(days=4), "передаётся по 03.06.2026"),
    ],
)
def test_wrong_calls_are_refused_with_a_remedy(book: Book, code: str, on: dt.date, told: str) -> None:
    published(book)

    with pytest.raises(CannotDispatch, match=told):
        dispatch(book, code, on)


def test_the_last_valid_day_is_valid(book: Book) -> None:
    assert dispatch(published(book), "court_list", DAY + dt.timedelta(days=3)).rows == 1


def test_a_list_that_waits_is_refused(book: Book) -> None:
    run = town.begun(book)
    late = {"provider_code": "sber", "channel_code": "bank", "status_code": "late"}
    run.write(ingest.AWAITED_REGISTRIES, "part-000", town.full(ingest.AWAITED_REGISTRIES, late))
    town.write_debt(run)
    publish(run)

    with pytest.raises(CannotDispatch, match="ждёт реестры sber:bank"):
        dispatch(book, "sms_list", NEXT)
    assert journal.keys(book, debt.DISPATCHES) == ["before"]


def test_no_month_no_list(tmp_path: Path) -> None:
    with pytest.raises(CannotDispatch, match="ещё не рассчитан"):
        dispatch(town.book_at(tmp_path / "empty"), "sms_list", NEXT)


def test_texts_are_written_before_the_journal(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    published(book)
    with monkeypatch.context() as patched:
        patched.setattr(journal, "append", lambda *_: (_ for _ in ()).throw(OSError("no space")))
        with pytest.raises(OSError, match="no space"):
            dispatch(book, "sms_list", NEXT)

    assert dispatch(book, "sms_list", NEXT).rows == 2
