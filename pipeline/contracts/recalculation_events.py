"""Applications and acts that change what was billed: absences, bad quality, housing left undone, changes of owner.

What a person may have left out may be missing here: such an application goes back with the field and the reason
(`returned_applications`), it is neither refused with its file nor guessed. Days are whole days, hours are moments.
Not here: what is computed of them (`contracts/recalculation.py`), acts about meters.
"""

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, codes, count, date, moment, money, tariff, text, volume

event_status_code = code(
    "status_code", "as its registrar left it; what was not confirmed is not computed", "confirmed", "not_confirmed"
)
evidence = text("evidence", "paper or act that proves it", is_nullable=True)

ABSENCES = Table(
    "absences", "recalculation", Stage.EVENT, grain="one absence of one person from one account, as applied for",
    columns=(
        c.event_id, c.registered_at, c.account_id,
        c.person_id.or_null("not named"),
        date("effective_from", "day of departure", is_nullable=True),
        date("effective_to", "day of return", is_nullable=True),
        event_status_code, evidence,
        code("absence_code", "why the person is away", "ordinary", "mobilised"),
        count("residents", "persons for whom the account is billed, the absent one included; missing when not told",
              unit="person", is_nullable=True),
        text("no_meter_act", "act that no meter can be installed; without one only waste is recalculated",
             is_nullable=True),
    ),
    primary_key=("event_id",),
)

VIOLATIONS = (
    "cold_water_break", "cold_water_composition", "cold_water_pressure", "hot_water_break", "hot_water_temperature",
    "hot_water_composition", "hot_water_pressure", "sewage_break", "electricity_break", "electricity_quality",
    "gas_break", "gas_composition", "gas_pressure", "heating_break", "heating_temperature", "heating_pressure",
    "waste_break", "housing_service",
)
CIRCUMSTANCES = (
    "dead_end_main", "planned_maintenance", "two_feeds", "one_feed", "room_12", "room_10", "room_8", "air_to_5",
    "air_above_5", "corner_room",
)

QUALITY_ACTS = Table(
    "quality_acts", "recalculation", Stage.EVENT,
    grain="one time during which one service in one house or premises was missing or bad, as its act says",
    columns=(
        c.event_id, c.registered_at,
        c.house_id.or_null("the act is about one premises"),
        c.premises_id.or_null("the act is about a whole house"),
        c.service_code,
        code("violation_code", "what was wrong: its limits and reductions are rules", *VIOLATIONS),
        code("circumstance_code", "what changes the limit: a dead-end main, feeds, the temperature of the room or the "
             "air; missing where nothing does", *CIRCUMSTANCES, is_nullable=True),
        moment("began_at", "beginning by the dispatcher's log, the act or the meter's archive", is_nullable=True),
        moment("ended_at", "end of it; missing while it lasts", is_nullable=True),
        volume("measured_value", "degrees of water or air, or per cent of pressure off the norm", unit="°C or %",
               is_nullable=True),
        tariff("part_tariff_rub", "of a housing service: its own part of the tariff of the line", is_nullable=True),
        event_status_code, evidence,
    ),
    primary_key=("event_id",),
    rows={"act_names_one_place": pl.col("house_id").is_null() != pl.col("premises_id").is_null()},
)

OWNERSHIP_TRANSFERS = Table(
    "ownership_transfers", "recalculation", Stage.EVENT,
    grain="one change of owner of the flat of one account, as the land register tells it",
    columns=(
        c.event_id, c.registered_at,
        c.account_id.meaning_here("account of the former owner"),
        text("new_account_id", "account of the new owner, the same where the number stays; missing goes back",
             is_nullable=True),
        date("effective_from", "day on which the right was registered in the land register", is_nullable=True),
        text("share", "share that changed hands, like 1/2; missing is the whole flat", is_nullable=True),
        event_status_code, evidence,
    ),
    primary_key=("event_id",),
)

BENEFITS = Table(
    "benefits", "recalculation", Stage.EVENT,
    grain="one benefit of one person on one account from a day, taken off the bill; told again when it ends",
    columns=(
        c.event_id, c.registered_at, c.account_id,
        c.person_id.or_null("not named"),
        text("benefit_code", "benefit, as the centre names it"),
        codes("service_kinds", "kinds of services that it covers; missing: those of the rule book", is_nullable=True),
        volume("percent", "share of the fee within the norm; missing where it is a sum", unit="percent",
               is_nullable=True),
        money("month_sum_rub", "sum of a whole month; missing where it is a share", is_nullable=True, at_least=0),
        code("covers_code", "the whole household, or the part of one person", "household", "person"),
        count("residents", "persons for whom the account is billed; missing when not told", unit="person",
              is_nullable=True),
        date("effective_from", "first day", is_nullable=True), date("effective_to", "last day; missing while it lasts",
                                                                    is_nullable=True),
        event_status_code, evidence,
    ),
    primary_key=("event_id",),
)

ADVANCE_DISCOUNTS = Table(
    "advance_discounts", "recalculation", Stage.EVENT,
    grain="one application for the discount on fixed lines paid ahead; told again when the resident gives it up",
    columns=(
        c.event_id, c.registered_at, c.account_id,
        text("contract_reference", "contract of `advance_contracts` that names the months, and payments name",
             is_nullable=True),
        date("withdrawn_on", "day on which the resident gave it up; missing while it lasts", is_nullable=True),
        event_status_code, evidence,
    ),
    primary_key=("event_id",),
)

EVENTS = (ABSENCES, QUALITY_ACTS, OWNERSHIP_TRANSFERS, BENEFITS, ADVANCE_DISCOUNTS)
