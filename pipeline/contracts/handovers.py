"""What leaves to a provider, a court, a bank or bailiffs, and offers to debtors: the journal of what was asked of whom.

Not here: contacts that are stages of a ladder (`dispatches` in `debt.py`).
"""

from pipeline.contracts import columns as c
from pipeline.contracts.debt import action_id, court_case_id, paper_number
from pipeline.contracts.events import ADDRESSEES
from pipeline.contracts.table import Stage, Table, code, date, money, month, text

#: Offers of an instalment (`instalments_offered`), by the name under which they are printed and handed over.
OFFERS = "instalment_offers"
#: What leaves to a provider, a court, a bank or bailiffs, and offers: no stage of a ladder.
HANDED_LISTS = ("restriction_list", "enforcement_list", "withdrawal_list", "claim_list", "pretrial_notices", OFFERS)

HANDOVERS = Table(
    "handovers", "debt", Stage.JOURNAL,
    grain="one request that left to a provider, a court, a bank or bailiffs, or an offer to a debtor",
    columns=(
        action_id.meaning_here("hash of book, list, what is asked of whom, and day"),
        code("list_code", "list", *HANDED_LISTS), date("handed_on", "day it left"),
        month("run_month", "month of the list"), text("run_id", "run of the list"), c.account_id, c.creditor_id,
        c.service_code.or_null("it concerns no service"), court_case_id.or_null("it concerns no court case"),
        code("handed_to_code", "whom it left to", "provider", "debtor", *ADDRESSEES),
        code("asked_code", "what is asked", "notice", "restriction", "suspension", "restore", "writ", "reduce",
             "withdraw", "recall", "return", "claim", "pretrial", "instalment"),
        money("claimed_rub", "debt that it names; of a court case with its penalties and duty", at_least=0),
        paper_number,
    ),
    primary_key=("action_id",),
)

JOURNALS = (HANDOVERS,)

#: Staged by the debt room: the journal as far as the night of the run.
HANDOVERS_SEEN = "handovers_seen"
