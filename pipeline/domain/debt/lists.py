"""The lists of a night: whom to write to, to send a debt receipt, to take to court, and whether they may leave.

A list is made only when every registry that could still hold an earlier payment is in: the cut less the usual delay of
the channel. Otherwise it is empty and says which registry it waits for. A person is written to once a night, over all
accounts and creditors; what has left in an episode is not listed again, because its stage is behind. Calls have a
file of their own (`calls.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from pipeline import money
from pipeline.contracts.claims import APPLICATIONS
from pipeline.contracts.debt import COURT_LIST, DEBT_RECEIPTS, DEBTOR_LISTS, LISTS, SMS_LIST
from pipeline.domain.debt.arrears import PAIR, message_claim
from pipeline.domain.debt.debtors import Standing
from pipeline.domain.debt.identity import hashed
from pipeline.rules.debt import NoticeRules

SMS_STAGES = ("reminder", "sms")
CANDIDATE = (*PAIR, "person_id", "episode_id", "stage_code", "claimed_kop", "is_phone_verified")
_LATEST_FIRST = {"sms": 0, "reminder": 1}


def awaited(registries: pl.DataFrame, channels: pl.DataFrame, *, as_of: date) -> list[str]:
    """`provider:channel` of every registry that is late, or should by its channel's usual delay already be in."""
    delay = pl.duration(days=pl.col("usual_delay_days").fill_null(0))
    could_hold_earlier = pl.col("covers_until") <= pl.lit(as_of) - delay
    is_out = (pl.col("status_code") == "late") | ((pl.col("status_code") == "awaited") & could_hold_earlier)
    names = pl.concat_str("provider_code", "channel_code", separator=":")
    delays = channels.select("channel_code", "usual_delay_days")
    return (
        registries.join(delays, on="channel_code", how="left").filter(is_out).select(names.unique().sort())
        .to_series().to_list()
    )


def sms_candidates(standing: Standing) -> pl.DataFrame:
    """Debtors of one part whose reminder or SMS may leave tonight, each with its person."""
    due = standing.notice.filter(pl.col("is_due") & pl.col("next_action_code").is_in(SMS_STAGES))
    return due.drop_nulls("person_id").with_columns(message_claim()).select(CANDIDATE).sort(*PAIR)


def sms_list(
    candidates: pl.DataFrame, dispatches: pl.DataFrame, *, rules: NoticeRules, run_on: date, book_id: str
) -> pl.DataFrame:
    """One row a person over the candidates of all parts: SMS_LIST without `segments`, inside shape.

    The text is that of the furthest stage. A phone that nobody has confirmed gets the neutral text without a sum, and
    so does a debt that is wholly out of limitation.
    """
    rank = pl.col("stage_code").replace_strict(_LATEST_FIRST, return_dtype=pl.Int32)
    caps = ((1, rules.sms_per_day_max), (7, rules.sms_per_week_max), (30, rules.sms_per_month_max))
    per_person = (
        candidates.join(contacted_enough(dispatches, SMS_LIST.name, caps, run_on), on="person_id", how="anti")
        .sort(rank, *PAIR)
        .group_by("person_id", maintain_order=True)
        .agg(
            account_ids=pl.col("account_id").unique().sort(),
            episode_ids=pl.col("episode_id").unique().sort(),
            stage_code=pl.col("stage_code").first(),
            claimed_kop=money.total("claimed_kop"),
            is_phone_verified=pl.col("is_phone_verified").all(),
            _stages=pl.concat_str("episode_id", "stage_code", separator=":").sort(),
        )
    )
    may_name_sum = pl.col("is_phone_verified") & (pl.col("claimed_kop") > 0)
    tone = pl.when(may_name_sum).then(pl.lit("_sum")).otherwise(pl.lit("_neutral"))
    actions = hashed(per_person, pl.lit(book_id), "person_id", pl.col("_stages").list.join(","))
    listed = per_person.drop("_stages").with_columns(
        actions.alias("action_id"), run_on=pl.lit(run_on), template_code=pl.col("stage_code") + tone
    )
    return listed.sort("person_id")


