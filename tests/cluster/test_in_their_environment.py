"""Tests of a cluster and of a store, each file run in the environment of requirements-cluster.lock."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.shared import VARIABLE, shared_folder

pytestmark = pytest.mark.timeout(3600)
ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
MAKE = ["make", "--no-print-directory", "-C", str(ROOT)]
FILES = sorted(file.name for file in HERE.glob("test_*.py") if file != Path(__file__))


@pytest.fixture(scope="session")
def python_of_cluster() -> str:
    """The environment of a node, made once from its lock and kept until the lock changes."""
    made = subprocess.run([*MAKE, "cluster"], capture_output=True, text=True, check=False)
    if made.returncode != 0 and os.environ.get("RASCHET_CI") != "1":
        pytest.skip(f"окружение кластера не собирается: {made.stderr.strip()[-300:]}")
    assert made.returncode == 0, made.stderr
    return str(ROOT / ".venv-cluster" / "bin" / "python")


@pytest.mark.parametrize(
    ("name", "marked"),
    [*((name, "not deep") for name in FILES), *(pytest.param(name, "deep", marks=pytest.mark.deep) for name in FILES)],
)
def test_file(python_of_cluster: str, tmp_path_factory: pytest.TempPathFactory, name: str, marked: str) -> None:
    # the environment of this process names its own packages and workers of xdist
    own = {VARIABLE: str(shared_folder(tmp_path_factory))}
    own |= {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "PYTHONPATH", "VIRTUAL"))}
    done = subprocess.run(
        [python_of_cluster, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", marked, str(HERE / name)],
        cwd=ROOT, env=own, capture_output=True, text=True, check=False,
    )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
