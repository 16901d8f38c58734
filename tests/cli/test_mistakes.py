"""A mistake is one clear line with its remedy and exit code 2, never a traceback and never English."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import COMMANDS
from tests.cli.conftest import Raschet

ENGLISH = re.compile(r"\b(usage|error|option|missing|invalid|traceback|required|default|show this)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("run", "не указано: --month"),
        ("run --month", "параметру --month нужно значение"),
        ("run --month 2026-5", "месяц пишется как 2026-05, а не «2026-5»"),
        ("run --month 2026-13", "месяц пишется как 2026-05"),
        ("run --month 2026-05 --as-of 20.06.2026", "дата пишется как 2026-06-20"),
        ("run --mont 2026-05", "нет параметра --mont; есть --month"),
        ("run --month 2026-05 now", "лишнее в вызове: now"),
        ("recalculate", "нет команды recalculate"),
        ("dispatch", "не указано: СПИСОК"),
        ("dispatch sms_list", "не указано: --on"),
        ("generate --accounts many", "--accounts: нужно целое число"),
        ("generate --accounts 0", "--accounts: нужно не меньше 1"),
        ("status", "нет участка"),
        ("run --month 2026-05", "нет участка"),
        ("close --month 2026-05", "нет участка"),
        ("verify", "нет участка"),
        ("open", "нет участка"),
        ("ui", "нет участка"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(raschet: Raschet, words: str, line: str) -> None:
    called = raschet(*words.split())

    assert called.exit_code == 2
    assert line in called.stderr
    assert called.stderr.count("\n") <= 2
    assert not ENGLISH.search(re.sub(r"--[\w-]+|raschet\S*", "", called.output))


@pytest.mark.parametrize("command", ["", *(name for group in COMMANDS.values() for name in group)])
def test_help_is_russian(raschet: Raschet, command: str) -> None:
    called = raschet(*command.split(), "--help")

    assert called.exit_code == 0
    assert "Показать эту справку" in called.output
    assert not ENGLISH.search(re.sub(r"--[\w-]+", "", called.output))


def test_an_unforeseen_fault_shows_no_traceback(
    raschet: Raschet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(book: object) -> None:
        raise ValueError("Иванова Ольга")

    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "settings.yaml").write_text('first_month: "2025-12"\n', encoding="utf-8")
    monkeypatch.setattr("pipeline.storage.status.status", fail)

    called = raschet("status")

    log = tmp_path / "dagster" / "raschet-errors.log"
    assert called.exit_code == 1
    assert "непредвиденный сбой (ValueError)" in called.stderr
    assert "Иванова" not in called.output
    assert "Traceback" not in called.output
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600


def test_help_loads_nothing_heavy() -> None:
    loaded = "import sys, pipeline.cli; print(*sys.modules)"

    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)

    assert {"polars", "duckdb", "dagster", "pandera", "yaml"} & set(told.stdout.split()) == set()


def test_the_installed_command_answers(tmp_path: Path) -> None:
    raschet = Path(sys.executable).with_name("raschet")

    called = subprocess.run(
        [str(raschet), "run", "--month", "2026-05", "--book", str(tmp_path)], capture_output=True, text=True
    )

    assert called.returncode == 2
    assert called.stderr.startswith("Ошибка: В папке")
    assert called.stdout == ""
