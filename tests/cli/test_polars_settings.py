"""A command runs polars with one thread and one arena, unless the user says otherwise."""

import os
import subprocess
import sys

import polars as pl
import pytest

from pipeline.polars_settings import ALLOCATOR, ONE_PROCESS, settle

ASKED = "import sys, pipeline.cli; assert 'polars' not in sys.modules; import polars; print(polars.thread_pool_size())"


@pytest.mark.parametrize(("given", "threads"), [({}, "1"), ({"POLARS_MAX_THREADS": "2"}, "2")])
def test_a_command_settles_polars_before_it_is_loaded(given: dict[str, str], threads: str) -> None:
    clean = {name: value for name, value in os.environ.items() if name not in ONE_PROCESS}
    told = subprocess.run(
        [sys.executable, "-c", ASKED], env={**clean, **given}, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == threads


def test_what_the_user_has_set_stands() -> None:
    environment = {ALLOCATOR: "narenas:4"}
    settle(environment)
    assert environment == {**ONE_PROCESS, ALLOCATOR: "narenas:4"}


def test_tests_run_as_commands_do() -> None:
    assert pl.thread_pool_size() == int(os.environ["POLARS_MAX_THREADS"])
    assert set(ONE_PROCESS) <= set(os.environ)
