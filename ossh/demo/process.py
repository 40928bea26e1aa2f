"""The demo server as a child process, and a handle to drive it."""

from __future__ import annotations

import contextlib
import fnmatch
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ossh.demo.control import ARGUMENTS_HEADER, PATH, TOKEN_HEADER

_STOP_SECONDS = 5.0
_CONTROL_SECONDS = 120.0
_STATE = frozenset(
    {"put", "fill", "delete", "bucket", "domain", "fault", "clear-faults", "credentials", "clock"}
)
"""Calls that are repeated after a restart."""


class DemoError(Exception):
    """The demo server did not start, or refused a control call."""


def command() -> list[str]:
    """Return what starts the server; a frozen program has a hidden switch for it."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--demo-server"]
    return [sys.executable, "-m", "ossh.demo"]


class DemoServer:
    """A running demo server; a context manager that stops it.

    Its process also ends when ours does, however that happens.
    """

    def __init__(self, arguments: Iterable[str] = ()) -> None:
        """Start the server with further command-line arguments, and wait until it listens.

        Raises:
            DemoError: If it ends instead.
        """
        self._arguments = list(arguments)
        self._journal: list[tuple[str, dict[str, Any], bytes]] = []
        self._lock = threading.Lock()
        self._launch(self._arguments)

    def _launch(self, arguments: list[str]) -> None:
        environment = dict(os.environ)
        if not getattr(sys, "frozen", False):
            root = str(Path(__file__).resolve().parents[2])
            old = environment.get("PYTHONPATH")
            environment["PYTHONPATH"] = f"{root}{os.pathsep}{old}" if old else root
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [*command(), *arguments, "--exit-with-parent"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        line = self.process.stdout.readline() if self.process.stdout is not None else b""
        if not line:
            self.stop()
            raise DemoError("the demo server did not start")
        said = json.loads(line)
        self.endpoint: str = said["endpoint"]
        self.region: str = said["region"]
        self.access_key_id: str = said["access_key_id"]
        self.access_key_secret: str = said["access_key_secret"]
        self.security_token = ""
        self.buckets: list[str] = said["buckets"]
        self.bucket: str = self.buckets[0]
        self._token: str = said["control_token"]
        self._connection = self._connect()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.endpoint.rpartition(":")[2])

    def _connect(self) -> http.client.HTTPConnection:
        host = self.endpoint.partition("://")[2]
        return http.client.HTTPConnection(host, timeout=_CONTROL_SECONDS)

    def __enter__(self) -> Self:
        """Return the running server."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    def call(self, name: str, arguments: Mapping[str, Any] | None = None, body: bytes = b"") -> Any:  # noqa: ANN401 - JSON
        """Make a control call; return its result.

        Raises:
            DemoError: If the server refuses it.
        """
        given = dict(arguments or {})
        with self._lock:
            data = self._request(name, given, body)
            if name in _STATE:
                self._journal.append((name, given, body))
        return data if name == "body" else json.loads(data)

    def _request(self, name: str, arguments: Mapping[str, Any], body: bytes) -> bytes:
        headers = {TOKEN_HEADER: self._token, ARGUMENTS_HEADER: json.dumps(arguments)}
        self._connection.request("POST", PATH + name, body, headers)
        with self._connection.getresponse() as response:
            data = response.read()
            if response.status != http.client.OK:
                raise DemoError(f"{name}: {data.decode('utf-8', 'replace')}")
        return data

    def put(  # noqa: PLR0913 - the fields of an object, all optional
        self,
        key: str,
        body: bytes | None = None,
        *,
        size: int | None = None,
        bucket: str | None = None,
        type: str | None = None,  # noqa: A002 - OSS's own word
        storage_class: str = "Standard",
        last_modified: datetime | float | None = None,
        crc: bool = True,
        etag: str | None = None,
        content_type: str | None = None,
        content_encoding: str | None = None,
        symlink_to: str | None = None,
        meta: Mapping[str, str] | None = None,
        version: int = 0,
    ) -> str:
        """Store an object and return its ETag, without quotes.

        Args:
            key: Any key of 1 to 1023 bytes, odd ones included.
            body: Its bytes; or else
            size: how many bytes to generate, by `ossh.demo.content.body(key, size, version)`.
            bucket: The bucket; the first one if not given.
            type: Normal, Multipart or Appendable; generated objects above 16 MiB are Multipart.
            storage_class: Standard, IA, Archive, ColdArchive or DeepColdArchive.
            last_modified: When; now if not given.
            crc: Whether the service knows its CRC64.
            etag: Its ETag, if it shall not be the usual one.
            content_type: Guessed from the key if not given.
            content_encoding: Value of that header; the bytes stay as they are.
            symlink_to: Makes it a symlink to this key.
            meta: Values of `x-oss-meta-*` headers.
            version: Version of generated bytes.
        """
        given: dict[str, Any] = {"key": key, "bucket": bucket or self.bucket}
        given |= {"storage_class": storage_class, "crc": crc, "version": version}
        given |= {
            name: value
            for name, value in {
                "size": size,
                "kind": type,
                "etag": etag,
                "content_type": content_type,
                "content_encoding": content_encoding,
                "symlink_to": symlink_to,
                "meta": dict(meta) if meta else None,
                "modified": _epoch(last_modified),
            }.items()
            if value is not None
        }
        return str(self.call("put", given, body or b"")["etag"])

    def fill(
        self, pattern: str, count: int, size: int, *, bucket: str | None = None, **fields: object
    ) -> None:
        """Store `count` generated objects; `pattern` formats their number, as `a/{:05d}.bin`."""
        given = {"pattern": pattern, "count": count, "size": size, **fields}
        self.call("fill", {**given, "bucket": bucket or self.bucket})

    def delete(self, key: str, *, bucket: str | None = None) -> None:
        """Remove an object."""
        self.call("delete", {"key": key, "bucket": bucket or self.bucket})

    def body(self, key: str, *, bucket: str | None = None) -> bytes:
        """Return an object's bytes as they are now, whatever faults are set."""
        data: bytes = self.call("body", {"key": key, "bucket": bucket or self.bucket})
        return data

    def add_bucket(self, name: str, *, public: bool = False, elsewhere: str = "") -> None:
        """Make an empty bucket; with `elsewhere`, one that must be used at that endpoint."""
        self.call("bucket", {"name": name, "public": public, "elsewhere": elsewhere})

    def add_domain(self, domain: str, bucket: str | None = None) -> None:
        """Let a host name stand for a bucket."""
        self.call("domain", {"domain": domain, "bucket": bucket or self.bucket})

    def fault(self, kind: str, **options: object) -> None:
        """Arm a fault; see `ossh.demo.faults` for kinds, options and details."""
        self.call("fault", {"kind": kind, **options})

    def clear_faults(self) -> None:
        """Disarm all faults."""
        self.call("clear-faults")

    def requests(self, key: str | None = None) -> list[dict[str, Any]]:
        """Return the requests since the start or `clear_requests`, oldest first.

        Each has method, bucket, key, range, status and query. With `key`, a glob, only those of
        matching keys.
        """
        made: list[dict[str, Any]] = self.call("requests")
        if key is None:
            return made
        return [request for request in made if fnmatch.fnmatchcase(request["key"], key)]

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self.call("clear-requests")

    def set_credentials(
        self,
        access_key_id: str,
        access_key_secret: str,
        security_token: str = "",
        expires: datetime | float | None = None,
        *,
        keep: bool = False,
    ) -> None:
        """Accept these credentials only, or with `keep` these too.

        Args:
            access_key_id: The id.
            access_key_secret: The secret.
            security_token: Token of temporary credentials.
            expires: When they end to be accepted; never if not given.
            keep: Whether the credentials so far stay good.
        """
        given = {"id": access_key_id, "secret": access_key_secret, "token": security_token}
        self.call("credentials", {**given, "expires": _epoch(expires), "keep": keep})
        self.access_key_id, self.access_key_secret = access_key_id, access_key_secret
        self.security_token = security_token

    def set_clock(self, offset_seconds: float) -> None:
        """Let the server's clock run ahead of ours (or behind, if negative)."""
        self.call("clock", {"offset_seconds": offset_seconds})

    def offline(self) -> None:
        """Cut all connections and refuse new ones, until `online`; nothing is forgotten."""
        self.call("online", {"online": False})

    def online(self) -> None:
        """Take connections again, on the same port."""
        self.call("online", {"online": True})

    def stop(self) -> None:
        """End the server; harmless if it has ended."""
        with contextlib.suppress(AttributeError):
            self._connection.close()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def restart(self) -> None:
        """Start anew on the same port, with the same objects, faults and credentials.

        The log and the counts of faults begin anew.
        """
        self.stop()
        id_, secret, token = self.access_key_id, self.access_key_secret, self.security_token
        self._relaunch(["--port", str(self.port)])
        for name, given, body in self._journal:
            self._request(name, given, body)
        self.access_key_id, self.access_key_secret, self.security_token = id_, secret, token

    def _relaunch(self, more: list[str]) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        while True:
            try:
                self._launch([*self._arguments, *more])
            except DemoError:
                if time.monotonic() > deadline:  # somebody else took the port
                    raise
                time.sleep(0.1)
            else:
                return


