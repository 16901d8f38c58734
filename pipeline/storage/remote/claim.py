"""The lock of a store: `lock.json` says which working copy has the book in hand. It changes only by conditional puts.

The object is never deleted: giving the book back is a put as well, so nobody can free a lock that is not his.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from pipeline.billing_month import MOSCOW
from pipeline.errors import RaschetError
from pipeline.storage.remote.objects import Overtaken, Store

KEY: Final = "lock.json"


class StoreTaken(RaschetError):
    """Another working copy has the book in hand."""


class StoreUnsuited(RaschetError):
    """The store ignores conditions of a put: two writers could overwrite each other."""


def new_token() -> str:
    """What a working copy is known by."""
    return str(uuid4())


def take(store: Store, token: str, folder: Path, *, take_over: bool = False) -> None:
    """Take the book for a working copy; again and again by the same one. StoreTaken when another has it."""
    told, tag = _read(store)
    if told.get("token") == token:
        return
    if told.get("token") and not take_over:
        raise _taken(store, told)
    signed = _signed(token, folder)
    try:
        store.put(KEY, signed, over=tag)
    except Overtaken:
        raise _taken(store, _read(store)[0]) from None
    _require_conditions(store, signed)


def require_held(store: Store, token: str) -> None:
    """StoreTaken unless this working copy has the book."""
    told, _tag = _read(store)
    if told.get("token") != token:
        raise _taken(store, told)


def give_back(store: Store, token: str, folder: Path) -> None:
    """Free the lock if it is ours."""
    told, tag = _read(store)
    if told.get("token") == token:
        try:
            store.put(KEY, _signed(None, folder), over=tag)
        except Overtaken:
            return


def _read(store: Store) -> tuple[dict[str, Any], str | None]:
    found = store.get(KEY)
    if found is None:
        return {}, None
    try:
        told = json.loads(found[0])
    except ValueError:
        told = {"token": "?"}
    return told if isinstance(told, dict) else {"token": "?"}, found[1]


def _signed(token: str | None, folder: Path) -> bytes:
    since = datetime.now(MOSCOW).isoformat(timespec="microseconds")
    told = {"token": token, "since": since, "host": os.uname().nodename, "folder": str(folder)}
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _require_conditions(store: Store, signed: bytes) -> None:
    """Some stores take no notice of a condition and say nothing: seen at once, by asking for what must be refused."""
    try:
        store.put_once(KEY, signed, over=None)
    except Overtaken:
        return
    raise StoreUnsuited(
        f"Хранилище {store.url} не выполняет условную запись (If-None-Match): два расчёта затёрли бы друг друга",
        "Возьмите хранилище с условной записью (docs/scale.md)",
    )


def _taken(store: Store, told: dict[str, Any]) -> StoreTaken:
    try:
        since = datetime.fromisoformat(told["since"]).astimezone(MOSCOW)
        days = (datetime.now(MOSCOW) - since).days
        age = f" ({days} дн. назад)" if days else ""
        holder = f"с {since:%d.%m.%Y %H:%M:%S}{age} папкой {told['folder']} на {told['host']}"
    except (KeyError, TypeError, ValueError):
        holder = "другой рабочей папкой"
    return StoreTaken(
        f"Участок в {store.url} занят {holder}",
        "Дождитесь raschet push оттуда; если та папка потеряна: raschet pull --take-over",
    )
