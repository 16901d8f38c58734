"""A workbook of the queue comes back: what people may write in it, what Excel makes of it, what is refused and why."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.exchange.excel_cells import BadWorkbook, as_choice, as_fact, as_id
from pipeline.exchange.queue_decisions import Filled, filled_in, open_month
from pipeline.exchange.queue_events import event_ids, landed_decisions
from pipeline.exchange.queue_workbook import ACCOUNT, DECISION, EVIDENCE, THING, options_of
from pipeline.exchange.written_accounts import WrittenAccounts
from pipeline.storage.book import Book
from pipeline.storage.state import State
from tests.exchange.filled import REASON, SHEETS, Workbook, rows_of


@pytest.fixture
def paper(town_book: Path) -> Workbook:
    return Workbook(town_book)


def read(town_book: Path, workbook: Workbook, folder: Path) -> Filled:
    book = Book.at(town_book)
    return filled_in(workbook.save(folder / "q.xlsx"), book, open_month(book), event_ids(landed_decisions(book)))


def swapped(town_book: Path):  # type: ignore[no-untyped-def]
    """The payment whose payer swapped two digits: it has one candidate."""
    return next(row for row in rows_of(town_book)
                if row["kind_code"] == "suspended_payment" and row["candidate_account_ids"])


def document(town_book: Path):  # type: ignore[no-untyped-def]
    return next(row for row in rows_of(town_book) if row["kind_code"] == "quarantined_document")


def test_an_empty_workbook_decides_nothing(town_book: Path, paper: Workbook, tmp_path: Path) -> None:
    told = read(town_book, paper, tmp_path)

    assert (told.decisions, told.refusals) == ([], [])
    assert told.undecided == sum(row["decided_by_feed"] is not None for row in rows_of(town_book))


@pytest.mark.parametrize("said", [
    "зачислить на счёт", "Зачислить на счёт ", "ЗАЧИСЛИТЬ  НА СЧЕТ", "зaчиcлить на cчёт", "identified",
])
@pytest.mark.parametrize("spelled", ["{}", " {} ", "'{}", "{}.0"])
def test_a_decision_is_understood_as_people_write_it(
    town_book: Path, paper: Workbook, tmp_path: Path, said: str, spelled: str
) -> None:
    row = swapped(town_book)
    account = row["candidate_account_ids"][0]

    told = read(town_book, paper.decide(row, said, spelled.format(account)), tmp_path)

    assert told.refusals == []
    assert [(one.code, one.account_id, one.evidence) for one in told.decisions] == [("identified", account, REASON)]


def test_an_account_that_excel_made_a_number_is_an_account(
    town_book: Path, paper: Workbook, tmp_path: Path
) -> None:
    row = swapped(town_book)
    account = row["candidate_account_ids"][0]
    paper.decide(row, "зачислить на счёт", int(account)).typed(row, ACCOUNT, "count")

    told = read(town_book, paper, tmp_path)

    assert [one.account_id for one in told.decisions] == [account]


@pytest.mark.parametrize(("decision", "account", "evidence", "wrong"), [
    ("отдать соседу", "7700001010", REASON, "решения «отдать соседу» нет в списке"),
    ("принять", None, REASON, "решения «принять» нет в списке"),
    (None, "7700001010", REASON, "решение не выбрано"),
    (None, None, REASON, "решение не выбрано"),
    ("зачислить на счёт", "7700001010", None, "не заполнено «Обоснование»"),
    ("зачислить на счёт", "7700001010", " - ", "не заполнено «Обоснование»"),
    ("зачислить на счёт", None, REASON, "не назван лицевой счёт"),
    ("зачислить на счёт", "9999999999", REASON, "счёта «9999999999» нет в участке"),
    ("вернуть плательщику", "7700001010", REASON, "счёт назван, а деньги на него не зачисляются"),
])
def test_a_bad_line_is_refused_with_its_place(
    town_book: Path, paper: Workbook, tmp_path: Path, decision: str, account: str, evidence: str, wrong: str
) -> None:
    row = swapped(town_book)

    told = read(town_book, paper.decide(row, decision, account, evidence), tmp_path)

    assert told.decisions == []
    assert [refusal.wrong for refusal in told.refusals] == [wrong]
    number = [line for line in rows_of(town_book) if line["kind_code"] == "suspended_payment"].index(row) + 4
    assert told.refusals[0].place == f"лист «{SHEETS['suspended_payment']}», строка {number}"
    assert told.refusals[0].remedy


@pytest.mark.parametrize(("heading", "value"), [
    ("Сумма", 1), ("Платёж", "OTHER"), ("Счёт в платеже", "7700001010"), ("Почему", ""), ("Ждёт с", None),
])
def test_a_changed_fact_is_seen(
    town_book: Path, paper: Workbook, tmp_path: Path, heading: str, value: object
) -> None:
    row = swapped(town_book)
    paper.decide(row, "вернуть плательщику").put(row, heading, value)

    told = read(town_book, paper, tmp_path)

    assert [refusal.wrong for refusal in told.refusals] == [f"изменены ячейки «{heading}»"]


def test_a_changed_control_sum_is_seen(town_book: Path, paper: Workbook, tmp_path: Path) -> None:
    row = swapped(town_book)

    told = read(town_book, paper.decide(row, "вернуть плательщику").put(row, "Контроль", "0"), tmp_path)

    assert [refusal.wrong for refusal in told.refusals] == ["изменены ячейки строки или «Контроль»"]


def test_facts_that_moved_since_the_export_are_told_apart(
    town_book: Path, paper: Workbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = swapped(town_book)
    file = paper.decide(row, "вернуть плательщику").save(tmp_path / "q.xlsx")
    today = [line | {"effect_kop": line["effect_kop"] - 1} for line in rows_of(town_book)]
    monkeypatch.setattr("pipeline.exchange.queue_decisions.queue_rows", lambda _month: today)

    told = filled_in(file, Book.at(town_book), open_month(Book.at(town_book)))

    assert [refusal.wrong for refusal in told.refusals] == ["после выгрузки изменились «Сумма»"]


def test_a_thing_that_is_decided_is_in_the_queue_no_more(
    town_book: Path, paper: Workbook, tmp_path: Path
) -> None:
    row = swapped(town_book)

    told = read(town_book, paper.decide(row, "вернуть плательщику").put(row, THING, "f" * 64), tmp_path)

    assert [refusal.wrong for refusal in told.refusals] == ["этого дела в очереди уже нет"]


def test_one_thing_is_decided_once(town_book: Path, paper: Workbook, tmp_path: Path) -> None:
    row = document(town_book)

    told = read(town_book, paper.decide(row, "отклонить").twice(row), tmp_path)

    assert ([one.code for one in told.decisions], told.refusals) == (["reject"], [])


def test_two_decisions_on_one_thing_are_both_refused(town_book: Path, paper: Workbook, tmp_path: Path) -> None:
    row = document(town_book)
    other = Workbook(town_book).decide(row, "принять")
    sheet = SHEETS[row["kind_code"]]
    mine = paper.decide(row, "отклонить").twice(row)
    lines = list(mine.sheets[sheet].rows)
    thing = [head.text for head in mine.sheets[sheet].heads].index(THING)
    lines[-1] = next(line for line in other.sheets[sheet].rows if line[thing] == row["queue_id"])
    object.__setattr__(mine.sheets[sheet], "rows", lines)

    told = read(town_book, mine, tmp_path)

    assert told.decisions == []
    assert [refusal.wrong for refusal in told.refusals] == ["о том же деле в файле есть другое решение"] * 2


def test_a_sheet_that_lost_a_column_is_refused(town_book: Path, paper: Workbook, tmp_path: Path) -> None:
    told = read(town_book, paper.without(EVIDENCE, SHEETS["suspended_payment"]), tmp_path)

    assert [refusal.wrong for refusal in told.refusals] == ["нет столбцов Обоснование"]


@pytest.mark.parametrize(("about", "said"), [
    ({"month": "2026-04"}, "выгружен за месяц 2026-04, а открыт 2026-05"),
    ({"book_id": "other"}, "выгружен из участка «other»"),
])
def test_a_workbook_of_another_month_or_book_is_refused(
    town_book: Path, tmp_path: Path, about: dict[str, str], said: str
) -> None:
    with pytest.raises(BadWorkbook, match=said):
        read(town_book, Workbook(town_book, **about), tmp_path)


def test_no_file_no_workbook_and_another_workbook(town_book: Path, tmp_path: Path) -> None:
    book = Book.at(town_book)
    (tmp_path / "letter.xlsx").write_bytes(b"Dear Sirs")
    stranger = Workbook(town_book)
    stranger.sheets = {name: sheet for name, sheet in stranger.sheets.items() if name in SHEETS.values()}
    stranger.save(tmp_path / "stranger.xlsx")

    for name, said in (("none.xlsx", "Нет файла"), ("letter.xlsx", "не файл Excel"), ("stranger.xlsx", "не выгрузка")):
        with pytest.raises(BadWorkbook, match=said):
            filled_in(tmp_path / name, book, open_month(book))


def test_the_workbook_offers_the_decisions_and_names_no_code(town_book: Path, paper: Workbook) -> None:
    assert paper.sheets
    for kind, name in SHEETS.items():
        sheet = paper.sheets.get(name)
        assert sheet is not None or not any(row["kind_code"] == kind for row in rows_of(town_book))
        if sheet is not None:
            decision = next(head for head in sheet.heads if head.text == DECISION)
            assert decision.is_input and decision.choices == options_of(kind)
            assert len(decision.choices) == (1 if kind == "suspended_reversal" else 2)
            assert all("_" not in choice for choice in decision.choices)


@pytest.mark.parametrize(("cell", "kind", "fact"), [
    ("9725.95", "money", "9725.95"), ("9 725,95 ₽", "money", "9725.95"), ("0.1", "money", "0.10"),
    ("−0,10", "money", "-0.10"), ("9725.950000001", "money", "9725.95"), ("около тысячи", "money", "около тысячи"),
    ("2026-05-18 00:00:00", "date", "2026-05-18"), ("18.05.2026", "date", "2026-05-18"),
    ("2026-05-18 10:31:07", "moment", "2026-05-18 10:31"), ("вчера", "date", "вчера"), ("458.0", "count", "458"),
])
def test_a_fact_survives_excel(cell: str, kind: str, fact: str) -> None:
    assert as_fact(cell, kind) == fact  # type: ignore[arg-type]


@pytest.mark.parametrize(("cell", "account"), [
    ("12E5", "12E5"), ("12е5", "12E5"), ("1.2E6", "1200000"), ("77", "0077"), ("'0077", "0077"), ("АB-1", "AB-1"),
    ("5", None), ("9", None),
])
def test_a_written_account_is_the_one_spelled_so_before_what_excel_may_have_made_of_it(
    tmp_path: Path, cell: str, account: str | None
) -> None:
    index = tmp_path / "account_index" / "part-000.parquet"
    index.parent.mkdir()
    pl.DataFrame({"account_id": ["12E5", "1200000", "0077", "AB-1", "005", "05"]}).write_parquet(index)
    (tmp_path / "settings.yaml").write_text('book_id: town\nname: t\nfirst_month: "2026-04"\n', encoding="utf-8")
    month = State(Book.at(tmp_path), BillingMonth(2026, 5), tmp_path, "")

    assert WrittenAccounts.of(month, [cell]).meant(cell) == account


def test_ids_and_choices_survive_excel() -> None:
    assert as_id("7.70004301E9") == "7700043010"
    assert as_id("'0077") == "0077"
    assert as_choice("Пpинять ") == as_choice("принять")
