"""One connection whose bodies are read in large blocks.

libcurl gives its callback 16 KiB at most, which costs too much Python for bodies of megabytes. So
it only connects (name, proxy, TLS, certificates), and the caller reads the body straight into a
buffer of its own.
"""

import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterable
from typing import cast

import pycurl

from ossh.network.http import Http, is_silent, request_of
from ossh.network.response_parser import ResponseParser
from ossh.network.transport_errors import BadAnswerError, Cancelled, Stalled

# Bytes that must be there before a wait ends: a slow connection would wake its thread for every few
# KiB. A wait ends after WAIT_SECONDS all the same, so what comes slowly is written as it comes.
_LOW_WATER = 128 * 1024
_LAST = 32 * 1024  # of a body: more than TLS holds back of what has come
_WAIT_SECONDS = 0.1
_READ_SIZE = 16 * 1024  # of heads, and of bodies whose length is not known; a record of TLS


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
        self._answer = ResponseParser(None)  # the present one
        self._buffer = memoryview(bytearray(_READ_SIZE))  # of what the parser has to see
        self._rest = memoryview(b"")  # of the body: came with what the parser has seen
        self._waited = 0.0  # seconds spent waiting in the current window
        self._recent = 0  # bytes of bodies that arrived in it

    def get(self, url: str, headers: Iterable[str], limit: int = sys.maxsize) -> ResponseParser:
        """Send a GET and return the head of the answer, whose body is read by what follows.

        The connection of an earlier answer is used again if all of that was read, unless the other
        side closed it. The request is sent once: an attempt is one request, whatever happens.

        Args:
            url: The address.
            headers: Lines, "Name: value".
            limit: Bytes that the body may have; one that is longer cannot be read.

        Raises:
            pycurl.error, OSError, BadAnswerError: See `failure_of`.
            Cancelled: Told to stop.
        """
        origin, request = request_of("GET", url, headers)
        self.release()
        if self._curl is None or origin != self._origin or not is_silent(self._curl):
            self._connect(origin)
        self._waited, self._recent = 0.0, 0
        self._answer, self._rest = ResponseParser(None, limit), memoryview(b"")
        self._send(request)
        while not self._answer.status:
            if not self._feed():
                self.wait()
        return self._answer

    @property
    def is_complete(self) -> bool:
        """Return whether all of the answer was read."""
        return self._answer.is_complete and self._answer.failure is None and not self._rest

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer with what is there of the body; 0 where nothing is, or all was read.

        Raises:
            pycurl.error, BadAnswerError: See `failure_of`.
        """
        while not self._rest:
            if due := self._answer.due:
                count = self._receive(buffer[:due])
                self._answer.skip(count)
                self._recent += count
                return count
            if self.is_complete or not self._feed():
                return 0
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        self._recent += len(piece)
        return len(piece)

    def read(self) -> bytes:
        """Return the rest of the body, waiting for all of it; errors are those of `get`."""
        body, buffer = bytearray(), memoryview(bytearray(_READ_SIZE))
        while not self.is_complete:
            if count := self.readinto(buffer):
                body += buffer[:count]
            else:
                self.wait()
        return bytes(body)

    def wait(self) -> None:
        """Wait a moment for bytes; only waiting counts as a stall, not the caller's work.

        Raises:
            Stalled: Next to nothing of a body has come for too long.
            Cancelled: Told to stop.
        """
        if self.is_complete:
            return
        if self._cancelled():
            raise Cancelled
        self._set_low_water(_LOW_WATER if self._answer.due >= _LOW_WATER + _LAST else 1)
        before = time.monotonic()
        cast("selectors.BaseSelector", self._selector).select(_WAIT_SECONDS)
        self._waited += time.monotonic() - before
        limits = self._http.timeouts
        if self._waited < limits.stall:
            return
        if self._recent < limits.stall_bytes:
            raise Stalled(self._recent, limits.stall)
        self._waited, self._recent = 0.0, 0

    def release(self) -> None:
        """Close the connection unless all of the answer was read: the rest belongs to nobody."""
        if not (self.is_complete and self._answer.keeps_alive):
            self.close()

    def close(self) -> None:
        """Close the connection; the next `get` opens a new one."""
        if self._selector is not None:
            self._selector.close()
            self._selector = None
        if self._curl is not None:
            self._curl.close()
            self._curl = None

    def _connect(self, origin: str) -> None:
        self.close()
        curl = self._http.take_ready(origin) or self._http.connect(origin)
        self._selector = selectors.DefaultSelector()
        self._selector.register(curl.getinfo(pycurl.ACTIVESOCKET), selectors.EVENT_READ)
        self._low_water = 1
        self._curl, self._origin = curl, origin

    def _send(self, request: bytes) -> None:
        data = memoryview(request)
        while data:
            try:
                data = data[cast("pycurl.Curl", self._curl).send(data) :]
            except BlockingIOError:
                time.sleep(0.001)  # a request is smaller than any socket buffer

    def _feed(self) -> bool:
        """Let the parser see what is there; return whether anything is."""
        if count := self._receive(self._buffer):
            self._answer.feed(bytes(self._buffer[:count]))
            self._rest = memoryview(self._answer.take())
        return count > 0

    def _receive(self, buffer: memoryview) -> int:
        """Fill a buffer as far as bytes are there.

        Raises:
            pycurl.error, BadAnswerError: No more come.
        """
        if self._answer.failure is not None:
            raise BadAnswerError(self._answer.failure)
        curl = cast("pycurl.Curl", self._curl)
        got = 0
        while got < len(buffer):
            try:
                count = curl.recv_into(buffer[got:])
            except BlockingIOError:
                break
            except pycurl.error:
                if got:  # the bytes before it count; the error comes again
                    break
                raise
            if not count:
                if not got:  # the end comes again, too
                    self._answer.end()
                break
            got += count
        return got

    def _set_low_water(self, count: int) -> None:
        """Let a wait end once so many bytes are there; elsewhere `recv` would wait for them too."""
        if count == self._low_water or sys.platform != "linux":
            return
        self._low_water = count
        descriptor = cast("pycurl.Curl", self._curl).getinfo(pycurl.ACTIVESOCKET)
        # a family, whichever, for Python would ask the system
        own = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, descriptor)
        try:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)
        finally:
            own.detach()  # it is libcurl's
