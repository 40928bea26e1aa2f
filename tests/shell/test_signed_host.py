"""The host is part of a signature: what is caught on its way is good nowhere else."""

import re
import socket
from collections.abc import Iterator

import pytest

from ossh.demo import DemoServer
from ossh.job import load
from ossh.session.jobs.vouching import vouched
from tests.integration.middleman import last_on_its_connection, middleman
from tests.shell.conftest import Driver
from tests.unit.network.peer import Peer

COMMANDS = ["ls", "stat a.txt", "cat a.txt", "buckets", "get --to out"]


@pytest.fixture
def server(server: DemoServer) -> DemoServer:
    server.put("a.txt", b"one")
    return server


@pytest.fixture
def gateway(server: DemoServer) -> Iterator[Peer]:
    """Give a way to the service that writes the service's own host into every request."""
    host = f"127.0.0.1:{server.port}".encode()
    with middleman(server, lambda _head: None, host=host) as peer:
        yield peer


@pytest.mark.parametrize("line", COMMANDS)
def test_behind_a_gateway_that_rewrites_the_host_a_hint_says_what_to_do(
    fresh: Driver, gateway: Peer, line: str
) -> None:
    fresh(f"connect --endpoint {gateway.url} --region cn-hangzhou")

    said = fresh(line)

    assert said.status == 3
    assert "the signature does not match" in said.err
    assert "connect --unsigned-host, or sign_host = false in the job's [source]" in said.err


@pytest.mark.parametrize("line", COMMANDS)
def test_behind_such_a_gateway_the_host_may_be_left_unsigned(
    fresh: Driver, gateway: Peer, line: str
) -> None:
    fresh(f"connect --endpoint {gateway.url} --region cn-hangzhou --unsigned-host")

    assert fresh(line).status == 0
    assert "host\tnot signed (--unsigned-host)" in fresh("whoami").lines


def test_what_a_job_says_of_signing_and_paying_outlasts_connect(
    fresh: Driver, gateway: Peer
) -> None:
    connect = f"connect --endpoint {gateway.url} --region cn-hangzhou"
    fresh(f"{connect} --unsigned-host --requester-pays")
    fresh("save j --to out")
    fresh("connect")
    fresh("open j")

    connected, got = fresh(connect), fresh("get")

    assert (connected.status, got.status) == (0, 0), got
    job = vouched(fresh.session, load(fresh.folder / "jobs" / "j.toml"))
    assert (job.source.requester_pays, job.source.sign_host) == (True, False)
    assert (fresh.folder / "out" / "a.txt").read_bytes() == b"one"


@pytest.mark.parametrize("line", COMMANDS)
def test_a_request_that_is_caught_is_good_at_no_other_host(fresh: Driver, line: str) -> None:
    caught: list[bytes] = []

    with middleman(fresh.server, caught.append) as thief:
        fresh(f"connect --endpoint {thief.url} --region cn-hangzhou")
        assert fresh(line).status == 0
    host = f"127.0.0.1:{fresh.server.port}".encode()
    answers = [_sent(fresh.server, head, host) for head in caught]

    assert answers
    assert all(b"<Code>SignatureDoesNotMatch</Code>" in one for one in answers if b"<Code>" in one)
    assert all(one.startswith(b"HTTP/1.1 403") for one in answers)


def test_a_url_for_others_is_good_at_its_own_host_alone(fresh: Driver) -> None:
    [url] = fresh("url a.txt").lines
    head = f"GET {url.removeprefix(fresh.server.endpoint)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    own, other = (
        _sent(fresh.server, head, host)
        for host in (f"127.0.0.1:{fresh.server.port}".encode(), b"127.0.0.1")
    )

    assert own.startswith(b"HTTP/1.1 200")
    assert b"<Code>SignatureDoesNotMatch</Code>" in other


def _sent(server: DemoServer, head: bytes, host: bytes) -> bytes:
    """Return the answer to a request that is sent to a host again, word for word but for that."""
    head = re.sub(rb"(?i)(\r\nhost: )[^\r]*", rb"\g<1>" + host, head)
    with socket.create_connection(("127.0.0.1", server.port), 20.0) as connection:
        connection.sendall(last_on_its_connection(head))
        return b"".join(iter(lambda: connection.recv(65536), b""))
