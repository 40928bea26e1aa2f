"""A real server on loopback that says just what a test wants said, byte by byte."""

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Self

import pytest

_PATIENCE_SECONDS = 60.0  # a test that hangs ends


class Wire:
    """One accepted connection, as the server holds it."""

    def __init__(self, sock: socket.socket, log: list[bytes]) -> None:
        self._sock = sock
        self._log = log

    def request(self) -> bytes:
        """Read one request, without a body, and return it; b"" when there is none."""
        data = bytearray()
        while not data.endswith(b"\r\n\r\n"):
            more = self._sock.recv(65536)
            if not more:
                return b""
            data += more
        self._log.append(bytes(data))
        return self._log[-1]

    def peek(self) -> bytes:
        """Return the first bytes that arrive, whatever they are."""
        return self._sock.recv(65536)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._sock.sendall(data)

    def answer(self, body: bytes = b"", *headers: str, status: str = "200 OK") -> None:
        """Send a whole answer of known length."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode() + body)

    def serve(self, body: bytes = b"", *headers: str) -> None:
        """Answer all requests of this connection alike."""
        while self.request():
            self.answer(body, *headers)

    def hold(self) -> None:
        """Say nothing more, and wait until the other side gives up."""
        while self._sock.recv(65536):
            pass

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the other side gives up sooner."""
        if select.select([self._sock], [], [], seconds)[0]:
            raise ConnectionAbortedError

    def reset(self) -> None:
        """Break the connection off."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Script = Callable[[Wire], None]


def after_request(*pieces: bytes, then: Script = Wire.hold) -> Script:
    """Return a script that sends pieces after a request, then does something else."""

    def script(wire: Wire) -> None:
        wire.request()
        for piece in pieces:
            wire.send(piece)
        then(wire)

    return script


class InTwo:
    """A script that sends something after a request, and more as soon as a test says so."""

    def __init__(self, first: bytes, then: bytes) -> None:
        self._first, self._then = first, then
        self._goes_on, self._is_sent = threading.Event(), threading.Event()

    def __call__(self, wire: Wire) -> None:
        wire.request()
        wire.send(self._first)
        self._goes_on.wait(_PATIENCE_SECONDS)
        wire.send(self._then)
        self._is_sent.set()
        wire.hold()

    def go_on(self) -> None:
        """Have the rest sent, and wait until it is."""
        self._goes_on.set()
        assert self._is_sent.wait(_PATIENCE_SECONDS)


def hang_up(_wire: Wire) -> None:
    """Let a connection end."""


class Peer:
    """Serves each connection by the next of some scripts, all later ones by the last."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self._scripts = list(scripts)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self.requests: list[bytes] = []
        self.connections = 0
        self.port: int = self._server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ended = threading.Semaphore(0)  # released when a connection has been closed

    def __enter__(self) -> Self:
        """Begin to accept."""
        self._accepting.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End all threads; clients must have closed their connections."""
        self._scripts = []
        with socket.create_connection(("127.0.0.1", self.port)):
            pass  # wakes the thread that accepts
        for thread in (self._accepting, *self._threads):
            thread.join()
        self._server.close()

    def _accept(self) -> None:
        while True:
            sock, _ = self._server.accept()
            if not self._scripts:
                sock.close()
                return
            self.connections += 1
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            thread = threading.Thread(target=self._run, args=(sock, script))
            self._threads.append(thread)
            thread.start()

    def _run(self, sock: socket.socket, script: Script) -> None:
        sock.settimeout(_PATIENCE_SECONDS)
        try:
            script(Wire(sock, self.requests))
        except OSError:
            pass  # the other side left first
        finally:
            sock.close()
            self.ended.release()

    def wait_closed(self) -> None:
        """Wait until the server has closed one more connection."""
        assert self.ended.acquire(timeout=_PATIENCE_SECONDS)


def unused_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    """Start servers that serve connections by scripts."""
    with ExitStack() as ends:

        def start(*scripts: Script) -> Peer:
            return ends.enter_context(Peer(scripts))

        yield start
