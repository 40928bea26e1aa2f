"""Each fault, seen from the other end of the wire."""

import socket
import sys
import time
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.demo.service.faults import make_fault
from tests.demo.bare import Bare, ask
from tests.waiting import wait_until

TEN = b"0123456789"


@pytest.fixture
def ten(server: DemoServer) -> DemoServer:
    """Serve an object "ten" of ten bytes."""
    server.put("ten", TEN)
    return server


def test_fault_strikes_as_often_as_asked_after_a_while(ten: DemoServer) -> None:
    ten.fault("status", key="t*", status=500, times=2, after=1)

    statuses = [ask(ten, "ten").status for _ in range(5)]

    assert statuses == [200, 500, 500, 200, 200]


def test_log_names_the_fault_that_struck(ten: DemoServer) -> None:
    ten.fault("status", status=500, times=1)
    ten.fault("slow", rate=1_000_000, times=1)

    for _ in range(3):
        ask(ten, "ten")

    made = [(one["fault"], one["status"]) for one in ten.requests("ten")]
    assert made == [("status", 500), ("slow", 200), ("", 200)]


def test_fault_may_count_each_key_apart(ten: DemoServer) -> None:
    ten.put("two", b"x")
    ten.fault("status", times=1, per_key=True)

    statuses = [ask(ten, key).status for key in ("ten", "ten", "two", "two")]

    assert statuses == [500, 200, 500, 200]


def test_fault_hits_only_its_keys_buckets_and_operations(ten: DemoServer) -> None:
    ten.fault("status", key="*.gz")
    ten.fault("status", bucket="other-*")
    ten.fault("status", operation="head")
    ten.fault("status", operation="list", status=403)

    with Bare(ten) as bare:
        assert bare.ask("GET", "ten").status == 200
        assert bare.ask("HEAD", "ten").status == 500
        assert bare.ask("GET", "").code == "AccessDenied"
        assert bare.ask("GET", "x.gz").status == 500


def test_first_fault_that_strikes_wins_and_all_can_be_cleared(ten: DemoServer) -> None:
    ten.fault("status", status=502, times=1)
    ten.fault("status", status=504)

    statuses = [ask(ten, "ten").status, ask(ten, "ten").status]
    ten.clear_faults()

    assert [*statuses, ask(ten, "ten").status] == [502, 504, 200]


def test_status_carries_code_hints_and_details(ten: DemoServer) -> None:
    ten.fault(
        "status", status=503, code="ServiceUnavailable", message="slow down", qos_delay_ms=250,
        retry_after=2, details={"Bucket": "b"}, headers={"x-more": "yes"},
    )  # fmt: skip

    reply = ask(ten, "ten")

    assert (reply.status, reply.code) == (503, "ServiceUnavailable")
    assert reply.headers.items() >= {
        "x-oss-qos-delay-time": "250", "retry-after": "2", "x-more": "yes",
    }.items()  # fmt: skip
    assert b"<Bucket>b</Bucket>" in reply.body
    assert b"<Message>slow down</Message>" in reply.body


def test_reset_answers_nothing(ten: DemoServer) -> None:
    ten.fault("reset")

    with pytest.raises(ConnectionError) as caught:
        ask(ten, "ten")

    assert type(caught.value) is ConnectionResetError  # a connection that ends is another kind


def test_delay_comes_before_the_first_byte(ten: DemoServer) -> None:
    ten.fault("delay", seconds=0.2)
    began = time.monotonic()

    assert ask(ten, "ten").body == TEN
    assert time.monotonic() - began >= 0.19


def test_what_is_held_is_answered_when_the_faults_are_cleared(ten: DemoServer) -> None:
    ten.fault("hold", key="ten")

    with Bare(ten) as bare:
        bare.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            bare.ask("GET", "ten")
        assert [one["key"] for one in ten.requests()] == ["ten"]
        ten.clear_faults()
        bare.socket.settimeout(60.0)

        assert bare.socket.recv(20) == b"HTTP/1.1 200 OK\r\nCon"


