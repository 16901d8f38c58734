"""What recalculation reads to correct bills by the meters of houses: balances of the months, lines billed, flats.

Flats of a house may lie in several parts, so it goes in two steps: every part stages what was billed to its accounts
for the houses that are asked about, then each house is counted once, in the first part that was billed for it, and what
it proposes for accounts of other parts is handed over. Only houses that are corrected are read. Arithmetic:
`domain/recalculation/house_corrections.py`, `house_parts.py`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline.assets.cut_by_part import cutter
from pipeline.assets.older_lines import documents_in_force, lines_of
from pipeline.assets.recalculation_inputs import known_of
from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, registers
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.house_meters import HOUSE_BALANCES
from pipeline.contracts.recalculation import RECALCULATIONS, RERATED_CAUSES
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
from pipeline.domain.recalculation.house_rerated import RERATED, as_lines
from pipeline.domain.recalculation.reductions import PLACE
from pipeline.domain.recalculation.standing import as_they_stand
from pipeline.rules.house_corrections import HouseCorrectionRules
from pipeline.rules.house_meters import HouseMeterRules
from pipeline.rules.metering import MeteringRules
from pipeline.storage.billed_before import billed_before
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

#: Staged by part: proposals of this run that meters of houses make.
PROPOSED_BY_HOUSES: Final = "proposed_by_houses"
#: Staged by part: the lines that they are counted from, with what corrected registers changed; the check reads them.
LINES_OF_HOUSES: Final = "lines_of_houses"
#: Staged for the book: the same of balances.
BALANCES_OF_HOUSES: Final = "balances_of_houses"
#: Staged by part: lines of closed months, and the flats of the accounts in these houses.
_BEFORE: Final = "lines_of_houses_before"
_FLATS: Final = "flats_of_houses"
_NO_LINES: Final = billing.CHARGES.empty_inside().select(LINE)
_FLAT: Final = ("account_id", "premises_id", "house_id", "closed_on")


class _Asked(NamedTuple):
    """CASE rows, their contracts (SERVICE_CONTRACTS) and the closed months that they look back on."""

    cases: pl.DataFrame
    contracts: pl.DataFrame
    past: list[BillingMonth]


class _Found(NamedTuple):
    """HOUSE_CORRECTIONS of the houses of one part, and RECALCULATIONS for accounts of others, inside shapes."""

    corrections: pl.DataFrame
    elsewhere: pl.DataFrame


def stage_house_corrections(run: MonthRun) -> None:
    """Write HOUSE_CORRECTIONS and stage the proposals by part; where no house is corrected, nothing more is read."""
    asked = _asked(run)
    if asked.cases.is_empty():
        _stage_nothing(run)
        return
    billed = pl.concat(run.map_parts(billed_here, asked=asked))
    # a house that nobody was billed for is told too
    silent = asked.cases.select("house_id").unique().join(billed, on="house_id", how="anti")
    places = pl.concat([billed, silent.with_columns(part=pl.lit(run.parts[0]))])
    homes = places.with_columns(home=pl.col("part").min().over("house_id")).sort("house_id", "part")
    rules = HouseCorrectionRules.in_force(run.rule_book, run.month.first_day)
    found = run.map_parts(corrected_here, asked=asked, homes=homes, rules=rules)
    run.write(HOUSE_CORRECTIONS, WHOLE, pl.concat([one.corrections for one in found]).sort("correction_id"))
    _hand_over(run, pl.concat([one.elsewhere for one in found]))


def _asked(run: MonthRun) -> _Asked:
    """What this run looks at; the balances of these houses are staged."""
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
    run.write_staged(BALANCES_OF_HOUSES, WHOLE, balances.join(
        asked.select("house_id").unique(), on="house_id", how="semi", maintain_order="left"
    ))
    return _Asked(asked, contracts.join(asked, on=["house_id", "service_code"], how="semi"), past)


def _stage_nothing(run: MonthRun) -> None:
    run.write(HOUSE_CORRECTIONS, WHOLE, HOUSE_CORRECTIONS.empty_inside())
    for part in run.parts:
        run.write_staged(LINES_OF_HOUSES, part, _NO_LINES)
        run.write_staged(PROPOSED_BY_HOUSES, part, RECALCULATIONS.empty_inside())


def billed_here(run: MonthRun, part: str, *, asked: _Asked) -> pl.DataFrame:
    """Stage the flats of one part in these houses and the LINE rows of their accounts, of this cycle and of the months
    before, replaced documents left out; house_id and part of what was billed."""
    flats = _flats_here(run, part, asked.cases["house_id"].unique())
    is_asked = pl.col("contract_id").is_in(asked.contracts["contract_id"].unique().implode())
    documents = documents_in_force(run, part, flats["account_id"], asked.past)
    before = billed_before(run, documents, list(LINE), where=is_asked)
    run.write_staged(_BEFORE, part, before)
    lines = pl.concat([
        lines_of(run, _BEFORE, part, flats["account_id"], LINE).filter(is_asked),
        _rerated(run, part, asked, flats["account_id"]),
    ])
    run.write_staged(LINES_OF_HOUSES, part, lines)
    run.write_staged(_FLATS, part, flats)
    billed = asked.contracts.join(lines.select("contract_id").unique(), on="contract_id", how="semi")
    return billed.select("house_id", part=pl.lit(part)).unique()


def _rerated(run: MonthRun, part: str, asked: _Asked, account_ids: pl.Series) -> pl.DataFrame:
    """What corrected registers have changed in these bills, as LINE rows."""
    if not asked.past:
        return _NO_LINES
    ids = asked.contracts["contract_id"].unique()
    older, last = (
        run.state.keyed(
            RECALCULATIONS, months, part=part, columns=columns, contract_ids=ids, cause_codes=RERATED_CAUSES
        ) for months, columns in ((asked.past, RERATED), ([run.state.month], None))
    )
    standing = as_they_stand(older, known_of(run, part, last), account_ids)
    return as_lines(standing.filter(pl.col("account_id").is_in(account_ids.implode())).sort("proposal_id"))


def _flats_here(run: MonthRun, part: str, house_ids: pl.Series) -> pl.DataFrame:
    """Accounts of one part in these houses, with the area of their flats."""
    accounts = run.register(registers.ACCOUNTS, part).select(_FLAT).unique("account_id").filter(
        pl.col("house_id").is_in(house_ids.implode())
    )
    areas = run.register(registers.PREMISES, part).select("premises_id", "area_m2_e7").unique("premises_id")
    return accounts.join(areas, on="premises_id", how="left").sort("account_id")


def corrected_here(
    run: MonthRun, part: str, *, asked: _Asked, homes: pl.DataFrame, rules: HouseCorrectionRules
) -> _Found:
    """Count the houses whose home is this part. `homes`: house_id, each part that was billed for it, and its home."""
    mine = homes.filter(pl.col("home") == part)
    own, contracts = (rows.join(mine, on="house_id", how="semi", maintain_order="left")
                      for rows in (asked.cases, asked.contracts))
    places = mine["part"].unique().sort()
    of_mine = pl.col("contract_id").is_in(contracts["contract_id"].unique().implode())
    lines = pl.concat([_NO_LINES, *(run.read_staged(LINES_OF_HOUSES, place).filter(of_mine) for place in places)])
    own_flats = run.read_staged(_FLATS, part)
    flats = pl.concat([own_flats, *(run.read_staged(_FLATS, place) for place in places if place != part)])
    billed = Billed(lines, contracts, flats, run.register(registers.HOUSES))
    found = corrected(own, run.read_staged(BALANCES_OF_HOUSES, WHOLE), billed, rules=rules)
    proposed = proposals(
        pl.concat([found.parts, found.credits]), contracts.select(*PLACE, "service_code"), rules=rules,
        book_id=run.book.settings.book_id, month=run.month.first_day,
        lands_in_month=run.month.next.first_day,
    )
    is_here = pl.col("account_id").is_in(own_flats["account_id"].implode())
    run.write_staged(PROPOSED_BY_HOUSES, part, proposed.filter(is_here))
    return _Found(found.corrections, proposed.filter(~is_here))


def _hand_over(run: MonthRun, elsewhere: pl.DataFrame) -> None:
    """Stage with each part what houses of other parts propose for its accounts."""
    if elsewhere.is_empty():
        return
    handed = "proposed_elsewhere"
    cutter(run)(handed, elsewhere, pl.concat_list("account_id"))
    for part in run.parts:
        more = run.read_staged(handed, part)
        if more.height:
            rows = pl.concat([run.read_staged(PROPOSED_BY_HOUSES, part), more]).sort("proposal_id")
            run.write_staged(PROPOSED_BY_HOUSES, part, rows)
