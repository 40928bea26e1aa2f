"""What each control call does, in the server."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from ossh.demo.content.buckets import MemoryBucket, StoredObject, make_object
from ossh.demo.control import ARGUMENTS_HEADER, PATH, TOKEN_HEADER
from ossh.demo.http.answers import Answer, new_request_id, refused, with_body
from ossh.demo.http.requests import Request
from ossh.demo.refusal import Refusal, no_such_bucket, no_such_key
from ossh.demo.service.authentication import Account
from ossh.demo.service.faults import make_fault
from ossh.demo.service.object_store import ObjectStore


@dataclass(eq=False)
class Control:
    """Answers control calls from this machine that carry the token; each is a method `call_…`."""

    store: ObjectStore
    fresh: Callable[[], ObjectStore]  # returns a store as it is after a start
    token: str
    switch: Callable[[bool], None]  # takes the server off the network, and back

    def wants(self, request: Request) -> bool:
        """Return whether a request is a control call, and not for a key `-demo/…` in host style."""
        return request.path.startswith(PATH) and TOKEN_HEADER in request.headers

    def answer(self, request: Request, peer: str) -> Answer:
        """Run a control call; its result is JSON, or an object's bytes."""
        try:
            self._check(request, peer)
            result = self._call(request)
        except Refusal as refusal:
            return refused(refusal, request.method, new_request_id(), request.host)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            wrong = Refusal(400, "InvalidArgument", f"{type(error).__name__}: {error}")
            return refused(wrong, request.method, new_request_id(), request.host)
        if isinstance(result, StoredObject):
            return Answer(200, {}, result.content, 0, result.size)
        return with_body(200, json.dumps(result).encode(), "application/json")

    def _check(self, request: Request, peer: str) -> None:
        token = request.headers.get(TOKEN_HEADER, "")
        same = hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode())
        if not same or not _is_loopback(peer):
            raise Refusal(403, "AccessDenied", "Control calls need the token, from this machine.")
        if request.method != "POST":
            raise Refusal(405, "MethodNotAllowed", "Control calls are POST requests.")

    def _call(self, request: Request) -> object:
        name = request.path.removeprefix(PATH)
        call: Callable[..., object] | None
        call = getattr(self, "call_" + name.replace("-", "_"), None)
        if call is None:
            raise Refusal(404, "NoSuchKey", f"There is no control call '{name}'.")
        arguments = json.loads(request.headers.get(ARGUMENTS_HEADER, "{}"))
        if request.body:
            arguments["body"] = request.body
        return call(**arguments)

    def _changeable(self, name: str) -> MemoryBucket:
        bucket = self.store.buckets.get(name)
        if not isinstance(bucket, MemoryBucket):
            raise no_such_bucket(name) if bucket is None else ValueError(f"{name} is read-only")
        return bucket

    def call_put(self, bucket: str, key: str, body: bytes = b"", **fields: Any) -> object:  # noqa: ANN401 - of an object
        home = self._changeable(bucket)
        is_generated = "size" in fields or "symlink_to" in fields
        fields.setdefault("modified", self.store.now())
        stored = make_object(key, None if is_generated else body, **fields)
        home.put(stored)
        put = home.get(stored.key) or stored
        return {"key": put.key, "etag": put.etag, "size": put.size, "version_id": put.version_id}

    def call_fill(self, bucket: str, pattern: str, count: int, **fields: Any) -> object:  # noqa: ANN401 - as above
        """Put `count` generated objects; `pattern` is formatted with their number."""
        home = self._changeable(bucket)
        fields.setdefault("modified", self.store.now())
        for number in range(count):
            home.put(make_object(pattern.format(number), **fields))
        return count

    def call_delete(
        self, bucket: str, key: str, marker: str, modified: float | None = None
    ) -> None:
        moment = self.store.now() if modified is None else modified
        self._changeable(bucket).delete(key, marker, moment)

    def call_expire(self, bucket: str, key: str, version_id: str) -> None:
        self._changeable(bucket).expire(key, version_id)

    def call_body(self, bucket: str, key: str) -> StoredObject:
        home = self.store.buckets.get(bucket)
        if home is None:
            raise no_such_bucket(bucket)
        stored = home.get(key)
        if stored is not None and stored.target is not None:
            stored = home.get(stored.target)
        if stored is None:
            raise no_such_key(key)
        return stored

    def call_bucket(self, name: str, *, public: bool, elsewhere: str) -> None:
        self.store.buckets[name] = MemoryBucket(name, public=public, elsewhere=elsewhere)

    def call_versioning(self, bucket: str, status: str) -> None:
        self._changeable(bucket).versioning = status

    def call_domain(self, bucket: str, domain: str) -> None:
        self.store.domains[domain] = bucket

    def call_fault(self, *, instead: bool = False, **options: Any) -> None:  # noqa: ANN401 - of its kind
        """Arm a fault; with `instead`, disarm all others in the same moment."""
        fault = make_fault(**options)
        if instead:
            self.store.faults.clear()
        self.store.faults.add(fault)

    def call_clear_faults(self) -> None:
        self.store.faults.clear()

    def call_requests(self) -> object:
        return list(self.store.log)

    def call_clear_requests(self) -> None:
        self.store.log.clear()

    def call_credentials(self, *, keep: bool, **parts: Any) -> None:  # noqa: ANN401 - of an account
        """Accept only these credentials, or with `keep` these too."""
        if not keep:
            self.store.accounts.clear()
        account = Account(**parts)
        self.store.accounts[account.id] = account

    def call_clock(self, offset_seconds: float) -> None:
        self.store.clock_offset = float(offset_seconds)

    def call_archive(
        self, bucket: str, thaw_seconds: float | None = None, *, real_time: bool | None = None
    ) -> None:
        """Set how long a restore takes, and whether a bucket's class Archive needs one."""
        restores = self.store.restores
        if thaw_seconds is not None:
            restores.thaw_seconds = float(thaw_seconds)
        if real_time is not None:
            change = restores.real_time.add if real_time else restores.real_time.discard
            change(bucket)

    def call_thaw(self, *, freeze: bool = False) -> int:
        """Finish all restores, or with `freeze` let all restored objects be archived again."""
        restores = self.store.restores
        if freeze:
            restores.freeze_now()
            return 0
        return restores.thaw_now(self.store.now())

    def call_online(self, *, online: bool) -> None:
        self.switch(online)

    def call_reset(self) -> None:
        self.store.become(self.fresh())


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        return False
