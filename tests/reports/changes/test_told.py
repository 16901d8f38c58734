"""What a comparison says of rows without a cause, and of people whom a message of the same night took off a list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest

from pipeline.checks.changes import of_causes
from pipeline.cli.changes import _show
from pipeline.reports.changes.telling import DEBTORS_TOLD

UNKNOWN = {"table_name": "quarantine", "measure_code": "rows", "cause_code": "unexplained", "facts": 3,
           "increase_rub": Decimal(0), "decrease_rub": Decimal(0), "net_rub": Decimal(0)}
LOST = UNKNOWN | {"table_name": "sms_list", "measure_code": "claimed", "facts": 1, "net_rub": Decimal("-755680.78")}


def test_rows_without_a_cause_are_told_in_words_and_roubles() -> None:
    finding = of_causes([UNKNOWN, LOST, UNKNOWN | {"cause_code": "time"}])

    assert (finding.passed, finding.found) == (False, 4)
    assert (finding.sample_ids, finding.difference) == (["Карантин", "Список: SMS"], "−755\u00a0680,78\u00a0₽")
    assert of_causes([]).passed


def test_causes_are_not_called_whole_beside_rows_without_one(capsys: pytest.CaptureFixture[str]) -> None:
    _show(SimpleNamespace(totals=[], causes=[UNKNOWN], untold=[], unexplained=[UNKNOWN]))  # type: ignore[arg-type]

    said = " ".join(capsys.readouterr().out.split())
    assert "Причины и строки без причины вместе равны разнице итогов до копейки." in said
    assert "БЕЗ ПРИЧИНЫ строк: 3" in said


def test_a_message_of_the_same_night_is_a_cause_where_the_debt_has_none(tmp_path: Path) -> None:
    """A: the debt itself changed. B: only the day of the last message. C: nothing. D: a message of the court track."""
    pl.DataFrame({
        "table_name": ["debtors"], "fact_key": ["A · U · notice"], "account_id": ["A"], "cause_code": ["new_payment"],
        "cause_reference": ["P1"],
    }).write_parquet(tmp_path / "part-000.parquet")
    before = pl.DataFrame({
        "account_id": ["A", "B", "C", "D"], "creditor_id": "U", "track_code": ["notice", "notice", "notice", "court"],
        "previous_stage_on": [None, None, date(2026, 5, 1), None],
    }, schema_overrides={"previous_stage_on": pl.Date})
    after = before.with_columns(previous_stage_on=pl.when(pl.col("account_id") != "C").then(
        pl.lit(date(2026, 6, 20))).otherwise("previous_stage_on"))
    with duckdb.connect() as sql:
        sql.execute("CREATE SCHEMA before")
        for schema, rows in (("before", before), ("main", after)):
            rows.write_parquet(tmp_path / f"{schema}.parquet")
            sql.execute(f"CREATE TABLE {schema}.debtors AS FROM read_parquet('{tmp_path}/{schema}.parquet')")
        sql.execute(DEBTORS_TOLD, {"parts": [str(tmp_path / "part-000.parquet")]})

        told = sql.execute("FROM debtors_told ORDER BY account_id").fetchall()

    assert told == [("A", "new_payment", "P1"), ("B", "dispatch", "20.06.2026")]
