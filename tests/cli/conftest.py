"""A command as a user calls it, and a book whose rooms are imitated, so that only the order of months is tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.storage.book import Book
from tests.dagster.conftest import book as _book

book = _book
Raschet = Callable[..., Result]


@pytest.fixture
def raschet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Raschet]:
    """`raschet("run", "--month", "2026-01")` in this process; the environment is put back afterwards."""
    monkeypatch.setenv("RASCHET_BOOK", str(tmp_path / "book"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    yield lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def town(book: Book, monkeypatch: pytest.MonkeyPatch) -> Book:
    """An opened book whose month is computed by imitated rooms."""
    from tests.dagster.imitated import with_closing

    monkeypatch.setattr("pipeline.definitions.defs", lambda: with_closing)
    monkeypatch.setattr("pipeline.closing.audited", lambda *_: _nothing_failed())
    return book


def _nothing_failed() -> object:
    from pipeline.checks.audit import Audited

    return Audited(1, (), ())
