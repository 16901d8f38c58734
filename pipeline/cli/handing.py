"""The command that hands a list over: from then on nothing of it is sent twice."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_day


def dispatch(
    name: Annotated[str, typer.Argument(metavar="СПИСОК", help="sms_list или court_list.")],
    on: Annotated[date, typer.Option("--on", metavar="ГГГГ-ММ-ДД", parser=read_day, help="День передачи.")],
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Передать список: записать действия в журнал, чтобы ничего не ушло дважды."""
