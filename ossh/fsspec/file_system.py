"""An fsspec file system: pandas, polars, PyArrow, DuckDB and Dask read objects through it.

Registered for `ossh://BUCKET/KEY`. Read-only, as all of ossh is.

Source: fsspec documentation, "Developing with fsspec".
"""

import errno
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from typing import Any, Final, NoReturn, Unpack

try:
    import fsspec  # noqa: F401 - for the message below
except ModuleNotFoundError as error:
    message = "ossh.filesystem() needs fsspec: install ossh with its extra 'fsspec'"
    raise ModuleNotFoundError(message, name="fsspec") from error

from ossh.errors import StoreError
from ossh.fsspec.bulk import Bulk
from ossh.fsspec.levels import Info, entry
from ossh.fsspec.listings import alone, place_of
from ossh.fsspec.open_file import OpenObject
from ossh.fsspec.options import Reading, StorageOptions, is_refresh
from ossh.language import _
from ossh.model import Cause, ObjectInfo
from ossh.protocol import version_query
from ossh.python.arguments import Find, usable
from ossh.python.errors import translated
from ossh.python.files import whole
from ossh.session import Options
from ossh.store.object_file import ObjectFile
from ossh.store.object_reader import ObjectRanges

_LONGEST_URL: Final = 7 * 24 * 3600  # seconds


