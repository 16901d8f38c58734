"""Pull a book from its store: the lock, then whatever the folder lacks, then the links, as publishing would flip them.

Everything that the pointer names comes down, older months too: a late correction reads them by key, and an absent month
would be silently read as one without the account. A folder that is kept between nights receives only what is new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.files import remove_folder, sha256_of, sync_folder
from pipeline.storage.lock import lock_folder
from pipeline.storage.manifest import CLOSED, MANIFEST
from pipeline.storage.remote import claim
from pipeline.storage.remote.objects import AT_ONCE, Store, Stored, StoreDamaged
from pipeline.storage.remote.pointer import BESIDE, CATALOGUE, LASTING, Pointer
from pipeline.storage.remote.working_copy import Index, NotAWorkingCopy, StoreMoved, WorkingCopy
from pipeline.storage.settings import FILE as SETTINGS

_PERSONAL: Final = "personal/"
_LASTING: Final = tuple(f"{name}/" for name in LASTING)


class StoreEmpty(RaschetError):
    """The store holds no book yet."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came down: files, their bytes, the months of the book."""

    files: int
    bytes: int
    months: int


def pull(root: Path, url: str | None = None, *, take_over: bool = False) -> Pulled:
    """Make the folder a working copy that has the book in hand. `url`: the first time."""
    root.mkdir(parents=True, exist_ok=True)
    with lock_folder(root):
        copy = _copy_of(root, url)
        store, index = Store.at(copy.url), Index(root)
        if Pointer.read(store)[0] is None:
            raise StoreEmpty(f"В {store.url} ещё нет участка", f"Первый раз: raschet push --to {store.url}")
        copy.keep(root)
        claim.take(store, copy.token, root, take_over=take_over)
        # read again: what the one before us published while we waited is in
        there, tag = Pointer.read(store)
        assert there is not None  # nothing deletes it
        _require_nothing_unsent(root, copy, there, tag)
        try:
            sizes = _fetch_files(root, store, index, there)
        finally:
            index.keep()
        _flip(root, there)
        replace(copy, in_hand=True, pointer_tag=tag, pushing=None).keep(root)
        return Pulled(len(sizes), sum(sizes), len(there.months))


def _copy_of(root: Path, url: str | None) -> WorkingCopy:
    copy = WorkingCopy.of(root)
    if copy is not None and url is not None and Store.at(url).url != copy.url:
        raise NotAWorkingCopy(f"Папка {root} взята из {copy.url}", "Укажите ключом --book новую папку")
    if copy is not None:
        return copy
    if url is None or (root / SETTINGS).exists():
        raise NotAWorkingCopy(f"Папка {root} не из хранилища",
                              "Укажите адрес s3://ведро/папка и ключом --book новую папку")
    return WorkingCopy(Store.at(url).url, claim.new_token(), in_hand=False)


def _require_nothing_unsent(root: Path, copy: WorkingCopy, there: Pointer, tag: str | None) -> None:
    """Months computed here and never pushed, while others have published: nobody can say which is right."""
    if copy.pointer_tag is None or tag == copy.pointer_tag or there.push == copy.pushing:
        return
    book = Book.at(root)
    own = Pointer.of(book, "", "").versions if book.exists else {}
    if any(there.versions.get(folder) != files for folder, files in own.items()):
        raise StoreMoved(f"В {copy.url} опубликовано другое, а в папке {root} есть расчёты, которые не передавались",
                         "Возьмите участок в новую папку: raschet pull --book")


def _fetch_files(root: Path, store: Store, index: Index, there: Pointer) -> list[int]:
    """Sizes of what came. A version appears in one rename, once its manifest is the one that the pointer names."""
    objects = store.objects()
    whole = {
        folder: files for folder, files in there.versions.items()
        if not _is_so(root / folder / MANIFEST, files[MANIFEST])
    }
    closings = {
        f"{folder}/{CLOSED}" for folder, files in there.versions.items()
        if folder not in whole and CLOSED in files and not _is_so(root / folder / CLOSED, files[CLOSED])
    }
    wanted = {
        key: _place(key) if _folder(key) in whole else key
        for key in _named_by(objects, there, whole) | closings
    }

    def seen(key: str) -> tuple[str, str | None]:
        return key, _tag_of_here(root, store, index, key, wanted[key], objects[key])

    def fetched(key: str) -> tuple[str, str]:
        return key, store.fetch(key, root / wanted[key], mode=0o600 if key.startswith(_PERSONAL) else None)

    with ThreadPoolExecutor(AT_ONCE) as fetchers:
        here = {key: tag for key, tag in fetchers.map(seen, wanted) if tag is not None}
        wanted = {key: place for key, place in wanted.items() if key not in here}
        _require_settings_agree(root, store, index, wanted)
        _private_folders(root, wanted)
        tags = dict(fetchers.map(fetched, wanted))
    for folder, files in whole.items():
        _show(root, store, folder, files)
    # a file of ours that may change is not the store's because it is here
    for key, tag in {**{key: tag for key, tag in here.items() if _never_changes(key)}, **tags}.items():
        index.note(key, tag)
    for left in (root / "versions").glob("*/.*"):
        remove_folder(left)
    return [objects[key].size for key in wanted]


