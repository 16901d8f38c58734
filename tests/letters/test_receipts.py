"""Debt receipts: the sums on paper and in the code are those of the list, to the kopeck, or nothing is printed."""

from __future__ import annotations

import shutil
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts.debt import DEBT_RECEIPTS, DEBTOR_LISTS
from pipeline.contracts.gate import gate
from pipeline.contracts.papers import RECEIPT_LETTERS
from pipeline.rendering.letters import pdf
from pipeline.rendering.russian import decimal
from pipeline.reports.letters.batches import Printed, print_letters
from pipeline.reports.letters.letter_values import months_and_services
from pipeline.reports.letters.published_list import NoList
from pipeline.reports.letters.receipts import DEBT_RECEIPT
from tests.debt.town import full
from tests.ingest.town import A1, A2, A3, Town
from tests.letters.reading import codes, fields, texts
from tests.letters.town import FEBRUARY, RUN_ON, UTILITY, computed, listed, overdue, published
from tests.town.books import raschet_here, succeeded

PAIRS = ((A1, "U"), (A1, "F"), (A2, "U"), (A3, "U"))


def printed(town: Town, **more: int) -> Printed:
    run = computed(town)
    published(town, run, debt_receipts=listed(run, DEBT_RECEIPTS, *PAIRS))
    return print_letters(town.book, FEBRUARY, DEBT_RECEIPT, **more)


@pytest.fixture(scope="module")
def every(indebted: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Printed]:
    """All receipts printed once, for tests that only read them."""
    root = shutil.copytree(indebted, tmp_path_factory.mktemp("receipts") / "book", symlinks=True)
    town = Town(Path(root), runs=9)
    return town, printed(town)


@pytest.fixture
def told(every: tuple[Town, Printed]) -> Printed:
    return every[1]


def plain(kopecks: int) -> str:
    return decimal(Decimal(kopecks).scaleb(-2), 2).replace("\u00a0", " ")


def test_paper_code_and_list_name_the_same_sum(told: Printed) -> None:
    file = (told.folder / "batch-001.pdf").read_bytes()
    pages, read = texts(file), [fields(code) for code in codes(file)]
    rows = told.index.sort("letter_number").to_dicts()

    assert [(row["account_id"], row["creditor_id"]) for row in rows] == [(A1, "F"), (A1, "U"), (A2, "U"), (A3, "U")]
    for page, row in zip(pages, rows, strict=True):
        assert f"К оплате по этой квитанции: {plain(row['claimed_kop'])} ₽." in page
        assert f"Долговая квитанция № КВ-260325-{row['account_id']}-{row['creditor_id']} " in page
        assert f"лицевой счёт {row['account_id']}" in page
    with_code = [row for row in rows if row["has_qr"]]
    assert [(one["PersAcc"], int(one["Sum"])) for one in read] == [
        (row["account_id"], row["claimed_kop"]) for row in with_code
    ]
    assert {one["Name"] for one in read} == {UTILITY}
    assert read[0]["Purpose"] == f"Долг за ЖКУ по 25.03.2026, лицевой счёт {A1}"


def test_the_list_is_what_the_ledger_says(every: tuple[Town, Printed]) -> None:
    town, told = every
    claimed = {(row["account_id"], row["creditor_id"]): row["claimed_kop"] for row in told.index.to_dicts()}
    run = town.book  # the published month is read anew, not the frames that the letters were made from
    items = pl.read_parquet(run.published(FEBRUARY).resolve() / "open_items" / "*.parquet")
    for account, creditor in PAIRS:
        mine = items.filter(pl.col("days_overdue") > 0, account_id=account, creditor_id=creditor)
        assert Decimal(claimed[account, creditor]).scaleb(-2) == mine["outstanding_rub"].sum()
    assert claimed[A1, "U"] == 133_456 and claimed[A2, "U"] < claimed[A1, "U"]


def test_months_stand_on_the_letter(told: Printed) -> None:
    page = texts((told.folder / "batch-001.pdf").read_bytes())[1]

    assert "декабрь 2025 12.01.2026 100,00" in page
    assert "январь 2026 10.02.2026 1 234,56" in page
    assert "Всего 1 334,56" in page
    assert "г. Энск, ул. Мира, д. 5, кв. 1" in page
    assert "Как обратиться: 600000, г. Энск, ул. Расчётная, д. 1, тел. 8 (4900) 00-00-00." in page


def test_what_is_lacking_is_told_and_not_guessed(told: Printed) -> None:
    lacks = {(row["account_id"], row["creditor_id"]): row["lacks"] for row in told.index.to_dicts()}

    assert lacks == {(A1, "U"): [], (A2, "U"): [], (A1, "F"): ["no_payment_details"], (A3, "U"): ["no_address"]}
    pages = texts((told.folder / "batch-001.pdf").read_bytes())
    assert "Наведите на код" not in pages[0] and "По реквизитам в банке" in pages[0]
    assert "адрес в справочнике не указан" in pages[3]


