"""The server over a bare socket: what client libraries cannot say."""

import base64
import re
import socket
from collections.abc import Callable
from urllib.parse import quote

import pytest

from ossh.demo import DemoServer
from tests.demo.bare import Bare, Reply, ask


def test_get_carries_the_headers_of_an_object(server: DemoServer) -> None:
    etag = server.put("a/b.txt", b"hello", last_modified=1_600_000_000, meta={"who": "me"})["etag"]

    reply = ask(server, "a/b.txt")

    assert (reply.status, reply.body) == (200, b"hello")
    expected = {
        "content-length": "5",
        "content-type": "text/plain",
        "accept-ranges": "bytes",
        "etag": '"5D41402ABC4B2A76B9719D911017C592"',
        "content-md5": "XUFAKrxLKna5cZ2REBfFkg==",
        "last-modified": "Sun, 13 Sep 2020 12:26:40 GMT",
        "x-oss-object-type": "Normal",
        "x-oss-storage-class": "Standard",
        "x-oss-hash-crc64ecma": "11177612005948864433",
        "x-oss-meta-who": "me",
        "server": "AliyunOSS",
    }
    assert reply.headers.items() >= expected.items()
    assert re.fullmatch("[0-9A-F]{24}", reply.headers["x-oss-request-id"])
    assert etag == "5D41402ABC4B2A76B9719D911017C592"


def test_head_announces_the_body_and_sends_none(server: DemoServer) -> None:
    server.put("large", size=3_000_000)

    with Bare(server) as bare:
        first, second = bare.ask("HEAD", "large"), bare.ask("HEAD", "large", Range="bytes=5-9")

    assert (first.status, first.headers["content-length"]) == (200, "3000000")
    assert (second.status, second.headers["content-range"]) == (206, "bytes 5-9/3000000")


@pytest.mark.parametrize(
    "key",
    ["a/../b", "..", ".", "..x", "a b+c", "a//b", "/lead", "\\lead", "tab\there", "\x01", "x\ny",
     "\U0001f680", "100%", "a?b#c", "caf\u00e9", "x" * 1023, "-demo/put"],
)  # fmt: skip
def test_any_key_can_be_put_and_read(server: DemoServer, key: str) -> None:
    server.put(key, key.encode())

    assert ask(server, key).body == key.encode()
    assert server.requests()[0]["key"] == key


@pytest.mark.parametrize(
    ("sent", "standard", "status", "part"),
    [
        ("bytes=0-4", False, 206, b"01234"),
        ("bytes=5-10", False, 200, b"0123456789"),
        ("bytes=5-10", True, 206, b"56789"),
    ],
)
def test_range_follows_the_behaviour_asked_for(
    server: DemoServer,
    sent: str,
    standard: bool,  # noqa: FBT001 - a parameter
    status: int,
    part: bytes,
) -> None:
    server.put("ten", b"0123456789")
    behaviour = {"x-oss-range-behavior": "standard"} if standard else {}

    with Bare(server) as bare:
        reply = bare.ask("GET", "ten", "", {"Range": sent, **behaviour})

    assert (reply.status, reply.body) == (status, part)
    start = b"0123456789".index(part)
    shown = f"bytes {start}-{start + len(part) - 1}/10" if status == 206 else None
    assert reply.headers.get("content-range") == shown
    assert (
        reply.headers["x-oss-hash-crc64ecma"] == ask(server, "ten").headers["x-oss-hash-crc64ecma"]
    )


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ('"5D41402ABC4B2A76B9719D911017C592"', 200),
        ("5D41402ABC4B2A76B9719D911017C592", 200),
        ('"0"', 412),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_condition_decides(server: DemoServer, method: str, value: str, status: int) -> None:
    server.put("a", b"hello", last_modified=1_600_000_000)

    with Bare(server) as bare:
        reply = bare.ask(method, "a", "", {"If-Match": value})
        again = bare.ask("GET", "a")

    assert reply.status == status
    assert again.body == b"hello"  # the connection is in step
    if status == 412 and method == "GET":
        assert b"<Condition>If-Match</Condition>" in reply.body


def test_error_of_head_stands_in_a_header(server: DemoServer) -> None:
    with Bare(server) as bare:
        reply = bare.ask("HEAD", "missing")

    xml = base64.b64decode(reply.headers["x-oss-err"])
    assert reply.status == 404
    assert b"<Code>NoSuchKey</Code>" in xml
    assert b"<Key>missing</Key>" in xml
    assert reply.headers["x-oss-ec"] == "0001-00000000"


def test_error_body_has_all_elements(server: DemoServer) -> None:
    reply = ask(server, "a<&>b")

    assert (reply.status, reply.code) == (404, "NoSuchKey")
    assert b"<Key>a&lt;&amp;&gt;b</Key>" in reply.body
    for element in ("Message", "HostId", "EC", "RecommendDoc"):
        assert f"<{element}>".encode() in reply.body
    assert f"<RequestId>{reply.headers['x-oss-request-id']}</RequestId>".encode() in reply.body


