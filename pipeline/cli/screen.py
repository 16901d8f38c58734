"""How lines and tables look on the screen: rich tables, plain ones outside a terminal.

Not here: how a number or a sum is written (`rendering/russian.py`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 200


def console(*, fits: bool = False) -> Console:
    """A console of standard output as it is now; wide and without colour when nobody looks at it.

    Lines are as long as they are, so that they can be copied and searched; what `fits` is broken between words at the
    width of the terminal, or at `COLUMNS` where there is none.
    """
    from rich.console import Console

    stream = sys.stdout
    is_known = stream.isatty() or (fits and "COLUMNS" in os.environ)
    width = None if is_known else PLAIN_WIDTH
    return Console(file=stream, highlight=False, soft_wrap=not (fits and is_known), width=width)


def say(text: str = "") -> None:
    console().print(text)


def table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = (), fits: bool = False
) -> None:
    """One table with a title; columns in `numbers` are aligned to the right. In a terminal it is no wider than that."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    shown = console(fits=fits or sys.stdout.isatty())
    drawn = Table(
        title=escape(title), title_justify="left", title_style="bold", show_header=any(heads), pad_edge=False,
        box=box.SIMPLE_HEAD if shown.is_terminal else box.ASCII2,
    )
    for position, head in enumerate(heads):
        is_number = position in numbers
        drawn.add_column(escape(head), justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for row in rows:
        drawn.add_row(*(escape(cell) for cell in row))
    shown.print(drawn)
