"""What each control call does, in the server."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
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

Arguments = dict[str, Any]


class Control:
    """Answers control calls from this machine that carry the token; each is a method `call_…`.

    Args:
        store: What is controlled.
        fresh: Returns a store as it is after a start.
        token: Of all calls.
        switch: Takes the server off the network, and back.
    """

    def __init__(
        self,
        store: ObjectStore,
        fresh: Callable[[], ObjectStore],
        token: str,
        switch: Callable[[bool], None],
    ) -> None:
        self._store = store
        self._fresh = fresh
        self._token = token
        self._switch = switch

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
        same = hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode())
        if not same or not _is_loopback(peer):
            raise Refusal(403, "AccessDenied", "Control calls need the token, from this machine.")
        if request.method != "POST":
            raise Refusal(405, "MethodNotAllowed", "Control calls are POST requests.")

    def _call(self, request: Request) -> object:
        name = request.path.removeprefix(PATH)
        call: Callable[[Arguments, bytes], object] | None
        call = getattr(self, "call_" + name.replace("-", "_"), None)
        if call is None:
            raise Refusal(404, "NoSuchKey", f"There is no control call '{name}'.")
        return call(json.loads(request.headers.get(ARGUMENTS_HEADER, "{}")), request.body)

    def _changeable(self, name: str) -> MemoryBucket:
        bucket = self._store.buckets.get(name)
        if not isinstance(bucket, MemoryBucket):
            raise no_such_bucket(name) if bucket is None else ValueError(f"{name} is read-only")
        return bucket

    def call_put(self, arguments: Arguments, body: bytes) -> object:
        bucket = self._changeable(arguments.pop("bucket"))
        is_generated = "size" in arguments or "symlink_to" in arguments
        arguments.setdefault("modified", self._store.now())
        stored = make_object(body=None if is_generated else body, **arguments)
        bucket.put(stored)
        put = bucket.get(stored.key) or stored
        return {"key": put.key, "etag": put.etag, "size": put.size, "version_id": put.version_id}

    def call_fill(self, arguments: Arguments, _body: bytes) -> object:
        """Put `count` generated objects; `pattern` is formatted with their number."""
        bucket = self._changeable(arguments.pop("bucket"))
        pattern, count = arguments.pop("pattern"), arguments.pop("count")
        arguments.setdefault("modified", self._store.now())
        for number in range(count):
            bucket.put(make_object(pattern.format(number), **arguments))
        return count

    def call_delete(self, arguments: Arguments, _body: bytes) -> None:
        modified = arguments.get("modified", self._store.now())
        bucket = self._changeable(arguments["bucket"])
        bucket.delete(arguments["key"], arguments["marker"], modified)

    def call_expire(self, arguments: Arguments, _body: bytes) -> None:
        bucket = self._changeable(arguments["bucket"])
        bucket.expire(arguments["key"], arguments["version_id"])

    def call_body(self, arguments: Arguments, _body: bytes) -> StoredObject:
        bucket = self._store.buckets.get(arguments["bucket"])
        if bucket is None:
            raise no_such_bucket(arguments["bucket"])
        stored = bucket.get(arguments["key"])
        if stored is not None and stored.target is not None:
            stored = bucket.get(stored.target)
        if stored is None:
            raise no_such_key(arguments["key"])
        return stored

    def call_bucket(self, arguments: Arguments, _body: bytes) -> None:
        bucket = MemoryBucket(**arguments)
        self._store.buckets[bucket.name] = bucket

    def call_versioning(self, arguments: Arguments, _body: bytes) -> None:
        self._changeable(arguments["bucket"]).versioning = arguments["status"]

    def call_domain(self, arguments: Arguments, _body: bytes) -> None:
        self._store.domains[arguments["domain"]] = arguments["bucket"]

    def call_fault(self, arguments: Arguments, _body: bytes) -> None:
        """Arm a fault; with `instead`, disarm all others in the same moment."""
        is_alone = arguments.pop("instead", False)
        fault = make_fault(**arguments)
        if is_alone:
            self._store.faults.clear()
        self._store.faults.add(fault)

    def call_clear_faults(self, _arguments: Arguments, _body: bytes) -> None:
        self._store.faults.clear()

    def call_requests(self, _arguments: Arguments, _body: bytes) -> object:
        return list(self._store.log)

    def call_clear_requests(self, _arguments: Arguments, _body: bytes) -> None:
        self._store.log.clear()

    def call_credentials(self, arguments: Arguments, _body: bytes) -> None:
        """Accept only these credentials, or with `keep` these too."""
        if not arguments.pop("keep", False):
            self._store.accounts.clear()
        account = Account(**arguments)
        self._store.accounts[account.id] = account

    def call_clock(self, arguments: Arguments, _body: bytes) -> None:
        self._store.clock_offset = float(arguments["offset_seconds"])

    def call_archive(self, arguments: Arguments, _body: bytes) -> None:
        """Set how long a restore takes, and whether a bucket's class Archive needs one."""
        restores = self._store.restores
        restores.thaw_seconds = float(arguments.get("thaw_seconds", restores.thaw_seconds))
        if "real_time" in arguments:
            change = (
                restores.real_time.add if arguments["real_time"] else restores.real_time.discard
            )
            change(arguments["bucket"])

    def call_thaw(self, arguments: Arguments, _body: bytes) -> int:
        """Finish all restores, or with `freeze` let all restored objects be archived again."""
        restores = self._store.restores
        if arguments.get("freeze"):
            restores.freeze_now()
            return 0
        return restores.thaw_now(self._store.now())

    def call_online(self, arguments: Arguments, _body: bytes) -> None:
        self._switch(bool(arguments["online"]))

    def call_reset(self, _arguments: Arguments, _body: bytes) -> None:
        self._store.become(self._fresh())


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        return False
