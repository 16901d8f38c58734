"""Penalties (пени): what each item has grown to, the segments it is made of, the late payments it is counted from."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.events import HOLD_REASONS
from pipeline.contracts.ledger import ITEM_KEY, ITEM_KEY_COLUMNS
from pipeline.contracts.registers import ORGANISATION_KINDS
from pipeline.contracts.table import Stage, Table, code, count, date, integer, money, month, text, volume

#: Kinds of debt that the law puts a penalty on.
BEARING = ("principal", "capital_repair")

_counted_to_on = date(
    "counted_to_on", "last day counted: the cut, the last payment of what is paid, or the last day with a known law",
    is_nullable=True,
)

PENALTIES = Table(
    "penalties", "penalty", Stage.PUBLISHED,
    grain="one item that is open past its free days, was settled or withdrawn in this month, or was settled before and "
          "is changed by a decree that became known or by a credit of its month: its whole penalty",
    columns=(
        *ITEM_KEY_COLUMNS, c.billing_month, c.due_on, c.outstanding_rub, _counted_to_on,
        money("penalty_rub", "penalty up to counted_to_on, rounded once", at_least=0),
        money(
            "before_rub", "penalty of the item as the month before told it; in a first month what had grown by then",
            at_least=0,
        ),
        money("change_rub", "proposed to the biller this month: penalty less before, signed"),
        text("batch_id", "batch the change leaves in: month, `penalty`, creditor", is_nullable=True),
        code("status_code", "what this month proposes", "proposed", "unchanged", "not_accrued"),
        code("reason_code", "why nothing more is accrued", "disputed", "lump_sum", "organisation", "no_rule",
             "time_barred", "no_base", is_nullable=True),
        text("missing_rule", "rule without a value in force: the count stopped there", is_nullable=True),
    ),
    primary_key=ITEM_KEY,
    rows={
        "change_adds_up": pl.col("change_rub") == pl.col("penalty_rub") - pl.col("before_rub"),
        "a_reason_means_none": pl.col("reason_code").is_null() | (pl.col("penalty_rub") == 0)
        | (pl.col("reason_code") == "time_barred"),
        "a_barred_item_is_not_proposed": pl.col("reason_code").ne_missing("time_barred") | (pl.col("change_rub") <= 0),
        "a_change_has_a_batch": (pl.col("change_rub") != 0) == pl.col("batch_id").is_not_null(),
    },
)

PENALTY_ACCRUALS = Table(
    "penalty_accruals", "penalty", Stage.PUBLISHED,
    grain="days in a row of one base, one rate and one fraction of one item of `penalties`",
    columns=(
        *ITEM_KEY_COLUMNS,
        date("paid_on", "day this part of the item was paid; missing for what is still open", is_nullable=True),
        date("from_on", "first day"), date("to_on", "last day"),
        count("days", "days of the segment", unit="day", at_least=1),
        money("base_rub", "part of the item that bears it"),
        volume("rate_percent", "rate applied", unit="percent per year"),
        integer("fraction_denominator", "part of the rate a day: 1/300, 1/170 or 1/130", at_least=1),
        money("penalty_rub", "growth of the item's rounded penalty over the segment", at_least=0),
        text("article", "article of law"),
    ),
    primary_key=(*ITEM_KEY, "paid_on", "from_on"),
    rows={"days_add_up": pl.col("days") == (pl.col("to_on") - pl.col("from_on")).dt.total_days() + 1},
)

LATE_PAYMENTS = Table(
    "late_payments", "penalty", Stage.PUBLISHED,
    grain="one item × day after its free days on which a part of it was paid; kept while the item is open",
    columns=(
        *ITEM_KEY_COLUMNS, c.billing_month, c.due_on, date("paid_on", "day of payment on the payer's side"),
        money("paid_rub", "paid that day, less what was taken back of it"),
    ),
    primary_key=(*ITEM_KEY, "paid_on"),
    rows={"paid_late": pl.col("paid_on") > pl.col("due_on"), "something_was_paid": pl.col("paid_rub") != 0},
)

CREDITED_CHARGES = Table(
    "credited_charges", "penalty", Stage.PUBLISHED,
    grain="one item × later document whose negative line credits its month; kept while the item is open",
    columns=(
        *ITEM_KEY_COLUMNS, c.billing_month, c.due_on,
        text("credit_document_id", "document with the negative line"),
        month("credited_in_month", "month whose document credits it"),
        money("credited_rub", "taken off the base of penalties from its first day, up to what was billed", at_least=0),
        money("laid_rub", "of the credit's own money, laid on this very item", at_least=0),
        date("laid_on", "day that this money counts from", is_nullable=True),
    ),
    primary_key=(*ITEM_KEY, "credit_document_id"),
    rows={"something_is_credited": pl.col("credited_rub") > 0},
)

PENALTY_EXEMPTIONS = Table(
    "penalty_exemptions", "penalty", Stage.PUBLISHED,
    grain="days in a row of one paper that are left out of all penalties of one account",
    columns=(
        c.account_id, code("reason_code", "why", *HOLD_REASONS),
        date("from_on", "first day left out"), date("to_on", "last day left out", is_nullable=True),
    ),
    primary_key=("account_id", "reason_code", "from_on", "to_on"),
)

PENALTY_SCALES = Table(
    "penalty_scales", "penalty", Stage.PUBLISHED,
    grain="account of an organisation × service whose penalties go by the days and fractions of its kind",
    columns=(
        c.account_id, c.service_code,
        code("scale_code", "kind of the organisation, as the register tells it", *ORGANISATION_KINDS),
    ),
    primary_key=("account_id", "service_code"),
)

PENALTY_PROPOSALS = Table(
    "penalty_proposals", "penalty", Stage.PUBLISHED,
    grain="account × creditor: penalties that wait for a document's line, carried until one bills them",
    columns=(
        c.account_id, c.creditor_id,
        text("batch_id", "batch that a document's line carries when it bills the sum", is_nullable=True),
        money("opening_rub", "waited at the end of the month before, signed"),
        money("billed_rub", "billed by lines of this cycle's documents with a batch of ours, signed"),
        money("change_rub", "Σ change_rub of this month's `penalties`"),
        money("to_bill_rub", "waits now: opening − billed + change; negative: to be taken back"),
        code("status_code", "what the documents of the cycle did with what waited", "proposed", "billed", "mismatch"),
    ),
    primary_key=("account_id", "creditor_id"),
    rows={
        "to_bill_adds_up": pl.col("to_bill_rub")
        == pl.col("opening_rub") - pl.col("billed_rub") + pl.col("change_rub"),
        "billed_means_equal": (pl.col("status_code") != "billed") | (pl.col("billed_rub") == pl.col("opening_rub")),
    },
)

PAID_PENALTIES = Table(
    "paid_penalties", "penalty", Stage.PUBLISHED,
    grain="one penalty line of a document, ours or the biller's own, on which money lies; carried for ever",
    columns=(*ITEM_KEY_COLUMNS, c.billing_month, money("paid_rub", "laid on it so far, less what was taken back")),
    primary_key=ITEM_KEY,
    rows={"is_of_penalty": pl.col("debt_kind_code") == "penalty", "something_was_paid": pl.col("paid_rub") != 0},
)

PUBLISHED = (
    PENALTIES, PENALTY_ACCRUALS, LATE_PAYMENTS, CREDITED_CHARGES, PENALTY_EXEMPTIONS, PENALTY_SCALES, PENALTY_PROPOSALS,
    PAID_PENALTIES,
)

#: Staged by the room: settled items of closed months that were counted anew because the law of past days has changed.
SETTLED = "penalties_settled"
#: Staged by the room as read by key: what closed months told of items that a credit or a payment taken back reaches.
TOLD_EARLIER, LATE_EARLIER, CREDITED_EARLIER = "penalties_told_earlier", "late_told_earlier", "credited_told_earlier"
