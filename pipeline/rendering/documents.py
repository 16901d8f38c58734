"""Documents that a person edits further: Word templates of `reports/templates/*.docx`, in the marks of docxtpl.

A template is read once: its marks become a compiled Jinja template, and all that does not change, styles and fonts, is
packed once a day of making. Each document then costs its own text. Marks stand in the body, headers and footers.

Word and its zip keep times inside: both are set to the caller's day, so the same values give the same bytes. Values are
escaped: no text of a register becomes markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import jinja2
from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined

from pipeline.rendering.html import FOLDER

AUTHOR: Final = "Raschet"
_TYPES: Final = "[Content_Types].xml"
_WRITTEN: Final = ("word/document", "word/header", "word/footer")
_PROLOG: Final = re.compile(r"^<\?xml.*?\?>\s*")
_DECLARED: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True)
class _Compiled:
    """A template of Word: its marked parts, compiled, by their name in the file."""

    word: DocxTemplate
    parts: Mapping[str, jinja2.Template]


def docx(template: str, values: Mapping[str, Any], *, made_on: date) -> bytes:
    """The document of a template, for example `docx("application.docx", {…}, made_on=…)`; a name that the template asks
    for and did not get is an error."""
    compiled = _compiled(template)
    stream = BytesIO()
    stream.write(_unchanging(template, made_on))
    with ZipFile(stream, "a") as document:
        for name, text in compiled.parts.items():
            # line breaks in values, and tables whose columns the values count
            tree = compiled.word.fix_tables(compiled.word.resolve_listing(text.render(dict(values))))
            _put(document, name, _DECLARED + compiled.word.xml_to_string(tree), made_on)
    return stream.getvalue()


@cache
def _compiled(template: str) -> _Compiled:
    word = DocxTemplate(FOLDER / template)
    # Word's own markup is XML, hence escaping, as on pages
    marks = Environment(undefined=StrictUndefined, autoescape=True)
    with ZipFile(FOLDER / template) as given:
        texts = {name: given.read(name).decode() for name in sorted(given.namelist()) if name.startswith(_WRITTEN)}
    marked = {name: text for name, text in texts.items() if "{{" in text or "{%" in text}
    sources = {name: word.patch_xml(_PROLOG.sub("", text)) for name, text in marked.items()}
    return _Compiled(word, {name: marks.from_string(source) for name, source in sources.items()})


@lru_cache(maxsize=8)
def _unchanging(template: str, made_on: date) -> bytes:
    """The zip of all that values do not change, one time for every entry."""
    word = DocxTemplate(FOLDER / template).get_docx()
    told, moment = word.core_properties, datetime.combine(made_on, time.min)
    told.created = told.modified = moment
    told.author = told.last_modified_by = AUTHOR
    told.revision = 1
    saved, stream = BytesIO(), BytesIO()
    word.save(saved)
    with ZipFile(saved) as given, ZipFile(stream, "w") as kept:
        for name in sorted(given.namelist(), key=lambda name: (name != _TYPES, name)):
            if name not in _compiled(template).parts:
                _put(kept, name, given.read(name), made_on)
    return stream.getvalue()


def _put(document: ZipFile, name: str, content: bytes | str, made_on: date) -> None:
    entry = ZipInfo(name, date_time=(made_on.year, made_on.month, made_on.day, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    document.writestr(entry, content)
