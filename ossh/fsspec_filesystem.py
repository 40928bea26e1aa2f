"""An fsspec file system: pandas, polars, PyArrow, DuckDB and Dask read objects through it.

Registered for `ossh://BUCKET/KEY`. Read-only, as all of ossh is.

Source: fsspec documentation, "Developing with fsspec".
"""

import errno
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, NoReturn

try:
    from fsspec.spec import AbstractFileSystem
except ModuleNotFoundError as error:
    message = "ossh.filesystem() needs fsspec: pip install 'ossh[fsspec]'"
    raise ModuleNotFoundError(message, name="fsspec") from error

from ossh.catalog import Catalog, Prefix
from ossh.errors import StoreError
from ossh.library import Find, connection_of
from ossh.model import Cause, ObjectInfo
from ossh.session import Options, parse_address
from ossh.session.browsing.place import SCHEME, Place
from ossh.store.object_file import ObjectFile

Info = dict[str, Any]
_LISTED_SECONDS: Final = 60.0
_ERRORS: Final = {
    Cause.GONE: FileNotFoundError,
    Cause.NO_BUCKET: FileNotFoundError,
    Cause.DENIED: PermissionError,
    Cause.BAD_CREDENTIALS: PermissionError,
}


class OsshFileSystem(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """Buckets, and the levels and objects in them, as folders and files.

    Listings are remembered for `listings_expiry_time` seconds, and with them the version of each
    object; `invalidate_cache` forgets them. If an object is replaced meanwhile, reading it
    raises a `StoreError`. What is missing or forbidden is a `FileNotFoundError` or a
    `PermissionError`, and whatever would write is an `OSError`.

    Args:
        credentials: As for `ossh.new_job`.
        storage_options: Fields of `ossh.Options`, such as `profile`, `endpoint` and `region`, and
            what every fsspec file system takes.
    """

    protocol = "ossh"

    def __init__(
        self,
        *,
        credentials: Find | None = None,
        listings_expiry_time: float = _LISTED_SECONDS,
        **storage_options: Any,  # noqa: ANN401 - each has its own type
    ) -> None:
        names = storage_options.keys() & Options.__dataclass_fields__.keys()
        options = Options(**{name: storage_options.pop(name) for name in names})
        super().__init__(listings_expiry_time=listings_expiry_time, **storage_options)
        self._connection = connection_of(options, credentials)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:  # noqa: ANN401 - a path or a list of paths
        """Return `BUCKET/KEY` of an address."""
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return os.fspath(path).removeprefix(f"{cls.protocol}://").removeprefix(SCHEME).strip("/")

    def ls(self, path: str, detail: bool = True, **options: Any) -> list[Any]:  # noqa: ANN401, FBT001, FBT002 - fsspec's own
        """Return what lies directly in a folder, or the file of that name."""
        path = self._strip_protocol(path)
        found = None if options.get("refresh") else self.dircache.get(path)
        if found is None:
            found = self._level(path)
            if found:
                self.dircache[path] = found
            else:
                found = [self._looked_up(path)]
        return found if detail else [info["name"] for info in found]

    def _level(self, path: str) -> list[Info]:
        with _translated(path):
            if not path:
                return [_folder(one.name) for one in self._connection.buckets(fresh=True)]
            place, prefix = _place(path), _below(path)
            return [
                _folder(f"{place.bucket}/{node.prefix}")
                if isinstance(node, Prefix)
                else _file(place.bucket, node)
                for node in self._catalog(path).level(prefix)
                if isinstance(node, Prefix) or node.key != prefix
            ]

    def info(self, path: str, **_options: Any) -> Info:  # noqa: ANN401 - fsspec's own
        """Return name, size, type, and of a file its ETag and time."""
        path = self._strip_protocol(path)
        for listed in (self._parent(path), path):
            for known in self.dircache.get(listed, ()):
                if known["name"] == path:
                    return dict(known)
        return self._looked_up(path)

    def _looked_up(self, path: str) -> Info:
        if not path:
            return _folder(path)
        key = _place(path).prefix
        with _translated(path):
            first = self._catalog(path).first(key)
            if first is not None and first.key == key:
                found = _file(_place(path).bucket, first)
                self.dircache[path] = [found]  # all that is there under this name
                return found
            folder = _below(path)
            if not folder or (first is not None and self._catalog(path).first(folder) is not None):
                return _folder(path)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,  # noqa: FBT001, FBT002 - fsspec's own
        detail: bool = False,  # noqa: FBT001, FBT002 - as above
        **options: Any,  # noqa: ANN401 - as above
    ) -> Any:  # noqa: ANN401 - as above
        """Return all files below a folder; one listing finds them, however deep they lie."""
        path = self._strip_protocol(path)
        if not path or maxdepth is not None:
            return super().find(path, maxdepth, withdirs, detail, **options)
        infos = self._swept(path)
        if infos and withdirs:
            infos.append(_folder(path))
        elif not infos and self.isfile(path):
            infos.append(self.info(path))
        found = {one["name"]: one for one in infos if withdirs or one["type"] == "file"}
        return dict(sorted(found.items())) if detail else sorted(found)

    def _swept(self, path: str) -> list[Info]:
        """Return all files and folders below a folder, and remember each folder's content."""
        bucket, levels = _place(path).bucket, defaultdict[str, dict[str, Info]](dict)
        with _translated(path):
            for one in self._catalog(path).walk(_below(path)):
                if one.key.endswith("/"):
                    continue  # what stands for a folder
                info = _file(bucket, one)
                while info["name"] != path:
                    parent = self._parent(info["name"])
                    if info["name"] in levels[parent]:
                        break
                    levels[parent][info["name"]] = info
                    info = _folder(parent)
        for parent, infos in levels.items():
            self.dircache[parent] = list(infos.values())
        return [info for infos in levels.values() for info in infos.values()]

    def _open(self, path: str, mode: str = "rb", **_options: Any) -> ObjectFile:  # noqa: ANN401 - fsspec's own
        if mode != "rb":
            self._refuse(path)
        info = self.info(path)
        if info["type"] != "file":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        place = _place(path)
        known = ObjectInfo(place.prefix, info["size"], info["ETag"], info["LastModified"])
        ranges = self._connection.ranges(place, info=known)

        def read(start: int, stop: int) -> bytes:
            try:
                with _translated(path):
                    return ranges.read(start, stop)
            except (OSError, StoreError):
                self.invalidate_cache()  # so that it can be opened again as it is now
                raise

        return ObjectFile(read, ranges.info.size, path)

    def modified(self, path: str) -> datetime:
        """Return when an object was last written; the only time that it has."""
        found: datetime = self.info(path)["LastModified"]
        return found

    created = modified

    def checksum(self, path: str) -> str:
        """Return the ETag of an object."""
        return str(self.info(path)["ETag"])

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget what was listed."""
        self.dircache.clear()
        super().invalidate_cache(path)

    def _refuse(self, path: Any, *_rest: Any, **_options: Any) -> NoReturn:  # noqa: ANN401 - any method's
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    mkdir = makedirs = rmdir = rm = rm_file = _rm = mv = cp_file = touch = _refuse

    def _catalog(self, path: str) -> Catalog:
        return self._connection.catalog(_place(path))


def filesystem(
    *, options: Options | None = None, credentials: Find | None = None
) -> OsshFileSystem:
    """Return a file system for libraries that read through fsspec.

    Args:
        options: How to connect, where the environment and the files of other tools do not say it.
        credentials: As for `ossh.new_job`.
    """
    return OsshFileSystem(credentials=credentials, **asdict(options or Options()))


def _place(path: str) -> Place:
    return parse_address(SCHEME + path)


def _below(path: str) -> str:
    """Return what the keys below a folder start with."""
    prefix = _place(path).prefix
    return prefix and f"{prefix}/"


def _folder(name: str) -> Info:
    return {"name": name.rstrip("/"), "size": 0, "type": "directory"}


def _file(bucket: str, info: ObjectInfo) -> Info:
    return {
        "name": f"{bucket}/{info.key}",
        "size": info.size,
        "type": "file",
        "ETag": info.etag,
        "LastModified": info.last_modified,
        "StorageClass": info.storage_class,
    }


@contextmanager
def _translated(path: str) -> Iterator[None]:
    """Raise what is missing or forbidden as the standard library does."""
    try:
        yield
    except StoreError as error:
        kind = next((kind for cause, kind in _ERRORS.items() if cause == error.cause), None)
        if kind is None:
            raise
        number = errno.ENOENT if kind is FileNotFoundError else errno.EACCES
        raise kind(number, str(error), path) from error
