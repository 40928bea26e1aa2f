"""How fast connections are: as slow as those of a service, or of a speed that changes in a run.

The kernel paces what each of the server's sockets sends (`SO_MAX_PACING_RATE`). New connections
inherit the rate of the socket that nginx accepts them from, which is ours as well; those that nginx
has already are borrowed from its processes for a moment (`pidfd_getfd`).
"""

import ctypes
import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

MAX_PACING_RATE = 47  # SO_MAX_PACING_RATE of Linux, which Python does not have
PIDFD_OPEN, PIDFD_GETFD = 434, 438  # the numbers of these calls, on every kind of processor
NO_RATE = -1  # as the kernel has it
LOOK_SECONDS = 0.01  # between two looks at how much has passed
SWEEPS = 3  # a connection may be on its way from the kernel to nginx while one looks
CLOSED = (errno.ENOENT, errno.EBADF)  # it was there when one looked, and is not any more
LOOPBACK = Path("/sys/class/net/lo/statistics/tx_bytes")


@contextmanager
def meanwhile(seconds: float, look: Callable[[], object]) -> Iterator[None]:
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

    with meanwhile(LOOK_SECONDS, look):
        yield


def _passed() -> int:
    return int(LOOPBACK.read_text(encoding="ascii"))


def set_rate(one: socket.socket, rate: int) -> None:
    """Give a socket, and what it accepts from now on, a rate; 0 for any speed."""
    one.setsockopt(socket.SOL_SOCKET, MAX_PACING_RATE, rate or NO_RATE)


def set_rate_of(process: int, ports: Sequence[int], rate: int) -> None:
    """Give all connections that a server's processes have a rate, in bytes a second; 0: any speed.

    `process` is the first of them, whose children serve at the ports.

    Raises:
        OSError: The system does not allow it.
    """
    for _ in range(SWEEPS):
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            for one in _connections(int(child), ports):
                set_rate(one, rate)


def _connections(process: int, ports: Sequence[int]) -> Iterator[socket.socket]:
    """Yield the sockets of a process that are at one of the ports, each until the next."""
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
                name = one.getsockname()
                if isinstance(name, tuple) and name[1] in ports:
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
