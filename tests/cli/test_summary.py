"""The last screen of a run: what is counted in it, and that two counts of one thing are told apart."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.cli.summary import Audited, Counted, Messages, OnStage, audited_of, summary_of
from pipeline.cli.summary_screen import show_summary
from pipeline.money import roubles_of
from tests.debt import town as debt_town
from tests.queue import town


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of a night on which six rows were refused, and seven documents and rows of all months wait."""
    return town.computed(town.book_at(tmp_path_factory.mktemp("summary") / "book")).folder


def test_refused_rows_of_the_month_and_those_that_wait_are_two_figures(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = summary_of(night, town.MONTH)
    show_summary(found, state="", following="", is_closed=True, show_changes=lambda: None)

    shown = [line.split("|")[1:3] for line in capsys.readouterr().out.splitlines() if line.startswith("|Карантин")]
    assert (found.refused, found.undecided) == (6, 7)
    assert [(name.strip().partition(" (")[0], count.strip()) for name, count in shown] == [
        ("Карантин: отклонено строк в этом месяце", "6"),
        ("Карантин: открыто всего, ждёт решения", "7"),
    ]


def test_rows_of_deliveries_are_called_received_since_refused_ones_are_among_them(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_summary(summary_of(night, town.MONTH), state="", following="", is_closed=True, show_changes=lambda: None)

    shown = capsys.readouterr().out
    assert "Получено строк" in shown and "Принято строк" not in shown


def test_a_debtor_stands_by_what_was_sent_and_by_what_comes_next(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = summary_of(night, town.MONTH)
    show_summary(found, state="", following="", is_closed=True, show_changes=lambda: None)

    assert OnStage("notice", "none", "sms", False, 1, roubles_of(25000)) in found.debtors
    assert "уже отправлено" in capsys.readouterr().out


def test_what_follows_reminders_is_counted_where_there_is_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A night with a warned service, a service to give back, three cases and an instalment that is kept."""
    run = debt_town.computed(debt_town.book_at(tmp_path / "book"))
    found = dict(summary_of(run.folder, debt_town.MONTH).further)

    assert (found["restriction"].rows, found["restore"].rows) == (1, 1)
    assert found["restriction"].rub == roubles_of(45000)
    assert found["cases"].rows == 2
    assert found["kept"] == (1, roubles_of(90000))
    assert found["writs"].rows == 1
    assert "broken" not in found


def replaced(night: Path, to: Path, **tables: dict[str, list[object]]) -> Path:
    """The night with other rows in some tables, of the columns that are read."""
    shutil.copytree(night, to)
    for name, columns in tables.items():
        shutil.rmtree(to / name, ignore_errors=True)
        (to / name).mkdir()
        frame = pl.DataFrame({column: pl.Series(values, dtype=pl.Decimal(18, 2) if column.endswith("_rub") else None)
                              for column, values in columns.items()})
        frame.write_parquet(to / name / "part-000.parquet")
    return to


def test_notices_before_court_and_claims_have_rows(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two notices on 150.00 of principal; a claim of 84.00 and 11.00 of penalties, whose price has no duty in it."""
    folder = replaced(
        night, tmp_path / "night", pretrial_notices={"claimed_rub": [Decimal("100.00"), Decimal("50.00")]},
        claim_list={"claimed_rub": [Decimal("84.00")], "penalty_rub": [Decimal("11.00")],
                    "duty_rub": [Decimal("4000.00")]},
    )
    found = summary_of(folder, town.MONTH)
    show_summary(found, state="", following="", is_closed=False, show_changes=lambda: None)

    assert dict(found.further)["pretrial"] == (2, Decimal("150.00"))
    assert dict(found.further)["claims"] == (1, Decimal("95.00"))
    shown = capsys.readouterr().out
    assert "Предупредить о суде письмом: основной долг" in shown
    assert "Подать иск после отмены приказа: цена иска, без госпошлины" in shown


def test_what_messages_leave_out_is_told(night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Due: 100 + 50 of reminders and calls; 30 of them out of limitation, lists ask for 100: 20 wait. What is not due,
    and what is for court, does not count."""
    debtors = {
        "account_id": ["a", "b", "c", "d"], "track_code": ["notice", "notice", "notice", "court"],
        "previous_stage_code": [None, None, None, None],
        "stage_code": ["reminder", "call", "none", "court_order"],
        "next_action_code": ["reminder", "call", "sms", "court_order"],
        "claimed_rub": [Decimal(100), Decimal(50), Decimal(70), Decimal(90)],
        "barred_rub": [Decimal(30), Decimal(0), Decimal(70), Decimal(0)],
    }
    lists = {
        "list_code": ["call_list", "court_list", "sms_list"], "status_code": ["ready"] * 3, "rows": [1, 1, 1],
        "total_rub": [Decimal(50), Decimal(90), Decimal(50)], "awaited": [["x"], ["x"], ["x"]],
    }
    found = summary_of(replaced(night, tmp_path / "night", debtors=debtors, debtor_lists=lists), town.MONTH)
    show_summary(found, state="", following="", is_closed=False, show_changes=lambda: None)

    assert found.told_by_message == Messages(Decimal(150), Decimal(30), Decimal(20))
    said = " ".join(capsys.readouterr().out.replace("\u00a0", " ").split())
    assert ("В SMS и звонках меньше, чем пора напомнить (150,00 ₽): не вошли 30,00 ₽ — исковая давность истекла; "
            "20,00 ₽ — список ждёт реестры, некуда писать, недавно писали или нет места в ночи.") in said
    assert "court_list (в суд): основной долг, без пеней и госпошлины" in said


def test_bills_that_differ_are_told_by_who_loses(tmp_path: Path) -> None:
    """Three lines differ: 12.00 and 0.01 too much, 5.00 too little; of 1 000.00 billed 900.00 could be counted anew."""
    told = {
        "charge_audit_totals": {"outcome_code": ["agrees", "differs", "not_audited"],
                                "billed_rub": [Decimal("700.00"), Decimal("200.00"), Decimal("100.00")]},
        "charge_audit": {"difference_rub": [Decimal("12.00"), Decimal("0.01"), Decimal("-5.00")]},
    }
    for table, columns in told.items():
        (tmp_path / table).mkdir()
        pl.DataFrame(columns).write_parquet(tmp_path / table / "part-000.parquet")

    assert audited_of(tmp_path) == Audited(
        Decimal("1000.00"), Decimal("900.00"), Counted(2, Decimal("12.01")), Counted(1, Decimal("5.00"))
    )


def test_the_share_audited_is_on_the_screen(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_summary(summary_of(night, town.MONTH), state="", following="", is_closed=True, show_changes=lambda: None)
    shown = [line for line in capsys.readouterr().out.splitlines() if "Проверено по реестрам" in line]
    assert len(shown) == 1 and "100,0" in shown[0]
