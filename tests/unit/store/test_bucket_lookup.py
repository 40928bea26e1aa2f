"""Where a bucket is, when nothing but its name is known."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ossh import demo
from ossh.errors import StoreError, UsageError
from ossh.model import Route, Source
from ossh.store.bucket_lookup import locate
from ossh.store.credentials import ANONYMOUS, Credentials


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
def test_a_bucket_elsewhere_is_found_where_it_is(
    server: demo.DemoServer, source: Source, keys: Credentials, region: str
) -> None:
    server.add_bucket(f"else-{region}1", elsewhere="oss-cn-shanghai.aliyuncs.com")

    asked = replace(source, bucket=f"else-{region}1", region=region)

    found = locate(asked, keys, Route())

    shanghai = "http://oss-cn-shanghai.aliyuncs.com"
    assert found == replace(asked, endpoint=shanghai, region="cn-shanghai")


def test_a_bucket_here_is_found_here(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    found = locate(replace(source, region=""), keys, Route())

    assert (found.endpoint, found.region) == (server.endpoint, "cn-hangzhou")


def test_whoever_may_only_list_finds_a_bucket_too(server: demo.DemoServer, source: Source) -> None:
    server.add_bucket("public-place", public=True)
    server.fault("status", bucket="public-place", operation="any", status=403, times=1)

    found = locate(replace(source, bucket="public-place"), ANONYMOUS, Route())

    assert (found.endpoint, found.region) == (server.endpoint, "cn-hangzhou")


def test_a_bucket_that_cannot_be_found_says_what_to_do(source: Source, keys: Credentials) -> None:
    with pytest.raises(StoreError) as missing:
        locate(replace(source, bucket="no-such-bucket"), keys, Route())
    with pytest.raises(StoreError) as hidden:
        locate(source, ANONYMOUS, Route())

    assert str(missing.value).startswith("cannot find the bucket 'no-such-bucket': no such bucket")
    assert str(hidden.value).startswith(f"cannot find the bucket '{source.bucket}': access denied")
    assert hidden.value.hint == "the bucket is not public: connect with credentials"
    with pytest.raises(UsageError, match="not a bucket name"):
        locate(replace(source, bucket="No/Bucket"), keys, Route())


def test_whoever_may_do_neither_is_told_to_name_the_endpoint(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.fault("status", bucket=source.bucket, operation="any", status=403, code="AccessDenied")

    with pytest.raises(StoreError) as hidden:
        locate(source, keys, Route())

    assert (
        hidden.value.hint == "give its endpoint: connect --endpoint https://oss-REGION.aliyuncs.com"
    )


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"", b"<LocationConstraint/>"])
def test_an_answer_that_is_not_the_service_s_is_recognised(
    answering: Callable[[bytes], str], keys: Credentials, body: bytes
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"

    with pytest.raises(StoreError, match="the answer"):
        locate(Source(answering(head.encode() + body), "cn-hangzhou", "my-bucket"), keys, Route())


def test_an_answer_without_a_region_is_told(
    answering: Callable[[bytes], str], keys: Credentials
) -> None:
    head = b"HTTP/1.1 200 OK\r\nx-oss-request-id: 1\r\nContent-Length: 0\r\n\r\n"

    with pytest.raises(StoreError, match="the answer cannot be understood"):
        locate(Source(answering(head), "cn-hangzhou", "my-bucket"), keys, Route())
