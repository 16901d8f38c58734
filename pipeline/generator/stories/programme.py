"""All stories in order, and how a cast is set up, plays and becomes frames of the crowd's shapes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, opening
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.events import SERVICE_NORMS
from pipeline.generator import meters as metering
from pipeline.generator import norms
from pipeline.generator.accounts import Settlement, account_registers
from pipeline.generator.documents import documents_of
from pipeline.generator.draws import KEY
from pipeline.generator.lines import lines_of
from pipeline.generator.played import PAYMENT_SCHEMA, READING_SCHEMA, REVERSAL_SCHEMA, Played
from pipeline.generator.population import TOWN
from pipeline.generator.slips.readings import BESIDE
from pipeline.generator.stories import (
    advance,
    applications,
    arrivals,
    benefits,
    bills,
    bonus,
    debts,
    enforcement,
    lapses,
    meter_acts,
    money,
    owners,
    queue,
    readings,
)
from pipeline.generator.stories.roles import Story, cast_of, traits_of, with_overrides
from pipeline.generator.stories.scene import MONTHS, Book, Scene
from pipeline.generator.timetable import Cycle, cycles

#: In this order for good: the place of a story gives its accounts their numbers. New ones come last.
STORIES: Final = (
    *bonus.STORIES, *money.STORIES, *debts.STORIES, *readings.STORIES, *arrivals.STORIES, *queue.STORIES,
    *enforcement.STORIES, *lapses.STORIES, *applications.STORIES, *bills.STORIES, *meter_acts.STORIES,
    *owners.STORIES, *benefits.STORIES, *advance.STORIES,
)
CHANGED_ON: Final = date(2026, 2, 15)
"""Day of the second snapshot of accounts: who was closed, opened or followed by another."""
SNAPSHOTS: Final = ((CHANGED_ON, "accounts"),)
"""Registers taken a second time."""
Key = tuple[str, str]
ROLES: Final = {(story.slug, role.name): role for story in STORIES for role in story.roles}
CAST_SIZE: Final = len(ROLES)
FIRST_MONTH: Final = BillingMonth(2025, 12)


@dataclass(frozen=True)
class Performance:
    """What the cast did and what must come out of it."""

    played: Played | None = None
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)


def performed(settlement: Settlement, months: int) -> Performance:
    """All stories told over the first six months; in later months of a longer book the cast pays on time. The cast
    lives in the houses of a town, wherever it plays."""
    settlement = replace(settlement, population=TOWN)
    staged = cycles(FIRST_MONTH, max(len(MONTHS), months))
    cast = cast_of(STORIES)
    accounts = traits_of(cast, STORIES, settlement)
    meters = _meters(accounts, cast, settlement, len(staged))
    book = _billed(accounts, meters, cast, settlement, staged)
    answers = {story.slug: _told(story, book, cast, len(staged)) for story in STORIES}
    debts.give_over(book, cast)
    return Performance(_played(book, accounts, meters, cast, settlement, months), answers)


def _told(story: Story, book: Book, cast: pl.DataFrame, months: int) -> dict[str, Any]:
    ids = dict(cast.filter(pl.col("slug") == story.slug).select("role", "account_id").rows())
    scene = Scene(book, ids)
    story.script(scene)
    for role in story.roles:
        if role.last_month is None:
            scene.pays_on_time(*range(len(MONTHS), months), role=role.name, is_eligible=False)
    return {"title": story.title, "accounts": ids, **scene.answer}


def _meters(accounts: pl.DataFrame, cast: pl.DataFrame, settlement: Settlement, months: int) -> pl.DataFrame:
    bare = metering.meters_of(accounts, settlement.draws, FIRST_MONTH)
    steady = with_overrides(bare, cast, STORIES, "last_value_e7", "average_e7", "actual_volume_e7")
    counted = metering.with_volumes(steady, settlement.draws, months)
    volumes = [f"volume_{month}" for month in range(months)]
    return metering.with_running(with_overrides(counted, cast, STORIES, *volumes), months)


def _billed(
    accounts: pl.DataFrame, meters: pl.DataFrame, cast: pl.DataFrame, settlement: Settlement, staged: list[Cycle]
) -> Book:
    """Documents, lines and readings as the biller and the residents made them, before any script edits them."""
    book = Book(staged, {}, {}, [], meters.to_dicts(), {row["account_id"]: row for row in accounts.to_dicts()})
    for month, cycle in enumerate(staged):
        billed = _living(cast, month)
        of_month = accounts.join(billed, on="account_id", how="semi")
        of_meters = meters.join(billed, on="account_id", how="semi")
        lines = lines_of(of_month, of_meters, month, cycle)
        for document in documents_of(lines, cycle).to_dicts():
            book.documents[document["document_id"]] = document
        for line in lines.to_dicts():
            book.charges.setdefault(line["document_id"], []).append(line)
        read = metering.readings_of(of_meters, settlement.draws, month, cycle)
        book.readings += [reading | {"month_number": month} for reading in read.drop(BESIDE).to_dicts()]
    return book


def _living(cast: pl.DataFrame, month: int) -> pl.DataFrame:
    """Accounts that are billed for a month."""
    ids = _ids(cast)
    living = [
        ids[key] for key, role in ROLES.items()
        if role.first_month <= month and (role.last_month is None or month <= role.last_month)
    ]
    return pl.DataFrame({"account_id": living}, schema={"account_id": pl.String()})


def _played(
    book: Book, accounts: pl.DataFrame, meters: pl.DataFrame, cast: pl.DataFrame, settlement: Settlement, months: int
) -> Played:
    told_until = book.cycles[months - 1].month.first_day
    documents = pl.DataFrame(list(book.documents.values()), schema=billing.BILLING_DOCUMENTS.inside_schema)
    lines = [line for of_document in book.charges.values() for line in of_document]
    registers, later = _registers(accounts, meters, cast, settlement)
    lump = pl.DataFrame(book.lump_items, schema=opening.OPENING_ITEMS.inside_schema)
    reversals = pl.DataFrame(book.reversals, schema=REVERSAL_SCHEMA)
    return Played(
        meters=meters.select(pl.exclude("^(volume|register)_([0-9]+)$"), *(
            f"{word}_{month}" for word in ("volume", "register") for month in range(months)
        )),
        items=pl.concat([*book.items, lump]),
        advances=opening.OPENING_ADVANCES.empty_inside(),
        dunning=pl.DataFrame(book.dunning, schema=opening.OPENING_DUNNING.inside_schema),
        documents=documents.filter(pl.col("billing_month") <= told_until),
        charges=pl.DataFrame(lines, schema=billing.CHARGES.inside_schema),
        payments=pl.DataFrame(book.payments, schema=PAYMENT_SCHEMA),
        payments_elsewhere=pl.DataFrame(book.payments_elsewhere, schema=PAYMENT_SCHEMA),
        reversals=reversals, readings=pl.DataFrame(book.readings, schema=READING_SCHEMA),
        registers=registers, later_registers=later,
        # norms are told of January's accounts: nobody knows yet who comes later
        events={(norms.TOLD_ON, SERVICE_NORMS.name): norms.service_norms(
            accounts.join(_living(cast, 1), on="account_id", how="semi", maintain_order="left")
        )} | {
            key: pl.DataFrame(rows, schema=TABLES[key[1]].inside_schema) for key, rows in book.events.items()
        },
        extra_files=tuple(book.extra_files),
    )


def _registers(
    accounts: pl.DataFrame, meters: pl.DataFrame, cast: pl.DataFrame, settlement: Settlement
) -> tuple[dict[str, pl.DataFrame], dict[tuple[date, str], pl.DataFrame]]:
    """Registers of the cast; the first snapshot does not know yet who will be closed or opened."""
    registers = account_registers(accounts, settlement.draws)
    ids = _ids(cast)
    unannounced = [ids[key] for key, role in ROLES.items() if not role.is_announced]
    now = registers["accounts"]
    first = now.filter(~pl.col("account_id").is_in(unannounced)).with_columns(
        closed_on=pl.lit(None, dtype=pl.Date()), successor_account_id=pl.lit(None, dtype=pl.String())
    )
    registers["contacts"] = _contacts(registers["contacts"], accounts, ids)
    for key, role in ROLES.items():
        if role.person_of:
            registers["rights"] = registers["rights"].with_columns(
                pl.col("person_id").replace(f"p-{ids[key]}", f"p-{ids[key[0], role.person_of]}")
            )
    registers["meters"] = metering.meter_register(meters)
    return registers | {"accounts": first}, {SNAPSHOTS[0]: now}


def _contacts(contacts: pl.DataFrame, accounts: pl.DataFrame, ids: dict[Key, str]) -> pl.DataFrame:
    """Everybody of the cast can be written to on a verified phone, unless a role says otherwise."""
    number = pl.format("+7900{}", pl.col(KEY).cast(pl.String()))
    phones = accounts.select(pl.format("p-{}", "account_id").alias("person_id"), phone=number)
    reached = contacts.drop("phone").join(phones, on="person_id").with_columns(
        phone_source_code=pl.lit("resident"), phone_verified_on=pl.lit(date(2025, 3, 1)),
        has_sms_consent=pl.lit(True), has_opted_out=pl.lit(False), has_call_consent=pl.lit(False),
    ).select(contacts.columns)
    for key, role in ROLES.items():
        this = pl.col("person_id") == f"p-{ids[key]}"
        for column, value in role.contact.items():
            told = pl.lit(value, dtype=contacts.schema[column])
            reached = reached.with_columns(pl.when(this).then(told).otherwise(column).alias(column))
    return reached


def _ids(cast: pl.DataFrame) -> dict[Key, str]:
    return dict(zip(cast.select("slug", "role").rows(), cast["account_id"], strict=True))