def test_symlink_shows_its_target_under_its_own_name(server: DemoServer) -> None:
    etag = server.put("real.txt", b"hello", last_modified=1_600_000_000)["etag"]
    server.put("link.bin", symlink_to="real.txt", last_modified=1_500_000_000)

    reply, link = ask(server, "link.bin"), ask(server, "link.bin", "symlink")

    assert (reply.status, reply.body) == (200, b"hello")
    assert reply.headers["etag"] == f'"{etag}"'
    assert reply.headers["x-oss-object-type"] == "Symlink"
    assert reply.headers["last-modified"] == "Sun, 13 Sep 2020 12:26:40 GMT"
    assert reply.headers["content-type"] == "application/octet-stream"
    assert link.headers["x-oss-symlink-target"] == "real.txt"
    assert ask(server, "real.txt", "symlink").code == "NotSymlink"


def test_symlink_to_nothing_or_to_a_symlink_is_refused(server: DemoServer) -> None:
    server.put("dangling", symlink_to="nowhere")
    server.put("twice", symlink_to="dangling")

    assert ask(server, "dangling").code == "NoSuchKey"
    assert ask(server, "twice").code == "InvalidTargetType"


def test_old_object_has_no_checksum_and_multipart_no_md5(server: DemoServer) -> None:
    server.put("old", b"x", crc=False)
    server.put("parts", b"x", type="Multipart")

    assert "x-oss-hash-crc64ecma" not in ask(server, "old").headers
    parts = ask(server, "parts").headers
    assert "content-md5" not in parts
    assert re.fullmatch('"[0-9A-F]{32}-1"', parts["etag"])


def test_content_encoding_is_told_and_bytes_are_left_alone(server: DemoServer) -> None:
    server.put("page", b"not really gzip", content_encoding="gzip", content_type="text/html")

    reply = ask(server, "page")

    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["content-type"] == "text/html"
    assert reply.body == b"not really gzip"


def test_only_the_null_version_exists(server: DemoServer) -> None:
    server.put("a", b"x")

    assert ask(server, "a", "versionId=null").body == b"x"
    assert ask(server, "a", "versionId=abc").code == "NoSuchVersion"


def test_a_delete_marker_hides_an_object_whose_versions_stay(server: DemoServer) -> None:
    server.put("a", b"1", headers={"x-oss-version-id": "v1"})
    server.delete("a", marker="v2")

    hidden, marker = ask(server, "a"), ask(server, "a", "versionId=v2")

    assert (hidden.status, hidden.code) == (404, "NoSuchKey")
    assert (marker.status, marker.code) == (405, "MethodNotAllowed")
    for answer in (hidden, marker):
        assert answer.headers["x-oss-delete-marker"] == "true"
        assert answer.headers["x-oss-version-id"] == "v2"
    assert ask(server, "a", "versionId=v1").body == b"1"
    server.put("a", b"3", headers={"x-oss-version-id": "v3"})
    assert ask(server, "a").body == b"3"


def test_pipelined_requests_are_answered_in_order(server: DemoServer) -> None:
    server.put("small", b"small")
    server.put("large", size=300_000)
    keys = ["large", "small", "missing", "small", "large"]

    with Bare(server) as bare:
        bare.send(
            b"".join(f"GET /{server.bucket}/{key} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
                     for key in keys)
        )  # fmt: skip
        replies = [bare.reply() for _ in keys]

    assert [reply.status for reply in replies] == [200, 200, 404, 200, 200]
    assert [len(reply.body) for reply in replies[:2]] == [300_000, 5]


def test_request_in_drops_is_understood(server: DemoServer) -> None:
    server.put("a", b"x")

    with Bare(server) as bare:
        bare.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in f"GET /{server.bucket}/a HTTP/1.1\r\nHost: localhost\r\n\r\n".encode():
            bare.send(bytes([byte]))

        assert bare.reply().body == b"x"


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"GET / HTTP/3\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"x" * 70000,
    ],
)
def test_malformed_request_is_told_and_ends_the_connection(server: DemoServer, sent: bytes) -> None:
    with Bare(server) as bare:
        bare.send(sent)
        reply = bare.reply()

        assert (reply.status, reply.code) == (400, "BadRequest")
        assert bare.is_closed()


def test_connection_ends_when_the_client_wants_it(server: DemoServer) -> None:
    server.put("a", b"x")

    for lines in ("HTTP/1.1\r\nHost: localhost\r\nConnection: close", "HTTP/1.0"):
        with Bare(server) as bare:
            bare.send(f"GET /{server.bucket}/a {lines}\r\n\r\n".encode())
            reply = bare.reply()

            assert (reply.body, reply.headers["connection"]) == (b"x", "close")
            assert bare.is_closed()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "PATCH"])
def test_writing_is_refused_and_its_body_is_read(server: DemoServer, method: str) -> None:
    server.put("a", b"x")
    sent = b"Content-Length: 3\r\n\r\nabc"

    with Bare(server) as bare:
        bare.send(f"{method} /{server.bucket}/a HTTP/1.1\r\nHost: localhost\r\n".encode() + sent)
        reply = bare.reply()

        assert reply.status in {403, 405}
        assert bare.ask("GET", "a").body == b"x"


