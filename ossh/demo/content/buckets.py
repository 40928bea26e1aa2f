"""Buckets: objects by key, in the order of their UTF-8 bytes.

Python compares text by code point, which is the order of UTF-8 bytes: keys are compared as text.
"""

import bisect
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ossh.demo.content.bodies import Content, Generated, Stored, md5_of
from ossh.demo.refusal import Refusal

STORY_TIME = 1772323200.0  # 2026-03-01T00:00:00Z, when generated buckets were filled
LONGEST_KEY = 1023  # bytes, in UTF-8
# Bytes above which generated objects count as uploaded in parts, so that nobody asks their MD5.
PLAIN_LIMIT = 16 << 20


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of one object.

    `etag` is without quotes; `modified` whole epoch seconds; `target` the key a symlink points to;
    `headers` are what else an answer says of it: encryption, version, rules of the bucket.
    """

    key: str
    content: Content
    etag: str
    modified: float = STORY_TIME
    kind: str = "Normal"
    storage_class: str = "Standard"
    content_type: str = "application/octet-stream"
    content_encoding: str = ""
    target: str | None = None
    has_crc: bool = True
    version: int = 0
    is_marker: bool = False  # a delete marker: no object, but a version of one
    meta: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.content.size

    @property
    def version_id(self) -> str:
        """The version's id; "null" in a bucket without versions."""
        return self.headers.get(VERSION_ID, "null")


VERSION_ID = "x-oss-version-id"


class Bucket(Protocol):
    """What the service needs of a bucket, and how that is without versions."""

    name: str
    public: bool = False  # anyone may read and list
    elsewhere: str = ""  # the endpoint that must be used instead
    versioning: str = ""  # "Enabled", "Suspended", or "" if it never was

    def get(self, key: str) -> StoredObject | None:
        """Return the object of a key."""

    def scan(self, start: str) -> Iterator[StoredObject]:
        """Yield the objects whose keys are not below `start`, in order."""

    def version(self, key: str, version_id: str) -> StoredObject | None:
        """Return a version of an object, a delete marker as such."""
        return self.get(key) if version_id == "null" else None

    def scan_versions(self, start: str) -> Iterator[StoredObject]:
        """Yield all versions likewise, delete markers too; of a key the newest first."""
        return self.scan(start)


def etag_of(key: str, content: Content, kind: str, version: int) -> str:
    """Return the ETag: the MD5 of a Normal object, else what looks like that of several parts."""
    if kind == "Normal":
        return md5_of(content).hex().upper()
    text = f"{content.size}:{version}:{key}"
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest().upper()
    return f"{digest}-{max(1, -(-content.size // (8 << 20)))}"


_TYPES = {
    "csv": "text/csv",
    "gz": "application/gzip",
    "html": "text/html",
    "jpg": "image/jpeg",
    "json": "application/json",
    "log": "text/plain",
    "md": "text/markdown",
    "mp4": "video/mp4",
    "tar": "application/x-tar",
    "txt": "text/plain",
}
"""By suffix. The systems' own tables differ."""


def type_of(key: str) -> str:
    _, dot, suffix = key.rpartition("/")[2].rpartition(".")
    return _TYPES.get(suffix.lower() if dot else "", "application/octet-stream")


@dataclass(eq=False)
class MemoryBucket(Bucket):
    """Objects in a dictionary; those with a version id keep their earlier versions.

    With versioning enabled, whatever is put gets an id, and a delete marker hides what is deleted.
    With versioning suspended, both have the id "null" and replace what has that id. An id among the
    headers of what is put is kept.
    """

    name: str
    public: bool = False
    elsewhere: str = ""
    versioning: str = ""
    _ids: Iterator[int] = field(default_factory=itertools.count)
    # by key and id, the newest one last; without versions there is one, "null"
    _versions: dict[str, dict[str, StoredObject]] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)  # of the keys, made when they are listed

    def put(self, stored: StoredObject) -> None:
        """Store an object; in a bucket with versions, as the newest version of its key."""
        if self.versioning == "Enabled" and VERSION_ID not in stored.headers:
            new_id = f"CAEQ{next(self._ids):024d}"
            stored = replace(stored, headers={**stored.headers, VERSION_ID: new_id})
        if stored.key not in self._versions:
            self._order = []
        versions = self._versions.setdefault(stored.key, {})
        versions.pop(stored.version_id, None)
        versions[stored.version_id] = stored

    def delete(self, key: str, marker: str = "", modified: float = STORY_TIME) -> None:
        """Remove an object; a missing one is no error, as in OSS.

        In a bucket with versions, or with `marker`, the version id of a delete marker, its versions
        stay.
        """
        if marker or self.versioning:
            headers = {VERSION_ID: marker} if marker else {}
            self.put(make_object(key, b"", headers=headers, is_marker=True, modified=modified))
        elif self._versions.pop(key, None) is not None:
            self._order = []

    def _newest(self, key: str) -> StoredObject | None:
        return next(reversed(self._versions.get(key, {}).values()), None)

    def get(self, key: str) -> StoredObject | None:
        newest = self._newest(key)
        return None if newest is None or newest.is_marker else newest

    def version(self, key: str, version_id: str) -> StoredObject | None:
        return self._versions.get(key, {}).get(version_id)

    def marker(self, key: str) -> StoredObject | None:
        """Return the delete marker that hides a key, if one does."""
        newest = self._newest(key)
        return newest if newest is not None and newest.is_marker else None

    def _keys(self, start: str) -> Iterator[str]:
        self._order = order = self._order or sorted(self._versions)
        for index in range(bisect.bisect_left(order, start), len(order)):
            yield order[index]

    def scan_versions(self, start: str) -> Iterator[StoredObject]:
        for key in self._keys(start):
            yield from reversed(self._versions[key].values())

    def scan(self, start: str) -> Iterator[StoredObject]:
        return filter(None, map(self.get, self._keys(start)))


