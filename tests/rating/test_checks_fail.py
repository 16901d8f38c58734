"""Every check of the charge audit is seen failing: one wrong value in a good month, and the check that must see it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import polars as pl
import pytest

from pipeline.checks import rating as checks
from pipeline.checks.room import DECLARED, finding_of
from pipeline.storage.run import MonthRun
from tests.rating.conftest import MONTH

CHECKS = {declared.name for declared in DECLARED if declared.check.__module__ == checks.__name__}
Change = Callable[[pl.DataFrame], pl.DataFrame]
#: The only check that speaks of bills, not of the audit: this town's bills do not follow its registers.
OF_BILLS = "bills_follow_from_the_registers"


def _more(column: str, amount: object) -> Change:
    """The first row with another value."""
    first = pl.int_range(pl.len()) == 0
    return lambda frame: frame.with_columns(
        pl.when(first).then(pl.col(column) + pl.lit(amount)).otherwise(column).cast(frame.schema[column]).alias(column)
    )


def _without_first(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.slice(1)


def _followed(tariffs: pl.DataFrame) -> pl.DataFrame:
    """Every tariff left without an end, and another, a rouble dearer, from the first of the month."""
    opened = tariffs.with_columns(valid_to=pl.lit(None, dtype=pl.Date))
    dearer = opened.with_columns(pl.col("tariff_e6") + 1_000_000, valid_from=MONTH.first_day)
    return pl.concat([opened.filter(pl.col("valid_from") < MONTH.first_day), dearer.unique(maintain_order=True)])


def _billed_twice(charges: pl.DataFrame) -> pl.DataFrame:
    """The first line of housing once more, on the same document."""
    again = charges.filter(pl.col("service_code") == "housing").head(1)
    return pl.concat([charges, again.with_columns(pl.col("line_number") + 1000)])


def _sewage_dearer(charges: pl.DataFrame) -> pl.DataFrame:
    """Sewage that does not follow its water, of which the audit told nothing."""
    here = (pl.col("service_code") == "sewage") & (pl.col("basis_code") == "average")
    return charges.with_columns(pl.col("charged_kop") + pl.when(here).then(100).otherwise(0))


def _agreeing_differs(totals: pl.DataFrame) -> pl.DataFrame:
    rouble = pl.when(pl.col("outcome_code") == "agrees").then(Decimal("1.00")).otherwise(Decimal("0.00"))
    return totals.with_columns((pl.col("difference_rub") + rouble).cast(totals.schema["difference_rub"]))


WRONG = [
    ("every_billed_line_is_in_the_audit", "charge_audit_totals", _more("lines", 1)),
    ("every_billed_line_is_in_the_audit", "charge_audit_totals", _more("billed_rub", Decimal("0.01"))),
    ("every_billed_line_is_in_the_audit", "staged/charges", _without_first),
    ("differing_lines_add_up", "charge_audit", _more("rated_rub", Decimal("0.01"))),
    ("differing_lines_add_up", "charge_audit", _without_first),
    ("differing_lines_add_up", "charge_audit_totals", _agreeing_differs),
    ("differing_lines_are_billed", "charge_audit", _more("billed_rub", Decimal("1.00"))),
    ("plain_formulas_come_out_the_same", "charge_audit", _without_first),
    ("plain_formulas_come_out_the_same", "staged/tariffs", _more("tariff_e6", 1_000_000)),
    ("plain_formulas_come_out_the_same", "staged/tariffs", _followed),
    ("plain_formulas_come_out_the_same", "staged/charges", _billed_twice),
    ("plain_formulas_come_out_the_same", "staged/charges", _sewage_dearer),
]


NAMES = [f"{check}-{table}-{place}" for place, (check, table, _) in enumerate(WRONG)]


@pytest.mark.parametrize(("check", "table", "change"), WRONG, ids=NAMES)
def test_a_check_sees_a_wrong_value(spoiled: MonthRun, check: str, table: str, change: Change) -> None:
    assert finding_of(check, spoiled).passed
    for file in sorted((spoiled.folder / table).glob("*.parquet"))[:1]:
        change(pl.read_parquet(file)).write_parquet(file)

    assert not finding_of(check, spoiled).passed


def test_a_person_told_twice_is_one_on_both_paths(spoiled: MonthRun) -> None:
    for file in sorted((spoiled.folder / "staged/registrations").glob("*.parquet")):
        told = pl.read_parquet(file)
        named = told.with_columns(number=pl.int_ranges("persons_count")).explode("number").with_columns(
            person_id=pl.concat_str("premises_id", "number"), persons_count=pl.lit(None, dtype=pl.Int32)
        ).select(told.columns)
        pl.concat([named, named.with_columns(pl.col("valid_from").dt.offset_by("-1y"))]).write_parquet(file)

    assert finding_of("plain_formulas_come_out_the_same", spoiled).passed


@pytest.mark.parametrize("norm_e7", [10**10, 10**11, 10**18 - 1])
def test_a_norm_that_cannot_be_stops_no_month(spoiled: MonthRun, norm_e7: int) -> None:
    """From ten thousand units on the norm is left to the first path: its products would not fit a whole number."""
    for file in sorted((spoiled.folder / "staged/consumption_norms").glob("*.parquet")):
        pl.read_parquet(file).with_columns(norm_volume_e7=pl.lit(norm_e7, dtype=pl.Int64)).write_parquet(file)

    assert finding_of("plain_formulas_come_out_the_same", spoiled).passed == (norm_e7 >= 10**11)


def test_bills_that_leave_the_band_are_told(run: MonthRun) -> None:
    found = finding_of(OF_BILLS, run)

    assert not found.passed and "Домов, услуг и причин вне допуска" in found.sentence
    assert all("heating" in subject for subject in found.sample_ids)


def test_every_check_of_the_room_is_here() -> None:
    assert {check for check, *_ in WRONG} | {OF_BILLS} == CHECKS
