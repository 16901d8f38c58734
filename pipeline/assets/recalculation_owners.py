"""What recalculation reads of changes of owner: registers of the flats, what both accounts were billed, their readings
and open contributions. Counted once for the whole book, since both accounts may lie in different parts; every part
then takes the rows of its accounts. Arithmetic: `domain/recalculation/owners.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.assets.recalculation_inputs import NO_LINES, Concerned, applications_since, decided_here, known_of
from pipeline.assets.whole_registers import whole_register
from pipeline.billing_month import BillingMonth
from pipeline.contracts import ledger, metering, registers
from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.recalculation_events import OWNERSHIP_TRANSFERS
from pipeline.domain.recalculation import ownership, ownership_debts
from pipeline.domain.recalculation.applied import Terms
from pipeline.domain.recalculation.fees import EARLIER
from pipeline.domain.recalculation.owners import Changed, Known, changed
from pipeline.domain.recalculation.ownership_judged import Flats, judged
from pipeline.domain.recalculation.reductions import PLACE
from pipeline.rules.recalculation_owners import OwnerRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_APPLICATIONS

PROPOSALS_HERE: Final = "owner_proposals"
RETURNED_HERE: Final = "owner_changes_returned"
SHARES_HERE: Final = "owner_shares_counted"
_NAMES: Final = ("account_id", "new_account_id")


class Changes(NamedTuple):
    """Sound changes to be looked at this month, and `faulty` rows of all."""

    sound: pl.DataFrame
    faults: pl.DataFrame
    rules: OwnerRules

    @property
    def concerned(self) -> Concerned:
        """Both accounts of each, and since when."""
        return Concerned(_accounts(self.sound), self.sound["told_from"])


class Ground(NamedTuple):
    """Of one part: lines, earlier proposals, readings and open items of the accounts that changes name."""

    lines: pl.DataFrame
    earlier: pl.DataFrame
    readings: pl.DataFrame
    open_items: pl.DataFrame


def changes_of(run: MonthRun) -> Changes | None:
    """Changes that this month looks at; None where nobody ever told one."""
    told = run.register(OWNERSHIP_TRANSFERS)
    if told.is_empty():
        return None
    rules = OwnerRules.in_force(run.rule_book, run.month.first_day)
    sound, faults = judged(told, _flats(run, told), rules=rules)
    counted = ownership.months_counted(sound, _new_ids(run), rules=rules, month=run.month.first_day)
    return Changes(sound.join(counted, on="event_id", how="semi"), faults, rules)


def stage_changes(run: MonthRun, changes: Changes | None, terms: Terms | None, first: date | None) -> None:
    """What changes of owner come to, for all parts. `first`: the first month of which lines are staged."""
    found = Changed()
    if changes is not None and terms is not None:
        found = changed(
            _known(run, changes, first), rules=changes.rules, working_days=terms.working_days,
            book_id=run.book.settings.book_id, month=run.month.first_day, lands_in_month=run.month.next.first_day,
        )
    run.write_staged(PROPOSALS_HERE, WHOLE, found.proposals)
    run.write_staged(RETURNED_HERE, WHOLE, found.returned)
    run.write_staged(SHARES_HERE, WHOLE, found.shares)


def changed_here(run: MonthRun, part: str) -> Changed:
    """The rows of the accounts of one part."""
    whole = Changed(*(run.read_staged(name, WHOLE) for name in (PROPOSALS_HERE, RETURNED_HERE, SHARES_HERE)))
    if all(rows.is_empty() for rows in whole):
        return Changed()
    accounts = run.read(ACCOUNT_INDEX, part, columns=["account_id"])
    here = Changed(*(rows.join(accounts, on="account_id", how="semi") for rows in whole))
    return here._replace(proposals=decided_here(run, here.proposals))


def _known(run: MonthRun, changes: Changes, first: date | None) -> Known:
    named = _accounts(changes.sound)
    found = [] if first is None else run.map_parts(ground_of_part, first=first, account_ids=named)
    lines, earlier, readings, open_items = (
        pl.concat([one[place] for one in found]) if found else empty for place, empty in enumerate(_nothing())
    )
    return Known(
        changes.sound, changes.faults, _new_ids(run), lines, earlier, readings, open_items,
        run.register(registers.SERVICES), run.read_staged(registers.SERVICE_CONTRACTS.name, columns=PLACE),
    )


def ground_of_part(run: MonthRun, part: str, *, first: date, account_ids: pl.Series) -> Ground:
    """What one part knows of these accounts."""
    is_named = pl.col("account_id").is_in(account_ids.implode())
    known = known_of(run, part, run.state.read(RECALCULATIONS, part).filter(is_named))
    told = applications_since(run, part, first, known)
    months = list(BillingMonth.range(BillingMonth.of(first), run.state.month)) if not run.state.is_opening else []
    columns = ownership.READING
    older = run.state.keyed(metering.CONSUMPTION, months, part=part, columns=columns, account_ids=account_ids)
    now = run.read(metering.CONSUMPTION, part, columns=columns).select(columns)
    return Ground(
        told.lines.filter(is_named), told.earlier.filter(is_named),
        pl.concat([older, now.filter(is_named)]),
        run.read(ledger.OPEN_ITEMS, part, columns=ownership_debts.OPEN_ITEM).filter(is_named).select(
            ownership_debts.OPEN_ITEM),
    )


def _nothing() -> Ground:
    return Ground(
        NO_LINES, RECALCULATIONS.empty_inside().select(EARLIER),
        metering.CONSUMPTION.empty_inside().select(ownership.READING),
        ledger.OPEN_ITEMS.empty_inside().select(ownership_debts.OPEN_ITEM),
    )


def _accounts(changes: pl.DataFrame) -> pl.Series:
    return pl.concat([changes[name].rename("account_id") for name in _NAMES]).drop_nulls().unique().sort()


def _new_ids(run: MonthRun) -> pl.Series:
    return run.read_staged(NEW_APPLICATIONS, WHOLE)["event_id"]


def _flats(run: MonthRun, told: pl.DataFrame) -> Flats:
    """Registers of the accounts named, and rights in their premises."""
    accounts = whole_register(run, registers.ACCOUNTS).filter(pl.col("account_id").is_in(_accounts(told).implode()))
    rights = whole_register(run, registers.RIGHTS).join(accounts.select("premises_id").unique(), on="premises_id",
                                                     how="semi")
    return Flats(*(
        rows.collect().unique(table.primary_key).sort(table.primary_key)
        for rows, table in ((accounts, registers.ACCOUNTS), (rights, registers.RIGHTS))
    ))
