"""Court folders: sums on paper are those of the list, every file has its hash, what is missing warns on the case."""

from __future__ import annotations

import shutil
import stat
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import fastexcel
import polars as pl
import pytest
from docx import Document

from pipeline.contracts.debt import COURT_LIST, DEBTORS
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.contracts.penalty import PENALTIES, PENALTY_ACCRUALS
from pipeline.rendering.russian import decimal
from pipeline.reports.letters.court_folders import Folders, court_folders
from pipeline.reports.letters.published_list import NoList
from pipeline.storage.centre import CentreUnknown
from pipeline.storage.run import MonthRun
from tests.debt.town import full
from tests.ingest.town import A1, A2, A3, Town
from tests.letters.reading import texts
from tests.letters.town import FEBRUARY, RUN_ON, UTILITY, computed, lay, listed, published
from tests.town.books import raschet_here, succeeded

DUTY = 200_000  # half of 4 000 ₽, НК РФ, ст. 333.19 since 09.09.2024, for claims up to 100 000 ₽
PEOPLE = {A1: "p1", A2: "p2"}


def court_town(town: Town) -> MonthRun:
    """The open month of a town with courts."""
    return computed(with_courts(town))


def with_courts(town: Town) -> Town:
    """Whoever owns A1 is known by СНИЛС, who owns A2 by name alone; A3's owner is unknown."""
    lay(town, "rights", *({"premises_id": f"P-{account}", "person_id": person, "role_code": "owner",
                           "valid_from": date(2015, 1, 1)} for account, person in PEOPLE.items()))
    lay(town, "persons", {"person_id": "p1", "full_name": "Берёзкин Пётр Ильич", "birth_on": date(1960, 5, 1)},
        {"person_id": "p2", "full_name": "Лугов <Иван> & Ко"})
    lay(town, "identities", {"person_id": "p1", "birth_place": "г. Энск", "snils": "112-233-445 95"})
    lay(town, "court_sections", {"house_id": "H1", "court_name": "Мировому судье судебного участка № 7 г. Энска",
                                 "court_address": "600000, г. Энск, ул. Судейская, д. 2"})
    return town


def rows_of(run: MonthRun, *accounts: str) -> pl.DataFrame:
    span = {"from_month": date(2025, 12, 1), "to_month": date(2026, 1, 1)}
    rows = listed(run, COURT_LIST, *((account, "U") for account in accounts), **span, duty_kop=DUTY)
    return rows.with_columns(case_id=pl.format("case-of-{}", "account_id"))


def made(town: Town, *accounts: str, **tables: pl.DataFrame) -> Folders:
    run = court_town(town)
    rows = tables.pop("court_list", None)
    published(town, run, court_list=rows_of(run, *accounts) if rows is None else rows, **tables)
    return court_folders(town.book, FEBRUARY)


@pytest.fixture(scope="module")
def every(indebted: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Folders]:
    """A case of each account made once, for tests that only read them."""
    root = shutil.copytree(indebted, tmp_path_factory.mktemp("cases") / "book", symlinks=True)
    town = Town(Path(root), runs=9)
    return town, made(town, A1, A2, A3)


@pytest.fixture
def told(every: tuple[Town, Folders]) -> Folders:
    return every[1]


def case_of(told: Folders, account: str) -> dict[str, Any]:
    """The row of the case of an account."""
    return told.cases.row(by_predicate=pl.col("account_ids").list.contains(account), named=True)


def read(told: Folders, account: str, name: str) -> str:
    return " ".join(texts(next(told.folder.glob(f"{account}-*/{name}")).read_bytes()))


def plain(kopecks: int) -> str:
    return decimal(Decimal(kopecks).scaleb(-2), 2).replace("\u00a0", " ")


