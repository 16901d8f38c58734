"""Both rooms as assets run them: two months of a real book on disk, two accounts in two parts, all checks."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.metering
import pipeline.checks.recalculation
from pipeline.assets.metering import metering_part, metering_tables
from pipeline.assets.recalculation import recalculation_part, recalculation_tables
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY, METER_READINGS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import CYCLES, METERS, SERVICE_CONTRACTS
from pipeline.rules.metering import MeteringRules
from pipeline.rules.recalculation import RecalculationRules
from pipeline.storage.book import Book
from pipeline.storage.lock import lock
from pipeline.storage.parts import PART_SIZE, WHOLE
from pipeline.storage.publish import publish_opening
from pipeline.storage.run import MonthRun
from tests.domain.metering.town import CONTRACTS, charge_row, document_rows, frame, memory_row, meter_row, reading_row

MODULES = (pipeline.checks.metering.__name__, pipeline.checks.recalculation.__name__)
PARTS = ("part-000", "part-001")


@pytest.fixture
def run(tmp_path: Path) -> MonthRun:
    root = tmp_path / "book"
    root.mkdir()
    (root / "settings.yaml").write_text('book_id: town\nfirst_month: "2025-12"\nworkers: 1\n', encoding="utf-8")
    book = Book.at(root)
    memory = frame(METER_MEMORY, [memory_row({}, "150.000", date(2025, 11, 25)) or {}])
    publish_opening(book, {METER_MEMORY.name: {
        PARTS[0]: memory, PARTS[1]: memory.with_columns(account_id=pl.lit("far"), meter_id=pl.lit("F")),
    }}, date(2025, 12, 19))
    with lock(book):
        return MonthRun.begin(book, BillingMonth(2025, 12), "r1", date(2026, 1, 26))


def _lay(run: MonthRun) -> None:
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
    run.write_staged(METERS.name, PARTS[0], frame(METERS, [meter_row({})]))
    run.write_staged(METERS.name, PARTS[1], frame(METERS, [{**meter_row({"meter": "F"}), "account_id": "far"}]))
    run.write_staged(SERVICE_CONTRACTS.name, WHOLE, CONTRACTS)
    run.write_staged(APPROVALS.name, WHOLE, APPROVALS.empty_inside())
    run.write_staged(CYCLES.name, WHOLE, frame(CYCLES, [{
        "billing_month": date(2025, 12, 1), "issue_on": date(2025, 12, 28), "next_issue_on": date(2026, 1, 28),
        "payments_counted_until": date(2025, 12, 27), "readings_counted_until": date(2025, 12, 25),
    }]))
    for number, part in enumerate(PARTS):
        run.write(ACCOUNT_INDEX, part, index.slice(number, 1))
        account = pl.lit(index["account_id"][number])
        of_part = pl.lit("A" if number == 0 else "F")
        run.write_staged(CHARGES.name, part, charges.with_columns(account_id=account))
        run.write_staged(BILLING_DOCUMENTS.name, part, documents.with_columns(account_id=account))
        run.write_staged(METER_READINGS.name, part, readings.with_columns(
            account_id=account, meter_id=of_part, reading_id=pl.concat_str("reading_id", of_part)
        ))


def test_two_parts_go_through_the_rooms_and_all_checks(run: MonthRun) -> None:
    _lay(run)
    on = run.month.first_day
    run.map_parts(metering_part, rules=MeteringRules.in_force(run.rule_book, on))
    run.map_parts(recalculation_part, rules=RecalculationRules.in_force(run.rule_book, on))

    proposals = run.read(RECALCULATIONS)
    assert sorted(proposals["account_id"].to_list()) == ["acc", "far"]
    assert proposals["difference_kop"].to_list() == [6493, 6493]
    assert proposals["proposal_id"].n_unique() == 2
    for declared in DECLARED:
        if declared.check.__module__ in MODULES:
            finding = declared.check(run)
            assert finding.passed, (declared.name, finding)


@pytest.mark.parametrize("most_named", [100_000, 0], ids=["those in question are named", "all are looked at"])
@pytest.mark.parametrize(("meter", "month", "found"), [
    ("A", date(2026, 1, 1), ["acc"]), ("A", date(2025, 11, 1), ["far"]), ("new", date(2025, 11, 1), []),
], ids=["read for accounts of two parts", "moved, in a month that the other part has closed", "new"])
def test_a_meter_that_another_part_knows_is_read_once_a_month(
    run: MonthRun, meter: str, month: date, found: list[str], most_named: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The meter of the first part is read for the account of the second."""
    monkeypatch.setattr(pipeline.checks.metering, "_MOST_MOVED", most_named)
    _lay(run)
    run.map_parts(metering_part, rules=MeteringRules.in_force(run.rule_book, run.month.first_day))
    moved = run.read(CONSUMPTION, PARTS[1]).with_columns(meter_id=pl.lit(meter), charge_month=pl.lit(month))
    run.write(CONSUMPTION, PARTS[1], moved)

    finding = finding_of("one_reading_is_accepted_per_meter_zone_and_month", run)

    assert (finding.passed, finding.sample_ids) == (not found, found)


def test_assets_name_their_tables() -> None:
    assert {key.path[-1] for key in metering_tables.keys} == {
        "consumption", "meter_memory", "unconfirmed_charges", "unbilled_volumes"
    }
    assert {key.path[-1] for key in recalculation_tables.keys} == {"recalculations"}
