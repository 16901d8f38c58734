"""Audit queries by name: `query("debt_ages")` is the text of `debt_ages.sql`."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def query(name: str) -> str:
    """The SQL of one promise; KeyError when there is none of this name."""
    file = FOLDER / f"{name}.sql"
    if not file.is_file():
        raise KeyError(f"no audit query {name}")
    return file.read_text(encoding="utf-8")
