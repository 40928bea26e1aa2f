"""The object store: its buckets, accounts, faults and log, and its answers to requests."""

import time
from collections import deque
from typing import Any

from ossh.demo.content.buckets import Bucket, MemoryBucket, appended, changed
from ossh.demo.http.answers import (
    Answer,
    common_headers,
    document,
    new_request_id,
    refused,
    with_body,
)
from ossh.demo.http.requests import Request
from ossh.demo.refusal import Refusal, denied, no_such_bucket
from ossh.demo.service import list_requests, objects
from ossh.demo.service.addressing import Resource, resolve
from ossh.demo.service.authentication import Account, authenticate
from ossh.demo.service.faults import NO_FAULT, Fault, FaultBook, replaced, spoiled
from ossh.demo.service.thawing import Restores

LOG_LENGTH = 200_000  # requests; older ones are forgotten
# fmt: off
_UNSUPPORTED = frozenset(
    {
        "acl", "append", "bucketInfo", "cors", "delete", "encryption", "inventory", "lifecycle",
        "logging", "objectMeta", "policy", "position", "referer", "tagging", "uploadId", "uploads",
        "website", "worm", "x-oss-process",
    }
)
# fmt: on


class ObjectStore:
    """All state of the server."""

    def __init__(self, region: str, *, thaw_seconds: float = 2.0) -> None:
        self.region = region
        self.endpoint = ""
        self.buckets: dict[str, Bucket] = {}
        self.accounts: dict[str, Account] = {}
        self.domains: dict[str, str] = {}
        self.clock_offset = 0.0
        self.faults = FaultBook()
        self.restores = Restores(thaw_seconds)
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)

    def become(self, other: "ObjectStore") -> None:
        """Take over the state of another store, with this one's address."""
        self.faults.clear()  # which lets go whoever waits for one
        vars(self).update(vars(other) | {"endpoint": self.endpoint})

    def now(self) -> float:
        """Return the service's own time, in epoch seconds."""
        return time.time() + self.clock_offset

    def answer(self, request: Request) -> Answer:
        now, request_id = self.now(), new_request_id()
        resource, fault = Resource(), NO_FAULT
        try:
            resource = resolve(request.host, request.path, self.domains)
            sender = authenticate(request, resource, self.accounts, self.region, now)
            operation = _operation(request, resource)
            fault = self.faults.find(operation, resource.bucket, resource.key or "")
            answer = self._under(fault, request, resource, sender)
        except Refusal as refusal:
            answer = refused(refusal, request.method, request_id, request.host)
        if fault.kind != "portal":  # a page that is not of the service
            answer.headers = common_headers(request_id, now) | answer.headers
        self._write_log(request, resource, fault, answer.status)
        return answer

    def _under(self, fault: Fault, request: Request, resource: Resource, sender: str) -> Answer:
        token = request.headers.get("x-oss-security-token", "")
        answer = replaced(fault, token, self.now())
        if answer is not None:
            return answer
        self._prepare(fault, request, resource)
        answer = self._route(fault, request, resource, sender)
        return spoiled(fault, answer)

    def _prepare(self, fault: Fault, request: Request, resource: Resource) -> None:
        """Apply what a fault does before the request is answered."""
        if fault.kind == "ignore-range":
            request.headers.pop("range", None)
        elif fault.kind == "ignore-parameter":
            request.query.pop(fault["parameter"], None)
        bucket = self.buckets.get(resource.bucket)
        if resource.key is None or not isinstance(bucket, MemoryBucket):
            return
        stored, now = bucket.get(resource.key), self.now()
        if fault.kind == "changed-etag" and stored is not None:
            bucket.put(changed(stored, now, fault["size"]))
        elif fault.kind == "append" and stored is not None:
            bucket.put(appended(stored, now, fault["bytes"]))
        elif fault.kind == "gone":
            bucket.delete(resource.key, modified=now)

    def _route(self, fault: Fault, request: Request, resource: Resource, sender: str) -> Answer:
        if not resource.bucket:
            return self._list_buckets(request, sender)
        bucket = self.buckets.get(resource.bucket)
        if bucket is None:
            raise no_such_bucket(resource.bucket)
        self._check_rights(request, bucket, sender)
        if unsupported := _UNSUPPORTED.intersection(request.query):
            message = f"The demo server does not implement {min(unsupported)}."
            raise Refusal(501, "NotImplemented", message)
        if resource.key is None:
            return self._bucket(request, bucket, fault)
        return self._object(request, bucket, resource.key)

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

    def _list_buckets(self, request: Request, sender: str) -> Answer:
        if not sender:
            raise denied("Anonymous access is forbidden for this operation.")
        if request.method != "GET":
            raise _not_allowed(request.method)
        known = self.buckets.values()
        return list_requests.buckets(known, request.query, self.endpoint, self.region)

    def _bucket(self, request: Request, bucket: Bucket, fault: Fault) -> Answer:
        if request.method != "GET":
            raise _not_allowed(request.method)
        if "location" in request.query:
            return with_body(200, document("LocationConstraint", f"oss-{self.region}"))
        if "versioning" in request.query:  # where it was never enabled, there is no status
            status = f"<Status>{bucket.versioning}</Status>" if bucket.versioning else ""
            return with_body(200, document("VersioningConfiguration", status))
        return self._list(request, bucket, fault)

    def _list(self, request: Request, bucket: Bucket, fault: Fault) -> Answer:
        query, now = request.query, self.now()
        limit = fault["keys"] if fault.kind == "short-page" else None
        if "versions" in query:
            return list_requests.versions(bucket, query, limit)
        page = list_requests.list_page(bucket, query, limit)
        if fault.kind == "disorder":
            page = list_requests.disordered(page)
        xml = list_requests.page_xml(
            bucket,
            query,
            page,
            lambda stored: self.restores.header(bucket.name, stored, now),
            omitted=fault["keys"] if fault.kind == "omit" else 0,
        )
        return with_body(200, xml)

    def _object(self, request: Request, bucket: Bucket, key: str) -> Answer:
        query, method, now = request.query, request.method, self.now()
        if method == "POST" and "restore" in query:
            stored = objects.follow(bucket, objects.find(bucket, key, query))
            return Answer(self.restores.restore(bucket.name, stored, request.body, now))
        if method not in {"GET", "HEAD"}:
            raise _not_allowed(method)
        if "symlink" in query:
            return objects.symlink(bucket, key, query)
        return objects.read(request, bucket, key, self.restores, now)

    def _write_log(self, request: Request, resource: Resource, fault: Fault, status: int) -> None:
        self.log.append(
            {
                "method": request.method,
                "bucket": resource.bucket,
                "key": resource.key or "",
                "range": request.headers.get("range", ""),
                "if_match": request.headers.get("if-match", ""),
                "status": status,
                "fault": fault.kind,
                "time": time.time(),
                "query": request.query,
            }
        )


def _operation(request: Request, resource: Resource) -> str:
    if not resource.bucket:
        return "service"
    if resource.key is None and "versioning" in request.query:
        return "versioning"
    if resource.key is None and "versions" in request.query:
        return "versions"
    if resource.key is None:
        return "level" if request.query.get("delimiter") else "flat"
    return request.method.lower()


def _not_allowed(method: str) -> Refusal:
    message = "The demo's buckets are read-only; use its control calls to change them."
    details = {"Method": method, "ResourceType": "Object"}
    return Refusal(405, "MethodNotAllowed", message, details)
