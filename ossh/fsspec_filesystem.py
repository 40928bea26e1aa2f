"""An fsspec file system: pandas, polars, PyArrow, DuckDB and Dask read objects through it.

Registered for `ossh://BUCKET/KEY`. Read-only, as all of ossh is.

Source: fsspec documentation, "Developing with fsspec".
"""

import errno
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn, cast

try:
    from fsspec.callbacks import DEFAULT_CALLBACK, Callback
    from fsspec.spec import AbstractFileSystem
    from fsspec.utils import isfilelike
except ModuleNotFoundError as error:
    message = "ossh.filesystem() needs fsspec: pip install 'ossh[fsspec]'"
    raise ModuleNotFoundError(message, name="fsspec") from error

from ossh.catalog import Catalog, Prefix
from ossh.errors import StoreError
from ossh.library import Find, connection_of
from ossh.model import Cause, ObjectInfo
from ossh.partial_file import PartialFile
from ossh.session import Options, parse_address
from ossh.session.browsing.place import SCHEME, Place
from ossh.store.bulk_reader import Wanted
from ossh.store.object_file import ObjectFile

Info = dict[str, Any]
_LISTED_SECONDS: Final = 60.0
_ERRORS: Final = {
    Cause.GONE: FileNotFoundError,
    Cause.NO_BUCKET: FileNotFoundError,
    Cause.DENIED: PermissionError,
    Cause.BAD_CREDENTIALS: PermissionError,
}


