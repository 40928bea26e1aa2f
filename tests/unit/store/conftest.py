"""The demo server, and servers that say what a test wants them to."""

from collections.abc import Callable
from itertools import count

import pytest

from ossh import demo
from ossh.backoff import Backoff
from ossh.model import Source
from ossh.network import Http, Pools
from ossh.store.bulk_reader import BulkReader
from ossh.store.credentials import Credentials
from ossh.store.listing import Lister
from ossh.store.retries import PASSING, Retries
from ossh.store.signer import Signer
from tests.unit.network.conftest import plain_environment
from tests.unit.network.peer import Peer, Wire, peer

__all__ = ["peer", "plain_environment"]  # fixtures

_numbers = count(1)


@pytest.fixture
def keys(server: demo.DemoServer) -> Credentials:
    """Return credentials the demo server accepts."""
    return Credentials(server.access_key_id, server.access_key_secret)


@pytest.fixture
def source(server: demo.DemoServer) -> Source:
    """Return an empty bucket that no other test uses."""
    name = f"bucket-{next(_numbers)}"
    server.add_bucket(name)
    return Source(server.endpoint, server.region, name)


def lister(source: Source, keys: Credentials) -> Lister:
    """Return a lister of a source."""
    signer = Signer(source, keys)
    return Lister(lambda: signer, Http())


def bulk_reader(
    source: Source, keys: Credentials, pools: Pools, retries: Retries | None = None
) -> BulkReader:
    """Return a reader of a source that makes no pauses, unless others are said."""
    signer, at_once = Signer(source, keys), Retries(dict.fromkeys(PASSING, 3), Backoff(0.0, 0.0))
    return BulkReader(
        lambda _bucket: signer, lambda _bucket: lambda _why: False, pools, retries or at_once
    )


def from_oss(body: bytes, status: str = "200 OK") -> bytes:
    """Return an answer of the service with a body."""
    length = f"Content-Length: {len(body)}"
    return f"HTTP/1.1 {status}\r\nx-oss-request-id: R1\r\n{length}\r\n\r\n".encode() + body


@pytest.fixture
def answering(peer: Callable[..., Peer]) -> Callable[[bytes], str]:
    """Return a function that starts a server with one fixed answer and returns its endpoint."""

    def start(answer: bytes) -> str:
        def script(wire: Wire) -> None:
            wire.peek()
            wire.send(answer)

        return peer(script).url

    return start
