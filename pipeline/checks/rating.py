"""Promises of the charge audit, as SQL over the files of the run (`audit/rating_*.sql`).

Identities block; what differs between bills and registers is told and never stops a month. What compares with the lines
of the cycle's documents speaks before publish only.
"""

from typing import Final

from pipeline.checks.asked import Broken, broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts import registers
from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.rating import CHARGE_AUDIT, CHARGE_AUDIT_TOTALS
from pipeline.money import roubles_of
from pipeline.rules.rating import RatingRules
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (CHARGE_AUDIT, CHARGE_AUDIT_TOTALS)
_STAGED: Final = (
    BILLING_DOCUMENTS, CHARGES, registers.SERVICES, registers.ACCOUNTS, registers.PREMISES, registers.HOUSES,
    registers.TARIFFS, registers.CONSUMPTION_NORMS, registers.REGISTRATIONS, registers.METERS,
)
_IN_PARTS: Final = ("rating_billed", "rating_again")


@room_check(CHARGE_AUDIT_TOTALS, blocking=True)
def every_billed_line_is_in_the_audit(run: MonthRun) -> Finding:
    """Проверенные и непроверенные строки начислений вместе — все строки цикла, и рубли тоже."""
    return _broken(run, "rating_counted").finding("В проверке начислений есть каждая строка со всеми деньгами")


@room_check(CHARGE_AUDIT_TOTALS, blocking=True)
def differing_lines_add_up(run: MonthRun) -> Finding:
    """Разошедшиеся строки складываются в итоги по услугам и причинам."""
    return _broken(run, "rating_differing").finding("Строки с расхождением складываются в итоги")


@room_check(CHARGE_AUDIT, blocking=True)
def differing_lines_are_billed(run: MonthRun) -> Finding:
    """Каждая разошедшаяся строка — строка документа этого цикла с её начислением."""
    return _broken(run, "rating_billed").finding("Разошедшиеся строки есть в документах")


@room_check(CHARGE_AUDIT, blocking=False)
def plain_formulas_come_out_the_same(run: MonthRun) -> Finding:
    """Простые формулы, посчитанные вторым способом, дают те же суммы."""
    return _broken(run, "rating_again").finding("Второй расчёт простых формул даёт те же суммы")


@room_check(CHARGE_AUDIT_TOTALS, blocking=False)
def bills_follow_from_the_registers(run: MonthRun) -> Finding:
    """Начисления ни одного дома не расходятся с реестрами больше чем на допустимую сумму."""
    rules = RatingRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(run, "rating_bands", house_band_rub=str(roubles_of(rules.house_band_kop)))
    return found.finding("Начисления домов сходятся с реестрами", broken="Домов, услуг и причин вне допуска")


def _broken(run: MonthRun, name: str, **values: str) -> Broken:
    files = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    files |= {table.name: run.staged_parquet(table.name) for table in _STAGED}
    ask = broken_in_parts if name in _IN_PARTS else broken
    return ask(run, name, files | values)
