"""Claims after a cancelled order: sums of the list, the duty of the order, who answered then, what to look at first."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from docx import Document

from pipeline.contracts.claims import CLAIM_LIST
from pipeline.contracts.handovers import HANDOVERS
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.rendering.claim_words import UNKNOWN_DUTY
from pipeline.reports.letters.court_folders import Folders, court_folders
from pipeline.reports.letters.published_list import NoList
from pipeline.storage import journal
from pipeline.storage.run import MonthRun
from tests.debt.town import full
from tests.ingest.town import A1, A2, Town
from tests.letters.test_court_folders import court_town, read, with_courts, with_penalties
from tests.letters.town import FEBRUARY, RUN_ON, computed, lay, published
from tests.town.books import raschet_here, succeeded

DECEMBER = date(2025, 12, 1)
FILED, CANCELLED = date(2026, 2, 1), date(2026, 3, 1)


def claim(run: MonthRun, account: str, **more: Any) -> dict[str, Any]:
    """A row of the list over everything overdue of the account towards U for December and January."""
    owed = run.read(OPEN_ITEMS).filter(pl.col("days_overdue") > 0, account_id=account, creditor_id="U")
    return {
        "run_on": RUN_ON, "court_case_id": f"2-{account[-2:]}/2026", "account_id": account, "creditor_id": "U",
        "premises_id": f"P-{account}", "from_month": DECEMBER, "to_month": date(2026, 1, 1), "filed_on": FILED,
        "cancelled_on": CANCELLED, "file_by_on": date(2026, 9, 1), "claimed_kop": int(owed["outstanding_kop"].sum()),
        "duty_kop": 400_000, "order_duty_kop": 200_000, "duty_to_pay_kop": 200_000, **more,
    }


def made(town: Town, run: MonthRun, *rows: dict[str, Any], **tables: pl.DataFrame) -> Folders:
    published(town, run, claim_list=full(CLAIM_LIST, *rows), **tables)
    return court_folders(town.book, FEBRUARY, are_claims=True)


def lacks(told: Folders, account: str) -> list[str]:
    return list(told.cases.filter(pl.col("account_ids").list.contains(account))["lacks"][0])


def test_a_claim_says_what_the_list_says(town: Town) -> None:
    run = court_town(town)
    told = made(town, run, claim(run, A1, penalty_kop=123), **with_penalties(run))
    paper = read(told, A1, "zayavlenie.pdf")
    document = Document(str(next(told.folder.glob(f"{A1}-*/zayavlenie.docx"))))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs).replace("\u00a0", " ")

    for said in ("Исковое заявление", "Мировому судье судебного участка № 7", "Истец:", "Ответчик:", "Берёзкин",
                 "1 335,79 ₽", "дело № 2-", "По заявлению от 01.02.2026", "Определением от 01.03.2026",
                 "зачтя в неё 2 000,00 ₽", "доплачено 2 000,00 ₽", "пени — 1,23 ₽"):
        assert said in paper and said in text, said
    assert "вынести судебный приказ" not in paper and "{" not in text
    assert "определение об отмене судебного приказа" in paper
    assert told.cases["number"].to_list() == [f"ИС-260325-2-{A1[-2:]}/2026"]
    assert {name.split("/")[1] for name in told.files["file_name"]} >= {
        "zayavlenie.pdf", "zayavlenie.docx", "raschet-dolga.pdf", "raschet-peney.pdf", "vypiska.pdf", "opis.pdf"}
    assert lacks(told, A1) == []


def test_a_sum_that_its_items_do_not_make_up_gets_no_folder(town: Town) -> None:
    run = court_town(town)
    owed = claim(run, A1)["claimed_kop"]
    told = made(town, run, claim(run, A1, claimed_kop=owed + 1))

    assert told.cases["folder_name"].to_list() == [None] and "sums_differ" in lacks(told, A1)


def test_who_answered_when_the_order_was_applied_for_is_sued(town: Town) -> None:
    with_courts(town)
    later = {"premises_id": f"P-{A1}", "role_code": "owner", "valid_from": date(2026, 2, 20), "person_id": "p2"}
    earlier = {**later, "valid_from": date(2015, 1, 1), "valid_to": date(2026, 2, 19), "person_id": "p1"}
    lay(town, "rights", earlier, later)
    run = computed(town)
    told = made(town, run, claim(run, A1))
    paper = read(told, A1, "zayavlenie.pdf")

    assert "Берёзкин" in paper and "Лугов" not in paper


@pytest.mark.parametrize(("more", "code"), [
    ({"file_by_on": date(2026, 3, 24)}, "claim_late"), ({"file_by_on": RUN_ON}, None),
    ({"order_duty_kop": 0, "duty_to_pay_kop": 400_000}, "no_order_duty"),
    ({"duty_kop": None, "duty_to_pay_kop": None, "order_duty_kop": 0}, "no_duty"),
])
def test_what_to_look_at_before_filing(town: Town, more: dict[str, Any], code: str | None) -> None:
    run = court_town(town)
    told = made(town, run, claim(run, A1, **more))

    found = set(lacks(told, A1)) & {"claim_late", "no_order_duty", "no_duty"}
    assert (code in found) if code else not found


def test_a_duty_that_no_scale_tells_is_no_zero(town: Town) -> None:
    run = court_town(town)
    unknown = {"duty_kop": None, "duty_to_pay_kop": None, "order_duty_kop": 0}
    told = made(town, run, claim(run, A1, **unknown))
    page = read(told, A1, "zayavlenie.pdf")
    edited = "\n".join(line.text for line in Document(next(told.folder.glob(f"{A1}-*/zayavlenie.docx"))).paragraphs)

    assert told.cases["duty_kop"].to_list() == [None]
    assert f"Государственная пошлина: {UNKNOWN_DUTY}" in page
    assert "государственной пошлины — в размере, уплаченном при подаче иска" in page
    assert "в размере, уплаченном при подаче иска" in edited and UNKNOWN_DUTY in edited
    assert "0,00 ₽" not in page


@pytest.mark.parametrize(("limit", "is_for_district"), [("1334.56", False), ("1334.55", True)])
def test_a_dear_claim_goes_to_a_district_court(town: Town, limit: str, is_for_district: bool) -> None:
    with (town.root / "settings.yaml").open("a", encoding="utf-8") as file:
        file.write(f"rules: {{debt.claim_justice_limit_rub: '{limit}'}}\n")
    run = court_town(town)
    told = made(town, run, claim(run, A1))

    assert ("районный суд" in read(told, A1, "zayavlenie.pdf")) == is_for_district
    assert ("district_court" in lacks(told, A1)) == is_for_district


def test_the_command_prints_claims_and_what_has_left_is_not_printed_again(town: Town) -> None:
    run = court_town(town)
    published(town, run, claim_list=full(CLAIM_LIST, claim(run, A1), claim(run, A2)))
    said = succeeded(raschet_here(town.root, "court-folder", "--month", "2026-02", "--claims"))
    assert "Собрано дел: 2" in said and "raschet dispatch claim_list --on" in said
    refused = raschet_here(town.root, "court-folder", "--month", "2026-02", "--claims", "--to-notary")
    assert refused.exit_code == 2

    left = {"list_code": "claim_list", "handed_on": date(2026, 3, 24), "account_id": A1, "creditor_id": "U",
            "service_code": None, "court_case_id": f"2-{A1[-2:]}/2026", "handed_to_code": "court",
            "asked_code": "claim"}
    journal.append(town.book, HANDOVERS, "claims", full(HANDOVERS, left))

    assert court_folders(town.book, FEBRUARY, are_claims=True).cases["account_ids"].to_list() == [[A2]]
    with pytest.raises(NoList, match="claim_list"):
        court_folders(town.book, FEBRUARY, account=A1, are_claims=True)
