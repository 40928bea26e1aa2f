"""The bytes of local files: written where they belong, and read again for a checksum."""

import hashlib
import os
from collections.abc import Callable
from io import FileIO

import fastcrc

from ossh.model import NORMAL

BLOCK = 512 * 1024  # bytes; below, the cost of a Python call shows, above, caches miss

_MD5_DIGITS = 32

DATES_OPEN_FILES = os.utime in os.supports_fd  # Windows dates what has a name and is closed

Meter = Callable[[int], None]
"""Told how many bytes were read; raises `Interrupted` when no more need be."""


class Interrupted(Exception):
    """Told to stop before the end of what takes long."""


def write_whole(descriptor: int, data: bytes, modified: float) -> None:
    """Write a small file, empty so far, in one go, dated if it can be as yet, and close it."""
    try:
        _write(descriptor, memoryview(data))
        if DATES_OPEN_FILES:
            os.utime(descriptor, (modified, modified))
    finally:
        os.close(descriptor)


def dated(descriptor: int, modified: float) -> os.stat_result | None:
    """Give an open file its mtime (epoch seconds) and return what it is then; None: not as yet."""
    if not DATES_OPEN_FILES:
        return None
    os.utime(descriptor, (modified, modified))
    return os.fstat(descriptor)


def write_at(descriptor: int, data: memoryview, offset: int) -> None:
    """Write all of `data` at `offset`."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    _write(descriptor, data)


def _write(descriptor: int, data: memoryview) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def crc64_in(file: FileIO, start: int, stop: int) -> int | None:
    """Return the CRC64 of a range of an open file, None when the file is shorter."""
    buffer = memoryview(bytearray(BLOCK))
    crc = 0
    file.seek(start)
    while start < stop:
        count = file.readinto(buffer[: min(BLOCK, stop - start)])
        if not count:
            return None
        crc = fastcrc.crc64.xz(buffer[:count], crc)
        start += count
    return crc


def checksums(
    file: FileIO, meter: Meter = lambda _count: None, *, with_md5: bool = True
) -> tuple[int, str]:
    """Return CRC64 and MD5 of an open file, read to its end.

    The MD5 has capital hexadecimal digits; where it is not wanted, "" stands for it.

    Raises:
        OSError: It cannot be read.
        Interrupted: By the meter.
    """
    crc64, digest = 0, hashlib.md5(usedforsecurity=False) if with_md5 else None
    buffer = memoryview(bytearray(BLOCK))
    while count := file.readinto(buffer):
        meter(count)
        crc64 = fastcrc.crc64.xz(buffer[:count], crc64)
        if digest is not None:
            digest.update(buffer[:count])
    return crc64, "" if digest is None else digest.hexdigest().upper()


def crc64_of_link(destination: str) -> int:
    """Return the CRC64 of a link's destination, as it is written there."""
    return int(fastcrc.crc64.xz(os.fsencode(destination)))


def md5_in(etag: str, kind: str) -> str:
    """Return the MD5 that an ETag is, as `checksums` does; "" where it is something else.

    Only objects of type Normal have such an ETag.
    """
    return etag.upper() if kind == NORMAL and len(etag) == _MD5_DIGITS else ""
