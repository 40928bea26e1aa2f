"""Many small requests at once, on one thread and its own connections.

libcurl connects, as everywhere; requests and answers then go over its connections without its
transfer engine, whose callbacks cost more than the rest of a small object's way together.
"""

import contextlib
import selectors
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pycurl

from ossh.language import Words
from ossh.model import Cause, Failure
from ossh.network.answer import Answer
from ossh.network.http import Http, request_of, transport_failure

_READ_SIZE = 256 * 1024  # a small body in one piece

_EVENTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


class _Line:
    """One connection: being made, asking, or idle."""

    __slots__ = ("answer", "curl", "descriptor", "origin", "received", "since", "unsent")

    def __init__(self, curl: pycurl.Curl, origin: str) -> None:
        self.curl = curl
        self.origin = origin
        self.descriptor = -1  # until it is connected
        self.answer: Answer | None = None  # of the request under way
        self.unsent: bytes | memoryview = b""
        self.since = 0.0  # when the present window for stalls began
        self.received = 0  # bytes in it


class Pool:
    """Requests under way on one thread; not to be shared between threads.

    Each request is sent once: an attempt is one request, whatever becomes of it.

    Args:
        http: Where the settings of connections come from.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._limits = http.timeouts
        self._idle_limit = 1
        self._multi = pycurl.CurlMulti()  # makes connections, no more
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._timer: float | None = None
        self._selector = selectors.DefaultSelector()
        self._buffer = memoryview(bytearray(_READ_SIZE))
        self._connecting: dict[pycurl.Curl, _Line] = {}
        self._asking: set[_Line] = set()
        self._idle: defaultdict[str, list[_Line]] = defaultdict(list)  # by origin
        self._finished: list[Answer] = []
        self._now = time.monotonic()
        self._has_looked = False  # whether idle connections were seen silent a moment ago
        self._next_look = 0.0  # for stalls

    def __len__(self) -> int:
        """Return how many requests are under way."""
        return len(self._connecting) + len(self._asking)

    @property
    def under_way(self) -> list[tuple[Any, int]]:
        """Return the token of each request under way, and the bytes of its body so far.

        Other threads may ask, too: what is new or over at this moment may be left out.
        """
        lines = [*list(self._connecting.values()), *list(self._asking)]
        answers = [line.answer for line in lines]
        return [(answer.token, answer.received) for answer in answers if answer is not None]

    def set_connections(self, count: int) -> None:
        """Keep up to `count` idle connections for later requests."""
        self._idle_limit = count

    def start(self, url: str, headers: Iterable[str], token: Any, *, head: bool = False) -> None:  # noqa: ANN401 - the caller's own
        """Begin a GET, or a HEAD; its answer comes from `poll` together with `token`."""
        origin, request = request_of("HEAD" if head else "GET", url, headers)
        line = self._take_idle(origin) or self._connect(origin)
        line.answer = Answer(token, is_head=head)
        line.unsent = request
        if line.descriptor >= 0:
            self._ask(line)

    def _take_idle(self, origin: str) -> _Line | None:
        """Return a kept connection that is still good: open, and silent.

        One that has bytes for us unasked would give them as the next answer.
        """
        if not self._has_looked:
            self._look(0.0)
            self._has_looked = True
        idle = self._idle[origin]
        while idle:
            if self._is_silent(idle[-1]):
                return idle.pop()
            self._close(idle[-1])
        return None

    def _is_silent(self, line: _Line) -> bool:
        """Return whether a connection, which showed nothing just now, has nothing else to read."""
        if not line.origin.startswith("https:"):
            return True
        try:  # TLS may hold bytes that the socket does not show any more
            line.curl.recv_into(self._buffer)
        except BlockingIOError:
            return True
        except pycurl.error:
            pass  # it is of no use, whatever the reason
        return False

    def poll(self, timeout: float) -> list[Answer]:
        """Return the answers that are complete, waiting at most `timeout` seconds for bytes."""
        if self._finished:
            timeout = 0.0
        elif self._timer is not None:
            timeout = min(timeout, max(0.0, self._timer - time.monotonic()))
        self._look(timeout)
        self._has_looked = False  # what the caller does next takes time
        if self._timer is not None and self._now >= self._timer:
            self._timer = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        if self._connecting:
            self._take_connected()
        if self._now >= self._next_look:
            self._look_for_stalls()
        finished, self._finished = self._finished, []
        return finished

    def _look(self, timeout: float) -> None:
        """Act on all connections of which something has come, waiting for the first."""
        events = self._wait(timeout)
        self._now = time.monotonic()
        for key, mask in events:
            if key.data is None:
                self._multi.socket_action(key.fd, _flags(mask))
            elif mask & selectors.EVENT_WRITE:
                self._send(key.data)
            else:
                self._receive(key.data)

    def _wait(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        if self._selector.get_map():
            return self._selector.select(timeout)
        time.sleep(timeout)  # Windows refuses to select on nothing; libcurl's timer is due then
        return []

    def abort(self) -> list[Any]:
        """Drop every request under way and return their tokens."""
        lines = [*self._connecting.values(), *self._asking]
        tokens = [line.answer.token for line in lines if line.answer is not None]
        tokens += [answer.token for answer in self._finished]
        self._finished.clear()
        for line in lines:
            self._close(line)
        return tokens

    def close(self) -> None:
        """Drop everything and close all connections."""
        self.abort()
        for lines in self._idle.values():
            for line in list(lines):
                self._close(line)
        self._multi.close()
        self._selector.close()

    # connecting

    def _connect(self, origin: str) -> _Line:
        line = _Line(self._http.connector(origin), origin)
        self._connecting[line.curl] = line
        self._multi.add_handle(line.curl)
        return line

    def _take_connected(self) -> None:
        """Send what waited for connections that are made, or say why they are not."""
        more = True
        while more:
            queued, good, bad = self._multi.info_read()
            more = bool(queued)
            for curl in good:
                line = self._connecting.pop(curl)
                line.descriptor = curl.getinfo(pycurl.ACTIVESOCKET)
                self._selector.register(line.descriptor, selectors.EVENT_READ, line)
                self._ask(line)
            for curl, code, text in bad:
                line = self._connecting[curl]
                self._fail(line, transport_failure(code, text))

    def _on_timer(self, milliseconds: int) -> None:
        self._timer = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _on_socket(self, event: int, descriptor: int, _multi: object, _data: object) -> None:
        """Watch a socket for libcurl, while it connects."""
        if event == pycurl.POLL_REMOVE:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(descriptor)
            return
        try:
            self._selector.modify(descriptor, _EVENTS[event])
        except KeyError:
            self._selector.register(descriptor, _EVENTS[event])

    # asking

    def _ask(self, line: _Line) -> None:
        self._asking.add(line)
        line.since, line.received = self._now, 0
        self._send(line)

    def _send(self, line: _Line) -> None:
        """Send what is unsent, as far as the connection takes it."""
        waited = isinstance(line.unsent, memoryview)
        try:
            while line.unsent:
                line.unsent = memoryview(line.unsent)[line.curl.send(line.unsent) :]
        except BlockingIOError:
            if not waited:
                line.unsent = memoryview(line.unsent)
                self._watch(line, selectors.EVENT_WRITE)
            return
        except pycurl.error as error:
            self._fail(line, transport_failure(*error.args[:2]))
            return
        line.unsent = b""
        if waited:
            self._watch(line, selectors.EVENT_READ)

    def _watch(self, line: _Line, events: int) -> None:
        self._selector.modify(line.descriptor, events, line)

    def _receive(self, line: _Line) -> None:
        """Take what has arrived; TLS may hold more than the socket shows, so until it blocks."""
        answer = line.answer
        if answer is None:  # idle: the other side ended it, or talks unasked
            self._close(line)
            return
        buffer = self._buffer
        is_complete = False
        try:
            while not is_complete:
                count = line.curl.recv_into(buffer)
                line.received += count
                if not count:
                    answer.end()
                    break
                is_complete = answer.feed(bytes(buffer[:count]))
        except BlockingIOError:
            return
        except pycurl.error as error:
            self._fail(line, transport_failure(*error.args[:2]))
            return
        self._finish(line, answer)

    def _finish(self, line: _Line, answer: Answer) -> None:
        self._finished.append(answer)
        idle = self._idle[line.origin]
        if answer.keeps_alive and len(idle) < self._idle_limit and not line.unsent:
            self._asking.discard(line)
            line.answer = None
            idle.append(line)
        else:
            self._close(line)

    def _fail(self, line: _Line, failure: Failure) -> None:
        answer = line.answer
        if answer is not None:
            answer.fail(failure)
            self._finished.append(answer)
        self._close(line)

    def _look_for_stalls(self) -> None:
        """Give up on answers of which next to nothing came within the limit."""
        limits = self._limits
        self._next_look = self._now + limits.stall / 20
        for line in [one for one in self._asking if self._now - one.since >= limits.stall]:
            if line.received < limits.stall_bytes:
                text = Words(
                    "only {received} bytes arrived in {stall:g} s",
                    received=line.received,
                    stall=limits.stall,
                )
                self._fail(line, Failure(Cause.STALL, "stalled", text))
            else:
                line.since, line.received = self._now, 0

    def _close(self, line: _Line) -> None:
        """Close a connection, wherever it stands."""
        if line.descriptor >= 0:
            self._selector.unregister(line.descriptor)
        self._connecting.pop(line.curl, None)
        self._asking.discard(line)
        with contextlib.suppress(ValueError):
            self._idle[line.origin].remove(line)
        self._multi.remove_handle(line.curl)
        line.curl.close()


def _flags(mask: int) -> int:
    """Return a selector's events as libcurl names them."""
    flags = pycurl.CSELECT_IN if mask & selectors.EVENT_READ else 0
    return int(flags | (pycurl.CSELECT_OUT if mask & selectors.EVENT_WRITE else 0))
