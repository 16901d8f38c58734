"""Set-off (зачёт): a credit that stands beside a debt to the same creditor, for a person to lay on it."""

from typing import Final

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, count, date, money, month, text

#: One side's word is enough once both claims are due (ГК РФ, ст. 410); never of a debt out of limitation (ст. 411).
ARTICLE: Final = "ГК РФ, ст. 410"

OFFSETS_PROPOSED = Table(
    "offsets_proposed", "debt", Stage.PUBLISHED,
    grain="account × creditor that owes something overdue while money of the account lies with the same creditor",
    columns=(
        date("run_on", "night of the proposal"), c.account_id, c.creditor_id,
        money("credit_rub", "advances ring-fenced to this creditor, without those of advance contracts", at_least=0),
        money("debt_rub", "overdue to it: not disputed, by months, in limitation", at_least=0),
        money("offset_rub", "what may be set off: the lesser of the two", at_least=0),
        month("from_month", "first billing month of the debt"), month("to_month", "last billing month of it"),
        date("oldest_due_on", "due date of the oldest of it"),
        count("days_overdue", "days since then", unit="day", at_least=1),
        text("article", "article of law"),
    ),
    primary_key=("account_id", "creditor_id"),
    rows={"offset_is_the_lesser": pl.col("offset_rub") == pl.min_horizontal("credit_rub", "debt_rub"),
          "something_is_set_off": pl.col("offset_rub") > 0},
)