def test_a_fault_may_take_the_place_of_all_others(ten: DemoServer) -> None:
    ten.fault("hold")
    ten.fault("status", status=500)

    with Bare(ten) as bare:
        bare.send(b"GET /%b/ten HTTP/1.1\r\nHost: localhost\r\n\r\n" % ten.bucket.encode())
        wait_until(lambda: ten.requests("ten"))
        ten.fault("status", status=403, instead=True)

        assert bare.reply().body == TEN
    assert ask(ten, "ten").status == 403


def test_close_ends_the_connection_after_the_answer(ten: DemoServer) -> None:
    ten.fault("close")

    with Bare(ten) as bare:
        assert bare.ask("GET", "ten").headers["connection"] == "close"
        assert bare.is_closed()


_ABRUPTLY = pytest.param(
    True,
    marks=pytest.mark.skipif(
        sys.platform == "win32", reason="Windows drops what a break overtakes"
    ),
)


@pytest.mark.parametrize("abrupt", [False, _ABRUPTLY])
def test_cut_ends_after_some_bytes(ten: DemoServer, abrupt: bool) -> None:  # noqa: FBT001 - a parameter
    ten.fault("cut", bytes=4, abrupt=abrupt)

    with Bare(ten) as bare:
        reply = bare.ask("GET", "ten")

        assert reply.headers["content-length"] == "10"
        assert reply.body == b"0123" or (abrupt and b"0123".startswith(reply.body))
        assert not reply.complete
        assert bare.is_closed()


def test_cut_of_a_large_object_counts_bytes_of_the_part(ten: DemoServer) -> None:
    ten.put("large", size=3_000_000)
    ten.fault("cut", bytes=1_000_001)

    with Bare(ten) as bare:
        reply = bare.ask("GET", "large", Range="bytes=1000000-")

    assert reply.body == ten.body("large")[1_000_000:2_000_001]


def test_short_body_lacks_its_end(ten: DemoServer) -> None:
    ten.fault("short", missing=3)

    reply = ask(ten, "ten")

    assert (reply.body, reply.complete) == (b"0123456", False)


def test_stall_is_silence(ten: DemoServer) -> None:
    ten.fault("stall", bytes=4)

    with Bare(ten) as bare:
        bare.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            bare.ask("GET", "ten")


