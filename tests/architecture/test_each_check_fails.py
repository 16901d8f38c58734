"""Every check of the real definitions is seen failing: a promise that has never been broken has not been tested."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from pipeline.definitions import defs

TESTS = Path(__file__).resolve().parents[1]
#: Where rooms spoil a month and look at what their checks find.
PLACES = ("*/test_checks*.py", "reports/*/test_checks*.py", "checks/test_*.py")


def names_of_checks() -> list[str]:
    return sorted(key.name for key in defs().get_repository_def().asset_graph.asset_check_keys)


@cache
def words_of_tests() -> dict[str, list[str]]:
    """Every text constant and where it stands."""
    found: dict[str, list[str]] = {}
    for file in sorted({file for place in PLACES for file in TESTS.glob(place)}):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.setdefault(node.value, []).append(f"{file.relative_to(TESTS)}:{node.lineno}")
    return found


@pytest.mark.parametrize("name", names_of_checks())
def test_a_check_is_seen_failing(name: str) -> None:
    assert words_of_tests().get(name), f"no test of {', '.join(PLACES)} makes {name} fail"


def test_every_room_with_checks_spoils_a_month() -> None:
    files = (TESTS.parent / "pipeline" / "checks").glob("*.py")
    modules = {file.stem for file in files if "\n@room_check" in file.read_text(encoding="utf-8")}
    named = " ".join(place for places in words_of_tests().values() for place in places)

    assert {room for room in modules if room not in named} == set()