def with_penalties(run: MonthRun, *, missing_rule: str | None = None) -> dict[str, pl.DataFrame]:
    """A penalty of 1,23 ₽ on A1's heat of December, of one segment, as the table tells it."""
    item = run.read(OPEN_ITEMS).filter(account_id=A1, creditor_id="U", billing_month=date(2025, 12, 1)).to_dicts()[0]
    key = {name: item[name] for name in ("account_id", "document_id", "creditor_id", "contract_id", "service_code",
                                         "debt_kind_code", "charge_month")}
    whole = {**key, "billing_month": item["billing_month"], "due_on": item["due_on"], "penalty_kop": 123,
             "before_kop": 0, "change_kop": 123, "batch_id": "b", "counted_to_on": RUN_ON, "reason_code": None,
             "outstanding_kop": item["outstanding_kop"], "missing_rule": missing_rule}
    segment = {**key, "from_on": date(2026, 2, 12), "to_on": RUN_ON, "days": 42, "base_kop": item["outstanding_kop"],
               "rate_percent_e7": 95_000_000, "fraction_denominator": 300, "penalty_kop": 123,
               "article": "ЖК РФ, ст. 155, ч. 14"}
    return {"penalties": full(PENALTIES, whole), "penalty_accruals": full(PENALTY_ACCRUALS, segment)}


def test_every_paper_names_the_sum_of_the_list(told: Folders) -> None:
    row = case_of(told, A1)
    claim = plain(row["principal_kop"])

    assert (row["principal_kop"], row["price_kop"], row["duty_kop"]) == (133_456, 133_456, DUTY)
    application = read(told, A1, "zayavlenie.pdf")
    assert f"Цена требования: {claim} ₽" in application and "Государственная пошлина: 2 000,00 ₽" in application
    assert f"Задолженность составляет {claim} ₽ (Одна тысяча триста тридцать четыре рубля 56 копеек)" in application
    calculation = read(told, A1, "raschet-dolga.pdf")
    assert "декабрь 2025 Отопление 12.01.2026 100,00 0,00 100,00" in calculation
    assert "январь 2026 Отопление 10.02.2026 1 234,56 0,00 1 234,56" in calculation
    assert f"К взысканию (основной долг): {claim} ₽." in calculation
    assert "Мировому судье судебного участка № 7 г. Энска" in application
    assert "Должник: Берёзкин Пётр Ильич" in application and "СНИЛС 112-233-445 95" in application
    assert "01.05.1960, г. Энск" in application


def test_a_case_above_the_limit_of_an_order_is_a_claim_from_the_start(town: Town) -> None:
    """A1 is sued for, A2 is applied for beside it; the sums are those of the list, and no order is spoken of."""
    run = court_town(town)
    is_claim = pl.col("account_id") == A1
    rows = rows_of(run, A1, A2).with_columns(
        stage_code=pl.when(is_claim).then(pl.lit("claim")).otherwise(pl.lit("court_order")),
        duty_kop=pl.when(is_claim).then(1_700_000).otherwise("duty_kop"),
    )
    published(town, run, court_list=rows)
    told = court_folders(town.book, FEBRUARY)
    paper = read(told, A1, "zayavlenie.pdf")
    document = Document(str(next(told.folder.glob(f"{A1}-*/zayavlenie.docx"))))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs).replace("\u00a0", " ")

    for said in ("Исковое заявление", "Истец:", "1 334,56 ₽", "больше 500 000,00 ₽", "17 000,00 ₽",
                 "ст. 121 Гражданского"):
        assert said in paper and said in text, said
    for unsaid in ("отменён", "зачтя", "уплачено при подаче", "отмене судебного приказа"):
        assert unsaid not in paper and unsaid not in text, unsaid
    assert told.cases.sort("account_ids")["number"].to_list() == [f"ИС-260325-{A1}-U", f"ЗП-260325-{A2}-U"]
    assert "вынесении судебного приказа" in read(told, A2, "zayavlenie.pdf")


@pytest.mark.parametrize(("limit", "is_for_district"), [("1334.56", False), ("1334.55", True)])
def test_a_claim_above_the_limit_of_a_justice_goes_to_a_district_court(
    town: Town, limit: str, is_for_district: bool
) -> None:
    with (town.root / "settings.yaml").open("a", encoding="utf-8") as file:
        file.write(f"rules: {{debt.claim_justice_limit_rub: '{limit}'}}\n")
    run = court_town(town)
    published(town, run, court_list=rows_of(run, A1).with_columns(stage_code=pl.lit("claim")))
    told = court_folders(town.book, FEBRUARY)

    assert ("районный суд" in read(told, A1, "zayavlenie.pdf")) == is_for_district
    assert ("district_court" in told.cases["lacks"][0]) == is_for_district


