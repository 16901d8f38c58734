"""Santa Monica's water through the command line: the verdict of every reading, all the volume, every estimate.

What is compared and why: docs/real-data.md. The data lie outside the repository.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.money import format_rub
from tests.real import santa_monica_results
from tests.real.printed import differing_results
from tests.real.ran_months import RanMonths, raschet
from tests.real.santa_monica_biller import bills
from tests.real.santa_monica_book import as_documents
from tests.real.santa_monica_expected import ACCEPTED, verdicts
from tests.real.santa_monica_file import FILE, MISSING, NOBODY, known

pytestmark = [
    pytest.mark.real, pytest.mark.skipif(not FILE.is_file(), reason=MISSING), pytest.mark.timeout(4 * 3600),
]
ESTIMATES = ["average", "norm"]


@pytest.fixture(scope="module")
def ran(ran_months: RanMonths) -> RanMonths:
    return ran_months


@pytest.fixture(scope="module")
def billed(ran: RanMonths) -> pl.DataFrame:
    return as_documents(bills(ran.rows, ran.last.first_day))


def test_every_month_but_the_last_is_closed(ran: RanMonths) -> None:
    assert ran.closed == ran.months[:-1]
    assert ran.faults == []


def test_only_nobodys_readings_are_refused(ran: RanMonths, billed: pl.DataFrame) -> None:
    delivered, refused = ran.every("deliveries"), ran.every("quarantine")
    read = delivered.filter(pl.col("table_name") == "meter_readings")

    assert read["received_rows"].sum() == ran.rows.height
    assert read["accepted_rows"].sum() == known(ran.rows).height
    assert refused.height == ran.rows.filter(pl.col("customer") == NOBODY).height
    assert set(refused.select("table_name", pl.col("rule_ids").list.join(",")).iter_rows()) <= {
        ("meter_readings", "unknown_meter")
    }
    assert delivered.filter(pl.col("table_name") == "charges")["accepted_rows"].sum() == billed.height


def test_every_reading_has_the_verdict_that_its_meters_rows_tell(ran: RanMonths) -> None:
    expected = verdicts(ran.rows).with_columns(
        reading_id=pl.format("{}-{}", "meter_id", pl.col("month").dt.strftime("%Y-%m"))
    ).select("reading_id", "month", "verdict_code", "volume_e7").sort("reading_id")
    found = ran.every("consumption", "reading_id", "charge_month", "verdict_code", "volume_e7").select(
        "reading_id", pl.col("charge_month").alias("month"), "verdict_code",
        pl.when(pl.col("verdict_code") == ACCEPTED).then("volume_e7").alias("volume_e7"),
    ).sort("reading_id")

    assert found.equals(expected)


def test_the_volume_of_every_meter_is_accepted_or_waits(ran: RanMonths) -> None:
    accepted = ran.every("consumption", "meter_id", "verdict_code", "volume_e7").filter(
        pl.col("verdict_code") == ACCEPTED
    ).group_by("meter_id").agg(accepted_e7=pl.col("volume_e7").sum())
    memory = ran.table("meter_memory", ran.last).select("meter_id", "last_value_e7")
    held = known(ran.rows).group_by("meter_id").agg(used_e7=pl.col("usage_e7").sum()).join(
        accepted, on="meter_id", how="left"
    ).join(memory, on="meter_id", how="left")
    waiting = held["used_e7"].sum() - held["last_value_e7"].sum()

    assert held["accepted_e7"].to_list() == held["last_value_e7"].to_list()
    assert (held["used_e7"] >= held["last_value_e7"]).all()
    assert waiting == known(ran.rows)["usage_e7"].sum() - held["accepted_e7"].sum()


def test_the_months_of_a_reading_sum_to_its_volume(ran: RanMonths) -> None:
    """The part of its own month is never more than the whole."""
    told = ran.every("consumption", "verdict_code", "volume_e7", "month_volume_e7").filter(
        pl.col("verdict_code") == ACCEPTED
    )

    assert told.filter(~pl.col("month_volume_e7").is_between(0, pl.col("volume_e7"))).is_empty()


def test_every_estimate_is_settled_given_up_or_open(ran: RanMonths, billed: pl.DataFrame) -> None:
    lines = ran.every("unconfirmed_charges", "document_id", "basis_code", "settled_code", "volume_e7").filter(
        pl.col("basis_code").is_in(ESTIMATES)
    )
    settled = lines.drop_nulls("settled_code")
    still = lines.filter(pl.col("settled_code").is_null(), pl.col("run_month") == ran.last.first_day)
    estimates = billed.filter(pl.col("basis_code").is_in(ESTIMATES)).select("document_id", "volume_e7")
    found = pl.concat([settled, still]).select("document_id", "volume_e7")

    assert found.sort("document_id").equals(estimates.sort("document_id"))


def test_nothing_was_paid(ran: RanMonths, billed: pl.DataFrame) -> None:
    owed = ran.table("open_items", ran.last)

    assert owed["outstanding_kop"].sum() == billed["payable_kop"].sum()


def test_the_results_are_those_of_the_document(
    ran: RanMonths, billed: pl.DataFrame, extent: str, update_golden: bool
) -> None:
    text, charts = santa_monica_results.results(ran, billed), santa_monica_results.charts(ran, billed)

    assert differing_results("readings", extent, text, charts, update=update_golden) == []


def test_the_months_report_shows_the_debt_of_the_real_book(ran: RanMonths, tmp_path: Path) -> None:
    raschet("report", ran.book.root, "--month", str(ran.last), "--out", str(tmp_path))

    owed = int(ran.table("open_items", ran.last)["outstanding_kop"].sum())
    assert format_rub(owed) in (tmp_path / "report.html").read_text(encoding="utf-8")
