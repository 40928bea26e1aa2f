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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

MAX_PACING_RATE = 47  # SO_MAX_PACING_RATE of Linux, which Python does not have
PIDFD_OPEN, PIDFD_GETFD = 434, 438  # the numbers of these calls, on every kind of processor
NO_RATE = -1  # as the kernel has it
LOOK_SECONDS = 0.01  # between two looks at how much has passed
SWEEPS = 3  # a connection may be on its way from the kernel to nginx while one looks
CLOSED = (errno.ENOENT, errno.EBADF)  # it was there when one looked, and is not any more
LOOPBACK = Path("/sys/class/net/lo/statistics/tx_bytes")


@dataclass(frozen=True, slots=True)
class Pace:
    """The most bytes a second on each connection; 0 for any number.

    Args:
        rate: From the start.
        then: After half of the bytes of the bucket; None where nothing changes.
    """

    rate: int = 0
    then: int | None = None

    def __str__(self) -> str:
        """Return it in words."""
        first = _words(self.rate)
        if self.then is None:
            return first if self.rate else ""
        return f"{first}, then, from half of it on, {_words(self.then)}"

    @property
    def rates(self) -> tuple[int, ...]:
        """Return the rates, each of which holds for the same number of bytes."""
        return (self.rate,) if self.then is None else (self.rate, self.then)


ANY_SPEED = Pace()


def _words(rate: int) -> str:
    return f"{rate / 1e6:g} MB/s a connection" if rate else "any speed"


def arithmetic(pace: Pace, connections: int, line: float) -> float:
    """Return the bytes a second that so many connections can bring at best.

    Args:
        pace: What each may bring.
        connections: How many there may be.
        line: Bytes a second that the line carries, however many connections there are.
    """
    speeds = [min(line, connections * rate) if rate else line for rate in pace.rates]
    return len(speeds) / sum(1 / speed for speed in speeds)


class Paced(Protocol):
    """A server whose connections are paced."""

    def pace(self, rate: int, *, is_running: bool = False) -> None:
        """Give all connections that come, or those that are there as well, a rate."""


class Change:
    """Changes the pace of a server once so many bytes have passed; a context manager.

    It counts what passes the loopback device, which all of the benchmark's traffic does.
    """

    def __init__(self, server: Paced, pace: Pace, after: int) -> None:
        self._server = server
        self._pace = pace
        self._after = after
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pace")

    def __enter__(self) -> Self:
        """Begin with the first pace."""
        self._server.pace(self._pace.rate, is_running=True)
        self._from = passed()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            if passed() - self._from >= self._after:
                self._server.pace(self._pace.then or 0, is_running=True)
                return


def passed() -> int:
    """Return the bytes that have passed the loopback device."""
    return int(LOOPBACK.read_text(encoding="ascii"))


def set_rate(one: socket.socket, rate: int) -> None:
    """Give a socket, and what it accepts from now on, a rate; 0 for any speed."""
    one.setsockopt(socket.SOL_SOCKET, MAX_PACING_RATE, rate or NO_RATE)


def set_rate_of(process: int, ports: Sequence[int], rate: int) -> None:
    """Give all connections that a server's processes have a rate.

    Args:
        process: The first of them, whose children serve.
        ports: Where it listens.
        rate: Bytes a second; 0 for any speed.

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
                one = _borrowed(handle, int(entry.name))
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


def _borrowed(handle: int, number: int) -> socket.socket:
    """Return a socket of another process, by the number it has there."""
    return socket.socket(fileno=_call(PIDFD_GETFD, handle, number, 0))


def _call(number: int, *arguments: int) -> int:
    """Make a call of Linux that not every Python has."""
    result = int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
