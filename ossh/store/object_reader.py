"""Reads the stored bytes of one object from its start, for callers who may stop at any time.

Downloads have lanes and streams of their own.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

import fastcrc

from ossh import network, protocol
from ossh.language import Words, _
from ossh.model import Cause, Failure
from ossh.network import BodyConnection, Http, ResponseParser
from ossh.store.bulk_reader import contradiction, reading_error
from ossh.store.listing import READING_HINTS
from ossh.store.retries import with_retries
from ossh.store.signed_requests import with_clock_set
from ossh.store.signer import Signer

_BLOCK = 256 * 1024  # bytes at once
_LONGEST_STEP = 16 * 1024 * 1024  # bytes of a range


@dataclass(slots=True)
class _Reading:
    """How far an object has been read, and what its answers said of it."""

    key: str
    version_id: str = ""  # "" for the current one
    at: int = 0  # bytes read
    crc64: int = 0  # of these
    size: int | None = None  # bytes; None until an answer says
    etag: str = ""
    expected: str = ""  # the CRC64 that the service has for it, if any


class Reader:
    """Reads objects of one bucket.

    Args:
        signer_of: Returns the current signer; credentials may change between two requests.
        mend: As for `with_retries`.
    """

    def __init__(
        self,
        signer_of: Callable[[], Signer],
        http: Http,
        *,
        mend: Callable[[Failure], bool] = lambda _why: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._signer_of = signer_of
        self._http = http
        self._mend = mend
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

        After a lost connection it resumes. All bytes are of one version; an error follows the last
        ones if their CRC64 is not the service's.

        Args:
            key: The object.
            step: Bytes of the first range; each further one is twice as long, and requested only
                when the caller wants more. 0 requests everything at once.
            version_id: Of one of its versions; "" for the current one.
            on_size: Takes the object's size before its first bytes, if the service knows it.

        Raises:
            StoreError: There is no such object, it changes while read, or it is not available.
        """
        reading, ended = _Reading(key, version_id), threading.Event()
        connection = BodyConnection(self._http, ended.is_set)
        doing, block = _("read '{key}'").format(key=key), None
        try:
            while reading.size is None or reading.at < reading.size:
                block = None  # a request left behind by Ctrl-C keeps the connection
                block = with_retries(
                    partial(self._ask, connection, reading, step),
                    doing,
                    mend=self._mend,
                    sleep=self._sleep,
                    hints=READING_HINTS,
                )
                if reading.size is not None and not reading.at:
                    on_size(reading.size)
                yield from _received(block, reading, connection)
                step = min(2 * step, _LONGEST_STEP)
        finally:
            ended.set()
            if block is not None:
                connection.close()
        if why := contradiction(reading.crc64, reading.expected):
            raise reading_error(key, why)

    def _ask(self, connection: BodyConnection, reading: _Reading, step: int) -> bytes | Failure:
        """Return the first block of the next answer's body, b"" only if it has none."""
        signer, headers = self._signer_of(), _wanted(reading, step)
        query = {"versionId": reading.version_id} if reading.version_id else None
        signed = signer.sign("GET", reading.key, time.time(), query=query, headers=headers)
        try:
            response = connection.get(signed.url, signed.headers)
            if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and not reading.at:
                reading.size = 0  # an empty object has no ranges
                return b""
            if failure := _refusal(response, reading, connection):
                connection.close()
                return with_clock_set(signer, failure, response.headers)
            _note(response, reading)
            if (block := _next_block(connection)) or reading.size in {None, reading.at}:
                return block
            connection.close()
            return Failure(
                Cause.RESET, "short body", Words("the answer ended before its body began")
            )
        except Exception as error:
            connection.close()
            if not network.is_transport_error(error):
                raise
            return network.failure_of(error)


def _wanted(reading: _Reading, step: int) -> dict[str, str]:
    """Return the headers of the next request."""
    headers: dict[str, str] = {}
    if step or reading.at:
        last = str(reading.at + step - 1) if step else ""
        headers["Range"] = f"bytes={reading.at}-{last}"
        headers[protocol.RANGE_BEHAVIOR] = "standard"
    if reading.etag:
        headers["If-Match"] = f'"{reading.etag}"'
    return headers


def _refusal(
    response: ResponseParser, reading: _Reading, connection: BodyConnection
) -> Failure | None:
    """Return why an answer is not the requested one, None if it is."""
    headers = response.headers
    is_success = response.status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}
    if not is_success or protocol.REQUEST_ID not in headers:
        body = b"" if is_success else connection.read()
        return protocol.failure(response.status, headers, body)
    begins = "bytes 0-"
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        begins = headers.get("content-range", "")
    if not begins.startswith(f"bytes {reading.at}-"):
        text = Words("the service did not resume where the data broke off")
        return Failure(Cause.CORRUPT, "range ignored", text, headers[protocol.REQUEST_ID])
    return None


def _note(response: ResponseParser, reading: _Reading) -> None:
    """Remember what an answer says of the object."""
    headers = response.headers
    total = headers.get("content-range", "").rpartition("/")[2]
    if response.status == HTTPStatus.OK:
        total = headers.get("content-length", "")
    reading.size = int(total) if total.isdecimal() else None
    reading.etag = headers.get("etag", "").strip('"')
    reading.expected = headers.get(protocol.CRC64, "")


def _next_block(connection: BodyConnection) -> bytes:
    buffer = memoryview(bytearray(_BLOCK))
    while not (count := connection.readinto(buffer)) and not connection.is_complete:
        connection.wait()
    return bytes(buffer[:count])


def _received(block: bytes, reading: _Reading, connection: BodyConnection) -> Iterator[bytes]:
    """Yield the blocks of a body from its first, as far as it arrives."""
    while block:
        reading.at += len(block)
        reading.crc64 = fastcrc.crc64.xz(block, reading.crc64)
        yield block
        try:
            block = _next_block(connection)
        except Exception as error:
            if not network.is_transport_error(error):
                raise
            return
    if reading.size is None:  # the length was unknown until now
        reading.size = reading.at
