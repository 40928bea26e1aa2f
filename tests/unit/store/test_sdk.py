"""Buckets as the official SDK lists them, and what becomes of its errors."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from ossh import demo
from ossh.model import BucketInfo, Cause, Failure, Source
from ossh.store import sdk
from ossh.store.credentials import Credentials
from ossh.store.sdk import list_buckets
from tests.unit.store.conftest import lister


def asked(source: Source, keys: Credentials, **options: Any) -> tuple[BucketInfo, ...] | Failure:
    return list_buckets(lister(replace(source, bucket=""), keys), source.endpoint, **options)


def listed(source: Source, keys: Credentials, **options: Any) -> tuple[BucketInfo, ...]:
    """Return the buckets, which there must be."""
    found = asked(source, keys, **options)
    assert not isinstance(found, Failure)
    return found


def refused(source: Source, keys: Credentials, **options: Any) -> Failure:
    """Return why there are none."""
    found = asked(source, keys, **options)
    assert isinstance(found, Failure)
    return found


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
@pytest.mark.parametrize("sign_host", [True, False])
def test_buckets_are_listed_with_region_and_endpoint(
    server: demo.DemoServer,
    source: Source,
    keys: Credentials,
    region: str,
    sign_host: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    service = replace(source, region=region, sign_host=sign_host)
    found = {item.name: item for item in listed(service, keys)}

    mine = found[source.bucket]
    assert (mine.region, mine.endpoint) == ("cn-hangzhou", server.endpoint)
    assert mine.created.tzinfo is UTC


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Type: text/html", "<html>Log in</html>"),
        ("Content-Type: text/html", ""),
        ("x-oss-request-id: R1", ""),
    ],
)
def test_what_is_no_list_of_buckets_is_recognised(
    answering: Callable[[bytes], str], keys: Credentials, head: str, body: str
) -> None:
    answer = f"HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}"

    failure = refused(Source(answering(answer.encode()), "cn-hangzhou", ""), keys)

    assert failure.cause is Cause.NOT_OSS


def test_a_refusal_is_told_as_the_service_means_it(source: Source) -> None:
    assert refused(source, Credentials("nobody", "x")).cause is Cause.BAD_CREDENTIALS


def test_many_buckets_are_listed_page_by_page(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    names = [f"many-{number}" for number in range(5)]
    for name in names:
        server.add_bucket(name)

    found = [item.name for item in listed(source, keys, page_size=2)]

    assert set(names) <= set(found)
    assert found == sorted(found)


def test_buckets_that_come_again_and_again_are_an_error(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.add_bucket("again-1")
    server.add_bucket("again-2")
    server.fault("ignore-parameter", operation="any", bucket="", parameter="marker")

    failure = refused(source, keys, page_size=1)

    assert str(failure.message) == "the answer cannot be understood"


def test_the_sdk_is_asked_for_buckets_alone() -> None:
    """So docs/dependencies.md says."""
    tree = ast.parse(inspect.getsource(sdk))
    taken = {
        one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("oss2")
        for one in node.names
    }

    assert taken == {"ListBucketsResult", "parse_list_buckets"}
