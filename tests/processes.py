"""How `make test` spreads the tests over processes: what must run in one, and in which order they start.

xdist's own `--dist loadgroup` groups nothing under this pytest (it writes the group into an id that is no longer
read), so a group is told by the file of a test.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from xdist.scheduler import LoadScopeScheduling

HERE: Final = Path(__file__).resolve().parent
#: Files and folders of tests that take longest, in the order in which they start. While servers start and wait, the
#: town is run for the others.
LONGEST: Final = (
    "dagster/test_web_interface.py", "town/test_order.py", "cluster/", "real/", "bench/",
    "domain/debt/test_histories.py", "dagster/test_browser.py", "ingest/", "reports/explain/", "scenarios/",
    "exchange/test_decisions_are_followed.py", "reports/changes/", "robustness/", "readers/", "generator/", "checks/",
    "cli/", "town/", "storage/", "debt/", "letters/", "docs/", "dagster/", "properties/",
)


class ByGroup(LoadScopeScheduling):
    """Gives a process the next whole group when it has nearly done its own."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])


@cache
def group_of(file: str) -> str:
    """What must run in one process: files that start servers, a folder whose fixtures last a session, else a file.

    `file`: from the root of the project, as in the id of a test.
    """
    path = HERE.parent / file
    if "mark.servers" in path.read_text(encoding="utf-8"):
        return "servers"
    fixtures = path.with_name("conftest.py")
    if fixtures.parent != HERE and fixtures.is_file() and 'scope="session"' in fixtures.read_text(encoding="utf-8"):
        return path.parent.relative_to(HERE).as_posix()
    return path.relative_to(HERE).as_posix()


def turn_of(nodeid: str) -> int:
    """The place of a test in the order of starting."""
    told = (turn for turn, place in enumerate(LONGEST) if nodeid.startswith(f"{HERE.name}/{place}"))
    return next(told, len(LONGEST))
