"""Settled items of closed months, read only when the law of past days is another than the month before has read.

Not here: what is counted anew and what is told (`domain/penalty/recount.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import LATE_PAYMENTS, PENALTIES
from pipeline.domain.penalty.month import BEFORE
from pipeline.domain.penalty.recount import changed_from
from pipeline.storage.manifest import published_version
from pipeline.storage.run import MonthRun
from pipeline.storage.state import RUN_MONTH

#: The claim to what is older has expired.
_MONTHS: Final = 36


def law_changed_from(run: MonthRun) -> date | None:
    """First day counted already whose law is another now; the rules of penalties have been read."""
    version = published_version(run.book, run.state.month)
    if version is None:
        return None
    before = version.content.get("rules", {}).get("values", [])
    return changed_from(before, run.rule_book.values_read(), until=version.as_of)


def settled_before(
    run: MonthRun, part: str, since: date, known: list[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """BEFORE and LATE_PAYMENTS of items settled in a month that reaches beyond the day, as told last; without those
    that this month counts anyway (`known`: each with ITEM_KEY)."""
    told, late = [run.state.keyed(PENALTIES, [], columns=BEFORE, with_run_month=True)], []
    for month in run.state.months_back(_MONTHS):
        if month.cycle_ends_by < since:
            continue
        rows = run.state.keyed(PENALTIES, [month], part=part, columns=BEFORE, with_run_month=True)
        told.append(rows.filter(pl.col("outstanding_kop") == 0))
        late.append(run.state.keyed(LATE_PAYMENTS, [month], part=part, with_run_month=True))
    newest = pl.concat(told).sort(RUN_MONTH).unique(ITEM_KEY, keep="last")
    # what bore nothing when it was settled, like that of an organisation of no told kind, is not begun by a decree
    newest = newest.filter(pl.col("reason_code").is_null())
    for rows in known:
        newest = newest.join(rows, on=ITEM_KEY, how="anti", nulls_equal=True)
    paid = pl.concat([LATE_PAYMENTS.empty_inside().with_columns(pl.lit(None, pl.Date).alias(RUN_MONTH)), *late])
    of_newest = paid.join(newest.select(*ITEM_KEY, RUN_MONTH), on=[*ITEM_KEY, RUN_MONTH], how="semi", nulls_equal=True)
    return newest.drop(RUN_MONTH), of_newest.select(LATE_PAYMENTS.inside_names)
