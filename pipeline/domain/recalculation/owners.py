"""All that the changes of owner of a book come to in a month: what moves, what belongs to whom, what goes to a person.

The former and the new account may lie in different parts, so changes are counted once for the whole book; they are few.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from pipeline.contracts.recalculation import OWNER_SHARES, RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.domain.recalculation import ownership, ownership_debts
from pipeline.domain.recalculation.fees import fees
from pipeline.rules.recalculation_owners import OwnerRules


class Known(NamedTuple):
    """Sound changes and `faulty` rows (`ownership_judged.judged`), ids that this cycle brought, and of both accounts:
    lines (fees.BILLED_LINE), proposals of earlier runs (fees.EARLIER), readings (ownership.READING), open items
    (ownership_debts.OPEN_ITEM); services, contracts."""

    sound: pl.DataFrame
    faults: pl.DataFrame
    new_ids: pl.Series
    lines: pl.DataFrame
    earlier: pl.DataFrame
    readings: pl.DataFrame
    open_items: pl.DataFrame
    services: pl.DataFrame
    contracts: pl.DataFrame


class Changed(NamedTuple):
    """RECALCULATIONS, RETURNED_APPLICATIONS and OWNER_SHARES rows, inside shape, of all parts."""

    proposals: pl.DataFrame = RECALCULATIONS.empty_inside()
    returned: pl.DataFrame = RETURNED_APPLICATIONS.empty_inside()
    shares: pl.DataFrame = OWNER_SHARES.empty_inside()


def changed(
    known: Known, *, rules: OwnerRules, working_days: pl.Series, book_id: str, month: date, lands_in_month: date
) -> Changed:
    """The month of the whole book."""
    ground = fees(known.lines, known.earlier)
    otherwise = ownership.told_otherwise(known.sound, known.earlier)
    sound = known.sound.join(otherwise, on="event_id", how="anti")
    counted = ownership.months_counted(sound, known.new_ids, rules=rules, month=month)
    divided = ownership.split(counted, ground, known.readings, known.services, rules=rules)
    fee = ownership.moved(
        divided.shares, ground, known.earlier, known.contracts, rules=rules, working_days=working_days,
        book_id=book_id, month=month, lands_in_month=lands_in_month,
    )
    is_new = pl.col("event_id").is_in(known.new_ids.implode())
    since = pl.col("effective_from").dt.month_start()
    is_due = (is_new & (since <= month)) | (since == month)
    leaving = sound.filter(is_due, pl.col("new_account_id") != pl.col("account_id"))
    debts = ownership_debts.open_debts(leaving, known.open_items, fee)
    debt = ownership_debts.passed(
        debts, known.earlier, known.contracts, rules=rules, working_days=working_days, book_id=book_id, month=month,
        lands_in_month=lands_in_month,
    )
    told_now = pl.concat([known.faults, otherwise]).filter(is_new)
    faults = pl.concat([told_now, divided.back, ownership_debts.unsure(debts, rules=rules)])
    return Changed(
        pl.concat([fee, debt]), ownership.back(faults, rules=rules, working_days=working_days),
        divided.shares.select(OWNER_SHARES.inside_names),
    )
