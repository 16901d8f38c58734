"""What goes back to whoever bills, through a book: every answer is told, its checks are seen failing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.acceptance  # noqa: F401 - declares the checks
from pipeline.checks.room import finding_of
from pipeline.contracts.acceptance import ACCEPTANCE_LINES, BATCH_ACCEPTANCE
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.storage.run import MonthRun
from tests.recalculation.town import APPLIED_ON, FLATS, absence, act, billed_town, night

ANSWERED, ADDED = "every_proposal_is_answered", "batches_add_up_to_what_was_proposed"
Spoil = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """A1 was away, the whole house was cold."""
    town = billed_town(tmp_path_factory.mktemp("answered") / "book")
    town.deliver("absences", APPLIED_ON, absence(1))
    town.deliver("quality_acts", APPLIED_ON, act(1))
    return night(town)


def test_every_proposal_is_told_with_its_batch(run: MonthRun) -> None:
    proposals, lines, batches = (run.read(table) for table in (RECALCULATIONS, ACCEPTANCE_LINES, BATCH_ACCEPTANCE))

    assert sorted(lines["answer_id"]) == sorted(proposals["proposal_id"]) and lines.height == len(FLATS) + 2
    assert set(lines["outcome_code"]) == {"open", "waiting"}
    assert set(batches["cause_code"]) == {"absence", "bad_quality"}
    assert batches["proposed_kop"].sum() == proposals["difference_kop"].sum() < 0
    assert (batches["open_kop"] + batches["waiting_kop"]).equals(batches["proposed_kop"])
    assert [finding_of(name, run).passed for name in (ANSWERED, ADDED)] == [True, True]


def _first(name: str, value: pl.Expr) -> Spoil:
    is_first = pl.int_range(pl.len()) == 0
    return lambda rows: rows.with_columns(
        pl.when(is_first).then(value).otherwise(name).cast(rows.schema[name]).alias(name)
    )


FAULTS: list[tuple[str, str, Spoil]] = [
    (ANSWERED, "acceptance_lines", lambda rows: rows.slice(1)),
    (ANSWERED, "acceptance_lines", _first("outcome_code", pl.lit("accepted"))),
    (ANSWERED, "acceptance_lines", _first("proposed_rub", pl.col("proposed_rub") + 1)),
    (ANSWERED, "staged/charges", _first("batch_id", pl.lit("2025-11:absence:c1"))),
    (ADDED, "batch_acceptance", lambda rows: rows.slice(1)),
    (ADDED, "batch_acceptance", _first("open_rub", pl.col("open_rub") + 1)),
    (ADDED, "batch_acceptance", _first("proposed_rub", pl.col("proposed_rub") - 1)),
    (ADDED, "batch_acceptance", _first("unmet", pl.lit(1))),
    (ADDED, "acceptance_lines", _first("outcome_code", pl.lit("refused"))),
]


@pytest.fixture
def spoiled(run: MonthRun) -> Iterator[Callable[[str, Spoil], None]]:
    """Spoils the first file of a table; everything is put back afterwards."""
    kept: dict[Path, bytes] = {}

    def spoil(table: str, change: Spoil) -> None:
        file = next(one for one in sorted((run.folder / table).glob("*.parquet")) if pl.read_parquet(one).height)
        kept[file] = file.read_bytes()
        change(pl.read_parquet(file)).write_parquet(file)

    yield spoil
    for file, content in kept.items():
        file.write_bytes(content)


@pytest.mark.parametrize(("name", "table", "change"), FAULTS)
def test_a_wrong_answer_is_seen(
    name: str, table: str, change: Spoil, run: MonthRun, spoiled: Callable[[str, Spoil], None]
) -> None:
    spoiled(table, change)
    assert not finding_of(name, run).passed
