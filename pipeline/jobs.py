"""Jobs: the month as one unit of work, and its closing. Steps run one by one in the process of the run.

Here: what a launch includes. Not here: the assets, when a job starts (`schedules.py`).
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

import dagster as dg

from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.closing import close_audited
from pipeline.month_context import JOB
from pipeline.partitions import months
from pipeline.resources import book_root
from pipeline.storage.book import Book

CLOSE_JOB: Final = "close_month"
#: Which book a run writes into: several books may share one instance.
BOOK_TAG: Final = "raschet/book"

month_job = dg.define_asset_job(
    name=JOB,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    run_tags={BOOK_TAG: str(book_root())},
    description=(
        "Расчёт месяца целиком: приём поставок, сальдо, показания, перерасчёты, льготы, должники, все проверки и "
        "публикация. Пока хотя бы одна обязательная проверка не пройдена, опубликованный месяц остаётся прежним."
    ),
)


def month_config(as_of: date) -> dict[str, Any]:
    """Run config of the job `month`: the last day of arrivals that counts."""
    return {"ops": {"run_of_month": {"config": {"as_of": as_of.isoformat()}}}}


def closing_config(as_of: date, anyway: str = "") -> dict[str, Any]:
    """Run config of the job `close_month`."""
    return {"ops": {"closed_month": {"config": {"as_of": as_of.isoformat(), "anyway": anyway}}}}


class Closing(dg.Config):
    """When the question is asked, and why a late registry need not be waited for."""

    as_of: str = ""
    anyway: str = ""


@dg.op(description="Проверяет, можно ли закрыть месяц, сверяет его целиком ещё раз и закрывает навсегда.")
def closed_month(context: dg.OpExecutionContext, config: Closing) -> None:
    """Close the month of the partition."""
    day = date.fromisoformat(config.as_of) if config.as_of else datetime.now(MOSCOW).date() - timedelta(days=1)
    month = BillingMonth.parse(context.partition_key)
    found = close_audited(Book.at(book_root()).require(), month, as_of=day, anyway=config.anyway)
    context.add_output_metadata({"checks_held": found.checks_held, "waived": len(found.waived)})
    context.log.info(f"Месяц {month} закрыт, цепочка {found.version.chain_hash}")


@dg.job(
    name=CLOSE_JOB,
    partitions_def=months,
    executor_def=dg.in_process_executor,
    run_tags={BOOK_TAG: str(book_root())},
    description=(
        "Закрытие месяца: сверка хешей и цепочки, повторная сверка всех тождеств, затем файлы месяца больше не "
        "меняются. Отказывается, пока ожидаются реестры или не вышли следующие документы."
    ),
)
def close_month() -> None:
    """One step."""
    closed_month()
