"""Reminders of readings are handed over: once, one a person, to nobody who was told of a debt that day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.cli.handing import told
from pipeline.contracts.debt import DISPATCHES
from pipeline.contracts.registers import CONTACTS
from pipeline.contracts.reminders import READING_REMINDERS, REMINDERS_SENT
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.dispatch import CannotDispatch, HandedOver, dispatch
from pipeline.storage.publish import publish
from tests.debt import town
from tests.domain.debt.town import DAY, frame

LIST = READING_REMINDERS.name
TEXT = "Передайте показание счётчика за май 2026 до 25.06.2026 включительно."
READ_BY = DAY + timedelta(days=3)


def _row(person: str | None, meter: str, **more: Any) -> dict[str, Any]:
    return {
        "run_on": DAY, "account_id": f"a-{person}", "contract_id": "k", "service_code": "cold_water",
        "service_point_id": "sp", "meter_id": meter, "charge_month": date(2026, 5, 1), "read_by_on": READ_BY,
        "days_left": 3, "within_days": 3, "missing_code": "norm_unknown", "person_id": person,
        "unwritten_code": None if person else "no_consent", "reminder": TEXT,
    } | more


def _night(root: Path, persons: Sequence[str], *rows: dict[str, Any]) -> Book:
    """The town of debts, its night published with reminders of these rows."""
    book = town.with_journal(town.book_at(root / "book"))
    with (book.root / "settings.yaml").open("a", encoding="utf-8") as settings:
        settings.write("sms: {sender: RKC}\n")
    return _again(Book.at(book.root), "r1", persons, *rows)


def _again(book: Book, run_id: str, persons: Sequence[str], *rows: dict[str, Any]) -> Book:
    run = town.kept(book, run_id)
    listed = [_row(person, f"m-{person}") for person in persons]
    run.write(READING_REMINDERS, run.parts[0], frame(READING_REMINDERS, *listed, *rows).sort("meter_id"))
    publish(run)
    return book


def _people(root: Path) -> list[str]:
    """People of the town who have a mobile phone, in order."""
    run = town.kept(town.with_journal(town.book_at(root / "people")))
    known = run.register(CONTACTS).filter(pl.col("phone").is_not_null()).unique("phone", keep="first")
    return known["person_id"].sort().to_list()


def _lines(left: HandedOver) -> list[str]:
    assert left.gateway is not None
    return left.gateway.read_text(encoding="utf-8").split("\n\n", 1)[1].splitlines()


def test_each_person_is_written_to_once_and_never_again(tmp_path: Path) -> None:
    one, two, *_ = _people(tmp_path)
    dear = {"norm_cost_kop": 21_892, "missing_code": None, "reminder": f"{TEXT} Дорого\u00a0."}
    book = _night(tmp_path, [one, two], _row(one, "m-dear", **dear), _row(None, "m-nobody"))

    left = dispatch(book, LIST, DAY)

    assert (left.rows, left.left_before, left.claimed_kop, left.not_in_gateway) == (2, 0, 0, 0)
    sent = journal.read(book, REMINDERS_SENT).sort("person_id")
    assert sent.select("person_id", "meter_id", "sent_on", "days_left").rows() == sorted([
        (one, "m-dear", DAY, 3), (two, f"m-{two}", DAY, 3)
    ])
    texts = dict(pl.read_parquet(left.texts).select("person_id", "text").rows())
    assert texts == {one: f"{book.settings.name}: {TEXT} Дорого .", two: f"{book.settings.name}: {TEXT}"}
    assert len(_lines(left)) == 2
    # the same list, and the night made anew
    assert dispatch(book, LIST, DAY).rows == 0
    again = dispatch(_again(book, "r2", [one, two]), LIST, DAY)
    assert (again.rows, again.left_before) == (0, 2)
    assert told(again) == [
        f"Список {LIST}: передавать нечего.", "Переданы раньше и не повторены: 2."
    ]
    assert told(left)[0] == f"Список {LIST}: передано строк 2."


def test_whom_a_debt_was_told_of_today_is_left_alone(tmp_path: Path) -> None:
    one, two, *_ = _people(tmp_path)
    book = _night(tmp_path, [one, two])
    row = {"action_id": "x", "list_code": "sms_list", "dispatched_on": DAY, "person_id": one, "episode_id": "e"}
    journal.append(book, DISPATCHES, "told", town.full(DISPATCHES, row))

    left = dispatch(book, LIST, DAY)

    assert (left.rows, left.left_before) == (1, 1)
    assert journal.read(book, REMINDERS_SENT)["person_id"].to_list() == [two]


@pytest.mark.parametrize(("read_by", "rows"), [(DAY - timedelta(days=1), 0), (DAY, 1), (DAY + timedelta(days=1), 1)])
def test_nothing_leaves_after_the_window(tmp_path: Path, read_by: date, rows: int) -> None:
    one, *_ = _people(tmp_path)
    book = _night(tmp_path, [], _row(one, "m", read_by_on=read_by))

    assert dispatch(book, LIST, DAY).rows == rows


def test_a_list_of_another_night_stays(tmp_path: Path) -> None:
    one, *_ = _people(tmp_path)
    book = _night(tmp_path, [one])

    with pytest.raises(CannotDispatch, match=LIST):
        dispatch(book, LIST, DAY - timedelta(days=1))
    assert journal.read(book, REMINDERS_SENT).is_empty()


def test_no_phone_no_line(tmp_path: Path) -> None:
    """The texts hold everybody, the gateway's file who can be reached."""
    one, *_ = _people(tmp_path)
    left = dispatch(_night(tmp_path, [one, "nobody-knows"]), LIST, DAY)

    assert (left.rows, left.not_in_gateway, len(_lines(left))) == (2, 1, 1)