def over_host(server: DemoServer, host: str, path: str) -> Reply:
    """Ask under another host name."""
    with Bare(server) as bare:
        bare.send(f"GET {path} HTTP/1.1\r\nHost: {host}:{server.port}\r\n\r\n".encode())
        return bare.reply()


def test_bucket_may_stand_in_the_host(server: DemoServer) -> None:
    server.put("dir/a", b"x")
    server.add_domain("files.example.com")
    official = "oss-cn-hangzhou.aliyuncs.com"

    for host in (f"{server.bucket}.localhost", f"{server.bucket}.{official}", "files.example.com"):
        assert over_host(server, host, "/dir/a").body == b"x"
        assert b"<Key>dir/a</Key>" in over_host(server, host, "/?list-type=2").body
    assert (
        over_host(server, official, f"/{server.bucket}/dir/a").code == "SecondLevelDomainForbidden"
    )
    assert over_host(server, official, "/").code == "AccessDenied"
    assert over_host(server, "other-bucket.localhost", "/dir/a").code == "NoSuchBucket"
    assert over_host(server, "localhost", "/NotABucket/a").code == "InvalidBucketName"


@pytest.mark.parametrize("path", ["%FF", "x" * 1024, "%ED%A0%80"])
def test_impossible_key_is_refused(server: DemoServer, path: str) -> None:
    assert over_host(server, f"{server.bucket}.localhost", f"/{path}").code == "InvalidObjectName"


def test_missing_key_with_a_leading_slash_is_no_key(server: DemoServer) -> None:
    assert ask(server, "/x").code == "InvalidObjectName"


def test_bucket_elsewhere_names_its_endpoint(server: DemoServer) -> None:
    server.add_bucket("far-bucket", elsewhere="oss-cn-beijing.aliyuncs.com")

    reply = over_host(server, "localhost", "/far-bucket/a")

    assert (reply.status, reply.code) == (403, "AccessDenied")
    assert b"<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>" in reply.body


def test_unsupported_question_is_not_implemented(server: DemoServer) -> None:
    server.put("a", b"x")

    assert ask(server, "a", "tagging").status == 501
    assert ask(server, "", "lifecycle").status == 501


def test_put_and_delete_keep_the_order(server: DemoServer) -> None:
    for key in ("b", "a", "c", "a", "0"):
        server.put(key, b"x")
    server.delete("b")
    server.delete("never there")

    keys = re.findall(rb"<Key>(.*?)</Key>", ask(server, "", "list-type=2").body)

    assert keys == [b"0", b"a", b"c"]


def test_requests_are_logged_and_counted(server: DemoServer) -> None:
    server.put("a b", b"hello")
    with Bare(server) as bare:
        bare.ask("GET", "a b", "", {"Range": "bytes=0-1", "If-Match": "x"})
        bare.ask("HEAD", "a b")
        bare.ask("GET", "", "prefix=a")

    first, second, third = server.requests()
    assert first.items() >= {
        "method": "GET", "bucket": server.bucket, "key": "a b", "range": "bytes=0-1",
        "if_match": "x", "status": 412, "query": {},
    }.items()  # fmt: skip
    assert (second["method"], second["status"]) == ("HEAD", 200)
    assert (third["key"], third["query"]) == ("", {"prefix": "a"})
    assert server.counts() == {"a b": 2, "": 1}
    assert server.counts("HEAD") == {"a b": 1}
    assert len(server.requests("a*")) == 2
    server.clear_requests()
    assert server.requests() == []


@pytest.mark.parametrize(
    "leave",
    [
        lambda bare: bare.send(b"GET /half"),
        lambda bare: bare.send(
            f"GET /{bare.server.bucket}/big HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        ),
        lambda bare: bare.ask("GET", "slow"),
    ],
)
def test_client_that_leaves_is_no_event(
    server: DemoServer, capfd: pytest.CaptureFixture[str], leave: Callable[[Bare], object]
) -> None:
    server.put("big", size=50_000_000)
    server.put("slow", b"x")

    for _ in range(3):
        bare = Bare(server)
        leave(bare)
        bare.socket.close()
    server.put("after", b"x")
    assert ask(server, "after").body == b"x"
    server.stop()

    assert capfd.readouterr().err == ""


def test_keys_are_quoted_when_asked(server: DemoServer) -> None:
    server.put("a b/\x01", b"x")

    xml = ask(server, "", "list-type=2&encoding-type=url&delimiter=%2F&prefix=a%20b%2F").body

    assert f"<Key>{quote('a b/', safe='')}%01</Key>".encode() in xml
    assert b"<Delimiter>%2F</Delimiter>" in xml
    assert b"<EncodingType>url</EncodingType>" in xml
    assert b"<Owner>" not in xml
    assert b"<Owner>" in ask(server, "", "list-type=2&fetch-owner=true&encoding-type=url").body
