"""Screenshots of the docs: small, of one size, without a word about the machine that made them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMAGES = sorted((ROOT / "docs" / "images").glob("ui-*.png"))
SIZE = (1280, 800)
BYTES = 200_000


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_a_picture_is_small(image: Path) -> None:
    content = image.read_bytes()

    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == SIZE
    assert len(content) <= BYTES
    assert b"tEXt" not in content, "no word about the machine that made it"
