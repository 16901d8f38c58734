"""The text of an SMS about a debt and how many segments it takes.

A text holds the centre's name, at most a date and a sum, and how to check it; no name, no address, no threat. One
Cyrillic letter makes the whole message UCS-2: 70 characters, or 67 a segment when there are several.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import smsutil
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from pipeline.contracts.debt import TEMPLATES
from pipeline.money import format_rub

FOLDER = Path(__file__).resolve().parents[2] / "reports" / "templates"
_SUM, _NEUTRAL = "_sum", "_neutral"
_NO_BREAK_SPACE = "\u00a0"


def text_of(template_code: str, *, centre: str, run_on: date, claimed_kop: int) -> str:
    """The text as it leaves. Plain spaces: some phones show a no-break space as a box."""
    if template_code not in TEMPLATES:
        raise ValueError(f"no SMS template {template_code!r}")
    amount = format_rub(claimed_kop).replace(_NO_BREAK_SPACE, " ") if template_code.endswith(_SUM) else ""
    return _template().render(
        template_code=template_code, centre=centre, on=run_on.strftime("%d.%m.%Y"), sum=amount
    )


def segments_of(text: str) -> int:
    """How many SMS the gateway will count."""
    return len(smsutil.split(text).parts)


def with_texts(listed: pl.DataFrame, *, centre: str) -> pl.DataFrame:
    """Rows of SMS_LIST (inside shape) with the `text` of each."""
    keys = ["template_code", "run_on", "claimed_kop"]
    distinct = listed.select(keys).unique(maintain_order=True)
    texts = [
        text_of(template, centre=centre, run_on=run_on, claimed_kop=claimed)
        for template, run_on, claimed in distinct.iter_rows()
    ]
    return listed.join(
        distinct.with_columns(pl.Series("text", texts, dtype=pl.String)), on=keys, how="left", maintain_order="left"
    )


def with_segments(listed: pl.DataFrame, *, centre: str, segments_max: int) -> pl.DataFrame:
    """SMS_LIST with `segments`; a text that would be too long gives way to the neutral one of its stage."""
    counted = _counted(listed, centre)
    neutral = pl.col("template_code").str.replace(_SUM, _NEUTRAL, literal=True)
    fitting = pl.when(pl.col("segments") > segments_max).then(neutral).otherwise("template_code")
    return _counted(counted.with_columns(template_code=fitting).drop("segments"), centre)


def _counted(listed: pl.DataFrame, centre: str) -> pl.DataFrame:
    """Segments of each text. Sums of as many digits are written as long, so one text of each length is rendered."""
    digits = pl.col("claimed_kop").cast(pl.String).str.len_bytes().clip(lower_bound=3)
    keys = ["template_code", "run_on", "_digits"]
    measured = listed.with_columns(_digits=digits)
    texts = with_texts(measured.unique(keys, keep="any").select(*keys, "claimed_kop"), centre=centre)
    segments = pl.Series("segments", [segments_of(text) for text in texts["text"].to_list()], dtype=pl.Int64)
    return measured.join(
        texts.select(keys).with_columns(segments), on=keys, how="left", maintain_order="left"
    ).drop("_digits")


@cache
def _template() -> Template:
    # A text message is no HTML: escaping would send "&amp;" to phones. The centre's name is the book's own setting.
    environment = Environment(loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=False)
    return environment.get_template("sms.txt.j2")
