"""A computed month of penalties."""

import pytest

from pipeline.storage.run import MonthRun
from tests.penalty import town


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """Computed once: tests only read it, or work on a copy."""
    return town.computed(town.book_at(tmp_path_factory.mktemp("penalty") / "book"))
