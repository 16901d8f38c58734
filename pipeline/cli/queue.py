"""The work queue on the screen, as a workbook, and the decisions that come back in one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.billing_month import BillingMonth
from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_day_of_arrivals, read_month
from pipeline.rendering import queue_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.exchange.queue_decisions import Filled
    from pipeline.exchange.queue_events import Handed
    from pipeline.exchange.queue_facts import Called
    from pipeline.storage.book import Book
    from pipeline.storage.state import State

TOP = 20
#: Kinds of things by code, with their words.
_KINDS = "; ".join(f"{code} — {told}" for code, told in queue_words.kind.items())


def queue(
    month: Annotated[
        BillingMonth | None,
        typer.Option("--month", metavar="ГГГГ-ММ", parser=read_month, show_default="последний рассчитанный",
                     help="Месяц, очередь которого показать."),
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="ФАЙЛ", parser=Path, help="Записать книгу Excel для решений."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="ВИД", help=f"Только этот вид дел; можно несколько раз. Виды: {_KINDS}."),
    ] = None,
    top: Annotated[int, typer.Option("--top", metavar="N", min=0, help="Сколько первых строк показать.")] = TOP,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Очередь работы: что решить и выяснить, по сроку и рублям; выгрузить для решений в Excel."""
    from pipeline.cli.books import known_book
    from pipeline.exchange.queue_facts import queue_rows

    known = known_book(book)
    version = _month_of(known, month)
    rows = _of_kinds(queue_rows(version, _called(known, version)), kind)
    _show(version, rows, top)
    if xlsx is not None:
        _write(known, version, rows, xlsx)


