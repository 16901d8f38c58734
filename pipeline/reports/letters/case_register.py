"""The register of letters of filed cases for people: a sheet for each addressee, with whom, how much and what to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.events import ADDRESSEES
from pipeline.money import roubles_of
from pipeline.rendering.lacking_words import court_lacking
from pipeline.rendering.russian import day
from pipeline.rendering.words import addressee, court_action
from pipeline.rendering.workbook import Head, Sheet, workbook

_MONEY: Final = ("Основной долг", "Пени", "Госпошлина", "Всего")


def register_workbook(
    letters: pl.DataFrame, names: Mapping[str, str], addresses: Mapping[str, str], *, made_on: date
) -> bytes:
    """Sheets of CASE_LETTERS (inside shape). names: debtors by case; addresses: by account."""
    heads = (
        Head("Номер", width=34), Head("Дело", width=20), Head("О чём", width=34), Head("Должник", width=34),
        Head("Адрес", width=40),
        Head("Счёт", width=14), Head("Акт суда от", width=14), *(Head(name, "money") for name in _MONEY),
        Head("Проверить", width=60), Head("Файл", width=34), Head("Принял (дата, подпись)", width=24),
    )
    sheets = []
    for code in ADDRESSEES:
        rows = [
            (row["number"], row["court_case_id"], court_action(row["asked_code"]),
             names.get(row["court_case_id"], "") or "неизвестен",
             addresses.get(row["account_id"], ""), row["account_id"], day(row["act_on"]),
             *(roubles_of(row[f"{name}_kop"]) for name in ("principal", "penalty", "duty", "left")),
             "; ".join(court_lacking(lack) for lack in row["lacks"]), row["file_name"], "")
            for row in letters.filter(addressee_code=code).to_dicts()
        ]
        if rows:
            title = f"{addressee(code)}: реестр писем на {day(made_on)}"
            sheets.append(Sheet(addressee(code), title[0].upper() + title[1:], heads, rows, totals=_MONEY))
    return workbook(sheets, made_on=made_on, title="Письма по судебным делам")
