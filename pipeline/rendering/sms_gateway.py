"""The file of an SMS gateway: a few header lines, an empty line, then `id;phone;text`, one message a line, UTF-8.

    name: debt-2026-06-20
    service_number: RKC
    date_start: 2026-06-20
    time_begin: 09:00
    time_end: 21:00
    use_timediff: Y

    a1b2…;79161234567;"Текст; с точкой с запятой"

The hours are those of whoever is written to, so that nobody is woken. A gateway sends only the first of two messages
to one phone: of several people with one phone only the first stands in the file, and whoever hands it over is told how
many do not. Not here: texts (`sms.py`), phones.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

#: Longer texts are refused by the gateway.
LONGEST: Final = 2000


def in_gateway(texts: pl.DataFrame) -> pl.DataFrame:
    """Rows of `action_id, person_id, phone, text` that the file takes: with a phone, each phone once, in order."""
    with_phone = texts.filter(pl.col("phone").is_not_null() & (pl.col("text").str.len_chars() <= LONGEST))
    return with_phone.unique("phone", keep="first", maintain_order=True)


def gateway_file(texts: pl.DataFrame, *, name: str, sender: str, on: date, hours: tuple[int, ...]) -> bytes:
    """The file of the rows that `in_gateway` keeps. hours: from and until which messages may come on that day."""
    begins, ends = (f"{hour:02d}:00" for hour in hours)
    head = [
        f"name: {_plain(name)}", f"service_number: {_plain(sender)}", f"date_start: {on.isoformat()}",
        f"time_begin: {begins}", f"time_end: {ends}", "use_timediff: Y", "",
    ]
    rows = [
        f"{action_id};{phone.removeprefix('+')};{_quoted(text)}"
        for action_id, phone, text in in_gateway(texts).select("action_id", "phone", "text").iter_rows()
    ]
    return ("\n".join([*head, *rows]) + "\n").encode()


def _quoted(text: str) -> str:
    if not any(sign in text for sign in ';"\n\r'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _plain(value: str) -> str:
    """A header line holds no line break."""
    return " ".join(value.split())
