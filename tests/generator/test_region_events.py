"""What happens to the crowd of a region agrees with its registers: sales with rights, checks with what meters show."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.recalculation_events import OWNERSHIP_TRANSFERS
from pipeline.contracts.table import Table
from pipeline.domain.recalculation.ownership_judged import Flats, judged
from pipeline.generator.accounts import Settlement, account_registers
from pipeline.generator.events import events_of
from pipeline.generator.meters import meters_of, with_registers
from pipeline.generator.population import REGION
from pipeline.generator.sales import with_sales
from pipeline.generator.timetable import cycles
from pipeline.rules.recalculation_owners import OwnerRules
from tests.domain.metering.town import RULES

FIRST = BillingMonth(2025, 12)
PLAYED = cycles(FIRST, 4)
ACCOUNTS = 12_000


@pytest.fixture(scope="module")
def settlement() -> Settlement:
    return Settlement.of(5, ACCOUNTS, REGION)


@pytest.fixture(scope="module")
def block(settlement: Settlement) -> pl.DataFrame:
    return settlement.block(0, ACCOUNTS)


@pytest.fixture(scope="module")
def meters(settlement: Settlement, block: pl.DataFrame) -> pl.DataFrame:
    return with_registers(meters_of(block, settlement.draws, FIRST), settlement.draws, len(PLAYED))


def _told(settlement: Settlement, block: pl.DataFrame, meters: pl.DataFrame, table: Table) -> pl.DataFrame:
    return pl.concat([
        rows for n, cycle in enumerate(PLAYED)
        for feed, _, rows in events_of(block, meters, settlement.draws, n, cycle) if feed is table
    ])


def test_every_change_of_owner_is_one_by_the_register_of_rights(
    settlement: Settlement, block: pl.DataFrame, meters: pl.DataFrame
) -> None:
    transfers = _told(settlement, block, meters, OWNERSHIP_TRANSFERS)
    before = account_registers(block, settlement.draws)
    after = with_sales(before, block, settlement.draws, PLAYED)
    rules = OwnerRules.in_force(RULES, FIRST.first_day)

    sound, faults = judged(transfers, Flats(after["accounts"], after["rights"]), rules=rules)
    _, without_buyers = judged(transfers, Flats(before["accounts"], before["rights"]), rules=rules)

    assert transfers.height > 10
    assert transfers["account_id"].is_unique().all()
    assert sound.height == transfers.height
    assert faults.is_empty()
    assert without_buyers["reason_code"].to_list() == ["still_an_owner"] * transfers.height


def test_buyers_are_people_of_their_own(settlement: Settlement, block: pl.DataFrame) -> None:
    before = account_registers(block, settlement.draws)
    after = with_sales(before, block, settlement.draws, PLAYED)

    buyers = after["persons"].join(before["persons"], on="person_id", how="anti")["person_id"]
    assert set(buyers) == set(after["rights"].join(before["rights"], on="person_id", how="anti")["person_id"])
    assert set(buyers) == set(after["contacts"].join(before["contacts"], on="person_id", how="anti")["person_id"])
    assert after["persons"]["person_id"].is_unique().all()
    phones = after["contacts"]["phone"].drop_nulls()
    assert phones.is_unique().all()
    # whoever bought begins where the seller ends
    ended = after["rights"].drop_nulls("valid_to").select("premises_id", ended_on="valid_to")
    begun = after["rights"].filter(pl.col("person_id").is_in(buyers.implode())).join(ended, on="premises_id")
    assert begun.height == buyers.len()
    assert (begun["valid_from"] == begun["ended_on"].dt.offset_by("1d")).all()


def test_a_block_sells_what_the_whole_sells(settlement: Settlement, block: pl.DataFrame) -> None:
    whole = with_sales(account_registers(block, settlement.draws), block, settlement.draws, PLAYED)
    halves = [settlement.block(0, 5_000), settlement.block(5_000, ACCOUNTS)]
    parts = [with_sales(account_registers(half, settlement.draws), half, settlement.draws, PLAYED) for half in halves]

    rights = pl.concat([part["rights"] for part in parts])
    assert rights.sort("premises_id", "person_id").equals(whole["rights"])


def test_a_check_reads_what_the_meter_shows(
    settlement: Settlement, block: pl.DataFrame, meters: pl.DataFrame
) -> None:
    acts = _told(settlement, block, meters, METER_ACTS).filter(pl.col("act_code") == "inspected")

    assert acts.height > 10
    assert acts["event_id"].is_unique().all()
    shown = acts.join(meters, on="meter_id").with_columns(
        register=pl.coalesce(
            pl.when(pl.col("effective_from").dt.month_start() == cycle.month.first_day).then(f"register_{n}")
            for n, cycle in enumerate(PLAYED)
        ),
        capacity=10**7 * pl.lit(10, dtype=pl.Int64).pow("digits"),
    )
    assert (shown["value_e7"] == shown["register"] % shown["capacity"]).all()
    # an account of two risers has both its meters read
    risers = meters.filter(pl.col("service_code") == "cold_water", pl.col("zone") == 0).group_by("account_id").len()
    read = acts.group_by("account_id", "registered_at").len("read").join(risers, on="account_id")
    assert (read["read"] == read["len"]).all()
