"""The answer to whoever bills, as files: a workbook to read and two tables to load, batches and lines.

The tables are CSV as Russian accounting programs read them: UTF-8 with its mark, «;» between columns, «,» before
kopecks. Codes stand beside their words, so that a program need not know the words. The same month gives the same bytes.
Not here: what became of a proposal (`domain/recalculation/acceptance.py`), where files are put (`cli/acceptance.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts.acceptance import ACCEPTANCE_LINES, BATCH_ACCEPTANCE, UNMET
from pipeline.contracts.table import Table
from pipeline.rendering import proposal_words, words
from pipeline.rendering.russian import month_name
from pipeline.rendering.workbook import Head, Kind, Sheet, workbook
from pipeline.storage.files import parquet_files, scan_as

WORKBOOK: Final = "otvet-raschetchiku.xlsx"
BATCHES: Final = "pachki.csv"
LINES: Final = "stroki.csv"
#: A longer list takes minutes to write, and the table beside has it all.
LISTED: Final = 50_000
#: A cell that begins so is a formula to a spreadsheet; ids of batches come from deliveries.
_FORMULA: Final = r"^[=+\-@\t\r]"
_COUNTS: Final = {
    "accepted": "Принято", "settled": "Пересчитал сам расчётчик", "mismatched": "Выставлено другой суммой",
    "open": "Ждёт документа", "waiting": "Ждёт решения, не выставлять", "refused": "Отклонено, не выставлять",
    "for_refunds": "Отделу возвратов, не выставлять",
}


def _heads_of(outcome: str, what: str) -> tuple[tuple[str, tuple[str, Kind]], ...]:
    return (outcome, (f"{what}: предложений", "count")), (f"{outcome}_rub", (f"{what}: предложено, ₽", "money"))


_OF_BATCH: Final[dict[str, tuple[str, Kind]]] = {
    "batch_id": ("Пачка", "text"), "creditor_id": ("Получатель", "text"), "cause_code": ("Код причины", "text"),
    "cause": ("Причина", "text"), "lands_in_month": ("Выставить в месяце", "month"),
    "proposals": ("Предложений", "count"), "proposed_rub": ("Предложено, ₽", "money"),
    **{name: head for outcome, what in _COUNTS.items() for name, head in _heads_of(outcome, what)},
    "mismatched_billed_rub": ("Выставлено другой суммой: выставлено, ₽", "money"),
    UNMET: ("Лишних строк", "count"), "unmet_rub": ("Лишние строки, ₽", "money"),
}
_OF_LINE: Final[dict[str, tuple[str, Kind]]] = {
    "batch_id": ("Пачка", "text"), "answer_id": ("Предложение или строка документа", "text"),
    "creditor_id": ("Получатель", "text"), "account_id": ("Лицевой счёт", "text"), "contract_id": ("Договор", "text"),
    "service_code": ("Услуга", "text"), "zone_code": ("Зона", "text"), "charge_month": ("Месяц", "month"),
    "outcome_code": ("Код исхода", "text"), "outcome": ("Исход", "text"), "proposed_rub": ("Предложено, ₽", "money"),
    "billed_rub": ("Выставлено, ₽", "money"),
}


@dataclass(frozen=True)
class Answer:
    """BATCH_ACCEPTANCE and ACCEPTANCE_LINES of a published month, outside shape, sorted, of one creditor or of all."""

    month: date
    batches: pl.DataFrame
    lines: pl.DataFrame

    @property
    def creditors(self) -> list[str]:
        return self.batches["creditor_id"].drop_nulls().unique().sort().to_list()

    def of(self, creditor_id: str) -> Answer:
        """What concerns one creditor."""
        own = pl.col("creditor_id") == creditor_id
        return Answer(self.month, self.batches.filter(own), self.lines.filter(own))


def answer_of(version: Path, month: date) -> Answer:
    """The answer of a published version; empty for months from before it was told."""
    return Answer(month, _read(version, BATCH_ACCEPTANCE), _read(version, ACCEPTANCE_LINES))


def answer_files(told: Answer) -> list[tuple[str, bytes]]:
    """Names and bytes of the files."""
    batches = told.batches.with_columns(cause=_words(told.batches["cause_code"], proposal_words.cause))
    lines = told.lines.with_columns(outcome=_words(told.lines["outcome_code"], proposal_words.answer))
    return [
        (WORKBOOK, _workbook(told.month, batches, lines)), (BATCHES, _table(batches, _OF_BATCH)),
        (LINES, _table(lines, _OF_LINE)),
    ]


def _read(version: Path, table: Table) -> pl.DataFrame:
    files = parquet_files(version / table.name)
    if not files:
        return pl.DataFrame(schema=table.outside_schema)
    return scan_as(files, table.outside_schema).collect().sort(table.primary_key)


def _words(codes: pl.Series, told: words.Words) -> pl.Series:
    return codes.replace(dict(told))


def _table(rows: pl.DataFrame, columns: dict[str, tuple[str, Kind]]) -> bytes:
    safe = rows.select(
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(name).alias(name)
        if kind == "text" else pl.col(name).dt.strftime("%Y-%m").alias(name) if kind == "month" else pl.col(name)
        for name, (_, kind) in columns.items()
    )
    named = safe.rename({name: head for name, (head, _) in columns.items()})
    return named.write_csv(separator=";", include_bom=True, decimal_comma=True).encode()


def _workbook(month: date, batches: pl.DataFrame, lines: pl.DataFrame) -> bytes:
    title = f"Ответ расчётчику по перерасчётам за {month_name(month)}"
    sheets = [_sheet("Пачки", title, batches, _OF_BATCH)]
    if lines.height <= LISTED:
        sheets.append(_sheet("Строки", f"{title}: строки", lines, _OF_LINE))
    return workbook(sheets, made_on=month, title=title)


def _sheet(name: str, title: str, rows: pl.DataFrame, columns: dict[str, tuple[str, Kind]]) -> Sheet:
    heads = [Head(head, kind) for head, kind in columns.values()]
    sums = tuple(head for head, kind in columns.values() if kind in ("money", "count"))
    return Sheet(name, title, heads, rows.select(list(columns)).rows(), totals=sums)
