"""What the prompt asks of OSS through the official SDK: buckets, and one object.

The only module that imports oss2 and requests. They take 0.2 s, so it is imported only where a
request follows. Every error of theirs is translated here, without its context: the SDK's exceptions
echo key ids, signatures and tokens when they are printed.
"""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import oss2
import requests

from ossh import protocol
from ossh.advice import store_error
from ossh.errors import StoreError, UsageError
from ossh.language import Words, _
from ossh.model import BucketInfo, Cause, Failure, ObjectStat, Route, Source
from ossh.network import Http, Timeouts
from ossh.store.credentials import Credentials
from ossh.store.endpoint_kinds import equivalent_endpoint
from ossh.store.endpoints import checked_bucket, normal_region, region_of, split_endpoint
from ossh.store.listing import info_of, missing_hint

# At DEBUG the SDK logs whole requests, signatures and tokens included.
logging.getLogger("oss2").setLevel(logging.WARNING)

_NAME_BUCKET = Words(
    "the user needs oss:ListBuckets; without it, go to a bucket by name: cd oss://BUCKET/"
)


class Service:
    """Asks OSS for one source, with one set of credentials.

    With bucket "" only `buckets` works; it asks for `page_size` of them at once, at most 1000.

    Raises:
        UsageError: The source's endpoint, region or bucket is invalid.
    """

    def __init__(
        self,
        source: Source,
        credentials: Credentials,
        *,
        timeouts: Timeouts | None = None,
        page_size: int = 1000,
        route: Route | None = None,
    ) -> None:
        address = split_endpoint(source.endpoint)
        self._endpoint = f"{address.scheme}://{address.netloc}"
        self._region = normal_region(source.region) or region_of(source.endpoint)
        self._bucket = checked_bucket(source.bucket) if source.bucket else ""
        self._is_cname = source.addressing == "cname" and not address.is_path_style
        self._signs_host = source.sign_host
        self._payer = {protocol.REQUEST_PAYER: "requester"} if source.requester_pays else {}
        self._is_anonymous = source.anonymous or credentials.anonymous
        self._credentials = credentials
        self._http = Http(timeouts, route)
        self._page_size = page_size

    def buckets(self) -> tuple[BucketInfo, ...]:
        """Return the account's buckets, of all regions, in order of their names.

        Raises:
            UsageError: There are no credentials, hence no account.
            StoreError: The service refuses, or cannot be reached.
        """
        if self._is_anonymous:
            raise UsageError(
                _("buckets can only be listed with credentials"),
                hint=_("name the bucket: oss://BUCKET/"),
            )
        found: list[BucketInfo] = []
        marker, more = "", True
        with self._translated(_("list the buckets"), hint=_NAME_BUCKET):
            service = oss2.Service(self._auth(), self._endpoint, **self._common())
            while more:
                page = service.list_buckets(marker=marker, max_keys=self._page_size)
                _check_origin(page)
                found += [self._bucket_info(item) for item in page.buckets]
                before, marker, more = marker, page.next_marker, page.is_truncated
                if more and marker == before:
                    message = "the same page again, or no marker for the next one"
                    raise ValueError(message)
        return tuple(found)

    def _bucket_info(self, item: Any) -> BucketInfo:  # noqa: ANN401 - oss2 has no types
        region = normal_region(item.region or item.location or "")
        endpoint = equivalent_endpoint(self._endpoint, region, item.extranet_endpoint)
        created = datetime.fromtimestamp(item.creation_date, UTC)
        return BucketInfo(item.name, region, endpoint, created)

    def stat(self, key: str, version_id: str = "") -> ObjectStat:
        """Return what OSS knows of one object, or of one version; of a symlink also its target.

        Raises:
            StoreError: There is no such object, the service refuses, or cannot be reached.
        """
        _check_key(key)
        if not self._bucket:
            raise UsageError(
                _("no bucket is chosen"),
                hint=_("'buckets' lists them; name one: oss://BUCKET/"),
            )
        with self._translated(
            _("look up {key!r}").format(key=key),
            hint=_("the user needs oss:GetObject on this bucket"),
        ):
            bucket = oss2.Bucket(
                self._auth(),
                self._endpoint,
                self._bucket,
                is_cname=self._is_cname,
                **self._common(),
            )
            which = {"versionId": version_id} if version_id else {}
            answer = bucket.head_object(key, headers=dict(self._payer), params=dict(which))
            _check_origin(answer)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            info = info_of(key, headers)
            if info.is_symlink:
                link = bucket.get_symlink(key, params=dict(which), headers=dict(self._payer))
                headers[protocol.SYMLINK_TARGET] = link.target_key
        return ObjectStat(info, headers)

    def _auth(self) -> Any:  # noqa: ANN401 - as above
        if self._is_anonymous:
            return oss2.AnonymousAuth()
        who = self._credentials
        keys = who.access_key_id, who.access_key_secret, who.security_token
        if not self._region:
            return oss2.StsAuth(*keys)
        kind = _HostSigning if self._signs_host else oss2.ProviderAuthV4
        return kind(oss2.StaticCredentialsProvider(*keys))

    def _common(self) -> dict[str, Any]:
        """Return what every client is constructed with: it sends as ossh sends all else.

        By default, requests replaces our signature by a password that ~/.netrc has for the host,
        and follows redirects.
        """
        session = oss2.Session(adapter=_Adapter(self._http))
        session.session.trust_env = False
        session.session.get_redirect_target = lambda _response: None
        return {"session": session, "region": self._region or None, "app_name": "ossh"}

    @contextmanager
    def _translated(self, doing: str, *, hint: str) -> Iterator[None]:
        """Turn whatever the SDK raises into a `StoreError`; the hint is for denied access.

        `doing` is what is tried, as it follows "cannot".
        """
        try:
            yield
        except _FailedError as error:
            raise store_error(doing, error.failure) from None
        except oss2.exceptions.RequestError as error:
            raise store_error(doing, _said_by_sdk(error.exception)) from None
        except oss2.exceptions.OssError as error:
            raise self._refusal(doing, error, hint) from None
        except (ValueError, RuntimeError, KeyError, SyntaxError):  # an XML ParseError is the last
            why = Failure(Cause.NOT_OSS, "not OSS", Words("the answer cannot be understood"))
            raise store_error(doing, why) from None

    def _refusal(self, doing: str, error: Any, hint: str) -> StoreError:  # noqa: ANN401 - as above
        """Return what an answer with an error status means."""
        if error.status < 0:  # the SDK itself refuses, before it sends anything
            text = str(error.body).removeprefix("ClientError: ")
            return store_error(doing, _said_by_sdk(text))
        headers = {str(name).lower(): str(value) for name, value in error.headers.items()}
        body = error.body if isinstance(error.body, bytes) else str(error.body).encode()
        why = protocol.failure(error.status, headers, body)
        if why.cause is Cause.GONE:
            hint = missing_hint(why.code)
        elif why.cause is not Cause.DENIED:
            hint = ""
        elif self._is_anonymous:
            hint = _("the bucket is not public: connect with credentials")
        return store_error(doing, why, hint=hint)


