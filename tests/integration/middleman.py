"""Somebody between ossh and the service, who answers some requests in its place."""

import re
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from ossh.demo import DemoServer
from tests.unit.network.peer import Peer, Wire

Intrusion = Callable[[bytes], bytes | None]
"""Takes the head of a request; returns the whole answer, None to let the service answer."""


def middleman(
    server: DemoServer, intrude: Intrusion, *, without: bytes = b"", host: bytes = b""
) -> Peer:
    """Return a server, to be entered, that hands on what `intrude` does not answer.

    Args:
        server: The service.
        intrude: Answers in its place.
        without: A header that is lost on the way.
        host: What it writes into the Host header; b"" leaves that as it is.
    """
    lost = re.compile(rb"(?i)\r\n" + without + rb":[^\r]*") if without else None

    def script(wire: Wire) -> None:
        if head := wire.request():
            answer = intrude(head)
            if answer is None:
                head = lost.sub(b"", head) if lost else head
                named = rb"\g<1>" + host
                head = re.sub(rb"(?i)(\r\nhost: )[^\r]*", named, head) if host else head
                _hand_on(server, wire, head)
            else:
                wire.send(answer)

    return Peer([script])


def last_on_its_connection(head: bytes) -> bytes:
    """Return the head of a request after whose answer the connection ends."""
    head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head)
    return head.removesuffix(b"\r\n") + b"Connection: close\r\n\r\n"


def dawdler(server: DemoServer, is_held: Callable[[bytes], bool], held: threading.Event) -> Peer:
    """Return a server, to be entered, that answers some requests for minutes, a little at a time.

    No limit of a client's ends such an answer: it comes steadily, and does not end.

    Args:
        server: The service; it answers the others.
        is_held: Takes the head of a request.
        held: Set when a request is answered so.
    """

    def script(wire: Wire) -> None:
        head = wire.peek()  # of a POST with its body
        if head and not is_held(head):
            _hand_on(server, wire, head)
        elif head:
            start, stop = (re.findall(rb"Range: bytes=(\d+)-(\d+)", head) or [(b"0", b"999999")])[0]
            length = int(stop) - int(start) + 1
            wire.send(b"HTTP/1.1 200 OK\r\nx-oss-request-id: 1\r\nContent-Length: %d\r\n" % length)
            piece = b"x-more: 1\r\n"  # an answer to HEAD ends with its headers
            if not head.startswith(b"HEAD "):
                wire.send(b"\r\n")
                piece = b" " * 256
            held.set()
            while True:
                wire.send(piece)
                wire.wait(0.1)

    return Peer([script])


def _hand_on(server: DemoServer, wire: Wire, head: bytes) -> None:
    with socket.create_connection(_address(server)) as upstream:
        upstream.sendall(last_on_its_connection(head))
        while data := upstream.recv(65536):
            wire.send(data)


def answer(status: str, body: bytes, *headers: str) -> bytes:
    """Return the bytes of an answer, after which the connection ends."""
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def behind_tls(server: DemoServer | Peer, context: ssl.SSLContext) -> Iterator[str]:
    """Serve a server over TLS and give the endpoint."""
    front = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []
    is_over = threading.Event()

    def accept() -> None:
        client, _ = front.accept()
        while not is_over.is_set():
            relay = threading.Thread(target=_relay, args=(client, server, context, is_over))
            threads.append(relay)
            relay.start()
            client, _ = front.accept()
        client.close()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"https://127.0.0.1:{front.getsockname()[1]}"
    finally:
        is_over.set()
        socket.create_connection(front.getsockname()).close()  # wakes who accepts
        for thread in (accepting, *threads):
            thread.join()
        front.close()


def _relay(
    sock: socket.socket,
    server: DemoServer | Peer,
    context: ssl.SSLContext,
    is_over: threading.Event,
) -> None:
    """Hand on what both sides say until one of them ends, or all is over."""
    with sock, suppress(OSError), socket.create_connection(_address(server)) as upstream:
        sock.settimeout(60.0)
        with context.wrap_socket(sock, server_side=True) as client:
            ends: tuple[socket.socket, socket.socket] = (client, upstream)
            while not is_over.is_set():
                ready = [client] if client.pending() else select.select(ends, [], [], 0.1)[0]
                for source in ready[:1]:
                    data = source.recv(65536)
                    if not data:
                        return
                    (upstream if source is client else client).sendall(data)


def _address(server: DemoServer | Peer) -> tuple[str, int]:
    place = urlsplit(server.url if isinstance(server, Peer) else server.endpoint)
    return place.hostname or "", place.port or 0