def _epoch(moment: datetime | float | None) -> float | None:
    return moment if moment is None or isinstance(moment, int | float) else moment.timestamp()


def start(  # noqa: PLR0913 - one argument for each option of the command
    *,
    directory: str | os.PathLike[str] | None = None,
    bucket: str | None = None,
    empty: bool = False,
    public: bool = False,
    synthetic: Mapping[str, tuple[int, int]] | None = None,
    region: str | None = None,
    host: str | None = None,
    port: int | None = None,
    thaw_seconds: float | None = None,
) -> DemoServer:
    """Start a demo server in a process of its own, and return it once it listens.

    Args:
        directory: Serve this folder as the bucket instead of the story.
        bucket: Name of the bucket, "demo-bucket" if not given.
        empty: Begin with no objects in it.
        public: Let anyone read it.
        synthetic: Further buckets by name, each of (count, size in bytes) generated objects.
        region: Region that V4 signatures must name.
        host: Address to listen on, 127.0.0.1 if not given.
        port: Port; a free one if not given.
        thaw_seconds: How long a restore takes.
    """
    options = {
        "directory": directory and os.fspath(directory),
        "bucket": bucket,
        "region": region,
        "host": host,
        "port": port,
        "thaw-seconds": thaw_seconds,
    }
    arguments = [f"--{name}={value}" for name, value in options.items() if value is not None]
    arguments += ["--empty"] * empty + ["--public"] * public
    for name, (count, size) in (synthetic or {}).items():
        arguments.append(f"--synthetic={name}={count}x{size}")
    return DemoServer(arguments)
