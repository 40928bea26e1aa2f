"""Faults on request: their kinds, and which requests they hit.

    status         an error answer: status, code, message, headers, details of its body, and the
                   hints retry_after and qos_delay_ms
    reset          RST instead of an answer
    delay          silence for `seconds` before the answer
    hold           silence before the answer until all faults are disarmed
    interim        `100 Continue` for ever
    close          the connection ends after the answer
    cut            the connection ends after `bytes` of the body; with RST if `abrupt`
    short          the connection ends `missing` bytes before the end of the body
    stall          silence for `seconds` after `bytes` of the body, then the connection ends
    slow           the body at `rate` bytes/s until all faults are disarmed
    long           `extra` bytes more than there are, in body and Content-Length
    corrupt        a flipped bit in the byte at `offset`; in the middle of what is sent if None
    bad-crc        a wrong checksum header
    no-crc         no checksum header
    changed-etag   before the answer, the object gets other bytes, as many or `size`
    append         before the answer, an object gets `bytes` more at its end
    gone           before the answer, the object is deleted
    ignore-range   200 and the whole object, whatever Range says
    flood          no Content-Length but chunks, without end
    nested         a listing is `bytes` of elements within elements
    chunked        no Content-Length but chunks
    portal         a web page that is not OSS's, with status 200 or another `status`
    expired-token  403 SecurityTokenExpired
    skew           403 RequestTimeTooSkewed, naming a time `minutes` ahead
    throttle       503 for what comes faster than `rate` requests/s: code, qos_delay_ms
    short-page     a page of a listing holds at most `keys` keys and is truncated; it comes after
                   `seconds` of silence
    ignore-parameter  a listing does not obey `parameter`, as behind some gateways
    disorder       the first two keys of a page are swapped, the first comes a second time
    omit           a page lacks its last `keys` keys, though it counts them

`changed-etag` and `gone` strike once unless told otherwise, the others always; both do nothing to
generated buckets and folders.
"""

from __future__ import annotations

import asyncio
import fnmatch
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OPERATIONS: Mapping[str, frozenset[str]] = {
    "get": frozenset({"get"}),
    "head": frozenset({"head"}),
    "list": frozenset({"flat", "level", "versions"}),
    "flat": frozenset({"flat"}),  # a listing without a delimiter
    "level": frozenset({"level"}),  # and with one
    "versions": frozenset({"versions"}),
    "versioning": frozenset({"versioning"}),  # whether a bucket keeps versions
    "post": frozenset({"post"}),
    "object": frozenset({"get", "head", "post"}),
    "any": frozenset({"get", "head", "post", "flat", "level", "versions", "versioning", "service"}),
}
"""What a fault may be asked to hit."""

KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "status": ("object", {"status": 500, "code": "", "message": "", "qos_delay_ms": None,
                          "retry_after": None, "details": {}, "headers": {}}),
    "reset": ("object", {}),
    "delay": ("object", {"seconds": 1.0}),
    "hold": ("object", {}),
    "interim": ("any", {}),
    "close": ("object", {}),
    "cut": ("get", {"bytes": 0, "abrupt": False}),
    "short": ("get", {"missing": 1}),
    "stall": ("get", {"bytes": 0, "seconds": 3600.0}),
    "slow": ("get", {"rate": 1024.0}),
    "long": ("get", {"extra": 1}),
    "corrupt": ("get", {"offset": None}),
    "bad-crc": ("object", {}),
    "no-crc": ("object", {}),
    "changed-etag": ("object", {"size": None}),
    "append": ("get", {"bytes": 1}),
    "gone": ("object", {}),
    "ignore-range": ("get", {}),
    "flood": ("get", {}),
    "nested": ("list", {"bytes": 1 << 20}),
    "chunked": ("get", {}),
    "portal": ("object", {"status": 200}),
    "expired-token": ("object", {}),
    "skew": ("object", {"minutes": 30.0}),
    "throttle": ("any", {"rate": 100.0, "code": "DownloadTrafficRateLimitExceeded",
                         "qos_delay_ms": None}),
    "short-page": ("list", {"keys": 1, "seconds": 0.0}),
    "ignore-parameter": ("list", {"parameter": "prefix"}),
    "disorder": ("list", {}),
    "omit": ("list", {"keys": 1}),
}  # fmt: skip
"""The kinds, each with the operation it hits unless told otherwise, and its details' defaults."""

