"""A book in an S3-compatible store: pulled, run, pushed, killed on the way, wanted by two.

The store is moto's server, over HTTP: of the servers that can be installed from the registries it is the one that keeps
the conditions of a put (the gateway of JuiceFS, tried as well, takes no notice of them, which a test here imitates).
"""

from __future__ import annotations

import json
import logging
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
from moto.server import DomainDispatcherApplication, ThreadedMotoServer, create_backend_app
from werkzeug.serving import make_server

from pipeline.storage.book import Book
from pipeline.storage.remote.claim import StoreTaken, StoreUnsuited
from pipeline.storage.remote.pull import pull
from pipeline.storage.remote.push import push
from pipeline.storage.remote.working_copy import HandedOver, StoreMoved
from tests.cluster.few_files import first_night, last_night
from tests.cluster.stored import (
    BUCKET,
    KEYS,
    Nights,
    advance,
    asked_by,
    by_pointer,
    cut,
    kept,
    push_month,
    require_same,
    written,
)
from tests.robustness.small import DECEMBER, EARLY, RUN
from tests.town.books import (
    RanBook,
    changed,
    computed_apart,
    copied,
    published_bytes,
    raschet,
    raschet_here,
    succeeded,
    version_of,
)

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def url(endpoint: str, request: pytest.FixtureRequest) -> str:
    return f"s3://{BUCKET}/{request.node.name.strip(']').replace('[', '-')}"


