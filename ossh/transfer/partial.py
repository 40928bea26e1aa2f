"""One file's life: a partial file, its proof, and its final name.

Partial files are `TARGET/.ossh/JOBID/ROWID`: on the target's own file system, so that a rename
is atomic, and apart from every key's name. Nothing is ever written under a final name.
"""

import contextlib
import errno
import hashlib
import os
import sys
import time
from pathlib import Path

import fastcrc

from ossh.errors import LocalError
from ossh.model import Cause, Failure, Proof
from ossh.transfer.messages import Fetch, Seal, Served

WORK_FOLDER = ".ossh"
BLOCK = 512 * 1024  # bytes; below, the cost of a Python call shows, above, caches miss

# Windows virus scanners hold new files for a moment; five seconds outlast them.
RENAME_PATIENCE_SECONDS = 5.0

_FULL = frozenset({errno.ENOSPC, errno.EROFS, errno.ENODEV, errno.ENXIO, errno.EDQUOT})
_TAKEN = frozenset({errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP})
_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows would translate line ends without it


_UTIME_BY_DESCRIPTOR = os.utime in os.supports_fd  # cheaper; not on Windows


class Escape(OSError):
    """A folder on the way is a link that leads out of the target."""


class Corrupt(Exception):
    """The bytes are not those that the service vouches for."""


class Workspace:
    """The partial files of one job below one target.

    Used by several threads; the set of known folders only ever grows.

    Args:
        target: The local root; created when missing.
        job_id: Names the job's own folder below `TARGET/.ossh`.

    Raises:
        LocalError: The target cannot be created or written.
    """

    def __init__(self, target: Path, job_id: str) -> None:
        self.target = long_path(str(target))
        self.folder = os.path.join(self.target, WORK_FOLDER, job_id)
        try:
            os.makedirs(self.folder, exist_ok=True)
            probe = os.path.join(self.folder, "probe")
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666))
            os.unlink(probe)
        except OSError as error:
            message = f"cannot write to target '{target}': {error.strerror or error}"
            hint = "choose another folder with get --to DIR, or mend its permissions"
            raise LocalError(message, hint=hint) from error
        self._root = os.path.realpath(self.target)
        self._known = {self.target}

    def partial(self, row: int) -> str:
        """Return the path of a row's partial file."""
        return f"{self.folder}{os.sep}{row}"

    def place(self, path: str) -> str:
        """Return the final path for a name below the target; its folder exists afterwards.

        Raises:
            Escape: A link on the way leads out of the target.
            OSError: The folder cannot be made.
        """
        final = located(self.target, path)
        parent = final[: final.rindex(os.sep)]
        if parent not in self._known:
            self._make(parent)
        return final

    def _make(self, parent: str) -> None:
        # Look before making: makedirs would follow a planted link and create folders outside.
        existing = parent
        while not os.path.lexists(existing):
            existing = os.path.dirname(existing)
        self._refuse_escape(existing)
        os.makedirs(parent, exist_ok=True)
        self._refuse_escape(parent)
        self._known.add(parent)

    def _refuse_escape(self, folder: str) -> None:
        real = os.path.realpath(folder)
        if real != self._root and not real.startswith(self._root.rstrip(os.sep) + os.sep):
            message = "a link on the way leads out of the target"
            raise Escape(errno.ELOOP, message, folder)

    def make_folder(self, path: str) -> None:
        """Create the folder that a key ending in "/" stands for."""
        self.place(path.rstrip("/") + "/.")

    def drop(self, row: int) -> None:
        """Remove a row's partial file, if there is one."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.partial(row))

    def tidy(self) -> None:
        """Remove the job's folder, and `.ossh`, when they are empty."""
        with contextlib.suppress(OSError):
            os.rmdir(self.folder)
            os.rmdir(os.path.dirname(self.folder))


def open_partial(path: str) -> int:
    """Return a descriptor of the partial file, created when missing, kept when not."""
    return os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o666)


def write_whole(path: str, data: bytes, modified: float) -> None:
    """Write a small partial file in one go, its mtime included."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o666)
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


def crc64_of(path: str, start: int, stop: int) -> int | None:
    """Return the CRC64 of a range of a file, None when the file is shorter."""
    crc = 0
    buffer = memoryview(bytearray(BLOCK))
    with open(path, "rb", buffering=0) as file:
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
        message = f"{size} bytes arrived of {served.size}"
        raise Corrupt(message)
    if served.crc64 is not None:
        if served.crc64 != crc64:
            message = f"CRC64 is {crc64}, the service says {served.crc64}"
            raise Corrupt(message)
        return Proof.CRC64
    etag = served.etag or task.etag
    if task.type == "Normal" and len(etag) == 32:  # noqa: PLR2004 - hex digits of an MD5
        with open(path, "rb") as file:
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
    """Rename, for a few seconds again and again where Windows says the file is in use."""
    deadline = time.monotonic() + RENAME_PATIENCE_SECONDS
    while True:
        try:
            os.replace(partial, final)
        except PermissionError:
            if sys.platform != "win32" or os.path.isdir(final) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)  # the holder of the file gives no sign when it lets go
        else:
            return


def local_failure(error: OSError) -> Failure:
    """Return what an error of the local disk means for one object, or for the whole run."""
    text = error.strerror or str(error)
    if isinstance(error, Escape):
        return Failure(Cause.LOCAL_CONFLICT, "leaves target", text)
    name = errno.errorcode.get(error.errno or 0, "OSError")
    if error.errno in _FULL:
        return Failure(Cause.DISK_FULL, name, text)
    if error.errno in _TAKEN:
        return Failure(Cause.LOCAL_CONFLICT, name, text)
    return Failure(Cause.CANNOT_WRITE, name, text)


def long_path(path: str) -> str:
    r"""Return an absolute path that Windows accepts beyond 260 characters (`\\?\`)."""
    path = os.path.abspath(path)
    if sys.platform != "win32" or path.startswith("\\\\?\\"):
        return path
    return "\\\\?\\UNC" + path[1:] if path.startswith("\\\\") else "\\\\?\\" + path


def located(target: str, path: str) -> str:
    """Return where a path below the target is; `path` has "/", the result the system's own."""
    return f"{target}/{path}" if os.sep == "/" else os.path.join(target, *path.split("/"))
