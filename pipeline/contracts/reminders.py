"""Whom to remind of readings before the window of a month closes."""

from typing import Final

import polars as pl

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, date, integer, money, month, tariff, text, volume

service_unit: Final = "unit of the service"
#: Why nobody is written to tonight, the first that holds.
UNWRITTEN: Final = ("not_tonight", "no_addressee", "no_consent", "held", "contacted_tonight")

READING_REMINDERS = Table(
    "reading_reminders", "reminders", Stage.PUBLISHED,
    grain="one working meter whose month, the one now being read, no reading tells; nobody before the first day of "
          "reminders and after the window",
    columns=(
        date("run_on", "night of the list"),
        c.account_id, c.contract_id, c.service_code, c.service_point_id, c.meter_id,
        c.charge_month.meaning_here("month that the awaited reading would close"),
        date("read_by_on", "last day on which a reading counts for that month"),
        integer("days_left", "days from the night until then", unit="day", at_least=0),
        integer("within_days", "the narrowest term of the rule book that it falls within", unit="day", at_least=0),
        integer("silent_months", "months in a row without a register that counts, this one included; missing where "
                "nobody knows when one was last read", unit="month", at_least=1, is_nullable=True),
        date("last_read_on", "day of the last accepted register", is_nullable=True),
        month("norm_from_month", "first month billed by norm if nothing comes at all; missing where no norm follows or "
              "nobody knows", is_nullable=True),
        volume("average_volume", "the meter's own monthly average, its zones together", unit=service_unit,
               is_nullable=True),
        volume("norm_volume", "volume of a month by the norm, of the meter's part of it", unit=service_unit,
               is_nullable=True),
        tariff("tariff_rub", "tariff of the service", is_nullable=True),
        money("norm_cost_rub", "what a month by norm costs above the own average: each × tariff and rounded; below "
              "zero: it would cost less", is_nullable=True),
        code("missing_code", "why the cost is not known", "contract_volume", "history_unknown", "average_unknown",
             "norm_unknown", "several_tariffs", "tariff_unknown", is_nullable=True),
        c.person_id.or_null("nobody is written to tonight").meaning_here(
            "the one person of the account to write to, once a night over all meters and accounts"
        ),
        code("unwritten_code", "why nobody is written to tonight: it is no day of reminders; the account has no adult "
             "holder; none with a mobile phone who agreed and has not opted out; a hold on the person; "
             "tonight the person gets another message or a call", *UNWRITTEN, is_nullable=True),
        text("reminder", "what the resident is told, in Russian"),
    ),
    primary_key=("meter_id",),
    rows={
        "somebody_or_why_nobody": pl.col("person_id").is_null() == pl.col("unwritten_code").is_not_null(),
        "cost_or_why_unknown": pl.col("norm_cost_rub").is_null() == pl.col("missing_code").is_not_null(),
    },
)

REMINDERS_SENT = Table(
    "reminders_sent", "reminders", Stage.JOURNAL,
    grain="one reminder of readings that left to one person",
    columns=(
        text("action_id", "hash of book, person, month and days left: nothing is sent twice"),
        date("sent_on", "day it left"),
        c.charge_month.meaning_here("month that the awaited reading would close"),
        integer("days_left", "days from the night of the list until the window closes", unit="day", at_least=0),
        c.person_id, c.account_id, c.meter_id.meaning_here("the meter whose text was sent"),
        month("run_month", "month of the list"), text("run_id", "run of the list"),
    ),
    primary_key=("action_id",),
)

PUBLISHED = (READING_REMINDERS,)
JOURNALS = (REMINDERS_SENT,)
