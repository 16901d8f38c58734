"""New York's water bills through the command line: the fate of every row, the debt of every account, all the money.

What is compared and why: docs/real-data.md. The data lie outside the repository.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from pipeline.money import format_rub
from tests.real import nycha_results
from tests.real.nycha_book import as_documents
from tests.real.nycha_expected import ACCEPTED, QUARANTINED, REPEATED, Judged, expected
from tests.real.nycha_file import FILE, MISSING
from tests.real.printed import differing_results
from tests.real.ran_months import RanMonths, raschet

pytestmark = [
    pytest.mark.real, pytest.mark.skipif(not FILE.is_file(), reason=MISSING), pytest.mark.timeout(4 * 3600),
]
TABLES = {"billing_documents": "header", "charges": "line"}


@pytest.fixture(scope="module")
def ran(ran_months: RanMonths) -> RanMonths:
    return ran_months


@pytest.fixture(scope="module")
def judged(ran: RanMonths) -> list[Judged]:
    return expected(as_documents(ran.rows))


def test_every_month_but_the_last_is_closed(ran: RanMonths) -> None:
    assert ran.closed == ran.months[:-1]
    assert ran.faults == []


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_the_fate_that_the_file_tells(ran: RanMonths, judged: list[Judged], name: str) -> None:
    fates = Counter((told.row["billing_month"], getattr(told, TABLES[name])[0]) for told in judged)
    delivered = ran.every("deliveries").filter(pl.col("table_name") == name)

    assert delivered.height == len(ran.months)
    for row in delivered.iter_rows(named=True):
        month = row["run_month"]
        assert row["accepted_rows"] == fates[month, ACCEPTED], month
        assert row["repeated_rows"] == fates[month, REPEATED], month
        assert row["quarantined_rows"] == fates[month, QUARANTINED], month
        assert row["received_rows"] == sum(fates[month, fate] for fate in (ACCEPTED, REPEATED, QUARANTINED)), month


@pytest.mark.parametrize("name", TABLES)
def test_every_refused_row_has_the_reason_that_the_file_tells(
    ran: RanMonths, judged: list[Judged], name: str
) -> None:
    reasons = Counter(
        (told.row["billing_month"], told.row["document_id"], getattr(told, TABLES[name])[1]) for told in judged
        if getattr(told, TABLES[name])[0] == QUARANTINED
    )
    found = ran.every("quarantine").filter(pl.col("table_name") == name).select(
        "run_month", pl.col("original_values").str.json_path_match("$.document_id"), pl.col("rule_ids").list.join(",")
    )

    assert Counter(found.iter_rows()) == reasons


def test_nothing_else_was_refused_or_suspended(ran: RanMonths) -> None:
    assert set(ran.every("quarantine")["table_name"]) <= set(TABLES)
    assert ran.every("suspended_payments").is_empty()


def test_the_debt_of_every_account_at_every_month_is_the_sum_of_its_bills(
    ran: RanMonths, judged: list[Judged]
) -> None:
    live = pl.DataFrame(
        [(told.row["account_id"], told.row["billing_month"], told.row["payable_kop"]) for told in judged
         if told.is_live],
        schema={"account_id": pl.String, "billing_month": pl.Date, "payable_kop": pl.Int64}, orient="row",
    )
    owed = ran.every("open_items", "account_id", "outstanding_kop")
    for month in ran.months:
        expected_then = live.filter(pl.col("billing_month") <= month.first_day).group_by("account_id").agg(
            pl.col("payable_kop").sum()
        ).filter(pl.col("payable_kop") != 0).sort("account_id")
        found = owed.filter(pl.col("run_month") == month.first_day).group_by("account_id").agg(
            pl.col("outstanding_kop").sum()
        ).filter(pl.col("outstanding_kop") != 0).sort("account_id")
        assert found.rows() == expected_then.rows(), month


def test_the_money_of_the_file_is_owed_replaced_or_refused(ran: RanMonths, judged: list[Judged]) -> None:
    once = ran.rows.unique("document_id", keep="first")["payable_kop"].sum()
    refused = {told.row["document_id"]: told.row["payable_kop"] for told in judged if told.header[0] == QUARANTINED}
    standing = {told.row["document_id"]: told for told in judged if told.header[0] == ACCEPTED}
    replaced = sum(told.row["payable_kop"] for told in standing.values() if not told.is_live)
    owed = ran.table("open_items", ran.last)["outstanding_kop"].sum()

    assert once == owed + replaced + sum(refused.values())


def test_nobody_paid_so_nobody_earned_anything(ran: RanMonths) -> None:
    assert ran.every("payment_allocations").is_empty()
    assert not ran.every("eligibility")["is_eligible"].any()


def test_the_results_are_those_of_the_document(
    ran: RanMonths, judged: list[Judged], extent: str, update_golden: bool
) -> None:
    text, charts = nycha_results.results(ran, judged), nycha_results.charts(ran)

    assert differing_results("bills", extent, text, charts, update=update_golden) == []


def test_the_months_report_shows_the_debt_of_the_real_book(ran: RanMonths, tmp_path: Path) -> None:
    raschet("report", ran.book.root, "--month", str(ran.last), "--out", str(tmp_path))

    owed = int(ran.table("open_items", ran.last)["outstanding_kop"].sum())
    assert format_rub(owed) in (tmp_path / "report.html").read_text(encoding="utf-8")
