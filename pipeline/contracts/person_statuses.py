"""Dated statuses of persons that change how their debts are worked, and the hold that a status is.

A status reaches the debts of every flat where the person holds a right. Not here: what a hold does (`domain/debt`,
`domain/penalty`).
"""

from typing import Final

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, text

#: The hold that a status is; a person's family is left in peace as the person. Who gets a subsidy is not held.
HOLD_OF: Final = {
    "mobilised": "mobilised", "mobilised_family": "mobilised", "bankruptcy": "bankruptcy", "death": "death",
}
SUBSIDY: Final = "subsidy"
#: A hold that reaches only what was owed when it began: later months are current payments (127-ФЗ, ст. 5).
OF_OLDER_DEBTS: Final = "bankruptcy"

PERSON_STATUSES = Table(
    "person_statuses", "debt", Stage.EVENT,
    grain="one status of one person as told; of one person, status and first day the row registered last counts",
    columns=(
        c.event_id, c.registered_at, c.person_id,
        code("status_code", "called up, or of the family of somebody who is; bankrupt since the procedure was opened; "
             "dead; granted a subsidy for housing", *HOLD_OF, SUBSIDY),
        text("document", "paper that proves it: its kind, number and day, no names"),
        c.valid_from, c.valid_to,
    ),
    primary_key=("event_id",),
    rows={"status_runs_forward": (pl.col("valid_to") >= pl.col("valid_from")).fill_null(True)},
)
_SAME: Final = ("person_id", "status_code", "valid_from")


def known(statuses: pl.DataFrame) -> pl.DataFrame:
    """PERSON_STATUSES, inside shape, without what a later row of the same status tells anew."""
    return statuses.sort("registered_at", "event_id").unique(_SAME, keep="last", maintain_order=True)


def as_holds(statuses: pl.DataFrame) -> pl.DataFrame:
    """The statuses that hold, as rows of `holds` (inside shape) on their persons, towards all creditors."""
    return known(statuses).filter(pl.col("status_code").is_in(list(HOLD_OF))).select(
        "event_id", "registered_at", pl.lit(None, dtype=pl.String).alias("account_id"), "person_id",
        pl.lit(None, dtype=pl.String).alias("creditor_id"),
        pl.col("status_code").replace_strict(HOLD_OF, default=None, return_dtype=pl.String).alias("reason_code"),
        pl.col("valid_from").alias("from_on"), pl.col("valid_to").alias("to_on"),
    )
