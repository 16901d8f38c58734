"""Documents that a person edits further: Word templates of `reports/templates/*.docx`, filled by docxtpl.

Word and its zip keep times inside: both are set to the caller's day, so the same values give the same bytes. Values are
escaped: no text of a register becomes markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined

from pipeline.rendering.html import FOLDER

AUTHOR: Final = "Raschet"


def docx(template: str, values: Mapping[str, Any], *, made_on: date) -> bytes:
    """The document of a template, for example `docx("application.docx", {…}, made_on=…)`; a name that the template asks
    for and did not get is an error."""
    document = DocxTemplate(FOLDER / template)
    # Word's own markup is XML, hence escaping, as on pages
    document.render(dict(values), Environment(undefined=StrictUndefined, autoescape=True), autoescape=True)
    told, moment = document.docx.core_properties, datetime.combine(made_on, time.min)
    told.created = told.modified = moment
    told.author = told.last_modified_by = AUTHOR
    told.revision = 1
    stream = BytesIO()
    document.save(stream)
    return _dated(stream.getvalue(), moment)


def _dated(content: bytes, moment: datetime) -> bytes:
    """The same zip with one time for every entry."""
    stream = BytesIO()
    with ZipFile(BytesIO(content)) as given, ZipFile(stream, "w", ZIP_DEFLATED) as dated:
        for name in sorted(given.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = ZipInfo(name, date_time=moment.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            dated.writestr(entry, given.read(name))
    return stream.getvalue()
