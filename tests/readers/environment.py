"""The environment of other people's readers, made once from its lock and kept until the lock changes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]


def python_of_readers() -> str:
    """Its Python; where it cannot be made the test is skipped, on the CI it fails."""
    made = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT), "readers"], capture_output=True, text=True, check=False
    )
    if made.returncode != 0 and os.environ.get("RASCHET_CI") != "1":
        pytest.skip(f"окружение читателей не собирается: {made.stderr.strip()[-300:]}")
    assert made.returncode == 0, made.stderr
    return str(ROOT / ".venv-readers" / "bin" / "python")
