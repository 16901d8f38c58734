"""The truth tables of `tests/cases`, as a lawyer reads and writes them, and the answers of the sample town."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from pipeline.rules.registry import _NoRepeats

FOLDER: Final = Path(__file__).with_name("cases")


def cases(name: str) -> Any:
    """The truth table of a name."""
    return told(FOLDER / name)


def told(file: Path) -> Any:
    """What a file of YAML says. A key written twice is refused: what the first of the two says nobody would prove."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_NoRepeats)
