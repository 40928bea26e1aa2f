"""Answers that are not the service's own, or not what was asked for: nothing of them is kept."""

import re
import ssl
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from ossh.demo import certificates
from ossh.demo.impostor import server_context
from ossh.model import Cause
from ossh.network import Http, Pool
from tests.integration.middleman import Intrusion, answer, behind_tls, middleman
from tests.integration.rig import Place, tree
from tests.unit.network.collector import Collector
from tests.unit.network.peer import Peer, Wire

PART = 512 * 1024
SIZES = [1000, 400_000, 3 * PART]  # one request of many, one of a thread's own, parts
ID = "x-oss-request-id: 5C3D"


def for_object(reply: Callable[[str], bytes]) -> Intrusion:
    """Return what answers GETs of a.bin; `reply` is given the Range that is asked for."""

    def intrude(head: bytes) -> bytes | None:
        if b"/a.bin" not in head.partition(b"\r\n")[0]:
            return None
        found = re.search(rb"(?i)\r\nrange: *bytes=([0-9-]+)", head)
        return reply(found[1].decode() if found else "")

    return intrude


@pytest.mark.fault("F19")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "status",
    ["200 OK", "206 Partial Content", "203 Non-Authoritative Information", "403 Forbidden"],
)
def test_page_of_just_the_right_length_is_no_object(place: Place, status: str, size: int) -> None:
    for key in ("a.bin", "b.bin"):
        place.server.put(key, size=size)
    page = b"<html>".ljust(size, b"-")

    def login(wanted: str) -> bytes:
        span = f"Content-Range: bytes {wanted or f'0-{size - 1}'}/{size}"
        return answer(status, page, "Content-Type: text/html", span)

    with middleman(place.server, for_object(login)) as between:
        summary = place.get(place.job(endpoint=between.url, part_size=PART, max_attempts=1))

    assert (summary.status, summary.ended) == (1, "failed")
    assert [cause for cause, _, _ in summary.by_cause] == ["blocked"]
    assert place.entry("a.bin").attempts == 1
    assert "a.bin" not in tree(place.target)
    assert not any(b"<html>" in path.read_bytes() for path in place.target.glob(".ossh/*/*"))
    assert place.get(place.job(part_size=PART)).status == 0
    place.expect("a.bin", "b.bin")


@pytest.mark.fault("F20")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_redirection_is_told_and_not_followed(place: Place, status: str, size: int) -> None:
    place.server.put("a.bin", size=size)

    with Peer([lambda wire: wire.serve(b"elsewhere", ID)]) as elsewhere:
        there = f"Location: {elsewhere.url}/a.bin"
        with middleman(place.server, for_object(lambda _: answer(status, b"", there))) as between:
            summary = place.get(place.job(endpoint=between.url, part_size=PART, max_attempts=1))

    assert elsewhere.requests == []
    assert (summary.status, summary.ended) == (1, "failed")
    failure = place.failure("a.bin")
    assert failure.cause is Cause.BLOCKED
    assert f"redirects to '{elsewhere.url}/a.bin'" in failure.message
    assert tree(place.target) == {}


@pytest.mark.fault("F20")
def test_endpoint_that_speaks_no_tls_is_an_error_and_is_told_nothing(place: Place) -> None:
    heard: list[bytes] = []

    with Peer([lambda wire: heard.append(wire.peek())]) as plain:
        summary = place.get(place.job(endpoint=plain.url.replace("http:", "https:")))

    assert (summary.status, summary.ended) == (3, "error")
    assert "SSL_CERT_FILE" in summary.hint
    assert heard
    assert not any(b"HTTP/" in data or b"uthorization" in data for data in heard)


def span(body: bytes, first: int, stop: int) -> bytes:
    """Return a part of an object, whichever was asked for."""
    header = f"Content-Range: bytes {first}-{stop - 1}/{len(body)}"
    return answer("206 Partial Content", body[first:stop], ID, header)


def unending(body: bytes) -> bytes:
    """Return an answer without a length, which ends with its connection."""
    return f"HTTP/1.1 200 OK\r\n{ID}\r\nConnection: close\r\n\r\n".encode() + body


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "a part from the middle": lambda body: span(body, 10, 20),
    "all but the first byte": lambda body: span(body, 1, len(body)),
    "no length, and short": lambda body: unending(body[:-1]),
    "no length, and long": lambda body: unending(body + b"!"),
    "nothing": lambda _: answer("204 No Content", b"", ID),
    "no HTTP": lambda _: b"SSH-2.0-OpenSSH_9.6\r\n",
}