def decide(
    file: Annotated[Path, typer.Argument(metavar="ФАЙЛ", parser=Path, help="Заполненная книга очереди.")],
    on: Annotated[
        date | None,
        typer.Option("--on", metavar="ГГГГ-ММ-ДД", parser=read_day_of_arrivals, show_default="сегодня по Москве",
                     help="День, которым решения поступают."),
    ] = None,
    accept_good: Annotated[
        bool, typer.Option("--accept-good", help="Принять верные строки, хотя в файле есть неверные."),
    ] = False,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Принять решения из заполненной книги: проверить каждую строку и положить их в поставки.

    Файл принимается целиком или не принимается вовсе; с --accept-good верные строки принимаются без неверных.
    """
    from datetime import datetime

    from pipeline.billing_month import MOSCOW, start_of_day
    from pipeline.cli.books import known_book
    from pipeline.cli.mistakes import WRONG_USE
    from pipeline.exchange.queue_decisions import filled_in, open_month
    from pipeline.exchange.queue_events import Handed, event_ids, handed_over, landed_decisions
    from pipeline.storage.lock import lock

    known = known_book(book)
    now = datetime.now(MOSCOW)
    day = on or now.date()
    with lock(known):
        landed = landed_decisions(known)
        told = filled_in(file.expanduser(), known, open_month(known), event_ids(landed))
        is_taken = accept_good or not told.refusals
        handed = handed_over(
            known, told.decisions if is_taken else [], landed, at=now if day == now.date() else start_of_day(day),
            on=day, only_if_all=not accept_good,
        )
        if not is_taken:
            handed = Handed((), (), (), ())
    _report(told, handed, day)
    if told.refusals or handed.refusals:
        raise typer.Exit(WRONG_USE)


def _month_of(book: Book, month: BillingMonth | None) -> State:
    from pipeline.exchange.queue_decisions import NothingPublished, open_month
    from pipeline.storage.manifest import published_version
    from pipeline.storage.state import State

    if month is None:
        return open_month(book)
    version = published_version(book, month)
    if version is None:
        raise NothingPublished(f"Месяц {month} не рассчитан", f"Сначала: raschet run --month {month}")
    return State.of(book, version)


def _called(book: Book, version: State) -> Called:
    """Names from the registers that the month read."""
    from pipeline.contracts.registers import CREDITORS, SERVICES
    from pipeline.exchange.queue_facts import Called
    from pipeline.reports.registers import register_of
    from pipeline.storage.manifest import published_version

    published = published_version(book, version.month)
    assert published is not None  # its state has just been read
    services, creditors = (register_of(book, published, table) for table in (SERVICES, CREDITORS))
    return Called(
        dict(services.select("service_code", "name").rows()), dict(creditors.select("creditor_id", "name").rows())
    )


def _of_kinds(rows: Sequence[dict[str, Any]], kinds: list[str] | None) -> list[dict[str, Any]]:
    from pipeline.contracts.queue import KINDS

    unknown = sorted(set(kinds or ()) - set(KINDS))
    if unknown:
        raise typer.BadParameter(f"нет вида {', '.join(unknown)}; виды: {', '.join(KINDS)}")
    return [row for row in rows if not kinds or row["kind_code"] in kinds]


def _show(version: State, rows: Sequence[dict[str, Any]], top: int) -> None:
    from pipeline.cli.screen import say, table
    from pipeline.contracts.queue import KINDS
    from pipeline.exchange.queue_shown import lines_of
    from pipeline.money import format_rub
    from pipeline.rendering.russian import day, month_name, number

    if not rows:
        say(f"Очередь за {month_name(version.month)} пуста: решать и выяснять нечего.")
        return
    of_kind = {code: [row for row in rows if row["kind_code"] == code] for code in KINDS}
    heads = ["дела", "кто", "открыто всего", "просрочено", "сумма"]
    table(f"Очередь за {month_name(version.month)}, с делами прошлых месяцев", heads, [
        (queue_words.kind(code), queue_words.owner(own[0]["owner_code"]), number(len(own)),
         number(sum(row["is_overdue"] for row in own)), format_rub(sum(row["effect_kop"] for row in own)))
        for code, own in of_kind.items() if own
    ], numbers=[2, 3, 4])
    lines = lines_of(rows)
    if top:
        heads = ["", "дело", "предмет", "почему", "срок", "сумма"]
        shown = lines[:top]
        title = (f"Строк показано: {number(len(shown))} из {number(len(lines))}, дел в них: "
                 f"{number(sum(line.rows for line in shown))} из {number(len(rows))}")
        table(title, heads, [
            (number(line.first["rank"]), queue_words.kind(line.first["kind_code"]), line.subject, line.why,
             day(line.first["deadline_on"]) + (" (прошёл)" if line.first["is_overdue"] else ""),
             format_rub(line.effect_kop))
            for line in shown
        ], numbers=[0, 5])
        if any(line.rows > 1 for line in shown):
            say("Перерасчёты одного события стоят одной строкой; в книге для решений (--xlsx) — каждый своей.")


def _write(book: Book, version: State, rows: Sequence[dict[str, Any]], file: Path) -> None:
    from pipeline.cli.screen import say
    from pipeline.exchange.queue_workbook import queue_sheets
    from pipeline.rendering.workbook import workbook
    from pipeline.storage.files import write_bytes
    from pipeline.storage.manifest import published_version

    published = published_version(book, version.month)
    assert published is not None  # its queue has just been read
    as_of = published.as_of
    sheets = queue_sheets(rows, book_id=book.settings.book_id, book_name=book.settings.name,
                          month=str(version.month), as_of=as_of)
    target = file.expanduser()
    write_bytes(target, workbook(sheets, made_on=as_of, title=f"Очередь работы за {version.month}"))
    say(f"Книга для решений: {target}. Заполните жёлтые ячейки, потом: raschet decide {target}")


def _report(told: Filled, handed: Handed, on: date) -> None:
    """What was taken, what was known, and every row that was refused, with what to do."""
    from pipeline.cli.mistakes import complain
    from pipeline.cli.screen import say
    from pipeline.rendering.russian import counted

    refused = [*told.refusals, *handed.refusals]
    for refusal in refused:
        complain(str(refusal))
    if refused and not handed.files:
        say("Файл не принят, ни одно решение не записано. Исправьте эти строки или примите остальные: --accept-good.")
        return
    known = len(handed.known) + told.taken_before
    say(f"Принято: {counted(len(handed.taken), 'решение')}." if handed.taken else "Новых решений нет.")
    if known:
        say(f"Уже были приняты раньше: {counted(known, 'решение')}.")
    if told.undecided:
        say(f"Без решения осталось: {counted(told.undecided, 'строка')}.")
    if handed.taken:
        say(f"Зарегистрированы {on:%d.%m.%Y}: исполнятся в первую ночь, которая считает поступления по этот день "
            f"(raschet run --as-of {on} или позже). Другой день — ключ --on.")
        _warn_of_vain(handed)


def _warn_of_vain(handed: Handed) -> None:
    """Rows taken in that will be refused again, unless something else comes that mends them."""
    from pipeline.cli.screen import say
    from pipeline.rendering.russian import counted

    vain = [decision for decision in handed.taken if decision.still_broken]
    if vain:
        broken = queue_words.reasons(sorted({code for decision in vain for code in decision.still_broken}))
        say(f"Внимание: «принять» не отменяет причин: {broken}. Если не придут исправленный документ, нужная строка "
            f"реестра или решение о второй версии, будут отклонены ещё раз: {counted(len(vain), 'строка')}.")
