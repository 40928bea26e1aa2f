"""A bare socket, for what no client library would say or show."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from ossh.demo import DemoServer

_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: `body` without chunk headers, `complete` if all announced came."""

    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool = True

    @property
    def code(self) -> str:
        """Return the error code in the body, or ""."""
        found = re.search(rb"<Code>(.*?)</Code>", self.body)
        return found[1].decode() if found else ""


class Bare:
    """One connection to a server, spoken to in bytes."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server
        self.socket = socket.create_connection(("127.0.0.1", server.port), _TIMEOUT_SECONDS)
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(
        self,
        method: str = "GET",
        key: str = "",
        query: str = "",
        headers: Mapping[str, str] | None = None,
        **more: str,
    ) -> Reply:
        """Ask for a key of the server's first bucket, unsigned."""
        path = f"/{self.server.bucket}/{quote(key, safe='')}" + (f"?{query}" if query else "")
        given = {"Host": "localhost", **(headers or {}), **more}
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
        self.send(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode())
        return self.reply(method)

    def reply(self, method: str = "GET") -> Reply:
        """Read one answer.

        Raises:
            ConnectionError: If none came.
        """
        head = self._head()
        status_line, *lines = head.decode().split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        status = int(status_line.split()[1])
        if method == "HEAD" or status == 100:
            return Reply(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Reply(status, headers, self._chunks())
        length = int(headers["content-length"])
        body = self._take(length)
        return Reply(status, headers, body, complete=len(body) == length)

    def _head(self) -> bytes:
        while b"\r\n\r\n" not in self._received:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("no answer")
            self._received += data
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        return head

    def _take(self, count: int) -> bytes:
        pieces, missing = [self._received[:count]], count - len(self._received[:count])
        self._received = self._received[count:]
        with contextlib.suppress(ConnectionError):
            while missing and (data := self.socket.recv(min(missing, 1 << 20))):
                pieces.append(data)
                missing -= len(data)
        return b"".join(pieces)

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._line(), 16):
            body += self._take(size)
            assert self._line() == b""
        assert self._line() == b""
        return body

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\r\n"):
            byte = self._take(1)
            if not byte:
                raise ConnectionError("cut within a chunk header")
            line += byte
        return line[:-2]

    def drain(self) -> int:
        """Read until the connection ends; return how many bytes came."""
        count = len(self._received)
        with contextlib.suppress(ConnectionError):
            while data := self.socket.recv(1 << 20):
                count += len(data)
        return count

    def is_closed(self) -> bool:
        """Return whether the server ends the connection instead of saying more."""
        if self._received:
            return False
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True


def ask(server: DemoServer, key: str = "", query: str = "", **headers: str) -> Reply:
    """Ask once, on a connection of its own, unsigned; `_` in header names is `-`."""
    with Bare(server) as bare:
        return bare.ask("GET", key, query, headers)
