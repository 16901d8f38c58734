"""What changed since the night or the month before, for the last screen of `raschet run`: the five largest causes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from pipeline.cli.screen import say, table

if TYPE_CHECKING:
    from pipeline.storage.book import Book
    from pipeline.storage.manifest import Version

LARGEST: Final = 5


def show_changes(book: Book, version: Version) -> None:
    """Causes that moved the debt since the version before; nothing where no comparison was made."""
    from pipeline.reports.changes.compare import read_difference
    from pipeline.reports.changes.named import pair_of

    causes, totals = read_difference(book.reports_of(version.month, version.folder.name))
    if totals and not causes_table(causes, f"Что изменило долг{_since(pair_of(book, version), totals)}"):
        say("Долг с прошлого запуска не изменился.")


def _since(pair: tuple[Version, Version] | None, totals: Sequence[dict[str, Any]]) -> str:
    """With what it was compared; nothing when that version is no longer kept."""
    compared = next(total["before_rows"] for total in totals if total["table_name"] == "open_items")
    if pair is None or pair[0].rows("open_items") != compared:
        return ""
    before, version = pair
    return f" с {before.as_of:%d.%m.%Y}" if before.month == version.month else f" после месяца {before.month}"


def causes_table(causes: Sequence[dict[str, Any]], title: str = "Что изменило долг") -> bool:
    """The five largest causes of open debt by roubles moved; False when nothing moved it."""
    from pipeline.rendering import change_words as words
    from pipeline.rendering.russian import number, roubles
    from pipeline.reports.changes.compare import largest

    found = largest(causes)[:LARGEST]
    if not found:
        return False
    table(title, ["причина", "строк", "долг вырос", "долг уменьшился", "итого"], [
        (words.cause(cause["cause_code"]), number(cause["facts"]), roubles(cause["increase_rub"]),
         roubles(cause["decrease_rub"]), roubles(cause["net_rub"])) for cause in found
    ], numbers=[1, 2, 3, 4])
    return True
