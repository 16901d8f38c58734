"""Acts of bad quality and of housing services of one month: which stand, and where each counts.

Judged once for the whole book: what this cycle brought or what touches its month, beside the acts of the same months
told before. Not here: arithmetic (`domain/recalculation/quality_acts.py`, `quality.py`), absences.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.contracts import recalculation_events as events
from pipeline.contracts import registers
from pipeline.domain.recalculation import quality_acts
from pipeline.domain.recalculation.applied import Terms, touches
from pipeline.domain.recalculation.quality_union import everywhere
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

#: Staged: sound acts of the months looked at × the services that they reach; the check reads it.
ACTS_HERE: Final = "quality_acts_counted"
_PLACES: Final = ("house_id", "premises_id")


def stage_acts(run: MonthRun, terms: Terms, new_ids: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    """Stage what this month looks at; the days on which that begins, and RETURNED_APPLICATIONS rows of the book."""
    acts, services = run.register(events.QUALITY_ACTS), run.register(registers.SERVICES)
    is_new = pl.col("event_id").is_in(new_ids.implode())
    looked_at = acts.filter(is_new | touches(_on("began_at"), _on("ended_at"), run.month.first_day))
    sound = quality_acts.sound(looked_at, _places(run, looked_at), services, rules=terms.quality)
    begun = sound.select(_on("began_at"))
    since = begun.to_series().min()
    # breaks of a month add up: acts of the same months told before count beside those looked at
    is_beside = pl.lit(False) if since is None else _on("ended_at") >= pl.lit(since).dt.month_start()
    related = acts.filter(pl.col("event_id").is_in(looked_at["event_id"].implode()) | is_beside)
    valid, back = quality_acts.judged(
        related, _places(run, related), services, new_ids, rules=terms.quality, working_days=terms.working_days
    )
    run.write_staged(ACTS_HERE, WHOLE, valid)
    return begun.to_series(), back.filter(is_new)


def stage_no_acts(run: MonthRun) -> None:
    """What is staged where nobody ever told of bad quality: checks read it."""
    run.write_staged(ACTS_HERE, WHOLE, quality_acts.nothing_told())


def acts_of(run: MonthRun, concerned: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Acts `everywhere` they count in one part, and account_id, where of those whom they concern. `concerned`:
    account_id, premises_id, house_id."""
    acts = run.read_staged(ACTS_HERE, WHOLE)
    houses, premises = (acts[name].drop_nulls().unique().implode() for name in _PLACES)
    has_own = pl.col("premises_id").is_in(premises)
    accounts = concerned.filter(pl.col("house_id").is_in(houses) | has_own).select(
        "account_id", "house_id", where=pl.when(has_own).then("premises_id").otherwise("house_id")
    )
    places = accounts.select("house_id", place_id="where")
    known = pl.concat([places, places.select("house_id", place_id="house_id")]).unique(maintain_order=True)
    return everywhere(acts, known), accounts.select("account_id", "where")


def _on(moment: str) -> pl.Expr:
    return pl.col(moment).dt.convert_time_zone(MOSCOW_NAME).dt.date()


def _places(run: MonthRun, acts: pl.DataFrame) -> pl.DataFrame:
    """place_id, house_id of the houses and premises of the acts in which an account lies."""
    if acts.is_empty():
        return pl.DataFrame(schema={"place_id": pl.String, "house_id": pl.String})
    accounts = pl.scan_parquet(run.staged_files(registers.ACCOUNTS.name), glob=False)
    found = [
        accounts.filter(pl.col(name).is_in(acts[name].drop_nulls().unique().implode()))
        .select("house_id", place_id=name).unique() for name in _PLACES
    ]
    return pl.concat(found).unique().collect().select("place_id", "house_id").sort("place_id", "house_id")
