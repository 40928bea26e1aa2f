"""An object as a seekable file, with what was read in memory for a while and more read ahead."""

import errno
import io
import os
from collections import OrderedDict
from collections.abc import Callable
from itertools import groupby
from typing import Any, Final

import fastcrc

from ossh.language import _
from ossh.model import KIB, MIB
from ossh.printable import printable

BLOCK: Final = 64 * KIB  # ranges begin and end at multiples of it
WHOLE: Final = 2 * MIB  # a file up to this size comes in one request
_FIRST_AHEAD: Final = 4  # blocks, once a read begins where the last one ended; doubles each time
_MOST_AHEAD: Final = 128
_MOST_KEPT: Final = 512
_LARGE: Final = 16 * MIB  # a read that would only drive out what is kept


class ObjectFile(io.RawIOBase):
    """A read-only binary file over ranges of bytes. One thread at a time may use it.

    `read_range` returns the bytes from a start up to a stop, and `prove` takes the CRC64 of all
    bytes, once they were read from the start to the end. Both raise what the reader of the file
    shall see, `prove` in the place of the last bytes.
    """

    mode = "rb"
    on_close: Callable[[], object] = staticmethod(lambda: None)  # lets go of what is read

    def __init__(
        self,
        read_range: Callable[[int, int], bytes],
        size: int,
        name: str = "",
        prove: Callable[[int], object] = lambda _crc64: None,
    ) -> None:
        super().__init__()
        self.name = name
        self.size = size
        self._read_range = read_range
        self._block = size if 0 < size <= WHOLE else BLOCK
        self._prove = prove
        self._from_start = (0, 0)  # how far it was read from its start, and the CRC64 of that
        self._at = 0
        self._ended = -1  # where the last read ended
        self._ahead = 0  # blocks
        self._kept: OrderedDict[int, bytes] = OrderedDict()  # by number, the last used one last

    def __repr__(self) -> str:
        return f"<ObjectFile {self.name!r}, {self.size} bytes>"

    def __reduce__(self) -> tuple[Any, ...]:
        text = _("an open object cannot be pickled: pickle its address, '{name}', and open that")
        raise TypeError(text.format(name=printable(self.name)))

    def close(self) -> None:
        self.on_close()
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._checkClosed()
        begins = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}
        if whence not in begins:
            raise ValueError(
                _("cannot seek to {offset} from {whence}").format(offset=offset, whence=whence)
            )
        if begins[whence] + offset < 0:  # as a file on disk says it; zipfile counts on that
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), self.name)
        self._at = begins[whence] + offset
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        self._checkClosed()
        rest = max(0, self.size - self._at)
        count = rest if size is None or size < 0 else min(size, rest)
        if not count:
            return b""
        stop = self._at + count
        data = self._fetched(self._at, stop)
        self._count(data)
        self._at = self._ended = stop
        return data

    def _count(self, data: bytes) -> None:
        """Have all bytes proved once they were read from the start to the end."""
        before, crc64 = self._from_start
        if not self._at <= before < self._at + len(data):
            return
        crc64 = fastcrc.crc64.xz(memoryview(data)[before - self._at :], crc64)
        if self._at + len(data) == self.size:
            self._prove(crc64)
        self._from_start = (self._at + len(data), crc64)

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override] # or what is like it
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line, or its first `size` bytes.

        Python forgets, after each `peek`, how much of the limit is used up.
        """
        line = super().readline(size)
        if size is not None and 0 <= size < len(line):
            self._at -= len(line) - size
            line = line[:size]
        return line

    def peek(self, _size: int = 0, /) -> bytes:
        """Return what is in memory from here on, at least one byte; `readline` looks there."""
        self._checkClosed()
        number, skipped = divmod(self._at, self._block)
        if self._at >= self.size:
            return b""
        self._load(range(number, number + 1))
        return self._kept[number][skipped:]

    def _fetched(self, start: int, stop: int) -> bytes:
        if stop - start > _LARGE:
            return self._read_range(start, stop)
        numbers = range(start // self._block, (stop - 1) // self._block + 1)
        self._load(numbers)
        blocks = [self._kept[number] for number in numbers]
        first = numbers[0] * self._block
        data = blocks[0] if len(blocks) == 1 else b"".join(blocks)
        return data[start - first : stop - first]

    def _load(self, numbers: range) -> None:
        """Have some blocks in memory, and the last used ones of all at the end.

        If one is missing, further ones come with it where whoever reads goes on where it was.
        """
        if any(number not in self._kept for number in numbers):
            goes_on = self._at == self._ended
            self._ahead = min(max(_FIRST_AHEAD, 2 * self._ahead), _MOST_AHEAD) if goes_on else 0
            count = -(-self.size // self._block)
            wanted = range(numbers.start, min(numbers.stop + self._ahead, count))
            for is_kept, run in groupby(wanted, self._kept.__contains__):
                if not is_kept:
                    self._keep([*run])
        for number in numbers:
            self._kept.move_to_end(number)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def _keep(self, run: list[int]) -> None:
        """Read blocks that follow one another by one request."""
        start, stop = run[0] * self._block, min((run[-1] + 1) * self._block, self.size)
        data = self._read_range(start, stop)
        for number in run:
            first = number * self._block - start
            self._kept[number] = data[first : first + self._block]
