"""From a Dagster step to the month run it belongs to. Shared by assets and checks, which do not import each other."""

import dagster as dg

from pipeline.billing_month import BillingMonth
from pipeline.resources import book_root
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun

JOB = "month"


def run_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> MonthRun:
    """The month run that this step belongs to; steps launched outside the job `month` are refused."""
    if context.run.job_name != JOB:
        raise dg.Failure(
            "Таблицы месяца собираются только целиком: запустите задание «month» с нужным месяцем, "
            "а не отдельный актив.",
            allow_retries=False,
        )
    return MonthRun.resume(Book.at(book_root()), BillingMonth.parse(context.partition_key), root_run_id(context))


def root_run_id(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> str:
    """A retry goes on in the folder of the run that it retries."""
    return context.run.root_run_id or context.run.run_id
