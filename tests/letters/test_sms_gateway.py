"""The gateway's file: its format, quoting, one line a phone; private, and only where a sender is set."""

from __future__ import annotations

import csv
import stat
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.rendering.sms_gateway import gateway_file, in_gateway
from pipeline.storage.book import Book
from pipeline.storage.dispatch import dispatch
from pipeline.storage.publish import publish
from tests.debt import town
from tests.domain.debt.town import DAY

ON = date(2026, 6, 20)
TEXTS = pl.DataFrame({
    "action_id": ["a1", "a2", "a3", "a4", "a5"], "person_id": ["p1", "p2", "p3", "p4", "p5"],
    "phone": ["+79161234567", None, "+79161234567", "+79000000001", "+79000000002"],
    "text": ["Долг 1 234,50 ₽", "x", "второй на тот же номер", 'ООО "Уют"; срок', "ы" * 2001],
})


def read(content: bytes) -> tuple[dict[str, str], list[list[str]]]:
    """Headers and messages as a reader of CSV sees them."""
    head, body = content.decode("utf-8").split("\n\n", 1)
    return dict(line.split(": ", 1) for line in head.splitlines()), list(csv.reader(body.splitlines(), delimiter=";"))


def test_headers_then_one_message_a_phone() -> None:
    head, rows = read(gateway_file(TEXTS, name="debt\nnight", sender="RKC", on=ON, hours=(9, 20)))

    assert head == {"name": "debt night", "service_number": "RKC", "date_start": "2026-06-20",
                    "time_begin": "09:00", "time_end": "20:00", "use_timediff": "Y"}
    assert rows == [
        ["a1", "79161234567", "Долг 1 234,50 ₽"], ["a4", "79000000001", 'ООО "Уют"; срок'],
    ]
    assert in_gateway(TEXTS).height == 2


def test_the_file_is_written_with_the_list(tmp_path: Path) -> None:
    book = town.with_journal(town.book_at(tmp_path / "book"))
    with (book.root / "settings.yaml").open("a", encoding="utf-8") as settings:
        settings.write("sms: {sender: RKC}\n")
    book = Book.at(book.root)
    publish(town.kept(book))
    handed = dispatch(book, "sms_list", DAY)

    assert handed.gateway is not None and handed.gateway.is_relative_to(book.personal)
    assert stat.S_IMODE(handed.gateway.stat().st_mode) == 0o600
    head, rows = read(handed.gateway.read_bytes())
    texts = pl.read_parquet(handed.texts)
    assert sorted(row[0] for row in rows) == sorted(texts["action_id"])
    assert {row[1] for row in rows} == {phone.removeprefix("+") for phone in texts["phone"]}
    assert (head["service_number"], handed.not_in_gateway) == ("RKC", 0)


@pytest.mark.parametrize(("rules", "on", "begins", "ends"), [
    ("", date(2026, 6, 1), "09:00", "21:00"), ("", date(2026, 5, 31), "10:00", "20:00"),
    ("rules: {debt.sms_hours_day_off: [11, 13]}\n", date(2026, 5, 31), "11:00", "13:00"),
])
def test_a_gateway_is_told_the_quiet_hours_of_the_day(
    tmp_path: Path, rules: str, on: date, begins: str, ends: str
) -> None:
    """31.05.2026 is a Sunday."""
    book = town.with_journal(town.book_at(tmp_path / "book"))
    with (book.root / "settings.yaml").open("a", encoding="utf-8") as settings:
        settings.write("sms: {sender: RKC}\n" + rules)
    book = Book.at(book.root)
    publish(town.kept(book))
    handed = dispatch(book, "sms_list", on)

    assert handed.gateway is not None
    head, _ = read(handed.gateway.read_bytes())
    assert (head["time_begin"], head["time_end"]) == (begins, ends)


def test_no_sender_no_file(tmp_path: Path) -> None:
    book = town.with_journal(town.book_at(tmp_path / "book"))
    publish(town.kept(book))
    assert dispatch(book, "sms_list", DAY).gateway is None
