"""One file's life: written as a partial file, proved, and given its final name.

Nothing is ever written under a final name.
"""

import errno
import hashlib
import os
import sys
import time
from io import FileIO
from pathlib import Path

import fastcrc

from ossh import regular
from ossh.model import Proof
from ossh.transfer.messages import Fetch, Seal, Served

BLOCK = 512 * 1024  # bytes; below, the cost of a Python call shows, above, caches miss

# Windows virus scanners hold new files for a moment; five seconds outlast them.
RENAME_PATIENCE_SECONDS = 5.0

_UTIME_BY_DESCRIPTOR = os.utime in os.supports_fd  # cheaper; not on Windows

_READ: int = sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"))


class Corrupt(Exception):
    """The bytes are not those that the service vouches for."""


def write_whole(descriptor: int, path: str, data: bytes, modified: float) -> None:
    """Write a small partial file in one go, its mtime included, and close it.

    Args:
        descriptor: Of the partial file, which is empty.
        path: Of the same.
        data: The whole body.
        modified: Epoch seconds.
    """
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


def write_at(descriptor: int, data: memoryview, offset: int) -> None:
    """Write all of `data` at `offset`."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    while data:
        data = data[os.write(descriptor, data) :]


def crc64_of(path: str, start: int, stop: int, crc: int = 0) -> int | None:
    """Return the CRC64 of a range of a file, None when the file is shorter.

    `crc` is that of what comes before the range, where the two are to be taken together. A link
    in the file's place is an error, wherever it leads: what is there is not ours.
    """
    with open(os.open(path, _READ), "rb", buffering=0) as file:
        return crc64_in(file, start, stop, crc)


def crc64_in(file: FileIO, start: int, stop: int, crc: int = 0) -> int | None:
    """Return the CRC64 of a range of an open file; see `crc64_of`."""
    buffer = memoryview(bytearray(BLOCK))
    file.seek(start)
    while start < stop:
        count = file.readinto(buffer[: min(BLOCK, stop - start)])
        if not count:
            return None
        crc = fastcrc.crc64.xz(buffer[:count], crc)
        start += count
    return crc


def prove(task: Fetch | Seal, served: Served, size: int, crc64: int, path: str) -> Proof:
    """Return how the bytes on disk were proved to be the object.

    Args:
        task: What was fetched.
        served: What the response said of the object.
        size: Bytes on disk.
        crc64: Of these bytes.
        path: The partial file, read again only where its MD5 is the one proof there is.

    Raises:
        Corrupt: They are something else.
    """
    if size != served.size:
        message = f"{size} of {served.size} bytes arrived"
        raise Corrupt(message)
    if served.crc64 is not None:
        if served.crc64 != crc64:
            message = f"CRC64 is {crc64}, the service says {served.crc64}"
            raise Corrupt(message)
        return Proof.CRC64
    etag = served.etag or task.etag
    if task.type == "Normal" and len(etag) == 32:  # noqa: PLR2004 - hex digits of an MD5
        with regular.reading(Path(path)) as file:
            found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        if found.hexdigest().upper() != etag.upper():
            message = f"MD5 is {found.hexdigest().upper()}, the ETag says {etag}"
            raise Corrupt(message)
        return Proof.MD5
    return Proof.LENGTH


def seal(partial: str, final: str, modified: float) -> None:
    """Set the mtime of a proved partial file and give it its final name, atomically.

    Raises:
        OSError: The name is taken by a folder, or cannot be written.
    """
    os.utime(partial, (modified, modified))
    rename(partial, final)


def rename(partial: str, final: str) -> None:
    """Rename, for a few seconds again and again where Windows says the file is in use.

    Raises:
        OSError: With EBUSY when a file at the final name is what stands in the way.
    """
    deadline = time.monotonic() + RENAME_PATIENCE_SECONDS
    while True:
        try:
            os.replace(partial, final)
        except PermissionError as error:
            if sys.platform != "win32" or os.path.isdir(final) or time.monotonic() > deadline:
                raise _blocked(error, final) from None
            time.sleep(0.1)  # the holder of the file gives no sign when it lets go
        else:
            return


def _blocked(error: OSError, final: str) -> OSError:
    """Return what a refused rename means: the file there, where the folder would take another."""
    if os.path.isfile(final) and os.access(os.path.dirname(final), os.W_OK):
        return OSError(errno.EBUSY, "the file in its place cannot be replaced", final)
    return error
