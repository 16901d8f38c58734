"""Reminders of readings are handed over: one message a person a night of reminders, once.

The list names those who agreed, by the rules of messages of debt, and nobody of tonight's lists of debt; whoever a
message of debt or a call has reached on the day since is left alone too. The journal `reminders_sent` keeps what left:
texts with phones are written before it, so that a stopped machine writes the same again. After the last day of the
window nothing leaves. No ladder of debt moves. Not here: the list (`domain/metering/reminders.py`).
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.debt import CALL_LIST, DISPATCHES, SMS_LIST
from pipeline.contracts.reminders import READING_REMINDERS, REMINDERS_SENT
from pipeline.domain.debt.identity import hashed
from pipeline.storage import journal
from pipeline.storage.dispatch_texts import write_gateway, write_texts
from pipeline.storage.run import MonthRun

_NO_BREAK_SPACE: Final = "\u00a0"


class Reminded(NamedTuple):
    """How many left now, how many had left before; the texts, the gateway's file and how many it does not take."""

    rows: int
    left_before: int
    texts: Path | None = None
    gateway: tuple[Path | None, int] = (None, 0)


def remind(run: MonthRun, on: date) -> Reminded:
    """Hand over the reminders of the night on a day, under the lock of the book."""
    listed = _messages(run, run.read(READING_REMINDERS).filter(pl.col("read_by_on") >= on))
    told = journal.read(run.book, DISPATCHES).filter(
        pl.col("list_code").is_in([SMS_LIST.name, CALL_LIST.name]), pl.col("dispatched_on") == on
    )
    leaving = listed.join(journal.read(run.book, REMINDERS_SENT), on="action_id", how="anti").join(
        told.drop_nulls("person_id"), on="person_id", how="anti"
    )
    before = listed.height - leaving.height
    if leaving.is_empty():
        return Reminded(0, before)
    digest = sha256("\n".join(leaving["action_id"].sort().to_list()).encode()).hexdigest()[:12]
    key = f"{READING_REMINDERS.name}-{on}-{digest}"
    texts = write_texts(run, key, leaving)
    gateway = write_gateway(run, texts, on)
    journal.append(run.book, REMINDERS_SENT, key, leaving.with_columns(
        sent_on=pl.lit(on), run_month=pl.lit(run.month.first_day), run_id=pl.lit(run.run_id)
    ).select(REMINDERS_SENT.inside_names))
    return Reminded(leaving.height, before, texts, gateway)


def _messages(run: MonthRun, listed: pl.DataFrame) -> pl.DataFrame:
    """One row a person with `action_id` and `text`: of several silent meters the dearest one is named."""
    once = (
        listed.drop_nulls("person_id")
        .sort("person_id", "norm_cost_kop", "meter_id", descending=[False, True, False], nulls_last=True)
        .unique("person_id", keep="first", maintain_order=True)
    )
    # plain spaces: some phones show a no-break space as a box
    said = pl.col("reminder").str.replace_all(_NO_BREAK_SPACE, " ", literal=True)
    what = (pl.lit(run.book.settings.book_id), pl.lit(READING_REMINDERS.name), "person_id",
            pl.col("charge_month").cast(pl.String), pl.col("days_left").cast(pl.String))
    return once.with_columns(
        hashed(once, *what).alias("action_id"),
        text=pl.concat_str(pl.lit(f"{run.book.settings.name}: "), said),
    )
