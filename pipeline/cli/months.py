"""Commands that move a month: run and close."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.billing_month import BillingMonth
from pipeline.cli.options import BOOK_DEFAULT, AsOfOption, BookOption, MonthOption, read_month


def run(
    month: MonthOption,
    since: Annotated[
        BillingMonth | None,
        typer.Option("--from", metavar="ГГГГ-ММ", parser=read_month, show_default="тот же месяц",
                     help="Считать по порядку с этого месяца."),
    ] = None,
    as_of: AsOfOption = None,
    book: BookOption = BOOK_DEFAULT,
    close_anyway: Annotated[
        str | None,
        typer.Option("--close-anyway", metavar="ПРИЧИНА", help="Закрывать месяц, хотя реестр опоздал; причина записывается."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Показать журнал Dagster.")] = False,
) -> None:
    """Рассчитать месяц (или несколько по порядку) и опубликовать; прошедшие месяцы закрываются."""


def close(
    month: MonthOption,
    as_of: AsOfOption = None,
    book: BookOption = BOOK_DEFAULT,
    close_anyway: Annotated[
        str | None,
        typer.Option("--anyway", metavar="ПРИЧИНА", help="Закрыть, хотя реестр опоздал; причина записывается."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Показать журнал Dagster.")] = False,
) -> None:
    """Закрыть месяц навсегда: полная сверка, затем его файлы больше не меняются."""
