"""Pre-trial notices: who is told that an application for a court order or a claim will be filed, and from which day."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.claims import application
from pipeline.contracts.table import Stage, Table, date, money, month

PRETRIAL_NOTICES = Table(
    "pretrial_notices", "debt", Stage.PUBLISHED,
    grain="account × creditor to be told before its debt goes to court, whether or not a notice has left already",
    columns=(
        date("run_on", "night of the list"), c.account_id, c.creditor_id, c.premises_id,
        application.meaning_here("what the court would be asked for, by this sum alone"),
        money("claimed_rub", "what would be claimed tonight", at_least=0),
        month("from_month", "first billing month of it"), month("to_month", "last billing month of it"),
        money("duty_rub", "state duty of the application on it: what court would add at least", at_least=0),
        date("court_on", "first day on which the application may be filed"),
        date("once_since_on", "first day of the episode: one notice is sent in it"),
    ),
    primary_key=("account_id", "creditor_id"),
    rows={"before_the_court": pl.col("run_on") < pl.col("court_on")},
)
