"""What a what-if says beside the month that it is compared with: figures of each list, and who enters and leaves."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, integer, money, text

#: What is compared, in the order in which people read it.
COMPARED = (
    "sms_list", "call_list", "debt_receipts", "pretrial_notices", "court_list", "debtors", "restriction_list",
    "court_standing", "claim_list", "enforcement_list", "withdrawal_list", "instalments", "penalties",
    "limitation_radar", "eligibility", "recalculations",
)
MOVES = ("enters", "leaves", "stays")
#: The whole list; debtors, services, cases and instalments are also told by stage, documents with a bonus by month.
WHOLE_LIST = "all"

list_code = code(
    "list_code", "list or table that is compared; of eligibility only documents with a bonus, penalties by creditor",
    *COMPARED,
)

SCENARIO_MOVES = Table(
    "scenario_moves", "reports", Stage.REPORT,
    grain="one entry of a list, before or in the scenario, by ids alone",
    columns=(
        list_code, text("entry_key", "ids that name the entry in its list, joined by |"),
        code("move_code", "enters with the scenario, leaves with it, or stays", *MOVES),
        c.account_id.or_null("a message to a person over several accounts"), c.person_id.or_null("not about a person"),
        c.creditor_id.or_null("not about one creditor"),
        text("stage_before", "stage or status before; of a bonus the month of its document", is_nullable=True),
        text("stage_after", "the same in the scenario", is_nullable=True),
        money("before_rub", "claimed, printed or proposed before", is_nullable=True),
        money("after_rub", "the same in the scenario", is_nullable=True),
        integer("segments_before", "SMS segments before", is_nullable=True, at_least=1),
        integer("segments_after", "SMS segments in the scenario", is_nullable=True, at_least=1),
    ),
    primary_key=("list_code", "entry_key"),
    rows={
        "a_move_is_what_stands_on_both_sides": (pl.col("move_code") == "stays")
        == (pl.col("before_rub").is_not_null() & pl.col("after_rub").is_not_null()),
        "who_enters_was_not_there": (pl.col("move_code") == "enters") == pl.col("before_rub").is_null(),
    },
)

SCENARIO_FIGURES = Table(
    "scenario_figures", "reports", Stage.REPORT, grain="one list, whole or one part of it",
    columns=(
        list_code, text("part_code", "stage, month of documents with a bonus, or the whole list"),
        integer("rows_before", "entries before", at_least=0), integer("rows_after", "in the scenario", at_least=0),
        integer("enters", "entries that come", at_least=0), integer("leaves", "entries that go", at_least=0),
        integer("stays", "entries on both sides", at_least=0),
        money("before_rub", "sum before"), money("after_rub", "sum in the scenario"),
        money("enters_rub", "sum of those that come"), money("leaves_rub", "sum of those that go"),
        money("stays_change_rub", "change of the sum of those that stay"),
        integer("segments_before", "SMS segments before", at_least=0),
        integer("segments_after", "SMS segments in the scenario", at_least=0),
        money("cost_before_rub", "messages, receipts or duties of court orders by the prices of the book", at_least=0),
        money("cost_after_rub", "the same in the scenario, by its prices", at_least=0),
    ),
    primary_key=("list_code", "part_code"),
    rows={
        "entries_roll": pl.col("rows_after") == pl.col("rows_before") + pl.col("enters") - pl.col("leaves"),
        "those_who_stay_are_the_rest": pl.col("rows_before") == pl.col("stays") + pl.col("leaves"),
        "money_rolls": pl.col("after_rub") == pl.col("before_rub") + pl.col("enters_rub") - pl.col("leaves_rub")
        + pl.col("stays_change_rub"),
    },
)

SCENARIOS = (SCENARIO_FIGURES, SCENARIO_MOVES)
