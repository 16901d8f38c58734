"""Debt: who owes what since when, on which step of the ladder, and the lists that may leave."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, count, date, integer, money, month, text, yes_no

TRACKS = ("notice", "court")
STAGES = ("none", "reminder", "sms", "debt_receipt", "court_order")

track_code = code("track_code", "track of the ladder", *TRACKS)
stage_code = code("stage_code", "stage of the track", *STAGES)
episode_id = text("episode_id", "one uninterrupted stay in arrears of an account towards a creditor on a track")
action_id = text("action_id", "hash of book, person or account, episode and stage: nothing is sent twice")

AGES = (
    money("overdue_1_month_rub", "overdue up to 1 month"), money("overdue_3_months_rub", "over 1 up to 3 months"),
    money("overdue_6_months_rub", "over 3 up to 6 months"), money("overdue_12_months_rub", "over 6 up to 12 months"),
    money("overdue_36_months_rub", "over 12 up to 36 months"), money("overdue_longer_rub", "over 36 months"),
)

DEBTORS = Table(
    "debtors", "debt", Stage.PUBLISHED, grain="account × creditor × track with overdue arrears at the cut",
    columns=(
        c.account_id, c.creditor_id, track_code, stage_code,
        code("previous_stage_code", "last stage dispatched in this episode", *STAGES, is_nullable=True),
        episode_id, date("episode_from", "due date of the oldest overdue item when the episode began"),
        money("total_rub", "overdue arrears of this creditor, without voluntary, penalty and court cost"),
        money("shielded_rub", "advances, proposed credits and suspended candidates that could cover it", at_least=0),
        money("claimed_rub", "overdue less shielded: what a list may name", at_least=0),
        *AGES,
        count("months_overdue", "whole months since the oldest due date", unit="month", at_least=0),
        count("days_overdue", "days since the oldest due date", unit="day", at_least=0),
        codes("holds", "reasons not to trouble this account, sorted"),
        code("next_action_code", "next stage to dispatch", *STAGES),
        date("next_action_on", "day it may be dispatched", is_nullable=True),
        text("reason", "why it stands here, in Russian"),
    ),
    primary_key=("account_id", "creditor_id", "track_code"),
    rows={
        "ages_add_up": pl.col("total_rub") == pl.sum_horizontal(*(age.name for age in AGES)),
        "something_is_overdue": pl.col("total_rub") > 0,
    },
)

DEBTOR_LISTS = Table(
    "debtor_lists", "debt", Stage.PUBLISHED, grain="one list of the night and whether it may leave",
    columns=(
        code("list_code", "list", "sms_list", "court_list"), date("run_on", "night of the list"),
        code("status_code", "ready, or waiting for a registry", "ready", "awaiting_registries"),
        codes("awaited", "provider:channel whose registry could hold an earlier payment, sorted"),
        integer("rows", "rows of the list", at_least=0), money("total_rub", "claimed by the list"),
    ),
    primary_key=("list_code",),
)

SMS_LIST = Table(
    "sms_list", "debt", Stage.PUBLISHED,
    grain="one person to write to this night, over all accounts and creditors; the phone is joined under `personal/`",
    columns=(
        date("run_on", "night of the list"), action_id, c.person_id,
        codes("account_ids", "accounts in arrears of the person, sorted"), codes("episode_ids", "their episodes, sorted"),
        stage_code, money("claimed_rub", "what all of them owe", at_least=0),
        yes_no("is_phone_verified", "the person has confirmed the phone: only then the text names a sum"),
        text("template_code", "template of the text"),
        integer("segments", "SMS segments of the rendered text", at_least=1),
    ),
    primary_key=("person_id",),
)

COURT_LIST = Table(
    "court_list", "debt", Stage.PUBLISHED, grain="account × creditor to take to court",
    columns=(
        date("run_on", "night of the list"), action_id, c.account_id, c.creditor_id, episode_id, c.premises_id,
        money("claimed_rub", "principal to claim", at_least=0), month("from_month", "first billing month claimed"),
        month("to_month", "last billing month claimed"),
        date("limitation_on", "first day on which a part would be lost", is_nullable=True),
        count("months_overdue", "whole months since the oldest due date", unit="month", at_least=0),
    ),
    primary_key=("account_id", "creditor_id"),
)

DISPATCHES = Table(
    "dispatches", "debt", Stage.JOURNAL, grain="one action that left the building",
    columns=(
        action_id, code("list_code", "list", "sms_list", "court_list"), date("dispatched_on", "day it left"),
        month("run_month", "month of the list"), text("run_id", "run of the list"),
        c.person_id.or_null("not addressed to a person"), c.account_id, c.creditor_id, track_code, episode_id, stage_code,
        money("claimed_rub", "what was claimed", at_least=0),
    ),
    primary_key=("action_id", "account_id", "creditor_id", "track_code"),
)

PUBLISHED = (DEBTORS, DEBTOR_LISTS, SMS_LIST, COURT_LIST)
JOURNALS = (DISPATCHES,)
