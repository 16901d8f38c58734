"""Make a book of Энск: so many accounts, so many months, one seed; the same arguments give the same bytes.

Works block by block of accounts, so that a region fits into memory; every trait depends on the account's number only.
Here: the order of work. Not here: what anything looks like (one file a subject).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.contracts.catalogue import TABLES
from pipeline.generator.accounts import Settlement
from pipeline.generator.block import Block, Plan
from pipeline.generator.landing import Landing
from pipeline.generator.meters import meters_of, with_registers
from pipeline.generator.played import Played
from pipeline.generator.settings import write_settings
from pipeline.generator.timetable import cycles
from pipeline.generator.town import common_registers, house_registers, houses

BLOCK: Final = 16_384
SAMPLE_ACCOUNTS: Final = 300
SAMPLE_MONTHS: Final = 6
SAMPLE_SEED: Final = 20_251_220
FIRST_MONTH: Final = BillingMonth(2025, 12)


def generate_sample(book_root: Path) -> Counter[str]:
    """The sample town: what `data/sample/` holds, to the byte."""
    return generate(book_root, accounts=SAMPLE_ACCOUNTS, months=SAMPLE_MONTHS, seed=SAMPLE_SEED)


def generate(
    book_root: Path, *, accounts: int, months: int, seed: int, first_month: BillingMonth = FIRST_MONTH,
    stories: bool = True,
) -> Counter[str]:
    """Landing folder and settings of a book; returns rows delivered by table.

    With stories the cast plays in the first block and the crowd makes no slips, so that every defect of the book is
    one that `answers.yaml` names; without them a small share of the crowd's rows is defective.
    """
    plan = Plan(Landing(book_root), Settlement.of(seed, accounts).draws, cycles(first_month, months), not stories)
    settlement = Settlement.of(seed, accounts)
    rows = Counter(_deliver_common(plan, settlement))
    is_one_block = accounts <= BLOCK
    for number, first in enumerate(range(0, max(accounts, 1), BLOCK)):
        block = settlement.block(first, min(first + BLOCK, accounts))
        meters = with_registers(meters_of(block, plan.draws, first_month), plan.draws, months)
        made = Block(
            plan, f"block-{number:04d}", None if is_one_block else number, block, meters, Played.empty(meters)
        ).make()
        rows.update(made)
    write_settings(book_root, first_month, accounts)
    return rows


def _deliver_common(plan: Plan, settlement: Settlement) -> dict[str, int]:
    registers = common_registers(plan.cycles) | house_registers(houses(1, settlement.house_count))
    for name, frame in registers.items():
        plan.landing.deliver(TABLES[name], plan.registered_on, frame, "town")
    return {name: frame.height for name, frame in registers.items()}
