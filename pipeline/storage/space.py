"""Does a month fit on the disk of its book, before it begins, and what may go when it does not.

What a run writes is known well before it runs: tables like those of the version before, copies of deliveries that are
not copied yet, and beside both what the rooms hand each other. Not here: a disk that fills up all the same
(`files.space_for`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.rendering.russian import number
from pipeline.storage.book import Book
from pipeline.storage.files import DiskFull
from pipeline.storage.manifest import CLOSED, published_version

_MB: Final = 1 << 20
#: What a run takes at its peak against what it certainly writes: staged rows and reports beside tables and copies.
_PEAK_TENTHS: Final = 18


def require_space(book: Book, month: BillingMonth) -> str:
    """A remark in Russian when the month may not fit, nothing when it will; DiskFull when it certainly will not."""
    needed, free = certain_bytes(book, month), shutil.disk_usage(book.root).free
    if free < needed:
        raise DiskFull(
            f"На диске не хватит места: расчёт месяца {month} запишет не меньше {_mb(needed)}, свободно {_mb(free)}; "
            "опубликованные месяцы не изменились",
            f"Освободите место на диске участка и повторите команду. {what_may_go(book)}",
        )
    if free * 10 < needed * _PEAK_TENTHS:
        return (f"Места на диске может не хватить: расчёту месяца {month} нужно до {_mb(needed * _PEAK_TENTHS // 10)}, "
                f"свободно {_mb(free)}. {what_may_go(book)}")
    return ""


def certain_bytes(book: Book, month: BillingMonth) -> int:
    """The least that a run of the month writes: as much as its last version, or the month before, and new copies."""
    last = published_version(book, month) or published_version(book, month.previous)
    tables = _size([last.folder]) if last is not None else 0
    return tables + max(0, _size([book.landing]) - _size([book.inputs]))


def what_may_go(book: Book) -> str:
    """What takes space and is nobody's truth: nights that are kept, scenarios; in megabytes."""
    read = {link.resolve() for link in (book.root / "published").glob("run_month=*")}
    nights = [
        version for version in (book.root / "versions").glob("*/[!.]*")
        if version not in read and not (version / CLOSED).exists()
    ]
    return (f"Можно убрать: прежние ночи, {_mb(_size(nights))} (keep_nights в settings.yaml), сценарии, "
            f"{_mb(_size([book.root / 'scenarios']))} (raschet whatif --delete)")


def _size(folders: Iterable[Path]) -> int:
    """Bytes of all files below, links not followed."""
    return sum(
        file.lstat().st_size for folder in folders if folder.is_dir() for file in folder.rglob("*") if not file.is_dir()
    )


def _mb(size: int) -> str:
    return f"{number(-(-size // _MB))} МБ"
