"""Names, deadlines and places of the queue's rows.

    queue_id = SHA-256 of book | kind | subject
    deadline = the n-th working day after the day it waits since; of proposals the n-th before the next documents; of
               applications that go back the day by which their law wants an answer
    band     = 0 overdue (deadline before the cut), 1 near (within the near working days after it), 2 the rest
    rank     = place by (band, larger effect, kind, queue_id), 1…n without a gap

A row that the month before has queued keeps the day since which it waits. Places are given over the whole book, so that
only what decides them is held of its rows.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Final

import polars as pl

from pipeline.domain.queue.kinds import DUE, SUBJECT
from pipeline.rules.queue import QueueRules

PROPOSALS: Final = ("proposal_to_approve", "mismatched_proposal")
#: What decides the place of a row: all that is held of the rows of the whole book.
PLACED: Final = ("queue_id", "kind_code", "waiting_since_on", "effect_kop", DUE)


def named(rows: pl.DataFrame, book_id: str) -> pl.DataFrame:
    """QUEUED rows with their `queue_id`."""
    return rows.with_columns(queue_id=_queue_ids(book_id))


def ranked(
    rows: pl.DataFrame, before: pl.DataFrame, *, rules: QueueRules, working_days: pl.Series, next_issue_on: date,
    as_of: date,
) -> pl.DataFrame:
    """What WORK_QUEUE says of every row beside what its room said: queue_id (in order), waiting_since_on, deadline_on,
    is_overdue, rank. `rows`: PLACED of all rows; `before`: queue_id and waiting_since_on of the WORK_QUEUE of the month
    before; `working_days`: known ones, ascending."""
    at_issue = before_day(working_days, next_issue_on, rules.proposal_working_days_before_issue)
    known = (
        rows.sort("queue_id")
        .join(before.rename({"waiting_since_on": "since_before"}), on="queue_id", how="left", maintain_order="left")
        .with_columns(waiting_since_on=pl.coalesce("since_before", "waiting_since_on"))
    )
    dated = known.with_columns(
        deadline_on=pl.when(pl.col("kind_code").is_in(list(PROPOSALS))).then(pl.lit(at_issue, dtype=pl.Date))
        .otherwise(pl.coalesce(DUE, _deadlines(known, rules, working_days)))
    )
    near_until = after_day(working_days, as_of, rules.near_working_days)
    overdue = (pl.col("deadline_on") < as_of).fill_null(False)
    near = (pl.col("deadline_on") <= pl.lit(near_until, dtype=pl.Date)).fill_null(False)
    band = pl.when(overdue).then(0).when(near).then(1).otherwise(2)
    placed = dated.with_columns(is_overdue=overdue, _band=band)
    return placed.select("queue_id", "waiting_since_on", "deadline_on", "is_overdue", rank=_ranks(placed))


def _ranks(placed: pl.DataFrame) -> pl.Series:
    """The place of each row, in the order of the rows, which is that of queue_id: such long ids are sorted once."""
    in_turn = placed.select("_band", "effect_kop", "kind_code").with_row_index("_row").sort(
        "_band", "effect_kop", "kind_code", "_row", descending=[False, True, False, False]
    )["_row"]
    return in_turn.arg_sort().cast(pl.Int64) + 1


def after_day(working_days: pl.Series, day: date, number: int) -> date | None:
    """The n-th working day after a day (the day itself for none); None beyond the known calendar."""
    if number == 0:
        return day
    position = working_days.search_sorted(day, side="right") + number - 1
    return working_days[position] if position < working_days.len() else None


def before_day(working_days: pl.Series, day: date, number: int) -> date | None:
    """The n-th working day before a day; None where the calendar does not reach."""
    position = working_days.search_sorted(day, side="left") - number
    is_known = 0 <= position < working_days.len() and day <= working_days[-1]
    return working_days[position] if is_known else None


def _deadlines(rows: pl.DataFrame, rules: QueueRules, working_days: pl.Series) -> pl.Series:
    """Deadline by kind and day, each pair looked up once."""
    pairs = rows.select("kind_code", "waiting_since_on").unique().rows()
    told = [
        (kind, day, after_day(working_days, day, rules.working_days_after.get(kind, 0))) for kind, day in pairs
        # What goes back is answered by the day that its own room names, or by none beyond the known calendar.
        if kind != "returned_application"
    ]
    schema = {"kind_code": pl.String, "waiting_since_on": pl.Date, "deadline": pl.Date}
    found = pl.DataFrame(told, schema=schema, orient="row")
    return rows.join(found, on=["kind_code", "waiting_since_on"], how="left", maintain_order="left")["deadline"]


def _queue_ids(book_id: str) -> pl.Expr:
    written = pl.concat_str(pl.lit(book_id), "kind_code", SUBJECT, separator="|")
    return written.map_elements(lambda text: hashlib.sha256(text.encode()).hexdigest(), return_dtype=pl.String)
