"""Guards of the packaging: a clone builds the same everywhere and gives away nothing about where it was made."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
READERS_LOCK = (ROOT / "requirements-readers.lock").read_text(encoding="utf-8")
CLUSTER_LOCK = (ROOT / "requirements-cluster.lock").read_text(encoding="utf-8")
LOCKS = {"run and tests": LOCK, "readers": READERS_LOCK, "cluster": CLUSTER_LOCK}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z0-9,._-]+\])?==(\S+)", re.MULTILINE)
PINNED = dict(PIN.findall(LOCK))

# Split, so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(
    r"(?<![\w.<>{}*/$-])(?:/ro" r"ot/|/ho" r"me/\w|/Us" r"ers/\w"
    + (rf"|{re.escape(str(ROOT))}\b)" if len(ROOT.parts) > 2 else ")")
)
REGISTRY = re.compile(
    r"py" r"pi\.org|python" r"hosted|://[^/\s]*/simp" r"le\b|(?:extra-)?index-" r"url\s*=\s*\S", re.IGNORECASE
)
MADE_HERE = {".git", ".venv", ".venv-readers", ".venv-cluster", "var", "build", "raschet.egg-info", "__pycache__"} | {
    f".{tool}_cache" for tool in ("pytest", "ruff", "mypy", "import_linter")
}


def normalised(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def tracked_files() -> list[Path]:
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not MADE_HERE & set(path.relative_to(ROOT).parts)]


def tracked_texts() -> list[tuple[str, str]]:
    texts = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            texts.append((path.relative_to(ROOT).as_posix(), content.decode("utf-8", errors="replace")))
    return texts


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_lock_names_no_host(lock: str) -> None:
    assert "://" not in lock
    assert not re.search(r"^\s*--(?!hash=)", lock, flags=re.MULTILINE), "an option of one machine's installer"


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_every_package_in_the_lock_has_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)
    bare = [entry.split("==")[0] for entry in entries if entry.strip() and "--hash=sha256:" not in entry]
    assert not bare


def test_lock_holds_everything_that_the_project_asks_for() -> None:
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    absent = [name for name in map(normalised, asked) if name not in PINNED]
    assert not absent, "run `make lock`"
    exact = dict(requirement.split("==") for requirement in asked if "==" in requirement)
    differing = [name for name, version in exact.items() if PINNED[normalised(name)] != version]
    assert not differing, "run `make lock`"


def test_the_readers_lock_holds_the_readers_and_nothing_of_ours() -> None:
    pinned = dict(PIN.findall(READERS_LOCK))
    absent = [name for name in map(normalised, PROJECT["dependency-groups"]["readers"]) if name not in pinned]
    assert not absent, "run `make lock`"
    assert "dagster" not in pinned


def test_the_cluster_lock_holds_the_same_program_and_what_the_extras_ask_for() -> None:
    pinned = dict(PIN.findall(CLUSTER_LOCK))
    extras = [name for extra in PROJECT["project"]["optional-dependencies"].values() for name in extra]
    asked = [*PROJECT["project"]["dependencies"], *extras, *PROJECT["dependency-groups"]["cluster"]]
    assert not [name for name in map(normalised, asked) if name not in pinned], "run `make lock`"
    # a node that runs other versions could write other bytes
    assert {name: version for name, version in pinned.items() if PINNED.get(name, version) != version} == {}


def test_the_main_lock_is_free_of_the_cluster() -> None:
    assert not {"ray", "boto3"} & PINNED.keys()


def test_lock_holds_the_tools_of_the_set_up() -> None:
    assert {"uv", "setuptools"} <= PINNED.keys()


def test_dagster_is_one_set() -> None:
    versions = {PINNED[name] for name in PINNED if name in {"dagster", "dagster-webserver", "dagster-graphql"}}
    assert len(versions) == 1


def test_uv_lock_stays_out_of_git() -> None:
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert ROOT / "uv.lock" not in tracked_files()


def test_no_committed_file_names_a_path_of_somebodys_machine() -> None:
    found = [f"{name}: {hit.group()}" for name, text in tracked_texts() if (hit := MACHINE_PATH.search(text))]
    assert not found


def test_no_committed_file_names_a_registry() -> None:
    found = [f"{name}: {hit.group()}" for name, text in tracked_texts() if (hit := REGISTRY.search(text))]
    assert not found


def test_every_file_beside_the_code_is_packaged() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    beside = [path for path in tracked_files() if path.is_relative_to(ROOT / "pipeline") and path.suffix != ".py"]
    left_out = [
        path.relative_to(ROOT).as_posix()
        for path in beside
        if not any(fnmatch(path.name, pattern) for pattern in patterns)
    ]
    assert not left_out


def test_console_script_is_installed() -> None:
    assert PROJECT["project"]["scripts"] == {"raschet": "pipeline.cli:app"}
    assert {script.value for script in entry_points(group="console_scripts", name="raschet")} == {"pipeline.cli:app"}


def test_dagster_instance_sends_nothing_and_runs_one_month_at_a_time() -> None:
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["telemetry"] == {"enabled": False}
    assert settings["concurrency"]["runs"]["max_concurrent_runs"] == 1
    assert settings["run_retries"]["retry_on_asset_or_op_failure"] is False
    assert settings["run_monitoring"]["enabled"] is True


def test_dagster_accepts_the_instance_settings(tmp_path: Path) -> None:
    from dagster import DagsterInstance

    (tmp_path / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.telemetry_enabled is False
        assert instance.run_retries_enabled is True
        assert instance.run_monitoring_enabled is True


def test_ci_script_can_be_started() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")


def test_recipes_hold_for_a_plain_sh() -> None:
    bashisms = re.compile(r"\[\[|<\(|\bfunction \w|\bsource |pipefail|\$\{\w+(?:\^|,,|//)")
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.startswith("\t") and bashisms.search(line)]
