"""The account's buckets, as the official SDK lists them.

The only module that imports oss2, which takes 0.2 s: it is imported only where a request follows.
The SDK says what is asked for, and reads the answers; they are sent and signed as all others are.
"""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import oss2

from ossh.language import Words
from ossh.model import BucketInfo, Cause, Failure
from ossh.store.endpoint_kinds import equivalent_endpoint
from ossh.store.endpoints import normal_region
from ossh.store.listing import Lister, read_answer

_UNREADABLE = Failure(Cause.NOT_OSS, "not OSS", Words("the answer cannot be understood"))
# Bytes of an answer, of which the SDK makes a tree, a hundred times as large if it is to be; a page
# of buckets has about 300 for each of a hundred.
_MAX_TREE = 1024 * 1024


def list_buckets(
    lister: Lister, endpoint: str, *, page_size: int = 1000
) -> tuple[BucketInfo, ...] | Failure:
    """Return the account's buckets, of all regions, in order of their names; or why that fails.

    The lister asks the service, at this endpoint, for at most so many at once.
    """
    service = oss2.Service(oss2.AnonymousAuth(), "oss.aliyuncs.com", session=_Session(lister))
    found: list[BucketInfo] = []
    marker, more = "", True
    try:
        while more:
            page = service.list_buckets(marker=marker, max_keys=page_size)
            found += [_bucket_info(endpoint, item) for item in page.buckets]
            before, marker, more = marker, page.next_marker, page.is_truncated
            if more and marker == before:  # the same page again, or no marker for the next one
                return _UNREADABLE
    except _FailedError as error:
        return error.failure
    except (ValueError, RuntimeError, KeyError, SyntaxError):  # an XML ParseError is the last
        return _UNREADABLE
    return tuple(found)


def _bucket_info(endpoint: str, item: Any) -> BucketInfo:  # noqa: ANN401 - oss2 has no types
    region = normal_region(item.region or item.location or "")
    created = datetime.fromtimestamp(item.creation_date, UTC)
    at = equivalent_endpoint(endpoint, region, item.extranet_endpoint)
    return BucketInfo(item.name, region, at, created)


class _Session:
    """Takes the place of what sends the SDK's requests, whatever address they bear."""

    def __init__(self, lister: Lister) -> None:
        self._lister = lister

    def do_request(self, request: Any, **_: Any) -> SimpleNamespace:  # noqa: ANN401 - as above
        answer = self._lister.send("GET", None, query=request.params, limit=_MAX_TREE)
        answer = read_answer(answer, lambda one: one)
        if isinstance(answer, Failure):
            raise _FailedError(answer)
        body = answer.body
        return SimpleNamespace(
            status=answer.status, headers=answer.headers, request_id="", read=lambda: body
        )


class _FailedError(Exception):
    """A request without an answer of OSS, or refused; never leaves this module."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure
