"""One connection of a `Pool`: sends a request, and reads its answer as far as that has come.

libcurl gives its callback 16 KiB at most, which costs too much Python for bodies of megabytes. So
it only connects (name, proxy, TLS, certificates), and the bytes are read here, in large blocks.
"""

import contextlib
import socket
import sys
from dataclasses import dataclass
from typing import Protocol

import pycurl

from ossh.network.response_parser import ResponseParser

BLOCK = 512 * 1024  # bytes read at once; below, the cost of a Python call shows, above, caches miss
_STRAIGHT = 32 * 1024  # bytes that must be due for a read to have a buffer of its own
# Bytes that must be there before a connection counts as ready: a slow one would wake its thread for
# every few KiB.
_LOW_WATER = 128 * 1024
_LAST = 32 * 1024  # of a body: more than TLS holds back of what has come
_PEEK = 16 * 1024  # read of heads, and of bodies whose length is not known; a record of TLS


class Sink(Protocol):
    """Takes a body as it comes, so that nobody needs to hold all of it.

    No method may raise: a sink that cannot go on wants no more, and remembers why.
    """

    def begin(self, answer: ResponseParser) -> bool:
        """Look at the head of a successful answer; False: nothing of its body is wanted."""

    def room(self) -> int:
        """Return how many bytes may be read now; 0: none for the moment.

        A few more may come, along with a head or in chunks.
        """

    def write(self, data: memoryview) -> bool:
        """Take the next bytes, which stay there until it returns; False: no more are wanted."""


@dataclass(slots=True, eq=False, repr=False)
class Connection:
    """One connection: being made, busy with a request, or idle."""

    curl: pycurl.Curl
    origin: str
    descriptor: int = -1  # until it is connected
    parser: ResponseParser | None = None  # of the request under way
    unsent: bytes | memoryview = b""
    since: float = 0.0  # when the current window for stalls began
    before: int = 0  # bytes of the body that had come by then
    seen: float = 0.0  # when it was last read
    has_more: bool = False  # bytes may be there that its socket does not show
    is_held: bool = False  # its sink had no room
    low_water: int = 1  # bytes that must be there before it counts as ready
    _sink: Sink | None = None
    _sink_began: bool = False
    _lost: pycurl.error | None = None  # after the bytes that were read last

    def ask(self, request: bytes, parser: ResponseParser, sink: Sink | None) -> None:
        """Have a request sent; its answer is for the parser, and a body for the sink, if any."""
        self.parser, self.unsent = parser, request
        self._sink, self._sink_began = sink, False
        self.has_more = self.is_held = False

    def rest(self) -> None:
        """Be idle: all of the answer was read."""
        self.parser = self._sink = None
        self.set_low_water(1)

    def send(self) -> None:
        """Send what is unsent, as far as the connection takes it.

        Raises:
            BlockingIOError: It takes no more for now.
            pycurl.error: It is lost.
        """
        while self.unsent:
            self.unsent = memoryview(self.unsent)[self.curl.send(self.unsent) :]
        self.unsent = b""

    def receive(self, parser: ResponseParser, buffer: memoryview) -> None:
        """Read what is there of the answer, or, of a body that goes to a sink, one block.

        Raises:
            pycurl.error: The connection is lost.
        """
        if self._sink is not None:
            self._receive_block(parser, self._sink, buffer)
            return
        try:
            while not parser.is_complete:  # until it blocks: TLS may hold more than a socket shows
                if parser.due >= _STRAIGHT:
                    data = self.curl.recv(len(buffer))
                else:
                    data = bytes(buffer[: self.curl.recv_into(buffer)])
                if data:
                    parser.feed(data)
                else:
                    parser.end()
        except BlockingIOError:
            pass

    def _receive_block(self, parser: ResponseParser, sink: Sink, buffer: memoryview) -> None:
        if self._lost is not None:
            raise self._lost
        most = min(len(buffer), parser.due or _PEEK)
        if parser.is_success:
            most = min(most, sink.room())
        self.is_held = not most
        if self.is_held:
            return
        count, self.has_more = self._fill(buffer[:most], goes_on=parser.due > 0)
        if not count:
            if self.has_more:
                parser.end()
        elif parser.due:
            parser.skip(count)
            self._hand_on(parser, sink, buffer[:count])
        else:
            parser.feed(bytes(buffer[:count]))
            if parser.is_success:
                self._hand_on(parser, sink, memoryview(parser.take()))
        if not self.has_more:
            self.set_low_water(_LOW_WATER if parser.due >= _LOW_WATER + _LAST else 1)

    def _fill(self, buffer: memoryview, *, goes_on: bool) -> tuple[int, bool]:
        """Fill a buffer as far as bytes are there; return how many, and whether more may be.

        Unless it `goes_on`, so that all of the buffer is for what comes next, one read will do.

        Raises:
            pycurl.error: None are there, and none will come.
        """
        got = 0
        while got < len(buffer):
            try:
                count = self.curl.recv_into(buffer[got:])
            except BlockingIOError:
                return got, False
            except pycurl.error as error:
                if not got:
                    raise
                self._lost = error
                break
            got += count
            if not count or not goes_on:
                break
        return got, True

    def _hand_on(self, parser: ResponseParser, sink: Sink, data: memoryview) -> None:
        is_wanted = self._sink_began or sink.begin(parser)
        self._sink_began = True
        if not is_wanted or (data and not sink.write(data)):
            parser.abandon()

    def set_low_water(self, count: int) -> None:
        """Let it count as ready once so many bytes are there; other systems would wait in reads."""
        if count == self.low_water or sys.platform != "linux":
            return
        self.low_water = count
        # a family, whichever, for Python would ask the system
        own = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, self.descriptor)
        with contextlib.suppress(OSError):  # a system that refuses wakes more often
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)
        own.detach()  # it is libcurl's
