"""Reports room: what people read of a month that is published already. A report that fails hides nothing.

Here: the asset `month_report`. Not here: any figure (`reports/month/`), whether they are right (`checks/reports.py`).
"""

from typing import Any

import dagster as dg

from pipeline.assets.links import linked
from pipeline.assets.room import report_asset
from pipeline.contracts.reports import REPORT_FIGURES
from pipeline.month_context import run_of, without_values
from pipeline.storage.publish import require_published


@report_asset(
    "month_report", REPORT_FIGURES, kinds={"html", "excel"},
    about=(
        "Отчёт за месяц: страница HTML и книга Excel с собираемостью, начислениями, оплатой и долгом по получателям, "
        "услугам и домам, должниками и всем, что ждёт решения. Составляется по опубликованному месяцу: если отчёт не "
        "получился, месяц остаётся опубликованным, а списки — готовыми."
    ),
)
def month_report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """Read the published month, write page, workbook and figures beside it."""
    from pipeline.reports.month.report import WORKBOOK, report_of, write_beside

    with without_values():
        run = run_of(context)
        report = report_of(run.book, require_published(run))
        page = write_beside(run.book, require_published(run), report)
        links = linked(run.book, **{"отчёт": page, "книга Excel": page.with_name(WORKBOOK)})
    return dg.MaterializeResult(metadata={"dagster/partition_row_count": report.figures.height, **links})
