"""What the prompt asks of OSS through the official SDK: buckets, and one object.

The only module that imports oss2 and requests, and that at first use, for they take 0.2 s. Every
error of theirs is translated here, once, and without its context: the SDK's exceptions echo key
ids, signatures and tokens when they are printed.
"""

import logging
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ossh import protocol
from ossh.errors import StoreError, UsageError
from ossh.language import Words, _
from ossh.model import NO_PROXY, Cause, Failure, ObjectInfo, Route, Source
from ossh.store.asking import interruptible
from ossh.store.credentials import Credentials
from ossh.store.endpoints import (
    checked_bucket,
    kindred,
    may_lead,
    normal_endpoint,
    normal_region,
    region_of,
    split_endpoint,
)
from ossh.store.head import info_of, missing_hint

CONNECT_SECONDS = 10.0  # as in the official v2 SDK
READ_SECONDS = 20.0
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_CA_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")

_NAME_BUCKET = Words(
    "the user needs oss:ListBuckets; without it, go to a bucket by name: cd oss://BUCKET/"
)
_NAME_ENDPOINT = Words("give its endpoint: connect --endpoint https://oss-REGION.aliyuncs.com")


@dataclass(frozen=True, slots=True)
class BucketInfo:
    """One bucket of the account."""

    name: str
    region: str  # cn-hangzhou
    endpoint: str  # of the kind that was asked: public or internal
    created: datetime  # aware, UTC


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """What a HEAD says of one object."""

    info: ObjectInfo
    headers: Mapping[str, str]  # all of them, by lower-case name, in order of arrival


