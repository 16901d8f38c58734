"""Lines of documents that older months billed, from the copies of the deliveries that brought them, by document.

Of a large old file only the ids of documents are looked through; its rows are read where one is wanted. Not here: which
documents are wanted (`assets/recalculation_inputs.py`), rows whose ids came again (`seen_before.py`).
"""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts import ingest
from pipeline.contracts.billing import CHARGES
from pipeline.storage.delivery_files import taken
from pipeline.storage.landing import Delivery
from pipeline.storage.parts import spread
from pipeline.storage.run import MonthRun
from pipeline.storage.stored_rows import known_deliveries

#: Files that one task looks through: starting a process costs as much as a few of them.
_LANE_FILES: Final = 8
_ID: Final = "document_id"
_ALL: Final = pl.lit(True)


def billed_before(
    run: MonthRun, documents: pl.DataFrame, columns: list[str], where: pl.Expr = _ALL
) -> pl.DataFrame:
    """Columns of CHARGES, inside shape, in the order of documents and lines, of those of which `where` is true.
    `documents`: document_id and account_id as the book spells it, with the `run_month` that billed it."""
    looks: list[tuple[Delivery, pl.Series]] = []
    for (month,), wanted in documents.partition_by("run_month", as_dict=True, maintain_order=True).items():
        told = run.state.keyed(ingest.DELIVERIES, [BillingMonth.of(month)])
        looks += [(one, wanted[_ID]) for one in known_deliveries(run.book, told, CHARGES)]
    lanes = 1 + len(looks) // _LANE_FILES
    # a part is a task of the processes already
    workers = 1 if run.in_part else run.book.workers
    found = spread(partial(_lane, looks, lanes, where), [str(lane) for lane in range(lanes)], workers)
    lines = pl.concat([CHARGES.empty_inside(), *found]).unique(list(CHARGES.primary_key), keep="first")
    accounts = documents.select(_ID, "account_id").unique(_ID)
    return lines.drop("account_id").join(accounts, on=_ID).sort(CHARGES.primary_key).select(columns)


def _lane(looks: list[tuple[Delivery, pl.Series]], lanes: int, where: pl.Expr, lane: str) -> pl.DataFrame:
    found = [CHARGES.empty_inside()]
    for one, ids in looks[int(lane)::lanes]:
        is_wanted = pl.col(_ID).is_between(pl.lit(ids.min()), pl.lit(ids.max())) & pl.col(_ID).is_in(ids.implode())
        found.append(taken(one, where=is_wanted).rows.select(CHARGES.inside_names).filter(where))
    return pl.concat(found)
