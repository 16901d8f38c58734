"""The ledger: items and what they are owed, movements of money on them, advances, suspended money, balances."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.payments import PAYMENTS
from pipeline.contracts.table import Stage, Table, code, codes, count, date, integer, moment, money, text, yes_no

charge_month_or_lump = c.charge_month.or_null("a lump sum taken over without months")

ITEM_KEY_COLUMNS = (
    c.account_id, c.document_id, c.creditor_id, c.contract_id, c.service_code, c.debt_kind_code,
    charge_month_or_lump,
)
ITEM_KEY = tuple(column.name for column in ITEM_KEY_COLUMNS)

OPEN_ITEMS = Table(
    "open_items", "ledger", Stage.PUBLISHED,
    grain="one billed item that is still open at the cut: account × document × creditor × contract × service × kind "
          "× charge month",
    columns=(
        *ITEM_KEY_COLUMNS, c.document_type_code, c.billing_month, c.issued_on, c.due_on,
        c.billed_rub, c.paid_rub, money("written_off_rub", "written off"),
        money("outstanding_rub", "still open", at_least=0),
        money("epoch_base_rub", "open at the start of the epoch: the weight by which general money is spread"),
        count("days_overdue", "days after due_on at the cut, 0 when not due", unit="day", at_least=0),
        count("months_overdue", "whole calendar months since due_on at the cut", unit="month", at_least=0),
        date("limitation_on", "last day to go to court (ГК 196, 200)", is_nullable=True),
        yes_no("is_disputed", "nobody of the account may be asked for it: under an open dispute, or owed by the "
               "owner of a municipal flat: a tenant's capital repair, fees of months in which nobody lived there"),
        yes_no("is_time_barred", "limitation has passed"),
    ),
    primary_key=ITEM_KEY,
    rows={
        "outstanding_adds_up": pl.col("outstanding_rub")
        == pl.col("billed_rub") - pl.col("paid_rub") - pl.col("written_off_rub"),
        "is_open": pl.col("outstanding_rub") > 0,
        "epoch_covers_outstanding": pl.col("epoch_base_rub") >= pl.col("outstanding_rub"),
    },
)

origin_code = code(
    "origin_code", "where the money came from: a payment, a negative charge line, or the opening state",
    "payment", "credit", "opening",
)
money_id = c.payment_id.meaning_here(
    "payment that the money came from; `credit:<document>:<contract>` for a negative item's money"
)

ALLOCATION_RULES = (
    "enforcement", "own_creditor", "penalty", "designated", "oldest", "advance", "credit", "reversal",
    "superseded",
)

PAYMENT_ALLOCATIONS = Table(
    "payment_allocations", "ledger", Stage.PUBLISHED,
    grain="one movement of money on one item, in the order it was made; negative rows take money back",
    columns=(
        c.account_id, integer("movement_number", "order of the account's movements in the month, from 1", at_least=1),
        money_id, origin_code, c.registry_id.or_null("no registry's money"),
        c.paid_at, c.channel_code.or_null("not a payment"),
        moment("posted_at", "arrival of what caused the movement"),
        *ITEM_KEY_COLUMNS[1:], c.document_type_code, c.billing_month, c.issued_on, c.due_on,
        money("allocated_rub", "money laid on the item; negative when taken back"),
        code("rule_code", "rule of contracts §6 that placed it", *ALLOCATION_RULES),
        text("reversal_id", "reversal that took it back", is_nullable=True),
        yes_no("is_ring_fenced", "money bound to the item's creditor: it stays with it when the document is replaced"),
        text("contract_reference", "advance contract that the money is bound to", is_nullable=True),
    ),
    primary_key=("account_id", "movement_number"),
    rows={"moves_something": pl.col("allocated_rub") != 0},
)

ADVANCES = Table(
    "advances", "ledger", Stage.PUBLISHED, grain="money of one payment that meets no item yet",
    columns=(
        c.account_id, money_id, origin_code, c.registry_id.or_null("no registry's money"),
        c.creditor_id.or_null("free").meaning_here("creditor it is ring-fenced to"),
        text("contract_reference", "advance contract it is ring-fenced to", is_nullable=True),
        c.channel_code.or_null("not a payment"), c.paid_at, moment("posted_at", "arrival of the payment"),
        money("amount_rub", "left of it", at_least=0),
    ),
    primary_key=("account_id", "payment_id", "creditor_id", "contract_reference"),
    rows={"something_is_left": pl.col("amount_rub") > 0},
)

SUSPENSE_REASONS = (
    "unknown_account", "account_closed", "before_opening", "unknown_reversal", "reversal_exceeds_payment",
    "malformed_key", "duplicate_id", "date_in_future", "unreadable_row", "unknown_channel", "unknown_court_case",
    "unknown_creditor", "amount_too_large",
)

_PAYMENT_COLUMNS = tuple(
    column if column.name == "amount_rub" else column.or_null() for column in PAYMENTS.columns
)

SUSPENDED_PAYMENTS = Table(
    "suspended_payments", "ledger", Stage.PUBLISHED,
    grain="one payment or reversal that waits for a person to say whose it is; negative for a reversal",
    columns=(
        text("suspended_id", "the payment's or reversal's id, or `<delivery>:<row>` where it has none usable"),
        *_PAYMENT_COLUMNS,
        code("reason_code", "why it could not be placed", *SUSPENSE_REASONS),
        codes("candidate_account_ids", "nearest accounts, best first"),
        *c.PROVENANCE,
    ),
    primary_key=("suspended_id",),
    rows={"waits_for_something": pl.col("amount_rub") != 0},
)

POSTED_PAYMENTS = Table(
    "posted_payments", "ledger", Stage.PUBLISHED,
    grain="one payment posted in this cycle (arrived, or identified by a person), whole, before allocation",
    columns=(
        *PAYMENTS.columns,
        text("paid_account_id", "account as the registry wrote it"),
        moment("posted_at", "arrival of the payment or of the decision that identified it"),
        yes_no("is_identified", "placed by a person's decision"),
        *c.PROVENANCE,
    ),
    primary_key=("payment_id",),
)

BILLED_DOCUMENTS = Table(
    "billed_documents", "ledger", Stage.PUBLISHED,
    grain="one document that arrived in this cycle × creditor × debt kind, after its negative items",
    columns=(
        c.account_id, c.document_id, c.creditor_id, c.debt_kind_code, c.document_type_code, c.billing_month,
        c.issued_on, c.due_on, moment("posted_at", "arrival of the document"),
        money("billed_rub", "lines of this creditor and kind, after the document's own negative items"),
        yes_no("is_superseded", "a newer version has replaced it"),
    ),
    primary_key=("account_id", "document_id", "creditor_id", "debt_kind_code"),
)

_FLOWS = (
    money("opening_rub", "open at the start of the cycle"), c.billed_rub.meaning_here("billed in the cycle, signed"),
    money("paid_rub", "laid on items from payments and advances"),
    money("reversed_rub", "taken back by reversals"),
    money("transferred_rub", "moved by credits, new document versions and transfers, signed"),
    money("written_off_rub", "written off"), money("closing_rub", "open at the cut"),
)
_ROLLS = {
    "rolls_forward": pl.col("closing_rub") == pl.col("opening_rub") + pl.col("billed_rub") - pl.col("paid_rub")
    + pl.col("reversed_rub") + pl.col("transferred_rub") - pl.col("written_off_rub"),
}

ACCOUNT_BALANCES = Table(
    "account_balances", "ledger", Stage.PUBLISHED, grain="account × creditor × service × debt kind over the cycle",
    columns=(c.account_id, c.creditor_id, c.service_code, c.debt_kind_code, *_FLOWS),
    primary_key=("account_id", "creditor_id", "service_code", "debt_kind_code"), rows=_ROLLS,
)

CONSERVATION = Table(
    "conservation", "ledger", Stage.PUBLISHED, grain="creditor × service × house × debt kind over the cycle",
    columns=(c.creditor_id, c.service_code, c.house_id, c.debt_kind_code, *_FLOWS),
    primary_key=("creditor_id", "service_code", "house_id", "debt_kind_code"), rows=_ROLLS,
)

REGISTRY_RECONCILIATION = Table(
    "registry_reconciliation", "ledger", Stage.PUBLISHED,
    grain="one registry, cumulative to the cut, for 12 months and while any of its money moves or waits",
    columns=(
        c.registry_id, c.provider_code.or_null("the registry was not announced"), c.received_on,
        integer("declared_rows", "rows the provider says", is_nullable=True),
        integer("found_rows", "rows received, superseded ones left out"),
        money("declared_rub", "total the provider says", is_nullable=True),
        money("listed_rub", "payments less reversals that the registry lists; compared with the declared total"),
        money("received_rub", "its payments less reversals of them, whichever registry brought the reversal"),
        money("statement_rub", "booked by the bank for this registry", is_nullable=True),
        money("allocated_rub", "laid on items, cumulative"), money("advance_rub", "left as advances"),
        money("suspended_rub", "left suspended"), money("returned_rub", "returned to payers, cumulative"),
        code("status_code", "what was found", "reconciled", "rows_differ", "total_differs", "statement_differs",
             "not_announced"),
    ),
    primary_key=("registry_id",),
    rows={
        "all_money_is_placed": pl.col("received_rub") == pl.col("allocated_rub") + pl.col("advance_rub")
        + pl.col("suspended_rub") + pl.col("returned_rub"),
    },
)

BILLED_CONTRACTS = Table(
    "billed_contracts", "ledger", Stage.PUBLISHED,
    grain="lines of the documents that arrived in the cycle, added up: creditor × contract × service × debt kind × day "
          "of issue × day of arrival",
    columns=(
        c.creditor_id, c.contract_id, c.service_code, c.debt_kind_code, c.issued_on,
        date("posted_on", "day the documents arrived"),
        money("charged_rub", "charged by the lines before recalculation and benefit"),
        money("recalculated_rub", "recalculations on the lines, signed"),
        money("benefit_rub", "benefits on the lines, which reduce them"),
        c.billed_rub.meaning_here("lines of the documents, signed, new versions included"),
        money("withdrawn_rub", "what older versions had billed, withdrawn by the new versions of this day"),
    ),
    primary_key=("creditor_id", "contract_id", "service_code", "debt_kind_code", "issued_on", "posted_on"),
    rows={
        "billed_adds_up": pl.col("billed_rub")
        == pl.col("charged_rub") + pl.col("recalculated_rub") - pl.col("benefit_rub"),
    },
)

MONEY_SOURCES = (
    "online", "bank", "post", "cash", "enforcement", "social_protection", "employer", "own_account", "advance", "other",
)

COLLECTED_MONEY = Table(
    "collected_money", "ledger", Stage.PUBLISHED,
    grain="money of one creditor × day × source in the cycle, credits of negative lines left out",
    columns=(
        c.creditor_id, date("collected_on", "day it was laid on the creditor's items, not before the cycle"),
        code("source_code", "where it came from: by payer, else by channel; an advance was received before",
             *MONEY_SOURCES),
        money("collected_rub", "laid on items"), money("reversed_rub", "taken back by reversals"),
        money("moved_rub", "moved by new versions of documents, signed"),
    ),
    primary_key=("creditor_id", "collected_on", "source_code"),
)

CREDITOR_FUNDS = Table(
    "creditor_funds", "ledger", Stage.PUBLISHED,
    grain="one creditor over the cycle: money that the centre holds for it, since the book was opened",
    columns=(
        c.creditor_id,
        money("opening_rub", "held at the start of the cycle; missing where remittances were not known in every month "
              "since the book was opened", is_nullable=True),
        money("collected_rub", "collected through the centre, the creditor's own accounts left out"),
        money("reversed_rub", "taken back by reversals"), money("moved_rub", "moved by new versions, signed"),
        money("remitted_rub", "passed on in the cycle, before the fee"),
        money("commission_rub", "fee kept of it"),
        money("closing_rub", "held at the cut; missing as the opening is, or where remittances are not known",
              is_nullable=True),
        yes_no("is_remittance_known", "remittances are delivered to the book; without them nothing is known to leave"),
    ),
    primary_key=("creditor_id",),
    rows={
        "rolls_forward": pl.col("closing_rub").is_null() | (
            pl.col("closing_rub") == pl.col("opening_rub") + pl.col("collected_rub") - pl.col("reversed_rub")
            + pl.col("moved_rub") - pl.col("remitted_rub")
        ),
    },
)

PUBLISHED = (
    OPEN_ITEMS, PAYMENT_ALLOCATIONS, ADVANCES, SUSPENDED_PAYMENTS, POSTED_PAYMENTS, BILLED_DOCUMENTS,
    ACCOUNT_BALANCES, CONSERVATION, REGISTRY_RECONCILIATION, BILLED_CONTRACTS, COLLECTED_MONEY, CREDITOR_FUNDS,
)