def test_money_that_may_cover_months_already_is_shown(town: Town) -> None:
    run = computed(town)
    rows = listed(run, DEBT_RECEIPTS, (A1, "U")).with_columns(claimed_kop=pl.lit(130_000, dtype=pl.Int64))
    published(town, run, debt_receipts=rows)
    told = print_letters(town.book, FEBRUARY, DEBT_RECEIPT)
    file = (told.folder / "batch-001.pdf").read_bytes()

    assert "ещё не отнесены на эти месяцы: 34,56 ₽." in texts(file)[0]
    assert "К оплате по этой квитанции: 1 300,00 ₽." in texts(file)[0]
    assert fields(codes(file)[0])["Sum"] == "130000"


def test_a_claim_that_months_do_not_make_up_is_not_printed(town: Town) -> None:
    run = computed(town)
    rows = listed(run, DEBT_RECEIPTS, (A1, "U"), (A2, "U")).with_columns(
        claimed_kop=pl.when(account_id=A1).then(pl.col("claimed_kop") + 1).otherwise("claimed_kop")
    )
    told = print_letters(published(town, run, debt_receipts=rows).book, FEBRUARY, DEBT_RECEIPT)
    rows_told = {row["account_id"]: row for row in told.index.to_dicts()}

    assert (rows_told[A1]["file_name"], rows_told[A1]["lacks"]) == (None, ["sums_differ"])
    assert told.letters == 1 and rows_told[A2]["letter_number"] == 1
    assert not any(A1 in page for page in texts((told.folder / "batch-001.pdf").read_bytes()))


def test_batches_of_an_earlier_printing_go(town: Town) -> None:
    """What is left in the folder is posted: larger batches must not leave the smaller ones beside them."""
    told = printed(town, a_batch=3)
    print_letters(town.book, FEBRUARY, DEBT_RECEIPT)

    assert sorted(path.name for path in told.folder.glob("batch-*")) == ["batch-001.pdf"]


def test_batches_hold_so_many_letters_and_the_index_finds_each(town: Town) -> None:
    told = printed(town, a_batch=3)

    assert sorted(path.name for path in told.folder.iterdir()) == [
        "batch-001.pdf", "batch-002.pdf", "receipt_letters.parquet",
    ]
    index = pl.read_parquet(told.folder / "receipt_letters.parquet")
    gate(index, RECEIPT_LETTERS)
    for name, rows in index.group_by("file_name"):
        pages = texts((told.folder / str(name[0])).read_bytes())
        assert len(pages) == rows.height
        for row in rows.to_dicts():
            number = f"квитанция № {row['number']} "
            assert any(number in page and row["account_id"] in page for page in pages)


def test_the_same_list_gives_the_same_bytes(town: Town, tmp_path: Path) -> None:
    told = printed(town, a_batch=2)
    again = print_letters(town.book, FEBRUARY, DEBT_RECEIPT, out=tmp_path / "again", a_batch=2)

    for file in told.folder.iterdir():
        assert (again.folder / file.name).read_bytes() == file.read_bytes(), file.name


