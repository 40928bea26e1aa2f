"""Many objects at once, for fsspec: into memory and into files, each compared with its CRC64."""

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from operator import index
from pathlib import Path
from typing import Any, Literal, SupportsIndex, cast, overload

from fsspec.callbacks import DEFAULT_CALLBACK, Callback
from fsspec.implementations.local import make_path_posix
from fsspec.spec import AbstractFileSystem
from fsspec.utils import isfilelike

from ossh.fsspec.listings import Listings, place_of
from ossh.fsspec.options import Reading
from ossh.fsspec.partial_file import PartialFile
from ossh.fsspec.targets import check_links, check_names, check_targets
from ossh.model import MIB, Cause
from ossh.python.errors import for_python
from ossh.store.wanted import REPLACED, Wanted, reading_error

_BLOCK = 4 * MIB  # bytes that are copied at once
_Fetched = tuple[str, str, Callback]  # the object, the file, and who hears of its progress
_OF_LISTINGS = {"maxdepth", "refresh"}  # what `cat` and `get` also pass on to what lists


class Bulk(Listings):
    """A file system as far as whole objects, or many ranges, are asked for."""

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **options: Any
    ) -> bytes:
        """Return the bytes of an object, or a range of them; negative places are from its end."""
        (content,) = self.cat_ranges([path], [start], [end], on_error="raise", **options)
        return cast("bytes", content)

    @overload
    def cat(
        self,
        path: list[str],
        recursive: bool = ...,
        on_error: Literal["raise", "omit"] = ...,
        **options: Any,
    ) -> dict[str, bytes]: ...
    @overload
    def cat(self, path: str | list[str], *others: Any, **options: Any) -> Any: ...
    def cat(
        self,
        path: str | list[str],
        recursive: bool = False,
        on_error: str = "raise",
        **options: Any,
    ) -> Any:
        """Return the bytes of one object, or those of many by their paths; many come at once."""
        paths = self.expand_path(path, recursive=recursive, **options)
        if isinstance(path, str) and paths == [self._strip_protocol(path)]:
            return self.cat_file(paths[0], **options)
        files = [one for one in paths if not self._is_listed_folder(one)]
        contents = self.cat_ranges(files, None, None, on_error=on_error, **options)
        return {
            name: content
            for name, content in zip(files, contents, strict=True)
            if on_error != "omit" or isinstance(content, bytes)
        }

    def cat_ranges(
        self,
        paths: list[str],
        starts: Iterable[SupportsIndex | None] | SupportsIndex | None,
        ends: Iterable[SupportsIndex | None] | SupportsIndex | None,
        max_gap: int | None = None,  # noqa: ARG002 - of fsspec
        on_error: str = "return",
        **options: Any,
    ) -> list[bytes | Exception]:
        """Return ranges of objects, many at once; a negative place is counted from the end.

        With `on_error` "return", an error is in the place of the bytes; with "raise" it is raised.
        No ranges are joined for `max_gap`.
        """
        reading, number = self._reading(options), len(paths)
        found: list[Wanted | bytes | OSError] = []
        for path, start, end in zip(paths, _each(starts, number), _each(ends, number), strict=True):
            try:
                if reading.verify and (start or end is not None):
                    found.append(self._proved_range(path, start, end, reading))
                else:
                    found.append(self._wanted(path, start, end, reading))
            except OSError as error:
                if on_error == "raise":
                    raise
                found.append(error)
        wanted = [one for one in found if isinstance(one, Wanted)]
        for one in self._connection.bulk_reader().read(wanted):
            if one.error is not None and on_error == "raise":
                raise for_python(one.error, filename=f"{one.bucket}/{one.key}")
        refuse_mixtures(wanted)
        return contents(found, on_error)

    def _reading(self, options: Mapping[str, Any]) -> Reading:
        """Return how objects are read, once all options are known to be some."""
        of_files = {name: one for name, one in options.items() if name not in _OF_LISTINGS}
        return self._settings.reading.with_options(of_files)

    def _proved_range(
        self, path: str, start: int | None, end: int | None, reading: Reading
    ) -> bytes:
        """Return a range of an object, all of which is fetched and compared first."""
        with self.open(path, version_id=reading.version_id, verify=True) as file:
            start, end, _step = slice(start, end).indices(file.size)
            file.seek(start)
            return bytes(file.read(max(0, end - start)))

    def _wanted(self, path: str, start: int | None, end: int | None, reading: Reading) -> Wanted:
        path = self._strip_protocol(path)
        place, start = place_of(path), start or 0
        if not place.prefix:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        wanted = Wanted(place.bucket, place.prefix, start=start, stop=end)
        wanted.version_id, wanted.strictly = reading.version_id, reading.verify
        if start < 0 or (end or 0) < 0:  # counted from the end, which may have changed since
            info = self.info(path, version_id=reading.version_id, refresh=True)
            wanted.start, wanted.stop, _step = slice(start, end).indices(info["size"])
            wanted.etag = info.get("ETag", "")
        return wanted

    def get_file(
        self,
        rpath: str,
        lpath: Any,  # a path, or an open file
        callback: Callback = DEFAULT_CALLBACK,
        outfile: Any = None,  # an open file
        **options: Any,
    ) -> None:
        """Fetch an object to a file, which gets its name when it is complete and verified."""
        if outfile is not None or isfilelike(lpath):
            with self.open(rpath, "rb", **options) as file:
                callback.set_size(file.size)
                while block := file.read(_BLOCK):
                    (lpath if outfile is None else outfile).write(block)
                    callback.relative_update(len(block))
        elif self.isdir(rpath):
            Path(lpath).mkdir(parents=True, exist_ok=True)
        else:
            check_targets([(rpath, os.fspath(lpath))], lambda _path: False)
            list(self._fetch([(rpath, lpath, callback)], self._reading(options)))

    def get(
        self,
        rpath: str | list[str],
        lpath: str | list[str],
        recursive: bool = False,
        callback: Callback = DEFAULT_CALLBACK,
        maxdepth: int | None = None,
        **options: Any,
    ) -> None:
        """Fetch objects to files, many at once; each is verified before it gets its name."""
        pairing, reading = _Pairing(self), self._reading(options)
        AbstractFileSystem.get(
            pairing, rpath, lpath, recursive=recursive, maxdepth=maxdepth, **options
        )
        callback.set_size(len(pairing.pairs))
        if isinstance(lpath, str):
            root = make_path_posix(lpath)
            check_names(pairing.pairs, root)
            check_links(pairing.pairs, root)
        check_targets(pairing.pairs, lambda path: self._is_listed_folder(path) or self.isdir(path))
        files = []
        for path, target in pairing.pairs:
            if self._is_listed_folder(path) or Path(target).is_dir():  # which no object becomes
                Path(target).mkdir(parents=True, exist_ok=True)
                callback.relative_update()
            else:
                files.append((path, target, callback.branched(path, target)))
        for _path, _target, ended in self._fetch(files, reading):
            ended.close()
            callback.relative_update()

    def _fetch(self, files: Iterable[_Fetched], reading: Reading) -> Iterator[_Fetched]:
        """Fetch objects to files, and yield each when it has its name."""
        under_way: dict[Wanted, tuple[PartialFile, _Fetched]] = {}

        def wanted() -> Iterator[Wanted]:
            for fetched in files:
                path, target, callback = fetched
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                one = self._wanted(path, None, None, reading)
                under_way[one] = (file := PartialFile(target), fetched)
                one.write = partial(_write, file, one, callback)
                yield one

        try:
            for one in self._connection.bulk_reader().read(wanted()):
                file, fetched = under_way[one]
                path, target, _callback = fetched
                if one.error is None:
                    file.keep()
                else:
                    file.drop()
                    if one.error.cause != Cause.GONE or not self.isdir(path):
                        raise for_python(one.error, filename=path)
                    Path(target).mkdir(parents=True, exist_ok=True)
                del under_way[one]
                yield fetched
        finally:
            for file, _fetched in under_way.values():
                file.drop()

    def _is_listed_folder(self, path: str) -> bool:
        path = self._strip_protocol(path)
        if (known := self._listed(path)) is not None:
            return bool(known["type"] == "directory")
        return bool(self.dircache.get(path))


