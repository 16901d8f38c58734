"""Promises of recalculation, as SQL over the files of the run (`audit/recalculation_*.sql`).

What compares with the lines of the cycle's documents speaks before publish only.
"""

from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.checks.asked import Broken, broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.metering import CONSUMPTION, UNBILLED_VOLUMES, UNCONFIRMED_CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import CYCLES
from pipeline.money import roubles_of
from pipeline.rules.recalculation import RecalculationRules
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (CONSUMPTION, UNCONFIRMED_CHARGES, RECALCULATIONS)
_STAGED: Final = (CHARGES, BILLING_DOCUMENTS, APPROVALS, CYCLES)
_OF_DECISIONS: Final = "recalculation_strangers"


@room_check(RECALCULATIONS, blocking=True)
def proposals_add_up(run: MonthRun) -> Finding:
    """Перерасчёт = объём по показаниям × тариф месяца, с одним округлением, минус начисленное без показаний."""
    return _broken(run, "recalculation_adds_up").finding("Суммы новых перерасчётов пересчитываются до копейки")


@room_check(RECALCULATIONS, blocking=True)
def no_month_is_corrected_twice(run: MonthRun) -> Finding:
    """Один месяц одной услуги исправляет один перерасчёт, считая прежние."""
    return _broken(run, "recalculation_once").finding("Ни один месяц не исправлен дважды")


@room_check(RECALCULATIONS, blocking=True)
def every_proposal_names_its_reading(run: MonthRun) -> Finding:
    """Каждый перерасчёт назван по принятому показанию, которое его вызвало."""
    return _broken(run, "recalculation_readings").finding("У каждого перерасчёта есть его показание")


@room_check(RECALCULATIONS, blocking=True)
def open_proposals_are_carried(run: MonthRun) -> Finding:
    """Невыставленный перерасчёт переходит в следующий месяц с той же суммой, завершённый не возвращается."""
    return _broken(run, "recalculation_carried").finding("Открытые перерасчёты перенесены без изменений")


@room_check(RECALCULATIONS, blocking=True)
def billed_proposals_equal_their_lines(run: MonthRun) -> Finding:
    """Выставленный перерасчёт равен строкам документов с его пачкой."""
    return _broken(run, "recalculation_billed").finding("Выставленное равно предложенному до копейки")


@room_check(RECALCULATIONS, blocking=True)
def proposals_stand_where_people_put_them(run: MonthRun) -> Finding:
    """Крупный перерасчёт уходит в счёт только с согласия, отклонённый не уходит; действует последнее решение."""
    rules = RecalculationRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(run, "recalculation_decided", approval_from_rub=str(roubles_of(rules.approval_from_kop)))
    return found.finding("Перерасчёты стоят там, куда их поставили решения")


@room_check(RECALCULATIONS, blocking=False)
def every_decision_meets_a_proposal(run: MonthRun) -> Finding:
    """Каждое решение цикла о перерасчёте относится к предложению, которое есть, или к пачке, которая собрана."""
    cycles = run.register(CYCLES).filter(pl.col("billing_month") == run.month.first_day)
    since = start_of_day(cycles["issue_on"].item()).isoformat()
    return _broken(run, "recalculation_strangers", cycle_start=since).finding("У решений есть их предложения")


@room_check(RECALCULATIONS, blocking=False)
def every_line_of_a_batch_meets_a_proposal(run: MonthRun) -> Finding:
    """У каждой строки документа с пачкой перерасчёта есть предложение этой пачки."""
    return _broken(run, "recalculation_unmet").finding("Строки с пачками относятся к нашим предложениям")


@room_check(RECALCULATIONS, blocking=False)
def billers_agree_with_proposals(run: MonthRun) -> Finding:
    """Документы провели перерасчёты на те суммы, которые были предложены."""
    return _broken(run, "recalculation_mismatched").finding("Проведённые перерасчёты совпадают с предложенными")


def _broken(run: MonthRun, name: str, **values: str) -> Broken:
    """What breaks one promise. Decisions name proposals of any part; all others are about an account."""
    files = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    files |= {table.name: run.staged_parquet(table.name) for table in _STAGED}
    files |= {"state_recalculations": run.state.parquet(RECALCULATIONS.name),
              "state_unbilled": run.state.parquet(UNBILLED_VOLUMES.name)}
    ask = broken if name == _OF_DECISIONS else broken_in_parts
    return ask(run, name, files | values)