def test_stall_may_end_with_the_connection(ten: DemoServer) -> None:
    ten.fault("stall", bytes=4, seconds=0.1)

    assert ask(ten, "ten").body == b"0123"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_stall_ends_as_the_client_leaves(ten: DemoServer) -> None:
    ten.offline()  # so that no connection of an earlier test is about to end
    ten.online()
    files = Path(f"/proc/{ten.process.pid}/fd")
    before = len([*files.iterdir()])
    ten.fault("stall", bytes=4)

    for _ in range(10):
        with Bare(ten) as bare:
            bare.send(f"GET /{ten.bucket}/ten HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            received = b""
            while not received.endswith(b"\r\n\r\n0123"):
                received += bare.socket.recv(65536)

    wait_until(lambda: len([*files.iterdir()]) <= before)


def test_slow_body_comes_at_its_rate(ten: DemoServer) -> None:
    ten.put("x", size=2000)
    ten.fault("slow", key="x", rate=10_000)
    began = time.monotonic()

    reply = ask(ten, "x")

    assert reply.body == ten.body("x")
    assert time.monotonic() - began > 0.15


def test_a_slow_body_goes_on_quickly_once_the_faults_are_cleared(ten: DemoServer) -> None:
    ten.put("x", size=60_000)
    ten.fault("slow", key="x", rate=100)  # it would take ten minutes

    received = bytearray()

    with Bare(ten) as bare:
        bare.send(b"GET /%b/x HTTP/1.1\r\nHost: localhost\r\n\r\n" % ten.bucket.encode())

        def has_come(data: bytes) -> bool:
            received.extend(bare.socket.recv(65536))
            return data in received

        wait_until(lambda: has_come(ten.body("x")[:10]))
        ten.clear_faults()
        wait_until(lambda: has_come(ten.body("x")))


def test_long_body_is_longer_than_the_object(ten: DemoServer) -> None:
    ten.fault("long", extra=2)

    reply = ask(ten, "ten")

    assert (reply.body, reply.headers["content-length"]) == (TEN + b"??", "12")


def test_corrupt_body_has_the_right_checksum_and_a_wrong_byte(ten: DemoServer) -> None:
    good = ask(ten, "ten")
    ten.fault("corrupt", offset=3, times=3)
    ten.fault("corrupt")

    assert ask(ten, "ten").body == b"0122456789"
    assert ask(ten, "ten", Range="bytes=2-4").body == b"224"
    assert ask(ten, "ten", Range="bytes=4-9").body == b"456789"
    reply = ask(ten, "ten")
    assert sum(a != b for a, b in zip(reply.body, TEN, strict=True)) == 1
    assert reply.headers["x-oss-hash-crc64ecma"] == good.headers["x-oss-hash-crc64ecma"]


def test_checksum_may_be_wrong_or_missing(ten: DemoServer) -> None:
    name = "x-oss-hash-crc64ecma"
    good = ask(ten, "ten").headers[name]
    ten.fault("bad-crc", times=1)
    ten.fault("no-crc", times=1)

    wrong, missing = ask(ten, "ten"), ask(ten, "ten")

    assert wrong.headers[name] != good
    assert name not in missing.headers
    assert wrong.body == missing.body == TEN


def test_changed_object_has_other_bytes_and_fails_the_condition(ten: DemoServer) -> None:
    etag = ask(ten, "ten").headers["etag"]
    ten.fault("changed-etag", key="ten", after=1)

    assert ask(ten, "ten", If_Match=etag).body == TEN
    assert ask(ten, "ten", If_Match=etag).code == "PreconditionFailed"
    now = ask(ten, "ten")
    assert now.headers["etag"] != etag
    assert now.body == ten.body("ten") != TEN
    assert len(now.body) == 10


def test_changed_object_may_change_its_size(ten: DemoServer) -> None:
    ten.fault("changed-etag", size=3)

    assert len(ask(ten, "ten").body) == 3


def test_gone_object_is_deleted(ten: DemoServer) -> None:
    ten.fault("gone", after=1)

    assert ask(ten, "ten").status == 200
    assert ask(ten, "ten").code == "NoSuchKey"
    assert b"<Key>ten" not in ask(ten).body


def test_range_may_be_ignored(ten: DemoServer) -> None:
    ten.fault("ignore-range")

    with Bare(ten) as bare:
        reply = bare.ask("GET", "ten", Range="bytes=5-6")

    assert (reply.status, reply.body) == (200, TEN)


def test_chunked_body_has_no_length(ten: DemoServer) -> None:
    ten.put("large", size=1_000_000)
    ten.put("empty", b"")
    ten.fault("chunked")

    with Bare(ten) as bare:
        for key in ("ten", "large", "empty"):
            reply = bare.ask("GET", key)
            assert "content-length" not in reply.headers
            assert reply.body == ten.body(key)


@pytest.mark.parametrize("status", [200, 403])
def test_portal_speaks_html_and_is_no_oss(ten: DemoServer, status: int) -> None:
    ten.fault("portal", operation="any", status=status)

    for reply in (ask(ten, "ten"), ask(ten)):
        assert reply.status == status
        assert reply.body.startswith(b"<html>")
        assert "x-oss-request-id" not in reply.headers


def test_token_may_expire_and_is_echoed(ten: DemoServer) -> None:
    ten.fault("expired-token")

    reply = ask(ten, "ten", x_oss_security_token="secret-token")

    assert (reply.status, reply.code) == (403, "SecurityTokenExpired")
    assert b"<SecurityToken>secret-token</SecurityToken>" in reply.body


def test_skew_names_a_time_ahead(ten: DemoServer) -> None:
    ten.fault("skew", minutes=47)

    reply = ask(ten, "ten")

    assert reply.code == "RequestTimeTooSkewed"
    assert b"<MaxAllowedSkewMilliseconds>900000<" in reply.body
    assert b"<ServerTime>" in reply.body


def test_throttle_refuses_what_comes_too_fast(ten: DemoServer) -> None:
    ten.fault("throttle", rate=1.0, qos_delay_ms=100)

    with Bare(ten) as bare:
        replies = [bare.ask("GET", "ten") for _ in range(5)]

    assert replies[0].status == 200
    assert {reply.status for reply in replies[1:]} == {503}
    assert replies[1].code == "DownloadTrafficRateLimitExceeded"
    assert replies[1].headers["x-oss-qos-delay-time"] == "100"


def test_page_may_be_short_and_out_of_order(ten: DemoServer) -> None:
    for key in "abc":
        ten.put(key, b"")
    ten.fault("short-page", keys=2, times=1)
    ten.fault("disorder", times=1)

    short, disordered = ask(ten, "", "list-type=2").body, ask(ten, "", "list-type=2").body

    assert short.count(b"<Key>") == 2
    assert b"<IsTruncated>true<" in short
    keys = [part.partition(b"<")[0] for part in disordered.split(b"<Key>")[1:]]
    assert keys == [b"b", b"a", b"c", b"ten", b"a"]


def test_page_may_lack_keys_that_it_counts(ten: DemoServer) -> None:
    for key in "abc":
        ten.put(key, b"")
    ten.fault("omit", keys=2)

    body = ask(ten, "", "list-type=2").body

    assert body.count(b"<Key>") == 2
    assert b"<KeyCount>4<" in body


@pytest.mark.parametrize("kind", ["cut", "slow", "chunked", "long", "delay", "close", "bad-crc"])
def test_empty_object_survives_faults_of_bodies(ten: DemoServer, kind: str) -> None:
    ten.put("empty", b"")
    ten.fault(kind, **({"seconds": 0.01} if kind == "delay" else {}))

    assert ask(ten, "empty").status == 200


@pytest.mark.parametrize(
    ("kind", "options"),
    [("earthquake", {}), ("cut", {"after_bytes": 3}), ("status", {"operation": "put"})],
)
def test_impossible_fault_is_refused(kind: str, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no|has"):
        make_fault(kind, **options)


def test_what_is_appended_to_grows_before_every_answer(ten: DemoServer) -> None:
    ten.put("ten", b"0123456789", type="Appendable")
    ten.fault("append", bytes=2)

    first, second = ask(ten, "ten"), ask(ten, "ten")

    assert (first.body, second.body) == (b"0123456789++", b"0123456789++++")
    assert first.headers["etag"] != second.headers["etag"]
    assert first.headers["x-oss-object-type"] == "Appendable"


@pytest.mark.parametrize(
    ("kind", "begins", "again"),
    [
        ("interim", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 99),
        ("flood", b"HTTP/1.1 200 OK\r\n", b"?" * 99_999),
    ],
)
def test_what_has_no_end_goes_on_until_the_client_leaves(
    ten: DemoServer, kind: str, begins: bytes, again: bytes
) -> None:
    ten.fault(kind)

    with socket.create_connection(("127.0.0.1", ten.port)) as sock:
        sock.sendall(f"GET /{ten.bucket}/ten HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        data = b""
        while len(data) < 4_000_000:
            data += sock.recv(65536)

    assert data.startswith(begins)
    assert data.count(again) > 1
    ten.clear_faults()
    assert ask(ten, "ten").body == TEN


def test_a_nested_listing_is_as_long_as_it_is_asked_to_be(ten: DemoServer) -> None:
    ten.fault("nested", bytes=3000)

    body = ask(ten, "", "list-type=2").body

    assert body.count(b"<a>") == 1000
