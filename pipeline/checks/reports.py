"""Promises of the month's report: every total that people read equals the ledger's, by SQL of its own over the tables.

They speak after publish: a report that does not hold makes its run red and is told on the screen, the published month
and its lists stay. So they are no part of the audit at closing: a drawing never keeps a month open.
"""

from typing import Final

from pipeline.audit.queries import query
from pipeline.checks.asked import Broken, rows_of
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.reports import REPORT_FIGURES
from pipeline.storage.files import parquet_files
from pipeline.storage.run import MonthRun, NotComputed

REPORT: Final = "month_report"
_READ: Final = (
    "account_balances", "conservation", "open_items", "collected_money", "billed_documents", "posted_payments",
    "eligibility", "debtors", "sms_list", "call_list", "debt_receipts", "court_list", "recalculations",
    "suspended_payments", "deliveries", "registry_reconciliation", "payment_allocations", "work_queue", "quarantine",
    "penalties", "restriction_list", "court_standing", "instalments", "limitation_radar",
    "charge_audit", "charge_audit_totals",
)


@room_check(REPORT, blocking=True, audited=False)
def report_rows_add_up_to_totals(run: MonthRun) -> Finding:
    """Итоги разделов отчёта равны сумме их строк; где строки пересекаются, итог не больше суммы."""
    return _finding(run, "report_rows_add_up", "Итоги отчёта складываются из строк")


@room_check(REPORT, blocking=True, audited=False)
def report_turnover_equals_balances(run: MonthRun) -> Finding:
    """Начислено, оплачено и долг в отчёте — те же, что в сальдо счетов: по получателям, услугам, видам долга, домам."""
    return _finding(run, "report_turnover", "Обороты отчёта равны сальдо счетов")


@room_check(REPORT, blocking=True, audited=False)
def report_collection_equals_movements(run: MonthRun) -> Finding:
    """Собранное в отчёте равно разнесённым деньгам, начисленное — документам, открытое — исходящему сальдо."""
    return _finding(run, "report_collection", "Собираемость и возраст долга сходятся с сальдо")


@room_check(REPORT, blocking=True, audited=False)
def report_counts_equal_tables(run: MonthRun) -> Finding:
    """Платежи, бонусы, должники, списки, перерасчёты и всё, что ждёт решения, посчитаны в отчёте как в таблицах."""
    return _finding(run, "report_counts", "Счёт строк и сумм отчёта равен таблицам")


@room_check(REPORT, blocking=True, audited=False)
def report_spares_nobody_who_is_listed(run: MonthRun) -> Finding:
    """Среди тех, кого не побеспокоили, нет никого из списков ночи, и у каждого щита есть своё основание."""
    return _finding(run, "report_shields", "Щиты отчёта не шире своих оснований")


def _finding(run: MonthRun, name: str, sentence: str) -> Finding:
    figures = run.book.reports_of(run.month, run.run_id) / REPORT_FIGURES.name
    if not parquet_files(figures):
        raise NotComputed(f"Отчёта за {run.month} нет", f"Составьте его: raschet report --month {run.month}")
    rows = rows_of(
        run, query(name), report_figures=str(figures / "*.parquet"), month=run.month.first_day.isoformat(),
        **{table: run.parquet(table) for table in _READ},
    )
    return Broken.of(rows).finding(sentence, broken="Не сходится")
