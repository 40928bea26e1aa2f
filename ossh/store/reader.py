"""The bytes of an object for a person who looks into it, as they are stored.

Downloads have lanes and streams of their own; here it is one object, from its beginning, one
answer or one range after the other, and whoever has seen enough just stops.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPResponse

import fastcrc

from ossh import network, protocol
from ossh.language import Words, _
from ossh.model import Cause, Failure
from ossh.network import Connection, Http
from ossh.store.asking import answered
from ossh.store.signer import Signer

_BLOCK = 256 * 1024  # bytes at once
_LONGEST_STEP = 16 * 1024 * 1024  # bytes of a range
_MAX_ERROR_BODY = 64 * 1024
_HINTS = {
    Cause.ARCHIVED: Words("'restore KEY' asks OSS to thaw it, which costs money; then try again"),
    Cause.GONE: Words("keys are case-sensitive; 'ls' lists them"),
}


@dataclass(slots=True)
class _Reading:
    """How far an object has been read, and what its first answer said of it."""

    key: str
    version_id: str = ""  # "" for the present one
    at: int = 0  # bytes read
    crc64: int = 0  # of these
    size: int | None = None  # bytes; None until an answer tells
    etag: str = ""
    expected: str = ""  # the CRC64 that the service has for it, "" when it has none


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer whose body has begun to arrive."""

    response: HTTPResponse
    block: bytes  # its first bytes; empty only when it has none


class Reader:
    """Reads objects of one bucket.

    Args:
        signer_of: Returns the present signer; credentials may change between two requests.
        http: The settings that every request obeys.
        mend: Looks for new credentials, or for where the bucket really is; True when found.
        clock: Seconds since the epoch.
        sleep: Waits between two tries.
    """

    def __init__(
        self,
        signer_of: Callable[[], Signer],
        http: Http,
        *,
        mend: Callable[[Failure], bool] = lambda _why: False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._signer_of = signer_of
        self._http = http
        self._mend = mend
        self._clock = clock
        self._sleep = sleep

    def blocks(
        self,
        key: str,
        *,
        step: int = 0,
        version_id: str = "",
        on_size: Callable[[int], None] = lambda _size: None,
    ) -> Iterator[bytes]:
        """Yield the bytes of an object, block by block, as they arrive.

        What breaks off is asked for again from there on. All bytes are of one version, and the
        last ones are followed by an error if their CRC64 is not the service's.

        Args:
            key: The object.
            step: Bytes to ask for at first; each further range is twice as long, and asked for
                only when somebody wants more. 0 asks for everything at once.
            version_id: Of one of its versions; "" for the present one.
            on_size: Takes the object's size before its first bytes, if the service tells it.

        Raises:
            StoreError: There is no such object, it changes while read, or it is not available.
        """
        reading, ended = _Reading(key, version_id), threading.Event()
        connection = Connection(self._http, ended.is_set)
        doing, answer = _("read '{key}'").format(key=key), None
        try:
            while reading.size is None or reading.at < reading.size:
                answer = None  # a request that is left behind has the connection to itself
                answer = answered(
                    partial(self._ask, connection, reading, step),
                    doing,
                    mend=self._mend,
                    sleep=self._sleep,
                    hints=_HINTS,
                )
                if reading.size is not None and not reading.at:
                    on_size(reading.size)
                yield from _received(answer, reading, connection)
                step = min(2 * step, _LONGEST_STEP)
        finally:
            ended.set()
            if answer is not None:
                connection.close()
        if reading.expected not in {"", str(reading.crc64)}:
            text = Words("the bytes received do not match the service's checksum")
            raise protocol.store_error(doing, Failure(Cause.CORRUPT, "crc64", text))

    def _ask(self, connection: Connection, reading: _Reading, step: int) -> _Answer | Failure:
        """Return an answer that resumes where the reading is, with its first bytes."""
        signer, headers = self._signer_of(), _wanted(reading, step)
        query = {"versionId": reading.version_id} if reading.version_id else None
        signed = signer.sign("GET", reading.key, self._clock(), query=query, headers=headers)
        try:
            response = connection.get(signed.url, signed.headers)
            served = {name.lower(): value for name, value in response.getheaders()}
            if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and not reading.at:
                reading.size = 0  # an empty object has no range at all
                return _Answer(response, b"")
            if failure := _refusal(response, served, reading):
                connection.close()
                return self._with_clock_set(signer, failure, served)
            _note(served, response, reading)
            block = _next_block(response)
            if not block and reading.size not in {None, reading.at}:
                connection.close()
                return Failure(
                    Cause.RESET, "short body", Words("the answer ended before its body began")
                )
            return _Answer(response, block)
        except Exception as error:
            connection.close()
            if not network.is_transport_error(error):
                raise
            return network.failure_of(error)

    def _with_clock_set(
        self, signer: Signer, failure: Failure, headers: Mapping[str, str]
    ) -> Failure:
        """Return a failure; one of the clock passes once the signer knows the service's time."""
        served = protocol.server_time(headers, b"")
        if failure.cause is not Cause.CLOCK or served is None or signer.clock_offset:
            return failure
        signer.clock_offset = served - self._clock()
        return Failure(Cause.TIMEOUT, failure.code, failure.message, failure.request_id)


def _wanted(reading: _Reading, step: int) -> dict[str, str]:
    """Return the headers that ask for what comes next."""
    headers: dict[str, str] = {}
    if step or reading.at:
        last = str(reading.at + step - 1) if step else ""
        headers["Range"] = f"bytes={reading.at}-{last}"
        headers[protocol.RANGE_BEHAVIOR] = "standard"
    if reading.etag:
        headers["If-Match"] = f'"{reading.etag}"'
    return headers


def _refusal(
    response: HTTPResponse, headers: Mapping[str, str], reading: _Reading
) -> Failure | None:
    """Return why an answer is not what was asked for, None when it is."""
    is_success = response.status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}
    if not is_success or protocol.REQUEST_ID not in headers:
        body = b"" if is_success else response.read(_MAX_ERROR_BODY)
        return protocol.failure(response.status, headers, body)
    begins = "bytes 0-"
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        begins = headers.get("content-range", "")
    if not begins.startswith(f"bytes {reading.at}-"):
        text = Words("the service does not resume where the bytes broke off")
        return Failure(Cause.CORRUPT, "range ignored", text, headers[protocol.REQUEST_ID])
    return None


def _note(headers: Mapping[str, str], response: HTTPResponse, reading: _Reading) -> None:
    """Keep what an answer says of the object."""
    total = headers.get("content-range", "").rpartition("/")[2]
    if response.status == HTTPStatus.OK:
        total = headers.get("content-length", "")
    reading.size = int(total) if total.isdecimal() else None
    reading.etag = headers.get("etag", "").strip('"')
    reading.expected = headers.get(protocol.CRC64, "")


def _next_block(response: HTTPResponse) -> bytes:
    if response.isclosed():
        return b""
    buffer = bytearray(_BLOCK)
    count = response.readinto(buffer)
    return bytes(memoryview(buffer)[:count])


def _received(answer: _Answer, reading: _Reading, connection: Connection) -> Iterator[bytes]:
    """Yield the blocks of a body; one that breaks off just ends, and is asked for again."""
    block = answer.block
    while block:
        reading.at += len(block)
        reading.crc64 = fastcrc.crc64.xz(block, reading.crc64)
        yield block
        try:
            block = _next_block(answer.response)
        except Exception as error:
            connection.close()
            if not network.is_transport_error(error):
                raise
            return
    if reading.size is None:  # a body of untold length came to its end
        reading.size = reading.at
    if not answer.response.isclosed():
        connection.close()
