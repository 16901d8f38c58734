"""The file of calls that leaves: phones, the hours of the day on which they may be rung, the label of the caller.

The hours are those of the place (230-ФЗ, ст. 7, taken as good practice), by whether the day of the call is a working
one. A mass call wants the operator's contract and a label (41-ФЗ от 01.04.2025): without `calls: {label: …}` in the
settings nothing leaves. Personal data, readable by the owner of the book only.
"""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.debt import SMS_LIST
from pipeline.contracts.registers import CONTACTS
from pipeline.errors import RaschetError
from pipeline.identifiers import mobile_phone
from pipeline.rules.calendar import CalendarUnknown, WorkingCalendar
from pipeline.rules.debt_calls import CallRules
from pipeline.storage.files import sweep
from pipeline.storage.run import MonthRun

#: Characters that the network shows of a caller.
LONGEST_LABEL: Final = 32


class CannotDispatch(RaschetError):
    """The list does not exist, waits for a registry, is not of this night, or the book may not send it."""


def phones_of(run: MonthRun, people: pl.DataFrame) -> pl.DataFrame:
    """person_id, phone of the people as the network dials it; null for what is no Russian mobile."""
    contacts = run.register(CONTACTS).select("person_id", "phone").filter(pl.col("phone").is_not_null())
    known = contacts.join(people.select("person_id"), on="person_id", how="semi")
    phones = pl.Series("phone", [mobile_phone(phone) for phone in known["phone"].to_list()], dtype=pl.String)
    return known.with_columns(phones)


def callable_people(run: MonthRun, listed: pl.DataFrame, told: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """CALL_LIST with `phone`, each phone once; and how many people have no mobile. told: DISPATCHES of the day.

    A phone is told of debts once a day: whoever shares it waits, also with somebody of tonight's SMS list, left or not.
    """
    with_phone = listed.join(phones_of(run, listed), on="person_id").drop_nulls("phone")
    others = pl.concat([run.read(SMS_LIST).select("person_id"), told.select("person_id")]).drop_nulls().unique()
    busy = with_phone.join(phones_of(run, others).drop_nulls(), on="phone", suffix="_told").filter(
        pl.col("person_id") != pl.col("person_id_told")
    )
    once = with_phone.sort("person_id").unique("phone", keep="first", maintain_order=True)
    return once.join(busy, on="action_id", how="anti"), listed.height - with_phone.height


def write_calls(run: MonthRun, key: str, leaving: pl.DataFrame, on: date) -> Path:
    """`action_id, person_id, phone, claimed_rub, reason, label, call_on, call_from, call_until`, one row a person."""
    label = _label(run)
    rules = CallRules.in_force(run.rule_book, on)
    first, last = hours_of(run, on, working=rules.hours_working_day, day_off=rules.hours_day_off)
    calls = leaving.select(
        "action_id", "person_id", "phone", claimed_rub=money.roubles(pl.col("claimed_kop")), reason="reason",
        label=pl.lit(label), call_on=pl.lit(on),
        call_from=pl.lit(time(first)), call_until=pl.lit(time(last)),
    ).sort("person_id")
    sweep(run.personal)
    return run.write_personal(key, calls)


def _label(run: MonthRun) -> str:
    label = str(run.book.settings.section("calls").get("label") or "")
    if not label or len(label) > LONGEST_LABEL:
        told = f"длиннее {LONGEST_LABEL} знаков" if label else "не задана"
        raise CannotDispatch(
            f"Подпись вызова {told}, без неё звонить нельзя (41-ФЗ)",
            'Впишите её в settings.yaml: calls: {label: "РКЦ Энск"}',
        )
    return label


def hours_of(run: MonthRun, on: date, *, working: tuple[int, ...], day_off: tuple[int, ...]) -> tuple[int, ...]:
    """From and until; a day that no calendar knows has the shorter hours of a day off."""
    try:
        is_working = WorkingCalendar.known(run.rule_book).is_working(on)
    except CalendarUnknown:
        is_working = False
    return working if is_working else day_off
