"""Commands that look: what is open, what is late, do the files still match their hashes, is a delivery sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, AsOfOption, BookOption


def status(book: BookOption = BOOK_DEFAULT, as_of: AsOfOption = None) -> None:
    """Состояние участка: что закрыто, открыто, устарело; чего ждём и что опоздало."""


def verify(book: BookOption = BOOK_DEFAULT) -> None:
    """Сверить опубликованные файлы с их хешами и цепочку закрытых месяцев."""


def check_inputs(
    folder: Annotated[Path, typer.Argument(metavar="ПАПКА", parser=Path, help="Папка с поставкой.")],
    book: BookOption = BOOK_DEFAULT,
    as_of: AsOfOption = None,
) -> None:
    """Проверить поставку до ночи: договоры таблиц, контрольные суммы, что ушло бы в карантин."""
