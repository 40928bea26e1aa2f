"""Keys as the folders and files of fsspec, whose paths cannot say everything that keys can.

A path is `BUCKET/KEY` without a `/` at its end. So a key that ends with `/` stands for a folder,
and what lies behind several `/` in a row lies in the folder before them, under a name that begins
with `/`. A name may be both a file and a folder.

What was listed is remembered for a while, as far as there is room: fsspec's own grows without end.
"""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any, Final

from ossh.model import ObjectInfo

Info = dict[str, Any]
"""What fsspec is told of a file or a folder: its path is `name`."""
_MOST: Final = 10_000  # levels; of most paths that were looked at, one entry is all


def parent_of(path: str) -> str:
    """Return the folder that a file or a folder lies in."""
    return path.rpartition("/")[0].rstrip("/")


def folder(path: str) -> Info:
    return {"name": path.rstrip("/"), "size": 0, "type": "directory"}


def entry(bucket: str, info: ObjectInfo) -> Info:
    """Return what an object is: a file, or what stands for a folder."""
    path = f"{bucket}/{info.key}"
    if path.endswith("/"):
        return folder(path)
    found = {
        "name": path,
        "size": info.size,
        "type": "file",
        "ETag": info.etag,
        "LastModified": info.last_modified,
        "StorageClass": info.storage_class,
    }
    if info.is_symlink:
        found["islink"] = True
    if info.version_id:
        found["VersionId"] = info.version_id
    return found


def in_order(entries: Iterable[Info]) -> list[Info]:
    """Return entries by name, each once; of a name, the folder comes before the file."""
    found = {(one["name"], one["type"]): one for one in entries}
    return [found[name] for name in sorted(found)]


def levels(root: str, entries: Iterable[Info]) -> dict[str, list[Info]]:
    """Return what lies directly in a folder and in each folder in it, in order.

    Args:
        root: The folder; like any other, it is in the result if anything is in it.
        entries: All that lies in it, at any depth, and perhaps itself.
    """
    found = defaultdict[str, dict[tuple[str, str], Info]](dict)
    for one in entries:
        while one["name"] != root:
            parent = parent_of(one["name"])
            mark = (one["name"], one["type"])
            if mark in found[parent]:
                break
            found[parent][mark] = one
            one = folder(parent)  # noqa: PLW2901 - upwards
    return {path: in_order(level.values()) for path, level in found.items()}


class Remembered(MutableMapping[str, list[Info]]):
    """Levels by their paths; the oldest go first. Threads may share it.

    The arguments are those of fsspec's `DirCache` (an expiry time in seconds), and a clock in
    seconds. Without `max_paths` as many levels as usual are remembered.
    """

    def __init__(
        self,
        *,
        use_listings_cache: bool = True,
        listings_expiry_time: float | None = None,
        max_paths: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        **others: Any,  # noqa: ARG002 - of all fsspec's listings
    ) -> None:
        self.use_listings_cache = use_listings_cache
        self.listings_expiry_time = listings_expiry_time
        self.max_paths = max_paths or _MOST
        self._clock = clock
        self._levels = OrderedDict[str, tuple[float, list[Info]]]()  # with when each was set

    def __getitem__(self, path: str) -> list[Info]:
        since, level = self._levels[path]
        seconds = self.listings_expiry_time
        if seconds is not None and self._clock() - since > seconds:
            del self[path]
            raise KeyError(path)
        return level

    def __setitem__(self, path: str, level: list[Info]) -> None:
        if not self.use_listings_cache:
            return
        del self[path]  # the newest is the last
        self._levels[path] = self._clock(), level
        while len(self._levels) > self.max_paths:
            self._levels.popitem(last=False)

    def __delitem__(self, path: str) -> None:
        self._levels.pop(path, None)  # another thread may have been faster

    def clear(self) -> None:
        self._levels.clear()

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._levels))

    def __len__(self) -> int:
        return len(self._levels)