def test_the_document_to_edit_says_the_same(told: Folders) -> None:
    document = Document(str(next(told.folder.glob(f"{A1}-*/zayavlenie.docx"))))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs).replace("\u00a0", " ")

    assert "всего 1 334,56 ₽ (Одна тысяча триста тридцать четыре рубля 56 копеек)" in text
    assert "Пени в этом требовании не заявлены" in text
    assert "1. расчёт задолженности по месяцам и услугам;" in text and "{" not in text
    other = Document(str(next(told.folder.glob(f"{A2}-*/zayavlenie.docx"))))
    assert any("Лугов <Иван> & Ко" in paragraph.text for paragraph in other.paragraphs)


def test_what_is_missing_warns_on_the_case(told: Folders) -> None:
    lacks = {row["account_ids"][0]: row["lacks"] for row in told.cases.to_dicts()}

    assert lacks == {
        A1: ["no_penalty"], A2: ["no_birth", "no_identifier", "no_penalty"],
        A3: ["no_address", "no_debtor", "no_penalty"],
    }
    assert "идентификатор взыскателю неизвестен" in read(told, A2, "zayavlenie.pdf")
    assert "СНИЛС, ИНН или документа (ГПК РФ, ст. 124)" in read(told, A2, "proverit.pdf")
    assert "Проверить" not in read(told, A2, "opis.pdf")
    assert "в участке они не рассчитаны" in read(told, A1, "zayavlenie.pdf")


def test_the_claimant_is_named_by_his_numbers(told: Folders) -> None:
    assert "ОГРН 1029900000019 ИНН 0099000014 КПП 009901001 Адрес: 600000, г. Энск" in read(told, A1, "zayavlenie.pdf")
    assert f"Исх. № ЗП-260325-{A1}-U от 25.03.2026" in read(told, A1, "zayavlenie.pdf")
    assert case_of(told, A1)["number"] == f"ЗП-260325-{A1}-U"


def test_what_both_tell_of_a_claimant_is_taken_from_the_register(town: Town) -> None:
    lay(town, "creditors", {"creditor_id": "U", "name": UTILITY, "inn": "0099000014", "kpp": "009901009",
                            "legal_address": "600001, г. Энск, ул. Новая, д. 5", "ogrn": "1029900000018"})
    run = court_town(town)
    published(town, run, court_list=rows_of(run, A1))
    told = court_folders(town.book, FEBRUARY)
    page = read(told, A1, "zayavlenie.pdf")

    assert "КПП 009901009 Адрес: 600001, г. Энск, ул. Новая, д. 5" in page
    assert {"no_ogrn", "no_payment_details"} <= set(told.cases["lacks"][0]), "a wrong check digit warns"


def test_a_creditor_without_a_legal_address_warns(town: Town) -> None:
    run = court_town(town)
    lay(town, "payment_details", {"creditor_id": "U", "bank_name": "АО «Энский банк», г. Энск"})
    published(town, run, court_list=rows_of(run, A1))
    told = court_folders(town.book, FEBRUARY)

    assert "no_legal_address" in told.cases["lacks"][0]
    assert "юридического адреса взыскателя нет" in read(told, A1, "proverit.pdf")


def test_penalties_of_the_table_enter_price_and_duty(town: Town) -> None:
    run = court_town(town)
    published(town, run, court_list=rows_of(run, A1).with_columns(penalty_kop=pl.lit(123)), **with_penalties(run))
    told = court_folders(town.book, FEBRUARY)
    row = told.cases.row(0, named=True)

    assert (row["penalty_kop"], row["price_kop"], row["lacks"]) == (123, 133_579, [])
    assert "Цена требования: 1 335,79 ₽" in read(told, A1, "zayavlenie.pdf")
    assert "начислены пени (ч. 14 ст. 155" in read(told, A1, "zayavlenie.pdf")
    assert "12.02.2026 — 25.03.2026 42 100,00 9,50 1/300 1,23" in read(told, A1, "raschet-peney.pdf")


