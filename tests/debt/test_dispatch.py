"""Handing a list over: once, completely, with texts under the personal folder only."""

import datetime as dt
import stat
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts import debt, ingest, registers
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.dispatch import CannotDispatch, dispatch
from pipeline.storage.publish import publish
from tests.debt import town
from tests.domain.debt.town import DAY, frame, kop, sent

NEXT = DAY + dt.timedelta(days=1)


def published(book: Book, run_id: str = "r1", as_of: dt.date = DAY) -> Book:
    publish(town.kept(book, run_id, as_of))
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


def test_a_call_leaves_with_its_phone_its_hours_and_the_label(book: Book) -> None:
    handed = dispatch(published(book), "call_list", NEXT)

    assert handed.texts is not None and stat.S_IMODE(handed.texts.stat().st_mode) == 0o600
    told = pl.read_parquet(handed.texts).select("person_id", "phone", "label", "call_on", "call_from", "call_until")
    assert told.rows() == [("P0", "+79160000000", "РКЦ Заречный", NEXT, dt.time(8), dt.time(22))]
    assert pl.read_parquet(handed.texts)["claimed_rub"].to_list() == [Decimal("1200.00")]
    left = journal.read(book, debt.DISPATCHES).filter(pl.col("list_code") == "call_list")
    assert left.select("person_id", "account_id", "stage_code", "claimed_kop").rows() == [
        ("P0", "O1", "call", kop("1200.00"))
    ]


def test_on_a_day_off_calls_begin_later_and_end_earlier(book: Book) -> None:
    handed = dispatch(published(book), "call_list", DAY)

    assert handed.texts is not None and DAY.weekday() == 6
    assert pl.read_parquet(handed.texts).select("call_from", "call_until").rows() == [(dt.time(9), dt.time(20))]


@pytest.mark.parametrize("label", ["", "р" * 33])
def test_without_a_label_nobody_is_called(book: Book, label: str) -> None:
    published(book)
    settings = book.root / "settings.yaml"
    text = settings.read_text(encoding="utf-8").replace("label: РКЦ Заречный", f'label: "{label}"')
    settings.write_text(text, encoding="utf-8")

    with pytest.raises(CannotDispatch, match="Подпись вызова"):
        dispatch(Book.at(book.root), "call_list", NEXT)
    assert journal.keys(book, debt.DISPATCHES) == ["before"]


def test_two_people_with_one_phone_are_called_on_two_nights(book: Book) -> None:
    run = town.begun(book)
    contacts = run.register(registers.CONTACTS)
    same = contacts.filter(pl.col("person_id") == "P0").with_columns(person_id=pl.lit("P9"))
    run.write_staged("contacts", "whole", pl.concat([contacts.filter(pl.col("person_id") != "P9"), same]))
    left = frame(debt.DISPATCHES, sent("sms", dt.date(2026, 5, 10), town.APRIL, person="P9", account="I1"))
    journal.append(book, debt.DISPATCHES, "sms", left)
    items = run.read(OPEN_ITEMS, "part-000")
    dear = pl.when(pl.col("account_id") == "I1").then(1000_00).otherwise("outstanding_kop")
    run.write(OPEN_ITEMS, "part-000", items.with_columns(outstanding_kop=dear, billed_kop=dear, epoch_base_kop=dear))
    town.write_debt(run)
    publish(run)

    handed = dispatch(book, "call_list", NEXT)

    assert run.read(debt.CALL_LIST)["person_id"].to_list() == ["P0", "P9"]
    assert (handed.rows, handed.waiting) == (1, 1)
    called = journal.read(book, debt.DISPATCHES).filter(pl.col("list_code") == "call_list")["person_id"]
    assert called.to_list() == ["P0"]


def with_contact_of(book: Book, person_id: str, **more: object) -> Book:
    """The night, where the contact of a person of the call list is another one by the time it leaves."""
    run = town.kept(book)
    contacts = run.register(registers.CONTACTS)
    is_person = pl.col("person_id") == person_id
    run.write_staged("contacts", "whole", contacts.with_columns(
        pl.when(is_person).then(pl.lit(value)).otherwise(name).alias(name) for name, value in more.items()
    ))
    publish(run)
    return book


def test_a_phone_of_the_sms_list_does_not_ring(book: Book) -> None:
    handed = dispatch(with_contact_of(book, "P1", phone="+79160000000"), "call_list", NEXT)

    assert (handed.rows, handed.waiting, handed.without_phone, handed.texts) == (0, 1, 0, None)


def test_a_phone_that_was_written_to_today_does_not_ring(book: Book) -> None:
    with_contact_of(book, "P9", phone="+79160000000")
    left = frame(debt.DISPATCHES, sent("sms", NEXT, town.APRIL, person="P9", account="I1"))
    journal.append(book, debt.DISPATCHES, "today", left)

    assert (dispatch(book, "call_list", NEXT).rows, dispatch(book, "call_list", NEXT).waiting) == (0, 1)


def test_whoever_has_no_mobile_is_not_counted_as_waiting(book: Book) -> None:
    handed = dispatch(with_contact_of(book, "P0", phone="8 495 123-45-67"), "call_list", NEXT)

    assert (handed.rows, handed.waiting, handed.without_phone) == (0, 0, 1)


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

    run = town.kept(book, "r2", NEXT)

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
        ("court", NEXT, "Есть списки: sms_list, call_list, debt_receipts, court_list"),
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

    with pytest.raises(CannotDispatch, match=r"ждёт реестры bank \(sber\)"):
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
