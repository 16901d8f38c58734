"""Offers and agreements of instalments: parts make up the debt, the paper is what the night will count as kept."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from docx import Document

from pipeline.billing_month import MOSCOW
from pipeline.contracts.debt import COURT_STANDING, DEBTOR_LISTS
from pipeline.contracts.debt_decisions import DEBT_DECISIONS
from pipeline.contracts.events import INSTALMENT_AGREEMENTS
from pipeline.contracts.instalments import INSTALMENTS, INSTALMENTS_OFFERED
from pipeline.contracts.ledger import OPEN_ITEMS, PAYMENT_ALLOCATIONS
from pipeline.domain.debt.instalments import instalments
from pipeline.reports.letters.agreements import Drafted, NoAgreement, draft
from pipeline.reports.letters.batches import Printed, print_letters
from pipeline.reports.letters.instalment_offers import INSTALMENT_OFFER
from pipeline.reports.letters.published_list import NoList
from pipeline.storage.book import Book
from tests.debt.town import full
from tests.ingest.town import A1, A3, Town
from tests.letters.reading import codes, fields, texts
from tests.letters.town import FEBRUARY, RUN_ON, UTILITY, computed, lay, published
from tests.town.books import raschet_here, succeeded

DEBT = 133_456


def offer(account: str, creditor: str = "U", **more: Any) -> dict[str, Any]:
    return {
        "run_on": RUN_ON, "account_id": account, "creditor_id": creditor, "ground_codes": ["receipt"],
        "total_kop": DEBT, "claimed_kop": DEBT, "months": 3, "seasonal_services": [],
        "once_since_on": date(2026, 3, 1), **more,
    }


def offered(town: Town, *rows: dict[str, Any]) -> Printed:
    published(town, computed(town), instalments_offered=full(INSTALMENTS_OFFERED, *rows))
    return print_letters(town.book, FEBRUARY, INSTALMENT_OFFER)


def test_an_offer_names_the_claim_and_parts_that_make_it_up(town: Town) -> None:
    told = offered(town, offer(A1, claimed_kop=130_000))
    file = (told.folder / "batch-001.pdf").read_bytes()
    page = texts(file)[0]

    assert told.index.select("account_id", "overdue_kop", "claimed_kop", "months").rows() == [(A1, DEBT, 130_000, 3)]
    assert f"Предложение № ПРС-260325-{A1}-U о рассрочке погашения" in page
    assert "за период декабрь 2025 — январь 2026" in page
    assert "Остаётся погасить 1 300,00 ₽ (Одна тысяча триста рублей 00 копеек)" in page
    assert "равными частями за 3 месяца" in page
    assert "1 25.04.2026 433,34 2 25.05.2026 433,33 3 25.06.2026 433,33" in page
    assert "Ваше право" not in page and "субсиди" not in page
    assert "Согласие на рассрочку" in page and fields(codes(file)[0])["Sum"] == "130000"


def test_an_offer_of_another_debt_than_the_ledger_has_is_not_printed(town: Town) -> None:
    told = offered(town, offer(A1, total_kop=DEBT - 1, claimed_kop=DEBT - 1))

    assert told.index["lacks"].to_list() == [["sums_differ"]] and told.letters == 0


def test_an_offer_by_right_names_the_right_and_what_keeps_a_subsidy(town: Town) -> None:
    row = offer(A1, ground_codes=["seasonal", "subsidy"], months=12, seasonal_services=["heat"], seasonal_kop=123_456)
    page = texts((offered(town, row).folder / "batch-001.pdf").read_bytes())[0]

    assert "Плата за «Отопление» больше платы за тот же месяц прошлого года более чем на 25 %" in page
    assert "1 234,56 ₽ из этого долга вы вправе внести равными частями за 12 месяцев (п. 72 Правил" in page
    assert "долг не мешает получать субсидию на оплату жилья (ч. 5 ст. 159" in page


def test_nobody_is_offered_anything_while_registries_are_awaited(town: Town) -> None:
    run = computed(town)
    late = {"list_code": "debt_receipts", "run_on": RUN_ON, "status_code": "awaiting_registries",
            "awaited": ["sber:bank"]}
    due = full(INSTALMENTS_OFFERED, offer(A1))
    published(town, run, instalments_offered=due, debtor_lists=full(DEBTOR_LISTS, late))
    with pytest.raises(NoList, match=r"ждёт реестры bank \(sber\)"):
        print_letters(town.book, FEBRUARY, INSTALMENT_OFFER)


def test_nobody_to_offer_anything_to_is_said(town: Town) -> None:
    with pytest.raises(NoList, match="предлагать некому"):
        offered(town)


def drafted(town: Town, months: int = 3, on: date = RUN_ON) -> Drafted:
    lay(town, "rights", {"premises_id": f"P-{A1}", "person_id": "p1", "role_code": "owner",
                         "valid_from": date(2015, 1, 1)})
    lay(town, "persons", {"person_id": "p1", "full_name": "Берёзкин <Пётр> & Ко"})
    published(town, computed(town))
    return draft(town.book, A1, "U", months, on)


def test_a_signed_draft_is_kept_from_the_start(town: Town) -> None:
    told = drafted(town)
    registered = told.parts.with_columns(
        event_id=pl.format("{}", pl.int_range(pl.len())), registered_at=pl.lit(datetime(2026, 3, 25, 12, tzinfo=MOSCOW))
    ).select(INSTALMENT_AGREEMENTS.inside_names)
    run = computed(town)
    night = instalments(
        registered, run.read(OPEN_ITEMS), run.read(PAYMENT_ALLOCATIONS), DEBT_DECISIONS.empty_inside(), as_of=RUN_ON
    )

    assert told.parts["part_kop"].to_list() == [44_486, 44_485, 44_485] and sum(told.parts["part_kop"]) == DEBT
    assert night.select("status_code", "agreed_kop", "next_on").row(0) == ("kept", DEBT, date(2026, 4, 25))


def test_both_papers_say_the_same(town: Town) -> None:
    told = drafted(town)
    pdf = " ".join(texts((told.folder / "soglashenie.pdf").read_bytes()))
    document = Document(str(told.folder / "soglashenie.docx"))
    word = "\n".join(paragraph.text for paragraph in document.paragraphs).replace("\u00a0", " ")
    rows = [row for table in document.tables for row in table.rows]
    cells = [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in rows]

    for said in ("1 334,56 ₽ (Одна тысяча триста тридцать четыре рубля 56 копеек)", "Берёзкин <Пётр> & Ко", UTILITY,
                 f"Соглашение № СГ-260325-{A1}-U", "за 3 месяца", "п. 120 Правил"):
        assert said in pdf and said in word, said
    assert "1 25.04.2026 444,86 2 25.05.2026 444,85 3 25.06.2026 444,85 Всего 1 334,56" in pdf
    assert ["1", "25.04.2026", "444,86"] in cells and ["", "Всего", "1 334,56"] in cells
    assert ["январь 2026", "10.02.2026", "1 234,56"] in cells and "ч. 14 ст. 155" in word and "{" not in word


def test_the_same_draft_gives_the_same_bytes(town: Town, tmp_path: Path) -> None:
    told = drafted(town)
    again = draft(town.book, A1, "U", 3, RUN_ON, out=tmp_path / "again")
    for file in told.folder.iterdir():
        assert (again.folder / file.name).read_bytes() == file.read_bytes(), file.name


def test_months_out_of_limitation_are_marked_and_not_acknowledged(town: Town) -> None:
    """ГК РФ, ст. 206, п. 2: a written acknowledgement would begin the limitation anew."""
    run = computed(town)
    is_old = (pl.col("account_id") == A1) & (pl.col("billing_month") == date(2025, 12, 1))
    items = run.read(OPEN_ITEMS).with_columns(is_time_barred=is_old)
    run.write(OPEN_ITEMS, run.parts[0], items)
    published(town, run)
    pdf, word = both(draft(town.book, A1, "U", 3, RUN_ON))

    for said in ("В том числе 100,00 ₽ — за месяцы, по которым истёк срок исковой давности (декабрь 2025).",
                 "признание долга (ст. 203 Гражданского кодекса РФ), кроме 100,00 ₽ с истёкшим сроком"):
        assert said in pdf and said in word, said


def test_an_agreement_on_capital_repair_alone_speaks_of_nothing_else(town: Town) -> None:
    published(town, computed(town))
    pdf, word = both(draft(town.book, A1, "F", 2, RUN_ON))

    for text in (pdf, word):
        assert "имеется задолженность по взносам на капитальный ремонт — " in text and "(ч. 14.1 ст. 155" in text
        assert "Получатель не обращается за взысканием этого долга в суд." in text
        assert "коммунальн" not in text and "давности" not in text


def test_a_running_case_is_spread_by_the_court_alone(town: Town) -> None:
    case = {"court_case_id": "2-17/2026", "account_id": A1, "creditor_id": "U", "stage_code": "writ"}
    ended = {**case, "court_case_id": "2-18/2026", "creditor_id": "F", "stage_code": "ended"}
    published(town, computed(town), court_standing=full(COURT_STANDING, case, ended))

    with pytest.raises(NoAgreement, match="идёт судебное дело 2-17/2026"):
        draft(town.book, A1, "U", 3, RUN_ON)
    assert draft(town.book, A1, "F", 2, RUN_ON).parts.height == 2


def both(told: Drafted) -> tuple[str, str]:
    """Text of the agreement to sign and of the one to edit."""
    document = Document(str(told.folder / "soglashenie.docx"))
    word = " ".join(paragraph.text for paragraph in document.paragraphs).replace("\u00a0", " ")
    return " ".join(texts((told.folder / "soglashenie.pdf").read_bytes())), word


@pytest.fixture(scope="module")
def agreed(indebted: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A3 keeps an agreement."""
    root = shutil.copytree(indebted, tmp_path_factory.mktemp("agreed") / "book", symlinks=True)
    kept = {"account_id": A3, "creditor_id": "U", "agreement_id": "AG", "status_code": "kept"}
    town = Town(Path(root), runs=9)
    return published(town, computed(town), instalments=full(INSTALMENTS, kept)).book


