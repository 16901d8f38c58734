"""The account index of the month: positions of all accounts ever seen, from the ids of the register alone.

Rows of the register that other rows refuse (one id, two contents) found no account: such ids are few and read whole.
Not here: the accounts themselves, which are judged and staged part by part.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from pipeline.contracts import ingest
from pipeline.contracts.registers import ACCOUNTS
from pipeline.domain.ingest.accounts import extended_index
from pipeline.domain.ingest.fates import ACCEPTED, SOUND, of
from pipeline.domain.ingest.plain import judged_rows
from pipeline.storage.arrivals import ACCOUNTS_SEEN, Arrivals, accounts_seen
from pipeline.storage.delivery_files import Stretch, taken
from pipeline.storage.parts import spread
from pipeline.storage.routing import Batch, batches, lanes_for
from pipeline.storage.run import MonthRun


def month_index(run: MonthRun, arrived: Arrivals) -> pl.DataFrame:
    """The index with the accounts that the register brings, by position."""
    plan = batches([(one, rows) for one, rows in arrived.apart if one.table.name == ACCOUNTS.name], {})
    lanes = lanes_for(plan)
    found = spread(partial(_lane, plan, lanes), [str(lane) for lane in range(lanes)], run.book.workers)
    seen = pl.concat([ACCOUNTS_SEEN, *found, arrived.of(ACCOUNTS).select(ACCOUNTS_SEEN.columns)])
    doubled = _doubled(seen["account_id"])
    if doubled.len():
        rows = [_rows(batch, pl.col("account_id").is_in(doubled.implode())) for batch in plan]
        accepted = of(judged_rows(pl.concat([arrived.of(ACCOUNTS), *rows]), ACCOUNTS), ACCEPTED)
        is_doubled = pl.col("account_id").is_in(doubled.implode())
        seen = pl.concat([seen.filter(~is_doubled), accepted.filter(is_doubled).select(seen.columns)])
    seen = pl.concat([accounts_seen(arrived.snapshots), seen])
    return extended_index(run.state.read(ingest.ACCOUNT_INDEX), seen).sort("account_index")


def _doubled(ids: pl.Series) -> pl.Series:
    """Ids that occur several times: looked for among those whose hashes do, which are few of millions."""
    hashes = ids.hash()
    ordered = hashes.sort()
    alike = ids.filter(hashes.is_in(ordered.filter(ordered == ordered.shift(-1)).implode()))
    return alike.filter(alike.is_duplicated()).unique()


def _lane(plan: list[Batch], lanes: int, lane: str) -> pl.DataFrame:
    rows = [_rows(batch).select(ACCOUNTS_SEEN.columns) for batch in plan[int(lane)::lanes]]
    return pl.concat([ACCOUNTS_SEEN, *rows])


def _rows(batch: Batch, where: pl.Expr | None = None) -> pl.DataFrame:
    stretch: Stretch | None = batch.stretch
    rows = pl.concat([taken(one, stretch=stretch).rows for one in batch.deliveries])
    sound = rows.filter(SOUND)
    return sound if where is None else sound.filter(where)
