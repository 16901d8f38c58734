"""The work queue: what a person must decide or chase, from all rooms, ranked by deadline and roubles.

A code names each kind; words are for rendering. What is at stake (`effect_rub`), kind by kind:

    suspended_payment         the money that waits
    suspended_reversal        the money that it takes back, without its sign
    quarantined_document      the printed total of the document (`payable_rub`), without its sign
    quarantined_row           the sum of the row, without its sign; 0 where a row has none
    proposal_to_approve       the difference of the proposal, without its sign
    mismatched_proposal       what was billed, or settled by the biller, less what was proposed, without its sign
    duplicate_payment         the later payment
    account_without_bill      what the documents of the month before billed to the account, 0 where they billed less
    late_registry             the total of the provider's latest registry, 0 where he never sent one
    registry_difference       bank statement less listed; declared less listed where the registry itself differs; listed
                              where nobody announced the registry; each without its sign
    list_awaiting_registry    claims of the debtors whose day on this list has come
    instalment_doubt          agreed less owed at the signing, without its sign
    early_restriction         the debt for the service that was cut off too early
    double_recovery           the money collected twice
    several_accounts          the principal that the case claims, or what of its months is open
    costs_on_principal        collected penalties and duty that may lie on the principal
    heirs_unknown             what is overdue on the account, to all creditors
    owner_owes                capital repair that is open on a tenant's account
    charges_differ            billed less rated, of a house, service and cause or of a cause over the book, without its
                              sign
    returned_application      nothing: an application or act goes back, its sum is not known
    house_balance             house less flats at the average price of the flats, without its sign
    house_correction          nothing: the book alone cannot share what the meter of the house tells
    doubtful_reading          what believing the reading would put wrong, without its sign
"""

from typing import Final

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.debt import list_code
from pipeline.contracts.debt_decisions import subject_id
from pipeline.contracts.table import Stage, Table, code, codes, date, integer, money, text, yes_no

KINDS: Final = (
    "suspended_payment", "suspended_reversal", "quarantined_document", "quarantined_row", "proposal_to_approve",
    "mismatched_proposal", "duplicate_payment", "account_without_bill", "late_registry", "registry_difference",
    "list_awaiting_registry", "instalment_doubt", "early_restriction", "double_recovery",
    "several_accounts", "costs_on_principal", "heirs_unknown", "owner_owes",
    "returned_application", "doubtful_reading", "charges_differ", "house_balance",
    "house_correction",
)
OWNERS: Final = ("intake_desk", "billing_department", "finance", "debt_department")
DECISION_FEEDS: Final = ("payment_identifications", "quarantine_decisions", "approvals", "debt_decisions")

WORK_QUEUE = Table(
    "work_queue", "queue", Stage.PUBLISHED, grain="one thing that a person must decide or chase",
    columns=(
        text("queue_id", "hash of book, kind and subject: the same every night while the thing is open"),
        integer("rank", "place in the queue, from 1: overdue first, then near the deadline, then the rest; in each the "
                "largest sum first, then queue_id", at_least=1),
        code("kind_code", "what it is", *KINDS),
        code("room_code", "room that it comes from", "ingest", "metering", "ledger", "recalculation", "debt", "rating"),
        code("owner_code", "who has to see to it", *OWNERS),
        c.account_id.or_null("no known account is named"), c.creditor_id.or_null("none is named"),
        c.document_id.or_null("not about a document"),
        c.payment_id.or_null("not about a payment").meaning_here("payment; for suspended money its suspended_id"),
        text("other_payment_id", "earlier payment that this one may repeat", is_nullable=True),
        text("proposal_id", "proposal of recalculation", is_nullable=True),
        c.registry_id.or_null("not about a registry's money"), c.provider_code.or_null("none is named"),
        text("table_name", "table of the refused row", is_nullable=True),
        text("refused_delivery_id", "delivery of the refused row", is_nullable=True),
        integer("refused_row_number", "row of that delivery, from 1", is_nullable=True),
        list_code.or_null("not about a list"),
        subject_id.or_null("neither a doubt, nor a reading, nor an application, nor a house"),
        c.house_id.or_null("not about an act on a house"),
        c.premises_id.or_null("not about an act on one premises"),
        c.service_code.or_null("not about an act of quality"),
        date("from_on", "first day that an application or act is about; missing where it names none", is_nullable=True),
        date("to_on", "last day that it is about; missing where it names none", is_nullable=True),
        text("written_account_id", "account as the payer wrote it", is_nullable=True),
        money("effect_rub", "money at stake, never negative", at_least=0),
        date("waiting_since_on", "day since which it waits"),
        date("deadline_on", "working day by which it should be done; missing beyond the known calendar",
             is_nullable=True),
        yes_no("is_overdue", "the deadline lies before the cut"),
        codes("reason_codes", "the facts that decide, sorted"),
        codes("candidate_account_ids", "nearest accounts of suspended money, best first"),
        codes("options", "decisions allowed; none where it can only be chased"),
        code("decided_by_feed", "event that brings the decision; missing where it can only be chased",
             *DECISION_FEEDS, is_nullable=True),
    ),
    primary_key=("queue_id",),
    rows={
        "options_belong_to_a_feed": (pl.col("options").list.len() > 0) == pl.col("decided_by_feed").is_not_null(),
        "overdue_means_a_deadline": ~pl.col("is_overdue") | pl.col("deadline_on").is_not_null(),
    },
)

PUBLISHED = (WORK_QUEUE,)

#: Staged by the room, without a row: stands for the queue of a month that was closed before there were queues.
NO_QUEUE_BEFORE: Final = "no_queue_before"
