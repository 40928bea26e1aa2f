"""An open object with all that fsspec, and what is made for it, look for in an open file."""

from collections.abc import Callable
from typing import Any, Final

from fsspec.caching import BaseCache, caches

from ossh.fsspec.levels import Info
from ossh.fsspec.options import Reading
from ossh.model import MIB
from ossh.store.object_file import BLOCK, ObjectFile

_BLOCK_SIZE: Final = 5 * MIB  # fsspec's own
_READ_FROM_END: Final = (".parquet", ".zip")


class OpenObject(ObjectFile):
    """A read-only file of a file system, which can be pickled.

    All bytes are of the version that `details` tell of. What a reader puts in the place of `cache`
    is read through from then on.
    """

    autocommit = True
    cache: Any = None

    def __init__(
        self,
        fs: Any,
        details: Info,
        reading: Reading,
        read_range: Callable[[int, int], bytes],
        prove: Callable[[int], object] = lambda _crc64: None,
    ) -> None:
        super().__init__(read_range, details["size"], details["name"], prove)
        self.fs = fs
        self.path: str = details["name"]
        self.details = details
        self.blocksize = reading.block_size or _BLOCK_SIZE
        self._reading = reading
        self._fetch_range = _to_end(read_range, self.size)  # what caches of fsspec call
        # What stands for the blocks that `ObjectFile` keeps.
        self._own = BaseCache(self.blocksize, self._fetch_range, self.size)
        self.cache = self._own
        if reading.cache_type:
            new_cache = caches[reading.cache_type]
            options = reading.cache_options
            self.cache = new_cache(self.blocksize, self._fetch_range, self.size, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.fs.opened, (self.details, self._reading), self.tell()

    def __setstate__(self, place: int) -> None:
        self.seek(place)

    @property
    def closed(self) -> bool:
        """Whether it was closed; who closes it in its place sets this."""
        return super().closed

    @closed.setter
    def closed(self, is_closed: bool) -> None:
        if is_closed:
            super().close()

    def close(self) -> None:
        if callable(close := getattr(self.cache, "close", None)):
            close()
        super().close()

    def info(self) -> Info:
        return self.details

    def begin(self) -> None:
        """Read what is probably read first, which tells whether the object is still this one."""
        if self.path.endswith(_READ_FROM_END):
            self.seek(max(0, self.size - BLOCK))
            self.read(BLOCK)
            self.seek(0)
        else:
            self.peek()

    def peek(self, size: int = 0, /) -> bytes:
        if self.cache is self._own:
            return super().peek(size)
        start = self.tell()
        return self._fetched(start, min(start + max(size, BLOCK), self.size))

    def _fetched(self, start: int, stop: int) -> bytes:
        if self.cache is self._own:
            return super()._fetched(start, stop)
        return bytes(self.cache._fetch(start, stop))  # noqa: SLF001 - as fsspec's own files do


def _to_end(read_range: Callable[[int, int], bytes], size: int) -> Callable[[int, int], bytes]:
    """Return what reads up to the end if it is asked for more, as some caches ask."""

    def fetch(start: int, stop: int) -> bytes:
        stop = min(stop, size)
        return read_range(start, stop) if start < stop else b""

    return fetch
