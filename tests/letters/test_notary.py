"""The notary's route: closed until the book opens it, then the same case under another application."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from docx import Document

from pipeline.reports.letters.court_folders import court_folders
from pipeline.reports.letters.notary import RouteClosed
from tests.ingest.town import A1, A2, Town
from tests.letters.test_court_folders import court_town, read, rows_of
from tests.letters.town import FEBRUARY, published
from tests.town.books import raschet_here


def listed(town: Town, *accounts: str, settings: str = "") -> Town:
    with (town.root / "settings.yaml").open("a", encoding="utf-8") as file:
        file.write(settings)
    run = court_town(town)
    return published(town, run, court_list=rows_of(run, *accounts))


def test_the_route_is_closed_until_the_book_opens_it(town: Town) -> None:
    listed(town, A1)
    with pytest.raises(RouteClosed, match="не подтверждён"):
        court_folders(town.book, FEBRUARY, to_notary=True)
    refused = raschet_here(town.root, "court-folder", "--month", "2026-02", "--to-notary")
    assert refused.exit_code == 2 and "debt.notary_route_is_open" in refused.output


def test_an_open_route_writes_to_the_notary(town: Town) -> None:
    listed(town, A1, A2, settings="rules: {debt.notary_route_is_open: true, debt.notary_years_max: 0}\n")
    told = court_folders(town.book, FEBRUARY, to_notary=True)
    application = read(told, A1, "zayavlenie.pdf")
    document = Document(str(next(told.folder.glob(f"{A1}-*/zayavlenie.docx"))))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs).replace("\u00a0", " ")

    assert "notary-2026-03-25" in told.folder.name
    for said in ("Нотариусу", "совершить исполнительную надпись о взыскании с должника в пользу", "1 334,56 ₽"):
        assert said in application and said in text
    assert "не менее чем за 14 дней до обращения" in text and "уведомление должника о задолженности" in text
    assert "пошлин" not in application and "судебн" not in application and "{" not in text
    lacks = told.cases.filter(pl.col("account_ids").list.contains(A1))["lacks"][0].to_list()
    assert lacks == ["no_penalty", "notary_notice", "notary_too_old"]


def test_debts_of_the_last_years_are_not_too_old(town: Town) -> None:
    listed(town, A1, settings="rules: {debt.notary_route_is_open: true}\n")
    told = court_folders(town.book, FEBRUARY, to_notary=True)

    assert "notary_too_old" not in told.cases["lacks"][0]
    assert date(2026, 3, 25).isoformat() in told.folder.name
