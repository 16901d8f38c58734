"""An explanation on the screen: the answer and what was decided first, its sections when asked.

Not here: what is said (`pipeline/reports/explain`), the page (`explain.html.j2`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipeline.cli.screen import console, table
from pipeline.errors import RaschetError
from pipeline.reports.explain.explanation import BAD, FACT, GOOD, Explanation, Grid, Saying, Section

#: From this width on a table has room for columns that say where a line comes from; sections and the page have them.
WIDE: Final = 140
#: Chapters that are no sections: the rules quoted, and the published rows.
RULES, ROWS = "rules", "rows"
_PROOFS: Final = frozenset({"Строка", "Ключ", "Сверено", "Уверенность"})
_MARKS = {FACT: "→ ", BAD: "! ", GOOD: "• ", "": "• "}


def chosen(told: Explanation, names: Sequence[str]) -> frozenset[str]:
    """The chapters asked for; RaschetError for a name that there is none of."""
    known = [*(section.code for section in told.sections), RULES, ROWS]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise RaschetError(f"Раздела {unknown[0]} в объяснении нет", f"Разделы: {', '.join(known)}")
    return frozenset(names)


def show(told: Explanation, asked: frozenset[str] | None) -> None:
    """Print the answer and what was decided, then the chapters asked for; all of them when `asked` is None."""
    from pipeline.rendering.russian import day, month_name

    state = "месяц закрыт" if told.is_closed else f"месяц открыт, предварительно на {day(told.as_of)}"
    _line(f"Лицевой счёт {told.account_id} — {month_name(told.month)}", "bold")
    _line(f"{told.book_name}; {state}", "dim")
    sources = {quote.reference: quote.source for quote in told.quotes}
    for saying in told.answer:
        _line(_MARKS.get(saying.tone, "• ") + saying.text, "bold" if saying.tone == FACT else "")
    _line("")
    for piece in told.brief:
        _line("• " + piece.text) if isinstance(piece, Saying) else _draw(piece, is_whole=False)
    for section in told.sections:
        if asked is None or section.code in asked:
            _show_section(section, sources)
    _show_grounds(told, asked)
    if asked is not None:
        _line(f"Подробно: --full, или раздел --section "
              f"{'|'.join([*(section.code for section in told.sections), RULES, ROWS])}; страница --html", "dim")
    for line in told.origin:
        _line(line, "dim")


def _show_section(section: Section, sources: dict[str, str]) -> None:
    _line("")
    _line(section.title.upper(), "bold")
    for piece in section.pieces:
        _say(piece, sources) if isinstance(piece, Saying) else _draw(piece, is_whole=True)


def _show_grounds(told: Explanation, asked: frozenset[str] | None) -> None:
    """The rules quoted and the published rows."""
    from pipeline.reports.explain.assembling import rules_grid

    if asked is None or RULES in asked:
        _line("")
        _line("ПРАВИЛА", "bold")
        _draw(rules_grid(told), is_whole=True)
    if asked is None or ROWS in asked:
        for grid in told.appendix:
            _draw(grid, is_whole=True)


def _say(saying: Saying, sources: dict[str, str]) -> None:
    """The sentence, and under it the articles and rows behind it; the rules themselves stand in their own table."""
    _line(_MARKS.get(saying.tone, "• ") + saying.text, "bold" if saying.tone == FACT else "")
    behind = [*([saying.ground] if saying.ground else []), *dict.fromkeys(sources[key] for key in saying.rules),
              *saying.rows]
    if behind:
        _line("    [" + "; ".join(behind) + "]", "dim")


def _draw(grid: Grid, *, is_whole: bool) -> None:
    lines = [*grid.lines, *([grid.total] if grid.total else [])]
    is_narrow = not is_whole and console(fits=True).width < WIDE
    shown = [place for place, head in enumerate(grid.heads) if not (is_narrow and head in _PROOFS)]
    table(
        grid.title, [grid.heads[place] for place in shown], [[line[place] for place in shown] for line in lines],
        numbers=[at for at, place in enumerate(shown) if place in grid.numbers], fits=True,
    )


def _line(text: str, style: str = "") -> None:
    console(fits=True).print(text, style=style or None, markup=False)
