"""What the registers of the book say of those who apply for absence: how many live there, who the person is.

An application is never computed against the book. Where a register says nothing of a flat, nothing is contradicted:
persons counted without names contradict nobody, a flat that several accounts share contradicts no number. A person
whom the register of persons does not know goes back: a day of a person counts once, by his id. Not here: what else an
application has to be (`absence.py`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts import registers
from pipeline.domain.recalculation.applications import Fault

#: Of them the fee is asked where nobody is registered (ПП 354, п. 56(2)).
_OWNERS: Final = ("owner", "joint_owner", "minor_owner")
_LAST: Final = pl.date(9999, 1, 1)
_DAYS: Final = ("event_id", "account_id", "person_id", "effective_from", "effective_to")


class Household(NamedTuple):
    """Of the flats from which persons were away, inside shapes: all their accounts, who is registered, who has a right;
    `persons`: ids of those named that the register knows, None where nobody has delivered it."""

    accounts: pl.DataFrame
    registrations: pl.DataFrame
    rights: pl.DataFrame
    persons: pl.Series | None

    @classmethod
    def unknown(cls) -> Household:
        """No register says anything."""
        return cls(
            registers.ACCOUNTS.empty_inside(), registers.REGISTRATIONS.empty_inside(), registers.RIGHTS.empty_inside(),
            None,
        )


def met(absences: pl.DataFrame, household: Household) -> pl.DataFrame:
    """ABSENCES with `fewest`, `most` persons of the full days (missing where the book cannot tell; `of_owners`: nobody
    is registered), `is_known`, `is_of_flat`; `residents` that were not told are the book's where one number holds."""
    flats = household.accounts.select("account_id", "premises_id").unique("account_id")
    away = (
        absences.filter(pl.col("effective_from") < pl.col("effective_to")).select(_DAYS)
        .join(flats, on="account_id")
    )
    told = _counted(away, household).join(_named(away, household), on="event_id", how="full", coalesce=True)
    is_one = pl.col("fewest") == pl.col("most")
    persons = household.persons
    is_listed = pl.lit(True) if persons is None else pl.col("person_id").is_in(persons.implode())
    return absences.join(told, on="event_id", how="left", maintain_order="left").with_columns(
        residents=pl.coalesce("residents", pl.when(is_one).then(pl.col("fewest").cast(pl.Int32))),
        is_known=is_listed | pl.col("is_of_flat").fill_null(False),
    )


def contradictions() -> list[Fault]:
    """Faults of rows of `met`."""
    fewest, most = pl.col("fewest"), pl.col("most")
    book = pl.when(fewest == most).then(fewest.cast(pl.String)).otherwise(
        pl.concat_str(pl.lit("от "), fewest.cast(pl.String), pl.lit(" до "), most.cast(pl.String))
    )
    who = pl.when("of_owners").then(pl.lit("никто не зарегистрирован, собственников ")).otherwise(
        pl.lit("зарегистрировано ")
    )
    told = pl.concat_str(
        pl.lit("в реестре "), who, book, pl.lit(" на эти дни, в заявлении "),
        pl.col("residents").cast(pl.String).fill_null("не указано"),
    )
    is_other = (fewest != most) | pl.col("residents").is_null() | (pl.col("residents").cast(pl.Int64) != fewest)
    return [
        Fault("residents", "other_count", fewest.is_not_null() & is_other, told),
        Fault("person_id", "unknown_person", ~pl.col("is_known")),
        Fault("person_id", "not_of_the_flat", pl.col("is_known") & ~pl.col("is_of_flat")),
    ]


