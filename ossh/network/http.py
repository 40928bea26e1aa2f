"""The settings that every connection obeys, and requests whose whole answer is waited for."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Generic, TypeVar

import pycurl

from ossh.model import NO_PROXY, Failure, Route, value
from ossh.network.authorities import set_authorities
from ossh.network.transport_errors import failure_of

T = TypeVar("T")

USER_AGENT = "ossh"
# For pycurl an empty list is no change: the headers of the last request would go out again.
NO_HEADERS = ["Accept: */*"]
# A page of 1,000 keys of 1,023 bytes, each encoded as three, with all that is told of them; most
# pages are below 1 MiB.
MAX_ANSWER = 8 * 1024 * 1024
_MAX_ERROR = 64 * 1024  # what may come instead of an answer, however short that is to be
_BUFFER = 256 * 1024  # bytes that libcurl hands over at once
AHEAD = 4  # connections: few, for a listing may bring a single object


class OfProcess(Generic[T]):
    """Connections kept for later by this process; threads may share it.

    One that is forked from it must neither use nor close them: both would speak on one connection.
    """

    def __init__(self) -> None:
        self._kept: list[T] = []
        self._process = os.getpid()
        self._inherited: list[T] = []

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._kept))

    def keep(self, one: T) -> None:
        self._kept.append(one)

    def take(self) -> T | None:
        if self._process != os.getpid():
            self._inherited, self._kept, self._process = self._kept, [], os.getpid()
        try:
            return self._kept.pop()
        except IndexError:
            return None


@value
class Timeouts:
    """How long to wait, in seconds.

    Source: the official v2 SDK's limits, connect 10 s and read 20 s.
    """

    connect: float = 10.0
    stall: float = 20.0  # a window in which fewer than `stall_bytes` arrive ends the request
    stall_bytes: int = 1024


@value
class Response:
    """A whole answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def request_of(method: str, url: str, headers: Iterable[str]) -> tuple[str, bytes]:
    """Return the origin of a URL ("https://host:port") and the bytes that ask for it there."""
    origin = origin_of(url)
    host, target = origin.partition("://")[2], url[len(origin) :] or "/"
    lines = (
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        f"User-Agent: {USER_AGENT}",
        "Accept-Encoding: identity",  # stored bytes are wanted as they are stored
        *headers,
        "",
        "",
    )
    return origin, "\r\n".join(lines).encode()


def origin_of(url: str) -> str:
    """Return the origin of a URL, "https://host:port"."""
    end = url.find("/", url.index("://") + 3)
    return url[:end] if end >= 0 else url


def is_silent(curl: pycurl.Curl) -> bool:
    """Return whether an idle connection is open and has no bytes that nobody asked for.

    The socket alone does not show it: TLS may already hold the bytes.
    """
    try:
        curl.recv_into(bytearray(1))
    except BlockingIOError:
        return True
    except pycurl.error:
        pass  # it is useless, whatever the reason
    return False


def parse_headers(lines: Iterable[bytes]) -> dict[str, str]:
    """Return header lines as a dictionary with lower-case names; status lines are left out."""
    pairs = (line.decode("iso-8859-1").partition(":") for line in lines if b":" in line)
    return {
        name.strip().lower(): value.strip()
        for name, _, value in pairs
        if not name.startswith("HTTP/")
    }


def _proxy_of_http() -> str:
    """Return what HTTP_PROXY says; "" if another variable goes before.

    libcurl leaves this one out, for in a CGI program a request's header `Proxy` is in it.
    """
    is_for_others = bool(os.environ.get("http_proxy")) or "REQUEST_METHOD" in os.environ
    return "" if is_for_others else os.environ.get("HTTP_PROXY", "")


@contextmanager
def _memory_told() -> Iterator[None]:
    """Raise MemoryError where libcurl has none for a handle, which it may say without a code."""
    try:
        yield
    except pycurl.error as error:
        if isinstance(error.args[0], str) or error.args[0] == pycurl.E_OUT_OF_MEMORY:
            raise MemoryError from error
        raise


