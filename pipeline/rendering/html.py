"""Pages: Jinja2 templates of `reports/templates/*.html.j2` filled into one self-contained HTML file.

Nothing on a page comes from the network. Values are escaped; only `Markup` (charts of `charts.py`) passes as it is, and
a name that a template asks for and did not get is an error.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.money import roubles_of
from pipeline.rendering import russian, words

FOLDER: Final = Path(__file__).resolve().parents[2] / "reports" / "templates"


def page(template: str, **values: Any) -> str:
    """The page of a template, for example `page("month.html.j2", …)`; ends with a newline."""
    return _environment().get_template(template).render(**values).rstrip() + "\n"


def in_kopecks(amount_kop: int | None) -> str:
    """Filter `kop`: integer kopecks as «1 234,50 ₽»."""
    return russian.roubles(None if amount_kop is None else roubles_of(amount_kop))


def in_words(code: str | None, kind: str) -> str:
    """Filter `word('track')`: a code in the words of the trade, by the function of that name in `words.py`."""
    return russian.NOTHING if code is None else str(getattr(words, kind)(code))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=True, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=False,
    )
    environment.filters |= {
        "rub": russian.roubles, "kop": in_kopecks, "number": _number, "share": russian.share, "day": russian.day,
        "moment": russian.moment, "month": russian.month_name, "counted": russian.counted, "decimal": russian.decimal,
        "word": in_words,
    }
    return environment


def _number(value: int | Decimal | None) -> str:
    return russian.NOTHING if value is None else russian.number(int(value))
