"""One connection whose bodies are read in large blocks.

libcurl gives its callback 16 KiB at most, which costs too much Python for bodies of megabytes. So
it only connects (name, proxy, TLS, certificates), `http.client` parses the head, and the caller
reads the body straight into its own buffer.
"""

import io
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterable
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

import pycurl

from ossh.network.http import Http, is_silent, request_of
from ossh.network.transport_errors import Cancelled, Stalled

# Bytes that may come beside a body: heads, those of interim answers too, what frames the chunks of
# the body and what follows it. So much again may each time that more of the body came.
_MAX_BESIDE = 256 * 1024
_BESIDE_A_BYTE = 16  # of the body: chunks of one byte need six
# Bytes that must be there before a wait ends: a slow connection would wake its thread for every few
# KiB. A wait ends after WAIT_SECONDS all the same, so what comes slowly is written as it comes.
_LOW_WATER = 128 * 1024
_LAST = 32 * 1024  # of a body: more than TLS holds back of what has come
_WAIT_SECONDS = 0.1


class BodyConnection:
    """One connection to one origin, for one GET after the other.

    Args:
        cancelled: Asked while waiting for bytes; True ends the wait with `Cancelled`.
    """

    def __init__(self, http: Http, cancelled: Callable[[], bool]) -> None:
        self._http = http
        self._cancelled = cancelled
        self._curl: pycurl.Curl | None = None
        self._origin = ""
        self._selector: selectors.BaseSelector | None = None
        self._low_water = 1
        self._more = 0  # bytes of the present body that have not been read
        self._ends = False  # the other side closes it after the current answer
        self._waited = 0.0  # seconds spent waiting in the current window
        self._recent = 0  # bytes of bodies that arrived in it
        self._beside = 0  # bytes that may still come before the next ones of a body

    def get(self, url: str, headers: Iterable[str]) -> HTTPResponse:
        """Send a GET and return the parsed answer, its body not read yet.

        The connection of an earlier answer is used again unless the other side closed it. The
        request is sent once: an attempt is one request, whatever happens.

        Raises:
            pycurl.error, OSError, HTTPException: See `failure_of`.
            Cancelled: Told to stop.
        """
        origin, request = request_of("GET", url, headers)
        if self._curl is None or origin != self._origin or self._ends or not is_silent(self._curl):
            self._connect(origin)
        return self._ask(request)

    def _connect(self, origin: str) -> None:
        self.close()
        curl = self._http.take_ready(origin) or self._http.connect(origin)
        self._selector = selectors.DefaultSelector()
        self._selector.register(curl.getinfo(pycurl.ACTIVESOCKET), selectors.EVENT_READ)
        self._low_water = 1
        self._curl, self._origin = curl, origin

    def _ask(self, request: bytes) -> HTTPResponse:
        self._waited, self._recent, self._more = 0.0, 0, 0
        self._beside = _MAX_BESIDE
        curl = cast("pycurl.Curl", self._curl)
        data = memoryview(request)
        while data:
            try:
                data = data[curl.send(data) :]
            except BlockingIOError:
                time.sleep(0.001)  # a request is smaller than any socket buffer
        response = _Response(self)
        self._ends = True  # until a whole head says otherwise
        response.begin()
        self._ends = response.will_close
        return response

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a reader of the connection; `HTTPResponse` calls it, as of a socket."""
        return _Reader(_Incoming(self), 64 * 1024)

    def receive(self, buffer: memoryview) -> int:
        """Fill `buffer` as far as bytes are there, waiting for the first; 0 at the end.

        Raises:
            HTTPException: Too much has come that belongs to no body.
        """
        if self._beside < 0:
            message = "too many headers"
            raise HTTPException(message)
        curl = cast("pycurl.Curl", self._curl)
        got = 0
        while got < len(buffer):
            try:
                count = curl.recv_into(buffer[got:])
            except BlockingIOError:
                if got:
                    break
                self._wait()
                continue
            except pycurl.error:
                if got:  # the bytes before it count; the error comes again
                    break
                raise
            if count == 0:
                break
            got += count
        self._beside -= got
        return got

    def expect(self, more: int) -> None:
        """Expect so many bytes of a body, 0 where nobody knows."""
        self._more = more

    def arrived(self, count: int) -> None:
        """Count bytes of a body, which alone are progress."""
        self._recent += count
        self._beside = min(_MAX_BESIDE, self._beside + count * _BESIDE_A_BYTE)

    def _wait(self) -> None:
        """Wait a moment for bytes; only waiting counts as a stall, not the caller's work."""
        if self._cancelled():
            raise Cancelled
        self._set_low_water(_LOW_WATER if self._more >= _LOW_WATER + _LAST else 1)
        before = time.monotonic()
        cast("selectors.BaseSelector", self._selector).select(_WAIT_SECONDS)
        self._waited += time.monotonic() - before
        limits = self._http.timeouts
        if self._waited < limits.stall:
            return
        if self._recent < limits.stall_bytes:
            raise Stalled(self._recent, limits.stall)
        self._waited, self._recent = 0.0, 0

    def _set_low_water(self, count: int) -> None:
        """Let a wait end once so many bytes are there; elsewhere `recv` would wait for them too."""
        if count == self._low_water or sys.platform != "linux":
            return
        self._low_water = count
        curl = cast("pycurl.Curl", self._curl)
        own = socket.socket(fileno=curl.getinfo(pycurl.ACTIVESOCKET))
        try:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)
        finally:
            own.detach()  # it is libcurl's

    def close(self) -> None:
        """Close the connection; the next `get` opens a new one."""
        if self._selector is not None:
            self._selector.close()
            self._selector = None
        if self._curl is not None:
            self._curl.close()
            self._curl = None


class _Response(HTTPResponse):
    """Reads what has arrived of a chunked body; the original waits until the buffer is full."""

    def __init__(self, connection: BodyConnection) -> None:
        super().__init__(cast("Any", connection), method="GET")
        self._connection = connection

    def flush(self) -> None:
        """Do nothing: when it is closed, at the latest with the process, its reader may be gone."""

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer, as io has it
        if self.chunked:
            data = self.read1(len(buffer))
            buffer[: len(data)] = data
            count = len(data)
        else:
            self._connection.expect(self.length or 0)
            count = super().readinto(buffer)
        self._connection.arrived(count)
        return count


class _Reader(io.BufferedReader):
    """Reads what has arrived: a wait for a full buffer would lose it if the connection broke."""

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer, as io has it
        return self.readinto1(buffer)


class _Incoming(io.RawIOBase):
    """The bytes of a `BodyConnection`, as a raw stream; closing it leaves the connection open."""

    def __init__(self, connection: BodyConnection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer, as io has it
        return self._connection.receive(memoryview(buffer))
