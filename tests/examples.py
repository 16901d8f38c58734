"""How many examples a property is tried on.

In `make test` they are few and the same every time: no night of CI fails by chance, and what it proves is known.
`make test-deep` draws new ones at random, `DEEPER` times as many: there the search is. Which of the two it is, the
profile says (`tests/conftest.py`, `--hypothesis-profile`).
"""

from __future__ import annotations

from typing import Final

from hypothesis import settings

DEEPER: Final = 5


def examples(number: int, steps: int = 50) -> settings:
    """So many in `make test`; of a story of many steps, at most so many steps each."""
    is_search = not settings().derandomize
    return settings(max_examples=number * (DEEPER if is_search else 1), stateful_step_count=steps)