@pytest.mark.parametrize(("account", "creditor", "months", "on", "said"), [
    (A1, "U", 13, RUN_ON, "от 1 до 12"), (A1, "U", 0, RUN_ON, "от 1 до 12"),
    (A1, "X", 3, RUN_ON, "Получателя X нет в реестре: соглашение заключают с одним получателем"),
    (A1, None, 3, RUN_ON, "Получатель не назван"),
    (A1, "F,U", 3, RUN_ON, f"U — {UTILITY}, 1\u00a0334,56 ₽"),
    (A1, "U", 3, date(2026, 3, 24), "на день с этого по 28.03.2026"),
    (A1, "U", 3, date(2026, 3, 29), "на день с этого по 28.03.2026"),
    (A3, "U", 3, RUN_ON, "уже есть соглашение AG"),
])
def test_what_cannot_be_agreed_is_said(
    agreed: Book, account: str, creditor: str | None, months: int, on: date, said: str
) -> None:
    with pytest.raises(NoAgreement) as caught:
        draft(agreed, account, creditor, months, on)
    assert said in str(caught.value)


def test_the_command_drafts(town: Town) -> None:
    published(town, computed(town))
    said = " ".join(succeeded(raschet_here(
        town.root, "agreement", A1, "--creditor", "U", "--months", "2", "--on", "2026-03-25"
    )).split()).replace("\u00a0", " ")

    assert "1 334,56 ₽, частей 2, первая до 25.04.2026, последняя до 25.05.2026." in said
