"""Reads ranges of one object's stored bytes, in any order, all of one version."""

import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import fastcrc

from ossh import protocol
from ossh.language import Words, _
from ossh.model import MIB, Cause, Failure, ObjectInfo
from ossh.store.interruptible import DaemonPool
from ossh.store.listing import READING_HINTS
from ossh.store.retries import with_retries
from ossh.store.signed_requests import SignedRequests, refusal

if TYPE_CHECKING:  # as it brings libcurl
    from ossh.network import Response

LONGEST = 8 * MIB  # bytes of one request
_AT_ONCE = 4  # requests for a range that is longer
_HINTS = {**READING_HINTS, Cause.CHANGED: Words("it was replaced meanwhile; open it again")}


class ObjectRanges:
    """The bytes of one object as it was when `info` was seen; safe to use from several threads.

    Of `info`, its key, size and ETag count. `new_mend` returns what `with_retries` takes, anew for
    each range: several may be refused the same keys.
    """

    def __init__(
        self,
        requests: SignedRequests,
        info: ObjectInfo,
        *,
        version_id: str = "",
        new_mend: Callable[[], Callable[[Failure], bool]] = lambda: lambda _why: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.info = info
        self._requests = requests
        self._query = {"versionId": version_id} if version_id else None
        self._new_mend = new_mend
        self._sleep = sleep

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`, which is at most the object's size.

        A long range is several requests, some of them at once.

        Raises:
            StoreError: The object is gone, was replaced, or is not available.
        """
        ranges = [(first, min(first + LONGEST, stop)) for first in range(start, stop, LONGEST)]
        if len(ranges) <= 1:
            return b"".join(self._read(*one) for one in ranges)
        with DaemonPool(min(_AT_ONCE, len(ranges)), "ossh-range") as pool:
            return b"".join(pool.map(lambda one: self._read(*one), ranges))

    def _read(self, start: int, stop: int) -> bytes:
        return with_retries(
            partial(self._ask, start, stop),
            _("read '{key}'").format(key=self.info.key),
            mend=self._new_mend(),
            sleep=self._sleep,
            hints=_HINTS,
        )

    def _ask(self, start: int, stop: int) -> bytes | Failure:
        """Return the bytes of one range, or why they are missing."""
        headers = {
            "Range": f"bytes={start}-{stop - 1}",
            protocol.RANGE_BEHAVIOR: "standard",
            "If-Match": f'"{self.info.etag}"',
        }
        answer = self._requests.send(
            "GET", self.info.key, query=self._query, headers=headers, limit=stop - start
        )
        if isinstance(answer, Failure):
            return answer
        why = refusal(answer, HTTPStatus.PARTIAL_CONTENT)
        return self._checked(answer, start, stop) if why is None else why

    def _checked(self, answer: "Response", start: int, stop: int) -> bytes | Failure:
        """Return the bytes of an answer if they are the requested ones."""
        size, request_id = self.info.size, answer.headers[protocol.REQUEST_ID]
        served = answer.headers.get("content-range", f"bytes 0-{size - 1}/{size}")
        if served != f"bytes {start}-{stop - 1}/{size}":
            text = Words("the bytes received are not those requested")
            return Failure(Cause.CORRUPT, "range ignored", text, request_id)
        if len(answer.body) != stop - start:
            return Failure(Cause.SHORT_BODY, "short body", Words("bytes are missing"), request_id)
        expected = answer.headers.get(protocol.CRC64, "")
        is_whole = stop - start == size
        if is_whole and expected not in {"", str(fastcrc.crc64.xz(answer.body))}:
            text = Words("the bytes received do not match the service's checksum")
            return Failure(Cause.CORRUPT, "crc64", text, request_id)
        return answer.body
