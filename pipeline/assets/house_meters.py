"""Meters of houses: readings judged, every measured house against its flats. Arithmetic: `domain/house_meters`.

Few rows for a whole book; of charge lines each part gives sums by contract. Where nobody told of a house, nothing of
the parts is read.
"""

from datetime import date
from typing import Final

import polars as pl

from pipeline.assets.room import room_assets
from pipeline.contracts import billing, ingest, registers
from pipeline.contracts.house_meters import HOUSE_BALANCES, HOUSE_METER_READINGS, HOUSE_READINGS, PUBLISHED
from pipeline.domain.house_meters.balance import LINE, balances, billed_of_part, contracts_of, modes_of, places
from pipeline.domain.house_meters.readings import judged
from pipeline.rules.house_meters import HouseMeterRules
from pipeline.rules.metering import MeteringRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

_MISSING: Final = {"house_id": pl.String(), "missing_bills": pl.Int64()}


@room_assets("house_meters", PUBLISHED, after=[
    ingest.ACCOUNT_INDEX, ingest.QUARANTINE, ingest.INCOMPLETE_BILLS,
])
def house_meter_tables(run: MonthRun) -> None:
    """Readings of houses with what was carried, and their balances."""
    month = run.month.first_day
    rules = HouseMeterRules.in_force(run.rule_book, month)
    came = run.read_staged(HOUSE_METER_READINGS.name)
    readings = judged(came, run.state.read(HOUSE_READINGS), rules=rules)
    run.write(HOUSE_READINGS, WHOLE, readings)
    measured = places(readings)
    contracts = contracts_of(run.register(registers.SERVICE_CONTRACTS), measured, rules.common_services)
    parts = run.map_parts(billed_here, contract_ids=contracts["contract_id"], month=month) if contracts.height else []
    missing = run.map_parts(missing_here, house_ids=measured["house_id"].unique()) if contracts.height else []
    heating = MeteringRules.in_force(run.rule_book, month).heating_services
    run.write(HOUSE_BALANCES, WHOLE, balances(
        readings, parts, contracts, run.register(registers.SERVICES),
        modes_of(run.register(registers.HOUSES), heating, measured),
        pl.concat([pl.DataFrame(schema=_MISSING), *missing]), rules=rules, month=month,
    ))


def billed_here(run: MonthRun, part: str, *, contract_ids: pl.Series, month: date) -> pl.DataFrame:
    """What the documents of one part bill for measured houses, by contract."""
    documents = run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["supersedes_document_id"])
    lines = run.read_staged(billing.CHARGES.name, part, columns=LINE)
    return billed_of_part(lines, documents["supersedes_document_id"].drop_nulls(), contract_ids, month=month)


def missing_here(run: MonthRun, part: str, *, house_ids: pl.Series) -> pl.DataFrame:
    """house_id, missing_bills: accounts of one part whose bill of the month is missing or was refused."""
    marks = run.read(ingest.INCOMPLETE_BILLS, part)
    incomplete = marks.filter(pl.col("reason_code") != ingest.EARLIER_REJECTED).select("account_id").unique()
    accounts = run.register(registers.ACCOUNTS, part).select("account_id", "house_id").unique("account_id")
    here = accounts.filter(pl.col("house_id").is_in(house_ids.implode()))
    missing = here.join(incomplete, on="account_id", how="semi")
    return missing.group_by("house_id").agg(missing_bills=pl.len().cast(pl.Int64)).sort("house_id")
