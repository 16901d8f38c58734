"""Word papers of a compiled template: values of the day, nothing of a value becomes markup, the same bytes again."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from jinja2 import UndefinedError

from pipeline.rendering.documents import docx

ON = date(2026, 6, 20)
CASE: dict[str, Any] = {
    "number": "ИД-1", "on": "20.06.2026", "to": "Банк", "to_address": "", "case": "2-1/2026", "title": "Заявление",
    "creditor": {"name": "ООО «Уют»", "ogrn": "", "inn": "", "kpp": "", "address": ""},
    "centre": {"name": "РКЦ", "inn": "0099000107", "address": "Энск", "representative": "Зорькина",
               "position": "начальник", "authority": "доверенность"},
    "debtors": [{"name": "Иванов", "birth": "1970", "address": "ул. Мира", "identifier": "СНИЛС"}],
    "paragraphs": ["Первый", "Второй"], "heads": ["К взысканию", "Сумма, ₽"], "rows": [["Основной долг", "100,00"]],
    "totals": ["Всего", "100,00"], "basis": "ст. 8", "asks": ["списать"], "account": [], "attachments": ["приказ"],
}


def text_of(content: bytes) -> str:
    told = Document(BytesIO(content))
    cells = [cell.text for table in told.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in told.paragraphs), *cells])


def test_a_second_document_of_a_template_has_values_of_its_own() -> None:
    first, second = (
        text_of(docx("case_letter.docx", CASE | {"number": number}, made_on=ON)) for number in ("А-1", "Б-2")
    )

    assert "А-1" in first and "Б-2" not in first
    assert "Б-2" in second and "А-1" not in second
    assert "Основной долг" in first and "ИНН 0099000107" in first


def test_no_value_becomes_markup_and_lines_break() -> None:
    told = text_of(docx("case_letter.docx", CASE | {"title": "<w:b/> & {{ x }}", "basis": "одна\nдругая"}, made_on=ON))

    assert "<w:b/> & {{ x }}" in told and "одна\nдругая" in told


def test_columns_follow_the_values() -> None:
    wide = {"heads": ["К взысканию", "Заявлено, ₽", "Осталось, ₽"], "rows": [["Пени", "2,00", "1,00"]],
            "totals": ["Всего", "2,00", "1,00"]}

    (table,) = Document(BytesIO(docx("case_letter.docx", CASE | wide, made_on=ON))).tables

    assert [cell.text for cell in table.rows[1].cells] == ["Пени", "2,00", "1,00"]
    assert len(table.columns) == 3


def test_the_day_is_the_callers_and_the_bytes_the_same() -> None:
    made = docx("case_letter.docx", CASE, made_on=ON)
    other = docx("case_letter.docx", CASE, made_on=date(2026, 6, 21))

    assert docx("case_letter.docx", CASE, made_on=ON) == made != other
    with ZipFile(BytesIO(made)) as told:
        names = told.namelist()
        assert {entry.date_time[:3] for entry in told.infolist()} == {(2026, 6, 20)}
    assert names[0] == "[Content_Types].xml" and len(names) == len(set(names))
    assert str(Document(BytesIO(other)).core_properties.created)[:10] == "2026-06-21"


def test_a_name_that_was_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="title"):
        docx("case_letter.docx", {name: value for name, value in CASE.items() if name != "title"}, made_on=ON)
