"""The six months of the sample town, run and closed by the command line, tell what the generator planted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.generator.planted import differences

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample"
RASCHET = str(Path(sys.executable).parent / "raschet")

pytestmark = [pytest.mark.deep, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def six_months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home, book = tmp_path_factory.mktemp("dagster"), tmp_path_factory.mktemp("town") / "book"
    shutil.copytree(SAMPLE, book)
    for command in (
        ["open"], ["run", "--month", "2026-05", "--from", "2025-12", "--as-of", "2026-06-20"],
    ):
        done = subprocess.run([RASCHET, *command, "--book", str(book)], cwd=ROOT, capture_output=True, text=True,
                              env=os.environ | {"DAGSTER_HOME": str(home)})
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return book


def test_every_promise_is_kept(six_months: Path) -> None:
    assert differences(six_months) == []


def test_a_broken_promise_is_noticed(six_months: Path, tmp_path: Path) -> None:
    (tmp_path / "published").symlink_to(six_months / "published")
    answers = (six_months / "answers.yaml").read_text(encoding="utf-8")
    broken = answers.replace('open_at_the_end_rub: "0.00"', 'open_at_the_end_rub: "0.01"', 1)
    (tmp_path / "answers.yaml").write_text(broken.replace("is_eligible: true", "is_eligible: false", 1))

    assert len(differences(tmp_path)) == 2
