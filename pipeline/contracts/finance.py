"""What finance reads of a calendar month: turnover by creditor and contract, and the money of each creditor.

Written beside a month for people (Stage.REPORT); no month reads them. Not here: how they are dated and added up
(`reports/finance`).
"""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.ledger import MONEY_SOURCES
from pipeline.contracts.table import Stage, Table, money, month, yes_no

calendar_month = month("calendar_month", "calendar month, from its first to its last day")
_provisional = yes_no(
    "is_provisional", "a billing month that it takes from is still open, or its last days have not been counted"
)

#: Columns of money paid, by source: those of `collected_money` and credits of earlier documents.
PAID_SOURCES = (*MONEY_SOURCES, "credit")
PAID_COLUMNS = tuple(f"paid_{source}_rub" for source in PAID_SOURCES)
_MEANINGS = {
    "online": "the centre's own online channels", "bank": "banks", "post": "post offices",
    "cash": "cash offices and other channels without a fee", "enforcement": "bailiffs, writs, court money",
    "social_protection": "social protection", "employer": "employers",
    "own_account": "paid to the creditor's own bank account", "advance": "applied from advances received before",
    "other": "channels that no register knows", "credit": "credits of negative lines of earlier documents, no money",
}

FINANCE_TURNOVER = Table(
    "finance_turnover", "reports", Stage.REPORT,
    grain="creditor × contract × debt kind over one calendar month: what residents owe",
    columns=(
        calendar_month, c.creditor_id, c.contract_id, c.debt_kind_code,
        c.service_code.or_null("the register of contracts does not know it"),
        c.house_id.or_null("the register of contracts does not know it"),
        money("opening_rub", "owed at the start of the first day"),
        money("charged_rub", "charged by documents issued in the month"),
        money("recalculated_rub", "recalculations on them, signed"),
        money("benefit_rub", "benefits, which reduce them"),
        money("billed_rub", "charged + recalculated − benefit"),
        money("withdrawn_rub", "billed by older versions of documents and withdrawn by new ones"),
        *(money(f"paid_{source}_rub", f"paid: {_MEANINGS[source]}") for source in PAID_SOURCES),
        money("paid_rub", "paid from all sources"), money("reversed_rub", "taken back by reversals"),
        money("transferred_rub", "credits of documents' own negative lines and money moved by new versions, signed"),
        money("closing_rub", "owed at the end of the last day, or of the last day counted"),
        money("remitted_rub", "passed on of this contract alone, before the fee; missing where remittances name none",
              is_nullable=True),
        money("commission_rub", "fee kept of it", is_nullable=True),
        _provisional,
    ),
    primary_key=("calendar_month", "creditor_id", "contract_id", "debt_kind_code"),
    rows={
        "billed_adds_up": pl.col("billed_rub")
        == pl.col("charged_rub") + pl.col("recalculated_rub") - pl.col("benefit_rub"),
        "paid_adds_up": pl.col("paid_rub") == pl.sum_horizontal(PAID_COLUMNS).cast(pl.Decimal(18, 2)),
        "rolls_forward": pl.col("closing_rub") == pl.col("opening_rub") + pl.col("billed_rub")
        - pl.col("withdrawn_rub") - pl.col("paid_rub") + pl.col("reversed_rub") + pl.col("transferred_rub"),
    },
)

FINANCE_MONEY = Table(
    "finance_money", "reports", Stage.REPORT,
    grain="one creditor over one calendar month: money collected for it and passed on to it",
    columns=(
        calendar_month, c.creditor_id,
        money("opening_rub", "held at the start of the first day; missing where remittances were not known in every "
              "month since the book was opened", is_nullable=True),
        money("collected_rub", "collected through the centre"), money("reversed_rub", "taken back by reversals"),
        money("moved_rub", "moved by new versions of documents, signed"),
        money("own_account_rub", "paid to the creditor's own bank account, net of reversals: never held"),
        money("remitted_rub", "passed on, before the fee", is_nullable=True),
        money("commission_rub", "fee kept of it", is_nullable=True),
        money("net_rub", "sent to the creditor", is_nullable=True),
        money("closing_rub", "held at the end of the last day counted; missing as the opening is", is_nullable=True),
        _provisional,
    ),
    primary_key=("calendar_month", "creditor_id"),
    rows={
        "net_is_gross_less_fee": pl.col("net_rub").is_null()
        | (pl.col("net_rub") == pl.col("remitted_rub") - pl.col("commission_rub")),
        "rolls_forward": pl.col("closing_rub").is_null() | (
            pl.col("closing_rub") == pl.col("opening_rub") + pl.col("collected_rub") - pl.col("reversed_rub")
            + pl.col("moved_rub") - pl.col("remitted_rub")
        ),
    },
)

REPORTS = (FINANCE_TURNOVER, FINANCE_MONEY)
