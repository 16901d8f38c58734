"""The files of a calendar month, by name, one at a time: tables, workbook, papers of each creditor.

The same counted month gives the same bytes: files are dated by the last day counted. Not here: where they are put.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import polars as pl

from pipeline.contracts.finance import FINANCE_MONEY, FINANCE_TURNOVER
from pipeline.contracts.gate import gate
from pipeline.contracts.table import Table
from pipeline.rendering.letters import pdf
from pipeline.reports.finance import papers, sheets
from pipeline.reports.finance.settlements import Settlement, settlements
from pipeline.reports.finance.turnover import Turnover
from pipeline.storage.report_files import safe_name

OVERVIEW = "oboroty.xlsx"


def finance_files(told: Turnover, centre: str, creditor_id: str | None = None) -> Iterator[tuple[str, bytes]]:
    """File names within the month's folder and their bytes; papers of one creditor only, where it is named."""
    for table, frame in ((FINANCE_TURNOVER, told.rows), (FINANCE_MONEY, told.money)):
        yield f"{table.name}.parquet", _parquet(table, frame)
    yield OVERVIEW, sheets.overview(told)
    for one in settlements(told):
        if creditor_id in (None, one.creditor_id):
            for name, made in _papers(told, one, centre).items():
                yield f"{safe_name(one.creditor_id)}/{name}", made()


def _papers(told: Turnover, one: Settlement, centre: str) -> dict[str, Callable[[], bytes]]:
    return {
        "akt-sverki.pdf": lambda: pdf("act.typ", papers.act_values(told, one, centre), made_on=told.last_day),
        "akt-sverki.xlsx": lambda: sheets.act_workbook(told, one),
        "otchet-o-perechislenii.pdf": lambda: pdf(
            "remittance.typ", papers.remittance_values(told, one, centre), made_on=told.last_day
        ),
        "otchet-o-perechislenii.xlsx": lambda: sheets.remittance_workbook(told, one),
    }


def _parquet(table: Table, frame: pl.DataFrame) -> bytes:
    gate(frame, table)
    stream = BytesIO()
    frame.write_parquet(stream, compression="zstd", statistics=True)
    return stream.getvalue()
