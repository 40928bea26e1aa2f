"""A handle on a running demo server: the control calls, as methods."""

from __future__ import annotations

import fnmatch
import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ossh.demo.control import ARGUMENTS_HEADER, PATH, TOKEN_HEADER

_CONTROL_SECONDS = 120.0
_LOOK_SECONDS = 0.01
# Calls that change nothing that a restart would lose.
_PASSING = frozenset({"body", "requests", "clear-requests", "online", "thaw", "reset"})


class DemoError(Exception):
    """The demo server did not start, or refused a control call."""


class ControlClient:
    """Makes control calls; threads may share it."""

    def __init__(self) -> None:
        self._journal: list[tuple[str, dict[str, Any], bytes]] = []
        self._lock = threading.Lock()

    def attach(self, line: bytes | str) -> None:
        """Talk to the server that printed this JSON line."""
        self._said = json.loads(line)
        self._token: str = self._said["control_token"]
        self._take(self._said)
        host = self.endpoint.partition("://")[2]
        self._connection = http.client.HTTPConnection(host, timeout=_CONTROL_SECONDS)
        self._address = self._connection.host, self._connection.port

    def _take(self, said: dict[str, Any]) -> None:
        self.endpoint: str = said["endpoint"]
        self.region: str = said["region"]
        self.access_key_id: str = said["access_key_id"]
        self.access_key_secret: str = said["access_key_secret"]
        self.security_token = ""
        self.buckets: list[str] = said["buckets"]
        self.bucket: str = self.buckets[0]

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    @property
    def environ(self) -> dict[str, str]:
        """The variables that give the accepted credentials to ossh."""
        keys = {
            "OSS_ACCESS_KEY_ID": self.access_key_id,
            "OSS_ACCESS_KEY_SECRET": self.access_key_secret,
            "OSS_SESSION_TOKEN": self.security_token,
        }
        return {name: value for name, value in keys.items() if value}

    def replay(self) -> None:
        """Repeat all calls that changed what is served, after a restart."""
        for name, arguments, body in self._journal:
            self._request(name, arguments, body)

    def call(self, name: str, body: bytes = b"", /, **arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Make a control call; return its result.

        Raises:
            DemoError: If the server refuses it.
        """
        with self._lock:
            data = self._request(name, arguments, body)
            if name not in _PASSING:
                self._journal.append((name, arguments, body))
        return data if name == "body" else json.loads(data)

    def _request(self, name: str, arguments: Mapping[str, Any], body: bytes) -> bytes:
        headers = {TOKEN_HEADER: self._token, ARGUMENTS_HEADER: json.dumps(arguments)}
        self._connection.request("POST", PATH + name, body, headers)
        with self._connection.getresponse() as response:
            data = response.read()
            if response.status != http.client.OK:
                raise DemoError(f"{name}: {data.decode('utf-8', 'replace')}")
        return data

    def put(
        self,
        key: str,
        body: bytes | None = None,
        *,
        bucket: str | None = None,
        type: str | None = None,  # noqa: A002 - OSS's own word
        last_modified: datetime | float | None = None,
        **fields: object,
    ) -> str:
        """Store an object and return its ETag, without quotes.

        Args:
            key: Any key of 1 to 1023 bytes, odd ones included.
            body: Its bytes, if they are not generated.
            bucket: The bucket; the first one if not given.
            type: Normal, Multipart or Appendable; generated objects above 16 MiB are Multipart.
            last_modified: When; now if not given.
            fields: Further ones of `ossh.demo.content.buckets.make_object`.
        """
        given = {"key": key, "kind": type, "modified": _epoch(last_modified), **fields}
        return str(self._change("put", bucket, body or b"", **given)["etag"])

    def fill(
        self, pattern: str, count: int, size: int, *, bucket: str | None = None, **fields: object
    ) -> None:
        """Store `count` generated objects; `pattern` formats their number, as `a/{:05d}.bin`."""
        self._change("fill", bucket, pattern=pattern, count=count, size=size, **fields)

    def put_version(
        self,
        key: str,
        body: bytes,
        last_modified: datetime | float | None = None,
        *,
        bucket: str | None = None,
    ) -> str:
        """Store an object in a bucket with versions; return the id of the version."""
        modified = _epoch(last_modified)
        return str(self._change("put", bucket, body, key=key, modified=modified)["version_id"])

    def delete(
        self,
        key: str,
        *,
        bucket: str | None = None,
        marker: str = "",
        last_modified: datetime | float | None = None,
    ) -> None:
        """Remove an object.

        In a bucket with versions these stay, below a delete marker; so they do with `marker`, the
        version id of one.
        """
        modified = _epoch(last_modified)
        self._change("delete", bucket, key=key, marker=marker, modified=modified)

    def _change(self, name: str, bucket: str | None, body: bytes = b"", /, **given: object) -> Any:  # noqa: ANN401 - JSON
        """Make a call about a bucket, by default the first one, with what is not None."""
        known = {name: value for name, value in given.items() if value is not None}
        return self.call(name, body, bucket=bucket or self.bucket, **known)

    def expire(self, key: str, version_id: str, *, bucket: str | None = None) -> None:
        """Remove a version for good, as a rule of the bucket would."""
        self._change("expire", bucket, key=key, version_id=version_id)

    def body(self, key: str, *, bucket: str | None = None) -> bytes:
        """Return an object's bytes as they are now, whatever faults are set."""
        data: bytes = self._change("body", bucket, key=key)
        return data

    def add_bucket(self, name: str, *, public: bool = False, elsewhere: str = "") -> None:
        """Make an empty bucket; with `elsewhere`, one that must be used at that endpoint."""
        self.call("bucket", name=name, public=public, elsewhere=elsewhere)

    def set_versioning(self, status: str, *, bucket: str | None = None) -> None:
        """Have a bucket keep versions: "Enabled"; or no further ones: "Suspended"."""
        self._change("versioning", bucket, status=status)

    def add_domain(self, domain: str, bucket: str | None = None) -> None:
        """Bind a host name to a bucket."""
        self._change("domain", bucket, domain=domain)

    def fault(self, kind: str, **options: object) -> None:
        """Arm a fault; see `ossh.demo.service.faults` for kinds, options and details.

        With `instead=True` all others are disarmed, and no request comes in between.
        """
        self.call("fault", kind=kind, **options)

    def clear_faults(self) -> None:
        self.call("clear-faults")

    def requests(self, key: str | None = None) -> list[dict[str, Any]]:
        """Return the requests since the start or `clear_requests`, oldest first.

        Each has method, bucket, key, range, if_match, status, fault (the kind of the one that
        struck it, or ""), query and time (epoch seconds). With `key`, a glob, only those of
        matching keys.
        """
        made: list[dict[str, Any]] = self.call("requests")
        if key is None:
            return made
        return [request for request in made if fnmatch.fnmatchcase(request["key"], key)]

    def counts(self, method: str | None = None) -> Counter[str]:
        """Return how many requests each key had; "" are those of buckets and the service."""
        made = self.requests()
        return Counter(one["key"] for one in made if method in {None, one["method"]})

    def clear_requests(self) -> None:
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
        self.call("credentials", **given, expires=_epoch(expires), keep=keep)
        self.access_key_id, self.access_key_secret = access_key_id, access_key_secret
        self.security_token = security_token

    def set_clock(self, offset_seconds: float) -> None:
        """Let the server's clock run ahead of ours (or behind, if negative)."""
        self.call("clock", offset_seconds=offset_seconds)

    def set_archive(
        self,
        *,
        thaw_seconds: float | None = None,
        real_time: bool | None = None,
        bucket: str | None = None,
    ) -> None:
        """Change how archived objects are.

        Args:
            thaw_seconds: How long a restore takes from now on.
            real_time: Whether a bucket's objects of class Archive are read without one.
            bucket: The bucket; the first one if not given.
        """
        self._change("archive", bucket, thaw_seconds=thaw_seconds, real_time=real_time)

    def thaw(self) -> int:
        """Finish all restores at once; return their number."""
        return int(self.call("thaw"))

    def freeze(self) -> None:
        """Let all restored objects be archived again."""
        self.call("thaw", freeze=True)

    def reset(self) -> None:
        """Have the server be as it was after its start, whatever was done to it."""
        self.online()
        self.call("reset")
        self._take(self._said)
        self._journal.clear()

    def offline(self) -> None:
        """Reset all connections and refuse new ones until `online`; the state stays."""
        self.call("online", online=False)

    def online(self) -> None:
        """Accept connections again; return once it does."""
        self.call("online", online=True)
        deadline = time.monotonic() + _CONTROL_SECONDS
        while True:
            try:
                socket.create_connection(self._address, _CONTROL_SECONDS).close()
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_LOOK_SECONDS)
            else:
                return


def _epoch(moment: datetime | float | None) -> float | None:
    return moment if moment is None or isinstance(moment, int | float) else moment.timestamp()
