"""The last screen of a run: what is counted in it, and that two counts of one thing are told apart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.cli.summary import Audited, Counted, OnStage, audited_of, summary_of
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