@pytest.mark.fault("F12")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_answer_of_another_kind_fails_its_object_alone(place: Place, kind: str, size: int) -> None:
    place.server.put(
        "a.bin", size=size, type="Multipart", crc=False
    )  # nothing but the length proves it
    place.server.put("b.bin", size=size)
    reply, body = KINDS[kind], place.server.body("a.bin")

    with middleman(place.server, for_object(lambda _: reply(body))) as between:
        summary = place.get(place.job(endpoint=between.url, part_size=PART))

    assert summary.status == 1
    failure = place.failure("a.bin")
    assert failure.cause in {Cause.CORRUPT, Cause.SHORT_BODY, Cause.SERVER, Cause.RESET}
    assert list(tree(place.target)) == ["b.bin"]
    assert place.get(place.job(part_size=PART), keep=frozenset()).status == 0
    place.expect("a.bin", "b.bin")


@pytest.mark.fault("F15")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("change", [0, 1, -1])
def test_version_that_comes_although_another_was_asked_for_is_seen(
    place: Place, size: int, change: int
) -> None:
    place.server.put("a.bin", size=size, crc=False, type="Multipart")
    after = 1 if size > 2 * PART else 0
    place.server.fault("changed-etag", key="a.bin", size=size + change, after=after)

    with middleman(place.server, lambda _: None, without=b"if-match") as between:
        job = place.job(endpoint=between.url, part_size=PART, connections=1)
        summary = place.get(job)

    assert (summary.status, summary.replaced) == (0, 1)
    assert place.entry("a.bin").size == size + change
    place.expect("a.bin")


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the environment name a bundle that vouches for `certificates.GOOD`."""
    path = tmp_path / "authorities.pem"
    path.write_text(certificates.AUTHORITY.read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.mark.usefixtures("bundle")
def test_bodies_of_every_size_arrive_over_tls(place: Place) -> None:
    sizes = (0, 1, 16 * 1024, 100_000, 256 * 1024, 400_000, PART, 5 * PART + 7)
    keys = [f"{size}-{number}.bin" for size in sizes for number in range(5)]
    for key in keys:
        place.server.put(key, size=int(key.partition("-")[0]))

    with behind_tls(place.server, server_context(certificates.GOOD)) as endpoint:
        summary = place.get(place.job(endpoint=endpoint, part_size=PART))

    assert summary.status == 0
    place.expect(*keys)


@pytest.mark.fault("F19")
@pytest.mark.usefixtures("bundle")
def test_bytes_nobody_asked_for_are_no_answer_to_the_next_request_over_tls_either() -> None:
    body = b"x" * 400_000
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + body
    stray = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    def serve(wire: Wire) -> None:
        while wire.request():
            wire.send(whole + stray)

    with (
        Peer([serve]) as peer,
        behind_tls(peer, server_context(certificates.GOOD)) as endpoint,
        closing(Pool(Http())) as pool,
    ):
        for _ in range(5):
            sink = Collector()
            pool.start(f"{endpoint}/a.bin", [], "", limit=len(body), sink=sink)
            while not (answers := pool.poll(0.1)):
                pass
            assert [answer.failure for answer in answers] == [None]
            assert (sink.status, bytes(sink.data)) == (200, body)


@pytest.mark.fault("F20")
@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize("name", ["SELF_SIGNED", "OTHER_NAME", "EXPIRED"])
def test_certificate_that_proves_nothing_ends_the_run_before_any_request(
    place: Place, name: str
) -> None:
    place.server.put("a.bin", size=10)
    context = server_context(getattr(certificates, name))

    with behind_tls(place.server, context) as endpoint:
        summary = place.get(place.job(endpoint=endpoint))

    assert (summary.status, summary.ended) == (3, "error")
    assert "SSL_CERT_FILE" in summary.hint
    assert place.server.requests() == []


@pytest.mark.fault("F20")
@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize("size", SIZES)
def test_certificate_that_turns_bad_during_a_run_lets_no_byte_through(
    place: Place, size: int
) -> None:
    place.server.fill("{:03d}.bin", 40, size)
    place.server.fault("close")  # so that each request needs a connection of its own
    context, other = server_context(certificates.GOOD), server_context(certificates.SELF_SIGNED)
    numbers = count()

    def choose(connection: ssl.SSLObject, _name: str, _context: ssl.SSLContext) -> None:
        if next(numbers) >= 20:
            connection.context = other

    context.sni_callback = choose  # called for each connection

    with behind_tls(place.server, context) as endpoint:
        summary = place.get(place.job(endpoint=endpoint, part_size=PART, connections=2))

    assert summary.status == 1
    assert {cause for cause, *_ in summary.by_cause} == {"tls"}
    assert "SSL_CERT_FILE" in summary.by_cause[0][2]
    found = tree(place.target)
    assert found
    assert all(body == place.server.body(key) for key, body in found.items())
