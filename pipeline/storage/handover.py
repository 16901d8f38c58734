"""Requests to a provider, a court, a bank or bailiffs, and letters to debtors, are handed over: once, and again while
nobody answers.

What is asked follows from acts, court events and the ledger alone (`restriction_list`, `enforcement_list`,
`withdrawal_list`, `claim_list`, `pretrial_notices`, `instalments_offered`), so a request stays in its list until the
answer is registered. Restoring a service and taking a claim back are asked for every day, an instalment is offered and
the court announced once an episode; anything else not again before `debt.handover_repeat_days`. Cutting off leaves by
the list of last night alone, which counts up to yesterday: somebody may have paid since an older one. The journal
`handovers` keeps them, and papers of a later night leave out what has left. Not here: lists of the ladder
(`dispatch.py`), the papers.
"""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from typing import Final

import polars as pl

from pipeline.contracts.claims import CLAIM_LIST
from pipeline.contracts.debt import ENFORCEMENT_LIST, RESTRICTION_LIST, WITHDRAWAL_LIST
from pipeline.contracts.handovers import HANDOVERS, OFFERS
from pipeline.contracts.instalments import INSTALMENTS_OFFERED
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.domain.debt.identity import hashed
from pipeline.domain.debt.paper_numbers import of_handovers
from pipeline.rules.debt_handover import HandoverRules
from pipeline.rules.registry import Rules
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun

_DAILY: Final = ("restore", "reduce", "withdraw", "recall")
_CUTTING_OFF: Final = ("restriction", "suspension")
_WHAT: Final = ("account_id", "creditor_id", "service_code", "court_case_id", "handed_to_code", "asked_code")
_NONE: Final = pl.lit(None, dtype=pl.String)
_AGAIN: Final = pl.lit(None, dtype=pl.Date)
_LISTS: Final = {table.name: table for table in (
    RESTRICTION_LIST, ENFORCEMENT_LIST, WITHDRAWAL_LIST, CLAIM_LIST, PRETRIAL_NOTICES,
)} | {
    OFFERS: INSTALMENTS_OFFERED,
}


def hand_over(run: MonthRun, list_code: str, on: date) -> tuple[pl.DataFrame, int, int]:
    """HANDOVERS that left now; how many rows of the list had left before, and how many are too old; under the lock."""
    listed = requests(list_code, run.read(_LISTS[list_code]))
    is_old = pl.col("asked_code").is_in(_CUTTING_OFF) & pl.lit(on > run.as_of + timedelta(days=1))
    asked = listed.filter(~is_old)
    new = unanswered(run.book, asked, rule_book=run.rule_book, on=on, before=None)
    told = (pl.lit(run.book.settings.book_id), pl.lit(list_code), *(pl.col(name).fill_null("") for name in _WHAT))
    leaving = new.with_columns(
        hashed(new, *told, pl.lit(str(on))).alias("action_id"), list_code=pl.lit(list_code), handed_on=pl.lit(on),
        run_month=pl.lit(run.month.first_day), run_id=pl.lit(run.run_id),
        paper_number=of_handovers(list_code, run.as_of),
    ).select(HANDOVERS.inside_names).sort(HANDOVERS.primary_key)
    if not leaving.is_empty():
        digest = sha256("\n".join(leaving["action_id"].to_list()).encode()).hexdigest()[:12]
        journal.append(run.book, HANDOVERS, f"{list_code}-{on}-{digest}", leaving)
    return leaving, asked.height - leaving.height, listed.height - asked.height


def requests(list_code: str, listed: pl.DataFrame) -> pl.DataFrame:
    """Rows of a list that ask for something tonight, with what of HANDOVERS they say, and `once_since`: the day since
    which it is asked for only once."""
    named = ("account_id", "creditor_id", "claimed_kop")
    if list_code == RESTRICTION_LIST.name:
        # the day of a restoring is its last one: it is asked for from the first night
        is_due = (pl.col("next_action_on") <= pl.col("run_on")) | (pl.col("next_action_code") == "restore")
        return listed.drop_nulls("next_action_on").filter(is_due).select(
            *named, "service_code", court_case_id=_NONE, handed_to_code=pl.lit("provider"),
            asked_code="next_action_code", once_since=_AGAIN,
        )
    if list_code == PRETRIAL_NOTICES.name:
        return listed.select(
            *named, service_code=_NONE, court_case_id=_NONE, handed_to_code=pl.lit("debtor"),
            asked_code=pl.lit("pretrial"), once_since="once_since_on",
        )
    if list_code == OFFERS:
        return listed.select(
            *named, service_code=_NONE, court_case_id=_NONE, handed_to_code=pl.lit("debtor"),
            asked_code=pl.lit("instalment"),
            once_since="once_since_on",
        )
    if list_code == CLAIM_LIST.name:
        return listed.select(
            "account_id", "creditor_id", "court_case_id",
            pl.sum_horizontal("claimed_kop", "penalty_kop", "duty_kop").alias("claimed_kop"),
            service_code=_NONE, handed_to_code=pl.lit("court"), asked_code=pl.lit("claim"),
            once_since=_AGAIN,
        )
    asked = pl.col("action_code") if list_code == WITHDRAWAL_LIST.name else pl.lit("writ")
    costs = ("penalty_held_kop", "duty_held_kop") if list_code == WITHDRAWAL_LIST.name else ("penalty_kop", "duty_kop")
    return listed.select(
        "account_id", "creditor_id", pl.sum_horizontal("claimed_kop", *costs).alias("claimed_kop"),
        "court_case_id", service_code=_NONE, handed_to_code="addressee_code", asked_code=asked, once_since=_AGAIN,
    )


def unanswered(
    book: Book, asked: pl.DataFrame, *, rule_book: Rules, on: date, before: date | None
) -> pl.DataFrame:
    """Requests that have not left lately and may leave on a day. before: what left from that day on is not looked at,
    so that the papers of one night can be printed again."""
    repeat_days = HandoverRules.in_force(rule_book, on).repeat_days
    days = pl.when(pl.col("asked_code").is_in(_DAILY)).then(1).otherwise(repeat_days)
    left = journal.read(book, HANDOVERS)
    if before is not None:
        left = left.filter(pl.col("handed_on") < before)
    recent = asked.join(left.select(*_WHAT, _was_on="handed_on"), on=_WHAT, nulls_equal=True).filter(
        (pl.col("_was_on") + pl.duration(days=days) > pl.lit(on))
        | (pl.col("_was_on") >= pl.col("once_since")).fill_null(False)
    )
    return asked.join(recent, on=_WHAT, how="anti", nulls_equal=True)
