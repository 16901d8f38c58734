"""What deliveries of a cycle say otherwise than the cycle before said, register by register, and since which day.

    added     rows of now that were not told so before
    replaced  rows of before whose days an added row tells anew
    known     rows of now, and those that vanished and that nothing replaces: a register that drops its history says
              nothing about the past, and one that comes for the first time corrects nothing

A change is dated by the first day on which both states differ; of persons by their number, however the rows are cut and
whether they are named or counted. Rows of flats and scopes that nothing changes are left out of both states. Not here:
whose accounts these are (`assets/`), what it costs (`rerated.py`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts import registers
from pipeline.contracts.table import Table
from pipeline.domain.rating.persons import registered

_SPELL: Final = ("valid_from", "valid_to")
_NEVER: Final = pl.date(9999, 1, 1)
_ALWAYS: Final = pl.date(1900, 1, 1)


class Register(NamedTuple):
    """A register that bills rest on: the cause of its corrections, what a row is about, what it tells of it."""

    cause: str
    table: Table
    about: tuple[str, ...]
    told: tuple[str, ...]
    is_dated: bool = True


class Change(NamedTuple):
    """Rows of both states of what has changed; `touched`: what a row is about and `since`, the first day."""

    register: Register
    before: pl.DataFrame
    now: pl.DataFrame
    touched: pl.DataFrame


PERSONS: Final = Register(
    "changed_persons", registers.REGISTRATIONS, ("premises_id", "person_id"), ("persons_count",)
)
FLATS: Final = Register("corrected_area", registers.PREMISES, ("premises_id",), ("area_m2_e7", "heated_area_m2_e7"),
                        is_dated=False)
HOUSES: Final = Register("corrected_area", registers.HOUSES, ("house_id",),
                         ("common_area_m2_e7", "premises_area_m2_e7"), is_dated=False)
NORMS: Final = Register(
    "corrected_norm", registers.CONSUMPTION_NORMS, ("house_id", "territory_code", "service_code", "per_code"),
    ("norm_volume_e7",),
)
TARIFFS: Final = Register(
    "corrected_tariff", registers.TARIFFS,
    ("contract_id", "territory_code", "service_code", "zone_code", "part_code"), ("tariff_e6",),
)
#: In the order in which causes count.
COMPARED: Final = (PERSONS, FLATS, HOUSES, NORMS, TARIFFS)


def changed(before: pl.DataFrame, now: pl.DataFrame, register: Register) -> Change | None:
    """What differs between two states of a register, inside shapes; None where nothing does. `before` is empty where
    nobody had delivered it."""
    if before.is_empty():
        return None
    found = _spells(before, now, register) if register.is_dated else _facts(before, now, register)
    return found if found.touched.height else None


def _facts(before: pl.DataFrame, now: pl.DataFrame, register: Register) -> Change:
    """A register without days: what it tells has always been so."""
    key = list(register.about)
    names = [*key, *register.told]
    old, new = (rows.select(names).unique(key, keep="first", maintain_order=True).sort(key) for rows in (before, now))
    differing = new.join(old, on=names, how="anti", nulls_equal=True).join(old, on=key, how="semi").select(key)
    return Change(
        register, old.join(differing, on=key, how="semi"), new.join(differing, on=key, how="semi"),
        differing.with_columns(since=_ALWAYS).sort(key),
    )


def _spells(before: pl.DataFrame, now: pl.DataFrame, register: Register) -> Change:
    names = [*register.about, *register.told, *_SPELL]
    added = now.join(before, on=names, how="anti", nulls_equal=True)
    gone = before.join(now, on=names, how="anti", nulls_equal=True)
    kept = _not_told_anew(gone, added, register)
    replaced = gone.join(kept, on=names, how="anti", nulls_equal=True)
    key = ["premises_id"] if register is PERSONS else list(register.about)
    places = pl.concat([added, replaced]).select(key).unique()
    old = before.join(places, on=key, how="semi", nulls_equal=True)
    new = pl.concat([now, kept]).join(places, on=key, how="semi", nulls_equal=True)
    since = _of_persons(old, new) if register is PERSONS else _of_rows(added, replaced, register)
    before_then, now_then = (
        rows.join(since, on=key, how="semi", nulls_equal=True).sort(register.table.primary_key, nulls_last=True)
        for rows in (old, new)
    )
    return Change(register, before_then, now_then, since)


def _not_told_anew(gone: pl.DataFrame, added: pl.DataFrame, register: Register) -> pl.DataFrame:
    """Rows that vanished and whose days no added row of the same has; a count of persons and a name of one may stand
    for each other."""
    numbered, is_same = gone.with_row_index("_row"), pl.lit(True)
    key = list(register.about)
    if register is PERSONS:
        key, other = ["premises_id"], "person_id_anew"
        is_same = pl.col("person_id").is_null() | pl.col(other).is_null() | (pl.col("person_id") == pl.col(other))
    anew = numbered.join(
        added.select(*register.about, *_SPELL), on=key, nulls_equal=True, suffix="_anew"
    ).filter(
        is_same, pl.col("valid_from") <= pl.col("valid_to_anew").fill_null(_NEVER),
        pl.col("valid_from_anew") <= pl.col("valid_to").fill_null(_NEVER),
    )
    return numbered.join(anew, on="_row", how="anti").drop("_row")


def _of_rows(added: pl.DataFrame, replaced: pl.DataFrame, register: Register) -> pl.DataFrame:
    """What rows are about, and the first day that differs: the end, where only that has moved."""
    key = list(register.about)
    same = [*key, *register.told, "valid_from"]
    moved = added.join(replaced, on=same, nulls_equal=True, suffix="_before").with_columns(
        since=pl.min_horizontal("valid_to", "valid_to_before").dt.offset_by("1d")
    ).select(*same, "since")
    alone = [
        rows.join(moved, on=same, how="anti", nulls_equal=True).with_columns(since="valid_from").select(*same, "since")
        for rows in (added, replaced)
    ]
    return pl.concat([moved, *alone]).group_by(key).agg(pl.col("since").min()).sort(key, nulls_last=True)


def _of_persons(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """premises_id, since: flats where another number of persons lives on some day."""
    steps = []
    for rows, sign in ((before, -1), (now, 1)):
        spells = registered(rows)
        count = pl.col("persons") * sign
        steps += [
            spells.select("premises_id", since="valid_from", persons=count),
            spells.drop_nulls("valid_to").select(
                "premises_id", since=pl.col("valid_to").dt.offset_by("1d"), persons=-count
            ),
        ]
    return (
        pl.concat(steps).group_by("premises_id", "since").agg(pl.col("persons").sum())
        .filter(pl.col("persons") != 0).group_by("premises_id").agg(pl.col("since").min()).sort("premises_id")
    )
