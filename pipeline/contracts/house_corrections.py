"""What the meter of a house corrects on bills: common property and heating paid evenly over the year, house by house.

The parts of it that accounts are billed are proposals in `recalculations` whose event is the correction.
"""

from typing import Final

from pipeline.contracts import columns as c
from pipeline.contracts.table import Stage, Table, code, count, money, month, text, volume

KINDS: Final = ("common_property", "annual_heating")
#: Cause of what a closed account is to get back: no document of its own will bring it.
CLOSED_CREDIT: Final = "closed_account_credit"
#: Why a correction is not counted.
REASONS: Final = (
    "mode_changed", "nothing_billed", "bill_missing", "months_unknown", "individual_meters", "several_tariffs",
    "no_house_area", "area_exceeds", "other_premises_unknown",
)
#: Of these, what a person has to look at: money that the book alone cannot share.
FOR_A_PERSON: Final = ("mode_changed", "bill_missing", "other_premises_unknown")
_unit: Final = "unit of the service"

HOUSE_CORRECTIONS = Table(
    "house_corrections", "recalculation", Stage.PUBLISHED,
    grain="one house and service whose bills of some months this run corrects by the meter of the house",
    columns=(
        text("correction_id", "kind, house, service and months: proposals of it have it in front of their event_id"),
        code("kind_code", "what is corrected", *KINDS), c.house_id,
        c.service_code.meaning_here("service whose lines are corrected"),
        month("from_month", "first month that it corrects"), month("to_month", "last month that it corrects"),
        volume("due_volume", "what all premises of the house are to pay for: the house less its flats, or the whole "
               "house of heating; missing where it is not counted", is_nullable=True, unit=_unit),
        money("due_rub", "the same in roubles, month by month by the tariff of its lines, never below zero",
              is_nullable=True),
        volume("shared_area_m2", "area of the flats that share, each times the months that it was billed", unit="m2"),
        volume("house_area_m2", "area of all premises of the house times the months; missing: not told",
               is_nullable=True, unit="m2"),
        money("shared_rub", "part of the sum that these flats bear by their area", is_nullable=True),
        money("billed_rub", "billed to them for these months, the biller's own recalculations included"),
        money("difference_rub", "shared less billed: the proposals and what is too small to be one", is_nullable=True),
        money("small_rub", "of this, differences of accounts that are too small to be proposed"),
        money("closed_credit_rub", "of accounts closed since, what they were billed above their part, below zero: "
              "proposals that wait for a person, beside the difference", is_nullable=True),
        count("accounts", "accounts that share"),
        count("left_out_accounts", "accounts billed that do not share: several of one flat "
              "at a time, of an unknown area, or closed"),
        code("outcome_code", "proposed, or not counted", "counted", "not_counted"),
        code("reason_code", "why it is not counted", *REASONS, is_nullable=True),
    ),
    primary_key=("correction_id",),
)
