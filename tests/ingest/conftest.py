"""Books of the ingest tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.ingest.town import Town, opened_town


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
