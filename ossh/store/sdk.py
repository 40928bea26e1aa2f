"""The account's buckets, as the official SDK lists them.

The only module that imports oss2 and requests. They take 0.2 s, so it is imported only where a
request follows. Every error of theirs becomes a `Failure` here: the SDK's exceptions echo key ids,
signatures and tokens when they are printed.
"""

import io
import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import oss2
import requests

from ossh import protocol
from ossh.language import Words
from ossh.model import BucketInfo, Cause, Failure, Source
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.endpoint_kinds import equivalent_endpoint
from ossh.store.endpoints import normal_endpoint, normal_region, region_of

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
            auth, endpoint, session=_session(http), region=region or None, app_name="ossh"
        )
        while more:
            page = service.list_buckets(marker=marker, max_keys=page_size)
            if not page.request_id:  # though a success, it does not come from OSS
                return protocol.failure(page.status, _lower_case(page.headers), b"")
            found += [_bucket_info(endpoint, item) for item in page.buckets]
            before, marker, more = marker, page.next_marker, page.is_truncated
            if more and marker == before:  # the same page again, or no marker for the next one
                return _UNREADABLE
    except _FailedError as error:
        return error.failure
    except oss2.exceptions.OssError as error:
        return _refusal(error)
    except (ValueError, RuntimeError, KeyError, SyntaxError):  # an XML ParseError is the last
        return _UNREADABLE
    return tuple(found)


def _session(http: Http) -> Any:  # noqa: ANN401 - oss2 has no types
    """Return a session that sends as ossh sends all else.

    By default, requests replaces our signature by a password that ~/.netrc has for the host, and
    follows redirects.
    """
    session = oss2.Session(adapter=_Adapter(http))
    session.session.trust_env = False
    session.session.get_redirect_target = lambda _response: None
    return session


def _bucket_info(endpoint: str, item: Any) -> BucketInfo:  # noqa: ANN401 - as above
    region = normal_region(item.region or item.location or "")
    created = datetime.fromtimestamp(item.creation_date, UTC)
    at = equivalent_endpoint(endpoint, region, item.extranet_endpoint)
    return BucketInfo(item.name, region, at, created)


def _refusal(error: Any) -> Failure:  # noqa: ANN401 - as above
    """Return what an answer with an error status means."""
    if error.status < 0:  # the SDK itself refuses, before it sends anything
        text = str(error.body).partition(": ")[2]
        return Failure(Cause.REFUSED, "client", Words("the SDK says: {text}", text=text))
    body = error.body if isinstance(error.body, bytes) else str(error.body).encode()
    return protocol.failure(error.status, _lower_case(error.headers), body)


def _lower_case(headers: Any) -> dict[str, str]:  # noqa: ANN401 - as above
    return {str(name).lower(): str(value) for name, value in headers.items()}


# Bytes of an answer, of which the SDK makes a tree, a hundred times as large if it is to be; a page
# of buckets has about 300 for each of a hundred.
_MAX_TREE = 1024 * 1024


class _Adapter(requests.adapters.BaseAdapter):
    """Has the SDK's requests obey the same settings as all others: proxy, certificates, limits."""

    def __init__(self, http: Http) -> None:
        super().__init__()
        self._http = http

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401 - what requests would do is settled
        """Return the whole answer; requests calls this."""
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        method = str(request.method)
        answer = self._http.request(str(request.url), lines, method=method, limit=_MAX_TREE)
        if isinstance(answer, Failure):
            raise _FailedError(answer)
        response = requests.Response()
        response.request, response.url = request, str(request.url)
        response.status_code = answer.status
        response.headers.update(answer.headers)
        response.raw = io.BytesIO(answer.body)
        return response


class _FailedError(Exception):
    """A request without an answer; never leaves this module."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class _HostSigning(oss2.ProviderAuthV4):  # type: ignore[misc] # oss2 has no types
    """Has the SDK sign the host of each request too, which it can but never does by itself."""

    def _sign_request(self, request: Any, bucket: str, key: str) -> None:  # noqa: ANN401 - as above
        """Sign a request; the SDK calls this."""
        request.headers["host"] = urlsplit(request.url).netloc
        super()._sign_request(request, bucket, key, {"host"})
