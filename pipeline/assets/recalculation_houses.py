"""What recalculation reads to correct bills by the meters of houses: balances of the months, lines billed, flats.

For the whole book at once, since flats of a house may lie in several parts; only houses that are corrected are read.
Arithmetic: `domain/recalculation/house_corrections.py`, `house_parts.py`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.assets.cut_by_part import cutter
from pipeline.assets.older_lines import documents_in_force, lines_of, stage_lines
from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, registers
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.house_meters import HOUSE_BALANCES
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.house_corrections import (
    BALANCE,
    EARLIER,
    LINE,
    Billed,
    cases,
    corrected,
    looks_back,
)
from pipeline.domain.recalculation.house_parts import proposals
from pipeline.domain.recalculation.reductions import PLACE
from pipeline.rules.house_corrections import HouseCorrectionRules
from pipeline.rules.house_meters import HouseMeterRules
from pipeline.rules.metering import MeteringRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

#: Staged by part: proposals of this run that meters of houses make.
PROPOSED_BY_HOUSES: Final = "proposed_by_houses"
#: Staged for the book: the lines that they are counted from; the check reads them.
LINES_OF_HOUSES: Final = "lines_of_houses"
#: The same of balances.
BALANCES_OF_HOUSES: Final = "balances_of_houses"
#: Staged by part: lines of closed months.
_BEFORE: Final = "lines_of_houses_before"
_NO_LINES: Final = billing.CHARGES.empty_inside().select(LINE)
_FLAT: Final = ("account_id", "premises_id", "house_id", "closed_on")


def stage_house_corrections(run: MonthRun) -> None:
    """Write HOUSE_CORRECTIONS and stage the proposals by part; where no house is corrected, nothing more is read."""
    on = run.month.first_day
    rules = HouseCorrectionRules.in_force(run.rule_book, on)
    contracts, houses = run.register(registers.SERVICE_CONTRACTS), run.register(registers.HOUSES)
    now = run.read(HOUSE_BALANCES, columns=BALANCE).select(BALANCE)
    past = [] if run.state.is_opening else [
        month for month in looks_back(rules, run.month) if month <= run.state.month
    ]
    balances = pl.concat([run.state.keyed(HOUSE_BALANCES, past, columns=BALANCE), now])
    asked = cases(
        balances, run.state.keyed(HOUSE_CORRECTIONS, past, columns=EARLIER), houses, contracts,
        dict(HouseMeterRules.in_force(run.rule_book, on).common_services),
        MeteringRules.in_force(run.rule_book, on).heating_services, rules=rules, month=run.month,
    )
    if asked.is_empty():
        _stage_nothing(run)
        return
    of_cases = contracts.join(asked, on=["house_id", "service_code"], how="semi")
    flats = pl.concat(run.map_parts(flats_here, house_ids=asked["house_id"].unique()))
    lines = _lines(run, of_cases["contract_id"], flats["account_id"], past)
    balances = balances.join(asked.select("house_id").unique(), on="house_id", how="semi", maintain_order="left")
    found = corrected(asked, balances, Billed(lines, of_cases, flats, houses), rules=rules)
    run.write(HOUSE_CORRECTIONS, WHOLE, found.corrections)
    run.write_staged(LINES_OF_HOUSES, WHOLE, lines)
    run.write_staged(BALANCES_OF_HOUSES, WHOLE, balances)
    proposed = proposals(
        pl.concat([found.parts, found.credits]), of_cases.select(*PLACE, "service_code"), rules=rules,
        book_id=run.book.settings.book_id, month=on, lands_in_month=run.month.next.first_day,
    )
    cutter(run)(PROPOSED_BY_HOUSES, proposed, pl.concat_list("account_id"))


def _stage_nothing(run: MonthRun) -> None:
    run.write(HOUSE_CORRECTIONS, WHOLE, HOUSE_CORRECTIONS.empty_inside())
    run.write_staged(LINES_OF_HOUSES, WHOLE, _NO_LINES)
    run.write_staged(BALANCES_OF_HOUSES, WHOLE, HOUSE_BALANCES.empty_inside().select(BALANCE))
    for part in run.parts:
        run.write_staged(PROPOSED_BY_HOUSES, part, RECALCULATIONS.empty_inside())


def flats_here(run: MonthRun, part: str, *, house_ids: pl.Series) -> pl.DataFrame:
    """Accounts of one part in these houses, with the area of their flats."""
    accounts = run.register(registers.ACCOUNTS, part).select(_FLAT).unique("account_id").filter(
        pl.col("house_id").is_in(house_ids.implode())
    )
    areas = run.register(registers.PREMISES, part).select("premises_id", "area_m2_e7").unique("premises_id")
    return accounts.join(areas, on="premises_id", how="left").sort("account_id")


def _lines(run: MonthRun, contract_ids: pl.Series, account_ids: pl.Series, past: list[BillingMonth]) -> pl.DataFrame:
    """LINE rows of these contracts, of this cycle and of the months before; replaced documents left out."""
    if past:
        stage_lines(run, _BEFORE, run.map_parts(documents_here, account_ids=account_ids, months=past), LINE)
    else:
        for part in run.parts:
            run.write_staged(_BEFORE, part, _NO_LINES)
    here = run.map_parts(lines_here, contract_ids=contract_ids, account_ids=account_ids)
    return pl.concat([_NO_LINES, *here])


def documents_here(run: MonthRun, part: str, *, account_ids: pl.Series, months: list[BillingMonth]) -> pl.DataFrame:
    """Documents in force that closed months billed to these accounts in one part."""
    return documents_in_force(run, part, account_ids, months)


def lines_here(run: MonthRun, part: str, *, contract_ids: pl.Series, account_ids: pl.Series) -> pl.DataFrame:
    """LINE rows of these contracts in one part, those of closed months among them."""
    lines = lines_of(run, _BEFORE, part, account_ids, LINE)
    return lines.filter(pl.col("contract_id").is_in(contract_ids.implode()))
