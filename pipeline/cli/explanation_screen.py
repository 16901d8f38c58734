"""An explanation on the screen: the answer first, then the sections; readable without colours.

Not here: what is said (`pipeline/reports/explain`), the page (`explain.html.j2`).
"""

from __future__ import annotations

from typing import Final

from pipeline.cli.screen import console, table
from pipeline.reports.explain.explanation import BAD, FACT, GOOD, Explanation, Grid, Saying

#: From this width on a table has room for the columns that say where a line comes from; `--all` and the page have them.
WIDE: Final = 140
_PROOFS: Final = frozenset({"Строка", "Ключ", "Сверено", "Уверенность"})
_MARKS = {FACT: "→ ", BAD: "! ", GOOD: "• ", "": "• "}


def show(told: Explanation, *, everything: bool) -> None:
    """Print the answer; `everything` adds long tables and the published rows."""
    from pipeline.rendering.russian import day, month_name
    from pipeline.reports.explain.assembling import rules_grid

    state = "месяц закрыт" if told.is_closed else f"месяц открыт, предварительно на {day(told.as_of)}"
    _line(f"Лицевой счёт {told.account_id} — {month_name(told.month)}", "bold")
    _line(f"{told.book_name}; {state}", "dim")
    _line("")
    sources = {quote.reference: quote.source for quote in told.quotes}
    for saying in told.answer:
        _say(saying, sources)
    for section in told.sections:
        _line("")
        _line(section.title.upper(), "bold")
        for piece in section.pieces:
            _say(piece, sources) if isinstance(piece, Saying) else _draw(piece, everything=everything)
    _line("")
    _line("ПРАВИЛА", "bold")
    _draw(rules_grid(told), everything=everything)
    if everything:
        for grid in told.appendix:
            _draw(grid, everything=True)
    else:
        _line("Подробности (строки квитанций, разнесение по услугам, сами таблицы): --all или --html", "dim")
    for line in told.origin:
        _line(line, "dim")


def _say(saying: Saying, sources: dict[str, str]) -> None:
    """The sentence, and under it the articles and rows behind it; the rules themselves stand in their own table."""
    _line(_MARKS.get(saying.tone, "• ") + saying.text, "bold" if saying.tone == FACT else "")
    behind = [*([saying.ground] if saying.ground else []), *dict.fromkeys(sources[key] for key in saying.rules),
              *saying.rows]
    if behind:
        _line("    [" + "; ".join(behind) + "]", "dim")


def _draw(grid: Grid, *, everything: bool) -> None:
    if grid.is_closed and not everything:
        _line("    " + grid.title, "dim")
        return
    lines = [*grid.lines, *([grid.total] if grid.total else [])]
    is_narrow = not everything and console(fits=True).width < WIDE
    shown = [place for place, head in enumerate(grid.heads) if not (is_narrow and head in _PROOFS)]
    table(
        grid.title, [grid.heads[place] for place in shown], [[line[place] for place in shown] for line in lines],
        numbers=[at for at, place in enumerate(shown) if place in grid.numbers], fits=True,
    )


def _line(text: str, style: str = "") -> None:
    console(fits=True).print(text, style=style or None, markup=False)
