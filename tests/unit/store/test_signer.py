"""Signatures, judged by the official SDK and by known values."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from time import time
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, unquote, urlsplit

import oss2
import oss2.auth
import oss2.http
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh import demo
from ossh.errors import UsageError
from ossh.model import Signed, Source
from ossh.network import Http, Response
from ossh.store.credentials import ANONYMOUS, Credentials
from ossh.store.signer import Signer

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC).timestamp()
HOST = "test-bucket.oss-cn-hangzhou.aliyuncs.com"
KEYS = Credentials("ak", "sk")
TEMPORARY = Credentials("ak", "sk", "to/k+en==")

keys = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
odd_keys = st.one_of(
    keys,
    st.lists(st.sampled_from(["a", "..", ".", "", "x y", "+", "%2F", "ü", "\U0001f600", "?&="]))
    .map("/".join)
    .filter(bool),
)
values = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
queries = st.dictionaries(
    st.sampled_from(
        [
            *("list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after"),
            *("encoding-type", "symlink", "versionId", "response-content-type", "x-oss-process"),
        ]
    ),
    values,
    max_size=5,
)
signed_headers = st.dictionaries(
    st.sampled_from(["x-oss-range-behavior", "x-oss-traffic-limit", "X-OSS-Meta-A", "Content-MD5"]),
    st.text("abc012:/= ", max_size=9),
    max_size=3,
)


def place(**changes: Any) -> Source:
    """Return a source in cn-hangzhou, with changes."""
    values: dict[str, Any] = {
        "endpoint": "https://oss-cn-hangzhou.aliyuncs.com",
        "region": "cn-hangzhou",
        "bucket": "test-bucket",
    }
    return Source(**{**values, **changes})


def v1_place(**changes: Any) -> Source:
    """Return a source whose region cannot be known."""
    return place(**{"endpoint": "http://127.0.0.1:8080", "region": "", **changes})


def header(signed: Signed, name: str) -> str:
    """Return one header's value, "" when it is not sent."""
    for line in signed.headers:
        found, _, value = line.partition(": ")
        if found.lower() == name:
            return value
    return ""


def parameters(url: str) -> dict[str, str]:
    """Return the parameters of a URL, decoded."""
    return dict(parse_qsl(urlsplit(url).query))


class Clock(datetime):
    """A clock that shows noon, for the SDK."""

    @classmethod
    def utcnow(cls) -> "Clock":
        """Return noon."""
        return cls(2024, 5, 1, 12)


def sdk_request(
    auth: Any,
    method: str,
    key: str,
    query: dict[str, str],
    headers: dict[str, str],
    *further: set[str],
) -> oss2.http.Request:
    """Return a request as the official SDK signs it at noon, with further headers if any."""
    request = oss2.http.Request(
        method, "http://x/", params=query, headers=headers, region="cn-hangzhou", product="oss"
    )
    with (
        patch.object(oss2.auth, "datetime", Clock),
        patch.object(oss2.utils, "http_date", lambda: "Wed, 01 May 2024 12:00:00 GMT"),
    ):
        auth._sign_request(request, "test-bucket", key, *further)
    return request


def signature(authorization: str) -> str:
    """Return the signature alone: what stands where differs from client to client."""
    return authorization.partition("Signature=")[2].partition(",")[0]


def test_v4_signs_the_host_of_the_url() -> None:
    signed = Signer(place(), KEYS).sign("GET", "dir/a b+c.txt", NOON)
    elsewhere = Signer(place(endpoint="https://oss.example.com"), KEYS)

    assert header(signed, "authorization") == (
        "OSS4-HMAC-SHA256 Credential=ak/20240501/cn-hangzhou/oss/aliyun_v4_request,"
        "AdditionalHeaders=host,"
        "Signature=d106887339dd00b2ae0040c6a08d910fd690223496b2fe8d3aa304a7c4fc3daa"
    )
    assert header(signed, "host") == ""  # whoever sends it takes the host from the URL
    assert urlsplit(signed.url).netloc == HOST
    other = elsewhere.sign("GET", "dir/a b+c.txt", NOON)
    assert header(other, "authorization") != header(signed, "authorization")