class Service:
    """Asks OSS for one source, with one set of credentials.

    Args:
        source: Where; with bucket "" only `buckets` and `locate` work.
        credentials: As whom.
        timeouts: Seconds to wait for a connection, and for bytes on it.
        page_size: Buckets to ask for at once, at most 1000.
        route: Proxy and certificates; by default as the environment says.

    Raises:
        UsageError: The source's endpoint, region or bucket cannot be used.
    """

    def __init__(
        self,
        source: Source,
        credentials: Credentials,
        *,
        timeouts: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
        page_size: int = 1000,
        route: Route | None = None,
    ) -> None:
        self._address = split_endpoint(source.endpoint)
        self._endpoint = normal_endpoint(source.endpoint)
        self._region = normal_region(source.region) or region_of(source.endpoint)
        self._bucket = checked_bucket(source.bucket) if source.bucket else ""
        self._is_cname = source.addressing == "cname" and not self._address.is_path_style
        self._payer = {protocol.REQUEST_PAYER: "requester"} if source.requester_pays else {}
        self._signs_host = source.sign_host
        self._is_anonymous = source.anonymous or credentials.anonymous
        self._credentials = credentials
        self._timeouts = timeouts
        self._page_size = page_size
        self._route = route or Route()

    def buckets(self) -> tuple[BucketInfo, ...]:
        """Return the account's buckets, of all regions, in order of their names.

        Raises:
            UsageError: Without credentials nobody's buckets can be listed.
            StoreError: The service refuses, or cannot be reached.
        """
        return interruptible(self._buckets)

    def _buckets(self) -> tuple[BucketInfo, ...]:
        if self._is_anonymous:
            raise UsageError(
                _("buckets can only be listed with credentials"),
                hint=_("go to the bucket by its name: cd oss://BUCKET/"),
            )
        found: list[BucketInfo] = []
        marker, more = "", True
        with self._translated(_("list the buckets"), hint=_NAME_BUCKET):
            service = self._sdk().Service(self._auth(), self._endpoint, **self._common())
            while more:
                page = service.list_buckets(marker=marker, max_keys=self._page_size)
                self._check_origin(page)
                found += [self._bucket_info(item) for item in page.buckets]
                before, marker, more = marker, page.next_marker, page.is_truncated
                if more and marker == before:
                    message = "the same page again, or no marker for the next one"
                    raise ValueError(message)
        return tuple(found)

    def _bucket_info(self, item: Any) -> BucketInfo:  # noqa: ANN401 - oss2 has no types
        region = normal_region(item.region or item.location or "")
        endpoint = kindred(self._endpoint, region, item.extranet_endpoint)
        created = datetime.fromtimestamp(item.creation_date, UTC)
        return BucketInfo(item.name, region, endpoint, created)

    def stat(self, key: str, version_id: str = "") -> ObjectStat:
        """Return what OSS knows of one object; of a symlink also what it points to.

        Args:
            key: The object.
            version_id: Of one of its versions; "" for the present one.

        Raises:
            StoreError: There is no such object, the service refuses, or cannot be reached.
        """
        return interruptible(partial(self._stat, key, version_id))

    def _stat(self, key: str, version_id: str) -> ObjectStat:
        _checked_key(key)
        with self._translated(
            _("look up {key!r}").format(key=key),
            hint=_("the user needs oss:GetObject on this bucket"),
        ):
            bucket = self._sdk_bucket()
            which = {"versionId": version_id} if version_id else {}
            answer = bucket.head_object(key, headers=dict(self._payer), params=dict(which))
            self._check_origin(answer)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            info = info_of(key, headers)
            if info.type == "Symlink":
                link = bucket.get_symlink(key, params=dict(which), headers=dict(self._payer))
                headers[protocol.SYMLINK_TARGET] = link.target_key
        return ObjectStat(info, headers)

    def locate(self, bucket: str) -> tuple[str, str]:
        """Return the endpoint and the region of a bucket.

        Asked at the wrong endpoint, OSS names the right one. The answer keeps to the kind of
        endpoint this service has: internal, acceleration, or one that is not of OSS's own.

        Raises:
            UsageError: No bucket has such a name.
            StoreError: There is no such bucket, the service refuses, or cannot be reached.
        """
        return interruptible(partial(self._locate, bucket))

    def _locate(self, bucket: str) -> tuple[str, str]:
        checked_bucket(bucket)
        try:
            return self._ask_where(bucket)
        except _ElsewhereError as error:
            if not may_lead(self._endpoint, error.endpoint):
                raise
            region = region_of(error.endpoint)
            return kindred(self._endpoint, region, error.endpoint), region

    def _ask_where(self, bucket: str) -> tuple[str, str]:
        """Return endpoint and region of a bucket, or raise `_ElsewhereError` with its endpoint."""
        doing = _("find the bucket {bucket!r}").format(bucket=bucket)
        try:
            with self._translated(doing, hint=_NAME_ENDPOINT):
                answer = self._sdk_bucket(bucket).get_bucket_location()
                self._check_origin(answer)
                region = normal_region(answer.location or "")
                return kindred(self._endpoint, region, self._address.netloc), region
        except StoreError as error:
            if error.code != "AccessDenied" or isinstance(error, _ElsewhereError):
                raise
        # Many users may list a bucket but not ask where it is; it is here if that works.
        with self._translated(doing, hint=_NAME_ENDPOINT):
            self._check_origin(self._sdk_bucket(bucket).list_objects_v2(max_keys=1))
        return self._endpoint, self._region

    def _sdk(self) -> Any:  # noqa: ANN401 - oss2 has no types
        import oss2

        # At DEBUG the SDK logs whole requests, signatures and tokens included.
        logging.getLogger("oss2").setLevel(logging.WARNING)
        return oss2

    def _auth(self) -> Any:  # noqa: ANN401 - as above
        sdk = self._sdk()
        if self._is_anonymous:
            return sdk.AnonymousAuth()
        who = self._credentials
        keys = who.access_key_id, who.access_key_secret, who.security_token
        if not self._region:
            return sdk.StsAuth(*keys)
        auth = sdk.ProviderAuthV4(sdk.StaticCredentialsProvider(*keys))
        return _HostSigning(auth) if self._signs_host else auth

    def _common(self) -> dict[str, Any]:
        """Return what every client of the SDK is constructed with."""
        return {
            "session": self._session(),
            "connect_timeout": self._timeouts,
            "region": self._region or None,
            "app_name": "ossh",
        }

    def _session(self) -> Any:  # noqa: ANN401 - as above
        """Return a session that takes only proxies and certificates from the route.

        Left to itself, requests replaces our signature by a password that ~/.netrc has for the
        host, and follows redirects.
        """
        import urllib3

        session = self._sdk().Session()
        inner = session.session
        inner.trust_env = False
        inner.proxies = self._proxies()
        inner.get_redirect_target = lambda _response: None
        bundles = (os.environ.get(name) for name in _CA_VARIABLES)
        inner.verify = self._route.ca_bundle or next(filter(None, bundles), True)
        if not self._route.is_verified:
            inner.verify = False
            urllib3.disable_warnings(
                urllib3.exceptions.InsecureRequestWarning
            )  # the prompt says so
        return session

    def _proxies(self) -> dict[str, str]:
        """Return the proxies by scheme: what was said, else those of the environment."""
        import requests.utils

        said = self._route.proxy
        if said:
            return {} if said == NO_PROXY else {"http": said, "https": said}
        return dict(requests.utils.get_environ_proxies(self._endpoint))

    def _sdk_bucket(self, name: str = "") -> Any:  # noqa: ANN401 - as above
        bucket = name or self._bucket
        if not bucket:
            raise UsageError(
                _("no bucket is chosen"),
                hint=_("'buckets' lists them; choose one with cd oss://BUCKET/"),
            )
        return self._sdk().Bucket(
            self._auth(), self._endpoint, bucket, is_cname=self._is_cname, **self._common()
        )

    def _check_origin(self, answer: Any) -> None:  # noqa: ANN401 - as above
        """Raise when an answer, though a success, does not come from OSS."""
        if not answer.request_id:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            raise _ForeignError(protocol.failure(answer.status, headers, b""))

    @contextmanager
    def _translated(self, doing: str, *, hint: str) -> Iterator[None]:
        """Turn whatever the SDK raises into a `StoreError` about what was being done.

        Args:
            doing: What follows "cannot".
            hint: What to do when it is not allowed.
        """
        sdk = self._sdk()
        import requests

        try:
            yield
        except _ForeignError as error:
            raise protocol.store_error(doing, error.failure) from None
        except sdk.exceptions.RequestError as error:
            raise protocol.store_error(doing, self._transport(error.exception)) from None
        except sdk.exceptions.OssError as error:
            raise self._refusal(doing, error, hint) from None
        except requests.RequestException as error:  # while a body was read
            raise protocol.store_error(doing, self._transport(error)) from None
        except (ValueError, RuntimeError, KeyError, SyntaxError):  # an XML ParseError is the last
            why = Failure(Cause.NOT_OSS, "not OSS", Words("the answer cannot be understood"))
            raise protocol.store_error(doing, why) from None

    def _refusal(self, doing: str, error: Any, hint: str) -> StoreError:  # noqa: ANN401
        """Return what an answer with an error status means."""
        if error.status < 0:  # the SDK itself refuses, before asking
            text = str(error.body).removeprefix("ClientError: ")
            why = Failure(Cause.REFUSED, "client", Words("the SDK says: {text}", text=text))
            return protocol.store_error(doing, why)
        headers = {str(name).lower(): str(value) for name, value in error.headers.items()}
        body = error.body if isinstance(error.body, bytes) else str(error.body).encode()
        why = protocol.failure(error.status, headers, body)
        if why.cause is Cause.GONE:
            hint = missing_hint(why.code)
        elif why.cause is not Cause.DENIED:
            hint = ""
        elif self._is_anonymous:
            hint = _("the bucket is not public: connect with credentials")
        found = protocol.store_error(doing, why, hint=hint)
        if why.cause is Cause.WRONG_ENDPOINT and why.endpoint:
            return _ElsewhereError(found, why.endpoint)
        return found

    def _transport(self, error: BaseException) -> Failure:
        """Return what it means that no answer came; in our words, for theirs show URLs."""
        import requests

        host = self._address.host
        match error:
            case requests.exceptions.ProxyError():
                return _proxy_failure(error, host)
            case requests.exceptions.SSLError():
                return Failure(
                    Cause.TLS, "tls", Words("no trusted TLS connection to {host!r}", host=host)
                )
            case requests.exceptions.ConnectTimeout():
                text = Words(
                    "{host!r} could not be reached within {seconds:g} s",
                    host=host,
                    seconds=self._timeouts[0],
                )
                return Failure(Cause.NETWORK, "unreachable", text)
            case requests.exceptions.ReadTimeout():
                text = Words(
                    "{host!r} did not answer within {seconds:g} s",
                    host=host,
                    seconds=self._timeouts[1],
                )
                return Failure(Cause.TIMEOUT, "timed out", text)
            case requests.exceptions.ConnectionError() if _is_about_names(error):
                return Failure(
                    Cause.NETWORK, "unreachable", Words("there is no host {host!r}", host=host)
                )
            case _:
                return Failure(
                    Cause.NETWORK, "unreachable", Words("{host!r} cannot be reached", host=host)
                )


