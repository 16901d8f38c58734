"""The calls of a night: whom to ring about a debt, and why that is due and allowed.

A person is contacted once a night over all accounts and creditors. The message is the gentler way, so whoever stands on
tonight's SMS list is not called; the call waits for a night without one. Caps of a day, seven and thirty days count the
calls that were handed over. No phone here: it is joined when the list leaves.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.debt import CALL_LIST
from pipeline.domain.debt.arrears import PAIR, message_claim
from pipeline.domain.debt.debtors import Standing
from pipeline.domain.debt.identity import hashed
from pipeline.domain.debt.lists import contacted_enough
from pipeline.domain.debt.reasons import STAGE_NAMES, day_of, rub
from pipeline.rules.debt_calls import CallRules

CANDIDATE = (*PAIR, "person_id", "episode_id", "claimed_kop", "claim_due_on", "last_stage_code", "last_stage_on")


def call_candidates(standing: Standing) -> pl.DataFrame:
    """Debtors of one part whose call may be made tonight, each with its person; nobody is called about a debt that is
    wholly out of limitation."""
    due = standing.notice.filter(pl.col("is_due") & (pl.col("next_action_code") == "call"))
    claimed = due.drop_nulls("person_id").with_columns(message_claim()).filter(pl.col("claimed_kop") > 0)
    return claimed.select(CANDIDATE).sort(*PAIR)


def call_list(
    candidates: pl.DataFrame, sms_list: pl.DataFrame, dispatches: pl.DataFrame, *, rules: CallRules, run_on: date,
    book_id: str,
) -> pl.DataFrame:
    """CALL_LIST, inside shape: one row a person over the candidates of all parts."""
    caps = ((1, rules.per_day_max), (7, rules.per_week_max), (30, rules.per_month_max))
    enough = contacted_enough(dispatches, CALL_LIST.name, caps, run_on)
    per_person = (
        candidates.join(sms_list.select("person_id"), on="person_id", how="anti")
        .join(enough, on="person_id", how="anti")
        .sort("last_stage_on", *PAIR, nulls_last=False)
        .group_by("person_id", maintain_order=True)
        .agg(
            pl.col("claim_due_on").min(), pl.col("last_stage_code", "last_stage_on").last(),
            account_ids=pl.col("account_id").unique().sort(),
            episode_ids=pl.col("episode_id").unique().sort(),
            claimed_kop=money.total("claimed_kop"),
        )
        .with_columns(run_on=pl.lit(run_on), stage_code=pl.lit("call"), reason=_reason(rules, run_on))
    )
    actions = hashed(per_person, pl.lit(book_id), "person_id", pl.col("episode_ids").list.join(","), "stage_code")
    return per_person.with_columns(actions.alias("action_id")).select(CALL_LIST.inside_names).sort("person_id")


def _reason(rules: CallRules, run_on: date) -> pl.Expr:
    """The debt, the step before, and what allows the call."""
    before = pl.col("last_stage_code").replace_strict(STAGE_NAMES, default="", return_dtype=pl.String)
    days = (pl.lit(run_on) - pl.col("last_stage_on")).dt.total_days().cast(pl.String)
    after = (
        pl.when(pl.col("last_stage_on").is_not_null())
        .then(pl.concat_str(pl.lit("; "), before, pl.lit(" "), day_of("last_stage_on"), pl.lit(", прошло "), days,
                            pl.lit(" дн.")))
        .otherwise(pl.lit(""))
    )
    consent = "согласие на звонки дано (41-ФЗ от 01.04.2025)" if rules.needs_consent else "согласие не требуется"
    return pl.concat_str(
        pl.lit("не внесено "), rub("claimed_kop"), pl.lit(", срок оплаты был "), day_of("claim_due_on"),
        pl.lit(" (ЖК РФ, ст. 155, ч. 1; взноса на капремонт — ст. 171)"), after,
        pl.lit(f"; телефон подтверждён, {consent}"),
    )
