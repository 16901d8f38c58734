"""Ports of the web interface: two that start in the same second get different ones, and one book has one interface."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.cli import servers
from pipeline.errors import RaschetError


def test_two_that_start_at_once_get_different_ports() -> None:
    first = servers._any_free()
    with ExitStack() as held:
        # nobody listens on any of them yet
        ports = [held.enter_context(servers._first_claimed(first)) for _ in range(3)]

    assert len(set(ports)) == 3
    assert ports == sorted(ports)
    with servers._first_claimed(first) as again:
        assert again == ports[0]


def test_a_port_that_another_is_about_to_take_is_told_as_taken() -> None:
    with (
        servers._first_claimed(servers._any_free()) as port,
        pytest.raises(RaschetError, match=f"Порт {port} занят"), servers._own_port(port),
    ):
        pass


def test_a_book_has_one_interface_at_a_time(tmp_path: Path) -> None:
    with servers._alone(tmp_path):
        with pytest.raises(RaschetError, match="уже запущен"), servers._alone(tmp_path):
            pass
        with servers._alone(tmp_path / "another"):
            pass
    with servers._alone(tmp_path):
        pass
