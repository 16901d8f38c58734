"""One line of settings sends the parts to a cluster; without Ray it is one line of complaint. See tests/cluster."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from pipeline.storage.book import Book
from pipeline.storage.cluster import Cluster, ClusterUnreachable
from pipeline.storage.parts import spread
from pipeline.storage.settings import FILE, BadBook, BookSettings, read_settings, settings_text


def test_the_line_is_read_and_written(tmp_path: Path) -> None:
    settings = BookSettings(workers=3, cluster="10.0.0.1:6379")
    (tmp_path / FILE).write_text(settings_text(settings), encoding="utf-8")

    assert read_settings(tmp_path) == settings
    assert Book.at(tmp_path).workers == Cluster("10.0.0.1:6379")
    assert "cluster" not in settings_text(BookSettings())


def test_a_line_that_is_no_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('first_month: "2025-12"\ncluster: 8\n', encoding="utf-8")

    with pytest.raises(BadBook, match="cluster"):
        read_settings(tmp_path)


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is here")
def test_without_ray_it_is_said_what_to_install() -> None:
    with pytest.raises(ClusterUnreachable, match="Ray в этом окружении не установлен"):
        spread(str, ["part-000", "part-001"], Cluster("10.0.0.1:6379"))
