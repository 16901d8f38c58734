"""What the owners of municipal flats owe of what is billed to accounts there: for a letter to the owner."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, count, date, money, month

OWNER_DEBTS = Table(
    "owner_debts", "debt", Stage.PUBLISHED,
    grain="account of a municipal flat × creditor with overdue sums that the owner owes and nobody of the account",
    columns=(
        date("run_on", "night of the list"), c.account_id, c.creditor_id, c.premises_id,
        c.person_id.or_null("the register of rights names no owner of the flat, or several"),
        month("from_month", "first charge month of them"), month("to_month", "last charge month of them"),
        money("fee_rub", "fees of months in which nobody lived in the flat (ЖК РФ, ст. 153, ч. 3)", at_least=0),
        money("capital_repair_rub", "capital repair (ЖК РФ, ст. 158, 169)", at_least=0),
        money("total_rub", "both together", at_least=0),
        money("barred_rub", "what of the total is out of limitation", at_least=0),
        date("oldest_due_on", "due date of the oldest of them"),
        count("days_overdue", "days since then", unit="day", at_least=1),
    ),
    primary_key=("account_id", "creditor_id"),
    rows={"total_adds_up": pl.col("total_rub") == pl.col("fee_rub") + pl.col("capital_repair_rub"),
          "something_is_owed": pl.col("total_rub") > 0},
)
