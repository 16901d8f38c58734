"""Meters of whole houses: what was read of them, and the balance of a house with its flats.

What follows from a balance for a bill: `contracts/house_corrections.py`.
"""

from typing import Final

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, count, date, money, month, text, volume, yes_no

SOURCES: Final = ("smart", "inspector", "supplier", "company")
#: Why a reading is not accepted, or tells no volume.
FINDINGS: Final = ("first_register", "below_previous", "month_already_told", "other_place")
OUTCOMES: Final = ("agrees", "differs", "flats_exceed", "not_counted")
#: Why a balance could not be struck.
REASONS: Final = ("not_read", "no_volume", "several_months", "nothing_billed", "other_unit", "paid_evenly")

_unit: Final = "unit of the service"
_told: Final = (
    text("reading_id", "reading, unique at its source"), c.house_id, c.meter_id.meaning_here("meter of the house"),
    c.service_code.meaning_here("service whose resource it measures"),
    c.charge_month.meaning_here("month of consumption that the reading closes"),
    date("read_on", "day the meter was read"),
    code("source_code", "who took the reading; rank before time: remote reading, inspector, supplier, managing company",
         *SOURCES),
    volume("value", "state of the register, the ratio of transformers already in it; missing where a volume is told",
           is_nullable=True, unit=_unit, at_least=0),
    yes_no("is_last", "the last reading of a meter that was taken off: later months of the house are told without it; "
           "missing: the meter stays", is_nullable=True, is_later=True),
)

HOUSE_METER_READINGS = Table(
    "house_meter_readings", "house_meters", Stage.FEED,
    grain="one reading of one meter of a house: its register, or the volume of one month",
    columns=(
        *_told,
        volume("volume", "volume of the charge month alone; missing where the register is told", is_nullable=True,
               unit=_unit, at_least=0),
    ),
    primary_key=("reading_id",),
    rows={
        "tells_a_register_or_a_volume": pl.col("value").is_null() != pl.col("volume").is_null(),
        "month_has_begun_when_read": pl.col("read_on") >= pl.col("charge_month"),
    },
)

HOUSE_READINGS = Table(
    "house_readings", "house_meters", Stage.PUBLISHED,
    grain="one reading of a meter of a house that the cycle brought, as judged; and the last one of each meter",
    columns=(
        *_told,
        volume("previous_value", "last accepted register before it", is_nullable=True, unit=_unit),
        month("previous_month", "charge month that this register closed", is_nullable=True),
        volume("told_volume", "volume of the month as told; missing where a register was told", is_nullable=True,
               unit=_unit),
        volume("volume", "accepted volume: as told, or between both registers; missing where none follows",
               is_nullable=True, unit=_unit),
        count("covered_months", "months that the volume is of, up to the charge month", unit="month", is_nullable=True,
              at_least=1),
        code("verdict_code", "accepted, replaced by a better one of the same month, or rejected",
             "accepted", "outranked", "rejected"),
        code("finding_code", "why it is not accepted, or accepted without a volume", *FINDINGS, is_nullable=True),
        yes_no("is_carried", "an earlier cycle brought it; the meter has no accepted reading since"),
    ),
    primary_key=("reading_id",),
    rows={"a_volume_is_accepted": pl.col("volume").is_null() | (pl.col("verdict_code") == "accepted")},
)

HOUSE_BALANCES = Table(
    "house_balances", "house_meters", Stage.PUBLISHED,
    grain="one house, service that a meter of the house measures, and charge month of the run: the house against what "
          "the documents of the month billed to its flats",
    columns=(
        c.house_id, c.service_code, c.charge_month,
        count("meters", "meters of the house known for the service, none that was taken off before", at_least=1),
        volume("house_volume", "their volume of the month; missing where one of them does not tell it",
               is_nullable=True, unit=_unit),
        volume("metered_volume", "billed to flats by meter", unit=_unit),
        volume("average_volume", "billed to flats by average", unit=_unit),
        volume("norm_volume", "billed to flats by norm, without any uplift: it is a price, nobody used it", unit=_unit),
        volume("other_volume", "billed to flats otherwise: by area, act, the house", unit=_unit),
        volume("flats_volume", "all that was billed to flats", unit=_unit),
        volume("common_volume", "billed for common property beside it", unit=_unit),
        volume("difference_volume", "house less flats and common property", is_nullable=True, unit=_unit),
        volume("difference_share", "the difference as a share of the volume of the house; missing where the house used "
               "nothing", is_nullable=True, unit="1"),
        money("flats_rub", "charged to flats for this volume, before recalculation and benefit"),
        money("effect_rub", "the difference at the average price of what flats were billed, signed", is_nullable=True),
        code("outcome_code", "within the bound, beyond it, flats above the house, or not counted", *OUTCOMES),
        code("reason_code", "why it could not be counted", *REASONS, is_nullable=True),
        code("mode_code", "how the house paid in this month: heating by season or evenly, common property of the "
             "resource by the month or the year; missing: it is not known", "season", "evenly", "monthly",
             "average_corrected", "norm_corrected", is_nullable=True, is_later=True),
        count("missing_bills", "accounts of the house whose bill of the month is missing or was refused",
              is_nullable=True, is_later=True),
    ),
    primary_key=("house_id", "service_code"),
    rows={
        "flats_add_up": pl.col("flats_volume") == pl.sum_horizontal(
            "metered_volume", "average_volume", "norm_volume", "other_volume"
        ),
        "difference_is_told": (pl.col("outcome_code") == "not_counted") == pl.col("difference_volume").is_null(),
        "not_counted_has_a_reason": (pl.col("outcome_code") == "not_counted") == pl.col("reason_code").is_not_null(),
    },
)

FEEDS = (HOUSE_METER_READINGS,)
PUBLISHED = (HOUSE_READINGS, HOUSE_BALANCES)