@settings(max_examples=300, deadline=None)
@given(odd_keys, queries, signed_headers, st.sampled_from([KEYS, TEMPORARY]), st.booleans())
def test_v4_signatures_equal_those_of_the_sdk(
    key: str,
    query: dict[str, str],
    headers: dict[str, str],
    credentials: Credentials,
    signs_host: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    provider = oss2.StaticCredentialsProvider("ak", "sk", credentials.security_token)
    auth, where = oss2.ProviderAuthV4(provider), place(sign_host=signs_host)

    ours = Signer(where, credentials).sign("GET", key, NOON, query=query, headers=headers)

    sent = {**headers, "host": HOST}
    further = [{"host"}] if signs_host else []
    theirs = sdk_request(auth, "GET", key, dict(query), sent, *further).headers["authorization"]
    assert signature(header(ours, "authorization")) == signature(theirs)


@settings(max_examples=300, deadline=None)
@given(odd_keys, queries, signed_headers, st.sampled_from([KEYS, TEMPORARY]))
def test_v1_signatures_equal_those_of_the_sdk(
    key: str, query: dict[str, str], headers: dict[str, str], credentials: Credentials
) -> None:
    auth = oss2.StsAuth("ak", "sk", credentials.security_token)

    ours = Signer(v1_place(), credentials).sign("HEAD", key, NOON, query=query, headers=headers)

    theirs = sdk_request(auth, "HEAD", key, dict(query), dict(headers)).headers["authorization"]
    assert header(ours, "authorization") == theirs


@settings(deadline=None)
@given(odd_keys, st.sampled_from([KEYS, TEMPORARY]), st.booleans())
def test_signed_urls_equal_those_of_the_sdk(
    key: str,
    credentials: Credentials,
    is_v4: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    provider = oss2.StaticCredentialsProvider("ak", "sk", credentials.security_token)
    auth = oss2.ProviderAuthV4(provider) if is_v4 else oss2.ProviderAuth(provider)
    where, further = (place(), [{"host"}]) if is_v4 else (v1_place(), [])

    ours = Signer(where, credentials).presign(
        key, NOON, expires_seconds=600, query={"response-content-type": "a/b"}
    )

    request = oss2.http.Request(
        "GET",
        "http://x/",
        params={"response-content-type": "a/b"},
        headers={"host": HOST},
        region="cn-hangzhou",
    )
    request.product = "oss"
    with (
        patch.object(oss2.auth, "datetime", Clock),
        patch.object(oss2.auth.time, "time", lambda: NOON),
    ):
        theirs = auth._sign_url(request, "test-bucket", key, 600, *further)
    assert parameters(ours) == parameters(theirs)


@settings(deadline=None)
@given(odd_keys)
def test_urls_carry_the_key_and_no_segment_that_anybody_resolves(key: str) -> None:
    signed = Signer(place(), KEYS).sign("GET", key, NOON)

    parts = urlsplit(signed.url)
    assert unquote(parts.path) == f"/{key}"
    assert not {".", ".."} & set(parts.path.split("/"))
    assert signed.url.isascii()
    assert parts.netloc == "test-bucket.oss-cn-hangzhou.aliyuncs.com"


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("..", "/%2E%2E"),
        (".", "/%2E"),
        ("a/../b", "/a%2F..%2Fb"),
        ("a/..", "/a%2F.."),
        ("a/.b/..c/d.", "/a/.b/..c/d."),
        ("a//b", "/a//b"),
        ("/etc/x", "//etc/x"),
        ("a?b#c%d", "/a%3Fb%23c%25d"),
    ],
)
def test_slashes_are_encoded_only_where_they_must_be(key: str, path: str) -> None:
    signed = Signer(place(), KEYS).sign("GET", key, NOON)

    assert signed.url == f"https://test-bucket.oss-cn-hangzhou.aliyuncs.com{path}"


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://test-bucket.oss-cn-hangzhou.aliyuncs.com/k"),
        ({"endpoint": "oss-cn-hangzhou.aliyuncs.com:8443"}, None),
        (
            {"endpoint": "https://data.example.com", "addressing": "cname"},
            "https://data.example.com/k",
        ),
        ({"endpoint": "http://127.0.0.1:80"}, "http://127.0.0.1/test-bucket/k"),
        ({"endpoint": "http://127.0.0.1", "addressing": "cname"}, "http://127.0.0.1/test-bucket/k"),
        ({"endpoint": "http://[::1]:8080"}, "http://[::1]:8080/test-bucket/k"),
        ({"endpoint": "http://localhost:443"}, "http://localhost:443/test-bucket/k"),
    ],
)
def test_the_bucket_stands_where_the_endpoint_wants_it(
    changes: dict[str, str], url: str | None
) -> None:
    signed = Signer(place(**changes), KEYS).sign("GET", "k", NOON)

    assert signed.url == (url or "https://test-bucket.oss-cn-hangzhou.aliyuncs.com:8443/k")


