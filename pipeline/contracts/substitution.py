"""What is to be billed where no register tells the month, what was billed instead, and whose verification ends."""

from typing import Final

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, count, date, integer, money, tariff, text, volume

service_unit: Final = "unit of the service"

METER_STATUSES: Final = (
    "working", "not_commissioned", "failed", "lost", "verification_expired", "tampered", "no_admission", "removed",
)
#: Why the register does not tell the month.
REASONS: Final = (
    "not_submitted", "failed", "lost", "verification_expired", "tampered", "removed", "not_commissioned",
    "no_admission", "refused_twice", "few_months",
)
SUBSTITUTE_BASES: Final = ("average", "norm", "norm_uplift")
MISMATCHES: Final = (
    "norm_instead_of_average", "average_after_limit", "average_without_history", "uplift_not_due", "uplift_missing",
    "meter_without_reading", "volume_differs",
)

meter_status = code("meter_status_code", "what the meter was on the last day of the month", *METER_STATUSES)
zone_code = c.zone_code.or_null("a meter without zones")
_factor = "factor to the norm where uplift is due, in hundredths: 150 is one and a half"

SUBSTITUTE_VOLUMES = Table(
    "substitute_volumes", "metering", Stage.PUBLISHED,
    grain="one zone of one meter whose month no accepted reading tells: what the law says should be billed",
    columns=(
        c.account_id, c.contract_id, c.service_code, zone_code, c.service_point_id, c.meter_id, c.charge_month,
        meter_status,
        date("status_since_on", "first day of that status; missing for a working meter", is_nullable=True),
        text("event_id", "act that it rests on; missing where the register of meters says it", is_nullable=True),
        code("reason_code", "why the month is not told", *REASONS),
        integer("run_number", "which month in a row without a register that counts, from 1; missing where nobody "
                "knows when one was last read", unit="month", is_nullable=True),
        code("basis_code", "what is to be billed: average, norm, norm with uplift; missing where it is not known",
             *SUBSTITUTE_BASES, is_nullable=True),
        volume("volume", "volume to be billed, without uplift", unit=service_unit, is_nullable=True),
        volume("uplift_volume", "uplift on its own: norm × (factor − 1); 0 where none is due", unit=service_unit,
               is_nullable=True),
        count("uplift_percent", _factor, unit="percent", is_nullable=True),
        code("missing_code", "why a volume is not known: nobody has told the norm, or when the meter was last read, or "
             "it is the contract's, since nobody lives there",
             "norm_unknown", "history_unknown", "contract_volume", is_nullable=True),
        text("article", "article of law that it rests on"),
        date("inspection_due_on", "day by which the supplier has to inspect the meter; missing before six months "
             "without readings", is_nullable=True),
    ),
    primary_key=("meter_id", "zone_code", "charge_month"),
)

SUBSTITUTE_MISMATCHES = Table(
    "substitute_mismatches", "metering", Stage.PUBLISHED,
    grain="one month of one service and zone of an account that documents billed otherwise than its "
          "`substitute_volumes` say",
    columns=(
        c.account_id, c.contract_id, c.service_code, c.zone_code.or_null("a service without zones"), c.charge_month,
        code("cause_code", "in what the bill differs", *MISMATCHES),
        code("due_basis_code", "basis that was due; missing where the meters of the service have different ones",
             *SUBSTITUTE_BASES, is_nullable=True),
        c.basis_code.meaning_here("basis that was billed"),
        volume("due_volume", "volume due without uplift, read meters of the service included", unit=service_unit,
               is_nullable=True),
        volume("due_uplift_volume", "uplift due", unit=service_unit, is_nullable=True),
        volume("billed_volume", "volume billed, uplift included", unit=service_unit),
        volume("volume_difference", "billed less due, uplift included; above zero: too much was billed",
               unit=service_unit, is_nullable=True),
        tariff("tariff_rub", "tariff of the billed lines", is_nullable=True),
        money("due_rub", "due at that tariff, base and uplift each rounded", is_nullable=True),
        money("charged_rub", "charged before recalculation and benefit"),
        money("difference_rub", "charged less due; above zero: too much was billed; missing where it is not known",
              is_nullable=True),
    ),
    primary_key=("account_id", "contract_id", "service_code", "zone_code", "charge_month"),
)

VERIFICATION_CALENDAR = Table(
    "verification_calendar", "metering", Stage.PUBLISHED,
    grain="one meter in place whose verification ends soon or has ended, with what a lapse costs its payer a month",
    columns=(
        c.account_id, c.contract_id, c.service_code, c.service_point_id, c.meter_id,
        date("verified_until", "last day of the verification"),
        integer("days_left", "days from the day of the run until then; below zero: it has ended", unit="day"),
        integer("within_days", "the narrowest term of the rule book that it falls within; 0: it has ended",
                unit="day", at_least=0),
        volume("average_volume", "the meter's own monthly average, its zones together", unit=service_unit,
               is_nullable=True),
        volume("norm_volume", "volume of a month by the norm, of the meter's part of it", unit=service_unit,
               is_nullable=True),
        count("uplift_percent", _factor, unit="percent", is_nullable=True),
        tariff("tariff_rub", "tariff of the service", is_nullable=True),
        money("lapse_cost_rub", "what the fourth and every later month of a lapse costs above the own average: norm, "
              "its uplift and the average each × tariff and rounded; below zero: it would cost less", is_nullable=True),
        code("missing_code", "why the cost is not known: average, norm or tariff is not, or zones have several tariffs",
             "average_unknown", "norm_unknown", "tariff_unknown", "several_tariffs", is_nullable=True),
    ),
    primary_key=("meter_id",),
)

PUBLISHED = (SUBSTITUTE_VOLUMES, SUBSTITUTE_MISMATCHES, VERIFICATION_CALENDAR)
