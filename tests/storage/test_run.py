"""Reading and writing inside one run: shapes, parts, staged inputs, personal data, state."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.gate import ContractBroken
from pipeline.contracts.ingest import ACCOUNT_INDEX, INCOMPLETE_BILLS
from pipeline.contracts.ledger import ADVANCES
from pipeline.contracts.registers import CONTACTS
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.files import DiskFull
from pipeline.storage.manifest import Version
from pipeline.storage.parts import PART_SIZE, PartFailed
from pipeline.storage.run import MonthRun, NotComputed
from pipeline.storage.state import State
from pipeline.storage.table_files import CONTRACT, TOTALS
from tests.storage.samples import DECEMBER, JANUARY, NIGHT, accounts, advances, incomplete

Month = Callable[..., Version]


@pytest.fixture
def run(opened: Book) -> MonthRun:
    return MonthRun.begin(opened, DECEMBER, "r1", NIGHT)


def test_a_table_comes_back_as_it_was_sorted_by_key(run: MonthRun) -> None:
    run.write(ADVANCES, "part-000", advances(("a2", "p9", 7), ("a1", "p1", -0 + 5)))
    assert run.read(ADVANCES).select("account_id", "amount_kop").rows() == [("a1", 5), ("a2", 7)]
    assert pl.read_parquet(run.parquet("advances"))["amount_rub"].to_list() == [Decimal("0.05"), Decimal("0.07")]
    assert run.totals(ADVANCES) == {"rows": 2, "amount_rub": Decimal("0.12")}
    assert run.cut == datetime(2026, 1, 19, 23, 59, 59, 999999, tzinfo=MOSCOW)


def test_totals_are_those_of_all_parts(run: MonthRun) -> None:
    run.write(ADVANCES, "part-000", advances(("a2", "p9", 7), ("a1", "p1", 5)))
    run.write(ADVANCES, "part-001", ADVANCES.empty_inside())
    run.write(ADVANCES, "part-002", advances(("a3", "p2", 1_000_000)))
    assert run.totals(ADVANCES) == {"rows": 3, "amount_rub": Decimal("10000.12")}


def test_row_order_does_not_change_a_byte(run: MonthRun) -> None:
    file = run.folder / "advances" / "part-000.parquet"
    run.write(ADVANCES, "part-000", advances(("a2", "p9", 7), ("a1", "p1", 5)))
    first = file.read_bytes()
    run.write(ADVANCES, "part-000", advances(("a1", "p1", 5), ("a2", "p9", 7)))
    assert file.read_bytes() == first


def test_a_table_too_long_to_be_held_is_written_and_read_piece_by_piece(run: MonthRun) -> None:
    file = run.folder / "advances" / "part-000.parquet"
    rows = advances(("a1", "p1", 5), ("a2", "p2", 7), ("a3", "p3", 9))
    run.write(ADVANCES, "part-000", rows)
    at_once, notes = file.read_bytes(), pl.read_parquet_metadata(file)

    run.write_long(ADVANCES, "part-000", [rows])
    assert file.read_bytes() == at_once

    run.write_long(ADVANCES, "part-000", [rows.head(2), rows.tail(1)])
    assert run.read(ADVANCES).equals(rows)
    assert {name: pl.read_parquet_metadata(file)[name] for name in (CONTRACT, TOTALS)} == {
        name: notes[name] for name in (CONTRACT, TOTALS)
    }
    assert [entry.name for entry in (run.folder / "staged").iterdir()] == [], "pieces are not left behind"

    state = State(run.book, DECEMBER, run.folder, "")
    assert [piece["payment_id"].to_list() for piece in state.slices(ADVANCES, 2)] == [["p1", "p2"], ["p3"]]
    (none,) = state.slices(INCOMPLETE_BILLS, 2, columns=["account_id"])
    assert (none.columns, none.height) == (["account_id"], 0)


def test_a_piece_that_breaks_its_contract_leaves_no_file(run: MonthRun) -> None:
    with pytest.raises(ContractBroken):
        run.write_long(ADVANCES, "part-000", [advances(("a1", "p1", 5)), advances(("a2", "p2", -5))])
    assert not run.has(ADVANCES)


def test_a_frame_that_breaks_its_contract_leaves_no_file(run: MonthRun) -> None:
    with pytest.raises(ContractBroken):
        run.write(ADVANCES, "part-000", advances(("a1", "p1", -5)))
    assert not run.has(ADVANCES)
    with pytest.raises(NotComputed, match="advances месяца 2025-12"):
        run.read(ADVANCES)


def test_two_rows_of_one_key_are_refused_in_whatever_order(run: MonthRun) -> None:
    for rows in ("aab", "aba"):
        with pytest.raises(ContractBroken):
            run.write(ADVANCES, "part-001", advances(*((account, "p1", 1) for account in rows)))
    assert not (run.folder / ADVANCES.name / "part-001.parquet").exists()


def test_money_in_floats_is_refused(run: MonthRun) -> None:
    with pytest.raises(TypeError, match="amount_kop"):
        run.write(ADVANCES, "part-000", advances(("a1", "p1", 5)).with_columns(pl.col("amount_kop").cast(pl.Float64)))


def test_all_parts_are_read_in_order_of_their_names(run: MonthRun) -> None:
    run.write(INCOMPLETE_BILLS, "unplaced", incomplete("c"))
    run.write(INCOMPLETE_BILLS, "part-001", incomplete("b"))
    run.write(INCOMPLETE_BILLS, "part-000", incomplete("a"))
    assert run.read(INCOMPLETE_BILLS)["account_id"].to_list() == ["a", "b", "c"]
    assert run.read(INCOMPLETE_BILLS, "part-001")["account_id"].to_list() == ["b"]


def test_sql_reads_the_work_folder(run: MonthRun) -> None:
    run.write(INCOMPLETE_BILLS, "part-000", incomplete("a", "b"))
    with duckdb.connect() as sql:
        found = sql.execute("SELECT count(*) FROM read_parquet($files)", {"files": run.parquet("incomplete_bills")})
        assert found.fetchone() == (2,)
        found = sql.execute("SELECT count(*) FROM read_parquet($files)", {"files": run.state.parquet("open_items")})
        assert found.fetchone() == (0,)


def test_parts_follow_the_account_index(run: MonthRun) -> None:
    with pytest.raises(NotComputed):
        _ = run.parts
    run.write(ACCOUNT_INDEX, "part-000", accounts("a1"))
    assert run.parts == ["part-000"]
    run.write_staged("account_index", "whole", pl.DataFrame({"account_index": [0, PART_SIZE]}))
    assert run.parts == ["part-000", "part-001"]


def test_staged_frames_keep_their_shape(run: MonthRun) -> None:
    frame = pl.DataFrame({"amount_kop": [1], "delivery_id": ["x"]})
    run.write_staged("payments", "part-000", frame)
    assert run.read_staged("payments").equals(frame)
    assert pl.read_parquet(run.staged_parquet("payments")).equals(frame)
    assert run.has_staged("payments") and not run.has_staged("charges")


def test_personal_data_stays_private_and_out_of_the_work_folder(run: MonthRun) -> None:
    run.write_staged(CONTACTS.name, "whole", pl.DataFrame({"person_id": ["p"], "phone": ["+79001234567"]}))
    file = run.write_personal("lists/sms", pl.DataFrame({"phone": ["+79001234567"]}))
    assert run.register(CONTACTS)["phone"].to_list() == ["+79001234567"]
    assert run.read_personal("lists/sms").height == 1
    private = [*run.book.personal.rglob("*"), run.book.personal]
    assert {oct(entry.stat().st_mode & 0o777) for entry in private if entry.is_dir()} == {"0o700"}
    assert {oct(entry.stat().st_mode & 0o777) for entry in private if entry.is_file()} == {"0o600"}
    assert file.is_relative_to(run.book.personal)
    assert not any("contacts" in str(entry) for entry in run.folder.rglob("*"))


def asks_a_rule(run: MonthRun, part: str) -> object:
    return run.rule_book.value("ledger.due_day", NIGHT), part


def test_a_task_of_a_part_reads_no_rules(run: MonthRun) -> None:
    """What another process asked, the manifest would never tell: two workers would make another month than one."""
    assert pickle.loads(pickle.dumps(run)) == run

    with pytest.raises(PartFailed):
        run.map_parts(asks_a_rule, ["part-000"])

    assert run.rule_book.values_read() == ()


def test_rules_of_the_book_override_the_law(opened: Book) -> None:
    settings = opened.root / "settings.yaml"
    settings.write_text(settings.read_text() + "rules: {ledger.payment_id_window_months: 3}\n")
    run = MonthRun.begin(Book.at(opened.root), DECEMBER, "r1", NIGHT)
    assert run.rule_book.value("ledger.payment_id_window_months", NIGHT) == 3


def test_a_full_disk_is_one_clear_error(run: MonthRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run.write(ADVANCES, "part-000", advances(("a1", "p1", 5)))
    before = (run.folder / "advances" / "part-000.parquet").read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull, match="Освободите место"):
        run.write(ADVANCES, "part-000", advances(("a1", "p1", 6)))
    assert (run.folder / "advances" / "part-000.parquet").read_bytes() == before
    assert [entry.name for entry in (run.folder / "advances").iterdir()] == ["part-000.parquet"]


# ---- parts over processes


def rows_of_part(run: MonthRun, part: str, *, more: int) -> tuple[str, int]:
    return part, run.read(INCOMPLETE_BILLS, part).height + more


def fails_on_the_second(run: MonthRun, part: str) -> None:
    if part == "part-001":
        pl.DataFrame({"name": ["Иванов"]}).select(pl.col("name").cast(pl.Int64))


def refuses(run: MonthRun, part: str) -> None:
    raise DiskFull("Кончилось место", "Освободите")


@pytest.mark.parametrize("parts", [["part-000"], ["part-000", "part-001"]])
def test_results_come_in_order_of_parts(run: MonthRun, parts: list[str]) -> None:
    for part in parts:
        run.write(INCOMPLETE_BILLS, part, incomplete("a"))
        run.write(ACCOUNT_INDEX, part, accounts("a"))
    assert run.map_parts(rows_of_part, more=1) == [(part, 2) for part in parts]


def test_a_failing_part_is_named_without_its_values(run: MonthRun) -> None:
    with pytest.raises(PartFailed) as failed:
        run.map_parts(fails_on_the_second, ["part-000", "part-001"])
    assert "part-001" in str(failed.value) and "InvalidOperationError" in str(failed.value)
    assert "Иванов" not in "".join([str(failed.value), repr(failed.value.__cause__), repr(failed.value.__context__)])


def test_a_mistake_that_a_user_can_mend_keeps_its_type(run: MonthRun) -> None:
    with pytest.raises(DiskFull) as failed:
        run.map_parts(refuses, ["part-000"])
    assert isinstance(failed.value, RaschetError)
    assert failed.value.__notes__ == ["часть part-000"]


# ---- state


def test_the_first_month_reads_the_opening(run: MonthRun) -> None:
    assert run.state.is_opening
    assert run.state.read(ADVANCES)["amount_kop"].to_list() == [100]
    assert run.state.read(ADVANCES, "part-007").equals(ADVANCES.empty_inside())
    assert run.state.read(INCOMPLETE_BILLS).equals(INCOMPLETE_BILLS.empty_inside())


def test_nothing_was_before_the_opening(book: Book) -> None:
    state = State.before_opening(book)
    assert state.read(ADVANCES).is_empty() and state.keyed(ADVANCES, account_ids=["a1"]).is_empty()


def test_the_state_is_the_version_with_which_the_run_began(opened: Book, month_of: Month) -> None:
    month_of()
    close(opened, DECEMBER, NIGHT)
    MonthRun.begin(opened, JANUARY, "r2", NIGHT)
    link = opened.published(DECEMBER)
    folder = link.resolve()
    link.unlink()
    state = MonthRun.resume(opened, JANUARY, "r2").state
    assert state.folder == folder
    assert state.read(ADVANCES)["amount_kop"].to_list() == [12_345, 1]


def test_older_months_are_read_by_key(opened: Book, month_of: Month) -> None:
    month_of()
    close(opened, DECEMBER, NIGHT)
    month_of(JANUARY, "r2", NIGHT + timedelta(days=31), kopecks=777)
    close(opened, JANUARY, NIGHT + timedelta(days=1))
    state = MonthRun.begin(opened, JANUARY.next, "r3", NIGHT + timedelta(days=60)).state
    found = state.keyed(ADVANCES, account_ids=["a1", "a0"], columns=["amount_kop", "payment_id"], with_run_month=True)
    assert found.rows() == [
        (100, "p1", opened.opening_month.first_day), (12_345, "p1", DECEMBER.first_day), (777, "p1", JANUARY.first_day),
    ]
    assert state.keyed(ADVANCES, [DECEMBER], payment_ids=["p2"])["amount_kop"].to_list() == [1]
    assert state.keyed(ADVANCES, [DECEMBER], payment_ids=["p2"], account_ids=["a1"]).is_empty()
    assert state.keyed(ADVANCES, [DECEMBER], payment_ids=[]).schema == ADVANCES.empty_inside().schema
    assert state.keyed(ADVANCES, account_ids=["a1"], part="part-001").is_empty()
    assert state.months_back(2) == [DECEMBER, JANUARY]
    assert state.months_back(99)[0] == opened.opening_month


def test_a_column_added_later_reads_as_missing_in_older_months(opened: Book, tmp_path: Path) -> None:
    opening = opened.version(opened.opening_month, "opening") / "advances" / "part-000.parquet"
    pl.read_parquet(opening).drop("contract_reference").write_parquet(opening)
    run = MonthRun.begin(opened, DECEMBER, "r1", NIGHT)
    assert run.state.read(ADVANCES)["contract_reference"].to_list() == [None]
