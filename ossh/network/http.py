"""Whole answers, the settings that every request obeys, and what libcurl's errors mean."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPException

import certifi
import pycurl

from ossh.language import Words
from ossh.model import NO_PROXY, Cause, Failure, Route
from ossh.protocol import tunnel_refusal

USER_AGENT = "ossh"
# pycurl takes an empty list for no change: the headers of the last request would go out again.
NO_HEADERS = ["Accept: */*"]
# A page of 1,000 keys is below 1 MiB; anything beyond this is not an answer of OSS.
MAX_ANSWER = 16 * 1024 * 1024

_TLS_ERRORS = frozenset(
    {
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_SSL_CIPHER,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_ISSUER_ERROR,
        pycurl.E_SSL_ENGINE_NOTFOUND,
    }
)
_UNREACHABLE = frozenset(
    {pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY, pycurl.E_COULDNT_CONNECT}
)
_TUNNEL = re.compile(r"CONNECT tunnel failed, response (\d{3})")
_CAUSES = {
    pycurl.E_PARTIAL_FILE: (Cause.SHORT_BODY, "short body"),
    pycurl.E_GOT_NOTHING: (Cause.RESET, "no answer"),
    pycurl.E_SEND_ERROR: (Cause.RESET, "connection lost"),
    pycurl.E_RECV_ERROR: (Cause.RESET, "connection lost"),
    pycurl.E_ABORTED_BY_CALLBACK: (Cause.RESET, "connection lost"),  # see `Answer.let_go`
    pycurl.E_FILESIZE_EXCEEDED: (Cause.CORRUPT, "body too long"),
    pycurl.E_WRITE_ERROR: (Cause.CORRUPT, "body too long"),
}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Source: the official v2 SDK's limits, connect 10 s and read 20 s.
    """

    connect: float = 10.0
    stall: float = 20.0  # a window in which fewer than `stall_bytes` arrive ends the request
    stall_bytes: int = 1024


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Stalled(OSError):
    """Nothing, or next to nothing, arrived for too long."""


class Cancelled(Exception):
    """The reader was told to stop while it waited."""


def transport_failure(code: int, text: str) -> Failure:
    """Return what a libcurl error means; `text` is libcurl's own sentence."""
    text = _in_our_style(text)
    if refused := _TUNNEL.search(text):
        return tunnel_refusal(int(refused[1]))
    if code in _UNREACHABLE:
        return Failure(Cause.NETWORK, "unreachable", text or Words("cannot connect"))
    if code in _TLS_ERRORS:
        return Failure(Cause.TLS, "tls", text or Words("TLS failed"))
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return _timeout(text)
    cause, name = _CAUSES.get(code, (Cause.RESET, f"curl {code}"))
    if code == pycurl.E_ABORTED_BY_CALLBACK:  # its words are about the callback
        text = ""
    return Failure(cause, name, text or name)


def _in_our_style(text: str) -> str:
    """Return a sentence in lower case, unless it begins with a name such as SSL."""
    if text[:1].isupper() and text[1:2].islower():
        return text[:1].lower() + text[1:]
    return text


def _timeout(text: str) -> Failure:
    """Return what it means that libcurl waited too long."""
    if "too slow" in text:
        return Failure(Cause.STALL, "stalled", text)
    if "onnection timed out" in text or "ailed to connect" in text:  # also within a sentence
        return Failure(Cause.NETWORK, "unreachable", text)
    return Failure(Cause.TIMEOUT, "timed out", text)


def is_transport_error(error: BaseException) -> bool:
    """Return whether an exception tells of the connection, and not of a bug."""
    return isinstance(error, (pycurl.error, OSError, HTTPException))


def failure_of(error: BaseException) -> Failure:
    """Return what an exception of `Http` or `Connection` means."""
    match error:
        case pycurl.error():
            code, text = (*error.args, 0, "")[:2]
            return transport_failure(int(code), str(text))
        case Stalled():
            return Failure(Cause.STALL, "stalled", error.args[0])
        case HTTPException():
            return Failure(
                Cause.RESET,
                "bad answer",
                Words("not an HTTP answer: {reason}", reason=repr(error)[:180]),
            )
        case _:
            return Failure(Cause.RESET, "connection lost", str(error) or type(error).__name__)


