"""Certificates of debt: as of any counted day, by the ledger alone; the debtor's side of a late registry; no guess."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.reports.explain.finding import NothingToExplain
from pipeline.reports.letters.certificates import certificates
from pipeline.reports.letters.standing import DayUnknown
from pipeline.storage.centre import CentreUnknown
from tests.ingest.town import A1, A2, A3, Town, payment, registry
from tests.letters.reading import texts
from tests.letters.town import CENTRE, computed, published
from tests.town.books import raschet_here, succeeded

ISSUED = date(2026, 4, 2)
LATE = {"account_id": A1, "paid_at": datetime(2026, 2, 20, 12, tzinfo=MOSCOW), "received_on": date(2026, 3, 5),
        "registry_id": "R2"}


def paid_late(town: Town) -> Town:
    """A1 pays 50 ₽ on 20 February; the registry comes on 5 March."""
    town.deliver("payments", date(2026, 3, 5), payment("P2", "50.00", **LATE), name="late")
    town.deliver("registries", date(2026, 3, 5), registry("R2", 1, "50.00", received_on=date(2026, 3, 5)), name="late")
    return published(town, computed(town))


def row_of(town: Town, account: str, on: date) -> dict[str, object]:
    return certificates(town.book, [account], on, issued_on=ISSUED).index.row(0, named=True)


@pytest.mark.parametrize(("on", "debt", "due_later"), [
    (date(2025, 12, 20), 0, 11_000),        # issued this very day, due on 12 January
    (date(2026, 1, 12), 0, 11_000),         # the last day to pay is no debt yet
    (date(2026, 1, 13), 11_000, 0),
    (date(2026, 2, 10), 11_000, 124_456),   # January's document: 1 234,56 + 10,00, due this day
    (date(2026, 2, 11), 135_456, 0),
    (date(2026, 3, 25), 135_456, 0),
])
def test_debt_begins_the_day_after_the_due_date(town: Town, on: date, debt: int, due_later: int) -> None:
    published(town, computed(town))
    row = row_of(town, A1, on)

    assert (row["debt_kop"], row["due_later_kop"], row["besides_kop"]) == (debt, due_later, 0)


def test_a_payment_counts_from_its_own_day_though_its_registry_came_later(town: Town) -> None:
    paid_late(town)

    before, after = (row_of(town, A1, date(2026, 2, day)) for day in (19, 20))
    assert (before["debt_kop"], before["paid_later_kop"]) == (135_456, 0)
    assert (after["debt_kop"], after["paid_later_kop"]) == (130_456, 5_000)
    arrived = row_of(town, A1, date(2026, 3, 5))
    assert (arrived["debt_kop"], arrived["paid_later_kop"]) == (130_456, 0)
    issued = certificates(town.book, [A1], date(2026, 2, 20), issued_on=ISSUED)
    page = texts((issued.folder / f"spravka-{A1}.pdf").read_bytes())[0]
    assert "внесённые не позднее 20.02.2026 и поступившие в центр после этого дня: 50,00 ₽." in page


def test_the_last_day_is_what_the_month_published(town: Town) -> None:
    run = computed(paid_late(town))
    rows = certificates(town.book, [A1, A2, A3], run.as_of, issued_on=ISSUED).index
    items = run.read(OPEN_ITEMS)

    for account in (A1, A2, A3):
        owed = int(items.filter(pl.col("days_overdue") > 0, account_id=account)["outstanding_kop"].sum())
        assert rows.filter(account_id=account)["debt_kop"].to_list() == [owed]


def test_the_paper_says_it_in_words(town: Town) -> None:
    published(town, computed(town))
    issued = certificates(town.book, [A1], date(2026, 3, 25), issued_on=ISSUED)
    page = texts((issued.folder / f"spravka-{A1}.pdf").read_bytes())[0]

    assert f"№ СП-260325-{A1}-260402 от 02.04.2026" in page and "Справка о наличии задолженности" in page
    assert "1 354,56 ₽ (Одна тысяча триста пятьдесят четыре рубля 56 копеек)" in page
    assert "ООО «Тёплый дом „Уют“» декабрь 2025 — январь 2026 1 334,56" in page
    assert "г. Энск, ул. Мира, д. 5, кв. 1" in page and "Зорькина Анна Петровна" in page
    none = certificates(town.book, [A1], date(2026, 1, 12), issued_on=ISSUED)
    assert "об отсутствии задолженности" in texts((none.folder / f"spravka-{A1}.pdf").read_bytes())[0]


@pytest.mark.parametrize("on", [date(2025, 12, 19), date(2026, 3, 26)])
def test_a_day_that_was_not_counted_has_no_certificate(town: Town, on: date) -> None:
    published(town, computed(town))
    with pytest.raises(DayUnknown, match=r"посчитан с 20\.12\.2025 по 25\.03\.2026"):
        certificates(town.book, [A1], on, issued_on=ISSUED)


def test_who_is_unknown_is_named(town: Town) -> None:
    published(town, computed(town))
    with pytest.raises(NothingToExplain, match="1000000009"):
        certificates(town.book, ["1000000009"], date(2026, 3, 25), issued_on=ISSUED)
    (town.root / "settings.yaml").write_text('book_id: town\nfirst_month: "2025-12"\nworkers: 1\n', "utf-8")
    with pytest.raises(CentreUnknown, match="address, representative, position"):
        certificates(town.book, [A1], date(2026, 3, 25), issued_on=ISSUED)
    assert "address" in CENTRE


def test_the_command_takes_one_account_or_a_file(town: Town, tmp_path: Path) -> None:
    published(town, computed(town))
    (tmp_path / "list.txt").write_text(f"{A1}\n\n{A2}\n{A1}\n", "utf-8")

    one = " ".join(succeeded(raschet_here(town.root, "certificate", A1, "--on", "2026-01-12")).split())
    many = " ".join(succeeded(raschet_here(town.root, "certificate", "--accounts", str(tmp_path / "list.txt"))).split())
    both = raschet_here(town.root, "certificate", A1, "--accounts", str(tmp_path / "list.txt"))

    assert f"Счёт {A1} на 12.01.2026: долга нет." in one
    assert "Справок: 2 файла; с долгом 2" in many.replace("\u00a0", " ")
    assert both.exit_code == 2
