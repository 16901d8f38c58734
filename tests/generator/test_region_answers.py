"""A region of 3,000 accounts through two real months: what comes out is what the generator says must come out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.generator import generate
from pipeline.generator.slips.charges import WRONG_TARIFF
from pipeline.generator.slips.readings import NO_POINT
from tests.generator.region_answers import differences
from tests.town.books import computed_apart, raschet, succeeded

ACCOUNTS, MONTHS, AFTER = 3000, ("2025-12", "2026-01"), "2026-02-28"


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Opened, both months run and published; without a cast, whose answers are its stories'."""
    book = tmp_path_factory.mktemp("region") / "book"
    generate(book, accounts=ACCOUNTS, months=len(MONTHS), seed=1, stories=False)
    succeeded(raschet(book, "open"))
    computed_apart(book, MONTHS[0], MONTHS[-1], AFTER)
    return book


def test_every_account_owes_and_every_slip_ends_as_the_generator_says(region: Path) -> None:
    assert differences(region, MONTHS) == []


def test_every_kind_of_slip_hits_one_of_a_hundred(region: Path) -> None:
    slips = pl.read_parquet(sorted((region / "answers" / "slips").glob("*.parquet")), glob=False)
    # a wrong tariff is that of a whole house, one of a hundred: three thousand accounts have thirty houses
    of_accounts = slips.filter(pl.col("table_name") != "meter_readings", pl.col("kind_code") != WRONG_TARIFF)
    hit = dict(of_accounts.group_by("kind_code").agg(pl.struct("account_id", "billing_month").n_unique()).rows())

    assert len(hit) == 18
    assert all(0.004 < accounts / (ACCOUNTS * len(MONTHS)) < 0.02 for accounts in hit.values()), hit


def test_a_lost_point_is_recognised_with_the_register_that_was_meant(region: Path) -> None:
    slips = pl.read_parquet(sorted((region / "answers" / "slips").glob("*.parquet")), glob=False)
    lost = slips.filter(pl.col("kind_code") == NO_POINT)["row_id"]
    doubts = pl.concat(
        pl.read_parquet(sorted((region / "published" / f"run_month={month}" / "reading_doubts").glob("*.parquet")),
                        glob=False) for month in MONTHS
    ).filter(pl.col("reading_id").is_in(lost.implode()))

    assert doubts.height == lost.len() > 0
    explained = doubts.filter(pl.col("cause_code") == "decimal_slip")
    assert explained.height > 0.9 * doubts.height
    assert (explained["raw_value"] == explained["proposed_value"] * 1000).all()


def test_everything_that_happened_is_proposed_or_goes_back(region: Path) -> None:
    # the risers of a flat are billed as one: an inspection of both is answered by what the first one's says
    told = {
        event_id.replace("-c2-", "-cw-") for feed in ("absences", "quality_acts", "benefits", "meter_acts")
        for file in (region / "landing" / feed).glob("*/*-events.parquet")
        for event_id in pl.read_parquet(file)["event_id"]
    }
    answered = {
        name: set(pl.read_parquet(sorted((region / "published" / f"run_month={MONTHS[-1]}" / name).glob("*.parquet")),
                                  glob=False)["event_id"])
        for name in ("recalculations", "returned_applications")
    }

    assert 0.005 < len(told) / ACCOUNTS < 0.015
    assert told <= answered["recalculations"] | answered["returned_applications"]
    assert len(told & answered["recalculations"]) > len(told) / 2


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
