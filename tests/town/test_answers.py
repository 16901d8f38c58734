"""The sample town tells what was planted in it: every decision and promise of `answers.yaml`, story by story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.debt_decisions import DOUBTS
from pipeline.contracts.queue import KINDS
from tests.case_files import told
from tests.generator.planted import CHECKS, MONTHS, Published
from tests.town.books import SAMPLE
from tests.town.promises import DETAILS, FURTHER, queue_row

STORIES: dict[str, dict[str, Any]] = told(SAMPLE / "answers.yaml")["stories"]
JUDGES = {**CHECKS, **FURTHER}
PROMISES = [(slug, name) for slug, story in STORIES.items() for name in story.get("promises", {}) if name in JUDGES]
QUEUED = [row for story in STORIES.values() for row in story.get("promises", {}).get("queued", [])]
DECISIONS = [
    (slug, role, month)
    for slug, story in STORIES.items() for role, months in story.get("eligibility", {}).items() for month in months
]


@pytest.fixture(scope="module")
def published(town_book: Path) -> Published:
    return Published(town_book)


@pytest.fixture(scope="module")
def decisions(town_book: Path) -> pl.DataFrame:
    """Every published decision with the month of its run."""
    files = sorted((town_book / "published").glob("*/eligibility/*.parquet"))
    frames = [pl.read_parquet(file).with_columns(run_month=pl.lit(file.parents[1].name[-7:])) for file in files]
    return pl.concat(frames).with_columns(pl.col("billing_month").dt.strftime("%Y-%m"))


def test_every_promise_is_judged_by_somebody() -> None:
    made = {name for story in STORIES.values() for name in story.get("promises", {})}

    assert made <= {*JUDGES, *DETAILS}


@pytest.mark.parametrize(("slug", "name"), PROMISES, ids=lambda told: told)
def test_a_promise_is_kept(published: Published, slug: str, name: str) -> None:
    story = STORIES[slug]

    assert JUDGES[name](published, story["accounts"], story["promises"]) == "", story["title"]


@pytest.mark.parametrize(("slug", "role", "month"), DECISIONS)
def test_a_bonus_is_decided_as_planted(decisions: pl.DataFrame, slug: str, role: str, month: str) -> None:
    story = STORIES[slug]
    wanted = story["eligibility"][role][month]
    made = decisions.filter(account_id=story["accounts"][role], billing_month=month).sort("run_month")
    final = made.filter("is_final")

    # the open month has not decided yet: its own documents stand as they are on the night of the run
    row = (final if month != MONTHS[-1] else made).rows(named=True)
    assert len(row) == 1, f"{story['title']} decided {len(row)} times"
    found = {name: str(row[0][name]) for name in wanted}
    assert found == {name: str(value) for name, value in wanted.items()}, story["title"]


def test_a_decision_is_final_once(decisions: pl.DataFrame) -> None:
    twice = decisions.filter("is_final").filter(pl.struct("account_id", "document_id").is_duplicated())

    assert twice.is_empty()


def test_documents_of_cycles_long_over_are_decided(decisions: pl.DataFrame) -> None:
    """May is open: what it says of April's documents becomes final when it closes."""
    key = ["account_id", "billing_month"]
    asked = decisions.filter(pl.col("billing_month") < MONTHS[-2])

    # by month, not by document: a replaced version is never decided, the version that replaced it is
    assert asked.join(decisions.filter("is_final"), on=key, how="anti").is_empty()


# ---- the work queue


def test_the_queue_of_may_holds_what_was_planted_and_nothing_else(published: Published) -> None:
    promised = [row for row in QUEUED if row["run"] == MONTHS[-1]]
    found = [queue_row(published, wanted) for wanted in promised]

    assert [len(rows) for rows in found] == [1] * len(promised)
    assert sorted(rows[0]["queue_id"] for rows in found) == sorted(
        row["queue_id"] for row in published.rows(MONTHS[-1], "work_queue")
    )


def test_every_kind_of_the_queue_occurs_in_the_town() -> None:
    # doubts about debts, the dead, owners who owe, and houses of neighbours have no story in the town: tests/queue
    # asks them
    without_story = {*DOUBTS, "house_balance", "house_correction", "heirs_unknown", "owner_owes"}
    assert {row["kind_code"] for row in QUEUED} == set(KINDS) - without_story


def test_another_sum_in_the_queue_is_noticed(published: Published) -> None:
    proposal = next(row for row in QUEUED if row["kind_code"] == "proposal_to_approve")

    assert queue_row(published, proposal)
    assert queue_row(published, proposal | {"effect_rub": "11124.01"}) == []
    assert queue_row(published, proposal | {"reason_codes": []}) == []
