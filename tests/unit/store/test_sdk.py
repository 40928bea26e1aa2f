"""What the official SDK does for us, and what becomes of its errors."""

import logging
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ossh import demo
from ossh.demo import certificates
from ossh.demo.impostor import Impostor
from ossh.errors import StoreError, UsageError
from ossh.model import ObjectInfo, Source
from ossh.network import Timeouts
from ossh.store.credentials import ANONYMOUS, Credentials
from ossh.store.sdk import Service

YEAR_ONE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def refusal(call: Callable[..., Any], *arguments: object) -> StoreError:
    """Return the error that a call must raise."""
    with pytest.raises(StoreError) as caught:
        call(*arguments)
    return caught.value


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_buckets_are_listed_with_region_and_endpoint(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    found = {item.name: item for item in Service(replace(source, bucket=""), keys).buckets()}

    mine = found[source.bucket]
    assert (mine.region, mine.endpoint) == ("cn-hangzhou", server.endpoint)
    assert mine.created.tzinfo is UTC


def test_buckets_of_nobody_cannot_be_listed(source: Source) -> None:
    with pytest.raises(UsageError, match="only be listed with credentials"):
        Service(source, ANONYMOUS).buckets()


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
@pytest.mark.parametrize("key", ["logs/a b+c.gz", "a/../b", "ü\n"])
def test_an_object_is_looked_at(
    server: demo.DemoServer, source: Source, keys: Credentials, key: str, region: str
) -> None:
    etag = server.put(
        key, b"hello", bucket=source.bucket, last_modified=YEAR_ONE, meta={"colour": "red"}
    )

    stat = Service(replace(source, region=region), keys).stat(key)

    assert stat.info == ObjectInfo(key, 5, etag, YEAR_ONE, "Normal", "Standard")
    assert stat.headers["x-oss-meta-colour"] == "red"
    assert stat.headers["x-oss-hash-crc64ecma"].isdigit()


def test_a_symlink_tells_where_it_points(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.put("there", b"hello", bucket=source.bucket)
    server.put("link", bucket=source.bucket, symlink_to="there")

    stat = Service(source, keys).stat("link")

    assert stat.info.type == "Symlink"
    assert stat.headers["x-oss-symlink-target"] == "there"


def test_temporary_credentials_work(server: demo.DemoServer, source: Source) -> None:
    server.put("k", b"x", bucket=source.bucket)
    server.set_credentials("temporary", "secret", "token")

    stat = Service(source, Credentials("temporary", "secret", "token")).stat("k")

    assert stat.info.size == 1


def test_an_object_that_does_not_exist_is_an_error_with_a_request_id(
    source: Source, keys: Credentials
) -> None:
    error = refusal(Service(source, keys).stat, "nothing\x1b")

    assert str(error).startswith("cannot look up 'nothing\\x1b': no such object (request ")
    assert error.code == "NoSuchKey"
    assert error.hint is not None
    assert error.hint.startswith("keys are case-sensitive")


@pytest.mark.parametrize("key", ["", ".", "..", "a\udc80"])
def test_keys_the_sdk_cannot_ask_for_are_refused(
    source: Source, keys: Credentials, key: str
) -> None:
    with pytest.raises(UsageError):
        Service(source, keys).stat(key)


def test_without_a_bucket_there_is_no_object(source: Source, keys: Credentials) -> None:
    with pytest.raises(UsageError, match="no bucket is chosen"):
        Service(replace(source, bucket=""), keys).stat("k")


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"bucket": "no-such-bucket"}, "no such bucket", "check the bucket's name"),
        ({"region": "cn-beijing"}, "the region is not the bucket's own", "give the bucket's own"),
        ({"anonymous": True}, "access denied: you have no right", "the bucket is not public"),
    ],
)
def test_every_mistake_has_its_sentence_and_its_hint(
    source: Source, keys: Credentials, changes: dict[str, Any], message: str, hint: str
) -> None:
    error = refusal(Service(replace(source, **changes), keys).stat, "k")

    assert str(error).startswith(f"cannot look up 'k': {message}")
    assert error.hint is not None
    assert error.hint.startswith(hint)


def test_wrong_keys_are_told_apart(source: Source, keys: Credentials) -> None:
    unknown = refusal(Service(source, Credentials("nobody", "x")).buckets)
    wrong = refusal(Service(source, Credentials(keys.access_key_id, "wrong")).buckets)

    assert str(unknown).startswith(
        "cannot list the buckets: the access key id is unknown or disabled"
    )
    assert str(wrong).startswith("cannot list the buckets: the access key secret is wrong")