def _named_by(objects: Iterable[str], there: Pointer, whole: Collection[str]) -> set[str]:
    """Keys that the folder should have: versions that it lacks, and everything beside the versions."""
    beside = {f"{name}/{folder.removeprefix('versions/')}" for folder in there.versions for name in BESIDE}
    # a closing that a crashed push left is not the pointer's
    strangers = {f"{folder}/{CLOSED}" for folder, files in there.versions.items() if CLOSED not in files}
    return {
        key for key in objects
        if _folder(key) in beside or key == SETTINGS or key.endswith(f"/{CATALOGUE}") or key.startswith(_LASTING)
        or (_folder(key) in whole and key not in strangers)
    }


def _folder(key: str) -> str:
    """`versions/<month>/<run>` of whatever lies below."""
    return "/".join(key.split("/")[:3])


def _tag_of_here(root: Path, store: Store, index: Index, key: str, place: str, found: Stored) -> str | None:
    """Tag of an object whose file is here, else None. Files that never change are here when neither they nor the object
    have changed since we met, or when they hold the same; the others when nothing was put since."""
    file = root / place
    if not file.is_file():
        return None
    if not _never_changes(key):
        return found.tag if index.is_same_there(key, found.tag) else None
    is_known = place == key and index.is_same_there(key, found.tag) and index.is_same_here(key)
    return found.tag if is_known else store.tag_of_same(key, file)


def _never_changes(key: str) -> bool:
    return key.startswith(("versions/", *_LASTING)) and not key.endswith((CLOSED, CATALOGUE))


def _require_settings_agree(root: Path, store: Store, index: Index, wanted: Collection[str]) -> None:
    file = root / SETTINGS
    if SETTINGS not in wanted or not file.is_file() or index.is_same_here(SETTINGS):
        return
    there = store.get(SETTINGS)
    # a pull that was killed has fetched them and not said so
    if there is None or there[0] != file.read_bytes():
        raise StoreMoved(f"{SETTINGS} изменён и в хранилище, и в папке {root}",
                         f"Перенесите правку в хранилище, удалите {SETTINGS} из папки и повторите")


def _is_so(file: Path, digest: str) -> bool:
    return file.is_file() and sha256_of(file) == digest


def _place(key: str) -> str:
    """Versions are gathered under a hidden name; what an interrupted pull has gathered is not fetched again."""
    tree, month, run, below = key.split("/", 3)
    return f"{tree}/{month}/.{run}/{below}"


def _show(root: Path, store: Store, folder: str, files: dict[str, str]) -> None:
    shown = root / folder
    private = shown.with_name(f".{shown.name}")
    for name, digest in files.items():
        if not _is_so(private / name, digest):
            raise StoreDamaged(f"{folder}/{name} хранилища {store.url} не тот, который назван указателем",
                               "Повторите; затем проверьте хранилище")
    remove_folder(shown)
    private.rename(shown)
    sync_folder(shown.parent)


def _private_folders(root: Path, wanted: dict[str, str]) -> None:
    for place in wanted.values():
        if place.startswith(_PERSONAL):
            folder = (root / place).parent
            below = [above for above in reversed(folder.parents) if above.is_relative_to(root / "personal")]
            for private in [*below, folder]:
                private.mkdir(mode=0o700, parents=True, exist_ok=True)
                private.chmod(0o700)


def _flip(root: Path, there: Pointer) -> None:
    """Links of months and of their reports, each by one rename."""
    for month, told in there.months.items():
        _link(root / "published" / f"run_month={month}", Path("..") / told["folder"])
        if told["report"] is not None:
            _link(root / "reports" / f"run_month={month}", Path(month) / told["report"])


def _link(link: Path, to: Path) -> None:
    with suppress(FileNotFoundError):
        if link.readlink() == to:
            return
    link.parent.mkdir(parents=True, exist_ok=True)
    private = link.with_name(f".{link.name}")
    private.unlink(missing_ok=True)
    private.symlink_to(to)
    private.replace(link)
    sync_folder(link.parent)
