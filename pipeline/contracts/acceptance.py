"""What goes back to whoever bills: what became of every batch of proposals, and of every line of it."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.table import Stage, Table, code, count, money, month, text

#: What a status of a proposal is to the biller; a line that meets no proposal is `unmet`.
OUTCOME_OF = {
    "billed": "accepted", "settled_by_biller": "settled", "mismatch": "mismatched", "proposed": "open",
    "waits_for_approval": "waiting", "rejected": "refused",
}
UNMET = "unmet"
#: What a person approved for a closed account and no document brought: the refunds desk has it.
FOR_REFUNDS = "for_refunds"
OUTCOMES = (*OUTCOME_OF.values(), FOR_REFUNDS)
#: They end a proposal: it is told once more and then is gone, its batch goes on counting it.
FINISHED = ("accepted", "settled", "refused", FOR_REFUNDS)

_creditor = c.creditor_id.or_null("no register names the contract")
_told = {
    "accepted": "billed for what was proposed", "settled": "that the biller recalculated himself",
    "mismatched": "billed for another sum", "open": "that no document has brought yet",
    "waiting": "that wait for a person and are not to be billed yet", "refused": "that a person turned down",
    FOR_REFUNDS: "of closed accounts that a person approved, for the refunds desk to pay out or set off",
}

ACCEPTANCE_LINES = Table(
    "acceptance_lines", "recalculation", Stage.PUBLISHED,
    grain="one proposal that is open or was finished in this cycle, or one line of a document that bills a batch and "
          "meets no open proposal of it",
    columns=(
        text("answer_id", "proposal_id; document and number of a line that meets none"),
        c.batch_id.meaning_here("batch that the line carries or the proposal left in"),
        _creditor, c.account_id, c.contract_id, c.service_code, c.zone_code.or_null("a service without zones"),
        c.charge_month.meaning_here("month corrected; of a line that meets no proposal its own"),
        code("outcome_code", "what became of it", *OUTCOMES, UNMET),
        money("proposed_rub", "proposed, signed; 0 of a line that meets nothing"),
        money("billed_rub", "billed for it by lines of the batch, or by the biller's own recalculation",
              is_nullable=True),
    ),
    primary_key=("batch_id", "answer_id"),
    rows={"accepted_is_as_proposed": (pl.col("outcome_code") != "accepted")
          | (pl.col("billed_rub") == pl.col("proposed_rub")).fill_null(False)},
)

BATCH_ACCEPTANCE = Table(
    "batch_acceptance", "recalculation", Stage.PUBLISHED,
    grain="one batch of which anything is open, was finished in this cycle, or was billed without a proposal; with "
          "what was finished in earlier cycles",
    columns=(
        c.batch_id, _creditor,
        RECALCULATIONS["cause_code"].or_null("nothing is known of the batch"),
        month("lands_in_month", "billing month whose documents should carry it", is_nullable=True),
        count("proposals", "proposals of the batch"), money("proposed_rub", "their sum, signed"),
        *(column for outcome, what in _told.items() for column in (
            count(outcome, f"proposals {what}"), money(f"{outcome}_rub", f"proposed by those {what}"),
        )),
        money("mismatched_billed_rub", "billed instead for those billed for another sum"),
        count("unmet", "lines of this cycle that bill the batch and meet no open proposal"),
        money("unmet_rub", "billed by these lines"),
    ),
    primary_key=("batch_id",),
    rows={
        "every_proposal_stands_somewhere": pl.col("proposals") == pl.sum_horizontal(OUTCOMES),
        "sums_add_up": pl.col("proposed_rub")
        == sum((pl.col(f"{outcome}_rub") for outcome in OUTCOMES[1:]), pl.col(f"{OUTCOMES[0]}_rub")),
    },
)

PUBLISHED = (BATCH_ACCEPTANCE, ACCEPTANCE_LINES)
