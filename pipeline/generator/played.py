"""What the story accounts did, in the crowd's own shapes: the seam between the stories and a block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts import billing, metering, opening, payments
from pipeline.contracts.catalogue import TABLES
from pipeline.generator.payments import EXTRA
from pipeline.generator.slips.money import REVERSAL_EXTRA

PAYMENT_SCHEMA: Final = payments.PAYMENTS.inside_schema | {"provider_code": pl.String(), "voluntary_kop": pl.Int64()}
REVERSAL_SCHEMA: Final = payments.PAYMENT_REVERSALS.inside_schema | {
    "provider_code": pl.String(), "received_on": pl.Date(),
}
READING_SCHEMA: Final = metering.METER_READINGS.inside_schema | {
    "delivered_on": pl.Date(), "month_number": pl.Int64(),
}
BLOCK_REGISTERS: Final = ("accounts", "premises", "registrations", "rights", "persons", "contacts", "meters")
assert tuple(PAYMENT_SCHEMA)[-2:] == EXTRA and tuple(REVERSAL_SCHEMA)[-2:] == REVERSAL_EXTRA


@dataclass(frozen=True)
class ExtraFile:
    """A delivery of its own: a registry that comes twice or corrected."""

    table: str
    received_on: date
    name: str
    frame: pl.DataFrame


@dataclass(frozen=True)
class Played:
    """Frames of the story accounts, inside shapes; `empty()` for a block without any.

    `payments_elsewhere` travel in extra files; documents print them all the same.
    """

    meters: pl.DataFrame
    items: pl.DataFrame
    advances: pl.DataFrame
    dunning: pl.DataFrame
    documents: pl.DataFrame
    charges: pl.DataFrame
    payments: pl.DataFrame
    payments_elsewhere: pl.DataFrame
    reversals: pl.DataFrame
    readings: pl.DataFrame
    registers: Mapping[str, pl.DataFrame]
    later_registers: Mapping[tuple[date, str], pl.DataFrame] = field(default_factory=dict)
    events: Mapping[tuple[date, str], pl.DataFrame] = field(default_factory=dict)
    extra_files: tuple[ExtraFile, ...] = ()

    @classmethod
    def empty(cls, meters: pl.DataFrame, snapshots: Iterable[tuple[date, str]] = ()) -> Played:
        """Nothing happened; `meters` gives the shape of a meter frame, `snapshots` are registers taken again."""
        return cls(
            meters=meters.clear(),
            items=opening.OPENING_ITEMS.empty_inside(), advances=opening.OPENING_ADVANCES.empty_inside(),
            dunning=opening.OPENING_DUNNING.empty_inside(),
            documents=billing.BILLING_DOCUMENTS.empty_inside(), charges=billing.CHARGES.empty_inside(),
            payments=pl.DataFrame(schema=PAYMENT_SCHEMA), payments_elsewhere=pl.DataFrame(schema=PAYMENT_SCHEMA),
            reversals=pl.DataFrame(schema=REVERSAL_SCHEMA),
            readings=pl.DataFrame(schema=READING_SCHEMA),
            registers={name: TABLES[name].empty_inside() for name in BLOCK_REGISTERS},
            later_registers={(on, name): TABLES[name].empty_inside() for on, name in snapshots},
        )
