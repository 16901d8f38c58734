"""The table of failed checks: what should be true, what was expected, what was found, by how much, where to look."""

from __future__ import annotations

from pipeline.billing_month import BillingMonth
from pipeline.cli.execution import Executed
from pipeline.cli.screen import say, table
from pipeline.rendering.russian import counted


def show_warnings(executed: Executed) -> None:
    """What checks of a published month warn of: nothing stopped, but somebody should look."""
    warnings = [check for check in executed.failed_checks if not check.is_blocking]
    if warnings:
        heads = ["таблица", "замечание", "найдено", "расхождение", "для разбора"]
        table("Замечания проверок (месяц опубликован)", heads, [
            (check.table, check.sentence, check.found, check.difference, check.examples) for check in warnings
        ], numbers=[2, 3])


def show_failures(month: BillingMonth, executed: Executed) -> None:
    """Blocking checks first; warnings are told apart."""
    heads = ["таблица", "проверка", "ожидалось", "найдено", "расхождение", "счета для разбора"]
    table(f"{month}: не пройдено, месяц не опубликован", heads, [
        (check.table, check.sentence, check.expected, check.found, check.difference, check.examples)
        for check in executed.blocking
    ], numbers=[2, 3, 4])
    warnings = len(executed.failed_checks) - len(executed.blocking)
    if warnings:
        say(f"Ещё предупреждений: {warnings}.")
    failed = counted(len(executed.blocking), "проверка")
    say(f"Не пройдено: {failed}. Запуск {executed.run_id}; подробности: raschet ui.")
