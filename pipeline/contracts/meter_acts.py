"""Acts on meters: what happened to a meter, by whom it was found, with what it is proved. What follows from them:
`domain/metering/status.py`, `domain/metering/substitution.py`."""

from typing import Final

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, date, text, volume

ACTS: Final = (
    "installed", "commissioned", "sealed", "verified", "failed", "lost", "replaced", "removed", "tampered", "inspected",
    "no_admission", "cannot_install",
)

METER_ACTS = Table(
    "meter_acts", "metering", Stage.EVENT, grain="one act on one meter, from the day on which it holds",
    columns=(
        c.event_id, c.registered_at, c.account_id, c.meter_id,
        code("act_code", "what happened: `failed`: no display, broken seals, damage, an error above the limit; "
             "`inspected`: the supplier was let in and saw the register; `no_admission`: he was not; `cannot_install`: "
             "no meter can be installed, or the house is emergency housing (or `premises` say so)", *ACTS),
        date("effective_from", "day from which it holds"),
        date("verified_until", "day until which a passed verification holds", is_nullable=True),
        volume("value", "register that the act states", unit="unit of the service", is_nullable=True),
        text("evidence", "act, record of «Аршин», application"),
    ),
    primary_key=("event_id",),
    rows={"verification_names_its_end": (pl.col("act_code") != "verified") | pl.col("verified_until").is_not_null(),
          "verification_runs_forward": (pl.col("verified_until") >= pl.col("effective_from")).fill_null(True)},
)
