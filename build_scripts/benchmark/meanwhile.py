"""What goes on while a contender runs: connections have a speed, and files forget.

The kernel paces what each of the server's sockets sends (`SO_MAX_PACING_RATE`). New connections
inherit the rate of the socket that nginx accepts them from, which is ours as well; those that nginx
has already are borrowed from its processes for a moment (`pidfd_getfd`).

Files on tmpfs are memory. Within `drained`, their pages are given back every 20 ms, so that files
keep only their names and lengths, and there may be more bytes than memory. Every contender writes
as it always does, into new pages. The drain costs all of them the same: about a twentieth of a core
for each GB/s, in a process that is not theirs.
"""

import ctypes
import errno
import mmap
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAX_PACING_RATE = 47  # SO_MAX_PACING_RATE of Linux, which Python does not have
PIDFD_OPEN, PIDFD_GETFD = 434, 438  # the numbers of these calls, on every kind of processor
NO_RATE = -1  # as the kernel has it
LOOK_SECONDS = 0.01  # between two looks at how much has passed
DRAIN_SECONDS = 0.02
SWEEPS = 3  # a connection may be on its way from the kernel to nginx while one looks
CLOSED = (errno.ENOENT, errno.EBADF)  # it was there when one looked, and is not any more
LOOPBACK = Path("/sys/class/net/lo/statistics/tx_bytes")


@contextmanager
def _meanwhile(seconds: float, look: Callable[[], object]) -> Iterator[None]:
    """Call `look` each so many seconds within the block, until it returns something true."""
    ended = threading.Event()

    def run() -> None:
        while not (ended.wait(seconds) or look()):
            pass

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def once_passed(count: int, change: Callable[[], None]) -> Iterator[None]:
    """Call `change` once so many bytes have passed the loopback device within the block."""
    start = _passed()

    def look() -> bool:
        has_passed = _passed() - start >= count
        if has_passed:
            change()
        return has_passed

    with _meanwhile(LOOK_SECONDS, look):
        yield


def _passed() -> int:
    return int(LOOPBACK.read_text(encoding="ascii"))


def set_rate(one: socket.socket, rate: int) -> None:
    """Give a socket, and what it accepts from now on, a rate; 0 for any speed."""
    one.setsockopt(socket.SOL_SOCKET, MAX_PACING_RATE, rate or NO_RATE)


def set_rate_of(process: int, rate: int) -> None:
    """Give the sockets that a process's children have a rate, in bytes a second; 0: any speed.

    Raises:
        OSError: The system does not allow it.
    """
    for _ in range(SWEEPS):
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            for one in _sockets(int(child)):
                set_rate(one, rate)


def _sockets(process: int) -> Iterator[socket.socket]:
    """Yield the sockets of a process, each until the next."""
    handle = _call(PIDFD_OPEN, process, 0)
    try:
        for entry in Path(f"/proc/{process}/fd").iterdir():
            try:
                if not str(entry.readlink()).startswith("socket:"):
                    continue
                one = socket.socket(fileno=_call(PIDFD_GETFD, handle, int(entry.name), 0))
            except OSError as error:
                if error.errno in CLOSED:
                    continue
                raise
            with one:
                yield one
    finally:
        os.close(handle)


def _call(number: int, *arguments: int) -> int:
    """Make a call of Linux that not every Python has."""
    result = int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


@contextmanager
def drained(folder: Path) -> Iterator[None]:
    """Empty all files below a folder, again and again, within the block."""

    def look() -> None:
        for inner, _, names in os.walk(folder):
            for name in names:
                # empty, or renamed: then it has another name at the next look
                with suppress(ValueError, FileNotFoundError):
                    _empty(Path(inner, name))

    with _meanwhile(DRAIN_SECONDS, look):
        yield
    look()


def _empty(path: Path) -> None:
    """Make a hole of all of a file."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as pages:
        if sys.platform == "linux":
            pages.madvise(mmap.MADV_REMOVE)
