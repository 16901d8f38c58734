"""Two months of a real book on disk, two accounts in two parts, or the first alone where parts prove nothing: both
rooms as assets run them, and all their checks."""

from collections.abc import Sequence
from datetime import date, datetime
from importlib import import_module
from pathlib import Path

import polars as pl

import pipeline.checks.metering
import pipeline.checks.recalculation
import pipeline.checks.substitution
from pipeline.assets.metering import metering_part
from pipeline.assets.metering_inputs import stage_shared
from pipeline.assets.room import rooms_in_order
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.checks.room import DECLARED
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import APPROVALS, SERVICE_NORMS
from pipeline.contracts.house_meters import HOUSE_BALANCES
from pipeline.contracts.ingest import ACCOUNT_INDEX, DELIVERIES
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import METER_MEMORY, METER_READINGS
from pipeline.contracts.recalculation_events import EVENTS
from pipeline.contracts.registers import (
    ACCOUNTS,
    CONSUMPTION_NORMS,
    CYCLES,
    HOUSES,
    METERS,
    PREMISES,
    REGISTRATIONS,
    RIGHTS,
    SERVICE_CONTRACTS,
)
from pipeline.rules.metering import MeteringRules
from pipeline.rules.substitution import SubstitutionRules
from pipeline.storage.book import Book
from pipeline.storage.lock import lock
from pipeline.storage.parts import PART_SIZE, WHOLE
from pipeline.storage.publish import publish_opening
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_APPLICATIONS, NEW_METER_ACTS
from tests.domain.metering.town import CONTRACTS, charge_row, document_rows, frame, memory_row, meter_row, reading_row
from tests.kept import made_once

MODULES = (
    pipeline.checks.metering.__name__, pipeline.checks.recalculation.__name__, pipeline.checks.substitution.__name__,
)
PARTS = ("part-000", "part-001")


def begun(tmp_path: Path, parts: Sequence[str] = PARTS) -> MonthRun:
    """The run of December 2025 in an empty book whose meters, one a part, were last read in November."""
    root = made_once(tmp_path / "book", f"metered in {len(parts)}", lambda root: _opened(root, parts))
    book = Book.at(root)
    with lock(book):
        return MonthRun.begin(book, BillingMonth(2025, 12), "r1", date(2026, 1, 26))


def _opened(root: Path, parts: Sequence[str]) -> None:
    root.mkdir()
    (root / "settings.yaml").write_text('book_id: town\nfirst_month: "2025-12"\nworkers: 1\n', encoding="utf-8")
    memory = frame(METER_MEMORY, [memory_row({}, "150.000", date(2025, 11, 25)) or {}])
    told = {PARTS[0]: memory, PARTS[1]: memory.with_columns(account_id=pl.lit("far"), meter_id=pl.lit("F"))}
    publish_opening(Book.at(root), {METER_MEMORY.name: {part: told[part] for part in parts}}, date(2025, 12, 19))


def lay(run: MonthRun, parts: Sequence[str] = PARTS) -> None:
    """Account `acc` lies in the first part and `far` in the second; both have a meter, an estimate and a reading."""
    index = pl.DataFrame(
        {"account_id": ["acc", "far"], "account_index": [0, PART_SIZE],
         "first_seen_at": [datetime(2025, 12, 1, tzinfo=MOSCOW)] * 2},
        schema=ACCOUNT_INDEX.inside_schema,
    )
    line = {"document": "d12", "month": "2025-12", "volume": "3.000", "charged": "147.57"}
    charges = frame(CHARGES, [charge_row(1, line)])
    readings = frame(METER_READINGS, [reading_row({"id": "r1", "read_on": date(2026, 1, 24), "value": "158.640"})])
    documents = frame(BILLING_DOCUMENTS, document_rows([line]))
    meters = frame(METERS, [meter_row({}), {**meter_row({"meter": "F"}), "account_id": "far"}])
    run.write_staged(SERVICE_CONTRACTS.name, WHOLE, CONTRACTS)
    events = (APPROVALS, METER_ACTS, *EVENTS)
    for table in (*events, SERVICE_NORMS, CONSUMPTION_NORMS, HOUSES):
        run.write_staged(table.name, WHOLE, table.empty_inside())
    for told in (DELIVERIES, HOUSE_BALANCES):
        run.write(told, WHOLE, told.empty_inside())
    for told_now in (NEW_METER_ACTS, NEW_APPLICATIONS):
        run.write_staged(told_now, WHOLE, pl.DataFrame(schema={"event_id": pl.String}))
    run.write_staged(CYCLES.name, WHOLE, frame(CYCLES, [{
        "billing_month": date(2025, 12, 1), "issue_on": date(2025, 12, 28), "next_issue_on": date(2026, 1, 28),
        "payments_counted_until": date(2025, 12, 27), "readings_counted_until": date(2025, 12, 25),
    }]))
    for number, part in enumerate(parts):
        run.write(ACCOUNT_INDEX, part, index.slice(number, 1))
        run.write_staged(METERS.name, part, meters.slice(number, 1))
        account = pl.lit(index["account_id"][number])
        for register in (PREMISES, REGISTRATIONS, RIGHTS):
            run.write_staged(register.name, part, register.empty_inside())
        run.write_staged(ACCOUNTS.name, part, frame(ACCOUNTS, [{"account_id": index["account_id"][number]}]))
        of_part = pl.lit("A" if number == 0 else "F")
        run.write_staged(CHARGES.name, part, charges.with_columns(account_id=account))
        run.write_staged(BILLING_DOCUMENTS.name, part, documents.with_columns(account_id=account))
        run.write_staged(METER_READINGS.name, part, readings.with_columns(
            account_id=account, meter_id=of_part, reading_id=pl.concat_str("reading_id", of_part)
        ))


def metered(run: MonthRun) -> None:
    """Metering as its asset runs it."""
    on = run.month.first_day
    stage_shared(run)
    run.map_parts(
        metering_part, rules=MeteringRules.in_force(run.rule_book, on),
        without_readings=SubstitutionRules.in_force(run.rule_book, on),
    )


def recalculated(run: MonthRun) -> None:
    """Recalculation as its asset runs it."""
    import_module("pipeline.assets.recalculation")
    next(room for room in rooms_in_order() if room.name == "recalculation").computed(run)


def all_checks_hold(run: MonthRun) -> None:
    """Every check of both rooms passes."""
    for declared in DECLARED:
        if declared.check.__module__ in MODULES:
            finding = declared.check(run)
            assert finding.passed, (declared.name, finding)
