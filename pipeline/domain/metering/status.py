"""What every meter is on a day, from the register of meters and the acts registered so far.

    removed, not commissioned        the meter does not measure at all, whatever else happened to it
    failed, lost                     until it is commissioned anew
    tampered                         until it is sealed or commissioned
    verification ended               the day after the latest end that the register or an act names (п. 81(12) «д»)
    no admission                     until the supplier has inspected, sealed or commissioned it
    working                          all others

Of several troubles the earliest names the status: the run of months without a register that counts starts with it.
A register that names no day of commissioning says nothing against the meter. Most meters work and have no act: only the
others are told of.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

#: What ends each trouble.
ENDED_BY: Final = {
    "failed": ("commissioned",),
    "lost": ("commissioned", "installed"),
    "tampered": ("commissioned", "sealed"),
    "no_admission": ("commissioned", "sealed", "inspected"),
    "removed": ("installed",),
    "replaced": ("installed",),
    "installed": ("commissioned",),
}
_STATUS_OF: Final = {"replaced": "removed", "installed": "not_commissioned"}
_NOT_MEASURING: Final = ("removed", "not_commissioned")
_LONG_AGO: Final = date(1900, 1, 1)
#: What this room reads of an act.
ACT: Final = ("event_id", "meter_id", "act_code", "effective_from", "verified_until", "value_e7", "registered_at")


def statuses(meters: pl.DataFrame, acts: pl.DataFrame, *, on: date) -> pl.DataFrame:
    """Meters that do not simply work on the day: status_code, since_on, event_id, refused_again_on (day of the second
    refusal in a row: one told twice is one), cannot_install. `meters`: METERS; `acts`: METER_ACTS, both inside."""
    begun = acts.filter(pl.col("effective_from") <= on)
    troubles = pl.concat([
        *(_open(begun, code) for code in ENDED_BY if code != "installed"),
        _not_commissioned(meters, begun, on), _removed(meters, on), _verification_ended(meters, begun, on),
    ])
    comes_first = ~pl.col("status_code").is_in(list(_NOT_MEASURING))
    named = troubles.sort(comes_first, "since_on", "status_code", "event_id").unique(
        "meter_id", keep="first", maintain_order=True
    )
    refused = _open(begun, "no_admission").group_by("meter_id").agg(
        refused_again_on=pl.col("since_on").unique().sort().get(1, null_on_oob=True)
    )
    uninstallable = begun.filter(pl.col("act_code") == "cannot_install").select("meter_id").unique().with_columns(
        cannot_install=pl.lit(True)
    )
    return (
        named.join(refused, on="meter_id", how="left", maintain_order="left")
        .join(uninstallable, on="meter_id", how="left", maintain_order="left")
        .with_columns(pl.col("cannot_install").fill_null(False))
    )


def verified_until(meters: pl.DataFrame, acts: pl.DataFrame, *, on: date) -> pl.DataFrame:
    """meter_id and the last day of the verification in force on the day, where one is known."""
    passed = acts.filter(pl.col("act_code") == "verified", pl.col("effective_from") <= on)
    newest = passed.group_by("meter_id").agg(passed_until=pl.col("verified_until").max())
    known = meters.select("meter_id", "verified_until")
    return known.join(newest, on="meter_id", how="left", maintain_order="left").select(
        "meter_id", verified_until=pl.max_horizontal("verified_until", "passed_until")
    ).drop_nulls()


def _open(acts: pl.DataFrame, code: str) -> pl.DataFrame:
    """Acts of a kind that nothing has ended since, as troubles."""
    ends = acts.filter(pl.col("act_code").is_in(list(ENDED_BY[code])))
    ended = ends.group_by("meter_id").agg(ended_on=pl.col("effective_from").max())
    return (
        acts.filter(pl.col("act_code") == code).join(ended, on="meter_id", how="left")
        .filter(pl.col("effective_from") > pl.col("ended_on").fill_null(_LONG_AGO))
        .select("meter_id", status_code=pl.lit(_STATUS_OF.get(code, code)), since_on="effective_from",
                event_id="event_id")
    )


def _removed(meters: pl.DataFrame, on: date) -> pl.DataFrame:
    gone = meters.filter(pl.col("removed_on") <= on)
    return _of_register(gone, "removed", pl.col("removed_on"))


def _not_commissioned(meters: pl.DataFrame, acts: pl.DataFrame, on: date) -> pl.DataFrame:
    """The register names a later day, or an act tells of the installation and nothing of the commissioning."""
    commissioned = acts.filter(pl.col("act_code") == "commissioned")
    later = meters.filter(pl.col("commissioned_on") > on, pl.col("installed_on") <= on)
    told = meters.filter(pl.col("commissioned_on") <= on)
    return pl.concat([
        _of_register(later.join(commissioned, on="meter_id", how="anti"), "not_commissioned", pl.col("installed_on")),
        _open(acts, "installed").join(told, on="meter_id", how="anti"),
    ])


def _verification_ended(meters: pl.DataFrame, acts: pl.DataFrame, on: date) -> pl.DataFrame:
    is_late = meters.filter(pl.col("verified_until") < on)
    passed = acts.filter(pl.col("act_code") == "verified")
    asked = pl.concat([is_late, meters.join(passed, on="meter_id", how="semi")]).unique("meter_id")
    ended = verified_until(asked, acts, on=on).filter(pl.col("verified_until") < on)
    return _of_register(ended, "verification_expired", pl.col("verified_until").dt.offset_by("1d"))


def _of_register(meters: pl.DataFrame, status: str, since: pl.Expr) -> pl.DataFrame:
    return meters.select(
        "meter_id", status_code=pl.lit(status), since_on=since, event_id=pl.lit(None, dtype=pl.String)
    )
