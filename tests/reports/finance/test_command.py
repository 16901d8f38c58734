"""The command `raschet finance`: where files lie, what it says of a wrong call, and a book without remittances."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.reports.finance.calendar import Span
from pipeline.reports.finance.papers import act_values, remittance_values
from pipeline.reports.finance.settlements import settlements
from pipeline.reports.finance.turnover import turnover
from tests.ingest.town import A2, Town, opened_town, payment, registry
from tests.town.books import copied, raschet_here, succeeded

FEBRUARY = BillingMonth(2026, 2)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """December of three flats, one document and one payment; nobody tells of remittances."""
    town = opened_town(tmp_path_factory.mktemp("bare") / "book")
    town.bill("D1")
    town.deliver("payments", date(2026, 1, 6), payment("P1", "60.00"))
    town.deliver("registries", date(2026, 1, 6), registry("R1", 1, "60.00"))
    town.close()
    return town


def test_files_lie_beside_the_version(town_copy: Path) -> None:
    said = succeeded(raschet_here(town_copy, "finance", "--calendar-month", "2026-05"))

    folder = town_copy / "reports" / "run_month=2026-04" / "finance" / "2026-05"
    assert str(folder) in said.replace("\n", "")
    months = pl.read_parquet(folder / "finance_turnover.parquet")["calendar_month"].unique()
    assert months.to_list() == [date(2026, 5, 1)]
    assert len(list(folder.glob("*/akt-sverki.pdf"))) == 9


def test_wrong_calls_are_told_in_one_russian_line(town_book: Path, tmp_path: Path) -> None:
    stranger = raschet_here(town_book, "finance", "--calendar-month", "2026-03", "--creditor", "nobody", "--out",
                            str(tmp_path))
    early = raschet_here(town_book, "finance", "--calendar-month", "2024-03")

    assert (stranger.exit_code, early.exit_code) == (2, 2)
    assert "получателя «nobody» в этом месяце нет; есть: eco, fund" in " ".join(stranger.output.split())
    assert "За март 2024 нет расчёта" in early.output
    assert not list(tmp_path.iterdir())


def test_a_book_without_remittances_guesses_nothing(bare: Town) -> None:
    told = turnover(bare.book, Span.of(BillingMonth(2026, 1)))
    one = next(one for one in settlements(told) if one.creditor_id == "U")

    assert told.broken == ()
    assert not told.is_remittance_known
    assert told.money.select("opening_rub", "remitted_rub", "commission_rub", "net_rub", "closing_rub").null_count(
    ).sum_horizontal().to_list() == [5 * told.money.height]
    assert told.money["collected_rub"].sum() == 60
    act, statement = act_values(told, one, "Центр"), remittance_values(told, one, "Центр")
    assert act["conclusion"] == "Сведений о перечислениях нет: остаток не выводится."
    assert act["closing"] == {"debit": "", "credit": ""}
    assert not statement["is_known"] and statement["totals"]["remitted"] == ""


def test_the_command_says_that_remittances_are_unknown(bare: Town, tmp_path: Path) -> None:
    said = succeeded(raschet_here(bare.root, "finance", "--calendar-month", "2026-01", "--out", str(tmp_path / "out")))

    assert "Сведений о перечислениях нет" in said
    assert (tmp_path / "out" / "U" / "akt-sverki.pdf").is_file()


def test_documents_are_dated_by_issue_and_money_by_arrival(bare: Town) -> None:
    months = (BillingMonth(2025, 12), BillingMonth(2026, 1))
    december, january = (turnover(bare.book, Span.of(month)) for month in months)

    assert (december.rows["billed_rub"].sum(), december.rows["paid_rub"].sum()) == (110, 0)
    assert (january.rows["billed_rub"].sum(), january.rows["paid_rub"].sum()) == (0, 60)
    assert january.rows["closing_rub"].sum() == 50


def test_what_comes_late_belongs_to_the_month_that_takes_it_in(bare: Town, tmp_path: Path) -> None:
    """A document issued in December, known in February: December stays as it was told."""
    late = Town(copied(bare.root, tmp_path / "book"), runs=bare.runs)
    before = turnover(late.book, Span.of(BillingMonth(2025, 12)))
    late.bill("D2", A2, name="late")
    for table in ("billing_documents", "charges"):
        came_late = late.root / "landing" / table / "received=2026-02-12"
        came_late.mkdir(parents=True)
        (late.root / "landing" / table / "received=2025-12-20" / "late.parquet").rename(came_late / "late.parquet")
    late.close(BillingMonth(2026, 1), date(2026, 3, 1))

    december, february = (turnover(late.book, Span.of(month)) for month in (BillingMonth(2025, 12), FEBRUARY))

    assert december.rows.equals(before.rows)
    assert (february.first_day, february.rows["billed_rub"].sum()) == (date(2026, 2, 1), 110)
    assert february.rows["opening_rub"].sum() == 50
    assert february.broken == ()