def _counted(away: pl.DataFrame, household: Household) -> pl.DataFrame:
    """event_id, fewest, most, of_owners, of flats that the register of persons names and one account holds."""
    one_day = pl.duration(days=1)
    days = (
        away.join(_shared(away, household), on="event_id", how="anti")
        .join(household.registrations, on="premises_id", how="semi")
        .with_columns(day=pl.date_ranges(pl.col("effective_from") + one_day, pl.col("effective_to") - one_day))
        .explode("day", empty_as_null=True).drop_nulls("day").select("event_id", "premises_id", "day")
    )
    number = pl.col("persons_count").fill_null(1).cast(pl.Int64)
    owners = household.rights.filter(pl.col("role_code").is_in(list(_OWNERS)))
    registered = _on_days(days, household.registrations.with_columns(persons=number))
    owning = _on_days(days, owners.with_columns(persons=pl.lit(1, dtype=pl.Int64)))
    lives = registered["persons"] > 0
    return (
        registered.with_columns(is_owned=~lives, persons=pl.when(lives).then("persons").otherwise(owning["persons"]))
        .group_by("event_id", maintain_order=True)
        .agg(fewest=pl.col("persons").min(), most=pl.col("persons").max(), of_owners=pl.col("is_owned").all())
        .with_columns(pl.when(pl.col("most") > 0).then(pl.col("fewest", "most")).name.keep())
    )


def _on_days(days: pl.DataFrame, living: pl.DataFrame) -> pl.DataFrame:
    """event_id, day, persons of every day, in order."""
    there = days.join(living.select("premises_id", "valid_from", "valid_to", "persons"), on="premises_id").filter(
        pl.col("valid_from") <= pl.col("day"), pl.col("day") <= pl.col("valid_to").fill_null(_LAST)
    )
    counted = there.group_by("event_id", "day").agg(pl.col("persons").sum())
    return (
        days.join(counted, on=["event_id", "day"], how="left").sort("event_id", "day")
        .select("event_id", "day", pl.col("persons").fill_null(0))
    )


def _shared(away: pl.DataFrame, household: Household) -> pl.DataFrame:
    """Absences during which another account of the flat is open: the book counts the flat, not the account."""
    others = household.accounts.select("premises_id", "opened_on", "closed_on", other="account_id").unique()
    return away.join(others, on="premises_id").filter(
        pl.col("other") != pl.col("account_id"), pl.col("opened_on") <= pl.col("effective_to"),
        pl.col("closed_on").fill_null(_LAST) >= pl.col("effective_from"),
    ).select("event_id")


def _named(away: pl.DataFrame, household: Household) -> pl.DataFrame:
    """event_id, is_of_flat: whether the person is one of those whom rights or registrations name on a day of the
    absence; missing where the book does not name everybody who is counted.

    The fee is asked for all who live there, those for a time included (ПП 354, п. 56, 57), and members of the owner's
    family use the flat without a right of their own (ЖК РФ, ст. 31). So whom the register counts without a name may be
    the one who is away, and so may anybody where it counts nobody at all. Only where all the counted are named, or
    nobody is registered and the fee is that of the owners, is a person whom nothing names not one of the counted.
    """
    first, last = pl.col("effective_from"), pl.col("effective_to")
    is_then = (pl.col("valid_from") <= last) & (pl.col("valid_to").fill_null(_LAST) >= first)
    living = away.join(household.registrations.rename({"person_id": "named"}), on="premises_id").filter(is_then)
    is_nameless = pl.col("named").is_null() & (pl.col("persons_count").fill_null(1) > 0)
    named = pl.concat([
        rows.select("premises_id", "valid_from", "valid_to", named="person_id")
        for rows in (household.rights, household.registrations)
    ]).drop_nulls("named")
    found = away.join(named, on="premises_id").filter(is_then, pl.col("named") == pl.col("person_id"))
    return (
        living.group_by("event_id", maintain_order=True).agg(is_nameless=is_nameless.any())
        .join(found.select("event_id", is_found=True).unique(), on="event_id", how="full", coalesce=True)
        .select("event_id", is_of_flat=pl.when("is_found").then(True).when(~pl.col("is_nameless")).then(False))
    )
