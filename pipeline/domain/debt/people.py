"""Whom an account's debt concerns: who held a right in its flat, and which one adult may be written to.

A closed account belongs to those who held the right when it was closed: debts stay with the former owner (ЖК РФ,
ст. 153, ч. 2). Children are never written to, not even when the register calls them owners. In a municipal flat the
tenant owes, not the owner (ЖК РФ, ст. 69).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.identifiers import mobile_phone

#: As registers write them nearly always; a test holds it against the numbering plan.
PLAIN_MOBILE = r"^\+79(?:[0-24-9][0-9]|3[1-9])[0-9]{7}$"
_CHILD = "minor_owner"
#: Outcomes after which a number is left alone.
_GIVEN_UP = ("wrong_number", "refused")
_OWNER_FIRST = {"owner": 0, "joint_owner": 1, "tenant": 2}
_TENANT_FIRST = {"tenant": 0, "owner": 1, "joint_owner": 2}


def holders(accounts: pl.DataFrame, rights: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """account × person with a right on the day that counts, best addressee first; `rank` is null for children."""
    on = pl.min_horizontal("closed_on", pl.lit(as_of)).fill_null(as_of)
    role = pl.col("role_code")
    rank = (
        pl.when(pl.col("account_kind_code") == "municipal_tenant")
        .then(role.replace_strict(_TENANT_FIRST, default=None, return_dtype=pl.Int32))
        .otherwise(role.replace_strict(_OWNER_FIRST, default=None, return_dtype=pl.Int32))
    )
    # On the day of a sale both owners hold the flat: the account that was closed is the earlier one's.
    since = pl.when(pl.col("closed_on") <= as_of).then("valid_from")
    return (
        accounts.select("account_id", "premises_id", "account_kind_code", "closed_on", _on=on)
        .join(rights, on="premises_id")
        .filter(pl.col("_on") >= pl.col("valid_from"), ~(pl.col("_on") > pl.col("valid_to")).fill_null(False))
        .with_columns(rank=rank, _since=since)
        .sort("account_id", "rank", "_since", "person_id", nulls_last=True)
        .unique(["account_id", "person_id"], keep="first", maintain_order=True)
        .select("account_id", "person_id", "rank")
    )


def addressees(
    held: pl.DataFrame, persons: pl.DataFrame, contacts: pl.DataFrame, *, as_of: date, adult_years: int,
    call_needs_consent: bool,
) -> pl.DataFrame:
    """account: its one addressee, and what may be sent to the phone; no phone leaves this function.

    Columns: account_id, person_id, may_text (a Russian mobile, not opted out), may_remind (and agreed to reminders),
    is_phone_verified (the person has confirmed it), may_call (confirmed, and agreed to calls where the law wants it:
    whoever answers another phone would hear of the debt).
    """
    is_child = pl.col("birth_on").dt.offset_by(f"{adult_years}y") > as_of
    first = (
        held.drop_nulls("rank")
        .join(persons.select("person_id", "birth_on"), on="person_id", how="left", maintain_order="left")
        .filter(~is_child.fill_null(False))
        .unique("account_id", keep="first", maintain_order=True)
    )
    known = contacts.join(first.select("person_id").unique(), on="person_id", how="semi")
    may_text = pl.col("_is_mobile") & ~pl.col("has_opted_out")
    is_verified = pl.col("phone_verified_on").is_not_null() & (pl.col("phone_verified_on") <= as_of)
    reach = known.with_columns(pl.Series("_is_mobile", _are_mobile(known), dtype=pl.Boolean)).select(
        "person_id",
        may_text=may_text,
        may_remind=may_text & pl.col("has_sms_consent"),
        is_phone_verified=is_verified,
        may_call=may_text & is_verified & (pl.col("has_call_consent").fill_null(False) | (not call_needs_consent)),
    )
    return (
        first.select("account_id", "person_id")
        .join(reach, on="person_id", how="left")
        .with_columns(pl.col("may_text", "may_remind", "is_phone_verified", "may_call").fill_null(False))
        .sort("account_id")
    )


def gave_up(dispatches: pl.DataFrame, outcomes: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """person_id: told_on, the last day on which a message came back as a wrong number or was refused."""
    ends = outcomes.filter(pl.col("outcome_code").is_in(_GIVEN_UP) & (pl.col("outcome_on") <= as_of))
    persons = dispatches.drop_nulls("person_id").select("action_id", "person_id").unique()
    return ends.join(persons, on="action_id").group_by("person_id").agg(told_on=pl.col("outcome_on").max())


def without_given_up(contacts: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """CONTACTS where such a number counts as opted out, until its person has confirmed one later."""
    is_silent = pl.col("told_on").is_not_null() & ~(pl.col("phone_verified_on") > pl.col("told_on")).fill_null(False)
    return (
        contacts.join(told, on="person_id", how="left", maintain_order="left")
        .with_columns(has_opted_out=pl.col("has_opted_out") | is_silent)
        .select(contacts.columns)
    )


def _are_mobile(contacts: pl.DataFrame) -> list[bool]:
    """Whether each phone is a Russian mobile. Most are told by their first digits; others are looked at singly."""
    plain = contacts["phone"].str.contains(PLAIN_MOBILE).fill_null(True).to_list()
    return [
        phone is not None and (is_plain or mobile_phone(phone) is not None)
        for phone, is_plain in zip(contacts["phone"].to_list(), plain, strict=True)
    ]