def _check_origin(answer: Any) -> None:  # noqa: ANN401 - oss2 has no types
    """Raise when an answer, though a success, does not come from OSS."""
    if not answer.request_id:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        raise _FailedError(protocol.failure(answer.status, headers, b""))


def _check_key(key: str) -> None:
    """Raise when the SDK cannot ask for a key."""
    if not key:
        raise UsageError(_("no key was given"), hint=_("for example: stat logs/app.log"))
    if key in {".", ".."} or any("\ud800" <= char <= "\udfff" for char in key):
        raise UsageError(
            _("the SDK cannot request the key {key!r}").format(key=key),
            hint=_("'get' can download it"),
        )


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

    def close(self) -> None:
        """Close the connections; requests calls this."""
        self._http.close()


class _FailedError(Exception):
    """A request without an answer, or with one that OSS did not give; never leaves this module."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def _said_by_sdk(error: object) -> Failure:
    """Return why the SDK itself refuses a request."""
    return Failure(Cause.REFUSED, "client", Words("the SDK says: {text}", text=error))


class _HostSigning(oss2.ProviderAuthV4):  # type: ignore[misc] # oss2 has no types
    """Has the SDK sign the host of each request too, which it can but never does by itself."""

    def _sign_request(self, request: Any, bucket: str, key: str) -> None:  # noqa: ANN401 - as above
        """Sign a request; the SDK calls this."""
        request.headers["host"] = urlsplit(request.url).netloc
        super()._sign_request(request, bucket, key, {"host"})
