"""Many small requests at once on one thread, over libcurl's multi interface."""

import contextlib
import selectors
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pycurl

from ossh.model import Failure
from ossh.network.http import NO_HEADERS, Http, transport_failure

# A handle's connection takes bodies of small objects and error texts, never more.
MAX_BODY = 4 * 1024 * 1024

_EVENTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


@dataclass(slots=True)
class Answer:
    """One request under way, and its answer as it arrives."""

    token: Any  # what the caller gave
    lines: list[bytes]  # header lines
    chunks: list[bytes]  # body
    status: int = 0
    failure: Failure | None = None  # why there is no answer
    is_sent: bool = False

    def let_go(self, *_addresses: object) -> int:
        """Let the request be sent, but once: an attempt is one request, whatever becomes of it.

        libcurl would repeat one whose kept connection is lost, on up to five more of them.
        """
        is_first, self.is_sent = not self.is_sent, True
        return int(pycurl.PREREQFUNC_OK if is_first else pycurl.PREREQFUNC_ABORT)

    @property
    def body(self) -> bytes:
        """Return the body in one piece."""
        return self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)


class Multi:
    """Requests under way on one thread; not to be shared between threads.

    `socket_action` with a selector costs what `select` costs and knows no limit of 1,024
    descriptors. Handles are used again without a reset, which is the cheapest way.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._selector = selectors.DefaultSelector()
        self._timer: float | None = None
        self._spare: list[pycurl.Curl] = []
        self._active: dict[pycurl.Curl, Answer] = {}

    def __len__(self) -> int:
        """Return how many requests are under way."""
        return len(self._active)

    def set_connections(self, count: int) -> None:
        """Keep up to `count` idle connections for later requests."""
        self._multi.setopt(pycurl.M_MAXCONNECTS, count)

    def start(self, url: str, headers: Sequence[str], token: Any, *, head: bool = False) -> None:  # noqa: ANN401 - the caller's own
        """Begin a GET, or a HEAD; its answer comes from `poll` together with `token`."""
        curl = self._spare.pop() if self._spare else self._handle()
        answer = Answer(token, [], [])
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.HTTPHEADER, headers or NO_HEADERS)
        if head:
            curl.setopt(pycurl.NOBODY, 1)
            curl.setopt(pycurl.MAXFILESIZE, 0)  # it names a length, but no such body comes
        curl.setopt(pycurl.HEADERFUNCTION, answer.lines.append)
        curl.setopt(pycurl.WRITEFUNCTION, answer.chunks.append)
        curl.setopt(pycurl.PREREQFUNCTION, answer.let_go)
        self._active[curl] = answer
        self._multi.add_handle(curl)

    def poll(self, timeout: float) -> list[Answer]:
        """Return the answers that are complete, waiting at most `timeout` seconds for bytes."""
        now = time.monotonic()
        if self._timer is not None:
            timeout = min(timeout, max(0.0, self._timer - now))
        action = self._multi.socket_action
        for key, mask in self._wait(timeout):
            flags = 0
            if mask & selectors.EVENT_READ:
                flags |= pycurl.CSELECT_IN
            if mask & selectors.EVENT_WRITE:
                flags |= pycurl.CSELECT_OUT
            action(key.fd, flags)
        if self._timer is not None and time.monotonic() >= self._timer:
            self._timer = None
            action(pycurl.SOCKET_TIMEOUT, 0)
        return self._finished()

    def _wait(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        if self._selector.get_map():
            return self._selector.select(timeout)
        time.sleep(timeout)  # Windows refuses to select on nothing; libcurl's timer is due then
        return []

    def abort(self) -> list[Any]:
        """Drop every request under way and return their tokens."""
        tokens = []
        for curl, answer in list(self._active.items()):
            self._multi.remove_handle(curl)
            curl.close()
            tokens.append(answer.token)
        self._active.clear()
        return tokens

    def close(self) -> None:
        """Drop everything and close all connections."""
        self.abort()
        for curl in self._spare:
            curl.close()
        self._multi.close()
        self._selector.close()

    def _handle(self) -> pycurl.Curl:
        curl = self._http.handle()
        curl.setopt(pycurl.MAXFILESIZE, MAX_BODY)
        return curl

    def _finished(self) -> list[Answer]:
        answers = []
        more = True
        while more:
            queued, good, bad = self._multi.info_read()
            more = bool(queued)
            for curl in good:
                answer = self._release(curl)
                answer.status = curl.getinfo(pycurl.RESPONSE_CODE)
                answers.append(answer)
            for curl, code, text in bad:
                answer = self._release(curl)
                answer.failure = transport_failure(code, text)
                answers.append(answer)
        return answers

    def _release(self, curl: pycurl.Curl) -> Answer:
        self._multi.remove_handle(curl)
        curl.setopt(pycurl.HTTPGET, 1)  # also after a HEAD
        curl.setopt(pycurl.MAXFILESIZE, MAX_BODY)
        self._spare.append(curl)
        return self._active.pop(curl)

    def _on_timer(self, milliseconds: int) -> None:
        self._timer = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _on_socket(self, event: int, descriptor: int, _multi: object, _data: object) -> None:
        if event == pycurl.POLL_REMOVE:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(descriptor)
            return
        try:
            self._selector.modify(descriptor, _EVENTS[event])
        except KeyError:
            self._selector.register(descriptor, _EVENTS[event])