def test_the_service_is_asked_without_a_bucket() -> None:
    v4 = Signer(place(bucket=""), KEYS).sign("GET", None, NOON)
    v1 = Signer(v1_place(bucket=""), KEYS).sign("GET", None, NOON)

    assert v4.url == "https://oss-cn-hangzhou.aliyuncs.com/"
    assert v1.url == "http://127.0.0.1:8080/"


def test_the_region_is_taken_from_the_endpoint_when_it_is_not_given() -> None:
    assert Signer(place(region=""), KEYS).region == "cn-hangzhou"
    assert Signer(place(region="oss-cn-beijing"), KEYS).region == "cn-beijing"
    assert Signer(v1_place(), KEYS).region == ""


def test_other_headers_pass_unsigned() -> None:
    signer = Signer(place(), KEYS)

    bare = signer.sign("GET", "k", NOON)
    ranged = signer.sign("GET", "k", NOON, headers={"Range": "bytes=0-9", "If-Match": '"E"'})

    assert header(bare, "authorization") == header(ranged, "authorization")
    assert ranged.headers[-2:] == ("Range: bytes=0-9", 'If-Match: "E"')


@pytest.mark.parametrize("where", [place(), v1_place()])
def test_anonymous_requests_are_not_signed(where: Source) -> None:
    signer = Signer(where, ANONYMOUS)

    signed = signer.sign("GET", "k", NOON, headers={"x-oss-range-behavior": "standard"})

    assert signed.headers == ("x-oss-range-behavior: standard",)
    assert "?" not in signer.presign("k", NOON, expires_seconds=60)


def test_a_source_declared_anonymous_is_not_signed_with_keys_at_hand() -> None:
    signed = Signer(place(anonymous=True), TEMPORARY).sign("GET", "k", NOON)

    assert signed.headers == ()


@pytest.mark.parametrize("where", [place(requester_pays=True), v1_place(requester_pays=True)])
def test_whoever_pays_says_so(where: Source) -> None:
    signer = Signer(where, KEYS)

    assert header(signer.sign("GET", "k", NOON), "x-oss-request-payer") == "requester"
    assert parameters(signer.presign("k", NOON, expires_seconds=60))["x-oss-request-payer"] == (
        "requester"
    )


def test_a_wrong_clock_is_corrected() -> None:
    signer = Signer(place(), KEYS)
    signer.clock_offset = -86_400.0

    signed = signer.sign("GET", "k", NOON)

    assert header(signed, "x-oss-date") == "20240430T120000Z"
    assert "/20240430/cn-hangzhou/" in header(signed, "authorization")


def test_every_day_has_a_key_of_its_own() -> None:
    signer = Signer(place(), KEYS)
    days = [signer.sign("GET", "k", NOON + day * 86_400) for day in (0, 1, 0)]

    fresh = Signer(place(), KEYS).sign("GET", "k", NOON + 86_400)
    assert days[0] == days[2]
    assert days[1] == fresh
    assert days[0] != days[1]


def test_a_key_that_is_no_text_leads_to_a_request_and_not_to_a_crash() -> None:
    for where in (place(), v1_place()):
        assert Signer(where, KEYS).sign("GET", "a\udc80", NOON).url.endswith("/a%ED%B2%80")


def test_secrets_are_not_shown() -> None:
    credentials = Credentials("ak", "hush-secret", "hush-token")
    signer = Signer(place(), credentials)
    signed = signer.sign("GET", "k", NOON)

    assert header(signed, "x-oss-security-token") == "hush-token"
    for shown in (repr(signer), repr(signed), str(signed), repr(signer._second.templates)):
        assert "hush" not in shown


def test_a_bucket_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(UsageError, match="not a bucket name"):
        Signer(place(bucket="evil.example/"), KEYS)


def test_threads_may_share_a_signer() -> None:
    signer = Signer(place(), KEYS)
    moments = [NOON + second for second in range(40)] * 5
    expected = [Signer(place(), KEYS).sign("GET", "k", moment) for moment in moments]

    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(lambda moment: signer.sign("GET", "k", moment), moments))

    assert signed == expected


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
def test_a_url_for_a_look_is_good_for_that_alone(
    server: demo.DemoServer, source: Source, keys: Credentials, region: str
) -> None:
    server.put("k", b"body", bucket=source.bucket)
    signer = Signer(replace(source, region=region), keys)
    url = signer.presign("k", time(), expires_seconds=60, method="HEAD")

    with closing(Http()) as http:
        looked, fetched = http.request(url, (), method="HEAD"), http.request(url, ())

    assert isinstance(looked, Response)
    assert isinstance(fetched, Response)
    assert (looked.status, fetched.status) == (200, 403)