def test_nothing_else_in_a_folder_of_ones_own_is_touched(town: Town, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir(mode=0o755)
    for name in ("dogovor.pdf", "batch-001.pdf", "receipt_letters.parquet"):
        (own / name).write_bytes(b"mine")
    printed(town)
    told = print_letters(town.book, FEBRUARY, DEBT_RECEIPT, out=own)

    assert (told.folder / "batch-001.pdf").read_bytes() != b"mine"
    assert told.folder.parent == own and stat.S_IMODE(told.folder.stat().st_mode) == 0o700
    assert {path.read_bytes() for path in own.iterdir() if path.is_file()} == {b"mine"}
    assert stat.S_IMODE(own.stat().st_mode) == 0o755


def test_letters_are_for_their_owner_only(every: tuple[Town, Printed]) -> None:
    town, told = every

    assert told.folder.is_relative_to(town.book.personal)
    assert stat.S_IMODE(told.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in told.folder.iterdir()} == {0o600}
    for file in town.root.rglob("*"):
        if file.is_file() and not file.is_relative_to(town.book.personal) and "landing" not in file.parts:
            assert "ул. Мира".encode() not in file.read_bytes(), file.name


@pytest.mark.parametrize(("row", "told"), [
    ({"status_code": "awaiting_registries", "awaited": ["sber:bank"]}, r"ждёт реестры bank \(sber\)"),
    ({"status_code": "ready"}, "нет ни одной строки"),
])
def test_no_list_no_letters(town: Town, row: dict[str, object], told: str) -> None:
    run = computed(town)
    published(town, run, debtor_lists=full(DEBTOR_LISTS, {"list_code": "debt_receipts", "run_on": RUN_ON, **row}))

    with pytest.raises(NoList, match=told):
        print_letters(town.book, FEBRUARY, DEBT_RECEIPT)
    with pytest.raises(NoList, match="raschet run --month 2026-03"):
        print_letters(town.book, FEBRUARY.next, DEBT_RECEIPT)


def test_many_services_stand_one_under_another() -> None:
    items = [
        {"billing_month": date(2026, 1, 1), "due_on": date(2026, 2, 10), "service_code": f"s{n}", "outstanding_kop": n}
        for n in range(1, 8)
    ]
    wide, long = (months_and_services(items[:count], {}) for count in (5, 7))

    assert wide["heads"] == ["Месяц", "Оплатить до", "s1", "s2", "s3", "s4", "s5", "Всего, ₽"]
    assert (wide["rows"][0][-1], wide["totals"][-1]) == ("0,15", "0,15")
    assert long["heads"] == ["Месяц", "Оплатить до", "Услуга", "Долг, ₽"]
    assert len(long["rows"]) == 7 and long["totals"][-1] == "0,28"


def test_three_years_of_months_run_over_to_a_second_page() -> None:
    items = [
        {"billing_month": date(2023 + n // 12, n % 12 + 1, 1), "due_on": date(2026, 2, 10),
         "service_code": f"s{k}", "outstanding_kop": 100} for n in range(36) for k in range(8)
    ]
    table = months_and_services(items, {})
    letter = {"account": "1", "address": "А", "on": "25.03.2026", "purpose": "", "since": "", "overdue": "", "qr": "",
              "covered": "", "envelope": "", "penalty_articles": "ч. 14",
              "claimed": "288,00", "claimed_in_words": "", "number": "1", "payee": dict.fromkeys(
                  ("name", "inn", "kpp", "account", "bank", "bic", "correspondent"), "х"), **table}
    centre = dict.fromkeys(("name", "address", "phone", "site", "hours"), "")
    pages = texts(pdf("receipt.typ", {"centre": centre, "on": "25.03.2026", "letters": [letter]}, made_on=RUN_ON))

    assert len(pages) > 1 and all("Оплатить до" in page for page in pages[:-1])
    assert "Всего 288,00" in pages[-1]


def test_the_command_prints_and_says_what_to_do_next(town: Town) -> None:
    run = computed(town)
    published(town, run, debt_receipts=listed(run, DEBT_RECEIPTS, *PAIRS))
    said = " ".join(succeeded(raschet_here(town.root, "letters", "debt_receipts", "--month", "2026-02")).split())
    total = sum(overdue(run, account, creditor) for account, creditor in PAIRS)

    assert f"Напечатано писем: 4 на {decimal(total, 2)}".replace("\u00a0", " ") in said.replace("\u00a0", " ")
    assert "адреса нет в справочнике addresses, письмо напечатано без него: 1" in said
    assert "raschet dispatch debt_receipts --on 2026-03-25" in said
    wrong = raschet_here(town.root, "letters", "sms_list", "--month", "2026-02")
    assert wrong.exit_code == 2 and "есть: debt_receipts" in " ".join(wrong.output.split())


def test_a_wrong_line_about_the_centre_is_named(town: Town) -> None:
    settings = (town.root / "settings.yaml").read_text("utf-8")
    (town.root / "settings.yaml").write_text(settings + '  fone: "1"\n', "utf-8")
    run = computed(town)
    published(town, run, debt_receipts=listed(run, DEBT_RECEIPTS, (A1, "U")))
    wrong = raschet_here(town.root, "letters", "debt_receipts", "--month", "2026-02")

    assert wrong.exit_code == 2 and "неверны строки: fone" in " ".join(wrong.output.split())


def test_letters_to_one_flat_lie_in_one_envelope_and_batch(town: Town) -> None:
    told = printed(town, a_batch=1)
    rows = {(row["account_id"], row["creditor_id"]): row for row in told.index.to_dicts()}

    assert [rows[pair]["envelope_number"] for pair in ((A1, "F"), (A1, "U"), (A2, "U"), (A3, "U"))] == [1, 1, 2, 3]
    assert rows[A1, "F"]["file_name"] == rows[A1, "U"]["file_name"] != rows[A2, "U"]["file_name"]
    pages = texts((told.folder / "batch-001.pdf").read_bytes())
    assert "конверт 1, письмо 1 из 2" in pages[0] and "конверт 1, письмо 2 из 2" in pages[1]
    assert "конверт" not in texts((told.folder / "batch-002.pdf").read_bytes())[0]


def test_penalties_are_those_of_the_debt(told: Printed) -> None:
    fund, utility = texts((told.folder / "batch-001.pdf").read_bytes())[:2]

    assert "начисляются пени (ч. 14.1 ст. 155)" in fund and "начисляются пени (ч. 14 ст. 155)" in utility
