"""Somebody between ossh and the service, who answers some requests in its place."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from ossh.demo import DemoServer
from tests.unit.network.peer import Peer, Wire

Intrusion = Callable[[bytes], bytes | None]
"""Takes the head of a request; returns the whole answer, None to let the service answer."""


def middleman(server: DemoServer, intrude: Intrusion) -> Peer:
    """Return a server, to be entered, that hands on what `intrude` does not answer."""
    place = urlsplit(server.endpoint)
    service = (place.hostname or "", place.port or 0)

    def hand_on(wire: Wire, head: bytes) -> None:
        with socket.create_connection(service) as upstream:
            upstream.sendall(head.removesuffix(b"\r\n") + b"Connection: close\r\n\r\n")
            while data := upstream.recv(65536):
                wire.send(data)

    def script(wire: Wire) -> None:
        if head := wire.request():
            answer = intrude(head)
            if answer is None:
                hand_on(wire, head)
            else:
                wire.send(answer)

    return Peer([script])


def answer(status: str, body: bytes, *headers: str) -> bytes:
    """Return the bytes of an answer, after which the connection ends."""
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + body
