"""Metering: readings in, judged consumption and the memory of each meter out."""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import (
    Stage,
    Table,
    code,
    codes,
    count,
    date,
    integer,
    moment,
    money,
    month,
    tariff,
    text,
    volume,
    yes_no,
)

service_unit = "unit of the service"

FINDINGS = (
    "above_average", "after_removal", "before_installation", "below_previous", "beyond_register", "duplicate",
    "first_register", "fraction", "month_already_read", "outside_window", "repeated", "rollover",
    "several_submissions", "spike", "unchanged", "verification_expired", "zero_for_months", "zone_order",
)
#: What probably happened to a doubtful reading, the best evidence first.
CAUSES = (
    "swapped_zones", "swapped_meter", "over_estimate", "decimal_slip", "wrong_scale", "swapped_digits", "typo",
    "whole_part", "unknown",
)
SEVERITIES = ("reject", "hold", "warn")
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
        reading_id, c.account_id, c.contract_id, c.service_point_id, c.meter_id, c.service_code,
        c.zone_code.or_null("a meter without zones"),
        c.charge_month.meaning_here("charge month that the reading closes: the month of read_on"),
        read_on, moment("submitted_at", "moment it was submitted"), source_code,
        volume("raw_value", "register as submitted"),
        volume("previous_value", "last accepted actual register before it", is_nullable=True),
        date("previous_read_on", "day of that register", is_nullable=True),
        volume("volume", "volume between both registers, rollover counted", is_nullable=True, unit=service_unit),
        volume("month_volume", "part of that volume that belongs to the charge month; the rest belongs, by days, to "
               "the months since the previous register", is_nullable=True, unit=service_unit),
        volume("average_volume", "the meter's own monthly average before it", is_nullable=True, unit=service_unit),
        c.basis_code.or_null("not accepted").meaning_here("basis of the accepted volume"),
        code("verdict_code", "accepted, replaced by a better one of the same month, or rejected",
             "accepted", "outranked", "rejected"),
        codes("findings", "what was found, sorted: " + ", ".join(FINDINGS)),
    ),
    primary_key=("reading_id",),
)

READING_DOUBTS = Table(
    "reading_doubts", "metering", Stage.PUBLISHED,
    grain="one reading of the cycle that somebody is told of: how grave, what probably happened, what is proposed",
    columns=(
        reading_id, c.account_id, c.contract_id, c.meter_id, c.service_code,
        c.zone_code.or_null("a meter without zones"), c.charge_month, read_on, source_code,
        code("severity_code", "never accepted; waits for a person unless a confirming source brings it; only told",
             *SEVERITIES),
        code("finding_code", "the gravest of its findings", *FINDINGS),
        volume("raw_value", "register as submitted"),
        volume("previous_value", "last accepted actual register before it", is_nullable=True),
        volume("accepted_value", "register accepted for this month by the end of the cycle, from whichever reading",
               is_nullable=True),
        code("cause_code", "what probably happened; missing where nothing is to be explained", *CAUSES,
             is_nullable=True),
        volume("proposed_value", "register that was probably meant; a proposal, never accepted by itself",
               is_nullable=True),
        text("other_meter_id", "meter of the same service whose register the value continues", is_nullable=True),
        c.tariff_rub.or_null("no line of the service tells one"),
        money("effect_rub", "what believing the submitted value would put wrong: proposed volume, or the average where "
              "nothing is proposed, less submitted volume, by the last tariff, signed; an over-estimate: what a credit "
              "of it would give back", is_nullable=True),
        yes_no("is_open", "rejected, and nothing else accepted for its month: waits for a person"),
        text("warning", "what the resident is told, in Russian"),
    ),
    primary_key=("reading_id",),
    rows={
        "open_means_nothing_accepted": ~pl.col("is_open") | pl.col("accepted_value").is_null(),
        "a_proposal_has_a_cause": pl.col("proposed_value").is_null() | pl.col("cause_code").is_not_null(),
    },
)

