"""Books of the ingest tests."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.ingest.town import Town, hold, opened_town, payment, reading


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book that is opened once and copied for every test."""
    root = tmp_path_factory.mktemp("opened") / "book"
    opened_town(root)
    return root


@pytest.fixture
def town(opened: Path, tmp_path: Path) -> Town:
    """An opened book without any feed."""
    shutil.copytree(opened, tmp_path / "book", symlinks=True)
    return Town(tmp_path / "book")


@pytest.fixture(scope="session")
def closed(opened: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """December of that book closed: a document of A1, two payments, one of nobody, a reading and a hold."""
    root, day = tmp_path_factory.mktemp("closed") / "book", date(2026, 1, 6)
    shutil.copytree(opened, root, symlinks=True)
    town = Town(root)
    town.bill("D1")
    town.deliver("payments", day, payment("P1"), payment("P2"), payment("P3", account_id="9999999999"))
    town.deliver("meter_readings", day, reading("V1"))
    town.deliver("holds", day, hold("E1"))
    town.close()
    return root


@pytest.fixture
def december(closed: Path, tmp_path: Path) -> Town:
    """A book with a closed December; a test runs January."""
    shutil.copytree(closed, tmp_path / "book", symlinks=True)
    return Town(tmp_path / "book", runs=1)
