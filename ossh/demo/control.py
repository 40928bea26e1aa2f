"""The control calls: how a test or a teacher changes the demo while it runs.

`POST /-demo/CALL` with the header `x-demo-token` and the call's arguments as ASCII JSON in
`x-demo-args`; bytes of an object are the request's body. No bucket has a name like `-demo`.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

from ossh.demo.access import Account
from ossh.demo.bucket import MemoryBucket, StoredObject, make_object
from ossh.demo.faults import make_fault
from ossh.demo.refusal import Refusal, no_such_bucket, no_such_key
from ossh.demo.respond import Response, new_request_id, refused, with_body
from ossh.demo.service import Service
from ossh.demo.wire import Request

PATH = "/-demo/"
TOKEN_HEADER = "x-demo-token"
ARGUMENTS_HEADER = "x-demo-args"

Arguments = dict[str, Any]


class Control:
    """Answers control calls from this machine that carry the token."""

    def __init__(self, service: Service, token: str, switch: Callable[[bool], None]) -> None:
        """Control `service`; `switch` takes it off the network, and back."""
        self._service = service
        self._token = token
        self._switch = switch
        self._calls: Mapping[str, Callable[[Arguments, bytes], object]] = {
            "put": self._put,
            "fill": self._fill,
            "delete": self._delete,
            "body": self._body,
            "bucket": self._bucket,
            "domain": self._domain,
            "fault": self._fault,
            "clear-faults": self._clear_faults,
            "requests": self._requests,
            "clear-requests": self._clear_requests,
            "credentials": self._credentials,
            "clock": self._clock,
            "online": self._online,
            "archive": self._archive,
            "thaw": self._thaw,
        }

    def wants(self, request: Request) -> bool:
        """Tell whether a request is a control call, and not for a key `-demo/…` in host style."""
        return request.path.startswith(PATH) and TOKEN_HEADER in request.headers

    def answer(self, request: Request, peer: str) -> Response:
        """Do what a control call says; its result is JSON, or an object's bytes."""
        try:
            self._check(request, peer)
            result = self._call(request)
        except Refusal as refusal:
            return refused(refusal, request.method, new_request_id(), request.host)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            wrong = Refusal(400, "InvalidArgument", f"{type(error).__name__}: {error}")
            return refused(wrong, request.method, new_request_id(), request.host)
        if isinstance(result, StoredObject):
            return Response(200, {}, result.content, 0, result.size)
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
        if name not in self._calls:
            raise Refusal(404, "NoSuchKey", f"There is no control call '{name}'.")
        arguments = json.loads(request.headers.get(ARGUMENTS_HEADER, "{}"))
        return self._calls[name](arguments, request.body)

    def _changeable(self, name: str) -> MemoryBucket:
        bucket = self._service.buckets.get(name)
        if not isinstance(bucket, MemoryBucket):
            raise no_such_bucket(name) if bucket is None else ValueError(f"{name} is read-only")
        return bucket

    def _put(self, arguments: Arguments, body: bytes) -> object:
        bucket = self._changeable(arguments.pop("bucket"))
        is_generated = "size" in arguments or "symlink_to" in arguments
        arguments.setdefault("modified", self._service.now())
        stored = make_object(body=None if is_generated else body, **arguments)
        bucket.put(stored)
        return {"key": stored.key, "etag": stored.etag, "size": stored.size}

    def _fill(self, arguments: Arguments, _body: bytes) -> object:
        """Put `count` generated objects; `pattern` is formatted with their number."""
        bucket = self._changeable(arguments.pop("bucket"))
        pattern, count = arguments.pop("pattern"), arguments.pop("count")
        arguments.setdefault("modified", self._service.now())
        for number in range(count):
            bucket.put(make_object(pattern.format(number), **arguments))
        return count

    def _delete(self, arguments: Arguments, _body: bytes) -> None:
        self._changeable(arguments["bucket"]).delete(arguments["key"], arguments["marker"])

    def _body(self, arguments: Arguments, _body: bytes) -> StoredObject:
        bucket = self._service.buckets.get(arguments["bucket"])
        if bucket is None:
            raise no_such_bucket(arguments["bucket"])
        stored = bucket.get(arguments["key"])
        if stored is not None and stored.target is not None:
            stored = bucket.get(stored.target)
        if stored is None:
            raise no_such_key(arguments["key"])
        return stored

    def _bucket(self, arguments: Arguments, _body: bytes) -> None:
        bucket = MemoryBucket(**arguments)
        self._service.buckets[bucket.name] = bucket

    def _domain(self, arguments: Arguments, _body: bytes) -> None:
        self._service.domains[arguments["domain"]] = arguments["bucket"]

    def _fault(self, arguments: Arguments, _body: bytes) -> None:
        self._service.faults.add(make_fault(**arguments))

    def _clear_faults(self, _arguments: Arguments, _body: bytes) -> None:
        self._service.faults.clear()

    def _requests(self, _arguments: Arguments, _body: bytes) -> object:
        return list(self._service.log)

    def _clear_requests(self, _arguments: Arguments, _body: bytes) -> None:
        self._service.log.clear()

    def _credentials(self, arguments: Arguments, _body: bytes) -> None:
        """Make these the only credentials, or with `keep` some more."""
        if not arguments.pop("keep", False):
            self._service.accounts.clear()
        account = Account(**arguments)
        self._service.accounts[account.id] = account

    def _clock(self, arguments: Arguments, _body: bytes) -> None:
        self._service.clock_offset = float(arguments["offset_seconds"])

    def _archive(self, arguments: Arguments, _body: bytes) -> None:
        """Set how long a restore takes, and whether a bucket's class Archive needs one."""
        archive = self._service.archive
        archive.thaw_seconds = float(arguments.get("thaw_seconds", archive.thaw_seconds))
        if "real_time" in arguments:
            change = archive.real_time.add if arguments["real_time"] else archive.real_time.discard
            change(arguments["bucket"])

    def _thaw(self, arguments: Arguments, _body: bytes) -> int:
        """End all restores that are under way; or let all that is restored freeze again."""
        archive = self._service.archive
        if arguments.get("freeze"):
            archive.freeze_now()
            return 0
        return archive.thaw_now(self._service.now())

    def _online(self, arguments: Arguments, _body: bytes) -> None:
        self._switch(bool(arguments["online"]))


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        return False
