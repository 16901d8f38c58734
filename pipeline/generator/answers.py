"""`answers.yaml`: what must come out of the stories, beside the landing folder, and the sums of a region's crowd.

Written by hand in the plain part of YAML: the parser belongs to rules and settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pipeline.storage.files import write_bytes

FILE: Final = "answers.yaml"
_HEAD: Final = (
    "# Planted answers of the generated town, by the generator's own arithmetic, never by the code under test.\n"
    "# eligibility: the final decision of each document's billing month. promises: any other visible outcome.\n"
)


def write_answers(book_root: Path, stories: Mapping[str, Any], crowd: Mapping[str, Mapping[str, int]]) -> None:
    """One entry per story, in the order of the cast; of a region's crowd its sums by month (kopecks and rows)."""
    told = {"stories": dict(stories)} | ({"crowd": dict(crowd)} if crowd else {})
    write_bytes(book_root / FILE, (_HEAD + "\n".join(_lines(told, 0)) + "\n").encode())


def _lines(value: Mapping[str, Any], depth: int) -> list[str]:
    pad, lines = "  " * depth, []
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner and any(isinstance(v, Mapping) for v in inner.values()):
            lines += [f"{pad}{_key(key)}:", *_lines(inner, depth + 1)]
        else:
            lines.append(f"{pad}{_key(key)}: {_flow(inner)}")
    return lines


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    # a month or a number alone would be read as a date or an int
    return key if key[0].isalpha() else json.dumps(key)
