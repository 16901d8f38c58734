"""Letters of filed cases: sums, acts and debtors are those of the case; what is unknown is left blank and told."""

from __future__ import annotations

import stat
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
from docx import Document

from pipeline.billing_month import MOSCOW
from pipeline.contracts.debt import COURT_STANDING, ENFORCEMENT_LIST, WITHDRAWAL_LIST
from pipeline.contracts.handovers import HANDOVERS
from pipeline.contracts.ledger import PAYMENT_ALLOCATIONS
from pipeline.reports.letters.case_batches import Prepared, case_letters
from pipeline.reports.letters.published_list import NoList
from pipeline.storage import journal
from tests.debt.town import full
from tests.ingest.town import A1, A2, Town
from tests.letters.reading import texts
from tests.letters.town import FEBRUARY, RUN_ON, UTILITY, computed, lay, published
from tests.town.books import raschet_here, succeeded

CASE, OTHER = "2-17/2026", "2-18/2026"
PEOPLE = (("p1", "Берёзкин Пётр Ильич", date(2015, 1, 1), date(2026, 2, 20)),
          ("p2", "Новосёлова Анна Львовна", date(2026, 2, 21), None))


def filed_town(town: Town) -> Town:
    """A case of A1 filed on 20 January and ordered on 10 February; its flat was sold on 20 February."""
    lay(town, "rights", *({"premises_id": f"P-{A1}", "person_id": person, "role_code": "owner", "valid_from": since,
                           "valid_to": until} for person, _, since, until in PEOPLE))
    lay(town, "persons", *({"person_id": person, "full_name": name} for person, name, _, _ in PEOPLE))
    lay(town, "identities", {"person_id": "p1", "birth_place": "г. Энск", "snils": "112-233-445 95"})
    lay(town, "court_sections", {"house_id": "H1", "court_name": "Мировому судье судебного участка № 7 г. Энска"})
    lay(town, "bailiff_divisions", {"house_id": "H1", "division_name": "Энское отделение судебных приставов",
                                    "division_address": "600000, г. Энск, ул. Судейская, д. 9"})
    for number, (code, on) in enumerate((("filed", date(2026, 1, 20)), ("ordered", date(2026, 2, 10)))):
        town.deliver("court_events", date(2026, 3, 2), {
            "event_id": f"e{number}", "registered_at": datetime(2026, 3, 2, 12, tzinfo=MOSCOW), "court_case_id": CASE,
            "event_code": code, "event_on": on,
        }, name=f"e{number}")
    return town


def writ(addressee: str = "bank", **more: Any) -> dict[str, Any]:
    return {"run_on": RUN_ON, "court_case_id": CASE, "account_id": A1, "creditor_id": "U", "addressee_code": addressee,
            "claimed_kop": 133_456, "penalty_kop": 1_044, "duty_kop": 200_000, **more}


def taken(action: str, addressee: str, **more: Any) -> dict[str, Any]:
    return {"run_on": RUN_ON, "court_case_id": CASE, "account_id": A1, "creditor_id": "U", "addressee_code": addressee,
            "action_code": action, "claimed_kop": 133_456, "open_kop": 100_000, "paid_kop": 33_456,
            "penalty_held_kop": 500, "penalty_left_kop": 500, "duty_held_kop": 200_000, "duty_left_kop": 0, **more}


def enforced(town: Town, *rows: dict[str, Any]) -> Prepared:
    published(filed_town(town), computed(town), enforcement_list=full(ENFORCEMENT_LIST, *rows))
    return case_letters(town.book, FEBRUARY, "enforcement_papers")


def withdrawn(town: Town, *rows: dict[str, Any], waived_on: date | None = None) -> Prepared:
    standing = {"court_case_id": CASE, "account_id": A1, "creditor_id": "U", "waived_on": waived_on,
                "from_month": date(2025, 12, 1), "to_month": date(2025, 12, 1)}
    published(filed_town(town), computed(town), withdrawal_list=full(WITHDRAWAL_LIST, *rows),
              court_standing=full(COURT_STANDING, standing))
    return case_letters(town.book, FEBRUARY, "withdrawal_letters")


def page(told: Prepared, addressee: str) -> str:
    return " ".join(texts(next(told.folder.glob(f"{addressee}-2-17*/pismo.pdf")).read_bytes()))


