"""Many requests at once, on one thread and its own connections.

libcurl connects, as everywhere; requests and answers then go over its connections without its
transfer engine, whose callbacks cost more than everything else that a small object takes.
"""

import contextlib
import selectors
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pycurl

from ossh import regular_files
from ossh.model import Failure
from ossh.network.connection import BLOCK, Connection, Sink
from ossh.network.http import Http, OfProcess, is_silent, request_of
from ossh.network.many_sockets import new_selector
from ossh.network.response_parser import MAX_OTHER, ResponseParser
from ossh.network.transport_errors import failure_of, stalled

_LOOK_SECONDS = 0.1  # after which what comes slowly is read, however little there is

_MOST_IDLE = 256  # connections that pools keep together for later


class Pool:
    """Runs requests on one thread; threads must not share it.

    Each request is sent once: an attempt is one request, whatever happens.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self.idle_limit = 1  # idle connections to keep for later requests, of each origin
        self._multi = _new_multi()  # makes connections, no more
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._timer: float | None = None
        self._selector = new_selector()
        self._buffer = memoryview(bytearray(BLOCK))
        self._unread: dict[Connection, None] = {}  # may have bytes that no selector tells of
        self._connecting: dict[pycurl.Curl, Connection] = {}
        self._busy: set[Connection] = set()
        self._idle: defaultdict[str, list[Connection]] = defaultdict(list)  # by origin
        self._finished: list[ResponseParser] = []
        self._now = time.monotonic()
        self._has_looked = False  # whether idle connections were just seen silent
        self._next_look = 0.0  # for what comes slowly
        self._next_judgement = 0.0  # of stalls
        self._interrupt: KeyboardInterrupt | None = None  # within libcurl

    def __len__(self) -> int:
        """Return the number of requests under way."""
        return len(self._connecting) + len(self._busy)

    @property
    def idle(self) -> int:
        """Return the number of connections that are kept for later requests."""
        return sum(map(len, self._idle.values()))

    @property
    def under_way(self) -> list[tuple[Any, int]]:
        """Return the token of each request under way, and the bytes of its body so far.

        Other threads may read it, too: what begins or ends meanwhile may be missing.
        """
        connections = [*list(self._connecting.values()), *list(self._busy)]
        parsers = [connection.parser for connection in connections]
        return [(parser.token, parser.received) for parser in parsers if parser is not None]

    def start(  # noqa: PLR0913 - a request, and what becomes of its answer
        self,
        url: str,
        headers: Iterable[str],
        token: Any,  # noqa: ANN401 - the caller's own
        *,
        limit: int = MAX_OTHER,
        head: bool = False,
        sink: Sink | None = None,
    ) -> None:
        """Begin a GET, or a HEAD; its answer comes from `poll` together with `token`.

        Headers are lines, "Name: value". A body of more bytes than the limit is not what was asked
        for, and fails. A sink takes the body of a success; without one, the answer has it.
        """
        origin, request = request_of("HEAD" if head else "GET", url, headers)
        connection = self._take_idle(origin) or self._connect(origin)
        connection.ask(request, ResponseParser(token, limit, is_head=head), sink)
        if connection.descriptor >= 0:
            self._ask(connection)

    def _take_idle(self, origin: str) -> Connection | None:
        """Return an idle connection that is still open and silent.

        Bytes that nobody asked for would be taken for the next answer.
        """
        while not self._has_looked:
            self._has_looked = True
            self._look(0.0)
        idle = self._idle[origin]
        while idle:
            # of a plain socket the look has shown all
            if not origin.startswith("https:") or is_silent(idle[-1].curl):
                return idle.pop()
            self._close(idle[-1])
        return None

    def poll(self, timeout: float) -> list[ResponseParser]:
        """Return the answers that are complete, waiting at most `timeout` seconds for bytes."""
        self._read_on()
        if self._finished or self._unread:
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
        if self._now >= self._next_judgement:
            self._look_for_stalls()
        if self._now >= self._next_look:
            self._look_for_slow_ones()
        if self._interrupt is not None:
            raise self._interrupt
        finished, self._finished = self._finished, []
        return finished

    def _look(self, timeout: float) -> None:
        """Serve all connections that are ready, waiting for the first one."""
        events = self._wait(timeout)
        self._now = time.monotonic()
        for key, mask in events:
            if key.data is None:
                self._multi.socket_action(key.fd, mask)  # libcurl's bits are the same
            elif mask & selectors.EVENT_WRITE:
                self._send(key.data)
            elif key.data not in self._unread:
                self._receive(key.data)

    def _read_on(self) -> None:
        """Read what the last turn left, those first that had no room then."""
        unread, self._unread = self._unread, {}
        if unread:
            self._now = time.monotonic()
        for connection in sorted(unread, key=lambda one: not one.is_held):
            self._receive(connection)

    def _wait(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        if self._selector.get_map():
            return self._selector.select(timeout)
        time.sleep(timeout)  # Windows refuses to select on nothing; libcurl's timer is due then
        return []

    def abort(self) -> list[Any]:
        """Drop every request under way and return their tokens."""
        tokens = [token for token, _received in self.under_way]
        tokens += [parser.token for parser in self._finished]
        self._finished.clear()
        for connection in [*self._connecting.values(), *self._busy]:
            self._close(connection)
        return tokens

    def close(self) -> None:
        """Drop everything and close all connections."""
        self.abort()
        for connections in self._idle.values():
            for connection in list(connections):
                self._close(connection)
        self._multi.close()
        self._selector.close()

    # connecting

    def _connect(self, origin: str) -> Connection:
        """Return a connection that was made before there was anything to ask, or make one."""
        ready = self._http.take_ready(origin)
        connection = Connection(ready or self._http.connector(origin), origin)
        if ready is not None:
            self._register(connection)
        else:
            self._connecting[connection.curl] = connection
            self._multi.add_handle(connection.curl)
        return connection

    def _take_connected(self) -> None:
        """Send the requests whose connections were made, and fail those whose were not."""
        more = True
        while more:
            queued, good, bad = self._multi.info_read()
            more = bool(queued)
            for curl in good:
                connection = self._connecting.pop(curl)
                self._register(connection)
                self._ask(connection)
            for curl, code, text in bad:
                connection = self._connecting[curl]
                error = pycurl.error(code, text)
                self._fail(connection, failure_of(error, self._http.route.proxy))

    def _register(self, connection: Connection) -> None:
        connection.descriptor = connection.curl.getinfo(pycurl.ACTIVESOCKET)
        self._selector.register(connection.descriptor, selectors.EVENT_READ, connection)

    def _on_timer(self, milliseconds: int) -> None:
        """Note when libcurl wants to be called."""
        self._timer = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _on_socket(self, event: int, descriptor: int, _multi: object, _data: object) -> None:
        """Watch a socket for libcurl, while it connects.

        What is raised here would get lost in libcurl, Ctrl-C as well: `poll` raises it.
        """
        try:
            with contextlib.suppress(KeyError, ValueError):  # it was not watched yet
                self._selector.unregister(descriptor)
            if event != pycurl.POLL_REMOVE:
                self._selector.register(descriptor, event)  # its numbers are those of selectors
        except KeyboardInterrupt as interrupt:
            self._interrupt = interrupt

    # asking

    def _ask(self, connection: Connection) -> None:
        self._busy.add(connection)
        # not `_now`: since then, sinks may have written for long
        connection.since, connection.before = time.monotonic(), 0
        self._send(connection)

    def _send(self, connection: Connection) -> None:
        """Send what is unsent, as far as the connection takes it."""
        waited = isinstance(connection.unsent, memoryview)
        try:
            connection.send()
        except BlockingIOError:
            if not waited:
                connection.unsent = memoryview(connection.unsent)
                self._selector.modify(connection.descriptor, selectors.EVENT_WRITE, connection)
        except pycurl.error as error:
            self._fail(connection, failure_of(error))
        else:
            if waited:
                self._selector.modify(connection.descriptor, selectors.EVENT_READ, connection)

    def _receive(self, connection: Connection) -> None:
        parser = connection.parser
        if parser is None:  # idle: it ended, or sent what nobody asked for
            self._close(connection)
            return
        connection.seen = self._now
        try:
            connection.receive(parser, self._buffer)
        except pycurl.error as error:
            self._fail(connection, failure_of(error))
            return
        if parser.is_complete:
            self._finish(connection, parser)
            return
        if connection.is_held:
            connection.since = self._now  # it is not the other side that stalls
        if connection.is_held or connection.has_more:
            self._unread[connection] = None

    def _finish(self, connection: Connection, parser: ResponseParser) -> None:
        self._finished.append(parser)
        self._has_looked = False  # what follows the answer may be there
        idle = self._idle[connection.origin]
        if parser.keeps_alive and len(idle) < self.idle_limit and not connection.unsent:
            self._busy.discard(connection)
            connection.rest()
            idle.append(connection)
        else:
            self._close(connection)

    def _fail(self, connection: Connection, failure: Failure) -> None:
        parser = connection.parser
        if parser is not None:
            parser.fail(failure)
            self._finished.append(parser)
        self._close(connection)

    def _look_for_slow_ones(self) -> None:
        """Have connections read, however little has come, that count as ready once it is much."""
        self._next_look = self._now + _LOOK_SECONDS
        for connection in filter(self._is_unseen, self._busy):
            connection.set_low_water(1)

    def _is_unseen(self, connection: Connection) -> bool:
        """Return whether it may have bytes for some time that did not count as much."""
        return connection.low_water > 1 and self._now - connection.seen >= _LOOK_SECONDS

    def _look_for_stalls(self) -> None:
        """Give up on answers of whose body next to nothing came within the limit.

        Interim answers, heads and trailers are no progress, however long they go on. Nor is one
        judged before all was read that has come: this thread may have been away, at a slow disk.
        """
        limits = self._http.timeouts
        self._next_judgement = self._now + limits.stall / 20
        due = [one for one in self._busy if self._now - one.since >= limits.stall]
        for connection in [one for one in due if not self._is_unseen(one)]:
            received = 0 if connection.parser is None else connection.parser.received
            if received - connection.before < limits.stall_bytes:
                self._fail(connection, stalled(received - connection.before, limits.stall))
            else:
                connection.since, connection.before = self._now, received

    def _close(self, connection: Connection) -> None:
        """Close a connection, wherever it stands."""
        if connection.descriptor >= 0:
            self._selector.unregister(connection.descriptor)
        self._connecting.pop(connection.curl, None)
        self._busy.discard(connection)
        self._unread.pop(connection, None)
        with contextlib.suppress(ValueError):
            self._idle[connection.origin].remove(connection)
        with contextlib.suppress(pycurl.error):  # one that was ready has no part in it
            self._multi.remove_handle(connection.curl)
        connection.curl.close()


def _new_multi() -> pycurl.CurlMulti:
    try:
        return pycurl.CurlMulti()
    except pycurl.error as error:  # it says no more; it takes memory, and a file to be woken by
        raise regular_files.used_up() or MemoryError from error


class Pools:
    """Pools that no thread uses just now, with their connections; threads may share it."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._spare = OfProcess[Pool]()

    @contextlib.contextmanager
    def borrowed(self, connections: int) -> Iterator[Pool]:
        """Have a pool to oneself; after an error, or if it is left early, nobody has it again.

        At most so many connections are kept for whoever has it next.
        """
        spare = self._spare.take()
        pool = Pool(self._http) if spare is None else spare
        pool.idle_limit = connections
        try:
            yield pool
        except BaseException:
            pool.close()  # it may have been left in the middle of something
            raise
        pool.abort()
        if pool.idle + sum(spare.idle for spare in self._spare) <= _MOST_IDLE:
            self._spare.keep(pool)
        else:
            pool.close()

    def close(self) -> None:
        """Close the pools that nobody uses."""
        while (pool := self._spare.take()) is not None:
            pool.close()
