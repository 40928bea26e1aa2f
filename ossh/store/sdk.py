"""The account's buckets, as the official SDK lists them.

The only module that imports oss2, which takes 0.2 s: it is imported only where a request follows.
The SDK reads the answers; the requests are signed and sent as all others are.
"""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from oss2.models import ListBucketsResult
from oss2.xml_utils import parse_list_buckets

from ossh.language import Words
from ossh.model import BucketInfo, Cause, Failure
from ossh.network import Response
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
    found: list[BucketInfo] = []
    marker, more = "", True
    while more:
        query = {"marker": marker, "max-keys": str(page_size)}
        page = read_answer(lister.send("GET", None, query=query, limit=_MAX_TREE), _page)
        if isinstance(page, Failure):
            return page
        found += [_bucket_info(endpoint, item) for item in page.buckets]
        before, marker, more = marker, page.next_marker, page.is_truncated
        if more and marker == before:  # the same page again, or no marker for the next one
            return _UNREADABLE
    return tuple(found)


def _page(answer: Response) -> Any:  # noqa: ANN401 - oss2 has no types
    response = SimpleNamespace(status=answer.status, headers=answer.headers, request_id="")
    try:
        return parse_list_buckets(ListBucketsResult(response), answer.body)
    except (ValueError, RuntimeError, KeyError, SyntaxError):  # an XML ParseError is the last
        return _UNREADABLE


def _bucket_info(endpoint: str, item: Any) -> BucketInfo:  # noqa: ANN401 - as above
    region = normal_region(item.region or item.location or "")
    created = datetime.fromtimestamp(item.creation_date, UTC)
    at = equivalent_endpoint(endpoint, region, item.extranet_endpoint)
    return BucketInfo(item.name, region, at, created)