def debt_receipts(
    standing: Standing, dispatches: pl.DataFrame, *, rules: NoticeRules, run_on: date, book_id: str
) -> pl.DataFrame:
    """DEBT_RECEIPTS of one part: what can be shown month by month, so without lump sums.

    Receipts of one night go to the flat together, so the cap of thirty days counts nights of an account, over all
    creditors; what it keeps back waits.
    """
    nights = dispatches.with_columns(action_id=pl.col("dispatched_on").cast(pl.String))
    enough = contacted_enough(
        nights, DEBT_RECEIPTS.name, [(30, rules.debt_receipt_per_month_max)], run_on, whom="account_id"
    )
    due = standing.notice.filter(pl.col("is_due") & (pl.col("next_action_code") == "debt_receipt")).join(
        enough, on="account_id", how="anti"
    )
    listed = due.with_columns(run_on=pl.lit(run_on), claimed_kop="firm_claimed_kop")
    return _numbered(listed, book_id).select(DEBT_RECEIPTS.inside_names).sort(DEBT_RECEIPTS.primary_key)


def court_list(standing: Standing, *, run_on: date, book_id: str) -> pl.DataFrame:
    """COURT_LIST of one part."""
    due = standing.court.filter(pl.col("is_due") & pl.col("next_action_code").is_in(APPLICATIONS))
    listed = due.with_columns(run_on=pl.lit(run_on))
    return _numbered(listed, book_id).select(COURT_LIST.inside_names).sort(COURT_LIST.primary_key)


def within_capacity(listed: pl.DataFrame, most: int | None, key: Sequence[str]) -> pl.DataFrame:
    """Keys that one night can work off: the largest claims first, equal ones by key; the rest waits.

    Rows of one key go or wait together, by the sum of their claims. None is no limit. Whoever waits stays a debtor
    whose day has come, and is asked about again the next night.
    """
    first = listed.group_by(key).agg(money.total("claimed_kop")).sort(
        pl.col("claimed_kop"), *key, descending=[True, *(False for _ in key)]
    )
    return (first if most is None else first.head(most)).select(key)


def debtor_lists(counted: dict[str, tuple[int, int]], waits_for: list[str], *, run_on: date) -> pl.DataFrame:
    """DEBTOR_LISTS: every list of the night with its (rows, claimed kopecks)."""
    return pl.DataFrame(
        [
            {
                "list_code": code, "run_on": run_on, "status_code": "awaiting_registries" if waits_for else "ready",
                "awaited": waits_for, "rows": counted[code][0], "total_kop": counted[code][1],
            }
            for code in LISTS
        ],
        schema=DEBTOR_LISTS.inside_schema,
    ).sort(DEBTOR_LISTS.primary_key)


def contacted_enough(
    dispatches: pl.DataFrame, list_code: str, caps: Sequence[tuple[int, int]], run_on: date, whom: str = "person_id"
) -> pl.DataFrame:
    """`whom` the caps, (days, contacts by the list at most), leave in peace tonight."""
    messages = (
        dispatches.filter((pl.col("list_code") == list_code) & (pl.col("dispatched_on") <= run_on))
        .select(whom, "action_id", "dispatched_on")
        .drop_nulls(whom)
        .unique()
    )
    written = messages.group_by(whom).agg(
        (pl.col("dispatched_on") > run_on - timedelta(days=days)).sum().alias(f"in_{days}") for days, _ in caps
    )
    return written.filter(pl.any_horizontal(pl.col(f"in_{days}") >= most for days, most in caps)).select(whom)


def _numbered(due: pl.DataFrame, book_id: str) -> pl.DataFrame:
    actions = hashed(due, pl.lit(book_id), "account_id", "episode_id", "next_action_code")
    return due.with_columns(actions.alias("action_id"))
