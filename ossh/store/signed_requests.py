"""Sends signed requests for what is waited for as a whole: pages and headers."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from ossh import protocol
from ossh.model import Cause, Failure
from ossh.store.signer import Signer

if TYPE_CHECKING:  # as it brings libcurl, which a prompt does not need at its start
    from ossh.network import Http, Response, ResponseParser


class SignedRequests:
    """Sends requests to one bucket.

    Args:
        signer_of: Returns the current signer; credentials may change between two requests.
    """

    def __init__(self, signer_of: Callable[[], Signer], http: "Http") -> None:
        self._signer_of = signer_of
        self._http = http

    def send(
        self,
        method: str,
        key: str | None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> "Response | Failure":
        """Return the answer to a request for a key, or for the bucket itself (None).

        If the service rejects this computer's clock, the signer gets its offset, and the request
        is sent once more.

        Raises:
            StoreError, UsageError: There are no usable credentials (from `signer_of`).
        """
        signer = self._signer_of()

        def send() -> "Response | Failure":
            signed = signer.sign(method, key, time.time(), query=query)
            return self._http.request(signed.url, signed.headers, method=method)

        answer = send()
        if isinstance(answer, Failure) or not _is_clock_wrong(answer):
            return answer
        served = protocol.server_time(answer.headers, answer.body)
        if served is None:
            return answer
        before, signer.clock_offset = signer.clock_offset, served - time.time()
        again = send()
        if isinstance(again, Failure) or not _is_clock_wrong(again):
            return again
        signer.clock_offset = before
        return answer


def refusal(answer: "Response | ResponseParser", *also: HTTPStatus) -> Failure | None:
    """Return why an answer is no success of OSS, None if it is one; `also` are other successes."""
    if answer.status in {HTTPStatus.OK, *also} and protocol.REQUEST_ID in answer.headers:
        return None
    return protocol.failure(answer.status, answer.headers, answer.body)


def _is_clock_wrong(answer: "Response") -> bool:
    return answer.status == HTTPStatus.FORBIDDEN and (
        protocol.failure(answer.status, answer.headers, answer.body).cause is Cause.CLOCK
    )
