"""The service: buckets, accounts, faults, a log. A request in, an answer out; no sockets."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from ossh.demo import about, access, addressing, faults, listing, reading, spoil
from ossh.demo.access import Account
from ossh.demo.addressing import Place
from ossh.demo.archive import Archive
from ossh.demo.bucket import Bucket, MemoryBucket, appended, changed
from ossh.demo.faults import Fault
from ossh.demo.refusal import Refusal, denied, no_such_bucket
from ossh.demo.respond import Response, common_headers, new_request_id, refused, with_body
from ossh.demo.wire import Request

LOG_LENGTH = 200_000
"""Requests remembered; older ones are forgotten."""

_UNSUPPORTED = frozenset(
    [
        "acl",
        "append",
        "cors",
        "delete",
        "encryption",
        "inventory",
        "lifecycle",
        "logging",
        "policy",
        "position",
        "referer",
        "tagging",
        "uploadId",
        "uploads",
        "versioning",
        "versions",
        "website",
        "worm",
        "x-oss-process",
    ]
)


class Service:
    """All state of the demo, and the answers to requests."""

    def __init__(self, region: str, *, thaw_seconds: float = 2.0) -> None:
        """Start without buckets and accounts."""
        self.region = region
        self.endpoint = ""
        self.buckets: dict[str, Bucket] = {}
        self.accounts: dict[str, Account] = {}
        self.domains: dict[str, str] = {}
        self.clock_offset = 0.0
        self.faults = faults.FaultBook()
        self.archive = Archive(thaw_seconds)
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)

    def now(self) -> float:
        """Return the service's own time, in epoch seconds."""
        return time.time() + self.clock_offset

    def answer(self, request: Request) -> Response:
        """Answer a request, and write it into the log."""
        now, request_id = self.now(), new_request_id()
        place = addressing.Place()
        fault: Fault | None = None
        portal = False
        try:
            place = addressing.resolve(request.host, request.path, self.domains)
            sender = access.authenticate(request, place, self.accounts, self.region, now)
            fault = self.faults.find(_operation(request, place), place.bucket, place.key or "")
            response, portal = self._under(fault, request, place, sender, now)
        except Refusal as refusal:
            response = refused(refusal, request.method, request_id, request.host)
        if not portal:
            response.headers = common_headers(request_id, now) | response.headers
        self._write_log(request, place, fault, response.status)
        return response

    def _under(
        self, fault: Fault | None, request: Request, place: Place, sender: str, now: float
    ) -> tuple[Response, bool]:
        """Return the answer a fault leaves, and whether it is not the service's own."""
        if fault is None:
            return self._route(request, place, sender, now, None), False
        token = request.headers.get("x-oss-security-token", "")
        response = spoil.replaced(fault, token, now)
        if response is not None:
            return response, True
        self._meddle(fault, request, place, now)
        response = self._route(request, place, sender, now, fault)
        spoil.spoil(fault, response)
        return response, False

    def _meddle(self, fault: Fault, request: Request, place: Place, now: float) -> None:
        """Do what a fault does before the request is answered."""
        if fault.kind == "ignore-range":
            request.headers.pop("range", None)
        elif fault.kind == "ignore-parameter":
            request.query.pop(fault["parameter"], None)
        bucket = self.buckets.get(place.bucket)
        if place.key is None or not isinstance(bucket, MemoryBucket):
            return
        stored = bucket.get(place.key)
        if fault.kind == "changed-etag" and stored is not None:
            bucket.put(changed(stored, now, fault["size"]))
        elif fault.kind == "append" and stored is not None:
            bucket.put(appended(stored, now, fault["bytes"]))
        elif fault.kind == "gone":
            bucket.delete(place.key)

    def _route(
        self, request: Request, place: Place, sender: str, now: float, fault: Fault | None
    ) -> Response:
        if not place.bucket:
            return self._list_buckets(request, sender)
        bucket = self.buckets.get(place.bucket)
        if bucket is None:
            raise no_such_bucket(place.bucket)
        self._check_rights(request, bucket, sender)
        if unsupported := _UNSUPPORTED.intersection(request.query):
            message = f"The demo server does not implement {min(unsupported)}."
            raise Refusal(501, "NotImplemented", message)
        if place.key is None:
            return self._bucket(request, bucket, fault)
        return self._object(request, bucket, place.key, sender, now)

    def _check_rights(self, request: Request, bucket: Bucket, sender: str) -> None:
        if bucket.elsewhere:
            message = (
                "The bucket you are attempting to access must be addressed using the specified "
                "endpoint. Please send all future requests to this endpoint."
            )
            details = {"Bucket": bucket.name, "Endpoint": bucket.elsewhere}
            raise Refusal(403, "AccessDenied", message, details)
        if not sender and not (bucket.public and request.method in {"GET", "HEAD"}):
            raise denied("You have no right to access this object because of bucket acl.")

    def _list_buckets(self, request: Request, sender: str) -> Response:
        if not sender:
            raise denied("Anonymous access is forbidden for this operation.")
        if request.method != "GET":
            raise _not_allowed(request.method)
        return about.buckets(self.buckets.values(), request.query, self.endpoint, self.region)

    def _bucket(self, request: Request, bucket: Bucket, fault: Fault | None) -> Response:
        if request.method != "GET":
            raise _not_allowed(request.method)
        if "bucketInfo" in request.query:
            return about.bucket(bucket, self.endpoint, self.region)
        if "location" in request.query:
            return about.location(self.region)
        return self._list(request, bucket, fault)

    def _list(self, request: Request, bucket: Bucket, fault: Fault | None) -> Response:
        query = listing.parse_query(request.query)
        limit = fault["keys"] if fault is not None and fault.kind == "short-page" else None
        page = listing.list_page(bucket, query, limit)
        if fault is not None and fault.kind == "disorder":
            page = listing.disordered(page)
        now = self.now()
        xml = listing.page_xml(
            bucket, query, page, lambda stored: self.archive.header(bucket.name, stored, now)
        )
        return with_body(200, xml)

    def _object(
        self, request: Request, bucket: Bucket, key: str, sender: str, now: float
    ) -> Response:
        query, method = request.query, request.method
        if method == "POST" and "restore" in query:
            stored = reading.follow(bucket, reading.find(bucket, key, query))
            return Response(self.archive.restore(bucket.name, stored, request.body, now))
        if method not in {"GET", "HEAD"}:
            raise _not_allowed(method)
        if "symlink" in query:
            return reading.symlink(bucket, key, query)
        if "objectMeta" in query and method == "HEAD":
            return reading.meta(bucket, key, query)
        visit = reading.Visit(request, bucket, key, is_anonymous=not sender, now=now)
        return reading.read(visit, self.archive)

    def _write_log(self, request: Request, place: Place, fault: Fault | None, status: int) -> None:
        self.log.append(
            {
                "method": request.method,
                "bucket": place.bucket,
                "key": place.key or "",
                "range": request.headers.get("range", ""),
                "if_match": request.headers.get("if-match", ""),
                "status": status,
                "fault": "" if fault is None else fault.kind,
                "time": time.time(),
                "query": request.query,
            }
        )


def _operation(request: Request, place: Place) -> str:
    if not place.bucket:
        return "service"
    return "list" if place.key is None else request.method.lower()


def _not_allowed(method: str) -> Refusal:
    message = "The demo's buckets are read-only; use its control calls to change them."
    details = {"Method": method, "ResourceType": "Object"}
    return Refusal(405, "MethodNotAllowed", message, details)