METER_MEMORY = Table(
    "meter_memory", "metering", Stage.PUBLISHED,
    grain="one zone of one meter: its last accepted actual register and what was billed by estimate since; where a "
          "contract has several meters of a service, its estimates are shared among them in equal parts",
    columns=(
        c.account_id, c.service_point_id, c.meter_id, c.contract_id, c.service_code,
        c.zone_code.or_null("a meter without zones"),
        volume("last_value", "last accepted actual register", is_nullable=True),
        date("last_read_on", "day of that register", is_nullable=True),
        month("last_actual_month", "charge month that this register closed", is_nullable=True),
        volume("estimated_volume", "volume billed by average since that register", unit=service_unit),
        count("estimated_months", "months billed by average since that register", unit="month", at_least=0),
        money("estimated_charged_rub", "charged for the months billed by average since that register"),
        tariff("estimated_tariff_rub", "tariff of the last estimated month", is_nullable=True),
        volume("norm_volume", "volume billed by norm since that register", unit=service_unit),
        count("norm_months", "months billed by norm since that register", unit="month", at_least=0),
        money("norm_charged_rub", "charged for the months billed by norm since that register"),
        codes("estimated_charge_months", "the estimated and norm months as YYYY-MM, sorted; average comes before norm"),
        integer("actual_months", "months told by actual registers, for the average, up to the longest history",
                unit="month", at_least=0),
        volume("actual_volume", "volume of those months", unit=service_unit),
        count("unchanged_months", "months in a row, up to that register, without any use; missing is none",
              unit="month", at_least=0, is_nullable=True, is_later=True),
    ),
    primary_key=("meter_id", "zone_code"),
)

_group = (c.account_id, c.contract_id, c.service_code, c.zone_code.or_null("a service without zones"))

UNCONFIRMED_CHARGES = Table(
    "unconfirmed_charges", "metering", Stage.PUBLISHED,
    grain="one charge month of a metered service in one document, billed for a volume that no accepted register had "
          "told; open until a reading or the biller settles it, then published once more with what settled it",
    columns=(
        *_group, c.charge_month, c.document_id, c.basis_code,
        volume("volume", "volume billed", unit=service_unit), c.unit_code.or_null(),
        c.tariff_rub.or_null("billed without a tariff"),
        money("charged_rub", "charged for it before recalculation and benefit"),
        code("settled_code", "what settled it: an accepted reading; the biller's own recalculation; a newer document "
             "version; registers that no longer tell this month; `by_meter`: billed by meter, for another volume than "
             "the registers tell; `not_counted`: a register of a meter that had ceased to count, a person decides",
             "reading", "biller", "superseded", "not_known", "by_meter", "not_counted", is_nullable=True),
        text("settled_by", "reading that settled it", is_nullable=True),
        volume("actual_volume", "volume of the month by actual registers, on the month's first document; 0 on others",
               is_nullable=True, unit=service_unit),
    ),
    primary_key=("account_id", "contract_id", "service_code", "zone_code", "charge_month", "document_id"),
)

UNBILLED_VOLUMES = Table(
    "unbilled_volumes", "metering", Stage.PUBLISHED,
    grain="one charge month of one zone of one meter whose volume actual registers have told and no document billed",
    columns=(
        *_group, c.meter_id, c.charge_month,
        volume("volume", "volume of the month, spread by days between two registers", unit=service_unit),
        reading_id, read_on,
    ),
    primary_key=("meter_id", "zone_code", "charge_month"),
)

OPENING_METERS = Table(
    "opening_meters", "metering", Stage.OPENING, METER_MEMORY.grain, METER_MEMORY.columns, METER_MEMORY.primary_key
)

FEEDS = (METER_READINGS,)
PUBLISHED = (CONSUMPTION, READING_DOUBTS, METER_MEMORY, UNCONFIRMED_CHARGES, UNBILLED_VOLUMES)
