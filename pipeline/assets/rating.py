"""Rating: every charge line of the cycle against tariffs, norms, persons and areas. See `domain/rating`."""

import polars as pl

from pipeline.assets.older_lines import replaced_now
from pipeline.assets.room import room_assets
from pipeline.assets.whole_registers import has_registrations
from pipeline.contracts import billing, ingest, registers
from pipeline.contracts.rating import CHARGE_AUDIT, CHARGE_AUDIT_TOTALS, PUBLISHED
from pipeline.domain.rating.audit import added, audited
from pipeline.domain.rating.ground import LINE, Known
from pipeline.rules.rating import RatingRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun


@room_assets("rating", PUBLISHED, after=[ingest.ACCOUNT_INDEX, ingest.QUARANTINE])
def rating_tables(run: MonthRun) -> None:
    """Lines that differ from the registers, part by part, and sums of all lines for the book."""
    write_audit(run)


def write_audit(run: MonthRun) -> None:
    """The room's tables for one run."""
    rules = RatingRules.in_force(run.rule_book, run.month.first_day)
    sums = run.map_parts(rating_part, rules=rules, has_registrations=has_registrations(run))
    run.write(CHARGE_AUDIT_TOTALS, WHOLE, added(sums))


def rating_part(run: MonthRun, part: str, *, rules: RatingRules, has_registrations: bool) -> pl.DataFrame:
    """The room for one part; its sums come back."""
    found = audited(
        run.read_staged(billing.CHARGES.name, part, columns=LINE), known_of(run, part, has_registrations), rules=rules
    )
    run.write(CHARGE_AUDIT, part, found.differing)
    return found.totals


def known_of(run: MonthRun, part: str, has_registrations: bool) -> Known:
    """What the registers of a part say as of the cut."""
    return Known(
        accounts=run.register(registers.ACCOUNTS, part), premises=run.register(registers.PREMISES, part),
        houses=run.register(registers.HOUSES), rights=run.register(registers.RIGHTS, part),
        registrations=run.register(registers.REGISTRATIONS, part), meters=run.register(registers.METERS, part),
        contracts=run.register(registers.SERVICE_CONTRACTS), services=run.register(registers.SERVICES),
        tariffs=run.register(registers.TARIFFS), norms=run.register(registers.CONSUMPTION_NORMS),
        has_registrations=has_registrations, replaced=replaced_now(run, part),
    )
