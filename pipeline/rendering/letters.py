"""Letters and acts as PDF: Typst templates of `reports/templates/*.typ`, filled with JSON, so no value becomes markup.

Only fonts of the compiler itself are used and the date inside is the caller's: the same values give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, Final

import typst

from pipeline.rendering.html import FOLDER

#: Name of the input that a template reads: `#let told = json(bytes(sys.inputs.told))`.
TOLD: Final = "told"


#: The compiler forgets a letter after so many further ones, and holds a megabyte of each until then.
_FORGOTTEN_AFTER: Final = 12


def pdf(template: str, values: Mapping[str, Any], *, made_on: date, is_batch: bool = False) -> bytes:
    """The PDF of a template, for example `pdf("act.typ", {…}, made_on=…)`. Values are JSON: sums come as text.

    A batch is for the printer: without the tags of readers aloud it is half as large.
    """
    moment = datetime.combine(made_on, time.min, tzinfo=UTC)
    letter = _compiler(template).compile(
        format="pdf", sys_inputs={TOLD: json.dumps(values, ensure_ascii=False)}, timestamp=int(moment.timestamp()),
        pdf_tags=not is_batch,
    )
    assert isinstance(letter, bytes)  # one file, not a list of pages: the format is PDF and no output path is given
    return letter


def forget() -> None:
    """Give back what the compiler keeps of letters made before: for who makes them by thousands."""
    for _ in range(_FORGOTTEN_AFTER):
        _nothing().compile(input=b" ", format="pdf")


@cache
def _nothing() -> typst.Compiler:
    return typst.Compiler(ignore_system_fonts=True)


@cache
def _compiler(template: str) -> typst.Compiler:
    """One compiler a template: it keeps fonts and parsed files between letters."""
    return typst.Compiler(str(FOLDER / template), root=str(FOLDER), ignore_system_fonts=True)
