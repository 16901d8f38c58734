"""Push a working copy: files first, the pointer last, by one conditional put. Safe to repeat after a crash.

Until the pointer is put, readers and other working copies see the months as they were; whatever a crash left in the
store is overwritten or cleared by the next push.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.storage.book import Book
from pipeline.storage.lock import lock
from pipeline.storage.remote import claim, pointer
from pipeline.storage.remote.objects import AT_ONCE, Overtaken, Store
from pipeline.storage.remote.pointer import BESIDE, CATALOGUE, LASTING, Pointer
from pipeline.storage.remote.working_copy import Index, NotAWorkingCopy, StoreMoved, WorkingCopy
from pipeline.storage.settings import FILE as SETTINGS
from pipeline.storage.start import now


@dataclass(frozen=True, slots=True)
class Pushed:
    """What went up: files, their bytes, the months that readers see now."""

    files: int
    bytes: int
    months: int


def push(book: Book, to: str | None = None, *, keep: bool = False) -> Pushed:
    """Send what is new and put the pointer; then the book is in the store, unless `keep`. `to`: the first time."""
    with lock(book.require(), even_handed_over=True):
        copy = _copy_of(book, to)
        store, index = Store.at(copy.url), Index(book.root)
        if copy.pointer_tag is None:
            _require_unmoved(store, copy, book)
        copy = replace(copy, in_hand=True)
        copy.keep(book.root)
        claim.take(store, copy.token, book.root)
        copy, before = _require_unmoved(store, copy, book)
        try:
            sent = _send_files(book, store, index, before)
        finally:
            # a crash between files costs only what was under way
            index.keep()
        after = Pointer.of(book, claim.new_token(), now())
        copy = replace(copy, pushing=after.push)
        copy.keep(book.root)
        claim.require_held(store, copy.token)
        tag = _put_pointer(store, after, copy.pointer_tag)
        copy = replace(copy, pointer_tag=tag, pushing=None)
        copy.keep(book.root)
        _clear(store, after, copy.token)
        if not keep:
            replace(copy, in_hand=False).keep(book.root)
            claim.give_back(store, copy.token, book.root)
        return Pushed(len(sent), sum(sent), len(after.months))


def _copy_of(book: Book, to: str | None) -> WorkingCopy:
    copy = WorkingCopy.of(book.root)
    if copy is None and to is None:
        raise NotAWorkingCopy(f"Папка {book.root} не из хранилища",
                              "Первый раз укажите его: raschet push --to s3://ведро/папка")
    if copy is None:
        assert to is not None
        return WorkingCopy(Store.at(to).url, claim.new_token(), in_hand=True)
    if to is not None and Store.at(to).url != copy.url:
        raise NotAWorkingCopy(f"Папка {book.root} взята из {copy.url}", "Передавайте её туда же, без ключа --to")
    return copy


def _require_unmoved(store: Store, copy: WorkingCopy, book: Book) -> tuple[WorkingCopy, Pointer | None]:
    """The pointer is the one that was pulled, or the one that we put just before a crash."""
    there, tag = Pointer.read(store)
    if there is not None and there.push == copy.pushing:
        copy = replace(copy, pointer_tag=tag, pushing=None)
    if tag != copy.pointer_tag:
        raise StoreMoved(
            f"В {store.url} опубликовано то, чего в этой папке нет: её не передать",
            "Возьмите участок в новую папку (raschet pull) и повторите в ней расчёт",
        )
    if there is not None and there.book_id != book.settings.book_id:
        raise StoreMoved(f"В {store.url} лежит другой участок: {there.book_id}",
                         "Укажите ключом --to другую папку хранилища")
    return copy, there


def _send_files(book: Book, store: Store, index: Index, before: Pointer | None) -> list[int]:
    """Sizes of what was sent. Files that must never change are put only where there are none."""
    known = before.versions if before else {}
    after = Pointer.of(book, "", "")
    lasting = list(_files(book.root, LASTING))
    changing = [SETTINGS, *_catalogues(book.root), *_files(book.root, _run_folders(after))]
    changing += _files(book.root, [
        folder for folder, files in after.versions.items() if known.get(folder) != files
    ])
    wanted = [(name, True) for name in lasting] + [(name, False) for name in changing]
    wanted = [(name, only_new) for name, only_new in wanted if not index.is_same_here(name)]

    def sent(one: tuple[str, bool]) -> tuple[str, str]:
        name, only_new = one
        try:
            return name, store.send(name, book.root / name, only_new=only_new)
        except Overtaken:
            raise StoreMoved(f"В {store.url} уже есть {name} с другим содержанием",
                             "Поставки, копии и записи журналов не меняются: сверьте файл с его отправителем") from None

    sizes = []
    with ThreadPoolExecutor(AT_ONCE) as senders:
        for name, tag in senders.map(sent, wanted):
            index.note(name, tag)
            sizes.append((book.root / name).stat().st_size)
    return sizes


def _files(root: Path, folders: Iterable[str]) -> Iterator[str]:
    """Files below folders of the book; hidden ones are half written or no business of a store."""
    for folder in folders:
        for file in sorted((root / folder).rglob("*")):
            name = file.relative_to(root)
            if file.is_file() and not any(step.startswith(".") for step in name.parts) and file.name != CATALOGUE:
                yield name.as_posix()


def _catalogues(root: Path) -> list[str]:
    names = [f"{folder}/{CATALOGUE}" for folder in ("published", "journal")]
    return [name for name in names if (root / name).is_file()]


def _run_folders(told: Pointer) -> list[str]:
    return [
        f"{beside}/{month}/{run}" for month, of_month in told.months.items() for run in of_month["versions"]
        for beside in BESIDE
    ]


def _put_pointer(store: Store, after: Pointer, over: str | None) -> str:
    try:
        return store.put(pointer.KEY, after.content(), over=over)
    except Overtaken:
        raise StoreMoved(f"Пока участок передавался, в {store.url} опубликовали другое: там ничего не изменилось",
                         "Возьмите участок в новую папку (raschet pull) и повторите в ней расчёт") from None


def _clear(store: Store, after: Pointer, token: str) -> None:
    """Delete runs that the pointer does not name: pruned here, or left by a push that never ended.

    The lock is looked at after the listing: as long as it is ours, nothing that is listed was put by anybody who has
    taken the book over since (while this machine slept, say) and whose pointer names it.
    """
    kept = {*after.versions, *_run_folders(after)}
    left = [
        key for below in ("versions/", *(f"{beside}/2" for beside in BESIDE)) for key in store.objects(below)
        if "/".join(key.split("/")[:3]) not in kept
    ]
    with suppress(claim.StoreTaken):
        claim.require_held(store, token)
        store.delete(left)
