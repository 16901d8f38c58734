"""How lines and tables look on the screen: rich tables, plain ones outside a terminal.

Not here: how a number or a sum is written (`rendering/russian.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 200


def console() -> Console:
    """A console of standard output as it is now; wide and without colour when nobody looks at it."""
    from rich.console import Console

    stream = sys.stdout
    return Console(file=stream, highlight=False, soft_wrap=True, width=None if stream.isatty() else PLAIN_WIDTH)


def say(text: str = "") -> None:
    console().print(text)


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> None:
    """One table with a title; columns in `numbers` are aligned to the right."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    shown = console()
    drawn = Table(
        title=escape(title), title_justify="left", title_style="bold", show_header=any(heads), pad_edge=False,
        box=box.SIMPLE_HEAD if shown.is_terminal else box.ASCII2,
    )
    for position, head in enumerate(heads):
        drawn.add_column(escape(head), justify="right" if position in numbers else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(escape(cell) for cell in row))
    shown.print(drawn)
