"""Instalments: whether a signed agreement is kept, who is offered one, on which ground, and the fees that decide."""

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, count, date, money, text

#: A receipt had no answer; the fee has risen (ПП 354, п. 72); an agreement keeps the subsidy (ЖК РФ, ст. 159, ч. 5).
GROUNDS = ("receipt", "seasonal", "subsidy")

#: Above the law's share; nothing charged a year before is known; the fee of the month itself is not known.
OUTCOMES = ("risen", "nothing_before", "not_told")

INSTALMENTS = Table(
    "instalments", "debt", Stage.PUBLISHED,
    grain="account × creditor with an instalment agreement: the one that counts",
    columns=(
        c.account_id, c.creditor_id, text("agreement_id", "agreement"), date("signed_on", "day of the signing"),
        code("status_code", "kept, broken, finished as of the night; a doubt: agreed for another sum than the debt",
             "kept", "broken", "finished", "does_not_match_debt"),
        money("agreed_rub", "all parts", at_least=0), money("due_rub", "parts whose last day has passed", at_least=0),
        money("paid_rub", "paid since the signing on debts due by it", at_least=0),
        money("debt_rub", "owed at the signing: those debts, paid since or open", at_least=0),
        date("next_on", "last day of the next part that is not paid", is_nullable=True),
        money("next_rub", "what of it is missing", at_least=0),
    ),
    primary_key=("account_id", "creditor_id"),
)

INSTALMENTS_OFFERED = Table(
    "instalments_offered", "debt", Stage.PUBLISHED,
    grain="account × creditor that an instalment is to be offered to tonight, whether or not an offer has left already",
    columns=(
        date("run_on", "night of the offer"), c.account_id, c.creditor_id,
        codes("ground_codes", f"why, sorted: {', '.join(GROUNDS)}"),
        money("total_rub", "overdue by the ledger", at_least=0),
        money("claimed_rub", "what would be spread: overdue less what may cover it", at_least=0),
        count("months", "parts that it is offered in", unit="month", at_least=2),
        codes("seasonal_services", "utility services whose overdue fee for a month is above that of the month a year "
              "before by more than the law's share, sorted"),
        money("seasonal_rub", "what is open of those fees: spread by right", at_least=0),
        date("once_since_on", "an offer that has left from this day on is enough"),
    ),
    primary_key=("account_id", "creditor_id"),
)

_fee_month = c.billing_month.meaning_here("month that was charged and billed")

SERVICE_FEES = Table(
    "service_fees", "debt", Stage.PUBLISHED,
    grain="account × document of this cycle × utility service: what it charged for its own month",
    columns=(
        c.account_id, c.document_id, c.service_code, _fee_month,
        text("supersedes_document_id", "document version that its document replaces", is_nullable=True),
        money("fee_rub", "charged for that month before recalculations and benefits"),
    ),
    primary_key=("account_id", "document_id", "service_code"),
)

FEES_COMPARED = Table(
    "fees_compared", "debt", Stage.PUBLISHED,
    grain="account × creditor × utility service × month: an overdue fee that has risen, or that "
          "nothing can be compared with",
    columns=(
        date("run_on", "night of the comparison"), c.account_id, c.creditor_id, c.service_code, _fee_month,
        money("fee_rub", "charged for the month itself by all creditors", is_nullable=True),
        money("before_rub", "the same for the month a year before", is_nullable=True),
        money("outstanding_rub", "still open towards this creditor", at_least=0),
        code("outcome_code", f"what came of it: {', '.join(OUTCOMES)}", *OUTCOMES),
    ),
    primary_key=("account_id", "creditor_id", "service_code", "billing_month"),
)
