"""Progress where there is a terminal, where there is a dumb one, and where there is none."""

from __future__ import annotations

import io
import os
import pty
import sys

import pytest

from pipeline.cli import progress
from pipeline.storage.parts import spread
from pipeline.storage.progress import told_to

STEP = "сальдо и разнесение"
LAST = f"{STEP}: 3 из 3 частей"


def test_only_parts_of_accounts_are_called_parts() -> None:
    told: list[str] = []
    with told_to(lambda done: told.append(str(done))):
        spread(rows_of, ["part-000", "part-001"], 1)
        spread(rows_of, ["open_items/part-000", "advances/part-000"], 1)

    assert told[1].startswith("2 из 2 частей")
    assert told[3] == "2 из 2"


@pytest.mark.parametrize(("step", "told"), [
    ("ledger", STEP), ("ledger_checks", f"проверки: {STEP}"), ("mandates_checks", "проверки: поручения получателей"),
    ("elsewhere_checks", "проверки"), ("checks", "проверки"),
])
def test_a_step_is_named_in_words(monkeypatch: pytest.MonkeyPatch, step: str, told: str) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "PAUSE_S", 0.0)
    monkeypatch.setenv("TERM", "dumb")

    with progress.progress() as listen:
        listen(step, 3, 9)
        spread(rows_of, ["part-000", "part-001"], 1)

    assert screen.getvalue().startswith(f"{told}: 1 из 2 частей")


def rows_of(part: str) -> int:
    return len(part)


def month_of_parts() -> None:
    """A step of three parts, as a run of a month tells it."""
    with progress.progress() as listen:
        listen("ledger", 3, 9)
        spread(rows_of, ["part-000", "part-001", "part-002"], 1)


def test_a_file_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "PAUSE_S", 0.0)

    month_of_parts()

    assert screen.getvalue() == ""


@pytest.mark.parametrize(("term", "has_codes"), [("dumb", False), ("xterm-256color", True)])
def test_a_terminal_gets_what_it_understands(monkeypatch: pytest.MonkeyPatch, term: str, has_codes: bool) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(progress, "PAUSE_S", 0.0)
    with os.fdopen(theirs, "w", encoding="utf-8") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        month_of_parts()
        seen = b""
        while LAST not in seen.decode(errors="ignore"):
            seen += os.read(ours, 1 << 16)
    os.close(ours)
    if not has_codes:
        lines = seen.decode(errors="ignore").split("\r\n")
        assert [line.partition(" частей")[0] for line in lines[:3]] == [f"{STEP}: {done} из 3" for done in (1, 2, 3)]

    assert (b"\x1b" in seen) == has_codes
