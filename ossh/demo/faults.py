"""Faults on request: which request is hit, and what happens to its answer."""

from __future__ import annotations

import fnmatch
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ossh.demo.access import skewed
from ossh.demo.content import BLOCK, Corrupted
from ossh.demo.refusal import CODES, Refusal
from ossh.demo.respond import Delivery, Response, iso_date, with_body

OPERATIONS: Mapping[str, frozenset[str]] = {
    "get": frozenset({"get"}),
    "head": frozenset({"head"}),
    "list": frozenset({"list"}),
    "post": frozenset({"post"}),
    "object": frozenset({"get", "head", "post"}),
    "any": frozenset({"get", "head", "post", "list", "service"}),
}
"""What a fault may be asked to hit."""

KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "status": ("object", {"status": 500, "code": "", "message": "", "qos_delay_ms": None,
                          "retry_after": None, "details": {}, "headers": {}}),
    "reset": ("object", {}),
    "delay": ("object", {"seconds": 1.0}),
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
    "gone": ("object", {}),
    "ignore-range": ("get", {}),
    "chunked": ("get", {}),
    "portal": ("object", {}),
    "expired-token": ("object", {}),
    "skew": ("object", {"minutes": 30.0}),
    "throttle": ("any", {"rate": 100.0, "code": "DownloadTrafficRateLimitExceeded",
                         "qos_delay_ms": None}),
    "short-page": ("list", {"keys": 1}),
    "disorder": ("list", {}),
}  # fmt: skip
"""The kinds, each with the operation it hits unless told otherwise, and its details' defaults."""

_ONCE = frozenset({"changed-etag", "gone"})
_PORTAL = (
    b"<html><head><title>Welcome</title></head><body>Please log in to this network</body></html>"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What shall go wrong.

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

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as its kind says
        """Return a detail."""
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
        self.bucket_level = 0.0
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
        """Tell whether a request comes sooner than the rate allows."""
        rate = float(self.fault["rate"])
        self.bucket_level = max(0.0, self.bucket_level - (now - self.filled_at) * rate)
        self.filled_at = now
        if self.bucket_level >= max(1.0, rate / 10):  # a tenth of a second may come at once
            return True
        self.bucket_level += 1
        return False


class FaultBook:
    """The faults that are armed, in the order they were asked for; the first that strikes wins."""

    def __init__(self) -> None:
        """Arm nothing."""
        self._armed: list[_Armed] = []

    def add(self, fault: Fault) -> None:
        """Arm a fault."""
        self._armed.append(_Armed(fault))

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def find(self, operation: str, bucket: str, key: str) -> Fault | None:
        """Return the fault that strikes this request, and count it."""
        for armed in self._armed:
            if armed.strikes(operation, bucket, key):
                return armed.fault
        return None


def replaced(fault: Fault, token: str, now: float) -> Response | None:
    """Return the answer a fault gives instead of the real one; None if it only spoils that.

    Args:
        fault: What strikes.
        token: Security token of the request, echoed as OSS does.
        now: Epoch seconds.

    Raises:
        Refusal: For faults that are error answers of the service.
    """
    match fault.kind:
        case "status" | "throttle":
            raise _status(fault)
        case "expired-token":
            message = "The security token you provided has expired."
            raise Refusal(403, "SecurityTokenExpired", message, {"SecurityToken": token})
        case "skew":
            raise skewed(iso_date(now), now + 60 * fault["minutes"])
        case "reset":
            return Response(200, delivery=Delivery(reset=True))
        case "portal":
            return with_body(200, _PORTAL, "text/html")
        case _:
            return None


def _status(fault: Fault) -> Refusal:
    status = int(fault.details.get("status", 503))
    code = fault["code"] or CODES.get(status, "InternalError")
    headers = {str(name): str(value) for name, value in fault.details.get("headers", {}).items()}
    if fault["qos_delay_ms"] is not None:
        headers["x-oss-qos-delay-time"] = str(fault["qos_delay_ms"])
    if fault.details.get("retry_after") is not None:
        headers["Retry-After"] = str(fault["retry_after"])
    message = fault.details.get("message") or "This answer was asked of the demo server."
    details = {str(name): str(value) for name, value in fault.details.get("details", {}).items()}
    return Refusal(status, code, message, details, headers)


def spoil(fault: Fault, response: Response) -> None:
    """Change an answer as a fault demands."""
    if (change := _SPOILERS.get(fault.kind)) is not None:
        change(fault, response)


def _delay(fault: Fault, response: Response) -> None:
    response.delivery = replace(response.delivery, delay_seconds=float(fault["seconds"]))


def _close(_fault: Fault, response: Response) -> None:
    response.close = True


def _cut(fault: Fault, response: Response) -> None:
    response.delivery = replace(
        response.delivery, stop_after=int(fault["bytes"]), abrupt=bool(fault["abrupt"])
    )


def _short(fault: Fault, response: Response) -> None:
    sent = max(0, response.length - int(fault["missing"]))
    response.delivery = replace(response.delivery, stop_after=sent)


def _stall(fault: Fault, response: Response) -> None:
    response.delivery = replace(
        response.delivery,
        stop_after=int(fault["bytes"]),
        silence_seconds=float(fault["seconds"]),
    )


def _slow(fault: Fault, response: Response) -> None:
    response.delivery = replace(response.delivery, bytes_per_second=float(fault["rate"]))


def _long(fault: Fault, response: Response) -> None:
    response.delivery = replace(response.delivery, extra=b"?" * min(int(fault["extra"]), BLOCK))


def _corrupt(fault: Fault, response: Response) -> None:
    offset = fault["offset"]
    if offset is None:
        offset = (response.start + response.stop) // 2
    response.content = Corrupted(response.content, int(offset))


def _bad_crc(_fault: Fault, response: Response) -> None:
    response.crc_change = 1


def _no_crc(_fault: Fault, response: Response) -> None:
    response.crc_of = None


def _chunked(_fault: Fault, response: Response) -> None:
    response.delivery = replace(response.delivery, chunked=True)


_SPOILERS: Mapping[str, Callable[[Fault, Response], None]] = {
    "delay": _delay,
    "close": _close,
    "cut": _cut,
    "short": _short,
    "stall": _stall,
    "slow": _slow,
    "long": _long,
    "corrupt": _corrupt,
    "bad-crc": _bad_crc,
    "no-crc": _no_crc,
    "chunked": _chunked,
}
