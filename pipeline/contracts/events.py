"""Events: dated decisions and acts of people. `event_id`, when registered, what it concerns, and its evidence."""

from typing import Any

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts import recalculation_events
from pipeline.contracts.debt_decisions import DEBT_DECISIONS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.contracts.table import (
    Column,
    Stage,
    Table,
    code,
    count,
    date,
    integer,
    money,
    month,
    text,
    volume,
    yes_no,
)

#: Why somebody is not to be troubled.
HOLD_REASONS = ("dispute", "complaint", "instalment", "bankruptcy", "death", "mobilised", "no_delivery_proof", "other")

HOLDS = Table(
    "holds", "debt", Stage.EVENT, grain="one reason not to trouble one person, account or creditor's debt",
    columns=(
        c.event_id, c.registered_at,
        c.account_id.or_null("a hold on a person"),
        c.person_id.or_null("a hold on an account"),
        c.creditor_id.or_null("all creditors"),
        code("reason_code", "why", *HOLD_REASONS),
        date("from_on", "first day"), date("to_on", "last day", is_nullable=True),
    ),
    primary_key=("event_id",),
    # a hold that breaks one of these would protect nobody, and nobody would know
    rows={
        "hold_names_somebody": pl.any_horizontal(
            (pl.col(name).str.strip_chars() != "").fill_null(False) for name in ("account_id", "person_id")
        ),
        "hold_runs_forward": (pl.col("to_on") >= pl.col("from_on")).fill_null(True),
    },
)

COURT_CASES = Table(
    "court_cases", "ledger", Stage.EVENT, grain="one court case: whose items of which months one writ covers",
    columns=(
        c.event_id, c.registered_at, text("court_case_id", "court case"), c.account_id, c.creditor_id,
        month("from_month", "first billing month of the writ"), month("to_month", "last billing month of the writ"),
    ),
    primary_key=("event_id",),
)

ADVANCE_CONTRACTS = Table(
    "advance_contracts", "ledger", Stage.EVENT,
    grain="one advance contract of one account: money paid for its months ahead",
    columns=(
        c.event_id, c.registered_at, text("contract_reference", "advance contract"), c.account_id,
        month("from_month", "first billing month"), month("to_month", "last billing month"),
    ),
    primary_key=("event_id",),
)

INSTALMENT_AGREEMENTS = Table(
    "instalment_agreements", "debt", Stage.EVENT, grain="one part of the schedule of one signed instalment agreement",
    columns=(
        c.event_id, c.registered_at, text("agreement_id", "agreement"), c.account_id, c.creditor_id,
        date("signed_on", "day of the signing; debts due by it are spread"),
        date("part_due_on", "last day to pay the part"), money("part_rub", "the part", at_least=0),
    ),
    primary_key=("event_id",),
    rows={"part_follows_signing": pl.col("part_due_on") >= pl.col("signed_on"),
          "part_is_positive": pl.col("part_rub") > 0},
)

DUNNING_OUTCOMES = Table(
    "dunning_outcomes", "debt", Stage.EVENT, grain="what came back of one action of the journal `dispatches`",
    columns=(
        c.event_id, c.registered_at, text("action_id", "action of the journal"),
        code("outcome_code", "what came back",
             "delivered", "failed", "answered", "refused", "returned", "wrong_number"),
        date("outcome_on", "day it came back"),
    ),
    primary_key=("event_id",),
)

ADDRESSEES = ("court", "bank", "bailiffs")

COURT_EVENTS = Table(
    "court_events", "debt", Stage.EVENT, grain="one thing that happened to one court case after it was prepared",
    columns=(
        c.event_id, c.registered_at, text("court_case_id", "court case of `court_cases`"),
        code("event_code", "what happened; `reduced` and `withdrawn` are confirmations of the addressee; `received`: "
             "penalties or duty paid to the creditor past the holders; `waived`: he gives up what is left of them",
             "filed", "ordered", "cancelled", "decided", "writ_sent", "enforced", "reduced", "withdrawn", "received",
             "waived"),
        date("event_on", "day it happened"),
        code("addressee_code", "who holds the writ, collected the money, or confirms", *ADDRESSEES, is_nullable=True),
        money("principal_rub", "principal filed, ordered, decided, left after a reduction (collected money included), "
              "or collected", is_nullable=True, at_least=0),
        money("duty_rub", "state duty: the same, or received", is_nullable=True, at_least=0),
        c.payment_id.or_null("not a collection, or its payment is not known"),
        money("penalty_rub", "penalties: the same, or received", is_nullable=True, at_least=0, is_later=True),
    ),
    primary_key=("event_id",),
    rows={"addressee_is_named": ~pl.col("event_code").is_in(["writ_sent", "withdrawn"])
          | pl.col("addressee_code").is_not_null()},
)

