"""Decisions that come back in a workbook of the queue: each filled-in row is judged, nothing is written here.

A row counts when a decision is chosen. It is refused when its thing is not in the queue any more, its facts differ from
those of today, the decision is none of the options, an account is missing, unknown or needless, nothing is said about
what the decision rests on, or two rows decide one thing differently. What has landed already is told apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.domain.ingest.row_rules import WAIVABLE
from pipeline.domain.queue.kinds import KIND
from pipeline.domain.queue.refused import AGAIN
from pipeline.errors import RaschetError
from pipeline.exchange.excel_cells import BadWorkbook, Line, as_choice, as_fact, lines_of, sheets_of
from pipeline.exchange.queue_facts import LAYOUTS, Layout, Row, queue_rows
from pipeline.exchange.queue_workbook import (
    ABOUT,
    ACCOUNT,
    BOOK_LINE,
    CONTROL,
    DECISION,
    EVIDENCE,
    FORMAT,
    FORMAT_LINE,
    MONTH_LINE,
    THING,
    canonical_facts,
    control_of,
    heads_of,
)
from pipeline.exchange.written_accounts import WrittenAccounts
from pipeline.rendering import queue_words
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_months, published_version
from pipeline.storage.state import State

_SHORTEST: Final = 3
#: So many decisions on one thing are looked for when the same file comes again.
_TURNS: Final = 10
_EXPORT_AGAIN: Final = "выгрузите очередь заново (raschet queue --xlsx) и перенесите решения"


class NothingPublished(RaschetError):
    """The book has no month whose queue could be shown or decided."""


@dataclass(frozen=True)
class Decision:
    """One decision of a person: the queue's row, the code chosen, the account named, what it rests on."""

    row: Row
    code: str
    account_id: str | None
    evidence: str
    place: str

    @property
    def still_broken(self) -> list[str]:
        """Reasons of a row that is to be taken in which no decision waives: it is refused again unless what they are
        judged by has changed."""
        if self.code != "readmit":
            return []
        return [reason for reason in self.row["reason_codes"] if reason not in (*WAIVABLE, AGAIN)]


@dataclass(frozen=True)
class Refusal:
    """One row that cannot be taken: where it stands, what is wrong, what to do."""

    place: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong}; {self.remedy}"


@dataclass
class Filled:
    """What a workbook says."""

    decisions: list[Decision] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    undecided: int = 0
    taken_before: int = 0


def event_id_of(book_id: str, queue_id: str, code: str, account_id: str | None, turn: int) -> str:
    """Id of a decision: the same file gives the same event; `turn` counts decisions landed before on its subject."""
    written = "|".join((book_id, queue_id, code, account_id or "", str(turn)))
    return f"queue:{hashlib.sha256(written.encode()).hexdigest()[:32]}"


def open_month(book: Book) -> State:
    """The latest published month, whose queue is the one to decide; NothingPublished without one."""
    months = [month for month in published_months(book) if month != book.opening_month]
    version = published_version(book, months[-1]) if months else None
    if version is None:
        raise NothingPublished("В участке ещё нет рассчитанного месяца", "Сначала: raschet run --month ГГГГ-ММ")
    return State.of(book, version)


def filled_in(file: Path, book: Book, month: State, landed_event_ids: frozenset[str] = frozenset()) -> Filled:
    """Judge every row of a workbook; BadWorkbook when it is none of this book and month.

    A decided thing leaves the queue: its line is known again by the event that it made (`landed_event_ids`).
    """
    sheets = sheets_of(file)
    _require_ours(sheets, file, book, str(month.month))
    open_rows = {row["queue_id"]: row for row in queue_rows(month)}
    accounts = WrittenAccounts.of(month, _accounts_written(sheets))
    ground = _Ground(book.settings.book_id, open_rows, accounts, landed_event_ids)
    told = Filled()
    for layout in LAYOUTS:
        if layout.sheet in sheets:
            _read_sheet(told, layout, sheets[layout.sheet], ground)
    _without_conflicts(told)
    return told


def _accounts_written(sheets: Mapping[str, list[list[str]]]) -> list[str]:
    cells = (sheets[layout.sheet] for layout in LAYOUTS if layout.sheet in sheets)
    return [line[ACCOUNT] for sheet in cells for line in lines_of("", sheet, THING)[1] if line[ACCOUNT]]


def _require_ours(sheets: Mapping[str, list[list[str]]], file: Path, book: Book, month: str) -> None:
    said = {row[0]: row[1] for row in sheets.get(ABOUT, []) if len(row) > 1}
    if said.get(FORMAT_LINE) != FORMAT:
        raise BadWorkbook(f"{file.name} — не выгрузка очереди",
                          "Заполните файл, который сделала команда raschet queue --xlsx")
    own, other = book.settings.book_id, said.get(BOOK_LINE)
    if other != own:
        raise BadWorkbook(f"{file.name} выгружен из участка «{other}», а открыт «{own}»",
                          "Укажите его участок ключом --book")
    written = as_fact(said.get(MONTH_LINE, ""), "text")
    if written != month:
        raise BadWorkbook(f"{file.name} выгружен за месяц {written}, а открыт {month}", _EXPORT_AGAIN.capitalize())
    decidable = {layout.sheet for layout in LAYOUTS}
    if not decidable & set(sheets):
        raise BadWorkbook(f"В {file.name} нет листов с решениями", _EXPORT_AGAIN.capitalize())


