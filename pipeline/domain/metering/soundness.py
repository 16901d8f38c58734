"""Until when the registers of meters that are checked were worth nothing: the law wants a sound meter (ПП 354, п. 61).

Whether a meter is sound on the day of the check `status.py` tells. Where it was broken, lost or tampered with before,
and that has ended, what it showed meanwhile is worth nothing either, and for days of tampering the norm is charged ten
times already (п. 62). A supplier who was not let in makes no meter bad.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import polars as pl

from pipeline.domain.metering.status import ENDED_BY, statuses

#: After these the register tells nothing until their end.
_SPOILING: Final = ("failed", "lost", "tampered")
_NOT_SOUND: Final = (*_SPOILING, "removed", "not_commissioned", "verification_expired")
#: meter_id, the day of a check, and the first day from which a register of the meter counts, the day after the check
#: where it does not on that day. Meters that were always sound are not told of.
SPOILT: Final = {"meter_id": pl.String, "day": pl.Date, "spoilt_until": pl.Date}


def spoilt(meters: pl.DataFrame, acts: pl.DataFrame, days: Iterable[date]) -> pl.DataFrame:
    """SPOILT of the days on which somebody checks. `meters`: METERS; `acts`: all METER_ACTS of them, both inside."""
    found = [pl.DataFrame(schema=SPOILT)]
    for day in days:
        status = statuses(meters, acts, on=day)
        bad = status.filter(pl.col("status_code").is_in(list(_NOT_SOUND))).select("meter_id", spoilt_until=pl.lit(None))
        ended = pl.concat([_ended(acts.filter(pl.col("effective_from") <= day), code) for code in _SPOILING])
        of_day = pl.concat([ended, bad.cast(ended.schema)]).with_columns(
            pl.col("spoilt_until").fill_null(pl.lit(day).dt.offset_by("1d")), day=pl.lit(day)
        )
        found.append(of_day.group_by("meter_id", "day").agg(pl.col("spoilt_until").max()).select(list(SPOILT)))
    return pl.concat(found)


def _ended(acts: pl.DataFrame, code: str) -> pl.DataFrame:
    """meter_id and the day on which each trouble of a kind ended; missing where it has not."""
    ends = acts.filter(pl.col("act_code").is_in(list(ENDED_BY[code]))).select("meter_id", ended_on="effective_from")
    begun = acts.filter(pl.col("act_code") == code).select("meter_id", "effective_from")
    ended_on = pl.col("ended_on").filter(pl.col("ended_on") >= pl.col("effective_from"))
    return begun.join(ends, on="meter_id", how="left").group_by("meter_id", "effective_from").agg(
        spoilt_until=ended_on.min()
    ).drop("effective_from")