RESTRICTION_ACTS = Table(
    "restriction_acts", "debt", Stage.EVENT, grain="one act of a provider towards one service of one account in debt",
    columns=(
        c.event_id, c.registered_at, c.account_id, c.creditor_id, c.service_code,
        code("act_code", "what was done", "notice_sent", "notice_delivered", "restricted", "suspended", "restored"),
        date("act_on", "day it was done; of a delivery the day that its proof names"),
        text("evidence", "what proves it: signature, postal receipt, act"),
    ),
    primary_key=("event_id",),
)

SERVICE_NORMS = Table(
    "service_norms", "debt", Stage.EVENT,
    grain="what a month of one service costs one account by the norm, meter or not, as its biller states it",
    columns=(
        c.event_id, c.registered_at, c.account_id, c.service_code, c.valid_from,
        volume("norm_volume", "volume of a month by the norm for all who live there", unit="unit of the service"),
        c.tariff_rub,
    ),
    primary_key=("event_id",),
)

mandate_id = text("mandate_id", "a creditor's mandate: its order to collect its debts on a set of accounts")


def _own(name: str, what: str, make: Any, **more: Any) -> Column:
    """A threshold that may be the mandate's own."""
    column: Column = make(name, f"{what}; missing is the rule book's", is_nullable=True, at_least=0, **more)
    return column


MANDATES = Table(
    "mandates", "debt", Stage.EVENT, grain="one version of one mandate: the latest that has begun counts",
    columns=(
        c.event_id, c.registered_at, mandate_id, c.creditor_id,
        date("from_on", "first day"), date("to_on", "last day", is_nullable=True),
        count("holdout_percent", "share of the accounts that nobody contacts, at most half", unit="percent",
              at_least=0),
        count("paid_within_days", "days after a contact within which a payment is told as following it", unit="day",
              at_least=1),
        yes_no("has_reminder", "reminders are sent"), yes_no("has_sms", "SMS are sent"),
        yes_no("has_call", "calls are made"), yes_no("has_debt_receipt", "debt receipts are sent"),
        _own("sms_min_rub", "debt from which an SMS may go", money),
        _own("call_min_rub", "debt from which a call may be made", money),
        _own("debt_receipt_min_rub", "debt from which a receipt may go", money),
        _own("sms_months_overdue_min", "whole months overdue from which an SMS may go", count, unit="month"),
        _own("call_months_overdue_min", "whole months overdue from which a call may be made", count, unit="month"),
        _own("debt_receipt_months_overdue_min", "whole months overdue from which a receipt may go", count,
             unit="month"),
    ),
    primary_key=("event_id",),
    rows={"mandate_runs_forward": (pl.col("to_on") >= pl.col("from_on")).fill_null(True),
          "half_is_the_most": pl.col("holdout_percent") <= 50},
)

MANDATE_ACCOUNTS = Table(
    "mandate_accounts", "debt", Stage.EVENT,
    grain="one account put under one mandate: the latest row of the two counts",
    columns=(
        c.event_id, c.registered_at, mandate_id, c.account_id,
        date("from_on", "first day"), date("to_on", "last day", is_nullable=True),
    ),
    primary_key=("event_id",),
    rows={"account_runs_forward": (pl.col("to_on") >= pl.col("from_on")).fill_null(True)},
)

QUARANTINE_DECISIONS = Table(
    "quarantine_decisions", "ingest", Stage.EVENT, grain="one decision of a person on one quarantined row",
    columns=(
        c.event_id, c.registered_at,
        text("table_name", "table of the row"),
        text("refused_delivery_id", "delivery of the row: SHA-256 of its file"),
        integer("refused_row_number", "row of that delivery, from 1", at_least=1),
        code("decision_code", "accept the row as it is, or drop it for good", "readmit", "reject"),
        text("evidence", "what the decision rests on"),
    ),
    primary_key=("event_id",),
)

APPROVALS = Table(
    "approvals", "recalculation", Stage.EVENT, grain="one decision of a person on one proposal, or on a whole batch",
    columns=(
        c.event_id, c.registered_at,
        code("subject_code", "what is decided: one proposal of recalculation, or every one of a batch",
             "proposal", "batch"),
        text("subject_id", "proposal_id or batch_id of `recalculations`"),
        code("decision_code", "to be billed, or dropped for good", "approved", "rejected"),
        money("difference_rub", "sum that the person saw: the decision holds while the proposal has this sum; missing "
              "when it holds for any, as for every batch", is_nullable=True),
        text("evidence", "what the decision rests on"),
    ),
    primary_key=("event_id",),
    rows={"batch_names_no_sum": (pl.col("subject_code") != "batch") | pl.col("difference_rub").is_null()},
)

EVENTS = (
    HOLDS, COURT_CASES, ADVANCE_CONTRACTS, QUARANTINE_DECISIONS, APPROVALS, COURT_EVENTS, RESTRICTION_ACTS,
    SERVICE_NORMS, INSTALMENT_AGREEMENTS, DUNNING_OUTCOMES, MANDATES, MANDATE_ACCOUNTS, DEBT_DECISIONS,
    PERSON_STATUSES,
    *recalculation_events.EVENTS,
    METER_ACTS,
)
