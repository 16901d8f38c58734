"""Changes room: why the numbers of a published month moved since the night or the month before.

Here: the asset `month_changes`. Not here: the comparison (`reports/changes/`), its promises (`checks/changes.py`).
"""

from typing import Any

import dagster as dg

from pipeline.assets.links import linked
from pipeline.assets.room import report_asset
from pipeline.contracts.changes import CHANGES
from pipeline.month_context import run_of, without_values
from pipeline.rendering.change_words import cause
from pipeline.rendering.russian import roubles
from pipeline.storage.parts import described
from pipeline.storage.publish import require_published


@report_asset(
    "month_changes", CHANGES, kinds={"html", "parquet"},
    about=(
        "Почему изменились цифры: месяц построчно сравнивается с прежней ночью, а первый запуск месяца — с прошлым "
        "месяцем. У каждой изменившейся строки одна причина: опоздавший платёж, исправленный документ, перерасчёт, "
        "правило, справочник, время… Опубликованный месяц от этого сравнения не зависит."
    ),
)
def month_changes(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """Compare the published version with what it replaced, write tables and page beside it."""
    from pipeline.reports.changes.beside import compared_beside, shown_beside

    with without_values():
        run = run_of(context)
        version = require_published(run)
        found = compared_beside(run.book, version)
        if found is None:
            return dg.MaterializeResult(metadata={"dagster/partition_row_count": 0, "сравнение": "не с чем сравнить"})
        told: dict[str, Any] = {
            f"{place}. {cause(row['cause_code'])}": f"{roubles(row['net_rub'])}, строк {row['facts']}"
            for place, row in enumerate(found.largest_causes(), start=1)
        }
        try:
            told |= linked(run.book, изменения=shown_beside(run.book, version, found))
        except Exception as fault:
            # tables and their check stand; a page that cannot be drawn hides no published month
            context.log.warning(f"Страница изменений не нарисована: {described(fault)}")
            told["страница"] = "не нарисована, причина в журнале"
    rows = sum(row["facts"] for row in found.causes)
    return dg.MaterializeResult(metadata={
        "dagster/partition_row_count": rows, "прежний запуск": found.sides.before.run_id,
        "по какой день": f"{found.sides.before.as_of.isoformat()} → {found.sides.after.as_of.isoformat()}", **told,
    })
