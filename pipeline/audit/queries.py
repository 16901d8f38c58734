"""Audit queries by name: `query("debt_ages")` is the text of `debt_ages.sql`.

What several queries say alike stands once in `shared/`: a line `-- shared: covers_of_cases` is the text of that file.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

FOLDER = Path(__file__).parent
_SHARED: Final = re.compile(r"^-- shared: (\w+)\n", re.MULTILINE)


@cache
def query(name: str) -> str:
    """The SQL of one promise; KeyError when there is none of this name."""
    file = FOLDER / f"{name}.sql"
    if not file.is_file():
        raise KeyError(f"no audit query {name}")
    return _SHARED.sub(lambda named: _shared(named[1]), file.read_text(encoding="utf-8"))


def _shared(name: str) -> str:
    return (FOLDER / "shared" / f"{name}.sql").read_text(encoding="utf-8")
