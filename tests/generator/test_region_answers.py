"""A region of 3,000 accounts through two real months: what comes out is what the generator says must come out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.generator import generate
from tests.generator.region_answers import differences
from tests.town.books import raschet, succeeded

ACCOUNTS, MONTHS, AFTER = 3000, ("2025-12", "2026-01"), "2026-02-28"


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Opened, both months run and published; without a cast, whose answers are its stories'."""
    book = tmp_path_factory.mktemp("region") / "book"
    generate(book, accounts=ACCOUNTS, months=len(MONTHS), seed=1, stories=False)
    succeeded(raschet(book, "open"))
    succeeded(raschet(book, "run", "--from", MONTHS[0], "--month", MONTHS[-1], "--as-of", AFTER))
    return book


def test_every_account_owes_and_every_slip_ends_as_the_generator_says(region: Path) -> None:
    assert differences(region, MONTHS) == []


def test_every_kind_of_slip_hits_one_of_a_hundred(region: Path) -> None:
    slips = pl.read_parquet(sorted((region / "answers" / "slips").glob("*.parquet")), glob=False)
    of_accounts = slips.filter(pl.col("table_name") != "meter_readings")
    hit = dict(of_accounts.group_by("kind_code").agg(pl.struct("account_id", "billing_month").n_unique()).rows())

    assert len(hit) == 15
    assert all(0.004 < accounts / (ACCOUNTS * len(MONTHS)) < 0.02 for accounts in hit.values()), hit


FIRST = pl.int_range(pl.len()) == 0
REFUSED = pl.col("fate_code") == "quarantined"
FIRST_REFUSED = REFUSED & (REFUSED.cum_sum() == 1)


@pytest.mark.parametrize(("folder", "change"), [
    ("accounts", pl.col("owed_kop") + pl.when(FIRST).then(1).otherwise(0)),
    ("accounts", pl.col("is_incomplete") ^ FIRST),
    ("slips", pl.when(FIRST_REFUSED).then(pl.lit("another")).otherwise("reason_code").alias("reason_code")),
])
def test_one_wrong_answer_is_noticed(region: Path, tmp_path: Path, folder: str, change: pl.Expr) -> None:
    for name in ("published", "answers.yaml"):
        (tmp_path / name).symlink_to(region / name)
    for kind in ("accounts", "slips"):
        answers = pl.read_parquet(sorted((region / "answers" / kind).glob("*.parquet")), glob=False)
        (tmp_path / "answers" / kind).mkdir(parents=True)
        wrong = answers.with_columns(change) if kind == folder else answers
        wrong.write_parquet(tmp_path / "answers" / kind / "district-001.parquet")

    assert len(differences(tmp_path, MONTHS)) in (1, 2)