def test_a_missing_decree_is_said(town: Town) -> None:
    run = court_town(town)
    listed_too = rows_of(run, A1).with_columns(penalty_kop=pl.lit(123))
    published(town, run, court_list=listed_too, **with_penalties(run, missing_rule="penalty.rate_cap"))
    told = court_folders(town.book, FEBRUARY)

    assert told.cases["lacks"][0].to_list() == ["penalty_stopped"]
    assert "нет действующего значения правила penalty.rate_cap" in read(told, A1, "zayavlenie.pdf")


def test_penalties_that_are_or_may_be_paid_are_left_out_with_the_reason(town: Town) -> None:
    run = court_town(town)
    rows = rows_of(run, A1).with_columns(
        penalty_kop=pl.lit(70), penalty_paid_kop=pl.lit(40), penalty_doubt_kop=pl.lit(13)
    )
    published(town, run, court_list=rows, **with_penalties(run))
    told = court_folders(town.book, FEBRUARY)
    row = told.cases.row(0, named=True)

    assert (row["penalty_kop"], row["price_kop"]) == (70, 133_526)
    assert row["lacks"] == ["penalty_doubt", "penalty_paid"]
    page = read(told, A1, "raschet-peney.pdf")
    told_once = "Рассчитано пеней 1,23 ₽: оплачено 0,40 ₽, не заявляется 0,13 ₽, к взысканию 0,70 ₽."
    assert "Всего 1,23" in page and told_once in page
    assert "уже оплачена по квитанциям" in read(told, A1, "proverit.pdf")
    assert told_once in read(told, A1, "zayavlenie.pdf")


def test_doubtful_penalties_are_told_where_none_is_claimed(town: Town) -> None:
    run = court_town(town)
    rows = rows_of(run, A1).with_columns(penalty_kop=pl.lit(0), penalty_doubt_kop=pl.lit(123))
    published(town, run, court_list=rows, **with_penalties(run))
    told = court_folders(town.book, FEBRUARY)
    page = read(told, A1, "zayavlenie.pdf")

    assert "Пени в этом требовании не заявлены. Рассчитано пеней 1,23 ₽: не заявляется 1,23 ₽." in page
    # a doubt beside «Требование бесспорно» would invite a refusal (ГПК РФ, ст. 125): only the lawyer reads of it
    assert "могли быть оплачены" not in page and "могла быть оплачена" in read(told, A1, "proverit.pdf")


def test_an_identifier_with_wrong_digits_is_not_printed(town: Town) -> None:
    run = court_town(town)
    lay(town, "identities", {"person_id": "p1", "birth_place": "г. Энск", "snils": "112-233-445 00", "inn": "123",
                             "document": "паспорт 45 00 123456"})
    published(town, run, court_list=rows_of(run, A1))
    told = court_folders(town.book, FEBRUARY)
    page = read(told, A1, "zayavlenie.pdf")

    assert "паспорт 45 00 123456" in page and "СНИЛС" not in page and "ИНН 123" not in page
    assert "wrong_identifier" in told.cases["lacks"][0].to_list()


def test_segments_that_do_not_make_up_the_penalties_of_the_list_get_no_folder(town: Town) -> None:
    run = court_town(town)
    rows = rows_of(run, A1).with_columns(penalty_kop=pl.lit(122))
    published(town, run, court_list=rows, **with_penalties(run))

    assert "sums_differ" in court_folders(town.book, FEBRUARY).cases["lacks"][0].to_list()


