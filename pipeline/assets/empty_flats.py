"""Months in which municipal flats of one part stood empty: the ledger and the debt room ask the same."""

import polars as pl

from pipeline.contracts import registers
from pipeline.domain.tenancy.empty_flats import EMPTY, TENANT, empty_months
from pipeline.storage.run import MonthRun


def empty_flats(run: MonthRun, part: str) -> pl.DataFrame:
    """`empty_flats.EMPTY` of accounts of the part, as the registers tell on the day of the run."""
    accounts = run.register(registers.ACCOUNTS, part).filter(pl.col("account_kind_code") == TENANT)
    if accounts.is_empty():
        return pl.DataFrame(schema=EMPTY)
    return empty_months(
        accounts, run.register(registers.RIGHTS, part), run.register(registers.REGISTRATIONS, part)
    )
