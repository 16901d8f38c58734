"""Metering: readings in, judged consumption and the memory of each meter out."""

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, count, date, integer, moment, month, text, volume

SOURCES = ("smart", "inspector", "supplier", "office", "resident_app", "resident_site", "phone")

reading_id = text("reading_id", "reading, unique at its source")
source_code = code("source_code", "who took the reading; rank before time", *SOURCES)
read_on = date("read_on", "day the meter was read")

METER_READINGS = Table(
    "meter_readings", "ingest", Stage.FEED,
    grain="one reading of one zone of one meter, as submitted",
    columns=(
        reading_id, c.meter_id, c.zone_code.or_null("a meter without zones"), read_on,
        moment("submitted_at", "moment it was submitted"),
        volume("value", "state of the register as submitted"),
        source_code,
    ),
    primary_key=("reading_id",),
)

CONSUMPTION = Table(
    "consumption", "metering", Stage.PUBLISHED,
    grain="one reading submitted in the cycle, with what was judged of it and what was accepted for the month",
    columns=(
        reading_id, c.account_id, c.service_point_id, c.meter_id, c.service_code,
        c.zone_code.or_null("a meter without zones"),
        read_on, moment("submitted_at", "moment it was submitted"), source_code,
        volume("raw_value", "register as submitted"),
        volume("previous_value", "last accepted actual register before it", is_nullable=True),
        date("previous_read_on", "day of that register", is_nullable=True),
        volume("volume", "volume between both registers, rollover counted", is_nullable=True, unit="unit of the service"),
        volume("average_volume", "the meter's own monthly average before it", is_nullable=True, unit="unit of the service"),
        c.basis_code.or_null("not accepted").meaning_here("basis of the accepted volume"),
        code("verdict_code", "accepted, replaced by a better one of the same month, or rejected",
             "accepted", "outranked", "rejected"),
        codes("findings", "what was found, sorted: below_previous, rollover, above_average, several_submissions, …"),
    ),
    primary_key=("reading_id",),
)

METER_MEMORY = Table(
    "meter_memory", "metering", Stage.PUBLISHED,
    grain="one zone of one meter: its last accepted actual register and what was billed by estimate since",
    columns=(
        c.account_id, c.service_point_id, c.meter_id, c.contract_id, c.service_code,
        c.zone_code.or_null("a meter without zones"),
        volume("last_value", "last accepted actual register", is_nullable=True),
        date("last_read_on", "day of that register", is_nullable=True),
        month("last_actual_month", "last charge month billed by meter", is_nullable=True),
        volume("estimated_volume", "volume billed by average since that register", unit="unit of the service"),
        count("estimated_months", "months billed by average since that register", unit="month", at_least=0),
        volume("norm_volume", "volume billed by norm since that register", unit="unit of the service"),
        count("norm_months", "months billed by norm since that register", unit="month", at_least=0),
        codes("estimated_charge_months", "the estimated and norm months as YYYY-MM, sorted"),
        integer("actual_months", "months with an accepted actual reading, for the average", unit="month", at_least=0),
        volume("actual_volume", "volume of those months", unit="unit of the service"),
    ),
    primary_key=("meter_id", "zone_code"),
)

OPENING_METERS = Table(
    "opening_meters", "metering", Stage.OPENING, METER_MEMORY.grain, METER_MEMORY.columns, METER_MEMORY.primary_key
)

FEEDS = (METER_READINGS,)
PUBLISHED = (CONSUMPTION, METER_MEMORY)
