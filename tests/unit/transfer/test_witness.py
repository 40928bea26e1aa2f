"""Witness: whether the service itself answers, asked when something else did."""

import queue
from collections.abc import Iterator

import pytest

from ossh import demo
from ossh.errors import UsageError
from ossh.model import Cause, Source
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.listing import Lister
from ossh.store.signer import Signer
from ossh.transfer.messages import Heard, Reply
from ossh.transfer.witness import Witness

NUMBER = 7


@pytest.fixture(scope="module")
def running() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True) as server:
        yield server


@pytest.fixture
def server(running: demo.DemoServer) -> demo.DemoServer:
    running.clear_faults()
    return running


def heard(lister: Lister) -> Heard:
    """Return what a witness posts."""
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    Witness(lister, "logs/", NUMBER, replies.put).start()
    reply = replies.get(timeout=60)
    assert isinstance(reply, Heard)
    assert reply.number == NUMBER
    return reply


def lister_of(server: demo.DemoServer, secret: str = "") -> Lister:
    source = Source(server.endpoint, server.region, server.bucket)
    keys = Credentials(server.access_key_id, secret or server.access_key_secret)
    signer = Signer(source, keys)
    return Lister(lambda: signer, Http())


def test_the_service_is_there_when_it_lists(server: demo.DemoServer) -> None:
    reply = heard(lister_of(server))

    assert (reply.failure, reply.is_genuine) == (None, True)


def test_the_service_is_there_when_it_refuses(server: demo.DemoServer) -> None:
    reply = heard(lister_of(server, secret="another"))

    assert reply.failure is not None
    assert reply.is_genuine


def test_a_page_in_its_place_is_not_the_service(server: demo.DemoServer) -> None:
    server.fault("portal", operation="any")

    reply = heard(lister_of(server))

    assert reply.failure is not None
    assert reply.failure.cause is Cause.NOT_OSS
    assert not reply.is_genuine


def test_without_credentials_nobody_was_heard() -> None:
    def none() -> Signer:
        message = "no credentials"
        raise UsageError(message)

    reply = heard(Lister(none, Http()))

    assert reply.failure is not None
    assert reply.failure.cause is Cause.BAD_CREDENTIALS
    assert not reply.is_genuine
