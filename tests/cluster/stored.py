"""What the tests of a store share: a night written into another working copy, the store seen from outside, a push or a
pull that is cut at its n-th request. Fixtures stand with the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import boto3

from pipeline.storage.book import Book
from pipeline.storage.remote.push import push
from tests.robustness.small import DECEMBER
from tests.town.books import ROOT, changed, copied, debris, faults, published_bytes, version_of

BUCKET: Final = "raschet"
KEYS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@dataclass(frozen=True, slots=True)
class Nights:
    """A book with December published and open, and a working copy of it after the night that closes December."""

    early: Path
    closed: Path
    #: The share of a push's requests before which its pointer is never written: a book of few files has few after it.
    pointed_from: float


def advance(book: Path, closed: Path) -> None:
    """What the night that closed December wrote, in another working copy of the same book."""
    for tree in ("versions", "personal", "reports", "journal", "inputs"):
        copied_over(closed / tree, book / tree)
    link = book / "published" / f"run_month={DECEMBER}"
    link.unlink()
    link.symlink_to((closed / "published" / link.name).readlink())
    report = book / "reports" / link.name
    report.unlink()
    report.symlink_to((closed / "reports" / link.name).readlink())


def copied_over(source: Path, target: Path) -> None:
    for file in source.rglob("*"):
        place = target / file.relative_to(source)
        if file.is_file() and not file.is_symlink() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())


def require_same(book: Path, other: Path) -> None:
    """The same published bytes, whole, with the same closing."""
    assert changed(published_bytes(other, DECEMBER), published_bytes(book, DECEMBER)) == []
    assert version_of(book, DECEMBER).closed == version_of(other, DECEMBER).closed
    assert faults(book) == []
    assert debris(book) == []


def kept(url: str) -> dict[str, int]:
    """Keys and sizes below a place of the store."""
    prefix = url.removeprefix(f"s3://{BUCKET}/") + "/"
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return {one["Key"].removeprefix(prefix): one["Size"] for page in pages for one in page.get("Contents", ())}


def written(url: str, key: str, content: bytes) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=url.removeprefix(f"s3://{BUCKET}/") + f"/{key}", Body=content)


def cut(moment: int, book: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.cluster.cut", str(moment), str(book), *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )


def push_month(book: Path) -> None:
    from pipeline.storage.lock import lock

    with lock(Book.at(book)):
        raise AssertionError("the book is not in hand")


#: Answers of `asked_by`: every test of a book has a copy of it.
_asked: Final[dict[tuple[str, Path], int]] = {}


def asked_by(act: str, early: Path, closed: Path, url: str, tmp_path: Path) -> int:
    """How many requests a whole push of the night, or a first pull, makes; counted once."""
    if (act, closed) not in _asked:
        _asked[act, closed] = _counted(act, early, closed, url, tmp_path)
    return _asked[act, closed]


def _counted(act: str, early: Path, closed: Path, url: str, tmp_path: Path) -> int:
    book = copied(early, tmp_path / "counted" / "book")
    push(Book.at(book), f"{url}-counted", keep=act == "push")
    if act == "pull":
        return int(cut(0, tmp_path / "counted" / "pulled", "pull", f"{url}-counted").stdout)
    advance(book, closed)
    return int(cut(0, book, "push").stdout)


def by_pointer(url: str) -> dict[str, bytes]:
    """The tables of December as a reader of the store finds them."""
    place = url.removeprefix(f"s3://{BUCKET}/")

    def content(key: str) -> bytes:
        found: bytes = boto3.client("s3").get_object(Bucket=BUCKET, Key=f"{place}/{key}")["Body"].read()
        return found

    folder = json.loads(content("published.json"))["months"][str(DECEMBER)]["folder"] + "/"
    keys = [key for key in kept(url) if key.startswith(folder) and key.endswith(".parquet")]
    return {key.removeprefix(folder).removesuffix(".parquet"): content(key) for key in keys}
