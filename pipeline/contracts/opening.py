"""Opening feeds: the state with which a book starts, in the shape of the published state."""

from pipeline.contracts import columns as c
from pipeline.contracts.ledger import ITEM_KEY, ITEM_KEY_COLUMNS
from pipeline.contracts.metering import OPENING_METERS
from pipeline.contracts.table import Stage, Table, code, date, money, text

OPENING_ITEMS = Table(
    "opening_items", "ledger", Stage.OPENING,
    grain="one item open when the book starts; without a charge month it is a lump sum: soft contact only",
    columns=(
        *ITEM_KEY_COLUMNS, c.document_type_code, c.billing_month, c.issued_on, c.due_on,
        money("outstanding_rub", "open at the start", at_least=0),
    ),
    primary_key=ITEM_KEY,
)

OPENING_ADVANCES = Table(
    "opening_advances", "ledger", Stage.OPENING, grain="one advance left when the book starts",
    columns=(
        c.account_id, c.payment_id, c.creditor_id.or_null("free"),
        text("contract_reference", "advance contract", is_nullable=True),
        c.channel_code, c.paid_at, c.received_on, money("amount_rub", "left of it", at_least=0),
    ),
    primary_key=("account_id", "payment_id"),
)

OPENING_DUNNING = Table(
    "opening_dunning", "debt", Stage.OPENING, grain="one episode of dunning that runs when the book starts",
    columns=(
        c.account_id, c.creditor_id, code("track_code", "track", "notice", "restriction", "court"),
        text("episode_id", "episode"), text("stage_code", "stage reached"), date("stage_on", "day it was reached"),
    ),
    primary_key=("account_id", "creditor_id", "track_code"),
)

OPENING = (OPENING_ITEMS, OPENING_ADVANCES, OPENING_METERS, OPENING_DUNNING)
