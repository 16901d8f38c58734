"""What shares fixtures or servers runs in one process of `make test`, and the long ones start first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.processes import HERE, LONGEST, group_of

#: Quick ones.
SPREAD = ("tests/rules/test_calendar.py", "tests/test_billing_month.py", "tests/test_money.py")


@pytest.mark.parametrize(("file", "group"), [
    ("tests/dagster/test_browser.py", "servers"), ("tests/dagster/test_web_interface.py", "servers"),
    ("tests/queue/test_night.py", "queue"), ("tests/reports/explain/test_command.py", "reports/explain"),
    ("tests/dagster/test_closing.py", "dagster/test_closing.py"), ("tests/test_money.py", "test_money.py"),
])
def test_a_file_belongs_to_its_servers_to_its_folder_or_to_itself(file: str, group: str) -> None:
    assert group_of(file) == group


def test_two_processes_never_share_a_group() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadscope", "-p", "no:cacheprovider", *SPREAD],
        cwd=HERE.parent, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    )
    processes: dict[str, set[str]] = defaultdict(set)
    for process, file in re.findall(r"^\[(gw\d)\] .*PASSED (tests/\S+\.py)::", ran.stdout, flags=re.MULTILINE):
        processes[group_of(file)].add(process)

    assert set(processes) == set(map(group_of, SPREAD)), ran.stdout + ran.stderr
    assert {group: len(where) for group, where in processes.items() if len(where) != 1} == {}
    assert len(set.union(*processes.values())) == 2


def test_what_starts_first_is_there() -> None:
    assert [place for place in LONGEST if not (HERE / place).exists()] == []
