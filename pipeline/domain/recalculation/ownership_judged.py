"""Changes of owner as they come in: which are certain, and which go to a person with the field and the reason.

Held against the registers of accounts and rights: the new owner's account is of the same flat, nobody who had a right
before keeps one. Where the register of rights says nothing of the flat, nothing is contradicted. Of several tellings of
one change the latest counts. Not here: arithmetic (`ownership.py`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts import registers
from pipeline.contracts.recalculation_events import OWNERSHIP_TRANSFERS
from pipeline.domain.recalculation.applications import Fault, faulty, on_day
from pipeline.rules.recalculation_owners import OwnerRules

#: A change that can be counted: `replaces` earlier tellings of another day, of which `told_from` is the first;
#: `next_month`: since when the flat is somebody else's again.
SOUND: Final = (*OWNERSHIP_TRANSFERS.inside_names, "account_kind_code", "replaces", "told_from", "next_month")
_SAME: Final = ("account_id", "new_account_id")
_OWNERS: Final = ("owner", "joint_owner", "minor_owner")
_LAST: Final = pl.date(9999, 1, 1)
_WHOLE: Final = ("1", "1/1")


class Flats(NamedTuple):
    """Of the accounts that changes name, inside shapes: accounts, and rights in their premises."""

    accounts: pl.DataFrame
    rights: pl.DataFrame

    @classmethod
    def unknown(cls) -> Flats:
        """No register says anything."""
        return cls(registers.ACCOUNTS.empty_inside(), registers.RIGHTS.empty_inside())


def judged(transfers: pl.DataFrame, flats: Flats, *, rules: OwnerRules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """SOUND changes that can be counted, and `faulty` rows of all faults."""
    told = _met(transfers, flats)
    faults = faulty(told, _faults(rules))
    day = pl.col("effective_from")
    sound = told.join(faults, on="event_id", how="anti").sort("registered_at", "event_id").with_columns(
        is_repeat=(day == day.shift(1).over(_SAME)).fill_null(False)
    )
    again = faulty(sound, [Fault("effective_from", "told_already", pl.col("is_repeat"))])
    single = _latest(sound.filter(~pl.col("is_repeat")))
    changes = pl.len().over("premises_id", day.dt.month_start())
    doubled = faulty(single, [
        Fault("effective_from", "two_changes", (changes > 1) | pl.col("event_id").is_in(_sold_before(single).implode()))
    ])
    certain = single.join(doubled, on="event_id", how="anti").join(
        _next_months(single, told), on="event_id", how="left", maintain_order="left"
    )
    still_open = faulty(certain, [Fault("account_id", "not_closed", _is_still_open())])
    return certain.select(SOUND), pl.concat([faults, again, doubled, still_open])


def is_whole(share: pl.Expr) -> pl.Expr:
    """Whether the whole flat changes hands, by the `share` of OWNERSHIP_TRANSFERS."""
    return share.is_null() | share.is_in(list(_WHOLE))


def _latest(single: pl.DataFrame) -> pl.DataFrame:
    """Of changes between the same two accounts the latest telling, with `replaces`, ids of the earlier ones, and
    `told_from`, the first day told. A number that stays may change hands again: each of its changes stands."""
    moves = pl.col("new_account_id") != pl.col("account_id")
    corrected = single.filter(moves).group_by(_SAME, maintain_order=True).agg(
        replaces=pl.col("event_id").slice(0, pl.len() - 1), told_from=pl.col("effective_from").min(),
        event_id=pl.col("event_id").last(),
    ).drop(_SAME)
    staying = single.filter(~moves).select(
        replaces=pl.lit([], dtype=pl.List(pl.String)), told_from="effective_from", event_id="event_id"
    )
    return single.join(pl.concat([corrected, staying]), on="event_id", maintain_order="left")


def _sold_before(single: pl.DataFrame) -> pl.Series:
    """Changes of an account that an earlier change has given to somebody else already."""
    moved = single.filter(pl.col("new_account_id") != pl.col("account_id")).select(
        "account_id", other_id="new_account_id", other_from="effective_from"
    )
    return single.join(moved, on="account_id").filter(
        pl.col("other_id") != pl.col("new_account_id"), pl.col("other_from") < pl.col("effective_from")
    )["event_id"].unique()


def _next_months(single: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """event_id, next_month: the first month in which the flat changed hands again. What names the new owner's account
    as sold counts whatever else is wrong with it: who owes that month is not known."""
    replaced = single["replaces"].explode(empty_as_null=True).implode()
    confirmed = told.filter(
        pl.col("status_code") == "confirmed", ~pl.col("event_id").is_in(replaced)
    ).drop_nulls("effective_from")
    by_former = single.select("event_id", "account_id", "effective_from").join(
        single.select("account_id", other_event="event_id", other_from="effective_from"), on="account_id"
    )
    by_new = single.filter(pl.col("new_account_id") != pl.col("account_id")).select(
        "event_id", "effective_from", account_id="new_account_id"
    ).join(confirmed.select("account_id", other_event="event_id", other_from="effective_from"), on="account_id")
    names = ["event_id", "effective_from", "other_event", "other_from"]
    later = pl.concat([by_former.select(names), by_new.select(names)]).filter(
        pl.col("other_event") != pl.col("event_id"), pl.col("other_from") >= pl.col("effective_from")
    )
    return later.group_by("event_id").agg(next_month=pl.col("other_from").min().dt.month_start())


def _met(transfers: pl.DataFrame, flats: Flats) -> pl.DataFrame:
    accounts = flats.accounts.unique("account_id", keep="last", maintain_order=True)
    former = accounts.select("account_id", "premises_id", "closed_on", "account_kind_code")
    new = accounts.select(new_account_id="account_id", new_premises_id="premises_id")
    told = transfers.join(former, on="account_id", how="left", maintain_order="left").join(
        new, on="new_account_id", how="left", maintain_order="left"
    )
    return told.join(_staying(told, flats.rights), on="event_id", how="left", maintain_order="left")


def _staying(told: pl.DataFrame, rights: pl.DataFrame) -> pl.DataFrame:
    """event_id, is_staying: whether an owner of the day before the registration is one on the day after it."""
    owners = rights.filter(pl.col("role_code").is_in(list(_OWNERS))).select(
        "premises_id", "person_id", "valid_from", "valid_to"
    )
    day = pl.col("effective_from")

    def holds(on: pl.Expr) -> pl.Expr:
        return (pl.col("valid_from") <= on) & (pl.col("valid_to").fill_null(_LAST) >= on)

    return (
        told.select("event_id", "premises_id", "effective_from").join(owners, on="premises_id")
        .group_by("event_id", "person_id")
        .agg(before=holds(day.dt.offset_by("-1d")).any(), after=holds(day.dt.offset_by("1d")).any())
        .group_by("event_id").agg(is_staying=(pl.col("before") & pl.col("after")).any())
    )


def _faults(rules: OwnerRules) -> list[Fault]:
    day, told_on = pl.col("effective_from"), on_day("registered_at")
    is_known = pl.col("new_premises_id").is_not_null()
    return [
        Fault("status_code", "not_confirmed", pl.col("status_code") == "not_confirmed"),
        *(Fault(field, "missing", pl.col(field).is_null())
          for field in ("effective_from", "new_account_id", "evidence")),
        Fault("account_id", "unknown_account", pl.col("premises_id").is_null()),
        Fault("effective_from", "wrong", day > told_on),
        Fault("effective_from", "too_late", day.dt.offset_by(f"{rules.back_months_max}mo") < told_on),
        Fault("share", "only_a_share", ~is_whole(pl.col("share"))),
        Fault("share", "still_an_owner", pl.col("is_staying")),
        Fault("new_account_id", "unknown_account", pl.col("new_account_id").is_not_null() & ~is_known),
        Fault("new_account_id", "unknown_place", is_known & (pl.col("new_premises_id") != pl.col("premises_id"))),
    ]


def _is_still_open() -> pl.Expr:
    is_open = pl.col("closed_on").is_null() | (pl.col("closed_on") > pl.col("effective_from"))
    return (pl.col("new_account_id") != pl.col("account_id")) & is_open