def test_a_denied_user_hears_which_permission_is_needed(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.fault("status", key="k", status=403, code="AccessDenied", operation="object")

    error = refusal(Service(source, keys).stat, "k")

    assert error.hint == "the user needs oss:GetObject on this bucket"


def test_nothing_secret_is_in_an_error_or_its_traceback(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hush = Credentials("LTAIhushhushhushhush", "hush-secret", "hush-token")

    error = refusal(Service(source, hush).stat, "k")

    assert "hush" not in "".join(traceback.format_exception(error))
    assert "hush" not in caplog.text
    assert "hush" not in repr(vars(error))


def test_a_password_in_netrc_does_not_replace_the_signature(
    server: demo.DemoServer,
    source: Source,
    keys: Credentials,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.put("k", b"x", bucket=source.bucket)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))

    assert Service(source, keys).stat("k").info.size == 1


def test_a_proxy_that_does_not_answer_is_named_as_the_proxy(
    source: Source, keys: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port()
    monkeypatch.setenv("http_proxy", f"http://me:hush@127.0.0.1:{port}")

    error = refusal(Service(source, keys).stat, "k")

    variable = "HTTP_PROXY" if sys.platform == "win32" else "http_proxy"
    assert f"cannot connect to the proxy 127.0.0.1:{port} ({variable})" in str(error)
    assert "hush" not in "".join(traceback.format_exception(error))


def test_nobody_at_the_address_is_told_so(keys: Credentials) -> None:
    source = Source(f"http://127.0.0.1:{closed_port()}", "cn-hangzhou", "my-bucket")

    error = refusal(Service(source, keys).stat, "k")

    assert str(error).startswith("cannot look up 'k': failed to connect to 127.0.0.1:")
    assert error.hint is not None
    assert error.hint.startswith("check the network")


def test_silence_ends(server: demo.DemoServer, source: Source, keys: Credentials) -> None:
    server.put("k", b"x", bucket=source.bucket)
    server.fault("delay", key="k", seconds=5.0)

    error = refusal(Service(source, keys, timeouts=Timeouts(1.0, 0.2)).stat, "k")

    assert str(error).startswith("cannot look up 'k': operation too slow. ")


def test_an_address_the_sdk_does_not_take_is_told_so(keys: Credentials) -> None:
    service = Service(Source("http://[::1]:8080", "cn-hangzhou", "my-bucket"), keys)

    error = refusal(service.stat, "k")

    assert str(error).startswith("cannot look up 'k': the SDK says: The endpoint you has specified")


def test_many_buckets_are_listed_page_by_page(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    names = [f"many-{number}" for number in range(5)]
    for name in names:
        server.add_bucket(name)

    found = [item.name for item in Service(source, keys, page_size=2).buckets()]

    assert set(names) <= set(found)
    assert found == sorted(found)


def test_buckets_that_come_again_and_again_are_an_error(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.add_bucket("again-1")
    server.add_bucket("again-2")
    server.fault("ignore-parameter", operation="any", bucket="", parameter="marker")

    error = refusal(lambda _key: Service(source, keys, page_size=1).buckets(), "")

    assert str(error) == "cannot list the buckets: the answer cannot be understood"


def test_each_version_of_an_object_tells_of_itself(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.put("k", b"one", bucket=source.bucket, headers={"x-oss-version-id": "v1"})
    server.put("k", b"three", bucket=source.bucket, headers={"x-oss-version-id": "v2"})
    server.delete("k", bucket=source.bucket, marker="v3")
    service = Service(source, keys)

    assert service.stat("k", "v1").info.size == 3
    assert service.stat("k", "v2").headers["x-oss-version-id"] == "v2"
    assert "is a delete marker" in str(refusal(lambda _key: service.stat("k", "v3"), "k"))
    assert "no such version" in str(refusal(lambda _key: service.stat("k", "v9"), "k"))
    assert "the object was deleted, but its versions are kept" in str(refusal(service.stat, "k"))


def test_the_certificates_of_the_environment_are_used(
    keys: Credentials, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "mine.pem"
    bundle.write_text(certificates.AUTHORITY)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    with closing(Impostor(certificates.GOOD)) as server, pytest.raises(StoreError) as caught:
        Service(Source(server.endpoint, "cn-hangzhou", "my-bucket"), keys).stat("k")

    assert caught.value.cause == "not-oss"  # it answered
    assert server.received.startswith(b"HEAD /my-bucket/k HTTP/1.1\r\n")