class OsshFileSystem(Bulk):
    """Buckets, and the levels and objects in them, as folders and files.

    A key that ends with `/` stands for its folder. What lies behind several `/` in a row lies in
    the folder before them, under a name that begins with `/`. Of a name that is both, the object is
    the file, and `info` and `open` mean it; `ls` of the parent shows both, and `ls`, `walk` and
    `find` of the name itself show the folder. A link is shown as the object that it leads to.

    Listings are remembered for `listings_expiry_time` seconds, the last `max_paths` of them;
    `refresh=True`, where something is listed, or `invalidate_cache` forget them. A file is of the
    version that is there when it is opened: if that is replaced meanwhile, reading raises an error.
    What the bucket or the network is to blame for is a `StoreError` that is an `OSError` too:
    `FileNotFoundError` for what is missing, `PermissionError` for what is forbidden. Whatever would
    write is an `OSError`.

    Args:
        storage_options: All by name, as in `storage_options=` of other libraries:
            fields of `ossh.Options`, such as `profile`, `endpoint`, `region` and `requester_pays`;
            `anon=True` to sign nothing;
            `key`, `secret` and `token`, or `credentials` as for `ossh.new_job`: they stay in this
            process, and a pickled file system finds keys where it arrives;
            `version_id`, `verify`, `cache_type`, `block_size` and `cache_options`, for all files
            opened: with `verify=True`, all of an object is fetched and compared with its CRC64
            before anybody sees a byte, and one without CRC64 is refused;
            and what every fsspec file system takes.

    Raises:
        TypeError: There is no such option.
        ValueError, UsageError: One is of no use, or excludes another.
    """

    def info(self, path: str, **options: Any) -> Info:
        """Return name, size, type, and of a file its ETag and time; `version_id` says of which."""
        path, refresh = self._strip_protocol(path), is_refresh(options)
        if version_id := options.get("version_id"):
            return self._now(path, version_id)[1]
        found = self._itself(path, refresh=refresh)
        if self._settings.reading.version_id and found["type"] == "file":
            return self._now(path, self._settings.reading.version_id)[1]
        return found

    def _open(self, path: str, mode: str = "rb", **options: Any) -> OpenObject:
        if mode != "rb":
            self._refuse(path)
        reading = self._settings.reading.with_options(options)
        try:
            return self._as_listed(path, reading) or self._looked_at(path, reading)
        except FileNotFoundError:
            self.invalidate_cache()  # by which it was there
            raise

    def _as_listed(self, path: str, reading: Reading) -> OpenObject | None:
        """Open an object that was listed, unless it was replaced: what is read first tells."""
        listed = self._listed(path)
        if listed is None or not (listed["type"] == "file" and listed["size"]):
            return None
        if reading != Reading():  # another cache may not keep what is read
            return None
        file = self.opened(listed, reading)
        try:
            file.begin()
        except StoreError as error:
            if error.cause == Cause.CHANGED:
                return None
            raise
        return file

    def _looked_at(self, path: str, reading: Reading) -> OpenObject:
        """Open an object as a request says that it is."""
        ranges, details = self._now(path, reading.version_id)
        if not reading.version_id:
            listed = self._listed(path)
            if listed is not None and listed.get("ETag") != details["ETag"]:
                self.invalidate_cache()  # it was listed before it was replaced
            self.dircache[alone(path)] = [details]
        return self._opened(lambda: ranges, details, reading)

    def _now(self, path: str, version_id: str = "") -> tuple[ObjectRanges, Info]:
        """Return an object, or one of its versions, as it is at this moment."""
        place = place_of(path)
        try:
            if not place.prefix:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            with translated(filename=path):
                ranges = self._connection.ranges(place, version_id=version_id)
        except OSError:
            if self._is_folder(path):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path) from None
            raise
        return ranges, entry(place.bucket, ranges.info)

    def _is_folder(self, path: str) -> bool:
        try:
            return bool(self._itself(path)["type"] == "directory")
        except FileNotFoundError:
            return False

    def opened(self, details: Info, reading: Reading) -> OpenObject:
        """Return the file of an object of which everything is known; ask nothing before a read."""
        return self._opened(cache(partial(self._ranges, details)), details, reading)

    def _ranges(self, details: Info) -> ObjectRanges:
        place, version_id = place_of(details["name"]), details.get("VersionId", "")
        known = ObjectInfo(place.prefix, details["size"], details["ETag"], details["LastModified"])
        return self._connection.ranges(place, info=known, version_id=version_id)

    def _opened(
        self, ranges: Callable[[], ObjectRanges], details: Info, reading: Reading
    ) -> OpenObject:
        path = details["name"]

        def read(start: int, stop: int) -> bytes:
            try:
                with translated(filename=path):
                    return ranges().read(start, stop)
            except OSError:
                self.invalidate_cache()  # what was listed may be as old
                raise

        def prove(crc64: int) -> None:
            with translated(filename=path):
                ranges().prove(crc64, strictly=reading.verify)

        if not reading.verify:
            return OpenObject(self, details, reading, read, prove)
        with translated(filename=path):
            remote = ObjectFile(read, details["size"], path, prove)
            return whole(remote, partial(OpenObject, self, details, reading))

    def modified(self, path: str) -> datetime:
        """Return when an object was last written; the only time that it has."""
        found: datetime = self._file_info(path)["LastModified"]
        return found

    created = modified

    def checksum(self, path: str) -> str:
        """Return the ETag of an object, as it is at this moment."""
        return str(self._file_info(path, refresh=True)["ETag"])

    def ukey(self, path: str) -> str:
        """Return what differs as soon as an object is replaced; what was listed does not count."""
        info = self.info(path, refresh=True)
        facts = info["name"], info["type"], info["size"], info.get("ETag", "")
        return sha256(repr(facts).encode(errors="surrogateescape")).hexdigest()

    def _file_info(self, path: str, **options: Any) -> Info:
        info = self.info(path, **options)
        if info["type"] != "file":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), info["name"])
        return info

    def sign(self, path: str, expiration: int = 100, *, version_id: str = "") -> str:
        """Return a URL by which anybody can read an object until it expires.

        The object need not exist. `expiration` is in seconds, at most those of 7 days.
        """
        if not 1 <= expiration <= _LONGEST_URL:
            raise ValueError(_("a URL can be valid for 1s to 7d"))
        path = self._strip_protocol(path)
        place, version_id = place_of(path), version_id or self._settings.reading.version_id
        if not place.prefix:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        query, now = version_query(version_id), time.time()
        with translated(filename=path):
            self._connection.correct_location(place)
            signer = self._connection.signer(self._connection.source(place.top))
            return signer.presign(place.prefix, now, expires_seconds=int(expiration), query=query)

    def _refuse(self, path: Any, *_rest: Any, **_options: Any) -> NoReturn:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    mkdir = makedirs = rmdir = rm = rm_file = _rm = mv = cp_file = touch = _refuse


def filesystem(
    *,
    options: Options | None = None,
    credentials: Find | None = None,
    **storage_options: Unpack[StorageOptions],
) -> OsshFileSystem:
    """Return a file system for libraries that read through fsspec.

    Args:
        options: How to connect, where the environment and the files of other tools do not say it.
        credentials: As for `ossh.new_job`.
        storage_options: As for `fsspec.filesystem("ossh", …)`; see `OsshFileSystem`.

    Raises:
        TypeError: There is no such option, or `options` says it, too.
        ValueError, UsageError: One is of no use, or excludes another.
    """
    with translated():
        given = {name: value for name, value in asdict(usable(options)).items() if value}
    for name in given.keys() & storage_options.keys():
        raise TypeError(_("'{name}' is given twice: in options= and beside it").format(name=name))
    if credentials is not None:
        given["credentials"] = credentials
    return OsshFileSystem(**given, **storage_options)