@pytest.fixture(scope="module", params=["few", pytest.param("whole", marks=pytest.mark.deep)])
def nights(request: pytest.FixtureRequest, endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A book with December published and open, and a working copy of it after its next night, which closes December."""
    folder = tmp_path_factory.mktemp(request.param)
    is_whole = request.param == "whole"
    first = request.getfixturevalue("small").root if is_whole else first_night(folder / "first" / "book").root
    url, here = f"s3://{BUCKET}/{request.param}", folder / "closed" / "book"
    push(Book.at(copied(first, folder / "pushed" / "book")), url)
    pull(here, url)
    if is_whole:
        succeeded(raschet(here, *RUN))
    else:
        last_night(Book.at(here))
    return Nights(first, here, 0.9 if is_whole else 0.75)


@pytest.fixture
def closed(nights: Nights) -> Path:
    return nights.closed


@pytest.fixture
def early(nights: Nights, tmp_path: Path) -> Path:
    return copied(nights.early, tmp_path / "first" / "book")


def test_the_month_of_a_pulled_book_is_the_one_of_its_folder(small: RanBook, url: str, tmp_path: Path) -> None:
    folder, there = copied(small.root, tmp_path / "folder" / "book"), tmp_path / "there"
    push(Book.at(folder), url)
    pull(there, url)

    computed_apart(there, str(DECEMBER), str(DECEMBER), EARLY)
    push(Book.at(there))
    pull(folder)

    assert version_of(folder, DECEMBER).folder.name != version_of(small.root, DECEMBER).folder.name
    assert version_of(folder, DECEMBER).content_hash == version_of(small.root, DECEMBER).content_hash
    assert changed(published_bytes(folder, DECEMBER), published_bytes(small.root, DECEMBER)) == []
    require_same(folder, there)


def test_a_month_from_store_to_store(closed: Path, early: Path, url: str, tmp_path: Path) -> None:
    there = tmp_path / "there"
    handed = raschet_here(early, "push", "--to", url)
    refused = raschet_here(early, *RUN)
    taken = raschet_here(there, "pull", url)
    advance(there, closed)
    handed_again = raschet_here(there, "push")
    taken_again = raschet_here(early, "pull")

    assert refused.exit_code == 2 and "передан в хранилище" in refused.stderr and refused.stderr.count("\n") == 1
    assert all("Участок передан: 2" in succeeded(done) for done in (handed, handed_again))
    assert all("Участок взят: 2" in succeeded(done) for done in (taken, taken_again))
    require_same(early, closed)
    assert version_of(early, DECEMBER).is_closed
    assert (early / "reports" / f"run_month={DECEMBER}" / "report.html").is_file()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (early / "personal").rglob("*")} == {0o600, 0o700}
    assert [key for key in kept(url) if key.startswith(("work/", "store")) or "/." in key] == []


def test_only_what_is_new_travels(early: Path, closed: Path, url: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    first = push(Book.at(early), url)
    whole = pull(here, url)
    advance(here, closed)
    night = push(Book.at(here))
    again = pull(early)
    nothing = push(Book.at(early))

    assert whole.files == first.files > night.files > 0
    assert 0 < again.files <= night.files
    assert nothing.files == 0
    require_same(early, closed)


def test_readers_follow_the_pointer(early: Path, url: str, endpoint: str) -> None:
    push(Book.at(early), url)
    where = {"aws_endpoint_url": endpoint, "aws_allow_http": "true", **{k.lower(): v for k, v in KEYS.items()}}

    key = url.removeprefix(f"s3://{BUCKET}/") + "/published.json"
    pointer = json.loads(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    folder = pointer["months"][str(DECEMBER)]["folder"]
    read = pl.read_parquet(f"{url}/{folder}/open_items/*.parquet", storage_options=where)

    assert read.equals(pl.read_parquet(early / f"published/run_month={DECEMBER}/open_items/*.parquet"))
    assert not read.is_empty()


def test_one_has_the_book_in_hand(early: Path, closed: Path, url: str, tmp_path: Path) -> None:
    lost, other = tmp_path / "lost", tmp_path / "other"
    push(Book.at(early), url)
    pull(lost, url)
    with pytest.raises(StoreTaken, match=f"занят с .* папкой {lost} на "):
        pull(other, url)
    with pytest.raises(StoreTaken):
        pull(early)
    with pytest.raises(HandedOver):
        push_month(early)

    pull(other, take_over=True)
    advance(lost, closed)
    with pytest.raises(StoreTaken, match=f"папкой {other}"):
        push(Book.at(lost))
    advance(other, closed)
    push(Book.at(other))
    # the lock is free again, and still what was published meanwhile stands
    (lost / "settings.yaml").touch()
    with pytest.raises(StoreMoved, match="чего в этой папке нет"):
        push(Book.at(lost))
    pull(lost)

    require_same(lost, closed)


DEEP = [pytest.param(share, marks=pytest.mark.deep) for share in (0.05, 0.2, 0.35, 0.65, 0.8, 0.9, 0.96, 1.0)]


@pytest.mark.parametrize("share", [0.5, 0.97, *DEEP])
def test_a_killed_push(
    share: float, nights: Nights, early: Path, closed: Path, url: str, tmp_path: Path
) -> None:
    requests = asked_by("push", early, closed, url, tmp_path)
    push(Book.at(early), url, keep=True)
    before = published_bytes(early, DECEMBER)
    advance(early, closed)

    killed = cut(round(share * requests), early, "push")
    seen = by_pointer(url)
    push(Book.at(early))
    pull(tmp_path / "fresh", url)

    assert killed.returncode == -9 and requests > 20
    may_be_new = share > nights.pointed_from
    assert changed(seen, before) == [] or (may_be_new and changed(seen, published_bytes(closed, DECEMBER)) == [])
    require_same(tmp_path / "fresh", closed)
    assert {key.split("/")[2] for key in kept(url) if key.startswith(f"versions/{DECEMBER}/")} == {
        folder.name for folder in (closed / f"versions/{DECEMBER}").iterdir()
    }


@pytest.mark.parametrize("share", [0.5, *DEEP])
def test_a_killed_pull(share: float, early: Path, closed: Path, url: str, tmp_path: Path) -> None:
    requests = asked_by("pull", early, closed, url, tmp_path)
    push(Book.at(early), url)

    killed = cut(round(share * requests), tmp_path / "here", "pull", url)
    seen = published_bytes(tmp_path / "here", DECEMBER)
    pull(tmp_path / "here")

    assert killed.returncode == -9 and requests > 20
    assert seen == {} or changed(seen, published_bytes(early, DECEMBER)) == []
    require_same(tmp_path / "here", early)


def test_a_store_that_ignores_conditions_is_refused(early: Path, endpoint: str) -> None:
    moto = DomainDispatcherApplication(create_backend_app)

    def ignoring(environ: dict[str, Any], start: Any) -> Any:
        for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
            environ.pop(name, None)
        return moto(environ, start)

    server = make_server("127.0.0.1", 0, ignoring, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(StoreUnsuited, match="If-None-Match"):
            push(Book.at(early), f"s3://{BUCKET}/unsuited")
    server.shutdown()

    assert kept(f"s3://{BUCKET}/unsuited").keys() <= {"lock.json"}


def test_deliveries_come_through_the_store_and_never_change(early: Path, url: str, tmp_path: Path) -> None:
    delivered = next((early / "landing" / "payments").rglob("*.parquet")).read_bytes()
    push(Book.at(early), url)
    written(url, "landing/payments/received=2026-01-20/bank.parquet", delivered)

    pull(early)
    assert (early / "landing/payments/received=2026-01-20/bank.parquet").read_bytes() == delivered
    (early / "landing/payments/received=2026-01-21").mkdir()
    (early / "landing/payments/received=2026-01-21/bank.parquet").write_bytes(b"ours")
    written(url, "landing/payments/received=2026-01-21/bank.parquet", b"theirs")

    with pytest.raises(StoreMoved, match=r"received=2026-01-21/bank.parquet с другим содержанием"):
        push(Book.at(early))


def test_bytes_are_compared_and_not_their_number(early: Path, url: str, tmp_path: Path) -> None:
    push(Book.at(early), url)
    here, name = tmp_path / "here", "landing/payments/received=2026-01-21/bank.parquet"
    written(url, name, b"theirs")
    pull(here, url)
    version = version_of(here, DECEMBER).folder / "open_items" / "part-000.parquet"
    good = version.read_bytes()
    landed = next((here / "landing" / "charges").rglob("*.parquet"))
    told = landed.read_bytes()
    for file, content in ((landed, told), (here / name, b"theirs")):
        file.write_bytes(bytes(len(content)))

    pull(here)

    assert landed.read_bytes() == told
    assert (here / name).read_bytes() == b"theirs"
    assert version.read_bytes() == good
    (here / name).with_name("other.parquet").write_bytes(b"others")
    written(url, name.replace("bank", "other"), b"theirs")
    with pytest.raises(StoreMoved, match=r"other.parquet с другим содержанием"):
        push(Book.at(here))
    written(url, name.replace("bank", "other"), b"others")
    push(Book.at(here))


def test_what_is_wrong_is_said_in_one_line(early: Path, endpoint: str, tmp_path: Path) -> None:
    wrong = {
        ("push",): "не из хранилища",
        ("push", "--to", "ftp://place"): "Адрес хранилища",
        ("push", "--to", "s3://no..bucket/town"): "в имени ведра",
        ("push", "--to", "s3://no-such-bucket/town"): "Ведра «no-such-bucket» в хранилище нет",
        ("pull", f"s3://{BUCKET}/nothing"): "ещё нет участка",
    }
    for words, told in wrong.items():
        book = tmp_path / "new" if words[0] == "pull" else early
        called = raschet_here(book, *words)
        assert called.exit_code == 2 and told in called.stderr and called.stderr.count("\n") == 1, called.stderr
        (early / "store.json").unlink(missing_ok=True)
