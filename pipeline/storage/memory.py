"""Does a part fit into what one worker may take (`memory_mb` in the settings), before any work begins.

A part is the unit of memory: a worker holds one at a time, so what it needs follows from the rows of the largest part
and not from the size of the book. Queries over the whole book keep to the same budget: what does not fit into their
share goes to the disk. Not here: how many workers there are (`book.py`), spreading (`parts.py`).
"""

from __future__ import annotations

from typing import Final

from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.errors import RaschetError
from pipeline.rendering.russian import number
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version
from pipeline.storage.parts import PART_SIZE

#: A worker with the program loaded and nothing to do, and what it takes for each published row of its part: measured
#: as the peak of resident memory of the ledger, the hungriest room, on a month of 131,072 accounts (46 rows each):
#: three parts one after another and nothing given back to the system, and a twelfth more.
PROCESS_MB: Final = 170
BYTES_A_ROW: Final = 340
#: Published rows of an account in a usual month: what the first month is judged by, whose state holds few tables yet.
USUAL_ROWS: Final = 46
#: What a query may keep in memory where the settings name no budget: with the program around it within 1 GiB. A query
#: that has less than the least cannot even begin, so every budget holds as much.
QUERY_MB: Final = 768
LEAST_QUERY_MB: Final = 128
_MB: Final = 1 << 20


class BudgetTooSmall(RaschetError):
    """One part does not fit into the memory that the settings give a worker."""


def require_memory(book: Book, before: Version) -> None:
    """BudgetTooSmall when a part of the month after `before` needs more than `memory_mb`; no budget asks nothing."""
    budget, needed = book.settings.memory_mb, needed_mb(before)
    if budget is None or needed <= budget:
        return
    raise BudgetTooSmall(
        f"На один процесс отведено {number(budget)} МБ памяти (memory_mb), а часть участка, "
        f"{number(_accounts(before))} лицевых счетов, занимает около {number(needed)} МБ",
        f"Укажите в settings.yaml участка memory_mb не меньше {number(needed)}; если столько памяти на каждый процесс "
        "нет, уменьшите workers",
    )


def needed_mb(before: Version) -> int:
    """Peak memory of the worker on the largest part of the month after `before`, MB of 2^20 bytes, rounded up."""
    accounts = max(1, before.rows(ACCOUNT_INDEX.name))
    known = sum(before.rows(table) for table in before.content["tables"])
    rows = max(-(-known * _accounts(before) // accounts), USUAL_ROWS * _accounts(before))
    return PROCESS_MB + max(-(-rows * BYTES_A_ROW // _MB), LEAST_QUERY_MB)


def query_mb(book: Book) -> int:
    """What one query may keep in memory beside the program, MB."""
    budget = book.settings.memory_mb
    return QUERY_MB if budget is None else min(QUERY_MB, max(budget - PROCESS_MB, LEAST_QUERY_MB))


def _accounts(before: Version) -> int:
    return min(PART_SIZE, before.rows(ACCOUNT_INDEX.name))
