"""The command `whatif`: a scenario of a month, what it would change, and the scenarios that are kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption, MonthOption, read_day_of_arrivals

if TYPE_CHECKING:
    from pipeline.billing_month import BillingMonth
    from pipeline.scenarios import WhatIf
    from pipeline.storage.book import Book

RulesOption = Annotated[
    Path | None,
    typer.Option("--rules", metavar="ФАЙЛ", parser=Path, show_default=False,
                 help="Что изменить: YAML с разделами rules, channels, capacity. Без него — список сценариев."),
]
NameOption = Annotated[
    str, typer.Option("--name", metavar="ИМЯ", show_default="имя файла", help="Имя сценария; прежний заменяется."),
]
NightOption = Annotated[
    date | None,
    typer.Option("--as-of", metavar="ГГГГ-ММ-ДД", parser=read_day_of_arrivals,
                 show_default="опубликованный расчёт", help="С расчётом какой сохранённой ночи сравнить."),
]
DeleteOption = Annotated[
    str, typer.Option("--delete", metavar="ИМЯ", show_default=False, help="Удалить сценарий и выйти."),
]


def whatif(
    month: MonthOption,
    rules: RulesOption = None,
    name: NameOption = "",
    as_of: NightOption = None,
    delete: DeleteOption = "",
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Что, если: рассчитать месяц с другими правилами рядом с ним и показать, кто войдёт в списки и сколько это стоит.

    Опубликованный месяц, журналы и поставки не меняются. Сценарии хранятся, пока их не удалят (--delete).
    """
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.storage import scenario

    known = known_book(book)
    if delete:
        scenario.delete(known, month, delete)
        say(f"Сценарий «{delete}» месяца {month} удалён.")
    elif rules is None:
        _show_kept(known, month)
    else:
        _show(_computed(known, month, rules.expanduser(), name, as_of))


def _computed(book: Book, month: BillingMonth, rules: Path, name: str, as_of: date | None) -> WhatIf:
    import pipeline.definitions  # noqa: F401  declares rooms and checks
    from pipeline.cli.progress import progress
    from pipeline.scenarios import Asked, overrides_text, what_if

    asked = Asked(month, overrides_text("", str(rules)), name or rules.stem, as_of)
    with progress() as listen:
        return what_if(book, asked, listen)


def _show_kept(book: Book, month: BillingMonth) -> None:
    """The scenarios of a month and what each of them changes."""
    from pipeline.cli.screen import say, table
    from pipeline.storage.scenario import scenarios_of

    kept = scenarios_of(book, month)
    if not kept:
        say(f"У месяца {month} сценариев нет. Новый: raschet whatif --month {month} --rules ФАЙЛ")
        return
    table(f"Сценарии месяца {month}", ["сценарий", "по какой день", "что изменено"], [
        (one.name, one.told["as_of"],
         "; ".join(f"{told['key']}: {told['before']} → {told['after']}" for told in one.told["overrides"]) or "ничего")
        for one in kept
    ])


def _show(done: WhatIf) -> None:
    """The figures of a scenario, what does not hold in it, and where its page lies."""
    from pipeline.cli.screen import say, table
    from pipeline.contracts.scenarios import COMPARED, WHOLE_LIST
    from pipeline.money import roubles_of
    from pipeline.rendering.russian import day, month_name, number, roubles
    from pipeline.rendering.words import compared

    name, month = done.scenario.name, done.scenario.month
    if done.told:
        table("Что изменено", ["правило", "как есть", "в сценарии"],
              [(f"{one.title} ({one.key})", one.before, one.after) for one in done.told])
    rows = {(row["list_code"], row["part_code"]): row for row in done.figures.to_dicts()}
    # a month decides about documents of the month before too
    own = {("eligibility", str(month)): f"  из них за {month_name(month)}"}
    named = {(code, WHOLE_LIST): compared(code) for code in COMPARED} | own
    shown = [(named[key], rows[key]) for key in sorted(named, key=lambda key: COMPARED.index(key[0])) if key in rows]
    table(
        f"Сценарий «{name}» месяца {month}, по {day(done.base.as_of)}",
        ["список", "есть", "станет", "входят", "выходят", "сумма есть", "сумма станет", "цена есть", "цена станет"],
        [
            (title, number(row["rows_before"]), number(row["rows_after"]), number(row["enters"]),
             number(row["leaves"]), *(roubles(roubles_of(row[f"{what}_kop"])) for what in (
                 "before", "after", "cost_before", "cost_after")))
            for title, row in shown
        ], numbers=[1, 2, 3, 4, 5, 6, 7, 8],
    )
    say("«Должники» — напоминания и суд вместе: долг, который на обоих путях, сосчитан дважды. Цена — оценка: приказы "
        "по debt.cost_court_order_rub, иски без цены; пошлину каждого дела считает raschet court-folder.")
    for sentence in done.failed:
        say(f"В сценарии не проходит проверка: {sentence}")
    for remark in done.remarks:
        say(remark)
    if done.is_the_same:
        say("Сценарий ничего не меняет: все таблицы те же, что в опубликованном месяце.")
    say(f"Страница: {done.page}")
    say(f"Опубликованный месяц не изменён. Удалить сценарий: raschet whatif --month {month} --delete {name}")
