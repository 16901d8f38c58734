"""What machines read about a book's files: a catalogue beside the published months and one beside the journals.

A Data Package (the open descriptor that catalogues, frictionless tools and data frames know): tables with their files,
keys and columns, each with type, unit, codes in words and its meaning in Russian; English for developers. It says only
what the contracts say, so the same version of the contracts gives the same bytes. Personal columns are not in it.
Not here: the tables themselves, views for SQL (`reports/views.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.meanings import MeaningMissing, row
from pipeline.contracts.russian import ABOUT
from pipeline.contracts.table import MOSCOW, Column, Kind, Stage, Table
from pipeline.rendering.column_words import described, words_of
from pipeline.storage.book import Book
from pipeline.storage.files import write_bytes
from pipeline.storage.table_files import CONTRACT_VERSION

CATALOGUE: Final = "catalogue.json"
#: The folder's name is this column; it is never in a file.
PARTITION: Final = "run_month"
_PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"
_TYPES: Final[Mapping[Kind, dict[str, Any]]] = {
    Kind.TEXT: {"type": "string"}, Kind.CODES: {"type": "list", "itemType": "string"},
    Kind.DATE: {"type": "date"}, Kind.MONTH: {"type": "date"}, Kind.MOMENT: {"type": "datetime"},
    Kind.YES_NO: {"type": "boolean"}, Kind.COUNT: {"type": "integer"}, Kind.INTEGER: {"type": "integer"},
    Kind.MONEY: {"type": "number"}, Kind.TARIFF: {"type": "number"}, Kind.VOLUME: {"type": "number"},
}
#: Parquet's own types: what every reader gets.
_STORED: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "STRING", Kind.CODES: "LIST<STRING>", Kind.DATE: "DATE", Kind.MONTH: "DATE",
    Kind.MOMENT: "TIMESTAMP(MICROS, UTC)", Kind.YES_NO: "BOOLEAN", Kind.COUNT: "INT32", Kind.INTEGER: "INT64",
    Kind.MONEY: "DECIMAL(18,2)", Kind.TARIFF: "DECIMAL(18,6)", Kind.VOLUME: "DECIMAL(18,7)",
}


def write_catalogues(book: Book) -> None:
    """Both catalogues, each replaced whole and only where it says something else by now."""
    for folder, stage in ((book.root / "published", Stage.PUBLISHED), (book.journal, Stage.JOURNAL)):
        file, content = folder / CATALOGUE, catalogue(stage)
        if not file.is_file() or file.read_bytes() != content:
            write_bytes(file, content)


@cache
def catalogue(stage: Stage) -> bytes:
    """The descriptor of all tables of a stage (published or journal), as it stands in its file."""
    monthly = stage is Stage.PUBLISHED
    told = {
        "$schema": _PROFILE,
        "name": "raschet-published" if monthly else "raschet-journals",
        "title": "Расчёт: опубликованные месяцы" if monthly else "Расчёт: журналы отправленного",
        "version": CONTRACT_VERSION,
        "timeZone": MOSCOW,
        "currency": "RUB",
        "description": (
            "Каждый месяц — папка run_month=ГГГГ-ММ; месяц перед первым держит входящие остатки. Деньги в рублях, "
            "Decimal(18,2). Моменты хранятся в UTC, показывать их надо по Москве."
        ),
        "resources": [_resource(table) for table in sorted(tables_of(stage), key=lambda table: table.name)],
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def files_of(table: Table) -> str:
    """Where the files of a table lie, from the folder of its catalogue: one `*` a level."""
    return f"{table.name}/*.parquet" if table.stage is Stage.JOURNAL else f"{PARTITION}=*/{table.name}/*.parquet"


def columns_of(table: Table) -> list[Column]:
    """The columns that readers see."""
    return [column for column in table.columns if not column.is_personal]


def about(table: Table) -> str:
    """What a table is for and what its row is, in Russian: «Кому … Строка: …»."""
    try:
        return f"{ABOUT.get(table.name, table.grain)} Строка: {row(table.name)}."
    except MeaningMissing:
        return ABOUT.get(table.name, table.grain)


def _resource(table: Table) -> dict[str, Any]:
    partition = {} if table.stage is Stage.JOURNAL else {
        "partition": {"name": PARTITION, "type": "string", "description": "месяц запуска, ГГГГ-ММ: имя папки"}
    }
    return {
        "name": table.name,
        "path": files_of(table),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "title": about(table),
        "description": f"One row: {table.grain}.",
        "room": table.room,
        **partition,
        "schema": {
            "fields": [_field(table, column) for column in columns_of(table)],
            "primaryKey": list(table.primary_key),
        },
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    words = words_of(table.name, column.name)
    codes = column.allowed or tuple(words)
    limits = {
        "required": not column.is_nullable,
        **({"enum": list(column.allowed)} if column.allowed else {}),
        **({"minimum": column.at_least} if column.at_least is not None else {}),
    }
    return {
        "name": column.name,
        **_TYPES[column.kind],
        "stored": _STORED[column.kind],
        "title": described(table, column),
        "description": column.meaning,
        **({"unit": column.unit} if column.unit else {}),
        **({"categories": [{"value": code, "label": words.get(code, code)} for code in codes]} if codes else {}),
        "constraints": limits,
    }
