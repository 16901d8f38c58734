"""The charge audit of a month: what differs is told line by line, what agrees in sums, the rest by its reason."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipeline.contracts.rating import CHARGE_AUDIT, CHARGE_AUDIT_TOTALS
from pipeline.storage.run import MonthRun
from tests.rating.conftest import FLAT, SAMPLE, audited_town


def _totals(run: MonthRun) -> pl.DataFrame:
    return run.read(CHARGE_AUDIT_TOTALS)


def test_only_what_the_registers_do_not_say_differs(run: MonthRun) -> None:
    differing = run.read(CHARGE_AUDIT)

    heating = differing.filter(pl.col("service_code") == "heating")
    assert set(heating["cause_code"]) == {"tariff", "area"} and heating.height > 50
    assert heating.filter(pl.col("cause_code") == "tariff")["difference_kop"].max() < 0
    flat = differing.filter(pl.col("account_id") == _account(FLAT, run), pl.col("service_code") == "housing").row(
        0, named=True
    )
    assert (flat["cause_code"], flat["difference_kop"]) == ("area", 77_20)
    assert flat["billed_volume_e7"] - flat["rated_volume_e7"] == 2 * 10**7
    assert set(differing["service_code"]) == {"heating", "housing", "capital_repair", "waste"}


def _account(flat: str, run: MonthRun) -> str:
    accounts = run.read_staged("accounts").filter(pl.col("premises_id") == flat)
    return str(accounts["account_id"][0])


def test_insurance_has_no_formula_and_all_else_is_audited(run: MonthRun) -> None:
    not_audited = _totals(run).filter(pl.col("outcome_code") == "not_audited")

    assert set(not_audited["service_code"]) == {"insurance"} and set(not_audited["cause_code"]) == {"formula_unknown"}


def test_a_book_without_the_registers_goes_on_and_says_why(tmp_path: Path) -> None:
    root = tmp_path / "book"
    shutil.copytree(SAMPLE, root)
    for table in ("tariffs", "consumption_norms", "registrations"):
        shutil.rmtree(root / "landing" / table)

    totals = _totals(audited_town(root))

    reasons = totals.group_by("outcome_code", "cause_code").agg(pl.col("billed_kop").sum()).sort("cause_code")
    assert set(reasons["outcome_code"]) == {"not_audited"}
    # of common property it is the norms that are asked for first: they tell it from what a house meter measured
    assert set(reasons["cause_code"]) == {"formula_unknown", "no_tariffs", "no_norms"}
    assert Decimal(int(totals["billed_kop"].sum())) > 0


def test_norms_alone_are_missing(tmp_path: Path) -> None:
    root = tmp_path / "book"
    shutil.copytree(SAMPLE, root)
    shutil.rmtree(root / "landing" / "consumption_norms")

    totals = _totals(audited_town(root)).filter(pl.col("outcome_code") == "not_audited")

    assert set(totals["cause_code"]) == {"formula_unknown", "no_norms"}
    assert "electricity" not in set(totals.filter(pl.col("cause_code") == "no_norms")["service_code"])
