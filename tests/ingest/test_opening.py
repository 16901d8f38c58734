"""Opening a book: totals to sign off, the state of the first month, and one clear error for bad rows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.catalogue import TABLES
from pipeline.domain.ingest.opening import OpeningTotals
from pipeline.errors import RaschetError
from pipeline.storage.opening import CannotOpen, open_book
from pipeline.storage.state import State
from tests.ingest.town import A1, A2, REGISTERS, Town

OPENED = date(2025, 12, 19)


def item(document_id: str, amount: str, **more: object) -> dict[str, object]:
    return {"account_id": A1, "document_id": document_id, "creditor_id": "U", "contract_id": "C-heat",
            "service_code": "heat", "debt_kind_code": "principal", "charge_month": date(2025, 9, 1),
            "document_type_code": "main", "billing_month": date(2025, 9, 1), "issued_on": date(2025, 10, 1),
            "due_on": date(2025, 10, 10), "outstanding_rub": Decimal(amount)} | more


@pytest.fixture
def closed_town(tmp_path: Path) -> Town:
    root = tmp_path / "book"
    root.mkdir()
    (root / "settings.yaml").write_text('book_id: town\nfirst_month: "2025-12"\n', "utf-8")
    town = Town(root)
    for table, rows in REGISTERS.items():
        town.deliver(table, date(2025, 12, 1), *rows)
    return town


def state_of(town: Town) -> State:
    return town.run().state


def test_items_advances_meters_and_accounts_become_the_state(closed_town: Town) -> None:
    town = closed_town
    town.deliver("opening_items", OPENED, item("O1", "100.00"), item("O2", "0.00"),
                 item("O3", "7.50", charge_month=None, creditor_id="F"))
    town.deliver("opening_advances", OPENED, {
        "account_id": A2, "payment_id": "P0", "channel_code": "site", "amount_rub": Decimal("5.00"),
        "paid_at": datetime(2025, 12, 1, tzinfo=MOSCOW), "received_on": date(2025, 12, 2)})
    town.deliver("opening_meters", OPENED, {"account_id": A1, "meter_id": "M1", "service_code": "heat",
                                           "contract_id": "C-heat"})

    totals = open_book(town.book)

    state = state_of(town)
    rows = {row["document_id"]: row for row in state.read(TABLES["open_items"]).to_dicts()}
    assert set(rows) == {"O1", "O3"}
    told = rows["O1"]
    assert (told["billed_kop"], told["paid_kop"], told["outstanding_kop"], told["epoch_base_kop"]) == (
        10000, 0, 10000, 10000
    )
    assert (told["days_overdue"], told["months_overdue"]) == (70, 2)
    assert told["limitation_on"] is not None and rows["O3"]["limitation_on"] is None
    advance = state.read(TABLES["advances"]).row(0, named=True)
    assert (advance["origin_code"], advance["posted_at"]) == ("opening", datetime(2025, 12, 2, tzinfo=MOSCOW))
    assert state.read(TABLES["meter_memory"])["meter_id"].to_list() == ["M1"]
    assert state.read(TABLES["account_index"]).height == 3
    assert (totals.accounts, totals.items, totals.items_kop, totals.advances_kop) == (3, 2, 10750, 500)
    assert [(line.creditor_id, line.amount_kop) for line in totals.by_creditor] == [("F", 750), ("U", 10000)]


def test_debtors_of_the_opening_are_published(closed_town: Town) -> None:
    closed_town.deliver("opening_items", OPENED, item("O1", "10000.00"))

    open_book(closed_town.book)

    debtors = state_of(closed_town).read(TABLES["debtors"])
    assert set(debtors["account_id"]) == {A1}


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"account_id": "9999999999"}, "unknown_account"), ({"creditor_id": "NOBODY"}, "unknown_creditor"),
        ({"contract_id": "C-none"}, "unknown_contract"), ({"service_code": "steam"}, "unknown_service"),
        ({"issued_on": date(2025, 12, 20)}, "issued_in_the_first_month"), ({"outstanding_rub": None}, "missing_value"),
        ({"debt_kind_code": "wish"}, "unknown_code"),
    ],
)
def test_one_bad_row_opens_nothing(closed_town: Town, said: dict[str, object], rule: str) -> None:
    closed_town.deliver("opening_items", OPENED, item("O1", "100.00"), item("O2", "1.00") | said)

    with pytest.raises(CannotOpen, match=f"opening_items: {rule} — 1"):
        open_book(closed_town.book)

    assert not (closed_town.root / "published").exists()


def test_the_same_item_with_two_sums_is_refused(closed_town: Town) -> None:
    closed_town.deliver("opening_items", OPENED, item("O1", "1.00", charge_month=None),
                        item("O1", "2.00", charge_month=None))

    with pytest.raises(CannotOpen, match="opening_items: duplicate_id — 2"):
        open_book(closed_town.book)


def test_whoever_signs_off_may_stop(closed_town: Town) -> None:
    def refuse(totals: OpeningTotals) -> None:
        raise RaschetError(f"не сходится: {totals.items}")

    with pytest.raises(RaschetError, match="не сходится: 0"):
        open_book(closed_town.book, confirm=refuse)

    assert not (closed_town.root / "published").exists()


def test_opening_again_changes_nothing(closed_town: Town) -> None:
    closed_town.deliver("opening_items", OPENED, item("O1", "100.00"))

    assert open_book(closed_town.book) == open_book(closed_town.book)


def test_a_book_without_accounts_does_not_open(closed_town: Town) -> None:
    (closed_town.root / "landing" / "accounts" / "as_of=2025-12-01").rename(
        closed_town.root / "landing" / "accounts" / "as_of=2025-12-25"
    )

    with pytest.raises(CannotOpen, match="нет ни одного счёта"):
        open_book(closed_town.book)


def test_a_book_whose_first_month_has_no_cycle_does_not_open(closed_town: Town) -> None:
    closed_town.deliver("cycles", date(2025, 12, 2), REGISTERS["cycles"][1])

    with pytest.raises(CannotOpen, match="нет первого месяца участка 2025-12"):
        open_book(closed_town.book)


def test_typed_accounts_are_joined(closed_town: Town) -> None:
    closed_town.deliver("opening_items", OPENED, item("O1", "100.00", account_id=f" {A1}"))

    open_book(closed_town.book)

    assert state_of(closed_town).read(TABLES["open_items"])["account_id"].to_list() == [A1]
