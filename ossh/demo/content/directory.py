"""A real folder, served as a bucket. Nothing outside of it can be reached."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ossh.demo.content.bodies import FileContent
from ossh.demo.content.buckets import (
    STORY_TIME,
    StoredObject,
    Unversioned,
    of_version,
    opaque_etag,
    type_of,
)


class DirectoryBucket(Unversioned):
    """The regular files below a folder; their paths, with "/", are the keys.

    Symbolic links are left out, and so are names that are not UTF-8. An ETag is made of path, size
    and mtime, so that listing reads no file; objects are therefore of type Multipart.
    """

    def __init__(self, name: str, root: Path, *, public: bool = False) -> None:
        """Serve the folder `root`, which must exist."""
        self.name = name
        self.created = STORY_TIME
        self.public = public
        self.elsewhere = ""
        self._root = root.resolve(strict=True)

    def get(self, key: str) -> StoredObject | None:
        """Return the object of a key, if it is the path of a regular file below the root."""
        parts = key.split("/")
        if not all(_is_name(part) for part in parts):
            return None
        path = self._root
        try:
            for part in parts[:-1]:
                path /= part
                if not _is_folder(path.lstat()):  # a link may lead out of the root
                    return None
            path /= parts[-1]
            found = path.lstat()
        except (OSError, ValueError):
            return None
        return self._object(key, path, found) if stat.S_ISREG(found.st_mode) else None

    def version(self, key: str, version_id: str) -> StoredObject | None:
        return of_version(self.get(key), version_id)

    def scan(self, start: str) -> Iterator[StoredObject]:
        return self._scan(self._root, "", start)

    def _scan(self, folder: Path, above: str, start: str) -> Iterator[StoredObject]:
        for name, entry in sorted(_entries(folder)):
            key = above + name
            if name.endswith("/"):
                # all that lies below is before `start`, unless `start` lies there itself
                if key >= start or start.startswith(key):
                    yield from self._scan(folder / entry.name, key, start)
            elif key >= start:
                try:
                    found = entry.stat(follow_symlinks=False)
                except OSError:  # deleted meanwhile
                    continue
                yield self._object(key, folder / entry.name, found)

    def _object(self, key: str, path: Path, found: os.stat_result) -> StoredObject:
        content = FileContent(path, found.st_size, found.st_mtime_ns)
        return StoredObject(
            key,
            content,
            opaque_etag(key, found.st_size, found.st_mtime_ns),
            modified=float(int(found.st_mtime)),
            kind="Multipart",
            content_type=type_of(key),
        )


def _is_name(part: str) -> bool:
    if part in {"", ".", ".."} or "\0" in part or os.sep in part:
        return False
    return os.name != "nt" or not set(part) & set('\\:*?"<>|')


def _is_folder(found: os.stat_result) -> bool:
    """Return whether it is a real folder, neither a link nor a Windows junction."""
    attributes = getattr(found, "st_file_attributes", 0)
    return stat.S_ISDIR(found.st_mode) and not attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT


def _entries(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield the names of a folder as keys sort: those of folders end in "/"."""
    try:
        found = list(os.scandir(folder))
    except OSError:  # deleted meanwhile, or not ours to read
        return
    for entry in found:
        if not entry.name.isascii() and not _is_utf8(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False) and _is_folder(entry.stat(follow_symlinks=False)):
            yield entry.name + "/", entry
        elif entry.is_file(follow_symlinks=False):
            yield entry.name, entry


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
