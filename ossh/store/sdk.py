"""The account's buckets, as the official SDK lists them.

The only module that imports oss2, which takes 0.2 s: it is imported only where a request follows.
Every error of the SDK becomes a `Failure` here: it echoes key ids, signatures and tokens.
"""

import logging
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import oss2

from ossh.language import Words
from ossh.model import BucketInfo, Cause, Failure, Source
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.endpoint_kinds import equivalent_endpoint
from ossh.store.endpoints import normal_endpoint, normal_region, region_of
from ossh.store.listing import read_answer

# At DEBUG the SDK logs whole requests, signatures and tokens included.
logging.getLogger("oss2").setLevel(logging.WARNING)

_UNREADABLE = Failure(Cause.NOT_OSS, "not OSS", Words("the answer cannot be understood"))


def list_buckets(
    source: Source, credentials: Credentials, http: Http, *, page_size: int = 1000
) -> tuple[BucketInfo, ...] | Failure:
    """Return the account's buckets, of all regions, in order of their names; or why that fails.

    The source says where to ask; at most 1000 are asked for at once.

    Raises:
        UsageError: The source's endpoint or region is invalid.
    """
    endpoint = normal_endpoint(source.endpoint)
    region = normal_region(source.region) or region_of(endpoint)
    keys = credentials.access_key_id, credentials.access_key_secret, credentials.security_token
    auth = oss2.StsAuth(*keys)
    if region:
        kind = _HostSigning if source.sign_host else oss2.ProviderAuthV4
        auth = kind(oss2.StaticCredentialsProvider(*keys))
    found: list[BucketInfo] = []
    marker, more = "", True
    try:
        service = oss2.Service(
            auth, endpoint, session=_Session(http), region=region or None, app_name="ossh"
        )
        while more:
            page = service.list_buckets(marker=marker, max_keys=page_size)
            found += [_bucket_info(endpoint, item) for item in page.buckets]
            before, marker, more = marker, page.next_marker, page.is_truncated
            if more and marker == before:  # the same page again, or no marker for the next one
                return _UNREADABLE
    except _FailedError as error:
        return error.failure
    except oss2.exceptions.OssError as error:  # it refuses by itself, before it sends anything
        text = str(error.body).partition(": ")[2]
        return Failure(Cause.REFUSED, "client", Words("the SDK says: {text}", text=text))
    except (ValueError, RuntimeError, KeyError, SyntaxError):  # an XML ParseError is the last
        return _UNREADABLE
    return tuple(found)


def _bucket_info(endpoint: str, item: Any) -> BucketInfo:  # noqa: ANN401 - oss2 has no types
    region = normal_region(item.region or item.location or "")
    created = datetime.fromtimestamp(item.creation_date, UTC)
    at = equivalent_endpoint(endpoint, region, item.extranet_endpoint)
    return BucketInfo(item.name, region, at, created)


# Bytes of an answer, of which the SDK makes a tree, a hundred times as large if it is to be; a page
# of buckets has about 300 for each of a hundred.
_MAX_TREE = 1024 * 1024


class _Session:
    """Has the SDK's requests obey the same settings as all others: proxy, certificates, limits."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def do_request(self, request: Any, **_: Any) -> SimpleNamespace:  # noqa: ANN401 - as above
        url = f"{request.url}?{urlencode(request.params)}"
        lines = [f"{name}: {text}" for name, text in request.headers.items() if text is not None]
        answer = self._http.request(url, lines, method=request.method, limit=_MAX_TREE)
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


class _HostSigning(oss2.ProviderAuthV4):  # type: ignore[misc] # oss2 has no types
    """Has the SDK sign the host of each request too, which it can but never does by itself."""

    def _sign_request(self, request: Any, bucket: str, key: str) -> None:  # noqa: ANN401 - as above
        """Sign a request; the SDK calls this."""
        request.headers["host"] = urlsplit(request.url).netloc
        super()._sign_request(request, bucket, key, {"host"})