def test_a_writ_goes_with_the_sums_of_the_list(town: Town) -> None:
    told = enforced(town, writ("bank"), writ("bailiffs"))
    bank, bailiffs = page(told, "bank"), page(told, "bailiffs")

    assert told.letters.select("addressee_code", "asked_code", "left_kop", "act_on").rows() == [
        ("bailiffs", "writ", 334_500, date(2026, 2, 10)), ("bank", "writ", 334_500, date(2026, 2, 10)),
    ]
    for said in (bank, bailiffs):
        assert "Основной долг 1 334,56 Пени 10,44 Государственная пошлина 2 000,00 Всего 3 345,00" in said
        assert "3 345,00 ₽ (Три тысячи триста сорок пять рублей 00 копеек)" in said
        assert f"судебный приказ по делу № {CASE} от 10.02.2026" in said and f"получатель {UTILITY}" in said
    assert "Заявление о возбуждении исполнительного производства" in bailiffs and "ст. 30" in bailiffs
    assert "Энское отделение судебных приставов 600000, г. Энск, ул. Судейская, д. 9" in bailiffs
    assert "принять к исполнению" in bank and "ст. 8, 70" in bank and "где у должника открыт счёт" in bank


def test_a_bank_that_has_had_its_days_is_asked_for_the_writ(town: Town) -> None:
    row = taken("return", "bank", claimed_kop=100_000, open_kop=100_000, paid_kop=0, duty_left_kop=200_000)
    told = withdrawn(town, row)
    letter = page(told, "bank")
    document = Document(str(next(told.folder.glob("*/pismo.docx"))))

    for said in (letter, " ".join(" ".join(one.text for one in document.paragraphs).split())):
        assert "Заявление о возврате исполнительного документа" in said
        assert "взыскано не всё, осталось 3 005,00 ₽" in said and "возвратить его взыскателю (п. 2 ч. 10 ст. 70" in said
        assert f"Исх. № ОТ-260325-{CASE}-банк от 25.03.2026" in said
    assert "Основной долг 1 000,00 Пени 5,00 Государственная пошлина 2 000,00 Всего 3 005,00" in letter
    assert told.letters["asked_code"].to_list() == ["return"]


def test_the_debtor_is_who_held_the_flat_when_the_case_was_filed(town: Town) -> None:
    told = enforced(town, writ("bailiffs"))

    assert "Должник: Берёзкин Пётр Ильич" in page(told, "bailiffs")
    assert "СНИЛС 112-233-445 95" in page(told, "bailiffs") and "Новосёлова" not in page(told, "bailiffs")
    assert told.letters["lacks"].to_list() == [[]]


def test_a_case_that_nobody_told_of_has_blanks_and_warns(town: Town) -> None:
    told = enforced(town, writ("bank", court_case_id=OTHER, account_id=A2))
    said = " ".join(texts(next(told.folder.glob("bank-2-18*/pismo.pdf")).read_bytes()))

    assert told.letters["lacks"].to_list() == [["no_act", "no_bank", "no_debtor"]]
    assert "от «____» ______________ 20__ г." in said and "Должник: ____" in said


@pytest.mark.parametrize(("row", "said", "left_kop"), [
    (taken("reduce", "court"), "считать требование заявленным на 1 005,00 ₽ (ст. 39", 100_500),
    (taken("reduce", "bank"), "взыскивать по исполнительному документу не больше 1 005,00 ₽", 100_500),
    (taken("reduce", "bailiffs"), "учесть погашенное и взыскивать не больше 1 005,00 ₽", 100_500),
    (taken("withdraw", "court", open_kop=0, paid_kop=133_456, penalty_left_kop=0),
     "возвратить заявление (п. 6 ч. 1 ст. 135", 0),
    (taken("recall", "bank", open_kop=0, paid_kop=133_456, penalty_left_kop=0, double_kop=700),
     "Взыскано сверх остатка и подлежит возврату должнику: 7,00 ₽.", 0),
    (taken("recall", "bailiffs", open_kop=0, paid_kop=133_456, penalty_left_kop=0),
     "окончить исполнительное производство в связи с фактическим исполнением (п. 1 ч. 1 ст. 47", 0),
], ids=lambda one: one if isinstance(one, str) else None)
def test_who_holds_too_much_is_asked_to_take_less(town: Town, row: dict[str, Any], said: str, left_kop: int) -> None:
    told = withdrawn(town, row)
    letter = page(told, row["addressee_code"])

    assert said in letter and told.letters["left_kop"].to_list() == [left_kop]
    assert "Государственная пошлина 2 000,00 0,00 2 000,00" in letter
    assert ("погашена полностью" in letter) == (left_kop == 0)


