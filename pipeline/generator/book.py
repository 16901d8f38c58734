"""Make a book of Энск: so many accounts, so many months, one seed; the same arguments give the same bytes.

Works block by block of accounts, so that a region fits into memory, over as many processes as are asked for; every
trait depends on the account's number only. Here: the order of work. Not here: what anything looks like (one file a
subject).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.payments import BANK_STATEMENTS, PAYMENTS, REGISTRIES, REMITTANCES
from pipeline.generator.accounts import Settlement
from pipeline.generator.answers import write_answers
from pipeline.generator.block import Block
from pipeline.generator.gathering import gathered, private_folder, sheets
from pipeline.generator.landing import Landing
from pipeline.generator.meters import meters_of, with_registers
from pipeline.generator.plan import Made, Plan
from pipeline.generator.played import Played
from pipeline.generator.population import Population, of_size
from pipeline.generator.registries import announced, booked, expected, region_late, sent_again
from pipeline.generator.remittances import remittances
from pipeline.generator.settings import SAMPLE_NAME, book_name, write_settings
from pipeline.generator.stories.arrivals import LATE_EXPECTED_ON, LATE_PROVIDER, LATE_RECEIVED_ON
from pipeline.generator.stories.programme import CAST_SIZE, FIRST_MONTH, SNAPSHOTS, performed
from pipeline.generator.timetable import cycles
from pipeline.generator.town import common_registers, house_registers, houses
from pipeline.generator.truths import by_month
from pipeline.storage.files import remove_folder
from pipeline.storage.parts import spread

SAMPLE_ACCOUNTS: Final = 300
SAMPLE_MONTHS: Final = 6
SAMPLE_SEED: Final = 20_251_220


def generate_sample(book_root: Path) -> Counter[str]:
    """The sample town: what `data/sample/` holds, to the byte."""
    return generate(
        book_root, accounts=SAMPLE_ACCOUNTS, months=SAMPLE_MONTHS, seed=SAMPLE_SEED, name=SAMPLE_NAME
    )


def generate(
    book_root: Path, *, accounts: int, months: int, seed: int, first_month: BillingMonth = FIRST_MONTH,
    stories: bool = True, population: Population | None = None, workers: int = 1, name: str = "",
) -> Counter[str]:
    """Landing folder, settings and planted answers of a book; returns rows delivered by table.

    The cast is counted in `accounts`. Stories are dated and need their whole cast: a book that starts in another
    month than December 2025, or has fewer accounts than the cast, has none. The crowd of a town makes no slips, so
    that every defect is a story's; in a book of more than a thousand accounts a small share of its rows is defective.
    The bytes are the same whatever `workers`, the number of processes. `name` of the book: by size and seed if none.
    """
    cast = CAST_SIZE if stories and first_month == FIRST_MONTH and accounts >= CAST_SIZE else 0
    settlement = Settlement.of(seed, accounts - cast, population or of_size(accounts))
    played = cycles(first_month, months)
    late = {(LATE_PROVIDER, LATE_EXPECTED_ON): LATE_RECEIVED_ON} if cast else {}
    if settlement.population.is_region:
        late = region_late(played) | late
    plan = Plan(Landing(book_root), settlement, accounts - cast, played, late, SNAPSHOTS if cast else ())
    try:
        made = spread(partial(_made, plan), list(plan.blocks), workers)
        rows = sum((block.rows for block in made), Counter(_deliver_common(plan)))
        registries, again = _deliver_registries(plan, pl.concat(block.sums for block in made), workers)
        rows.update(registries)
        rows.update(_deliver_remittances(plan, pl.concat(block.collected for block in made), has_stories=bool(cast)))
    finally:
        remove_folder(private_folder(plan.landing))
    write_settings(book_root, first_month, name or book_name(accounts, seed))
    sums = sum((block.truths for block in made), again)
    write_answers(book_root, _told(plan), by_month(sums) if plan.population.is_region else {})
    return rows


def _made(plan: Plan, name: str) -> Made:
    """One block, in whichever process; the cast lives in the first one."""
    block = plan.settlement.block(*plan.blocks[name])
    meters = with_registers(meters_of(block, plan.draws, plan.cycles[0].month), plan.draws, len(plan.cycles))
    is_first = name == next(iter(plan.blocks))
    played = performed(plan.settlement, len(plan.cycles)).played if plan.snapshots and is_first else None
    return Block(plan, name, block, meters, played or Played.empty(meters, plan.snapshots)).make()


def _told(plan: Plan) -> Mapping[str, Any]:
    return performed(plan.settlement, len(plan.cycles)).answers if plan.snapshots else {}


def _deliver_registries(
    plan: Plan, sums: pl.DataFrame, workers: int
) -> tuple[dict[str, int], Counter[str]]:
    """Registries of all blocks, their rows, and the bank's statement; one file a provider and day in a region. Counts
    by table, and of rows that a provider sent again by month."""
    landing, by_provider, town = plan.landing, plan.population.is_region, next(iter(plan.blocks))
    told = announced(sums, expected(plan.cycles[0].issue_on, plan.last_day))
    again = sent_again(plan.cycles) if by_provider else {}
    listed = sheets(told, by_provider=by_provider)
    counts = spread(partial(gathered, landing, town, {sheet: on for sheet, (_, on) in again.items()}), listed, workers)
    repeated = Counter({
        f"{again[sheet][0].month}|sent_again_rows": count for sheet, count in zip(listed, counts, strict=True) if count
    })
    statements = booked(told)
    file = pl.col("provider_code") if by_provider else pl.lit(town)
    for (on, name), rows in told.with_columns(_file=file).partition_by("received_on", "_file", as_dict=True).items():
        landing.deliver(REGISTRIES, on, rows, name)
    landing.deliver_by_day(BANK_STATEMENTS, "booked_on", statements, "bank" if by_provider else town)
    delivered = {REGISTRIES.name: told.height, BANK_STATEMENTS.name: statements.height}
    return delivered | {PAYMENTS.name: sum(counts)}, repeated


def _deliver_remittances(plan: Plan, came: pl.DataFrame, *, has_stories: bool) -> dict[str, int]:
    passed_on = remittances(came, last_day=plan.last_day, has_stories=has_stories)
    plan.landing.deliver_by_day(REMITTANCES, "remitted_on", passed_on, "centre")
    return {REMITTANCES.name: passed_on.height}


def _deliver_common(plan: Plan) -> dict[str, int]:
    mix = plan.population
    registers = common_registers(plan.cycles, mix) | house_registers(houses(1, plan.settlement.house_count, mix))
    for name, frame in registers.items():
        plan.landing.deliver(TABLES[name], plan.registered_on, frame, "town")
    return {name: frame.height for name, frame in registers.items()}
