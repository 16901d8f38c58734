"""A snapshot of the register that forgets a meter loses nothing of what was billed for it by estimate."""

from datetime import date

import polars as pl
import pytest

from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.metering import METER_MEMORY, METER_READINGS, UNBILLED_VOLUMES, UNCONFIRMED_CHARGES
from pipeline.contracts.registers import CYCLES, METERS
from pipeline.domain.metering.cycle import Arrivals, Before, Metered, metered
from pipeline.domain.metering.registers import with_missing
from pipeline.rules.metering import MeteringRules
from pipeline.rules.registry import RuleBook
from tests.domain.metering.town import charge_row, document_rows, frame, memory_row, meter_row

DECEMBER, JANUARY = date(2025, 12, 1), date(2026, 1, 1)
MEMORY = frame(METER_MEMORY, [memory_row({}, "150.000", date(2025, 11, 25)) or {}])
REGISTER = frame(METERS, [meter_row({})])
ESTIMATE = {"document": "d12", "month": "2025-12", "volume": "3.000", "charged": "147.57"}


def month(first_day: date, meters: pl.DataFrame, before: Before, billed: list[dict[str, str]]) -> Metered:
    charges = frame(CHARGES, [charge_row(number, line) for number, line in enumerate(billed, 1)])
    arrivals = Arrivals(
        METER_READINGS.empty_inside(), charges, frame(BILLING_DOCUMENTS, document_rows(billed)), meters,
        CYCLES.empty_inside(),
    )
    return metered(arrivals, before, rules=MeteringRules.in_force(RuleBook.read(), first_day), month=first_day)


@pytest.fixture
def december() -> Metered:
    """December billed by average: 147.57 wait for a reading."""
    before = Before(MEMORY, UNCONFIRMED_CHARGES.empty_inside(), UNBILLED_VOLUMES.empty_inside())
    return month(DECEMBER, REGISTER, before, [ESTIMATE])


def test_a_forgotten_meter_keeps_its_memory_and_its_estimate(december: Metered) -> None:
    before = Before(december.memory, december.unconfirmed, december.unbilled)
    empty = METERS.empty_inside()

    january = month(JANUARY, with_missing(empty, december.memory, empty), before, [])

    assert december.memory["estimated_charged_kop"].to_list() == [14757]
    kept = ["meter_id", "last_value_e7", "last_read_on", "estimated_charged_kop", "estimated_charge_months"]
    assert january.memory.select(kept).rows() == december.memory.select(kept).rows()
    assert january.unconfirmed["settled_code"].to_list() == [None]


def test_a_meter_that_another_part_holds_is_not_missing() -> None:
    elsewhere = REGISTER.with_columns(account_id=pl.lit("far"))

    assert with_missing(METERS.empty_inside(), MEMORY, elsewhere).is_empty()