_ONCE = frozenset({"changed-etag", "gone"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong.

    `key` is a glob over whole keys ("" for a listing), `times` how often it strikes (None: always),
    after the first `after` requests that match. With `per_key` both count for each key apart.
    """

    kind: str
    key: str = "*"
    bucket: str = "*"
    operation: str = ""
    times: int | None = None
    after: int = 0
    per_key: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
    disarmed: asyncio.Event = field(default_factory=asyncio.Event)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as its kind says
        return self.details[name]


def make_fault(kind: str, **options: object) -> Fault:
    """Return a fault; what is no field of `Fault` is a detail of its kind.

    Raises:
        ValueError: For an unknown kind, operation or detail.
    """
    if kind not in KINDS:
        raise ValueError(f"no fault '{kind}'; there are: {', '.join(KINDS)}")
    operation, defaults = KINDS[kind]
    fields = {"key", "bucket", "operation", "times", "after", "per_key"} & options.keys()
    details = {name: value for name, value in options.items() if name not in fields}
    if unknown := details.keys() - defaults.keys():
        raise ValueError(f"fault '{kind}' has no {sorted(unknown)}; it has {sorted(defaults)}")
    chosen: dict[str, Any] = {"times": 1} if kind in _ONCE else {}
    chosen |= {name: options[name] for name in fields}
    chosen["operation"] = chosen.get("operation") or operation
    if chosen["operation"] not in OPERATIONS:
        raise ValueError(f"no operation '{chosen['operation']}'; there are {list(OPERATIONS)}")
    return Fault(kind, **chosen, details={**defaults, **details})


class _Armed:
    """A fault, its compiled glob and its counts."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.operations = OPERATIONS[fault.operation]
        self.matches = re.compile(fnmatch.translate(fault.key)).match
        self.matches_bucket = re.compile(fnmatch.translate(fault.bucket)).match
        self.seen: Counter[str] = Counter()
        self.level = 0.0
        self.filled_at = time.monotonic()

    def strikes(self, operation: str, bucket: str, key: str) -> bool:
        fault = self.fault
        if operation not in self.operations or not self.matches_bucket(bucket):
            return False
        if not self.matches(key):
            return False
        counted = key if fault.per_key else ""
        self.seen[counted] += 1
        turn = self.seen[counted] - fault.after
        if turn < 1 or (fault.times is not None and turn > fault.times):
            return False
        return fault.kind != "throttle" or self.overflows(time.monotonic())

    def overflows(self, now: float) -> bool:
        """Return whether a request comes sooner than the rate allows."""
        rate = float(self.fault["rate"])
        self.level = max(0.0, self.level - (now - self.filled_at) * rate)
        self.filled_at = now
        if self.level + 1 > max(1.0, rate / 10):  # a tenth of a second may come at once
            return True
        self.level += 1
        return False


class FaultBook:
    """The armed faults, in order; the first that strikes wins."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def add(self, fault: Fault) -> None:
        self._armed.append(_Armed(fault))

    def clear(self) -> None:
        """Disarm all, and let go what they hold."""
        for armed in self._armed:
            armed.fault.disarmed.set()
        self._armed.clear()

    def find(self, operation: str, bucket: str, key: str) -> Fault | None:
        """Return the fault that strikes this request, and count it."""
        for armed in self._armed:
            if armed.strikes(operation, bucket, key):
                return armed.fault
        return None
