"""Files that cannot be taken: one clear error names the file, what is wrong and what to do; nothing is published."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.catalogue import TABLES
from pipeline.storage.delivery_files import outside_rows
from pipeline.storage.landing import BadDelivery, Delivery
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, ISSUED, JANUARY, Town, fates, frame_of, opened_town, payment, refused

DAY = date(2026, 1, 6)
PLACE = "payments/received=2026-01-06/file.parquet"


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return frame_of(TABLES["payments"], *rows)


def refusal(town: Town) -> str:
    with pytest.raises(BadDelivery) as told:
        town.run()
    assert not (town.root / "published" / "run_month=2025-12").exists()
    return str(told.value)


def test_a_truncated_file(town: Town) -> None:
    path = town.deliver("payments", DAY, payment("P1"))
    path.write_bytes(path.read_bytes()[:-20])

    assert refusal(town) == (
        f"Файл {PLACE} не принят: файл обрезан или повреждён. "
        "Попросите отправителя исправить файл и положите его вместо прежнего."
    )


def test_an_empty_path_of_bytes(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1")).write_bytes(b"")

    assert "пустой файл (0 байт)" in refusal(town)


def test_a_csv_under_the_name_of_a_parquet_file(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1")).write_bytes(b"payment_id;amount_rub\r\nP1;110,00\r\n")

    assert "это не Parquet, похоже на текст (CSV?)" in refusal(town)


def delivered(path: Path, table: str = "payments") -> Delivery:
    return Delivery(TABLES[table], "d1", DAY, path, PLACE)


def test_a_wrong_question_is_no_fault_of_the_file(town: Town) -> None:
    sound = delivered(town.deliver("payments", DAY, payment("P1")))

    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        outside_rows(sound, where=pl.col("colour") == "red")


def test_a_damaged_page_is_the_fault_of_the_file_whatever_is_asked(town: Town) -> None:
    path = town.deliver("payments", DAY, *(payment(f"P{number}") for number in range(500)))
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(600) + whole[604:])

    for asked in ({}, {"columns": ["payment_id", "payment_id"]}, {"where": pl.col("payment_id") == "P1"}):
        with pytest.raises(BadDelivery, match="файл обрезан или повреждён"):
            outside_rows(delivered(path), **asked)


def test_a_column_that_is_asked_about_and_missing_is_named(town: Town) -> None:
    path = town.deliver_frame("payments", DAY, frame(payment("P1")).drop("payment_id"))

    for asked in ({"columns": ["payment_id"]}, {"where": pl.col("payment_id") == "P1"}):
        with pytest.raises(BadDelivery, match="нет столбца payment_id"):
            outside_rows(delivered(path), **asked)


def test_a_column_that_came_later_may_be_missing(town: Town) -> None:
    told = {"event_id": "e", "registered_at": datetime(2026, 1, 6, 9, tzinfo=MOSCOW), "court_case_id": "2-1/2026",
            "event_code": "filed", "event_on": DAY, "principal_rub": Decimal("100.00")}
    older = frame_of(TABLES["court_events"], told).drop("penalty_rub")
    path = town.deliver_frame("court_events", DAY, older)

    rows, notes = outside_rows(delivered(path, "court_events"))

    assert rows.select("principal_rub", "penalty_rub").rows() == [(Decimal("100.00"), None)]
    assert not notes


def test_a_column_named_like_ours_is_one_more_unknown_column(town: Town) -> None:
    path = town.deliver_frame("payments", DAY, frame(payment("P1")).with_columns(row_number=pl.lit(7)))

    rows, notes = outside_rows(delivered(path))

    assert rows["row_number"].to_list() == [1]
    assert [(note.code, note.column) for note in notes] == [("unknown_column", "row_number")]


def test_a_missing_column(town: Town) -> None:
    town.deliver_frame("payments", DAY, frame(payment("P1")).drop("amount_rub", "paid_at"))

    assert f"Файл {PLACE} не принят: нет столбцов paid_at, amount_rub" in refusal(town)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount_rub", pl.Series([110.0])), ("amount_rub", pl.Series(["110,00"])), ("amount_rub", pl.Series([110])),
        ("amount_rub", pl.Series([Decimal("110.001")], dtype=pl.Decimal(18, 3))), ("paid_at", pl.Series(["5.01.2026"])),
        ("payment_id", pl.Series([17])), ("received_on", pl.Series(["2026-01-06"])),
    ],
)
def test_a_wrong_type(town: Town, column: str, value: pl.Series) -> None:
    town.deliver_frame("payments", DAY, frame(payment("P1")).with_columns(value.alias(column)))

    told = refusal(town)

    assert f"столбец {column} — " in told and "а нужен тип" in told


@pytest.mark.parametrize("amount", [None, Decimal(0), Decimal("-1.00")])
def test_an_amount_that_cannot_be_read_or_is_not_positive_refuses_the_file(town: Town, amount: Decimal | None) -> None:
    town.deliver("payments", DAY, payment("P1"), payment("P2") | {"amount_rub": amount})

    assert "сумма не читается или не больше нуля, строк: 1 (строки 2)" in refusal(town)


def test_a_number_that_does_not_fit_its_column(town: Town) -> None:
    huge = pl.lit(10**25).cast(pl.Decimal(38, 2)).alias("amount_rub")
    town.deliver_frame("payments", DAY, frame(payment("P1")).with_columns(huge))

    assert "числа не помещаются в свои столбцы" in refusal(town)


def test_a_row_without_a_day_outside_dated_folders(town: Town) -> None:
    town.deliver("payments", None, payment("P1") | {"received_on": None})

    assert "Файл payments/file.parquet не принят: файл лежит вне папки received=…" in refusal(town)


def test_a_feed_of_no_table_in_the_settings(tmp_path: Path) -> None:
    town = opened_town(tmp_path / "book", "feeds:\n- {table: weather, due_day: 5}\n")

    assert "ждут таблицу «weather», такой нет" in refusal(town)


def test_every_faulty_file_is_named_at_once(town: Town) -> None:
    town.deliver_frame("payments", DAY, frame(payment("P1")).drop("paid_at"))
    town.deliver("charges", ISSUED).write_bytes(b"PAR1")

    told = refusal(town)

    assert "payments/" in told and "charges/" in told


def test_a_file_that_is_no_parquet(town: Town) -> None:
    folder = town.deliver("payments", DAY, payment("P1")).parent
    (folder / "payments.csv").write_text("P1;110,00", "utf-8")

    assert "«received=2026-01-06/payments.csv» не файл Parquet" in refusal(town)


def test_a_folder_whose_date_cannot_be_read(town: Town) -> None:
    folder = town.deliver("payments", DAY, payment("P1")).parent
    folder.rename(folder.with_name("received=06.01.2026"))

    assert "Папка payments/received=06.01.2026 названа не по правилам" in refusal(town)


def test_a_file_still_being_written_is_left_alone(town: Town) -> None:
    folder = town.deliver("payments", DAY, payment("P1")).parent
    (folder / ".upload.parquet").write_bytes(b"half")

    assert fates(town.run(), "payments") == {"received": 1, "accepted": 1}


def test_a_missing_register(town: Town) -> None:
    shutil.rmtree(town.root / "landing" / "creditors")

    assert refusal(town).startswith("Нет папок обязательных реестров: creditors.")


def test_an_empty_file_is_no_missing_one(tmp_path: Path) -> None:
    feeds = "feeds:\n- {table: payments, due_day: 5}\n"
    town = opened_town(tmp_path / "book", feeds)
    assert "Не поступили обязательные поставки: payments (срок 05.01.2026)" in refusal(town)

    town.deliver("payments", date(2026, 1, 5))

    assert fates(town.run(), "payments") == {}


def test_a_feed_is_not_missed_before_its_day(tmp_path: Path) -> None:
    town = opened_town(tmp_path / "book", "feeds:\n- {table: payments, due_day: 5}\n")

    assert fates(town.run(date(2026, 1, 4)), "payments") == {}


def test_a_feed_that_may_be_late_is_noted(tmp_path: Path) -> None:
    town = opened_town(
        tmp_path / "book", "feeds:\n- {table: payments, provider: bank, due_day: 5, may_be_late: true}\n"
    )

    assert town.run().read_staged("late_feeds").rows() == [("payments", "bank", date(2026, 1, 5))]


def test_an_unknown_column_is_noted_and_left_behind(town: Town) -> None:
    town.deliver_frame("payments", DAY, frame(payment("P1")).with_columns(colour=pl.lit("red")))

    run = town.run()

    assert fates(run, "payments") == {"received": 1, "accepted": 1}
    assert run.read_staged("delivery_notes").select("note_code", "column_name", "rows").rows() == [
        ("unknown_column", "colour", 1)
    ]


def test_a_moment_without_a_time_zone_is_moscows_and_noted(town: Town) -> None:
    naive = pl.col("paid_at").dt.replace_time_zone(None).cast(pl.Datetime("ms"))
    town.deliver_frame("payments", DAY, frame(payment("P1")).with_columns(naive))

    run = town.run()

    assert run.read_staged("payments")["paid_at"].dt.hour().to_list() == [12]
    assert run.read_staged("delivery_notes")["note_code"].to_list() == ["naive_moment"]


def test_types_that_lose_nothing_are_taken(town: Town) -> None:
    rows = frame(payment("P1")).with_columns(
        pl.col("amount_rub").cast(pl.Decimal(12, 2)), pl.col("registry_row").cast(pl.Int32),
        pl.col("channel_code").cast(pl.Categorical), pl.col("paid_at").dt.convert_time_zone("UTC"),
        designated_creditor_id=pl.lit(None),
    )
    town.deliver_frame("payments", DAY, rows)

    row = town.run().read_staged("payments").row(0, named=True)

    assert (row["amount_kop"], row["channel_code"], row["paid_at"].hour) == (11000, "site", 12)


def test_columns_in_another_order_are_taken(town: Town) -> None:
    rows = frame(payment("P1"))
    town.deliver_frame("payments", DAY, rows.select(reversed(rows.columns)))

    assert fates(town.run(), "payments") == {"received": 1, "accepted": 1}


def test_inputs_are_kept_by_content_and_personal_ones_apart(town: Town) -> None:
    town.deliver("payments", DAY, payment("P1"))
    town.deliver("persons", date(2025, 12, 1), {"person_id": "1", "full_name": "Неповторимов Аристарх"})

    run = town.run()

    listed = run.read(TABLES["deliveries"])
    delivery = listed.filter(pl.col("table_name") == "payments")["delivery_id"].item()
    person = listed.filter(pl.col("table_name") == "persons")["delivery_id"].item()
    assert (town.root / "inputs" / delivery).is_file()
    assert not (town.root / "inputs" / person).exists()
    kept = town.root / "personal" / "inputs" / person
    assert kept.is_file() and kept.stat().st_mode & 0o077 == 0 and kept.parent.stat().st_mode & 0o077 == 0
    assert run.register(TABLES["persons"]).height == 1
    assert "Неповторимов".encode() not in b"".join(
        path.read_bytes() for path in (town.root / "work").rglob("*") if path.is_file()
    )


def test_personal_columns_of_refused_rows_stay_under_the_personal_folder(town: Town) -> None:
    town.deliver("persons", date(2025, 12, 1), {"person_id": None, "full_name": "Неповторимов Аристарх"})

    run = town.run()

    assert refused(run, "persons") == [["missing_key"]]
    values = run.read(TABLES["quarantine"])["original_values"].item()
    assert "person_id" in values and "full_name" not in values
    assert run.read_personal("quarantine_persons")["full_name"].to_list() == ["Неповторимов Аристарх"]


def undated(town: Town) -> None:
    town.deliver_frame("payments", None, frame(
        payment("P1", received_on=date(2026, 1, 6)), payment("P2", received_on=date(2026, 2, 3)),
    ))
    town.bill("D1", name="dated")
    for table in ("billing_documents", "charges"):
        folder = town.root / "landing" / table
        next(folder.rglob("*.parquet")).rename(folder / "undated.parquet")
        shutil.rmtree(folder / f"received={ISSUED}")


def test_rows_outside_dated_folders_arrive_on_their_own_day(town: Town) -> None:
    undated(town)

    december = town.close()
    january = town.run(date(2026, 2, 10), JANUARY)

    assert (days(december), days(january)) == ([date(2026, 1, 6)], [date(2026, 2, 3)])
    assert december.read(TABLES["billed_documents"])["account_id"].unique().to_list() == [A1]
    assert fates(december, "charges") == {"received": 2, "accepted": 2}
    assert fates(january, "charges") == {}


def days(run: MonthRun) -> list[date]:
    rows = run.read(TABLES["deliveries"]).filter(pl.col("table_name") == "payments", pl.col("accepted_rows") > 0)
    return rows["received_at"].dt.date().to_list()
