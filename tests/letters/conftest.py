"""A town in debt, made once: tests copy it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.ingest.town import Town
from tests.letters.town import indebted_town


@pytest.fixture(scope="session")
def indebted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return indebted_town(tmp_path_factory.mktemp("letters") / "book").root


@pytest.fixture
def town(indebted: Path, tmp_path: Path) -> Town:
    """December and January closed; a test runs February."""
    shutil.copytree(indebted, tmp_path / "book", symlinks=True)
    return Town(tmp_path / "book", runs=9)
