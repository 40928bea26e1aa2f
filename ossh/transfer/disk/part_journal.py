"""How far each body came, recorded with every block: what a kill leaves for the next run.

A part journal is a small file beside the partial files, one for each thread that fetches. It holds
a ring of marks, one for each of the thread's latest bodies. It is only a hint: the next run reads
the bytes again and compares their CRC64 before it keeps them.
"""

import hashlib
import os
import secrets
import struct
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from ossh import regular_files
from ossh.language import _
from ossh.model import MIB, Part, value
from ossh.paths import path_in
from ossh.transfer.disk import file_io
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import JOURNAL

# A window has at most four bodies for each of 256 streams under way: with twice as many slots, used
# in turn, a thread that fetches them all overwrites no mark of a body that the manifest has not
# learnt of yet.
MARKS = 2048

# Bytes of a body that has no mark of its own: after a kill it comes whole again. A mark for each of
# its blocks would take as long as all that names its file.
WHOLE = 2 * MIB

# A mark: row, start, stop, CRC64, moment, version; and the CRC32 of all these. Its length divides a
# page, so that a kill cannot leave half of one.
_FIELDS = struct.Struct("<5Q20s")
_CHECK = struct.Struct("<I")
MARK_BYTES = 64
_LAST_ROW = 2**63 - 1  # that SQLite can hold
_NO_PART = Part(0, 0, 0)


@value
class Mark:
    """How far one body came."""

    row: int  # of the manifest; 0: nothing of the body is kept
    part: Part
    moment: int  # nanoseconds since 1970
    version: bytes  # of the object; see `version_of`


@dataclass(slots=True, eq=False)
class PartJournal:
    """The marks that one thread leaves; the file is made with the first of them.

    A disk that does not take a mark costs no more than that: a kill loses more bytes.
    """

    # makes a new file of that name beside the partial files, and returns its descriptor
    make: Callable[[str], int]
    _descriptor: int = -1
    # slots, that of the body which ended first before all
    _free: deque[int] = field(default_factory=lambda: deque(range(1, MARKS + 1)))
    _mark: memoryview = field(default_factory=lambda: memoryview(bytearray(MARK_BYTES)))

    def take_slot(self) -> int:
        """Return the slot of a new body, from 1; the marks of those before it stay."""
        return self._free.popleft()

    def write(self, slot: int, row: int = 0, part: Part = _NO_PART, version: bytes = b"") -> None:
        """Mark how far a body came, once its bytes are on disk; by default, that nothing is kept.

        The mark of a body takes the place of the one before.
        """
        fields = row, part.start, part.stop, part.crc64, time.time_ns(), version
        _FIELDS.pack_into(self._mark, 0, *fields)
        _CHECK.pack_into(self._mark, _FIELDS.size, zlib.crc32(self._mark[: _FIELDS.size]))
        with suppress(OSError):
            if self._descriptor < 0:
                self._descriptor = self.make(f"{JOURNAL}{secrets.token_hex(8)}")
            file_io.write_at(self._descriptor, self._mark, (slot - 1) * MARK_BYTES)

    def free(self, slot: int) -> None:
        """Let a slot be used again, after all others that are free."""
        self._free.append(slot)

    def close(self) -> None:
        """Leave the file to the next run."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)


def version_of(etag: str, size: int) -> bytes:
    """Return what distinguishes one version of an object from others."""
    text = f"{etag} {size}".encode(errors="surrogatepass")
    return hashlib.blake2b(text, digest_size=20, usedforsecurity=False).digest()


def marks(tree: Tree, path: str) -> list[Mark]:
    """Return the marks of a part journal below the target; none if it is gone, or something else.

    Raises:
        LocalError: It cannot be read.
    """
    try:
        with open(tree.place(path).open_regular(os.O_RDONLY), "rb") as file:
            return list(_read(file.read(MARKS * MARK_BYTES)))
    except (FileNotFoundError, IsADirectoryError, regular_files.NotRegularError):
        return []
    except OSError as error:
        hint = _("it records what a killed run had received; without it, that is fetched again")
        raise regular_files.cannot_read(path_in(tree.target, path), error, hint) from error


def _read(data: bytes) -> Iterator[Mark]:
    for at in range(0, len(data) - MARK_BYTES + 1, MARK_BYTES):
        fields, check = data[at : at + _FIELDS.size], data[at + _FIELDS.size : at + MARK_BYTES]
        row, start, stop, crc64, moment, version = _FIELDS.unpack(fields)
        if row <= _LAST_ROW and check == _CHECK.pack(zlib.crc32(fields)):
            yield Mark(row, Part(start, stop, crc64), moment, version)
