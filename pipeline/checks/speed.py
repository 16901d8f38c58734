"""The month against its own history: a run that has become slow says so before it becomes late.

It speaks after publish, warns only, and is no part of the audit at closing. Not here: the history itself
(`storage/history.py`).
"""

from typing import Final

from pipeline.checks.room import Finding, room_check
from pipeline.rendering.russian import number
from pipeline.storage.history import pace_of
from pipeline.storage.publish import require_published
from pipeline.storage.run import MonthRun

PUBLISHED: Final = "published_month"


@room_check(PUBLISHED, blocking=False, audited=False)
def month_is_as_quick_as_before(run: MonthRun) -> Finding:
    """Расчёт занял не больше чем в полтора раза дольше обычного для стольких счетов."""
    sentence = "Расчёт занял не дольше обычного"
    pace = pace_of(run.book, require_published(run))
    if pace is None:
        return Finding(True, "Сравнить не с чем: сохранилось мало прежних запусков")
    if not pace.is_slow:
        return Finding(True, sentence, expected=pace.expected, found=pace.seconds)
    return Finding(
        False, f"Расчёт занял {number(pace.seconds)} с вместо обычных {number(pace.expected)} с "
               f"(середина прежних запусков: {pace.versions}). Должно быть: {sentence}",
        expected=pace.expected, found=pace.seconds, difference=pace.seconds - pace.expected, direction="дольше, с",
    )