class SyntheticBucket(Bucket):
    """Any number of objects of one size, computed on demand."""

    def __init__(self, name: str, count: int, size: int) -> None:
        if not 0 <= count <= _MOST or size < 0:
            raise ValueError(f"a synthetic bucket holds 0 to {_MOST} objects")
        self.name = name
        self.count = count
        self.object_size = size

    def get(self, key: str) -> StoredObject | None:
        found = next(self.scan(key), None)
        return found if found is not None and found.key == key else None

    def scan(self, start: str) -> Iterator[StoredObject]:
        numbers = range(self.count)
        first = bisect.bisect_left(numbers, start, key=_synthetic_key)
        for number in numbers[first:]:
            key = _synthetic_key(number)
            content = Generated(key, self.object_size)
            etag = etag_of(key, content, "Multipart", 0)
            yield StoredObject(key, content, etag, kind="Multipart")


_MOST = 100_000_000


def _synthetic_key(number: int) -> str:
    return f"data/{number // 1000:05d}/{number:08d}.bin"


def make_object(  # noqa: PLR0913 - what an object is made of, all optional
    key: str,
    body: bytes | None = None,
    *,
    size: int | None = None,
    version: int = 0,
    kind: str | None = None,
    modified: float = STORY_TIME,
    crc: bool = True,
    etag: str | None = None,
    content_type: str | None = None,
    symlink_to: str | None = None,
    **others: Any,  # noqa: ANN401 - each has its own type
) -> StoredObject:
    """Return an object with the given bytes, or with `size` generated ones.

    These are `ossh.demo.content.body(key, size, version)`. The usual kind is Normal, of more than
    16 MiB of them Multipart; it may be Appendable. `others` are further fields of `StoredObject`.

    Raises:
        Refusal: For a key that is no key, or a size that no object has.
    """
    if not 1 <= len(key.encode("utf-8", "surrogatepass")) <= LONGEST_KEY:
        raise Refusal(400, "InvalidObjectName", "The specified object name is not valid.")
    if size is not None and size < 0:
        raise Refusal(400, "InvalidArgument", "A size is not negative.")
    content: Content = Generated(key, size or 0, version) if body is None else Stored(body)
    if symlink_to is not None:
        kind = "Symlink"
    elif kind is None:
        kind = "Normal" if body is not None or content.size <= PLAIN_LIMIT else "Multipart"
    return StoredObject(
        key,
        content,
        etag or etag_of(key, content, kind, version),
        modified=float(int(modified)),
        kind=kind,
        content_type=content_type or type_of(key),
        target=symlink_to,
        has_crc=crc,
        version=version,
        **others,
    )


def changed(stored: StoredObject, modified: float, size: int | None = None) -> StoredObject:
    """Return the next version of an object: other bytes, other ETag, later date, no id yet."""
    version = stored.version + 1
    content = Generated(stored.key, stored.size if size is None else size, version)
    return _rewritten(stored, content, version, modified)


def appended(stored: StoredObject, modified: float, count: int) -> StoredObject:
    """Return an object with `count` more bytes at its end: another ETag, a later date, no id."""
    content = Stored(stored.content.read(0, stored.size) + b"+" * count)
    return _rewritten(stored, content, stored.version, modified)


def _rewritten(
    stored: StoredObject, content: Content, version: int, modified: float
) -> StoredObject:
    return replace(
        stored,
        content=content,
        etag=etag_of(stored.key, content, stored.kind, version),
        version=version,
        modified=float(int(modified)),
        headers={name: text for name, text in stored.headers.items() if name != VERSION_ID},
    )