def test_no_penalty_on_what_may_be_covered_already(town: Town) -> None:
    """40 ₽ may cover December's heat: its penalty is left out, the claim is the list's."""
    run = court_town(town)
    claimed = rows_of(run, A1).with_columns(pl.col("claimed_kop") - 4_000)
    debtor = {"account_id": A1, "creditor_id": "U", "track_code": "court", "total_kop": 133_456, "shielded_kop": 4_000,
              "claimed_kop": 129_456, "overdue_1_month_kop": 133_456}
    published(town, run, court_list=claimed, debtors=full(DEBTORS, debtor), **with_penalties(run))
    told = court_folders(town.book, FEBRUARY)

    assert told.cases.select("principal_kop", "penalty_kop").row(0) == (129_456, 0)
    assert "Исключено из требования (может быть зачтено в счёт долга): 40,00 ₽." in read(told, A1, "raschet-dolga.pdf")


def test_a_claim_that_items_do_not_make_up_gets_no_folder(town: Town) -> None:
    run = court_town(town)
    rows = rows_of(run, A1, A2).with_columns(
        claimed_kop=pl.when(account_id=A1).then(pl.col("claimed_kop") - 1).otherwise("claimed_kop")
    )
    published(town, run, court_list=rows)
    told = court_folders(town.book, FEBRUARY)
    by_account = {row["account_ids"][0]: row for row in told.cases.to_dicts()}

    assert by_account[A1]["folder_name"] is None and "sums_differ" in by_account[A1]["lacks"]
    assert by_account[A2]["folder_name"] and not list(told.folder.glob(f"{A1}-*"))


def test_every_file_has_its_hash_in_opis_and_manifest(town: Town) -> None:
    told = made(town, A1)
    listed_files = {row["file_name"]: row["sha256"] for row in told.files.to_dicts()}
    opis = read(told, A1, "opis.pdf").replace(" ", "")

    assert {name.split("/")[1] for name in listed_files} == {
        "zayavlenie.pdf", "zayavlenie.docx", "raschet-dolga.pdf", "vypiska.pdf", "opis.pdf",
        "proverit.pdf",
    }
    for name, digest in listed_files.items():
        assert sha256((told.folder / name).read_bytes()).hexdigest() == digest
        is_filed = name.endswith(".pdf") and not name.endswith(("opis.pdf", "proverit.pdf"))
        assert (digest in opis) == is_filed
    assert pl.read_parquet(told.folder / "court_files.parquet").height == len(listed_files)
    sheet = fastexcel.read_excel(told.folder / "dela.xlsx").load_sheet("Дела", header_row=2).to_polars()
    assert sheet["Цена требования или иска"][0] == 1334.56


def test_the_same_month_gives_the_same_bytes(town: Town, tmp_path: Path) -> None:
    told = made(town, A1)
    again = court_folders(town.book, FEBRUARY, out=tmp_path / "again")
    files = sorted(path.relative_to(told.folder) for path in told.folder.rglob("*") if path.is_file())

    assert len(files) == 9
    for name in files:
        assert (again.folder / name).read_bytes() == (told.folder / name).read_bytes(), name
    content = next(told.folder.glob("*/zayavlenie.docx")).read_bytes()
    with ZipFile(BytesIO(content)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(2026, 3, 25, 0, 0, 0)}


def test_the_statement_rolls_and_names_payments(every: tuple[Town, Folders]) -> None:
    town, told = every
    page = read(told, A2, "vypiska.pdf")
    paid = plain(6_000 - told_to_fund(town))

    assert "декабрь 2025 0,00 100,00" in page
    assert f"05.01.2026 {A2} {paid}" in page and f"Всего {paid}" in page


def test_payments_for_other_months_stand_apart(town: Town) -> None:
    """A claim for January alone: what A2 paid in January for December's heat is no payment of it."""
    run = court_town(town)
    owed = run.read(OPEN_ITEMS).filter(account_id=A2, creditor_id="U", billing_month=date(2026, 1, 1))
    rows = rows_of(run, A2).with_columns(
        from_month=date(2026, 1, 1), claimed_kop=pl.lit(int(owed["outstanding_kop"].sum()))
    )
    published(town, run, court_list=rows)
    page = read(court_folders(town.book, FEBRUARY), A2, "vypiska.pdf")
    paid = plain(6_000 - told_to_fund(town))

    assert "Платежей, отнесённых на месяцы требования (январь 2026), в этой выписке нет." in page
    others = page.partition("Платежи тому же взыскателю за другие месяцы, в требование не входят")[2]
    assert f"05.01.2026 {A2} {paid}" in others and f"Всего {paid}" in others


