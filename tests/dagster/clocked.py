"""A program of Dagster whose clock a test moves: `python -m tests.dagster.clocked CLOCK MODULE WORDS…`.

CLOCK is a file with the seconds by which the clock of Dagster runs ahead of the machine's (negative: behind). The two
functions that answer "what time is it" in Dagster are replaced, the ones that its own `freeze_time` replaces; the
scheduler looks every second instead of at the start of each minute, so that a test need not wait for a minute to pass.
"""

from __future__ import annotations

import runpy
import sys
import time
from datetime import UTC, datetime
from pathlib import Path


def set_clock(file: Path, moment: datetime) -> None:
    """From now on the clock shows `moment` and goes on from there."""
    private = file.with_suffix(".new")
    private.write_text(str(moment.timestamp() - time.time()), encoding="utf-8")
    private.replace(file)


def clocked(file: Path) -> None:
    """Replace the clock of Dagster in this process."""
    # first the daemon: the scheduler alone cannot be imported
    from dagster import _daemon, _time
    from dagster._scheduler import scheduler

    assert _daemon

    def now() -> float:
        return time.time() + float(file.read_text(encoding="utf-8"))

    _time._mockable_get_current_timestamp = now
    _time._mockable_get_current_datetime = lambda: datetime.fromtimestamp(now(), tz=UTC)
    scheduler._get_next_scheduler_iteration_time = lambda start: start + 1


def main() -> None:
    _, clock, module, *words = sys.argv
    clocked(Path(clock))
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
