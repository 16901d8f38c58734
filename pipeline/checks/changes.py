"""Promises of a comparison: its causes explain every kopeck and every row between two versions, and all have a name.

They speak after publish and are no part of the audit at closing. Not here: the comparison (`reports/changes/`).
"""

from decimal import Decimal
from typing import Any, Final

from pipeline.checks.room import Finding, room_check
from pipeline.money import format_rub, kopecks_of
from pipeline.rendering.change_words import measured
from pipeline.reports.changes.compare import MEASURED, read_difference
from pipeline.reports.changes.named import pair_of
from pipeline.storage.manifest import Version
from pipeline.storage.publish import require_published
from pipeline.storage.run import MonthRun, NotComputed

CHANGED: Final = "month_changes"


@room_check(CHANGED, blocking=True, audited=False)
def changes_explain_every_kopeck(run: MonthRun) -> Finding:
    """Сумма причин по каждой таблице равна разнице итогов двух манифестов, до копейки и до строки."""
    sentence = "Сумма причин равна разнице итогов двух запусков"
    version = require_published(run)
    pair = pair_of(run.book, version)
    if pair is None:
        return Finding(True, "Первый запуск участка: сравнивать не с чем")
    causes, totals = _told(run)
    wrong = [total for total in totals if not _explained(total, causes, *pair)]
    difference = sum((abs(total["difference_rub"] - _net(total, causes)) for total in wrong), Decimal(0))
    return Finding(
        passed=not wrong, sentence=sentence if not wrong else f"Не сходится: {len(wrong)}. Должно быть: {sentence}",
        found=len(wrong), difference=str(difference) if wrong else 0,
        sample_ids=[f"{total['table_name']}.{total['measure_code']}" for total in wrong],
    )


@room_check(CHANGED, blocking=False, audited=False)
def every_change_has_a_cause(run: MonthRun) -> Finding:
    """У каждой изменившейся строки есть причина, известная участку."""
    if pair_of(run.book, require_published(run)) is None:
        return Finding(True, "Первый запуск участка: сравнивать не с чем")
    return of_causes(_told(run)[0])


def of_causes(causes: list[dict[str, Any]]) -> Finding:
    """Rows of `change_causes` for which the book knows no cause."""
    unknown = [cause for cause in causes if cause["cause_code"] == "unexplained"]
    rows = sum(cause["facts"] for cause in unknown)
    return Finding(
        passed=not rows, sentence="Причины найдены у всех изменений" if not rows else f"Без причины строк: {rows}",
        found=rows, difference=format_rub(kopecks_of(sum((cause["net_rub"] for cause in unknown), Decimal(0)))),
        sample_ids=[measured(cause["table_name"], cause["measure_code"]) for cause in unknown],
    )


def _told(run: MonthRun) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    causes, totals = read_difference(run.book.reports_of(run.month, run.run_id))
    if not totals:
        raise NotComputed(f"Сравнения за {run.month} нет", f"Составьте его: raschet diff --month {run.month}")
    return causes, totals


def _explained(total: dict[str, Any], causes: list[dict[str, Any]], before: Version, after: Version) -> bool:
    """Against the manifests themselves, not against what the comparison says of them."""
    table, column = total["table_name"], MEASURED.get((total["table_name"], total["measure_code"]))
    own = _own(total, causes)
    rows, rub = total["after_rows"] - total["before_rows"], total["difference_rub"]
    if total["measure_code"] != "overdue":
        rows = _of(after, table, "rows") - _of(before, table, "rows")
        rub = Decimal(_of(after, table, column)) - Decimal(_of(before, table, column)) if column else Decimal(0)
    return bool(sum(cause["appeared"] - cause["vanished"] for cause in own) == rows and _net(total, causes) == rub)


def _of(version: Version, table: str, figure: str) -> Any:
    found = version.content["tables"].get(table)
    return found["totals"].get(figure, 0) if found else 0


def _own(total: dict[str, Any], causes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    key = (total["table_name"], total["measure_code"])
    return [cause for cause in causes if (cause["table_name"], cause["measure_code"]) == key]


def _net(total: dict[str, Any], causes: list[dict[str, Any]]) -> Decimal:
    return sum((cause["net_rub"] for cause in _own(total, causes)), Decimal(0))
