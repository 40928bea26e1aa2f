"""Reads the stored bytes of one object: from its start, or ranges of it in any order.

Downloads have lanes and streams of their own.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

import fastcrc

from ossh.model import KIB, MIB, ObjectInfo, value
from ossh.store.bulk_reader import BulkReader
from ossh.store.wanted import Wanted, disproof

_FIRST: Final = MIB // 4  # bytes of the first range: they are there soon
_SHORTEST: Final = 16 * KIB  # bytes of a further one
_LONGEST: Final = 2 * MIB  # bytes of a range
_MOST: Final = 16  # ranges at once
_PATIENCE: Final = 0.5  # seconds; ranges that take longer are made shorter


@value
class Reader:
    """Reads objects of one bucket from their start, for callers who may stop at any time."""

    reader: BulkReader
    bucket: str

    def blocks(
        self,
        key: str,
        *,
        step: int = 0,
        version_id: str = "",
        on_size: Callable[[int], None] = lambda _size: None,
    ) -> Iterator[bytes]:
        """Yield the bytes of an object, range by range.

        All bytes are of one version; an error follows the last ones if their CRC64 is not the
        service's.

        The first range has `step` bytes; 0 leaves that to the reader. Further ones are requested
        only when the caller wants more, and then ever more of them at once. `on_size` takes the
        object's size before its first bytes.

        Raises:
            StoreError: There is no such object, it changes while read, or it is not available.
        """
        first = Wanted(self.bucket, key, stop=step or _FIRST, version_id=version_id)
        self.reader.read_one(first)
        on_size(first.size or 0)
        crc64 = 0
        for data in chain([first.data], self._rest(first)):
            if data:
                crc64 = fastcrc.crc64.xz(data, crc64)
                yield data
        if error := disproof(key, crc64, first.crc64):
            raise error

    def _rest(self, first: Wanted) -> Iterator[bytes]:
        """Yield what follows the first range, in order; its CRC64 counts if the first had none."""
        ahead: deque[Wanted] = deque()
        length, most, last = min(2 * first.end, _LONGEST), 1, first

        def asked() -> Iterator[Wanted | None]:
            nonlocal last
            while last.end < (last.size or 0):
                if len(ahead) >= most:
                    yield None
                    continue
                start = last.end
                last = replace(last, start=start, stop=start + length, error=None, left=0)
                ahead.append(last)
                yield last

        come, waiting_since = set[Wanted](), time.monotonic()
        for one in self.reader.read(asked()):
            if one.error is not None:
                raise one.error
            come.add(one)
            while ahead and ahead[0] in come:
                block = ahead.popleft()
                come.remove(block)
                first.crc64 = first.crc64 or block.crc64
                is_fast = time.monotonic() - waiting_since < _PATIENCE
                length = min(2 * length, _LONGEST) if is_fast else max(length // 2, _SHORTEST)
                most = min(2 * most, _MOST)
                yield block.data
                waiting_since = time.monotonic()


class ObjectRanges:
    """The bytes of one object as it was when `info` was seen; safe to use from several threads.

    Of `info`, its key, version, size and ETag count.
    """

    def __init__(self, reader: BulkReader, bucket: str, info: ObjectInfo) -> None:
        self.info = info
        self._reader = reader
        # All of it; the service's CRC64 of it is known once it has answered.
        self._whole = Wanted(
            bucket, info.key, version_id=info.version_id, etag=info.etag, size=info.size
        )

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`, which is at most the object's size.

        A long range is several requests, some of them at once.

        Raises:
            StoreError: The object is gone, was replaced, or is not available.
        """
        wanted = replace(self._whole, start=start, stop=stop)
        self._reader.read_one(wanted)
        self._whole.crc64 = wanted.crc64  # which it has kept if this answer had none
        return wanted.data

    def prove(self, crc64: int, *, strictly: bool = False) -> None:
        """Compare the CRC64 of all bytes with the service's, where it has one.

        Raises:
            StoreError: They differ; `strictly`: or it has none.
        """
        if error := disproof(self.info.key, crc64, self._whole.crc64, strictly=strictly):
            raise error
