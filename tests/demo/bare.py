"""A bare socket, for what no client library would say or show."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse, IncompleteRead
from typing import IO, Self, cast
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
        self._file = _Kept(socket.SocketIO(self.socket, "r"))

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
        answer = HTTPResponse(cast("socket.socket", self), method=method)
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        try:
            return Reply(answer.status, headers, answer.read())
        except IncompleteRead as error:
            return Reply(answer.status, headers, error.partial, complete=False)
        except ConnectionError:
            return Reply(answer.status, headers, b"", complete=False)

    def makefile(self, _mode: str) -> IO[bytes]:
        """Return what answers are read from, one after the other."""
        return self._file

    def is_closed(self) -> bool:
        """Return whether the server ends the connection instead of saying more."""
        try:
            return self._file.read(1) == b""
        except ConnectionError:
            return True


class _Kept(io.BufferedReader):
    """A file that stays open though an answer was read to its end."""

    def close(self) -> None:
        """Leave that to the socket."""


def ask(server: DemoServer, key: str = "", query: str = "", **headers: str) -> Reply:
    """Ask once, on a connection of its own, unsigned; `_` in header names is `-`."""
    with Bare(server) as bare:
        return bare.ask("GET", key, query, headers)
