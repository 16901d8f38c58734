"""When the books of tests lie in memory: only where there is room for them by every measure."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import in_memory, mounted

MB = 1 << 20


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes in memory."""
    with mounted(tmp_path / "small", 8) as disk:
        yield disk


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A machine with a hundred megabytes of memory to spare."""
    told = tmp_path / "meminfo"
    told.write_text(f"MemTotal: {200 * 1024} kB\nMemFree: 4 kB\nMemAvailable: {100 * 1024} kB\n", encoding="utf-8")
    return told


def test_a_disk_in_memory_must_have_the_room(small: Path, system: Path, tmp_path: Path) -> None:
    assert in_memory(small, on_disk=6 * MB, beside=MB, system=system, container=tmp_path)
    assert not in_memory(small, on_disk=9 * MB, beside=MB, system=system, container=tmp_path)
    assert not in_memory(tmp_path / "none", on_disk=0, beside=0, system=system, container=tmp_path)


def test_the_memory_itself_must_be_free(tmp_path: Path, system: Path) -> None:
    assert in_memory(tmp_path, on_disk=0, beside=100 * MB, system=system, container=tmp_path)
    assert not in_memory(tmp_path, on_disk=0, beside=101 * MB, system=system, container=tmp_path)
    assert not in_memory(tmp_path, on_disk=0, beside=0, system=tmp_path / "none", container=tmp_path)


@pytest.mark.parametrize(("limit", "used"), [
    ("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
])
def test_a_container_may_have_less(tmp_path: Path, system: Path, limit: str, used: str) -> None:
    (tmp_path / limit).parent.mkdir(exist_ok=True)
    (tmp_path / limit).write_text(f"{50 * MB}\n", encoding="utf-8")
    (tmp_path / used).write_text(f"{20 * MB}\n", encoding="utf-8")

    assert in_memory(tmp_path, on_disk=0, beside=30 * MB, system=system, container=tmp_path)
    assert not in_memory(tmp_path, on_disk=0, beside=31 * MB, system=system, container=tmp_path)


def test_a_container_without_a_limit_has_what_the_machine_has(tmp_path: Path, system: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n", encoding="utf-8")

    assert in_memory(tmp_path, on_disk=0, beside=100 * MB, system=system, container=tmp_path)


def test_programs_must_run_from_there(small: Path, system: Path, tmp_path: Path) -> None:
    assert in_memory(small, on_disk=MB, beside=MB, system=system, container=tmp_path)
    subprocess.run(["mount", "-o", "remount,noexec", str(small)], check=True)

    assert not in_memory(small, on_disk=MB, beside=MB, system=system, container=tmp_path)
