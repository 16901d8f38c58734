"""The store as objects: list, get, put, and put only if nobody else has put. All of boto3 is here.

Address and keys come the way that every S3 tool takes them: `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_REGION` or the files of `aws configure`. Nothing of them is kept in a book.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pipeline.errors import RaschetError
from pipeline.storage.files import sha256_of, space_for

#: A bucket's name: labels of small letters, digits and dashes, three to sixty-three characters in all.
_LABEL: Final = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_URL: Final = re.compile(rf"s3://(?=[^/]{{3,63}}(?:/|$))({_LABEL}(?:\.{_LABEL})*)(?:/(.*?))?/*")
_SHA256: Final = "sha256"
#: A store answers so when a condition does not hold.
_REFUSALS: Final = {409, 412}
#: Requests under way at once: the store's answers are waited for, hardly any processor is used.
AT_ONCE: Final = 12
_BATCH: Final = 1000
_CHUNK: Final = 1 << 20


class StoreUnreachable(RaschetError):
    """The store does not answer, refuses us, or boto3 is not installed here."""


class StoreDamaged(RaschetError):
    """An object is not what was put."""


class Overtaken(RaschetError):
    """Somebody else has put the object first."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One object of a listing: its size and the store's tag of its content."""

    size: int
    tag: str


@dataclass(frozen=True)
class Store:
    """A place in a store, `s3://bucket/prefix`; keys are relative to it."""

    bucket: str
    prefix: str

    @classmethod
    def at(cls, url: str) -> Store:
        """The place of an address."""
        found = _URL.fullmatch(url)
        if found is None:
            raise StoreUnreachable(
                f"Адрес хранилища «{url}» не читается",
                "Он пишется так: s3://ведро/папка; в имени ведра от 3 до 63 строчных латинских букв, цифр и дефисов",
            )
        return cls(found[1], f"{found[2]}/" if found[2] else "")

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def objects(self, below: str = "") -> dict[str, Stored]:
        """Every object whose key starts so, by key."""
        with self._asked():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix + below
            )
            return {
                told["Key"].removeprefix(self.prefix): Stored(told["Size"], told["ETag"])
                for page in pages for told in page.get("Contents", ())
            }

    def get(self, key: str) -> tuple[bytes, str] | None:
        """(content, tag) of a small object; None when there is none."""
        with self._asked():
            try:
                told = self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)
            except self._client.exceptions.NoSuchKey:
                return None
            return told["Body"].read(), told["ETag"]

    def put(self, key: str, content: bytes, *, over: str | None) -> str:
        """Put a small object over the one of this tag, or where there is none; its tag. Overtaken when it is not so.

        A repeated request whose first answer was lost finds its own content, which is no defeat.
        """
        try:
            return self.put_once(key, content, over=over)
        except Overtaken:
            found = self.get(key)
            if found is None or found[0] != content:
                raise
            return found[1]

    def put_once(self, key: str, content: bytes, *, over: str | None) -> str:
        """The bare conditional request."""
        condition = {"IfNoneMatch": "*"} if over is None else {"IfMatch": over}
        with self._asked(key):
            told = self._client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=content, **condition)
            return str(told["ETag"])

    def send(self, key: str, file: Path, *, only_new: bool) -> str:
        """Put a file with its hash; its tag. `only_new`: Overtaken when another content lies there."""
        digest = sha256_of(file)
        condition = {"IfNoneMatch": "*"} if only_new else {}
        try:
            with self._asked(key), file.open("rb") as content:
                told = self._client.put_object(
                    Bucket=self.bucket, Key=self.prefix + key, Body=content, Metadata={_SHA256: digest}, **condition
                )
                return str(told["ETag"])
        except Overtaken:
            tag = self.tag_of_same(key, file)
            if tag is None:
                raise
            return tag

    def tag_of_same(self, key: str, file: Path) -> str | None:
        """Tag of the object when it holds what the file holds, else None: told by the hash that it was put with; what
        others put into the landing has none and is read."""
        with self._asked(key):
            there = self._client.head_object(Bucket=self.bucket, Key=self.prefix + key)
            if there["ContentLength"] != file.stat().st_size:
                return None
            put = there["Metadata"].get(_SHA256) or self._read_hash(key)
        return str(there["ETag"]) if put == sha256_of(file) else None

    def fetch(self, key: str, file: Path, *, mode: int | None = None) -> str:
        """Write an object as a file, whole or not at all; its tag. StoreDamaged when it is not what was put."""
        with space_for(file), self._asked(key):
            file.parent.mkdir(parents=True, exist_ok=True)
            # one pull at a time: what a killed one left half written is written over
            private = file.with_name(f".{file.name}.pull")
            told = self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)
            try:
                with private.open("wb") as written:
                    if mode is not None:
                        os.fchmod(written.fileno(), mode)
                    for piece in told["Body"].iter_chunks(_CHUNK):
                        written.write(piece)
                    written.flush()
                    os.fsync(written.fileno())
                put = told["Metadata"].get(_SHA256)
                if put is not None and sha256_of(private) != put:
                    raise StoreDamaged(f"Объект {key} хранилища {self.url} повреждён", "Повторите команду")
                private.replace(file)
            finally:
                private.unlink(missing_ok=True)
            return str(told["ETag"])

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that are gone already are no error."""
        every = sorted(keys)
        for start in range(0, len(every), _BATCH):
            wanted = [{"Key": self.prefix + key} for key in every[start:start + _BATCH]]
            with self._asked():
                self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": wanted, "Quiet": True})

    def _read_hash(self, key: str) -> str:
        digest = hashlib.sha256()
        for piece in self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].iter_chunks(_CHUNK):
            digest.update(piece)
        return digest.hexdigest()

    @cached_property
    def _client(self) -> Any:
        try:
            import boto3
            from botocore.config import Config
        except ModuleNotFoundError:
            raise StoreUnreachable(
                "Для хранилища S3 нужна библиотека boto3, её нет в этом окружении",
                "Соберите окружение кластера: make cluster (docs/scale.md)",
            ) from None
        # stores other than Amazon's may not know the newer checksums: every file carries its own hash instead
        return boto3.client("s3", config=Config(
            retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=16,
            request_checksum_calculation="when_required", response_checksum_validation="when_required",
        ))

    @contextmanager
    def _asked(self, key: str = "") -> Iterator[None]:
        """Errors of the library as ours, without what it may quote of a request."""
        client = self._client
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except client.exceptions.NoSuchKey:
            raise Overtaken(f"Объекта {key} нет в хранилище {self.url}") from None
        except ClientError as refused:
            status = refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if status in _REFUSALS:
                raise Overtaken(f"Объект {key} хранилища {self.url} уже записан кем-то другим") from None
            code = str(refused.response.get("Error", {}).get("Code", status))
            if code in _NO_BUCKET:
                raise StoreUnreachable(f"Ведра «{self.bucket}» в хранилище нет", "Создайте его или исправьте адрес "
                                       "s3://ведро/папка") from None
            raise StoreUnreachable(f"Хранилище {self.url} отказало: {_REFUSED.get(code, code)}", _REMEDY) from None
        except BotoCoreError as lost:
            raise StoreUnreachable(
                f"Хранилище {self.url} не отвечает: {_LOST.get(type(lost).__name__, type(lost).__name__)}", _REMEDY
            ) from None


#: What stores answer, in words; another code is told as it is.
_NO_BUCKET: Final = frozenset({"NoSuchBucket", "InvalidBucketName"})
_REFUSED: Final = {
    "AccessDenied": "нет прав", "403": "нет прав", "InvalidAccessKeyId": "ключ доступа неизвестен",
    "SignatureDoesNotMatch": "секретный ключ неверен",
}
_LOST: Final = {
    "NoCredentialsError": "ключи доступа не заданы", "EndpointConnectionError": "нет связи с адресом",
    "ConnectTimeoutError": "нет связи с адресом", "ReadTimeoutError": "ответ не пришёл вовремя",
}
_REMEDY: Final = "Проверьте адрес, ведро и ключи доступа: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID (docs/scale.md)"
