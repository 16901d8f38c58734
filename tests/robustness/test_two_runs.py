"""Two runs at once: the second is told so in one line, the first ends as if it had been alone."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from pipeline.storage.lock import FILE
from tests.robustness.small import DECEMBER, RUN, Steps
from tests.town.books import called, changed, copied, debris, environment, published_bytes, raschet_here

PATIENCE = 600.0


def test_the_second_run_is_refused_and_the_first_ends(steps: Steps, tmp_path: Path) -> None:
    book = copied(steps.early, tmp_path / "book")
    (book / FILE).unlink(missing_ok=True)
    with subprocess.Popen(
        called(book, *RUN), env=environment(tmp_path / "dagster"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as first:
        wait_until_held(book, first)
        # it stands still with the book in hand until the others have been told, however slow they are
        first.send_signal(signal.SIGSTOP)
        others = [raschet_here(book, *RUN), raschet_here(book, "dispatch", "sms_list", "--on", "2026-01-15")]
        looked = raschet_here(book, "status")
        first.send_signal(signal.SIGCONT)
        said, complained = first.communicate()

    for other in others:
        assert other.exit_code == 2
        assert other.stderr.startswith("Ошибка: Участок занят процессом")
        assert other.stderr.count("\n") == 1
        assert other.stdout == ""
    assert looked.exit_code == 0, "who only looks is not in the way"
    assert first.returncode == 0, said + complained
    assert changed(published_bytes(steps.closed, DECEMBER), published_bytes(book, DECEMBER)) == []
    assert debris(book) == []


def wait_until_held(book: Path, first: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (book / FILE).exists() or not (book / FILE).read_text():
        assert first.poll() is None, "the first run has ended before it took the book"
        assert time.monotonic() < deadline
        time.sleep(0.05)
