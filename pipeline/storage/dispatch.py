"""A list is handed over: its actions go to the journal once, and from then on nothing of it is listed or sent again.

The journal is the truth of what left. Texts with phones are written before it, in the private folder of the run: when
the machine stops in between, the next call writes the same texts and the missing lines. Handing over the same list
again adds nothing; a list made anew on the same night adds only what has not left yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts.debt import (
    CALL_LIST,
    COURT_LIST,
    DEBT_RECEIPTS,
    DEBTOR_LISTS,
    DEBTORS,
    DISPATCHES,
    LISTS,
    SMS_LIST,
)
from pipeline.contracts.handovers import HANDED_LISTS, OFFERS
from pipeline.contracts.reminders import READING_REMINDERS
from pipeline.domain.debt.arrears import message_claim
from pipeline.domain.debt.paper_numbers import of_dispatches
from pipeline.rendering.sms import with_texts
from pipeline.rendering.words import awaited_of
from pipeline.rules.debt import DebtRules
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.dispatch_calls import CannotDispatch, callable_people, write_calls
from pipeline.storage.dispatch_reminders import remind
from pipeline.storage.dispatch_texts import write_gateway, write_texts
from pipeline.storage.handover import hand_over
from pipeline.storage.lock import lock
from pipeline.storage.manifest import published_version
from pipeline.storage.run import MonthRun
from pipeline.storage.scenario import require_real
from pipeline.storage.status import open_month

_TABLES: Final = {table.name: table for table in (SMS_LIST, CALL_LIST, DEBT_RECEIPTS, COURT_LIST)}
_PERSONAL: Final = (SMS_LIST.name, CALL_LIST.name)
_NAMES: Final = (*LISTS, *HANDED_LISTS, READING_REMINDERS.name)
_STAGE: Final = ["episode_id", "stage_code"]
_NO_GATEWAY: Final[tuple[Path | None, int]] = (None, 0)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a call did: rows of the list that left now, those that had left before, and where the texts are."""

    list_code: str
    rows: int
    left_before: int
    claimed_kop: int
    texts: Path | None
    gateway: Path | None = None
    not_in_gateway: int = 0
    waiting: int = 0
    """People whose phone another one has who is written to or called: called on another night."""
    without_phone: int = 0
    """People of the call list who have no mobile phone."""
    too_old: int = 0
    """Services to cut off by a list older than last night's: somebody may have paid since."""


def dispatch(book: Book, list_code: str, on: date) -> HandedOver:
    """Hand over a list of the published open month on a day, under the lock of the book."""
    require_real(book)
    with lock(book.require()):
        run = _published_run(book)
        if list_code == READING_REMINDERS.name:
            _require_fresh(run, list_code, run.as_of, on)
            left = remind(run, on)
            return HandedOver(list_code, left.rows, left.left_before, 0, left.texts, *left.gateway)
        if list_code in HANDED_LISTS:
            # what waits for registries stands in its own row of these lists; offers are contacts, as a debt receipt is
            if list_code == OFFERS:
                _require_ready(run, DEBT_RECEIPTS.name, on, named=OFFERS)
            _require_fresh(run, list_code, run.as_of, on)
            leaving, left_before, too_old = hand_over(run, list_code, on)
            claimed = int(leaving["claimed_kop"].sum())
            return HandedOver(list_code, leaving.height, left_before, claimed, None, too_old=too_old)
        _require_ready(run, list_code, on)
        return _handed_over(run, list_code, on)


def _published_run(book: Book) -> MonthRun:
    month = open_month(book)
    version = published_version(book, month) if month else None
    if version is None or month is None:
        command = f"raschet run --month {month or 'ГГГГ-ММ'}"
        raise CannotDispatch("Открытый месяц ещё не рассчитан, списков нет", f"Рассчитайте его: {command}")
    return MonthRun.resume(book, month, version.folder.name)


def _require_ready(run: MonthRun, list_code: str, on: date, *, named: str | None = None) -> None:
    """A list that stands ready on its night; `named`: how a message calls it, where that is not its own name."""
    if list_code not in LISTS:
        raise CannotDispatch(f"Нет списка «{list_code}»", f"Есть списки: {', '.join(_NAMES)}")
    row = run.read(DEBTOR_LISTS).filter(pl.col("list_code") == list_code).to_dicts()[0]
    if row["status_code"] != "ready":
        raise CannotDispatch(
            f"Список {named or list_code} не составлен: ждёт реестры {awaited_of(row['awaited'])}",
            "Примите реестры и пересчитайте месяц",
        )
    _require_fresh(run, named or list_code, row["run_on"], on)


