"""The small book, run once for all tests of robustness."""

from __future__ import annotations

import pytest

from tests.robustness.small import Steps, steps_of
from tests.town.books import RanBook


@pytest.fixture(scope="session")
def steps(small: RanBook, tmp_path_factory: pytest.TempPathFactory) -> Steps:
    return steps_of(small, tmp_path_factory.mktemp("steps"))
