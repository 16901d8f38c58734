"""The night: at 03:00 in Moscow the open month is computed up to yesterday. Stopped until somebody starts it.

Here: when, and for which month. Of several missed nights Dagster starts only the last, which counts all that the others
would have counted. Not here: what a run does (`jobs.py`), closing (a person or `raschet run` decides).
"""

from datetime import date, timedelta

import dagster as dg

from pipeline.billing_month import MOSCOW, MOSCOW_NAME, BillingMonth
from pipeline.jobs import month_config, month_job
from pipeline.resources import book_root
from pipeline.storage.book import Book
from pipeline.storage.cycles import CycleUnknown, cycle_of
from pipeline.storage.status import open_month


@dg.schedule(
    name="nightly",
    job=month_job,
    cron_schedule="0 3 * * *",
    execution_timezone=MOSCOW_NAME,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description=(
        "Каждую ночь в 03:00 по Москве пересчитывает открытый месяц участка по вчерашний день включительно. "
        "Пропущенная ночь навёрстывается при включении: последняя из них считает всё, что посчитали бы прежние. "
        "Месяц ночь не закрывает: можно ли его закрыть, сказано в метаданных published_month."
    ),
)
def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """One run a night: the same night never starts twice, whatever the daemon does."""
    night = context.scheduled_execution_time.astimezone(MOSCOW).date()
    return tonight(Book.at(book_root()), night)


def tonight(book: Book, night: date) -> dg.RunRequest | dg.SkipReason:
    """What the night of a day should run."""
    as_of = night - timedelta(days=1)
    if not book.exists:
        return dg.SkipReason(f"В папке {book.root} нет участка.")
    month = open_month(book)
    if month is None:
        return dg.SkipReason("Участок ещё не открыт: выполните raschet open.")
    return _request(book, month, night=night, as_of=as_of)


def _request(book: Book, month: BillingMonth, *, night: date, as_of: date) -> dg.RunRequest | dg.SkipReason:
    try:
        cycle = cycle_of(book, month, as_of)
    except CycleUnknown as unknown:
        return dg.SkipReason(str(unknown))
    if not cycle.has_begun(as_of):
        return dg.SkipReason(f"Документы за {month} выходят {cycle.issue_on:%d.%m.%Y}: считать ещё нечего.")
    return dg.RunRequest(
        run_key=f"{month}:{night.isoformat()}",
        partition_key=str(month),
        run_config=month_config(cycle.cut(as_of)),
        tags={"raschet/as_of": as_of.isoformat()},
    )
