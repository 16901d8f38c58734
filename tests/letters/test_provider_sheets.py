"""Sheets for providers: what to cut off or to give back, where, when, on what proof; no name, no phone, no debt."""

from __future__ import annotations

import stat
from datetime import date, datetime
from typing import Any

import fastexcel
import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.debt import RESTRICTION_LIST
from pipeline.contracts.handovers import HANDOVERS
from pipeline.reports.letters.provider_sheets import Sheets, provider_sheets
from pipeline.reports.letters.published_list import NoList
from pipeline.storage import journal
from tests.debt.town import full
from tests.ingest.town import A1, A2, A3, Town
from tests.letters.reading import texts
from tests.letters.test_restriction_notices import restricted_town, row
from tests.letters.town import FEBRUARY, RUN_ON, UTILITY, published
from tests.town.books import raschet_here, succeeded

NUMBER = "ЛП-260325-U-heat"


def act(account: str, code: str, on: date, evidence: str = "акт") -> dict[str, Any]:
    return {"event_id": f"{account}-{code}-{on}", "registered_at": datetime(2026, 3, 2, 12, tzinfo=MOSCOW),
            "account_id": account, "creditor_id": "U", "service_code": "heat", "act_code": code, "act_on": on,
            "evidence": evidence}


def made(town: Town, **of_a1: Any) -> Sheets:
    """A1 is to be restricted, A2 to get the service back; A3 is to be warned, which is no business of this sheet."""
    town.deliver(
        "restriction_acts", date(2026, 3, 2), act(A1, "notice_delivered", date(2026, 1, 5), "старая расписка"),
        act(A1, "restored", date(2026, 1, 20)),
        act(A1, "notice_delivered", date(2026, 3, 1), "почтовое уведомление 77"),
        act(A2, "restricted", date(2026, 2, 1)), name="acts",
    )
    run = restricted_town(town)
    rows = [row(run, A1, **{"next_action_code": "restriction", "next_action_on": date(2026, 3, 22), **of_a1}),
            row(run, A2, next_action_code="restore", next_action_on=date(2026, 3, 27)), row(run, A3)]
    published(town, run, restriction_list=full(RESTRICTION_LIST, *rows))
    return provider_sheets(town.book, FEBRUARY)


def test_a_sheet_tells_what_where_when_and_on_what_proof(town: Town) -> None:
    told = made(town)
    page = " ".join(texts((told.folder / "U-heat.pdf").read_bytes()))

    assert f"Лист № {NUMBER}" in page and f"Исполнителю: {UTILITY}" in page and "«Горячая вода» на 25.03.2026" in page
    assert "только до 26.03.2026 включительно" in page
    restored, restricted = page.index("восстановить"), page.index(f"ограничить {A1}")
    assert restored < restricted, "what is given back comes first"
    assert "с 22.03.2026 01.03.2026 почтовое уведомление 77" in page and "до 27.03.2026 — —" in page
    assert "старая расписка" not in page, "a warning before the last restoring is of another debt"


def test_a_sheet_names_nobody_and_no_debt(town: Town) -> None:
    told = made(town)
    page = " ".join(texts((told.folder / "U-heat.pdf").read_bytes()))
    sheet = fastexcel.read_excel(told.folder / "U-heat.xlsx").load_sheet(0, header_row=2).to_polars()

    assert "₽" not in page and A3 not in page
    assert sheet["Лицевой счёт"].to_list() == [A2, A1] and not any("сумм" in head.lower() for head in sheet.columns)
    assert stat.S_IMODE((told.folder / "U-heat.pdf").stat().st_mode) == 0o600


def test_the_index_is_what_leaves(town: Town) -> None:
    told = made(town)

    assert told.index.select("account_id", "number", "asked_code", "asked_on", "delivered_on").rows() == [
        (A1, NUMBER, "restriction", date(2026, 3, 22), date(2026, 3, 1)),
        (A2, NUMBER, "restore", date(2026, 3, 27), None),
    ]
    left = succeeded(raschet_here(town.root, "dispatch", "restriction_list", "--on", str(RUN_ON)))
    numbers = journal.read(town.book, HANDOVERS).sort("account_id").select("account_id", "paper_number").rows()
    assert numbers == [(A1, NUMBER), (A2, NUMBER), (A3, f"ПР-260325-{A3}-U")] and left


def test_nothing_to_cut_off_and_nothing_to_give_back(town: Town) -> None:
    with pytest.raises(NoList, match="нечего отключать"):
        run = restricted_town(town)
        published(town, run, restriction_list=full(RESTRICTION_LIST, row(run, A1)))
        provider_sheets(town.book, FEBRUARY)


def test_printing_again_gives_the_same_bytes(town: Town) -> None:
    told = made(town)
    before = {file.name: file.read_bytes() for file in told.folder.iterdir()}

    again = provider_sheets(town.book, FEBRUARY)

    assert {file.name: file.read_bytes() for file in again.folder.iterdir()} == before
    assert again.index.equals(told.index)


def test_the_command_says_what_was_made(town: Town) -> None:
    made(town)
    said = succeeded(raschet_here(town.root, "letters", "provider_sheets", "--month", "2026-02"))

    assert "Листов поставщикам: 1; восстановить — 1 услуга, ограничить — 1 услуга." in said.replace("\u00a0", " ")
