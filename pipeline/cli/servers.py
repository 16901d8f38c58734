"""The web interface of a book: code server, webserver, daemon, reports, all on loopback, started and stopped together.

Dagster has no login, so the address is always this machine's own. Logs lie in the instance's folder, `logs/`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from pipeline.cli.instance import prepared_home
from pipeline.cli.report_server import LOOPBACK, served_reports
from pipeline.errors import RaschetError
from pipeline.resources import BOOK_VARIABLE, REPORTS_VARIABLE
from pipeline.storage.book import Book

CODE_SERVER: Final = "code-server"
LOCATION: Final = "raschet"
MODULE: Final = "pipeline.definitions"
USUAL_PORT: Final = 3000
READY_SECONDS: Final = 120
STOP_SECONDS: Final = 20


@dataclass(frozen=True)
class Running:
    """A web interface that answers."""

    address: str
    reports: str
    logs: Path
    processes: dict[str, subprocess.Popen[bytes]]

    def ended(self) -> str:
        """Name of a process that has died, or nothing."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), "")


@contextmanager
def web_interface(book_root: Path, *, port: int | None = None) -> Iterator[Running]:
    """Start everything, wait until it answers, stop everything on the way out, whatever happens."""
    home = prepared_home(book_root)
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    # the same ports each time, where they are free: links in the record of runs stay good
    with (
        _own_port(port) as web_port, _alone(home),
        _first_claimed(web_port + 1) as reports_port, served_reports(Book.at(book_root), reports_port) as reports,
    ):
        running = Running(f"http://{LOOPBACK}:{web_port}", reports, logs, {})
        told = {BOOK_VARIABLE: str(book_root), REPORTS_VARIABLE: reports}
        code_port = _any_free()
        try:
            for name, command in _commands(home, web_port, code_port).items():
                running.processes[name] = _started(command, home, told, logs / f"{name}.log")
                if name == CODE_SERVER:
                    # who asks a code server that does not answer yet remembers the failure
                    _wait(running, lambda: _listens(code_port))
            _wait(running, lambda: _answers(f"{running.address}/server_info"))
            yield running
        finally:
            _stop(list(running.processes.values()))


def _commands(home: Path, web_port: int, code_port: int) -> dict[str, list[str]]:
    """One code server serves both; their workspace file names it."""
    workspace = home / "workspace.yaml"
    workspace.write_text(
        f"load_from:\n  - grpc_server: {{host: {LOOPBACK}, port: {code_port}, location_name: {LOCATION}}}\n",
        encoding="utf-8",
    )
    python = [sys.executable, "-m"]
    return {
        CODE_SERVER: [*python, "dagster", "code-server", "start", "-m", MODULE, "-h", LOOPBACK,
                        "-p", str(code_port), "--location-name", LOCATION],
        "webserver": [*python, "dagster_webserver", "-h", LOOPBACK, "-p", str(web_port), "-w", str(workspace)],
        "daemon": [*python, "dagster._daemon", "run", "-w", str(workspace)],
    }


def _started(command: list[str], home: Path, told: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches us first and the whole family can be stopped."""
    environment = {
        **os.environ, **told, "DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1", "PYTHONUNBUFFERED": "1",
    }
    with log.open("wb") as output:
        return subprocess.Popen(
            command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait(running: Running, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if name := running.ended():
            raise RaschetError(f"Веб-интерфейс не запустился ({name})", f"Смотрите {running.logs / name}.log")
        if is_ready():
            return
        time.sleep(0.3)
    raise RaschetError(f"Веб-интерфейс не ответил за {READY_SECONDS} с", f"Смотрите журналы в {running.logs}")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask each family to end, the daemon first; what does not listen is killed. Runs of the daemon end with it."""
    for process in reversed(processes):
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


@contextmanager
def _own_port(asked: int | None) -> Iterator[int]:
    """The port of the web interface; RaschetError when the one asked for is somebody's."""
    if asked is None:
        with _first_claimed(USUAL_PORT) as port:
            yield port
        return
    with _claimed(f"port {asked}") as is_ours:
        if not is_ours or not _is_free(asked):
            raise RaschetError(f"Порт {asked} занят", f"Укажите другой, например --port {_first_free(asked + 1)}")
        yield asked


@contextmanager
def _first_claimed(first: int) -> Iterator[int]:
    """The first port from `first` that nobody listens on and no other `raschet ui` is about to."""
    for port in range(first, first + 100):
        with _claimed(f"port {port}") as is_ours:
            if is_ours and _is_free(port):
                yield port
                return
    raise RaschetError(f"Порты с {first} по {first + 99} заняты", "Освободите один из них или укажите --port")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two daemons of one record would both launch its runs."""
    with _claimed(f"home {home}") as is_ours:
        if not is_ours:
            raise RaschetError("Веб-интерфейс этого участка уже запущен",
                               "Он открыт в другом окне терминала; остановить его там — Ctrl-C")
        yield


@contextmanager
def _claimed(what: str) -> Iterator[bool]:
    """Whether `what` is ours while the block lasts: a name in the network of this machine that one process may have,
    which leaves no file behind and is free again however the process ends. A port is chosen some seconds before
    anything listens on it."""
    with socket.socket(socket.AF_UNIX) as claim:
        try:
            claim.bind(b"\0raschet " + sha256(what.encode()).digest())
        except OSError:
            yield False
        else:
            yield True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _first_free(port: int) -> int:
    return next((candidate for candidate in range(port, port + 100) if _is_free(candidate)), port)


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