_Fetched = tuple[str, str, Callback]  # the object, the file, and who hears of its progress


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
        return self._listed(path) or self._looked_up(path)

    def _listed(self, path: str) -> Info | None:
        """Return what is remembered of a path."""
        for listed in (self._parent(path), path):
            for known in self.dircache.get(listed, ()):
                if known["name"] == path:
                    return dict(known)
        return None

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
            except OSError:
                self.invalidate_cache()  # so that it can be opened again as it is now
                raise

        def prove(crc64: int) -> None:
            with _translated(path):
                ranges.prove(crc64)

        return ObjectFile(read, ranges.info.size, path, prove)

    def cat_file(
        self,
        path: str,
        start: int | None = None,
        end: int | None = None,
        **_options: Any,  # noqa: ANN401 - fsspec's own
    ) -> bytes:
        """Return the bytes of an object, or a range of them; negative places are from its end."""
        (content,) = self.cat_ranges([path], [start], [end], on_error="raise")
        return cast("bytes", content)

    def cat(
        self,
        path: str | list[str],
        recursive: bool = False,  # noqa: FBT001, FBT002 - fsspec's own
        on_error: str = "raise",
        **options: Any,  # noqa: ANN401 - as above
    ) -> Any:  # noqa: ANN401 - bytes of one, a dictionary of many
        """Return the bytes of one object, or those of many by their paths; many come at once."""
        paths = self.expand_path(path, recursive=recursive, **options)
        if isinstance(path, str) and paths == [self._strip_protocol(path)]:
            return self.cat_file(paths[0])
        files = [one for one in paths if not self._is_listed_folder(one)]
        contents = self.cat_ranges(files, None, None, on_error=on_error)
        return {
            name: content
            for name, content in zip(files, contents, strict=True)
            if on_error != "omit" or isinstance(content, bytes)
        }

    def cat_ranges(
        self,
        paths: list[str],
        starts: list[int | None] | int | None,
        ends: list[int | None] | int | None,
        max_gap: int | None = None,  # noqa: ARG002 - as above
        on_error: str = "return",
        **_options: Any,  # noqa: ANN401 - fsspec's own
    ) -> list[bytes | Exception]:
        """Return ranges of objects, many at once.

        Args:
            paths: Of the objects.
            starts: First bytes, or one for all; negative ones are counted from the end.
            ends: Where to stop, likewise; None for the end.
            max_gap: Not used: each range is asked for by itself.
            on_error: "return" puts the error in the place of the bytes, "raise" raises it.
        """
        starts = starts if isinstance(starts, list) else [starts] * len(paths)
        ends = ends if isinstance(ends, list) else [ends] * len(paths)
        wanted = [self._wanted(*one) for one in zip(paths, starts, ends, strict=True)]
        for one in self._connection.bulk_reader().read(wanted):
            if one.error is not None and on_error == "raise":
                raise _as_python(one.error, f"{one.bucket}/{one.key}")
        return [
            one.data if one.error is None else _as_python(one.error, f"{one.bucket}/{one.key}")
            for one in wanted
        ]

    def _wanted(self, path: str, start: int | None = None, end: int | None = None) -> Wanted:
        path = self._strip_protocol(path)
        start = start or 0
        if start < 0 or (end or 0) < 0:
            start, end, _step = slice(start, end).indices(self.info(path)["size"])
        place = _place(path)
        return Wanted(place.bucket, place.prefix, start=start, stop=end)

    def get_file(
        self,
        rpath: str,
        lpath: Any,  # noqa: ANN401 - a path, or an open file
        callback: Callback = DEFAULT_CALLBACK,
        outfile: Any = None,  # noqa: ANN401 - an open file
        **options: Any,  # noqa: ANN401 - fsspec's own
    ) -> None:
        """Fetch an object to a file, which gets its name when it is complete and verified."""
        if outfile is not None or isfilelike(lpath):
            super().get_file(rpath, lpath, callback=callback, outfile=outfile, **options)
        elif self.isdir(rpath):
            Path(lpath).mkdir(parents=True, exist_ok=True)
        else:
            list(self._fetch([(rpath, lpath, callback)]))

    def get(
        self,
        rpath: str | list[str],
        lpath: str | list[str],
        recursive: bool = False,  # noqa: FBT001, FBT002 - fsspec's own
        callback: Callback = DEFAULT_CALLBACK,
        maxdepth: int | None = None,
        **options: Any,  # noqa: ANN401 - as above
    ) -> None:
        """Fetch objects to files, many at once; each is verified before it gets its name."""
        pairing = _Pairing(self)
        AbstractFileSystem.get(
            pairing, rpath, lpath, recursive=recursive, maxdepth=maxdepth, **options
        )
        callback.set_size(len(pairing.pairs))
        files = []
        for path, target in pairing.pairs:
            if self._is_listed_folder(path):
                Path(target).mkdir(parents=True, exist_ok=True)
                callback.relative_update()
            else:
                files.append((path, target, callback.branched(path, target)))
        for _path, _target, ended in self._fetch(files):
            ended.close()
            callback.relative_update()

    def _fetch(self, files: Iterable[_Fetched]) -> Iterator[_Fetched]:
        """Fetch objects to files, and yield each when it has its name."""
        under_way: dict[Wanted, tuple[PartialFile, _Fetched]] = {}

        def wanted() -> Iterator[Wanted]:
            for fetched in files:
                path, target, callback = fetched
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                one, file = self._wanted(path), PartialFile(target)
                one.write = partial(_write, file, one, callback)
                under_way[one] = (file, fetched)
                yield one

        try:
            for one in self._connection.bulk_reader().read(wanted()):
                file, fetched = under_way.pop(one)
                path, target, _callback = fetched
                if one.error is None:
                    file.keep()
                else:
                    file.drop()
                    if one.error.cause != Cause.GONE or not self.isdir(path):
                        raise _as_python(one.error, path)
                    Path(target).mkdir(parents=True, exist_ok=True)
                yield fetched
        finally:
            for file, _fetched in under_way.values():
                file.drop()

    def _is_listed_folder(self, path: str) -> bool:
        path = self._strip_protocol(path)
        if (known := self._listed(path)) is not None:
            return bool(known["type"] == "directory")
        return any(one["name"] != path for one in self.dircache.get(path, ()))

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


class _Pairing:
    """Stands in for a file system in fsspec's own `get`, to learn what becomes which file."""

    def __init__(self, fs: AbstractFileSystem) -> None:
        self._fs = fs
        self.pairs: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute
        return getattr(self._fs, name)

    def get_file(self, rpath: str, lpath: str, **_options: object) -> None:
        self.pairs.append((rpath, lpath))


def _write(file: PartialFile, one: Wanted, callback: Callback, start: int, data: bytes) -> None:
    if not one.parts:
        callback.set_size(one.size)
    file.write(start, data)
    callback.relative_update(len(data))


@contextmanager
def _translated(path: str) -> Iterator[None]:
    """Raise what is missing or forbidden as the standard library does."""
    try:
        yield
    except StoreError as error:
        raise _as_python(error, path) from error


def _as_python(error: StoreError, path: str) -> Exception:
    kind = next((kind for cause, kind in _ERRORS.items() if cause == error.cause), OSError)
    number = {FileNotFoundError: errno.ENOENT, PermissionError: errno.EACCES}.get(kind, errno.EIO)
    return kind(number, str(error), path)
