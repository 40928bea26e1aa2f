"""Keys as the folders and files of fsspec, whose paths cannot say everything that keys can. Pure.

A path is `BUCKET/KEY` without a `/` at its end. So a key that ends with `/` stands for a folder,
and what lies behind several `/` in a row lies in the folder before them, under a name that begins
with `/`. A name may be both a file and a folder.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ossh.model import ObjectInfo

Info = dict[str, Any]
"""What fsspec is told of a file or a folder: its path is `name`."""


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