class Http:
    """Makes requests and connections by the same settings, by default those of the environment."""

    def __init__(self, timeouts: Timeouts | None = None, route: Route | None = None) -> None:
        self.timeouts = timeouts or Timeouts()
        self.route = route or Route()
        self._spare = OfProcess[pycurl.Curl]()
        self._ready: dict[str, list[pycurl.Curl]] = {}  # made ahead, by origin

    @_memory_told()
    def handle(self) -> pycurl.Curl:
        """Return a new handle with every common option set; the caller closes it."""
        curl = pycurl.Curl()
        limits = self.timeouts
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.PATH_AS_IS, 1)  # keys may hold "." and ".." segments
        curl.setopt(pycurl.FOLLOWLOCATION, 0)  # a signature is for one address only
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        self._set_route(curl)
        curl.setopt(pycurl.USERAGENT, USER_AGENT)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(limits.connect * 1000))
        curl.setopt(pycurl.LOW_SPEED_LIMIT, max(1, int(limits.stall_bytes / limits.stall)))
        curl.setopt(pycurl.LOW_SPEED_TIME, max(1, round(limits.stall)))
        return curl

    def _set_route(self, curl: pycurl.Curl) -> None:
        """Set proxy and certificates; a proxy that speaks TLS is trusted as a server is."""
        route = self.route
        set_authorities(curl, route)
        for option in (pycurl.SSL_VERIFYPEER, pycurl.PROXY_SSL_VERIFYPEER):
            curl.setopt(option, 1 if route.is_verified else 0)
        for option in (pycurl.SSL_VERIFYHOST, pycurl.PROXY_SSL_VERIFYHOST):
            curl.setopt(option, 2 if route.is_verified else 0)
        if route.proxy:
            curl.setopt(pycurl.PROXY, "" if route.proxy == NO_PROXY else route.proxy)
            curl.setopt(pycurl.NOPROXY, "")  # a given proxy overrides the environment's exceptions

    def _aim(self, curl: pycurl.Curl, url: str) -> None:
        """Set the address, and the proxy that the environment names for it."""
        curl.setopt(pycurl.URL, url)
        if self.route.proxy:
            return
        if url.startswith("http:") and (proxy := _proxy_of_http()):
            curl.setopt(pycurl.PROXY, proxy)
        else:
            curl.unsetopt(pycurl.PROXY)  # libcurl looks for the others

    @_memory_told()
    def connector(self, origin: str) -> pycurl.Curl:
        """Return a handle that only connects, with libcurl's name lookup, proxy and TLS.

        The caller then uses its `send` and `recv_into`.
        """
        curl = self.handle()
        self._aim(curl, origin)
        curl.setopt(pycurl.CONNECT_ONLY, 1)
        curl.setopt(pycurl.HTTPPROXYTUNNEL, 1)
        return curl

    def connect_ahead(self, url: str) -> None:
        """Make a few connections to a URL's host, once, and wait for none.

        They are for requests that are still to come; those tell, too, if none can be made.
        """
        origin = origin_of(url)
        if origin in self._ready:
            return
        ready = self._ready[origin] = []

        def make() -> None:
            with suppress(pycurl.error, MemoryError):
                curl = self.connector(origin)
                curl.perform()
                ready.append(curl)

        with suppress(RuntimeError):  # no more threads: the requests connect for themselves
            for _ in range(AHEAD):
                Thread(target=make, name="ossh-connect", daemon=True).start()

    def take_ready(self, origin: str) -> pycurl.Curl | None:
        """Return a connection made ahead that is still open and silent; None if there is none."""
        with suppress(IndexError):  # threads share it
            while not is_silent(curl := self._ready.get(origin, []).pop()):
                curl.close()
            return curl
        return None

    def request(  # noqa: PLR0913 - a request, and how much may come of it
        self,
        url: str,
        headers: Iterable[str],
        *,
        method: str = "GET",
        body: bytes = b"",
        limit: int = MAX_ANSWER,
        limit_seconds: float = 0.0,
    ) -> Response | Failure:
        """Return the whole answer, of any status, or why there is none.

        Threads may share it: each call borrows a handle, so that connections are used again.

        Headers are lines, "Name: value"; the method is GET, HEAD, POST or PUT. An answer of more
        bytes than the limit ends at once, as does one that is not complete within
        `limit_seconds`, however steadily it drips; 0 for no limit but that of a stall.
        """
        curl = self._spare.take() or self.handle()
        lines: list[bytes] = []
        chunks: list[bytes] = []
        try:
            self._aim(curl, url)
            curl.setopt(pycurl.HTTPHEADER, list(headers) or NO_HEADERS)
            curl.setopt(pycurl.NOBODY, int(method == "HEAD"))
            if method in {"POST", "PUT"}:
                curl.setopt(pycurl.POSTFIELDS, body)
            elif method == "GET":
                curl.setopt(pycurl.HTTPGET, 1)
            curl.setopt(pycurl.CUSTOMREQUEST, method)  # for PUT; the others are called so anyway
            curl.setopt(pycurl.TIMEOUT_MS, int(limit_seconds * 1000))
            curl.setopt(pycurl.BUFFERSIZE, _BUFFER)
            curl.setopt(pycurl.MAXFILESIZE, 0 if method == "HEAD" else max(limit, _MAX_ERROR))
            curl.setopt(pycurl.HEADERFUNCTION, lines.append)
            curl.setopt(pycurl.WRITEFUNCTION, chunks.append)
            curl.perform()
            status = curl.getinfo(pycurl.RESPONSE_CODE)
        except pycurl.error as error:
            curl.close()
            return failure_of(error, self.route.proxy)
        self._spare.keep(curl)
        return Response(status, parse_headers(lines), b"".join(chunks))

    def close(self) -> None:
        """Close the connections kept for later requests."""
        while (curl := self._spare.take()) is not None:
            curl.close()
        for ready in self._ready.values():
            while ready:
                ready.pop().close()
