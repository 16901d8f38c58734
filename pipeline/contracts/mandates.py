"""What came of creditors' mandates: accounts, contacts and money by group and stage.

A part of a mandate's accounts is left alone (the hold-out share), so that the rest can be compared with it: without it
nobody knows what the contact itself brought. The mandates themselves are events (`events.py`).
"""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.debt import STAGES
from pipeline.contracts.events import mandate_id
from pipeline.contracts.table import Stage, Table, code, integer, money

GROUPS = ("contacted", "hold_out")

MANDATE_FUNNEL = Table(
    "mandate_funnel", "debt", Stage.PUBLISHED,
    grain="mandate in force × group × stage: who stands there tonight, what left since the mandate began, what came",
    columns=(
        mandate_id, c.creditor_id,
        code("group_code", "contacted, or left alone for comparison", *GROUPS),
        code("stage_code", "last stage that left for the debt", *STAGES),
        integer("accounts", "accounts of the mandate that owe its creditor tonight and stand at the stage", at_least=0),
        money("total_rub", "what they owe overdue", at_least=0),
        money("claimed_rub", "what of it lists may name", at_least=0),
        integer("sent", "debts of accounts that it has tonight for which the stage left since it began", at_least=0),
        integer("delivered", "of them told as delivered or answered", at_least=0),
        money("paid_rub", "paid on overdue debts within `paid_within_days` after the stage, since the mandate began"),
        money("received_rub", "all that was paid on overdue debts standing at the stage, since the mandate began; of "
              "earlier months what they counted: with accounts that have left, without a mandate registered later"),
        integer("filed", "accounts whose court case was filed since the mandate began, each once a case", at_least=0),
        integer("granted", "accounts whose court case was ordered or decided since the mandate began", at_least=0),
    ),
    primary_key=("mandate_id", "group_code", "stage_code"),
    rows={"claim_is_part": pl.col("claimed_rub") <= pl.col("total_rub"),
          "delivered_was_sent": pl.col("delivered") <= pl.col("sent")},
)

PUBLISHED = (MANDATE_FUNNEL,)

#: Staged by the room: the funnel of the month before, which this month's money is added to.
FUNNEL_BEFORE = "mandate_funnel_before"
