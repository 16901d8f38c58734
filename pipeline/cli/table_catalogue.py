"""The table catalogue `docs/tables.md`, written from the contracts, so that it cannot say anything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.russian import ABOUT
from pipeline.contracts.table import Column, Stage, Table

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "tables.md"

HEAD: Final = """# Tables of a book

Written by `raschet catalogue --write` from `pipeline/contracts/`; a test holds both together. Names and types are
those outside (landing and published): money in roubles, Decimal(18,2); inside, money is whole kopecks.
A column in **bold** belongs to the primary key; *personal* columns never leave `personal/`.
"""

STAGES: Final = {
    Stage.FEED: "Deliveries (`landing/<table>/received=YYYY-MM-DD/`)",
    Stage.REGISTER: "Registers (`landing/<table>/as_of=YYYY-MM-DD/`)",
    Stage.DIRECTORY: "Directories that only papers read (`landing/<table>/as_of=YYYY-MM-DD/`)",
    Stage.EVENT: "Events",
    Stage.OPENING: "Opening of a book",
    Stage.PUBLISHED: "Published (`published/run_month=YYYY-MM/<table>/`)",
    Stage.REPORT: "Reports (`reports/YYYY-MM/<run>/<table>/`)",
    Stage.JOURNAL: "Journals (append-only)",
}


def catalogue_text() -> str:
    """The whole page in Markdown."""
    return "\n".join([HEAD, *(line for stage, title in STAGES.items() for line in _chapter(stage, title))]) + "\n"


def _chapter(stage: Stage, title: str) -> Iterator[str]:
    yield f"## {title}\n"
    for table in sorted(tables_of(stage), key=lambda table: table.name):
        yield from _section(table)


def _section(table: Table) -> Iterator[str]:
    yield f"### {table.name}\n"
    if table.name in ABOUT:
        yield f"{ABOUT[table.name]}\n"
    yield f"One row: {table.grain}. Room: {table.room}.\n"
    yield "| column | type | unit | meaning |"
    yield "|---|---|---|---|"
    for column in table.columns:
        yield _row(column, is_key=column.name in table.primary_key)
    yield ""
    if table.rows:
        promises = ", ".join(name.replace("_", " ") for name in table.rows)
        yield f"Every row: {promises}.\n"


def _row(column: Column, *, is_key: bool) -> str:
    name = f"**{column.name}**" if is_key else column.name
    shown = f"{column.outside_dtype}{'?' if column.is_nullable else ''}"
    for parameter in ("time_unit=", "time_zone=", "precision=", "scale="):
        shown = shown.replace(parameter, "")
    allowed = f" ({', '.join(column.allowed)})" if column.allowed else ""
    personal = " *personal*" if column.is_personal else ""
    meaning = f"{column.meaning}{allowed}{personal}".replace("|", "\\|")
    return f"| {name} | {shown} | {column.unit or ''} | {meaning} |"
