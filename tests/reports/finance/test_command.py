"""The command `raschet finance`: where files lie, what it says of a wrong call, and a book without remittances."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import rmtree
from subprocess import PIPE, Popen
from typing import Any

import polars as pl
import pytest

import pipeline.checks.ledger  # noqa: F401  declares the checks that are asked for by name
from pipeline.assets import ledger
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.checks.room import finding_of
from pipeline.cli.finance import _written as finance_written
from pipeline.contracts.ledger import CREDITOR_FUNDS
from pipeline.rendering.letters import pdf
from pipeline.reports.finance.calendar import Span
from pipeline.reports.finance.papers import act_values, remittance_values
from pipeline.reports.finance.settlements import settlements
from pipeline.reports.finance.turnover import turnover
from pipeline.storage.publish import StateChanged
from tests.ingest.town import A2, Town, opened_town, payment, registry
from tests.town.books import copied, raschet_here, succeeded, version_of

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


def sent(creditor_id: str, gross: str) -> dict[str, Any]:
    """A remittance of 10 February without a fee."""
    return {"remittance_id": "S1", "creditor_id": creditor_id, "remitted_on": date(2026, 2, 10),
            "counted_until": date(2026, 2, 9), "gross_rub": Decimal(gross), "commission_rub": Decimal("0.00"),
            "net_rub": Decimal(gross)}


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
    assert act["conclusion"] == "Сведений о перечислениях нет: остатки денег у центра не выводятся."
    assert act["closing"] == {"debit": "", "credit": ""}
    assert not statement["is_known"] and statement["totals"]["remitted"] == ""


def test_the_command_says_that_remittances_are_unknown(bare: Town, tmp_path: Path) -> None:
    said = succeeded(raschet_here(bare.root, "finance", "--calendar-month", "2026-01", "--out", str(tmp_path / "out")))

    assert "Сведений о перечислениях нет" in said
    assert (tmp_path / "out" / "U" / "akt-sverki.pdf").is_file()


def test_remittances_that_begin_later_tell_no_balance(bare: Town, tmp_path: Path) -> None:
    """December's book knew of none: what was passed on before is not known, what is passed on now is."""
    late = Town(copied(bare.root, tmp_path / "book"), runs=bare.runs)
    late.deliver("remittances", date(2026, 2, 10), sent("U", "40.00"))
    run = late.close(BillingMonth(2026, 1), date(2026, 3, 1))

    assert finding_of("funds_of_creditors_roll_forward", run).passed
    told = turnover(late.book, Span.of(FEBRUARY))
    one = next(one for one in settlements(told) if one.creditor_id == "U")
    money = one.money
    assert (money["opening_rub"], money["closing_rub"]) == (None, None)
    assert (money["remitted_rub"], money["commission_rub"]) == (Decimal("40.00"), Decimal("0.00"))
    assert told.broken == ()
    act, statement = act_values(told, one, "Центр"), remittance_values(told, one, "Центр")
    sentence = "Сведения о перечислениях есть не за все месяцы участка: остатки денег у центра не выводятся."
    assert (act["conclusion"], act["unknown"]) == (sentence, sentence)
    assert act["opening"] == act["closing"] == {"debit": "", "credit": ""}
    assert statement["totals"]["remitted"] == "40,00" and statement["totals"]["closing"] == ""
    assert pdf("remittance.typ", statement, made_on=told.last_day)


def test_a_month_closed_without_the_table_of_funds_leaves_balances_unknown(bare: Town, tmp_path: Path) -> None:
    late = Town(copied(bare.root, tmp_path / "book"), runs=bare.runs)
    rmtree(version_of(late.root, BillingMonth(2025, 12)).folder / CREDITOR_FUNDS.name)
    late.deliver("payments", date(2026, 2, 6), payment("P2", "5.00", received_on=date(2026, 2, 6), registry_id="R2"))
    late.deliver("remittances", date(2026, 2, 10), sent("U", "2.00"))
    run = late.run(date(2026, 2, 28), BillingMonth(2026, 1))
    ledger.compute(run)

    told = run.read(CREDITOR_FUNDS).filter(creditor_id="U").row(0, named=True)
    assert (told["opening_kop"], told["closing_kop"], told["remitted_kop"]) == (None, None, 200)
    assert told["is_remittance_known"]
    assert finding_of("funds_of_creditors_roll_forward", run).passed


def test_capital_repair_through_the_centre_is_no_own_account(bare: Town, tmp_path: Path) -> None:
    late = Town(copied(bare.root, tmp_path / "book"), runs=bare.runs)
    arrived = {"received_on": date(2026, 2, 6), "paid_at": datetime(2026, 2, 5, 12, tzinfo=MOSCOW), "registry_id": "R2"}
    late.deliver("payments", date(2026, 2, 6), payment("P2", "2.00", purpose_code="capital_repair", **arrived),
                 payment("P3", "1.00", designated_creditor_id="F", registry_row=2, **arrived))
    late.deliver("registries", date(2026, 2, 6), registry("R2", 2, "3.00", received_on=date(2026, 2, 6)))
    run = late.close(BillingMonth(2026, 1), date(2026, 3, 1))

    assert finding_of("collected_money_equals_movements", run).passed
    told = turnover(late.book, Span.of(FEBRUARY))
    of_fund = told.rows.filter(creditor_id="F")
    assert (of_fund["paid_online_rub"].sum(), of_fund["paid_own_account_rub"].sum()) == (2, 1)
    assert told.money.filter(creditor_id="F").select("collected_rub", "own_account_rub").row(0) == (2, 1)
    assert told.broken == ()


def test_nothing_is_shown_of_a_version_that_was_replaced_meanwhile(bare: Town) -> None:
    told = turnover(bare.book, Span.of(BillingMonth(2026, 1)))
    manifest = told.months[-1].version.manifest
    older = replace(told.months[-1].version, manifest=manifest | {"run": manifest["run"] | {"run_id": "replaced"}})
    months = (*told.months[:-1], replace(told.months[-1], version=older))

    with pytest.raises(StateChanged, match="Месяц 2025-12 за это время опубликован заново"):
        finance_written(bare.book, replace(told, months=months), None, None)
    assert not bare.book.latest_reports(BillingMonth(2025, 12)).exists()
    assert not bare.book.reports_of(BillingMonth(2025, 12), "replaced").exists()


def test_a_book_in_use_is_not_written_beside(bare: Town) -> None:
    hold = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=1); input()"
    with Popen([sys.executable, "-c", hold, str(bare.root / ".lock")], stdin=PIPE, stdout=PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        busy = raschet_here(bare.root, "finance", "--calendar-month", "2026-01")
        holder.communicate("\n")

    assert busy.exit_code != 0
    assert "Участок занят" in busy.output
    assert not bare.book.latest_reports(BillingMonth(2025, 12)).exists()


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
