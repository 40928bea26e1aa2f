"""The demo server, and servers that say what a test wants them to."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count

import pytest

from ossh import demo
from ossh.model import Source
from ossh.store.credentials import Credentials

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
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


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the proxies of whoever runs the tests out of them."""
    for name in _PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@contextmanager
def _answering(answer: bytes) -> Iterator[str]:
    """Serve one answer to every request, on one connection each; yield the endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(64 * 1024)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):  # Windows: to close it is enough
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(60)


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """Return a function that starts a server with one fixed answer and returns its endpoint."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(_answering(answer))