def request_of(method: str, url: str, headers: Iterable[str]) -> tuple[str, bytes]:
    """Return the origin of a URL ("https://host:port") and the bytes that ask for it there."""
    start = url.index("://") + 3
    end = url.find("/", start)
    host, target = (url[start:end], url[end:]) if end >= 0 else (url[start:], "/")
    lines = (
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        f"User-Agent: {USER_AGENT}",
        "Accept-Encoding: identity",  # stored bytes are wanted as they are stored
        *headers,
        "",
        "",
    )
    return url[: start + len(host)], "\r\n".join(lines).encode()


def parse_headers(lines: Iterable[bytes]) -> dict[str, str]:
    """Return header lines as a dictionary with lower-case names; status lines are left out."""
    pairs = (line.decode("iso-8859-1").partition(":") for line in lines if b":" in line)
    return {
        name.strip().lower(): value.strip()
        for name, _, value in pairs
        if not name.startswith("HTTP/")
    }


class Http:
    """Makes requests that all obey the same settings.

    Args:
        timeouts: Limits for every request.
        route: Proxy and certificates; by default as the environment says.
    """

    def __init__(self, timeouts: Timeouts | None = None, route: Route | None = None) -> None:
        self.timeouts = timeouts or Timeouts()
        self.route = route or Route()
        self._spare: list[pycurl.Curl] = []

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
        bundle = route.ca_bundle or _ca_bundle()
        for option in (pycurl.CAINFO, pycurl.PROXY_CAINFO):
            curl.setopt(option, bundle)
        for option in (pycurl.SSL_VERIFYPEER, pycurl.PROXY_SSL_VERIFYPEER):
            curl.setopt(option, 1 if route.is_verified else 0)
        for option in (pycurl.SSL_VERIFYHOST, pycurl.PROXY_SSL_VERIFYHOST):
            curl.setopt(option, 2 if route.is_verified else 0)
        if route.proxy:
            curl.setopt(pycurl.PROXY, "" if route.proxy == NO_PROXY else route.proxy)
            curl.setopt(pycurl.NOPROXY, "")  # what was said outweighs the environment's exceptions

    def connector(self, origin: str) -> pycurl.Curl:
        """Return a handle that only connects: name, proxy, TLS and certificates are libcurl's.

        What goes over the connection is the caller's, by `send` and `recv_into`.
        """
        curl = self.handle()
        curl.setopt(pycurl.URL, origin)
        curl.setopt(pycurl.CONNECT_ONLY, 1)
        curl.setopt(pycurl.HTTPPROXYTUNNEL, 1)
        return curl

    def request(
        self,
        url: str,
        headers: Iterable[str],
        *,
        method: str = "GET",
        body: bytes = b"",
        limit_seconds: float = 0.0,
    ) -> Response | Failure:
        """Return the whole answer, of any status, or why there is none.

        With `limit_seconds` it has to be there by then, however steadily it drips.

        May be called by several threads at once; each call borrows a handle, so that
        connections are used again.
        """
        try:
            curl = self._spare.pop()
        except IndexError:
            curl = self.handle()
        lines: list[bytes] = []
        chunks: list[bytes] = []
        try:
            curl.setopt(pycurl.URL, url)
            curl.setopt(pycurl.HTTPHEADER, list(headers) or NO_HEADERS)
            curl.setopt(pycurl.NOBODY, int(method == "HEAD"))
            if method in {"POST", "PUT"}:
                curl.setopt(pycurl.POSTFIELDS, body)
            elif method == "GET":
                curl.setopt(pycurl.HTTPGET, 1)
            if method == "PUT":
                curl.setopt(pycurl.CUSTOMREQUEST, method)
            else:
                curl.unsetopt(pycurl.CUSTOMREQUEST)
            curl.setopt(pycurl.TIMEOUT_MS, int(limit_seconds * 1000))
            curl.setopt(pycurl.MAXFILESIZE, 0 if method == "HEAD" else MAX_ANSWER)
            curl.setopt(pycurl.HEADERFUNCTION, lines.append)
            curl.setopt(pycurl.WRITEFUNCTION, chunks.append)
            curl.perform()
            status = curl.getinfo(pycurl.RESPONSE_CODE)
        except pycurl.error as error:
            curl.close()
            return failure_of(error)
        self._spare.append(curl)
        return Response(status, parse_headers(lines), b"".join(chunks))

    def close(self) -> None:
        """Close the connections that are kept for later requests."""
        while self._spare:
            self._spare.pop().close()


def _ca_bundle() -> str:
    for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        if path := os.environ.get(name):
            return path
    return certifi.where()
