"""What a court is asked for; claims to file after an order was cancelled: price, duty, until when (ГПК РФ, ст. 129)."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, date, money, month, text

#: Stages of the court track: an order, and above its limit a claim.
APPLICATIONS = ("court_order", "claim")
application = code("stage_code", "what the court is asked for: an order, or a claim above its limit", *APPLICATIONS)

CLAIM_LIST = Table(
    "claim_list", "debt", Stage.PUBLISHED,
    grain="one court case whose order was cancelled and whose claim is to be filed",
    columns=(
        date("run_on", "night of the list"), text("court_case_id", "court case of `court_cases`"),
        c.account_id, c.creditor_id, c.premises_id,
        month("from_month", "first billing month of the case"), month("to_month", "last billing month of the case"),
        date("filed_on", "day of the application for the order", is_nullable=True),
        date("cancelled_on", "day the order was cancelled"),
        date("file_by_on", "last day by which limitation cannot have passed for what was in time at the application"),
        money("claimed_rub", "principal of its months that is open, not disputed and that nothing may cover",
              at_least=0),
        money("penalty_rub", "penalties to claim beside it, counted to the night", at_least=0),
        money("penalty_paid_rub", "counted penalties that were paid, received or given up", at_least=0),
        money("penalty_doubt_rub", "counted penalties that may have been paid: not claimed", at_least=0),
        money("duty_rub", "state duty of a claim of this price; missing above the known scale", is_nullable=True,
              at_least=0),
        money("order_duty_rub", "duty of the cancelled order that counts towards it", at_least=0),
        money("duty_to_pay_rub", "what is still to be paid", is_nullable=True, at_least=0),
    ),
    primary_key=("court_case_id",),
    rows={"duty_adds_up": (pl.col("duty_rub") == pl.col("order_duty_rub") + pl.col("duty_to_pay_rub")).fill_null(True)},
)
