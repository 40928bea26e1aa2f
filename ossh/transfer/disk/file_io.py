"""The bytes of local files: written where they belong, and read again for a checksum."""

import hashlib
import os
from collections.abc import Callable
from io import BufferedReader, FileIO
from pathlib import Path

import fastcrc

from ossh import regular_files
from ossh.model import NORMAL

BLOCK = 512 * 1024  # bytes; below, the cost of a Python call shows, above, caches miss

_UTIME_BY_DESCRIPTOR = os.utime in os.supports_fd  # cheaper; not on Windows
_MD5_DIGITS = 32

Meter = Callable[[int], None]
"""Told how many bytes are read next; raises `Interrupted` when they need not be."""


class Interrupted(Exception):
    """Told to stop before the end of what takes long."""


def unmetered(_count: int) -> None:
    """Let bytes be read uncounted."""


def write_whole(descriptor: int, path: str, data: bytes, modified: float) -> None:
    """Write a small file, empty so far, in one go with its mtime (epoch seconds), and close it."""
    try:
        written = os.write(descriptor, data)
        if written != len(data):
            write_at(descriptor, memoryview(data)[written:], written)
        if _UTIME_BY_DESCRIPTOR:
            os.utime(descriptor, (modified, modified))
    finally:
        os.close(descriptor)
    if not _UTIME_BY_DESCRIPTOR:
        os.utime(path, (modified, modified))


def look(path: str) -> os.stat_result:
    """Return what is at a place, without following a link; that of a folder may end in a slash.

    Raises:
        OSError: Nothing is there, or it cannot be seen.
    """
    try:
        return os.lstat(path)
    except NotADirectoryError:
        return os.lstat(path.rstrip("/" + os.sep))
    except OSError:  # so Windows says that a file has no place of a folder
        if os.sep == "/" or not path.endswith(os.sep):
            raise
        return os.lstat(path.rstrip(os.sep))


def write_at(descriptor: int, data: memoryview, offset: int) -> None:
    """Write all of `data` at `offset`."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    while data:
        data = data[os.write(descriptor, data) :]


def crc64_of(path: str, size: int, meter: Meter = unmetered) -> int | None:
    """Return the CRC64 of a file's first bytes, None when it is shorter.

    Raises:
        OSError: It cannot be read. A link in its place is an error, wherever it leads: what is
            there is not ours.
        Interrupted: By the meter.
    """
    with open(os.open(path, regular_files.READ_FLAGS), "rb", buffering=0) as file:
        return crc64_in(file, 0, size, meter)


def crc64_in(file: FileIO, start: int, stop: int, meter: Meter = unmetered) -> int | None:
    """Return the CRC64 of a range of an open file, None when the file is shorter."""
    buffer = memoryview(bytearray(BLOCK))
    crc = 0
    file.seek(start)
    while start < stop:
        wanted = min(BLOCK, stop - start)
        meter(wanted)
        count = file.readinto(buffer[:wanted])
        if not count:
            return None
        crc = fastcrc.crc64.xz(buffer[:count], crc)
        start += count
    return crc


def checksums(file: FileIO, meter: Meter, *, with_md5: bool) -> tuple[int, str]:
    """Return CRC64 and MD5 of an open file, read to its end; without, "" stands for the MD5.

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


def md5_of(path: str, meter: Meter = unmetered) -> str:
    """Return the MD5 of a file in capital hexadecimal digits.

    Raises:
        OSError: It cannot be read, or is not a regular file.
        Interrupted: By the meter.
    """
    with regular_files.open_for_reading(Path(path)) as file:
        return md5_in_file(file, meter)


def md5_in_file(file: FileIO | BufferedReader, meter: Meter = unmetered) -> str:
    """Return the MD5 of the rest of an open file, as `md5_of` does."""
    digest = hashlib.md5(usedforsecurity=False)
    buffer = memoryview(bytearray(BLOCK))
    while count := file.readinto(buffer):
        meter(count)
        digest.update(buffer[:count])
    return digest.hexdigest().upper()


def md5_in(etag: str, kind: str) -> str:
    """Return the MD5 that an ETag is, as `md5_of` does; "" where it is something else.

    Only objects of type Normal have such an ETag.
    """
    return etag.upper() if kind == NORMAL and len(etag) == _MD5_DIGITS else ""
