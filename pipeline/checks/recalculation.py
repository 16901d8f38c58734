"""Promises of recalculation, as SQL over the files of the run (`audit/recalculation_*.sql`).

What compares with the lines of the cycle's documents speaks before publish only.
"""

from typing import Any, Final

import polars as pl

from pipeline.audit.queries import query
from pipeline.billing_month import start_of_day
from pipeline.checks.room import SAMPLE, Finding, room_check, rows_of
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.metering import CONSUMPTION, UNBILLED_VOLUMES, UNCONFIRMED_CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import CYCLES
from pipeline.money import format_rub, roubles_of
from pipeline.rules.recalculation import RecalculationRules
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (CONSUMPTION, UNCONFIRMED_CHARGES, RECALCULATIONS)
_STAGED: Final = (CHARGES, BILLING_DOCUMENTS, APPROVALS, CYCLES)


@room_check(RECALCULATIONS, blocking=True)
def proposals_add_up(run: MonthRun) -> Finding:
    """Перерасчёт = объём по показаниям × тариф месяца, с одним округлением, минус начисленное без показаний."""
    return _finding(_broken(run, "recalculation_adds_up"), "Суммы новых перерасчётов пересчитываются до копейки")


@room_check(RECALCULATIONS, blocking=True)
def no_month_is_corrected_twice(run: MonthRun) -> Finding:
    """Один месяц одной услуги исправляет один перерасчёт, считая прежние."""
    return _finding(_broken(run, "recalculation_once"), "Ни один месяц не исправлен дважды")


@room_check(RECALCULATIONS, blocking=True)
def every_proposal_names_its_reading(run: MonthRun) -> Finding:
    """Каждый перерасчёт назван по принятому показанию, которое его вызвало."""
    return _finding(_broken(run, "recalculation_readings"), "У каждого перерасчёта есть его показание")


@room_check(RECALCULATIONS, blocking=True)
def open_proposals_are_carried(run: MonthRun) -> Finding:
    """Невыставленный перерасчёт переходит в следующий месяц с той же суммой, завершённый не возвращается."""
    return _finding(_broken(run, "recalculation_carried"), "Открытые перерасчёты перенесены без изменений")


@room_check(RECALCULATIONS, blocking=True)
def billed_proposals_equal_their_lines(run: MonthRun) -> Finding:
    """Выставленный перерасчёт равен строкам документов с его пачкой."""
    return _finding(_broken(run, "recalculation_billed"), "Выставленное равно предложенному до копейки")


@room_check(RECALCULATIONS, blocking=True)
def proposals_stand_where_people_put_them(run: MonthRun) -> Finding:
    """Крупный перерасчёт уходит в счёт только с согласия, отклонённый не уходит; действует последнее решение."""
    rules = RecalculationRules.in_force(run.rule_book, run.month.first_day)
    rows = _broken(run, "recalculation_decided", approval_from_rub=str(roubles_of(rules.approval_from_kop)))
    return _finding(rows, "Перерасчёты стоят там, куда их поставили решения")


@room_check(RECALCULATIONS, blocking=False)
def every_decision_meets_a_proposal(run: MonthRun) -> Finding:
    """Каждое решение цикла о перерасчёте относится к предложению, которое есть, или к пачке, которая собрана."""
    cycles = run.register(CYCLES).filter(pl.col("billing_month") == run.month.first_day)
    since = start_of_day(cycles["issue_on"].item()).isoformat()
    return _finding(_broken(run, "recalculation_strangers", cycle_start=since), "У решений есть их предложения")


@room_check(RECALCULATIONS, blocking=False)
def every_line_of_a_batch_meets_a_proposal(run: MonthRun) -> Finding:
    """У каждой строки документа с пачкой перерасчёта есть предложение этой пачки."""
    return _finding(_broken(run, "recalculation_unmet"), "Строки с пачками относятся к нашим предложениям")


@room_check(RECALCULATIONS, blocking=False)
def billers_agree_with_proposals(run: MonthRun) -> Finding:
    """Документы провели перерасчёты на те суммы, которые были предложены."""
    return _finding(_broken(run, "recalculation_mismatched"), "Проведённые перерасчёты совпадают с предложенными")


def _broken(run: MonthRun, name: str, **values: str) -> list[dict[str, Any]]:
    """Rows of an audit query: each is one broken promise."""
    published = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    staged = {table.name: run.staged_parquet(table.name) for table in _STAGED}
    return rows_of(
        query(name), **published, **staged,
        state_recalculations=run.state.parquet(RECALCULATIONS.name),
        state_unbilled=run.state.parquet(UNBILLED_VOLUMES.name), **values,
    )


def _finding(rows: list[dict[str, Any]], sentence: str) -> Finding:
    difference = sum(row.get("difference_kop") or 0 for row in rows)
    return Finding(
        passed=not rows, sentence=sentence if not rows else f"Нарушено строк: {len(rows)}. Должно быть: {sentence}",
        found=len(rows), difference=format_rub(difference) if difference else 0,
        direction=("больше" if difference > 0 else "меньше") if difference else "",
        sample_ids=[str(row["account_id"]) for row in rows[:SAMPLE]],
    )