PAID = {"open_kop": 0, "paid_kop": 133_456, "penalty_left_kop": 0}


@pytest.mark.parametrize(("row", "said", "unsaid"), [
    (taken("recall", "bailiffs", **PAID),
     "возвратить исполнительный документ взыскателю по его заявлению (п. 1 ч. 1 ст. 46", "фактическим исполнением"),
    (taken("recall", "bank", **PAID), "п. 2 ч. 10 ст. 70", "погашена полностью"),
    (taken("withdraw", "court", **PAID), "возвратить заявление (п. 6 ч. 1 ст. 135", "погашена полностью"),
], ids=["bailiffs", "bank", "court"])
def test_what_the_creditor_has_given_up_is_not_called_paid(
    town: Town, row: dict[str, Any], said: str, unsaid: str
) -> None:
    letter = page(withdrawn(town, row, waived_on=date(2026, 3, 20)), row["addressee_code"])

    assert "По учёту взыскателя на 25.03.2026 основной долг погашен, от взыскания остатка пеней" in letter
    assert "на государственную пошлину взыскатель отказался 20.03.2026." in letter
    assert said in letter and unsaid not in letter


def test_the_letter_names_the_payments_that_came_after_the_filing(town: Town) -> None:
    """Filed on 20 January over December: 20 ₽ and 30 ₽ named to December came after it; January's money is of no
    case, and what was paid on the 19th the claim knew already."""
    paid = (("P2", date(2026, 1, 19), 500, "2025-12"), ("P3", date(2026, 2, 3), 2_000, "2025-12"),
            ("P4", date(2026, 2, 5), 3_000, "2025-12"), ("P5", date(2026, 2, 7), 700, "2026-01"))
    laid = [{"account_id": A1, "movement_number": place, "payment_id": name, "origin_code": "payment",
             "paid_at": datetime(on.year, on.month, on.day, 12, tzinfo=MOSCOW), "creditor_id": "U",
             "debt_kind_code": "principal", "billing_month": date.fromisoformat(f"{month}-01"), "allocated_kop": kop,
             "rule_code": "oldest"} for place, (name, on, kop, month) in enumerate(paid, 1)]
    standing = {"court_case_id": CASE, "account_id": A1, "creditor_id": "U", "from_month": date(2025, 12, 1),
                "to_month": date(2025, 12, 1)}
    published(filed_town(town), computed(town), withdrawal_list=full(WITHDRAWAL_LIST, taken(
        "withdraw", "court", open_kop=0, paid_kop=133_456)),
              court_standing=full(COURT_STANDING, standing), payment_allocations=full(PAYMENT_ALLOCATIONS, *laid))
    letter = page(case_letters(town.book, FEBRUARY, "withdrawal_letters"), "court")

    assert ("После обращения в суд в счёт основного долга поступило: 03.02.2026 — 20,00 ₽; 05.02.2026 — 30,00 ₽; всего "
            "50,00 ₽.") in letter


def test_the_duty_is_no_part_of_the_claim(town: Town) -> None:
    """ГПК РФ, ст. 91, 98, 101: the price is principal and penalties, the duty is asked for beside it."""
    letter = page(withdrawn(town, taken("reduce", "court", duty_left_kop=200_000)), "court")

    assert "погашена частично и составляет 1 005,00 ₽ (Одна тысяча пять рублей 00 копеек); не возмещены" in letter
    assert "считать требование заявленным на 1 005,00 ₽ (ст. 39" in letter
    assert "взыскать с должника расходы на уплату государственной пошлины — 2 000,00 ₽ (ст. 98, 101" in letter
    assert "Заявлено, ₽" in letter and "3 005,00 ₽" not in letter


