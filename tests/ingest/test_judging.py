"""A delivery judged before the night: findings in words, nothing written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.contracts.catalogue import TABLES
from pipeline.storage.deliveries import Judgement, judge_delivery
from pipeline.storage.landing import BadDelivery
from tests.ingest.town import A1, A2, A3, ISSUED, Town, frame_of, line, payment, registry
from tests.town.books import raschet_here

DAY = date(2026, 1, 6)


def put(folder: Path, place: str, *rows: dict[str, object], name: str = "file", table: str = "") -> Path:
    (folder / place).mkdir(parents=True, exist_ok=True)
    path = folder / place / f"{name}.parquet"
    frame_of(TABLES[table or place], *rows).write_parquet(path)
    return path


def judged(town: Town, folder: Path) -> Judgement:
    before = {path: path.stat().st_mtime_ns for path in town.root.rglob("*")}
    found = judge_delivery(town.book, folder, as_of=DAY)
    assert {path: path.stat().st_mtime_ns for path in town.root.rglob("*")} == before
    return found


def said(found: Judgement) -> list[tuple[str, str, str, int]]:
    return [(one.severity, one.place, one.rule_id, one.rows) for one in found.findings]


def test_a_sound_delivery_has_no_findings(town: Town, tmp_path: Path) -> None:
    put(tmp_path / "new", "payments", payment("P1"), payment("P2"))
    put(tmp_path / "new", "registries", registry("R1", 2, "220.00"))

    found = judged(town, tmp_path / "new")

    assert (said(found), found.files, found.rows, found.accepted_rows, found.is_sound) == ([], 2, 3, 3, True)


def test_what_would_be_suspended_refused_or_repeated_is_named(town: Town, tmp_path: Path) -> None:
    town.deliver("payments", DAY, payment("P1"), payment("P9"))
    put(tmp_path / "new", "payments", payment("P1"), payment("P2", account_id="9999999999"))
    put(tmp_path / "new", "charges", line("D1", 1, "100.00"))

    found = judged(town, tmp_path / "new")

    told = {(one.place, one.rule_id): one.sentence for one in found.findings if one.place != "R1"}
    assert told == {
        ("charges/file.parquet", "quarantined"): "попадут в карантин: 1 (строка без документа — 1)",
        ("payments/file.parquet", "suspended"): "останутся невыясненными: 1 (неизвестный лицевой счёт — 1)",
        ("payments/file.parquet", "repeated"): "уже есть в участке: 1",
    }
    assert (found.rows, found.accepted_rows, found.is_sound) == (3, 0, True)


@pytest.mark.parametrize(("table", "column", "row"), [
    ("tariffs", "part_code", {"service_code": "gas", "tariff_rub": Decimal("9"), "valid_from": DAY}),
    ("consumption_norms", "per_code", {"service_code": "gas", "norm_volume": Decimal("9"), "valid_from": DAY}),
    ("absences", "absence_code", {"event_id": "a1", "registered_at": DAY, "account_id": A1}),
    ("quality_acts", "violation_code", {"event_id": "q1", "registered_at": DAY, "house_id": "H1"}),
    ("meter_acts", "act_code", {"event_id": "m1", "registered_at": DAY, "account_id": A1, "meter_id": "M1",
                                "effective_from": DAY}),
])
def test_a_code_of_no_list_is_named_with_its_column_and_the_list(
    table: str, column: str, row: dict[str, object], town: Town, tmp_path: Path
) -> None:
    put(tmp_path / "new", table, row | {column: "Иванов Иван"})

    found = next(one for one in judged(town, tmp_path / "new").findings if one.rule_id == "quarantined")

    allowed = ", ".join(TABLES[table][column].allowed or ())
    assert "код не из списка" in found.sentence and f"; {column} — только {allowed}" in found.sentence
    assert "Иванов" not in found.sentence


def test_control_totals_are_compared(town: Town, tmp_path: Path) -> None:
    put(tmp_path / "new", "payments", payment("P1"), payment("P2", registry_id="R2"))
    put(tmp_path / "new", "registries", registry("R1", 2, "220.00"))

    found = judged(town, tmp_path / "new")

    assert said(found) == [("warning", "R1", "control_totals", 1), ("warning", "R2", "not_announced", 1)]
    assert found.findings[0].sentence.replace("\u00a0", " ") == (
        "объявлено строк 2 на 220,00 ₽, получено 1 на 110,00 ₽"
    )


def test_a_faulty_file_is_an_error(town: Town, tmp_path: Path) -> None:
    put(tmp_path / "new", "payments", payment("P1")).write_bytes(b"PAR1half")

    found = judged(town, tmp_path / "new")

    assert [one.sentence for one in found.findings] == [
        "Файл payments/file.parquet не принят: файл обрезан или повреждён"
    ]
    assert not found.is_sound


def test_odd_columns_and_folders_are_warnings(town: Town, tmp_path: Path) -> None:
    (tmp_path / "new" / "weather").mkdir(parents=True)
    path = put(tmp_path / "new", "payments", payment("P1"))
    frame_of(TABLES["payments"], payment("P1")).with_columns(colour=Decimal(1)).write_parquet(path)

    rules = {one.rule_id for one in judged(town, tmp_path / "new").findings}

    assert rules == {"unknown_column", "unknown_folder", "not_announced"}


def test_the_folder_of_one_table_is_enough(town: Town, tmp_path: Path) -> None:
    put(tmp_path / "new", "billing_documents", {"document_id": "D1", "account_id": A1, "issued_on": ISSUED})
    put(tmp_path / "new", "charges", line("D1", 1, "100.00"))

    found = judged(town, tmp_path / "new" / "billing_documents")

    assert (found.files, found.rows, said(found)) == (1, 1, [])


def test_files_that_arrive_after_the_day_asked_for_are_left_out(town: Town, tmp_path: Path) -> None:
    new = tmp_path / "new"
    for day, row in (("2026-01-06", payment("P1")), ("2026-01-09", payment("P2", registry_id="R9"))):
        put(new, f"payments/received={day}", row, table="payments", name=day)
    put(new, "registries/received=2026-01-06", registry("R1", 1, "110.00"), table="registries")

    whole, cut = judged(town, new), judge_delivery(town.book, new, as_of=DAY, until=DAY)

    assert ("warning", "R9", "not_announced", 1) in said(whole)
    assert (said(cut), cut.files, cut.rows) == ([], 2, 2)
    with pytest.raises(BadDelivery, match=r"поступивших по 01\.01\.2026"):
        judge_delivery(town.book, new, as_of=DAY, until=date(2026, 1, 1))


def test_a_register_is_judged_beside_those_of_the_book(town: Town, tmp_path: Path) -> None:
    put(tmp_path / "new", "creditors", {"creditor_id": "U"}, {"creditor_id": None})

    assert [one.rule_id for one in judged(town, tmp_path / "new").findings] == ["quarantined"]


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_tables_is_a_mistake(town: Town, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(BadDelivery):
        judge_delivery(town.book, tmp_path / name, as_of=DAY)


def test_a_book_without_registers_judges_files_only(tmp_path: Path) -> None:
    root = tmp_path / "book"
    root.mkdir()
    put(tmp_path / "new", "payments", payment("P1"))

    found = judge_delivery(Town(root).book, tmp_path / "new", as_of=DAY)

    assert [one.rule_id for one in found.findings] == ["no_registers"]


def test_the_command_judges_beside_closed_months(town: Town, tmp_path: Path) -> None:
    town.bill("D1")
    town.bill("D2", A2)
    town.close()
    put(tmp_path / "new", "billing_documents", document("D1", A1), document("D2", A3), document("D3", A3))
    put(tmp_path / "new", "charges", line("D1", 1, "110.00"), line("D3", 1, "110.00", account_id=A3))

    called = raschet_here(town.root, "check-inputs", str(tmp_path / "new"), "--as-of", "2026-02-10")

    assert called.exit_code == 0, called.output
    told = " ".join(called.stdout.replace("\u00a0", " ").split())
    assert "попадут в карантин: 2 (тот же номер с другим содержанием — 2)" in told
    assert "Файлов 2, строк 5, из них принято бы 2. Поставку можно принять, замечания выше." in told


def document(document_id: str, account_id: str) -> dict[str, object]:
    """A document of 110 roubles of the day of December's documents."""
    sums = dict.fromkeys(("charged_rub", "payable_rub", "payable_with_penalty_rub"), Decimal(110))
    return {"document_id": document_id, "account_id": account_id, "issued_on": ISSUED} | sums
