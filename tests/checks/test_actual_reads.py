"""Shares billed on actual reads: carried month by month, in every dimension the same whole, checks seen failing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

import pipeline.checks.actual_reads  # noqa: F401  declares the checks
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import finding_of
from pipeline.contracts.actual_reads import CONTRACT_READS, READ_SHARES
from pipeline.contracts.gate import gate
from pipeline.contracts.registers import HOUSES, SERVICE_CONTRACTS
from pipeline.contracts.table import Table
from pipeline.domain.metering.actual_reads import PART, contract_reads, read_shares
from pipeline.reports.month import reads as sections
from pipeline.reports.published import published_month
from pipeline.storage.shapes import to_outside
from tests.domain.metering.folders import Folder, run_in_files
from tests.domain.metering.town import E7, Town, frame

HORIZONS = (0, 1, 3, 6)
CONTRACTS = frame(SERVICE_CONTRACTS, [{"contract_id": "k1", "house_id": "h1", "supplier_id": "s1"}])
HOME = frame(HOUSES, [{"house_id": "h1", "managing_company_id": "uk1"}])
METER_LINE = {"document": "d1", "month": "2025-12", "basis": "meter", "volume": "4.000", "charged": "200.00"}
ESTIMATE = {"document": "d2", "month": "2026-01", "basis": "average", "volume": "3.000", "charged": "150.00"}
READING = {"id": "r2", "read_on": date(2026, 2, 20), "value": "160.000"}


def _after(before: pl.DataFrame, town: Town, month: date, **run: Any) -> pl.DataFrame:
    result, _ = town.run(month, **run)
    return contract_reads(before, [result.reads], CONTRACTS, HOME, month=month, months=max(HORIZONS))


def _told(reads: pl.DataFrame, month: date) -> tuple[int, int, int, int]:
    row = reads.row(by_predicate=pl.col("charge_month") == month, named=True)
    return (row["months_since"], row["billed_volume_e7"] // E7, row["metered_volume_e7"] // E7,
            row["confirmed_volume_e7"] // E7)


def test_an_estimate_counts_as_read_from_the_month_that_confirms_it() -> None:
    """December by meter; January by average, told by the reading of February, one month later."""
    town = Town.of([{}], last="150.000", last_on=date(2025, 11, 25))
    december, january, february = (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1))

    reads = _after(CONTRACT_READS.empty_inside(), town, december, billed=[METER_LINE],
                   readings=[{"id": "r1", "read_on": date(2025, 12, 20), "value": "154.000"}])
    assert _told(reads, december) == (0, 4, 4, 0)
    reads = _after(reads, town, january, billed=[ESTIMATE])
    assert (_told(reads, december), _told(reads, january)) == ((1, 4, 4, 0), (0, 3, 0, 0))
    reads = _after(reads, town, february, readings=[READING])
    assert (_told(reads, december), _told(reads, january)) == ((2, 4, 4, 0), (1, 3, 0, 3))

    shares = read_shares(reads, horizons=HORIZONS)
    gate(to_outside(reads, CONTRACT_READS), CONTRACT_READS)
    gate(to_outside(shares, READ_SHARES), READ_SHARES)
    # December stands at two months: no horizon
    assert shares["charge_month"].unique().to_list() == [january]
    assert shares.select("dimension_code", "dimension_id").rows() == [
        ("company", "uk1"), ("house", "h1"), ("supplier", "s1")
    ]
    assert shares["confirmed_kop"].to_list() == [15000] * 3


def test_a_contract_is_carried_for_the_longest_horizon_and_no_longer() -> None:
    town = Town.of([{}], last="150.000", last_on=date(2025, 11, 25))
    reads = _after(CONTRACT_READS.empty_inside(), town, date(2025, 12, 1), billed=[METER_LINE])
    for number in range(1, 7):
        reads = _after(reads, town, BillingMonth(2025, 12).plus(number).first_day)
    assert reads["months_since"].to_list() == [6]

    assert _after(reads, town, date(2026, 7, 1)).is_empty()


def test_a_contract_that_no_register_names_is_unknown() -> None:
    town = Town.of([{}], last="150.000", last_on=date(2025, 11, 25))
    result, _ = town.run(date(2025, 12, 1), billed=[METER_LINE])
    reads = contract_reads(
        CONTRACT_READS.empty_inside(), [result.reads], CONTRACTS.clear(), HOME, month=date(2025, 12, 1), months=6
    )
    assert read_shares(reads, horizons=HORIZONS)["dimension_id"].unique().to_list() == ["unknown"]


@pytest.fixture
def files(tmp_path: Path) -> Folder:
    """January by average, then the run of February whose reading confirms it."""
    town = Town.of([{}], last="150.000", last_on=date(2025, 12, 25))
    before = _after(CONTRACT_READS.empty_inside(), town, date(2026, 1, 1), billed=[ESTIMATE])
    month, line = date(2026, 2, 1), {**METER_LINE, "document": "d3", "month": "2026-02"}
    found = run_in_files(town, tmp_path, month, billed=[line], readings=[READING])
    # the run has moved the town on: its parts' sums are those of the files
    unconfirmed = found.frames["unconfirmed_charges"].filter(pl.col("settled_code") == "reading")
    part = pl.concat([
        unconfirmed.select("contract_id", "service_code", "charge_month", confirmed_volume_e7="volume_e7",
                           confirmed_kop="charged_kop"),
        pl.DataFrame({"contract_id": ["k1"], "service_code": ["cold_water"], "charge_month": [month],
                      "billed_volume_e7": [4 * E7], "metered_volume_e7": [4 * E7], "billed_kop": [20000],
                      "metered_kop": [20000]}),
    ], how="diagonal").select(list(PART)).fill_null(0)
    reads = contract_reads(before, [part], CONTRACTS, HOME, month=month, months=6)
    _lay(found.root, CONTRACT_READS, reads)
    _lay(found.root, READ_SHARES, read_shares(reads, horizons=HORIZONS))
    _lay(found.state.root, CONTRACT_READS, before)
    found.state.holds = lambda table: (found.state.root / table.name).is_dir()
    return found


def _lay(root: Path, table: Table, rows: pl.DataFrame) -> None:
    (root / table.name).mkdir(parents=True)
    to_outside(rows, table).write_parquet(root / table.name / "whole.parquet")


def _put(files: Folder, table: Table, **columns: Any) -> None:
    path = files.root / table.name / "whole.parquet"
    rows = pl.read_parquet(path)
    spoiled = [pl.lit(value, dtype=rows.schema[name]).alias(name) for name, value in columns.items()]
    rows.with_columns(spoiled).write_parquet(path)


WRONG: dict[str, list[Callable[[Folder], None]]] = {
    "contracts_tell_what_documents_billed": [
        lambda files: _put(files, CONTRACT_READS, billed_rub=Decimal("1.00")),
        lambda files: _put(files, CONTRACT_READS, metered_volume=Decimal("1.0000000")),
    ],
    "confirmed_volumes_roll_forward": [
        lambda files: _put(files, CONTRACT_READS, confirmed_volume=Decimal("9.0000000")),
        lambda files: _put(files, CONTRACT_READS, billed_rub=Decimal("1.00")),
        lambda files: _put(files, CONTRACT_READS, contract_id="another"),
    ],
    "shares_of_reads_add_up": [
        lambda files: _put(files, READ_SHARES, billed_volume=Decimal("1.0000000")),
        lambda files: _put(files, READ_SHARES, dimension_code="house"),
    ],
}


@pytest.mark.parametrize(("name", "spoil"), [(name, spoil) for name, spoils in WRONG.items() for spoil in spoils])
def test_check_fails(files: Folder, name: str, spoil: Callable[[Folder], None]) -> None:
    assert finding_of(name, files).passed, finding_of(name, files)  # type: ignore[arg-type]
    spoil(files)
    assert not finding_of(name, files).passed  # type: ignore[arg-type]


def test_the_report_ranks_companies_by_what_was_read(tmp_path: Path) -> None:
    """uk1 bills 100 by meter and 100 by average at close; of the month before all was read in the end."""
    def row(company: str, month: date, since: int, billed: int, metered: int, confirmed: int) -> dict[str, Any]:
        sums = {"billed": billed, "metered": metered, "confirmed": confirmed}
        return {
            "charge_month": month, "months_since": since, "dimension_code": "company", "dimension_id": company,
            "service_code": "cold_water", **{f"{name}_kop": amount * 100 for name, amount in sums.items()},
            **{f"{name}_volume_e7": amount * E7 for name, amount in sums.items()},
        }

    rows = frame(READ_SHARES, [
        row("uk1", date(2026, 2, 1), 0, 200, 100, 0), row("uk1", date(2026, 1, 1), 1, 50, 10, 40),
        row("uk2", date(2026, 2, 1), 0, 100, 90, 0),
    ])
    _lay(tmp_path, READ_SHARES, rows)

    with published_month(tmp_path) as sql:
        source: Any = SimpleNamespace(sql=sql, names=SimpleNamespace(service=str))
        found, services = sections.league(source), sections.services(source)

    assert [row["key"] for row in found.rows] == ["uk2", "uk1"]
    first, second = (column for column in found.columns if column.name in ("share_0", "share_1"))
    assert [first.value(row) for row in found.rows] == [Decimal("0.9"), Decimal("0.5")]
    assert [second.value(row) for row in found.rows] == [None, Decimal(1)]
    assert (found.total_row() or {})["billed_0"] == Decimal("300.00")
    assert [(row["key"], row["billed_0"], row["actual_0"]) for row in services.rows] == [("cold_water", 300, 190)]
    assert services.total_row() is None