def test_a_claim_paid_but_for_the_duty_is_given_up(town: Town) -> None:
    letter = page(withdrawn(town, taken("reduce", "court", duty_left_kop=200_000, **PAID)), "court")

    assert "принять отказ от требования о взыскании задолженности" in letter and "на 0,00 ₽" not in letter
    assert "она погашена; не возмещены расходы на уплату государственной пошлины" in letter
    assert "государственной пошлины — 2 000,00 ₽ (ст. 98, 101" in letter


def test_the_letter_to_a_court_that_has_not_decided_lacks_no_act(town: Town) -> None:
    """A bank holds a writ of some act; a court may have got the application alone."""
    rows = (taken("reduce", "court", court_case_id=OTHER), taken("reduce", "bank", court_case_id=OTHER))
    told = withdrawn(town, *rows)
    lacks = dict(told.letters.select("addressee_code", "lacks").rows())

    assert "no_act" not in lacks["court"] and "no_act" in lacks["bank"]
    said = " ".join(texts(next(told.folder.glob("bank-2-18*/pismo.pdf")).read_bytes()))
    assert "Числится, ₽" in said and "Заявлено" not in said


def test_papers_of_an_earlier_printing_go(town: Town) -> None:
    told = enforced(town, writ("bank"))
    old, other = told.folder / "bank-old-1", told.folder / "notes.txt"
    old.mkdir()
    for file in (old / "pismo.pdf", old / "pismo.docx", other):
        file.write_bytes(b"x")
    case_letters(town.book, FEBRUARY, "enforcement_papers")

    assert not old.exists() and other.exists() and list(told.folder.glob("bank-2-17*/pismo.pdf"))


def test_register_files_and_hashes_agree(town: Town) -> None:
    told = enforced(town, writ("bank"), writ("bailiffs"))
    sheets = fastexcel.read_excel(told.folder / "reestr.xlsx")

    assert len(sheets.sheet_names) == 2
    for name in sheets.sheet_names:
        rows = sheets.load_sheet(name, header_row=2).to_polars()
        assert (rows["Дело"][0], rows["Должник"][0], rows["Всего"][0]) == (CASE, "Берёзкин Пётр Ильич", 3345.0)
    for row in pl.read_parquet(told.folder / "case_letters.parquet").to_dicts():
        assert sha256((told.folder / row["file_name"]).read_bytes()).hexdigest() == row["sha256"]
    for path in told.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_document_to_edit_says_the_same(town: Town) -> None:
    told = enforced(town, writ("bailiffs"))
    document = Document(str(next(told.folder.glob("bailiffs-*/pismo.docx"))))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs).replace("\u00a0", " ")
    cells = [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in document.tables[0].rows]

    assert "Заявление о возбуждении исполнительного производства" in text and "{" not in text
    assert "о взыскании 3 345,00 ₽" in text and cells[-1] == ["Всего", "3 345,00"]


def test_the_same_list_gives_the_same_bytes(town: Town, tmp_path: Path) -> None:
    told = enforced(town, writ("bank"))
    again = case_letters(town.book, FEBRUARY, "enforcement_papers", out=tmp_path / "again")
    for file in (one for one in told.folder.rglob("*") if one.is_file()):
        assert (again.folder / file.relative_to(told.folder)).read_bytes() == file.read_bytes(), file.name


def test_what_left_yesterday_is_not_written_again(town: Town) -> None:
    journal.append(town.book, HANDOVERS, "before", full(HANDOVERS, {
        "action_id": "h", "handed_on": date(2026, 3, 24), "account_id": A1, "creditor_id": "U", "court_case_id": CASE,
        "handed_to_code": "bank", "asked_code": "writ",
    }))
    with pytest.raises(NoList, match="передано раньше"):
        enforced(town, writ("bank"))


def test_the_command_prepares_them(town: Town) -> None:
    enforced(town, writ("bank"))
    said = " ".join(succeeded(raschet_here(town.root, "letters", "enforcement_papers", "--month", "2026-02")).split())

    assert "Подготовлено писем: 1, осталось взыскать по ним 3 345,00 ₽." in said.replace("\u00a0", " ")
    assert "впишите банк" in said and "raschet dispatch enforcement_list --on 2026-03-25" in said
