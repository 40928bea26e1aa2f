"""Buckets as the official SDK lists them, and what becomes of its errors."""

import logging
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from ossh import demo
from ossh.demo import certificates
from ossh.demo.impostor import Impostor
from ossh.model import BucketInfo, Cause, Failure, Source
from ossh.network import Http, Timeouts
from ossh.store.credentials import Credentials
from ossh.store.sdk import list_buckets


def listed(source: Source, keys: Credentials, **options: Any) -> tuple[BucketInfo, ...]:
    """Return the buckets, which there must be."""
    found = list_buckets(source, keys, Http(), **options)
    assert not isinstance(found, Failure)
    return found


def refused(source: Source, keys: Credentials, http: Http | None = None) -> Failure:
    """Return why there are none."""
    found = list_buckets(source, keys, http or Http())
    assert isinstance(found, Failure)
    return found


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
@pytest.mark.parametrize("sign_host", [True, False])
def test_buckets_are_listed_with_region_and_endpoint(
    server: demo.DemoServer,
    source: Source,
    keys: Credentials,
    region: str,
    sign_host: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    found = {
        item.name: item
        for item in listed(replace(source, region=region, sign_host=sign_host), keys)
    }

    mine = found[source.bucket]
    assert (mine.region, mine.endpoint) == ("cn-hangzhou", server.endpoint)
    assert mine.created.tzinfo is UTC


def test_temporary_credentials_work(server: demo.DemoServer, source: Source) -> None:
    server.set_credentials("temporary", "secret", "token")

    assert listed(source, Credentials("temporary", "secret", "token"))


def test_wrong_keys_are_told_apart(source: Source, keys: Credentials) -> None:
    unknown = refused(source, Credentials("nobody", "x"))
    wrong = refused(source, Credentials(keys.access_key_id, "wrong"))

    assert str(unknown.message) == "the access key id is unknown or disabled"
    assert str(wrong.message).startswith("the access key secret is wrong")
    assert {unknown.cause, wrong.cause} == {Cause.BAD_CREDENTIALS}


def test_nothing_secret_is_in_a_failure_or_in_the_log(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hush = Credentials("LTAIhushhushhushhush", "hush-secret", "hush-token")

    failure = refused(source, hush)

    assert "hush" not in repr(failure)
    assert "hush" not in caplog.text


def test_a_wrong_clock_is_told_in_minutes(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.set_clock(3600)

    failure = refused(source, keys)

    assert (failure.cause, str(failure.message)) == (
        Cause.CLOCK,
        "this computer's clock is 60 minutes behind",
    )


def test_a_proxy_that_does_not_answer_is_named_as_the_proxy(
    source: Source, keys: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port()
    monkeypatch.setenv("http_proxy", f"http://me:hush@127.0.0.1:{port}")

    failure = refused(source, keys)

    variable = "HTTP_PROXY" if sys.platform == "win32" else "http_proxy"
    assert f"cannot connect to the proxy 127.0.0.1:{port} ({variable})" in failure.message
    assert "hush" not in repr(failure)


def test_a_redirect_is_not_followed(answering: Callable[[bytes], str], keys: Credentials) -> None:
    moved = (
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/login?t=1\r\nContent-Length: 0\r\n\r\n"
    )

    failure = refused(Source(answering(moved), "cn-hangzhou", ""), keys)

    assert str(failure.message) == "the endpoint redirects to 'http://127.0.0.1:1/login'"


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b""])
def test_a_portal_is_recognised(
    answering: Callable[[bytes], str], keys: Credentials, body: bytes
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"

    failure = refused(Source(answering(head.encode() + body), "cn-hangzhou", ""), keys)

    assert failure.cause is Cause.NOT_OSS


def test_nobody_at_the_address_is_told_so(keys: Credentials) -> None:
    failure = refused(Source(f"http://127.0.0.1:{closed_port()}", "cn-hangzhou", ""), keys)

    assert failure.cause is Cause.NETWORK
    assert failure.message.startswith("failed to connect to 127.0.0.1:")


def test_silence_ends(server: demo.DemoServer, source: Source, keys: Credentials) -> None:
    server.fault("delay", operation="any", bucket="", seconds=5.0)

    failure = refused(source, keys, Http(Timeouts(1.0, 0.2)))

    assert failure.message.startswith("operation too slow. ")


def test_an_address_the_sdk_does_not_take_is_told_so(keys: Credentials) -> None:
    failure = refused(Source("http://[::1]:8080", "cn-hangzhou", ""), keys)

    assert failure.message.startswith("the SDK says: The endpoint you has specified")


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

    failure = list_buckets(source, keys, Http(), page_size=1)

    assert isinstance(failure, Failure)
    assert str(failure.message) == "the answer cannot be understood"


def test_the_certificates_of_the_environment_are_used(
    keys: Credentials, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "mine.pem"
    bundle.write_text(certificates.AUTHORITY)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    with closing(Impostor(certificates.GOOD)) as server:
        failure = refused(Source(server.endpoint, "cn-hangzhou", ""), keys)

    assert failure.cause is Cause.NOT_OSS  # it answered
    assert server.received.startswith(b"GET /?prefix=")
