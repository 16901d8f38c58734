"""Requests to providers, courts, banks and bailiffs: handed over once, and again while nobody answers."""

import datetime as dt

import polars as pl
import pytest

from pipeline.contracts.debt import DISPATCHES, ENFORCEMENT_LIST, WITHDRAWAL_LIST
from pipeline.contracts.handovers import HANDOVERS, OFFERS
from pipeline.contracts.instalments import INSTALMENTS_OFFERED
from pipeline.rules.registry import RuleBook
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.dispatch import CannotDispatch, dispatch
from pipeline.storage.handover import requests, unanswered
from pipeline.storage.publish import publish
from tests.debt import town
from tests.domain.debt.town import DAY, frame, kop

TOLD = ("list_code", "account_id", "service_code", "court_case_id", "handed_to_code", "asked_code", "claimed_kop")


def night(book: Book, on: dt.date = DAY) -> Book:
    publish(town.kept(book, f"r{on:%m%d}", on))
    return book


def handed(book: Book, on: dt.date) -> list[tuple[object, ...]]:
    return journal.read(book, HANDOVERS).filter(pl.col("handed_on") == on).select(TOLD).sort(TOLD).rows()


def test_what_is_due_tonight_leaves_and_no_ladder_moves(book: Book) -> None:
    night(book)
    before = journal.read(book, DISPATCHES)
    for name in ("restriction_list", "enforcement_list", "withdrawal_list"):
        dispatch(book, name, DAY)

    assert handed(book, DAY) == [
        ("enforcement_list", "M1", None, "2-M1/2026", "bank", "writ", kop("2040.00")),
        ("restriction_list", "J1", "hot_water", None, "provider", "restriction", kop("450.00")),
        ("restriction_list", "K1", "hot_water", None, "provider", "restore", 0),
        ("withdrawal_list", "L1", None, "2-L1/2026", "court", "reduce", kop("400.00")),
    ]
    assert journal.read(book, DISPATCHES).equals(before)


def test_a_writ_for_the_duty_alone_is_not_nothing() -> None:
    """What a request names is the whole of it: principal, penalties, duty."""
    writ = town.full(ENFORCEMENT_LIST, {"claimed_kop": 0, "penalty_kop": 105, "duty_kop": 200_000})
    less = town.full(WITHDRAWAL_LIST, {"claimed_kop": 70, "penalty_held_kop": 5, "duty_held_kop": 200_000})

    assert requests(ENFORCEMENT_LIST.name, writ)["claimed_kop"].to_list() == [200_105]
    assert requests(WITHDRAWAL_LIST.name, less)["claimed_kop"].to_list() == [200_075]


def test_offers_that_wait_for_a_registry_are_called_by_their_name(book: Book) -> None:
    later = DAY + dt.timedelta(days=3)
    night(book, later)

    with pytest.raises(CannotDispatch, match="Список instalment_offers не составлен"):
        dispatch(book, OFFERS, later)


def test_a_request_bears_the_number_of_its_paper(book: Book) -> None:
    night(book)
    for name in ("restriction_list", "enforcement_list", "withdrawal_list"):
        dispatch(book, name, DAY)
    numbers = journal.read(book, HANDOVERS).sort("account_id")["paper_number"].to_list()

    assert numbers == ["ЛП-260531-c1-hot_water"] * 2 + ["ОТ-260531-2-L1/2026-суд", "ИД-260531-2-M1/2026-банк"]


def test_nothing_leaves_twice_on_a_day(book: Book) -> None:
    night(book)
    first = dispatch(book, "restriction_list", DAY)
    again = dispatch(book, "restriction_list", DAY)

    assert (first.rows, first.left_before, first.claimed_kop) == (2, 0, kop("450.00"))
    assert (again.rows, again.left_before) == (0, 2)


@pytest.mark.parametrize(("name", "days", "rows"), [
    ("restriction_list", 1, ["restore"]), ("withdrawal_list", 1, ["reduce"]), ("enforcement_list", 1, []),
    ("enforcement_list", 2, ["writ"]),
])
def test_what_nobody_answers_is_asked_again(book: Book, name: str, days: int, rows: list[str]) -> None:
    """Later nights of this town await registries, so the book asks again on the second day already."""
    with (book.root / "settings.yaml").open("a", encoding="utf-8") as settings:
        settings.write("rules: {debt.handover_repeat_days: 2}\n")
    book = Book.at(book.root)
    dispatch(night(book), name, DAY)
    later = DAY + dt.timedelta(days=days)
    dispatch(night(book, later), name, later)

    assert [row[5] for row in handed(book, later)] == rows


@pytest.mark.parametrize(("days", "left", "too_old"), [(1, ["restore", "restriction"], 0), (2, ["restore"], 1)])
def test_an_old_list_cuts_nobody_off(book: Book, days: int, left: list[str], too_old: int) -> None:
    told = dispatch(night(book), "restriction_list", DAY + dt.timedelta(days=days))

    assert sorted(journal.read(book, HANDOVERS)["asked_code"]) == left
    assert (told.rows, told.left_before, told.too_old) == (len(left), 0, too_old)


def test_an_instalment_is_offered_once_an_episode(book: Book) -> None:
    owing = {"account_id": "A", "creditor_id": "c1", "claimed_kop": 1}

    def new(receipt_on: dt.date, on: dt.date) -> int:
        asked = requests(OFFERS, town.full(INSTALMENTS_OFFERED, {**owing, "once_since_on": receipt_on}))
        return unanswered(book, asked, rule_book=RuleBook.read(), on=on, before=None).height

    first, on = dt.date(2026, 4, 1), dt.date(2026, 4, 20)
    assert new(first, on) == 1
    offered = {"action_id": "o", "list_code": OFFERS, "handed_on": on, "account_id": "A", "creditor_id": "c1",
               "handed_to_code": "debtor", "asked_code": "instalment", "claimed_kop": 1, "run_id": "r",
               "run_month": dt.date(2026, 4, 1)}
    journal.append(book, HANDOVERS, "offered", frame(HANDOVERS, offered))

    assert new(first, dt.date(2026, 12, 1)) == 0
    assert new(dt.date(2026, 11, 1), dt.date(2026, 12, 1)) == 1


def test_an_old_list_is_refused(book: Book) -> None:
    night(book)
    with pytest.raises(CannotDispatch, match=r"передаётся по 03\.06\.2026"):
        dispatch(book, "withdrawal_list", DAY + dt.timedelta(days=4))
    with pytest.raises(CannotDispatch, match="restriction_list, enforcement_list, withdrawal_list"):
        dispatch(book, "letters", DAY)
