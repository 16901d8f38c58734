"""The advance discount: how each application for it stands, and what it takes off in which month, line by line.

A resident pays the fixed lines of several months ahead under an advance contract (`advance_contracts` names its months,
payments name the contract) and gets a share of them off. Not here: the application (`recalculation_events.py`), the
proposals themselves (`recalculation.py`).
"""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import (
    Stage,
    Table,
    code,
    codes,
    count,
    date,
    moment,
    money,
    month,
    tariff,
    text,
    volume,
    yes_no,
)

#: Where a term that is carried on may stand.
LIVE = ("planned", "awaits_money", "running")
#: What has to hold for the discount to begin, in this order.
CONDITIONS = ("is_priced", "is_paid_ahead", "is_free_of_debt")
#: What ends a term before its last month; a policy says which of them do, in its own order.
END_REASONS = ("withdrawn", "refunded", "change_of_owner", "account_closed", "tariff_changed", "debt")

ADVANCE_TERMS = Table(
    "advance_terms", "recalculation", Stage.PUBLISHED,
    grain="one application for the advance discount as it stands; carried while it lasts, published once with its end",
    columns=(
        c.event_id.meaning_here("application, the first sound one of its contract"),
        c.account_id, text("contract_reference", "advance contract that names the months"),
        moment("registered_at", "registration of the application"),
        month("from_month", "first month of the term"), month("to_month", "last month of the term"),
        count("months", "months of the term", unit="month", at_least=1),
        volume("percent", "discount for so many months", unit="percent"),
        money("price_rub", "fixed lines of the term less the discount, by the first bill that was at hand: to be paid "
              "ahead; missing until there was one", is_nullable=True),
        money("paid_rub", "paid for the contract in time, less what was taken back"),
        codes("payment_ids", "the payments that it is, sorted"),
        money("missing_rub", "what is missing to the price", is_nullable=True),
        date("pay_until_on", "last day to pay: the day before the first documents of the term; missing until `cycles` "
             "names them", is_nullable=True),
        code("status_code", "where it stands: before its first month; one cycle more for slow registries; discount "
             "given; never begun; ended before its last month; over", "planned", "awaits_money", "running", "refused",
             "ended", "finished"),
        code("first_failed_code", "first condition that fails, in this order", *CONDITIONS, is_nullable=True),
        code("end_reason_code", "why it ended before its last month", *END_REASONS, is_nullable=True),
        month("ended_month", "first month without the discount", is_nullable=True),
        yes_no("is_clawed_back", "what was given is charged again"),
    ),
    primary_key=("account_id", "event_id"),
    rows={
        "an_end_has_its_reason": (pl.col("status_code") == "ended") == pl.col("end_reason_code").is_not_null(),
        "a_running_term_was_paid": (pl.col("status_code") != "running")
        | (pl.col("first_failed_code").is_null() & pl.col("price_rub").is_not_null()),
        "only_an_end_takes_back": ~pl.col("is_clawed_back") | (pl.col("status_code") == "ended"),
    },
)

ADVANCE_SCHEDULE = Table(
    "advance_schedule", "recalculation", Stage.PUBLISHED,
    grain="one fixed line of one month of one term: what is to come off, and what became of it",
    columns=(
        c.event_id.meaning_here("application, as in `advance_terms`"), c.account_id, c.contract_id, c.service_code,
        c.zone_code.or_null("a service without zones"), c.charge_month,
        money("planned_fee_rub", "fee of the line by the bill that the price was counted by; missing: the line came "
              "later", is_nullable=True),
        money("planned_discount_rub", "discount on that fee, rounded once", is_nullable=True),
        tariff("planned_tariff_rub", "tariff of that bill", is_nullable=True),
        money("fee_rub", "fee of the month as billed; missing until it is", is_nullable=True),
        money("discount_rub", "discount proposed for it, as far as the fee went; missing until it is",
              is_nullable=True, at_least=0),
        code("status_code", "to come; billed and held until the money is there; proposed; nothing was billed or left "
             "to reduce; not given any more; charged again", "planned", "held", "given", "nothing_billed", "cancelled",
             "clawed_back"),
    ),
    primary_key=("account_id", "event_id", "contract_id", "service_code", "zone_code", "charge_month"),
    rows={
        "what_is_given_was_billed": ~pl.col("status_code").is_in(["given", "clawed_back"])
        | (pl.col("discount_rub") <= pl.col("fee_rub")),
    },
)

#: Staged by the ledger, inside shape: both tables as the month before left them. Months closed earlier have none.
TERMS_AT_START, SCHEDULE_AT_START = "advance_terms_at_start", "advance_schedule_at_start"
#: Staged by the room: of these what is carried on.
TERMS_BEFORE, SCHEDULE_BEFORE = "advance_terms_before", "advance_schedule_before"

PUBLISHED = (ADVANCE_TERMS, ADVANCE_SCHEDULE)
