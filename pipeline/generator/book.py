"""Make a book of Энск: so many accounts, so many months, one seed; the same arguments give the same bytes.

Works block by block of accounts, so that a region fits into memory; every trait depends on the account's number only.
Here: the order of work. Not here: what anything looks like (one file a subject).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.payments import REMITTANCES
from pipeline.generator.accounts import Settlement
from pipeline.generator.answers import write_answers
from pipeline.generator.block import SLIPS, Block, Plan
from pipeline.generator.landing import Landing
from pipeline.generator.meters import meters_of, with_registers
from pipeline.generator.played import Played
from pipeline.generator.remittances import remittances
from pipeline.generator.settings import write_settings
from pipeline.generator.stories.arrivals import LATE_EXPECTED_ON, LATE_PROVIDER, LATE_RECEIVED_ON
from pipeline.generator.stories.programme import CAST_SIZE, FIRST_MONTH, Performance, performed
from pipeline.generator.timetable import cycles
from pipeline.generator.town import common_registers, house_registers, houses

BLOCK: Final = 16_384
TOWN: Final = 1_000
SAMPLE_ACCOUNTS: Final = 300
SAMPLE_MONTHS: Final = 6
SAMPLE_SEED: Final = 20_251_220


def generate_sample(book_root: Path) -> Counter[str]:
    """The sample town: what `data/sample/` holds, to the byte."""
    return generate(book_root, accounts=SAMPLE_ACCOUNTS, months=SAMPLE_MONTHS, seed=SAMPLE_SEED)


def generate(
    book_root: Path, *, accounts: int, months: int, seed: int, first_month: BillingMonth = FIRST_MONTH,
    stories: bool = True,
) -> Counter[str]:
    """Landing folder, settings and planted answers of a book; returns rows delivered by table.

    The cast is counted in `accounts`. Stories are dated and need their whole cast: a book that starts in another
    month than December 2025, or has fewer accounts than the cast, has none. The crowd of a town makes no slips, so
    that every defect is a story's; in a book of more than a thousand accounts a small share of its rows is defective.
    """
    cast = CAST_SIZE if stories and first_month == FIRST_MONTH and accounts >= CAST_SIZE else 0
    crowd = accounts - cast
    settlement = Settlement.of(seed, crowd)
    performance = performed(settlement, months) if cast else Performance()
    late = {(LATE_PROVIDER, LATE_EXPECTED_ON): LATE_RECEIVED_ON} if cast else {}
    plan = Plan(Landing(book_root), settlement.draws, cycles(first_month, months), accounts > TOWN, late)
    rows, came = Counter(_deliver_common(plan, settlement)), []
    for number, first in enumerate(range(0, max(crowd, 1), BLOCK)):
        is_only = crowd <= BLOCK
        block = settlement.block(first, min(first + BLOCK, crowd))
        meters = with_registers(meters_of(block, plan.draws, first_month), plan.draws, months)
        played = performance.played if number == 0 else None
        made = Block(
            plan, f"block-{number:04d}", None if is_only else number, block, meters,
            played or Played.empty(meters, performance.snapshots),
        )
        rows.update(made.make())
        came.append(made.collected)
    rows.update(_deliver_remittances(plan, pl.concat(came), has_stories=bool(cast)))
    write_settings(book_root, first_month, accounts)
    write_answers(book_root, performance.answers, {slip: rows.pop(slip, 0) for slip in SLIPS})
    return rows


def _deliver_remittances(plan: Plan, came: pl.DataFrame, *, has_stories: bool) -> dict[str, int]:
    passed_on = remittances(came, last_day=plan.last_day, has_stories=has_stories)
    plan.landing.deliver_by_day(REMITTANCES, "remitted_on", passed_on, "centre")
    return {REMITTANCES.name: passed_on.height}


def _deliver_common(plan: Plan, settlement: Settlement) -> dict[str, int]:
    registers = common_registers(plan.cycles) | house_registers(houses(1, settlement.house_count))
    for name, frame in registers.items():
        plan.landing.deliver(TABLES[name], plan.registered_on, frame, "town")
    return {name: frame.height for name, frame in registers.items()}