def test_equal_segments_are_one_line(town: Town) -> None:
    """Two parts of one debt on the same days, 30 ₽ and 70 ₽, and the ten days after them at the same terms: one line of
    100 ₽ over 38 days; the days at another part of the rate stay apart."""
    run = court_town(town)
    tables = with_penalties(run)
    whole = tables["penalty_accruals"]
    first = whole.with_columns(to_on=pl.lit(RUN_ON - timedelta(days=10)), days=pl.lit(32), base_kop=pl.lit(3_000),
                               penalty_kop=pl.lit(30), paid_on=pl.lit(date(2026, 3, 20)))
    second = first.with_columns(base_kop=pl.lit(7_000), penalty_kop=pl.lit(60), paid_on=pl.lit(None, dtype=pl.Date))
    after = whole.with_columns(from_on=pl.lit(RUN_ON - timedelta(days=9)), to_on=pl.lit(RUN_ON - timedelta(days=4)),
                               days=pl.lit(6), base_kop=pl.lit(10_000), penalty_kop=pl.lit(20))
    last = whole.with_columns(from_on=pl.lit(RUN_ON - timedelta(days=3)), days=pl.lit(4), base_kop=pl.lit(10_000),
                              penalty_kop=pl.lit(13), fraction_denominator=pl.lit(130, dtype=pl.Int64))
    tables["penalty_accruals"] = pl.concat(
        [one.select(whole.columns).cast(dict(whole.schema)) for one in (first, second, after, last)]
    )
    published(town, run, court_list=rows_of(run, A1).with_columns(penalty_kop=pl.lit(123)), **tables)
    page = read(court_folders(town.book, FEBRUARY), A1, "raschet-peney.pdf")

    assert "12.02.2026 — 21.03.2026 38 100,00 9,50 1/300 1,10 " in page
    assert "22.03.2026 — 25.03.2026 4 100,00 9,50 1/130 0,13 Всего 1,23" in page


def told_to_fund(town: Town) -> int:
    """What of A2's 60 ₽ the ledger laid on capital repair."""
    laid = pl.read_parquet(town.book.root / "published" / "run_month=2025-12" / "payment_allocations" / "*.parquet")
    return int(laid.filter(account_id=A2, creditor_id="F")["allocated_rub"].sum() * 100)


def test_folders_are_for_their_owner_only(town: Town) -> None:
    told = made(town, A1)

    assert told.folder.is_relative_to(town.book.personal)
    for path in told.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_one_case_leaves_the_manifest_of_all_whole(town: Town) -> None:
    made(town, A1, A2)
    every = court_folders(town.book, FEBRUARY)
    before = pl.read_parquet(every.folder / "court_folders.parquet")

    one = court_folders(town.book, FEBRUARY, account=A1)

    assert (one.cases.height, one.folder) != (before.height, every.folder)
    assert pl.read_parquet(every.folder / "court_folders.parquet").equals(before)


def test_wrong_calls_say_what_to_do(town: Town) -> None:
    made(town, A1)
    said = " ".join(succeeded(raschet_here(town.root, "court-folder", "--month", "2026-02", "--account", A1)).split())
    assert "цена требования 1 334,56 ₽; госпошлина отдельно 2 000,00 ₽." in said.replace("\u00a0", " ")
    with pytest.raises(NoList, match=f"raschet explain {A3}"):
        court_folders(town.book, FEBRUARY, account=A3)
    settings = (town.root / "settings.yaml").read_text("utf-8")
    (town.root / "settings.yaml").write_text(settings.replace("  authority:", "  hours:"), "utf-8")
    with pytest.raises(CentreUnknown, match="нет сведений о центре: authority"):
        court_folders(town.book, FEBRUARY)