@dataclass(frozen=True)
class _Ground:
    """What every line is judged by."""

    book_id: str
    open_rows: Mapping[str, Row]
    accounts: WrittenAccounts
    landed_event_ids: frozenset[str]

    def is_taken(self, layout: Layout, line: Line) -> bool:
        """Whether the decision of a line, on a thing that has left the queue, has landed."""
        code, account = _code(layout.kind, line[DECISION]), self.accounts.meant(line[ACCOUNT])
        if line[THING] in self.open_rows or code is None:
            return False
        made = {event_id_of(self.book_id, line[THING], code, account, turn) for turn in range(_TURNS)}
        return not made.isdisjoint(self.landed_event_ids)


def _read_sheet(told: Filled, layout: Layout, cells: list[list[str]], ground: _Ground) -> None:
    heads, lines = lines_of(layout.sheet, cells, THING)
    lacking = [head.text for head in heads_of(layout) if head.text not in heads]
    if lacking:
        told.refusals.append(Refusal(f"лист «{layout.sheet}»", f"нет столбцов {', '.join(lacking)}", _EXPORT_AGAIN))
        return
    for line in lines:
        if not (line[DECISION] or line[ACCOUNT] or line[EVIDENCE]):
            told.undecided += 1
            continue
        if ground.is_taken(layout, line):
            told.taken_before += 1
            continue
        judged = _judged(layout, line, ground)
        if isinstance(judged, Decision):
            told.decisions.append(judged)
        else:
            told.refusals.append(judged)


def _judged(layout: Layout, line: Line, ground: _Ground) -> Decision | Refusal:
    """The decision of a line, or the first thing that is wrong with it."""
    row = ground.open_rows.get(line[THING])
    if row is None or row["kind_code"] != layout.kind:
        return Refusal(line.place, "этого дела в очереди уже нет", _EXPORT_AGAIN)
    changed = _changed(layout, line, row)
    if changed:
        return Refusal(line.place, changed, _EXPORT_AGAIN)
    code = _code(layout.kind, line[DECISION])
    if code is None:
        allowed = ", ".join(f"«{queue_words.decision_on(layout.kind, option)}»" for option in KIND[layout.kind].options)
        said = f"решения «{line[DECISION]}» нет в списке" if line[DECISION] else "решение не выбрано"
        return Refusal(line.place, said, f"выберите одно из: {allowed}")
    if len(line[EVIDENCE]) < _SHORTEST:
        return Refusal(line.place, f"не заполнено «{EVIDENCE}»", "напишите, на чём основано решение")
    account_id = None
    if code == "identified":
        account_id = ground.accounts.meant(line[ACCOUNT])
        if account_id is None:
            said = f"счёта «{line[ACCOUNT]}» нет в участке" if line[ACCOUNT] else "не назван лицевой счёт"
            return Refusal(line.place, said, f"впишите в «{ACCOUNT}» счёт, о деньгах которого речь")
    elif line[ACCOUNT]:
        return Refusal(line.place, "счёт назван, а деньги на него не зачисляются",
                       f"выберите «{queue_words.decision('identified')}» или уберите счёт")
    return Decision(row, code, account_id, line[EVIDENCE], line.place)


def _changed(layout: Layout, line: Line, row: Row) -> str:
    """What is wrong with the facts of a line: changed by hand, or not those of today."""
    written = [as_fact(line[head.text], head.kind) for head, _ in layout.facts]
    today = canonical_facts(layout, row)
    control = line[CONTROL]
    if control == control_of(row["queue_id"], today):
        off = [head.text for (head, _), cell, fact in zip(layout.facts, written, today, strict=True) if cell != fact]
        return f"изменены ячейки {', '.join(f'«{name}»' for name in off)}" if off else ""
    if control == control_of(row["queue_id"], written):
        off = [head.text for (head, _), cell, fact in zip(layout.facts, written, today, strict=True) if cell != fact]
        return f"после выгрузки изменились {', '.join(f'«{name}»' for name in off)}"
    return f"изменены ячейки строки или «{CONTROL}»"


def _code(kind: str, said: str) -> str | None:
    for option in KIND[kind].options:
        if said and as_choice(said) in (as_choice(queue_words.decision_on(kind, option)), as_choice(option)):
            return option
    return None


def _without_conflicts(told: Filled) -> None:
    """One thing is decided once: the same twice counts once, two different decisions are both refused."""
    by_thing: dict[str, list[Decision]] = {}
    for decision in told.decisions:
        by_thing.setdefault(decision.row["queue_id"], []).append(decision)
    told.decisions = []
    for same in by_thing.values():
        if len({(one.code, one.account_id) for one in same}) == 1:
            told.decisions.append(same[0])
            continue
        told.refusals += [
            Refusal(one.place, "о том же деле в файле есть другое решение", "оставьте одно из них") for one in same
        ]