def _proxy_failure(error: BaseException, host: str) -> Failure:
    """Return why a proxy makes no way to a host."""
    if refused := _TUNNEL.search(str(error)):
        return protocol.tunnel_refusal(int(refused[1]))
    return Failure(
        Cause.NETWORK, "proxy", Words("the proxy for {host!r} does not answer", host=host)
    )


def _is_about_names(error: BaseException | None) -> bool:
    """Tell whether an error goes back to a host name that could not be resolved."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return True
        error = error.__cause__ or error.__context__
    return False


def _checked_key(key: str) -> str:
    """Return a key unchanged, or raise when the SDK cannot ask for it."""
    if not key:
        raise UsageError(_("no key was given"), hint=_("for example: stat logs/app.log"))
    if key in {".", ".."} or not _is_text(key):
        raise UsageError(
            _("the SDK cannot request the key {key!r}").format(key=key),
            hint=_("'get' can download it"),
        )
    return key


def _is_text(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


class _HostSigning:
    """Has the SDK sign the host of each request too, which it can but never does by itself."""

    def __init__(self, auth: Any) -> None:  # noqa: ANN401 - oss2 has no types
        self._auth = auth

    def auth_version(self) -> str:
        """Return the version, as the SDK wants to know."""
        return str(self._auth.auth_version())

    def _sign_request(self, request: Any, bucket: str, key: str) -> None:  # noqa: ANN401 - as above
        """Sign a request; the SDK calls this."""
        request.headers["host"] = urlsplit(request.url).netloc
        self._auth._sign_request(request, bucket, key, {"host"})  # noqa: SLF001 - so does StsAuth


class _ForeignError(Exception):
    """An answer that OSS did not give; never leaves this module."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class _ElsewhereError(StoreError):
    """A bucket that must be asked at another endpoint."""

    def __init__(self, error: StoreError, endpoint: str) -> None:
        super().__init__(str(error), hint=error.hint, code=error.code, request_id=error.request_id)
        self.endpoint = endpoint
