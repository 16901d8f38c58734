"""Four nights of one small book: with planted things, later, under another rule, and the same once more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.reports.changes.nights import LATER, Night, computed_night, night, override, plant_all, versions
from tests.town.books import RanBook, copied


@dataclass(frozen=True)
class Nights:
    """What each night told; the folders are those of the first comparison, the book stands after the last night."""

    root: Path
    planted: Night
    kept: tuple[Path, Path]
    later: Night
    ruled: Night
    same: Night


@pytest.fixture(scope="session")
def nights(small: RanBook, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Each night is compared with the one before it; the first by the run itself."""
    home = tmp_path_factory.mktemp("nights")
    root = copied(small.root, home / "book")
    plant_all(root)
    planted = night(root)
    before, after = versions(root)
    kept = copied(before, home / "before"), copied(after, home / "after")
    later = computed_night(root, LATER)
    override(root, 'recalculation.approval_from_rub: "1.00"')
    return Nights(root, planted, kept, later, computed_night(root, LATER), computed_night(root, LATER))