class _Pairing:
    """Stands in for a file system in fsspec's own `get`, to learn what becomes which file."""

    def __init__(self, fs: AbstractFileSystem) -> None:
        self._fs = fs
        self.pairs: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fs, name)

    def get_file(self, rpath: str, lpath: str, **_options: object) -> None:
        self.pairs.append((rpath, lpath))


def _each(
    places: Iterable[SupportsIndex | None] | SupportsIndex | None, number: int
) -> list[int | None]:
    """Return a place in each of so many objects; one may be given for all, and be NumPy's."""
    several = places if isinstance(places, Iterable) else [places] * number
    return [None if one is None else index(one) for one in several]


def contents(found: Iterable[Wanted | bytes | OSError], on_error: str) -> list[bytes | Exception]:
    """Return the bytes of each, or why there are none.

    Raises:
        OSError: Of the first that has none, if `on_error` is "raise".
    """
    made = [_content(one) if isinstance(one, Wanted) else one for one in found]
    if on_error == "raise":
        for one in made:
            if isinstance(one, Exception):
                raise one
    return made


def refuse_mixtures(wanted: Iterable[Wanted]) -> None:
    """Let ranges of one object fail if they are not all of one version."""
    etags: dict[tuple[str, str], set[str]] = {}
    for one in wanted:
        if one.error is None and one.etag:
            etags.setdefault((one.bucket, one.key), set()).add(one.etag)
    for one in wanted:
        if len(etags.get((one.bucket, one.key), ())) > 1:
            one.error = reading_error(one.key, REPLACED)


def _content(one: Wanted) -> bytes | Exception:
    return (
        one.data if one.error is None else for_python(one.error, filename=f"{one.bucket}/{one.key}")
    )


def _write(file: PartialFile, one: Wanted, callback: Callback, start: int, data: bytes) -> None:
    if not one.parts:
        callback.set_size(one.size)
    file.write(start, data)
    callback.relative_update(len(data))
