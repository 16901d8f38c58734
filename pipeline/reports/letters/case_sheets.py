"""The workbook of court cases: what is claimed of whom, what to check before filing, and every file with its hash."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.money import roubles_of
from pipeline.rendering.lacking_words import court_lacking
from pipeline.rendering.russian import counted, day, month_name
from pipeline.rendering.workbook import Head, Sheet, workbook

_MONEY: Final = ("Основной долг", "Пени", "Цена требования или иска", "Госпошлина")


def manifest_workbook(cases: pl.DataFrame, files: pl.DataFrame, *, made_on: date) -> bytes:
    """Sheets «Дела» and «Файлы» from COURT_FOLDERS and COURT_FILES, inside shape."""
    title = f"Судебные дела на {day(made_on)}: {counted(files.height, 'файл')}"
    heads = (
        Head("Номер", width=34), Head("Папка", width=28), Head("Счета", width=14), Head("Получатель", width=14),
        Head("Суд", width=30),
        Head("С месяца"), Head("По месяц"), *(Head(name, "money") for name in _MONEY),
        Head("Проверить до подачи", width=70),
    )
    rows = [
        (row["number"], row["folder_name"] or "не подготовлено", ", ".join(row["account_ids"]), row["creditor_id"],
         row["court_name"] or "", *(month_name(row[name]) if row[name] else "" for name in ("from_month", "to_month")),
         *(None if row[name] is None else roubles_of(row[name])
           for name in ("principal_kop", "penalty_kop", "price_kop", "duty_kop")),
         "; ".join(court_lacking(code) for code in row["lacks"]))
        for row in cases.to_dicts()
    ]
    listed = [(row["file_name"], row["title"], row["sha256"]) for row in files.to_dicts()]
    file_heads = (Head("Файл", width=50), Head("Документ", width=45), Head("SHA-256", width=66))
    return workbook(
        [Sheet("Дела", title, heads, rows, totals=_MONEY), Sheet("Файлы", title, file_heads, listed)],
        made_on=made_on, title="Судебные дела",
    )
