"""Signatures, judged by the official SDK and by known values."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, unquote, urlsplit

import oss2
import oss2.auth
import oss2.http
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.errors import UsageError
from ossh.model import Source
from ossh.store.credentials import ANONYMOUS, Credentials
from ossh.store.signer import Signed, Signer

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC).timestamp()
KEYS = Credentials("ak", "sk")
TEMPORARY = Credentials("ak", "sk", "to/k+en==")

keys = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
odd_keys = st.one_of(
    keys,
    st.lists(st.sampled_from(["a", "..", ".", "", "x y", "+", "%2F", "ü", "\U0001f600", "?&="]))
    .map("/".join)
    .filter(bool),
)
values = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=20)
queries = st.dictionaries(
    st.sampled_from(
        ["list-type", "prefix", "delimiter", "max-keys", "continuation-token", "symlink"]
        + ["versionId", "response-content-type", "x-oss-process", "start-after", "encoding-type"]
    ),
    values,
    max_size=5,
)
signed_headers = st.dictionaries(
    st.sampled_from(["x-oss-range-behavior", "x-oss-traffic-limit", "X-OSS-Meta-A", "Content-MD5"]),
    st.text("abc012:/= ", max_size=9),
    max_size=3,
)


def source(**changes: Any) -> Source:
    """Return a source in cn-hangzhou, with changes."""
    values: dict[str, Any] = {
        "endpoint": "https://oss-cn-hangzhou.aliyuncs.com",
        "region": "cn-hangzhou",
        "bucket": "test-bucket",
    }
    return Source(**{**values, **changes})


def v1_source(**changes: Any) -> Source:
    """Return a source whose region cannot be known."""
    return source(**{"endpoint": "http://127.0.0.1:8080", "region": "", **changes})


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
    auth: Any, method: str, key: str, query: dict[str, str], headers: dict[str, str]
) -> oss2.http.Request:
    """Return a request as the official SDK signs it at noon."""
    request = oss2.http.Request(
        method, "http://x/", params=query, headers=headers, region="cn-hangzhou", product="oss"
    )
    with (
        patch.object(oss2.auth, "datetime", Clock),
        patch.object(oss2.utils, "http_date", lambda: "Wed, 01 May 2024 12:00:00 GMT"),
    ):
        auth._sign_request(request, "test-bucket", key)
    return request


def signature(authorization: str) -> str:
    """Return the signature alone: the SDK writes a space behind the comma."""
    return authorization.rpartition("Signature=")[2]


def test_v4_object_request_has_the_known_signature() -> None:
    signed = Signer(source(), KEYS).sign("GET", "dir/a b+c.txt", NOON)

    assert header(signed, "authorization") == (
        "OSS4-HMAC-SHA256 Credential=ak/20240501/cn-hangzhou/oss/aliyun_v4_request,"
        "Signature=f993ab7ee9d56b40c9ba9d6d5dddd1d073f8fa2e95b0e36aa913cc639c05dec7"
    )
    assert header(signed, "x-oss-date") == "20240501T120000Z"
    assert header(signed, "x-oss-content-sha256") == "UNSIGNED-PAYLOAD"
    assert signed.url == ("https://test-bucket.oss-cn-hangzhou.aliyuncs.com/dir/a%20b%2Bc.txt")


LISTING = {
    "list-type": "2",
    "prefix": "dir/",
    "delimiter": "/",
    "max-keys": "100",
    "continuation-token": "abc=",
}


def test_v4_bucket_request_has_the_known_signature() -> None:
    signed = Signer(source(), KEYS).sign("GET", None, NOON, query=LISTING)

    expected = "886d726e0f4d891066ec10b903478dfb59738c94bbe7ad6afb635852e8e5c70f"
    assert signature(header(signed, "authorization")) == expected
    assert signed.url == (
        "https://test-bucket.oss-cn-hangzhou.aliyuncs.com/?continuation-token=abc%3D"
        "&delimiter=%2F&list-type=2&max-keys=100&prefix=dir%2F"
    )


def test_v1_object_request_has_the_known_signature() -> None:
    signed = Signer(v1_source(), KEYS).sign("GET", "dir/a b+c.txt", NOON)

    assert header(signed, "authorization") == "OSS ak:Sxenu8yiZM1By2RU/wkY5MvaYwI="
    assert header(signed, "date") == "Wed, 01 May 2024 12:00:00 GMT"
    assert signed.url == "http://127.0.0.1:8080/test-bucket/dir/a%20b%2Bc.txt"


def test_v1_bucket_request_has_the_known_signature() -> None:
    signed = Signer(v1_source(), KEYS).sign("GET", None, NOON, query=LISTING)

    assert header(signed, "authorization") == "OSS ak:Cro5OkPNQfch8QA0Krytde3yK80="


def test_signed_urls_have_the_known_signatures() -> None:
    v4 = Signer(source(), KEYS).presign("dir/a b+c.txt", NOON, expires_seconds=600)
    v1 = Signer(v1_source(), KEYS).presign("dir/a b+c.txt", NOON, expires_seconds=600)

    assert parameters(v4)["x-oss-signature"] == (
        "97be7aa342c7387af42c2359c0c530cb22c34562c8aeb8515f67871e345c67bb"
    )
    assert parameters(v1)["Expires"] == "1714565400"
    assert parameters(v1)["Signature"] == "+4A5y0aBweA0fbURuKJrtu72Ws8="


@given(odd_keys, queries, signed_headers, st.booleans())
def test_v4_signatures_equal_those_of_the_sdk(
    key: str,
    query: dict[str, str],
    headers: dict[str, str],
    temporary: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    credentials = TEMPORARY if temporary else KEYS
    auth = oss2.StsAuth("ak", "sk", credentials.security_token, auth_version="v4")

    ours = Signer(source(), credentials).sign("GET", key, NOON, query=query, headers=headers)

    theirs = sdk_request(auth, "GET", key, dict(query), dict(headers)).headers["authorization"]
    assert signature(header(ours, "authorization")) == signature(theirs)


@given(odd_keys, queries, signed_headers, st.booleans())
def test_v1_signatures_equal_those_of_the_sdk(
    key: str,
    query: dict[str, str],
    headers: dict[str, str],
    temporary: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    credentials = TEMPORARY if temporary else KEYS
    auth = oss2.StsAuth("ak", "sk", credentials.security_token)

    ours = Signer(v1_source(), credentials).sign("HEAD", key, NOON, query=query, headers=headers)

    theirs = sdk_request(auth, "HEAD", key, dict(query), dict(headers)).headers["authorization"]
    assert header(ours, "authorization") == theirs