def _require_fresh(run: MonthRun, list_code: str, run_on: date, on: date) -> None:
    last_day = run_on + timedelta(days=DebtRules.in_force(run.rule_book, run.as_of).list_valid_days)
    if not run_on <= on <= last_day:
        raise CannotDispatch(
            f"Список {list_code} составлен на {run_on:%d.%m.%Y} и передаётся по {last_day:%d.%m.%Y}, "
            f"а не {on:%d.%m.%Y}",
            "Пересчитайте месяц, чтобы учесть последние платежи",
        )


def _handed_over(run: MonthRun, list_code: str, on: date) -> HandedOver:
    listed = run.read(_TABLES[list_code])
    before = journal.read(run.book, DISPATCHES)
    told = before.filter(pl.col("list_code").is_in(_PERSONAL) & (pl.col("dispatched_on") == on))
    called, no_phone = callable_people(run, listed, told) if list_code == CALL_LIST.name else (listed, 0)
    waiting, listed = listed.height - called.height - no_phone, listed.join(called, on="action_id", how="semi")
    actions = _actions(run, list_code, listed, on)
    new = actions.join(_left(actions, before, on), on="action_id", how="anti")
    leaving = listed.join(new.select("action_id").unique(), on="action_id", how="semi")
    texts, gateway = None, _NO_GATEWAY
    if not new.is_empty():
        key = f"{list_code}-{on}-{_digest(leaving['action_id'])}"
        if list_code == SMS_LIST.name:
            texts = write_texts(run, key, with_texts(leaving, centre=run.book.settings.name))
            gateway = write_gateway(run, texts, on)
        if list_code == CALL_LIST.name:
            texts = write_calls(run, key, called.join(leaving, on="action_id", how="semi"), on)
        journal.append(run.book, DISPATCHES, key, new)
    return HandedOver(
        list_code, leaving.height, listed.height - leaving.height, int(leaving["claimed_kop"].sum()), texts,
        *gateway, waiting=waiting, without_phone=no_phone,
    )


def _actions(run: MonthRun, list_code: str, listed: pl.DataFrame, on: date) -> pl.DataFrame:
    """DISPATCHES of a list: a message to a person is one action with a row for every debt that it speaks of."""
    debtors = run.read(DEBTORS).select(
        "episode_id", "account_id", "creditor_id", "track_code", message_claim().alias("_claimed"),
        stage_code="next_action_code",
    )
    if list_code in _PERSONAL:
        told = listed.select("action_id", "person_id", episode_id="episode_ids")
        each = told.explode("episode_id", empty_as_null=True)
        rows = each.join(debtors, on="episode_id").with_columns(
            claimed_kop="_claimed", paper_number=of_dispatches(list_code, run.as_of)
        )
    else:
        named = listed.select(
            "action_id", "episode_id", "claimed_kop", person_id=pl.lit(None, dtype=pl.String),
            paper_number=of_dispatches(list_code, run.as_of),
        )
        rows = named.join(debtors, on="episode_id")
    return rows.with_columns(
        list_code=pl.lit(list_code), dispatched_on=pl.lit(on), run_month=pl.lit(run.month.first_day),
        run_id=pl.lit(run.run_id),
    ).select(DISPATCHES.inside_names)


def _left(actions: pl.DataFrame, before: pl.DataFrame, on: date) -> pl.DataFrame:
    """Actions that must not leave: one of their stages has left already, or the person was written to or called on
    this day."""
    same_stage = actions.join(before.select(_STAGE), on=_STAGE, how="semi")
    written = before.filter(pl.col("list_code").is_in(_PERSONAL) & (pl.col("dispatched_on") == on))
    same_person = actions.join(written.select("person_id").drop_nulls(), on="person_id", how="semi")
    return pl.concat([same_stage, same_person]).select("action_id").unique()


def _digest(actions: pl.Series) -> str:
    return sha256("\n".join(actions.sort().to_list()).encode()).hexdigest()[:12]
