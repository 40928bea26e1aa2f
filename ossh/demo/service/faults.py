"""Faults on request: their kinds, which requests they hit, and what they do to an answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from ossh.demo.content.bodies import BLOCK, Stored
from ossh.demo.http.answers import Answer, iso_date, with_body
from ossh.demo.refusal import CODES, Refusal
from ossh.demo.service.authentication import skewed

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
    # an error answer; two details are hints when to come again, `details` are those of its body
    "status": ("object", {"status": 500, "code": "", "message": "", "qos_delay_ms": None,
                          "retry_after": None, "details": {}, "headers": {}}),
    "reset": ("object", {}),  # RST instead of an answer
    "delay": ("object", {"seconds": 1.0}),  # silence first
    "hold": ("object", {}),  # silence first, until all faults are disarmed
    "interim": ("any", {}),  # `100 Continue` for ever
    "close": ("object", {}),  # the connection ends after the answer
    "cut": ("get", {"bytes": 0, "abrupt": False}),  # it ends after `bytes`; abrupt: by RST
    "short": ("get", {"missing": 1}),  # it ends `missing` bytes before the end of the body
    "stall": ("get", {"bytes": 0, "seconds": 3600.0}),  # silence after `bytes`, then it ends
    "slow": ("get", {"rate": 1024.0}),  # `rate` bytes/s, until all faults are disarmed
    "long": ("get", {"extra": 1}),  # `extra` bytes more, in body and Content-Length
    "corrupt": ("get", {"offset": None}),  # a flipped bit at `offset`; None: in the middle
    "bad-crc": ("object", {}),  # a wrong checksum header
    "no-crc": ("object", {}),  # no checksum header
    "changed-etag": ("object", {"size": None}),  # first, other bytes, as many or `size`
    "append": ("get", {"bytes": 1}),  # first, `bytes` more at the end of the object
    "gone": ("object", {}),  # first, the object is deleted
    "ignore-range": ("get", {}),  # 200 and the whole object, whatever Range says
    "flood": ("get", {}),  # no Content-Length but chunks, without end
    "nested": ("list", {"bytes": 1 << 20}),  # `bytes` of elements within elements
    "chunked": ("get", {}),  # no Content-Length but chunks
    "portal": ("object", {"status": 200}),  # a web page that is not OSS's
    "expired-token": ("object", {}),  # 403 SecurityTokenExpired
    "skew": ("object", {"minutes": 30.0}),  # 403 RequestTimeTooSkewed, naming a time ahead
    # 503 for what comes faster than `rate` requests/s
    "throttle": ("any", {"rate": 100.0, "code": "DownloadTrafficRateLimitExceeded",
                         "qos_delay_ms": None}),
    "short-page": ("list", {"keys": 1, "seconds": 0.0}),  # truncated after `keys`; silence first
    "ignore-parameter": ("list", {"parameter": "prefix"}),  # as behind some gateways
    "disorder": ("list", {}),  # a page's first two keys are swapped, the first comes twice
    "omit": ("list", {"keys": 1}),  # a page lacks its last `keys` keys, though it counts them
}  # fmt: skip
"""The kinds, each with the operation it hits unless told otherwise, and its details' defaults.

"First" means before the answer. `_ONCE` are those that strike once unless told otherwise. Only what
a `MemoryBucket` holds changes.
"""

_ONCE = frozenset({"changed-etag", "gone"})


@dataclass(eq=False, slots=True)
class Fault:
    """What is to go wrong, and how many requests it has met.

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
    _seen: Counter[str] = field(default_factory=Counter, init=False)  # requests that match, by key
    _level: float = field(default=0.0, init=False)  # requests beyond the rate
    _filled_at: float = field(default_factory=time.monotonic, init=False)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as its kind says
        return self.details[name]

    def strikes(self, operation: str, bucket: str, key: str) -> bool:
        """Return whether it strikes a request, and count that."""
        if operation not in OPERATIONS[self.operation]:
            return False
        if not (fnmatchcase(bucket, self.bucket) and fnmatchcase(key, self.key)):
            return False
        counted = key if self.per_key else ""
        self._seen[counted] += 1
        turn = self._seen[counted] - self.after
        if turn < 1 or (self.times is not None and turn > self.times):
            return False
        return self.kind != "throttle" or self._overflows(time.monotonic())

    def _overflows(self, now: float) -> bool:
        """Return whether a request comes sooner than the rate allows."""
        rate = float(self["rate"])
        self._level = max(0.0, self._level - (now - self._filled_at) * rate)
        self._filled_at = now
        if self._level + 1 > max(1.0, rate / 10):  # a tenth of a second may come at once
            return True
        self._level += 1
        return False


NO_FAULT = Fault("")


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


class FaultBook(list[Fault]):
    """The armed faults, in order; the first that strikes wins."""

    def clear(self) -> None:
        """Disarm all, and let go what they hold."""
        for fault in self:
            fault.disarmed.set()
        super().clear()

    def find(self, operation: str, bucket: str, key: str) -> Fault:
        """Return the fault that strikes this request, or `NO_FAULT`, and count it."""
        return next((one for one in self if one.strikes(operation, bucket, key)), NO_FAULT)


_PORTAL = (
    b"<html><head><title>Welcome</title></head><body>Please log in to this network</body></html>"
)
_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


def replaced(fault: Fault, token: str, now: float) -> Answer | None:
    """Return the answer a fault gives instead of the real one; None if it only spoils that.

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
            return Answer(200, is_usual=False, reset=True)
        case "interim":
            return Answer(200, is_usual=False, endless=_INTERIM * 1000)
        case "portal":
            return with_body(int(fault["status"]), _PORTAL, "text/html")
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


def spoiled(fault: Fault, answer: Answer) -> Answer:
    if fault.kind not in _CHANGES:
        return answer
    return replace(answer, is_usual=False, **_CHANGES[fault.kind](fault, answer))


def _delay(fault: Fault, _answer: Answer) -> dict[str, Any]:
    return {"delay_seconds": float(fault["seconds"])}


def _corrupt(fault: Fault, answer: Answer) -> dict[str, Any]:
    middle = (answer.start + answer.stop) // 2
    offset = middle if fault["offset"] is None else int(fault["offset"])
    data = bytearray(answer.content.read(answer.start, answer.stop))
    if answer.start <= offset < answer.stop:
        data[offset - answer.start] ^= 1
    return {"content": Stored(bytes(data)), "start": 0, "stop": len(data)}


def _nested(fault: Fault, _answer: Answer) -> dict[str, Any]:
    body = b"<ListBucketResult>" + b"<a>" * (int(fault["bytes"]) // 3)
    return {"content": Stored(body), "start": 0, "stop": len(body)}


_CHANGES: Mapping[str, Callable[[Fault, Answer], dict[str, Any]]] = {
    "delay": _delay,
    "short-page": _delay,
    "hold": lambda fault, _: {"held_until": fault.disarmed},
    "cut": lambda fault, _: {"stop_after": int(fault["bytes"]), "abrupt": bool(fault["abrupt"])},
    "short": lambda fault, answer: {"stop_after": max(0, answer.length - int(fault["missing"]))},
    "stall": lambda fault, _: {
        "stop_after": int(fault["bytes"]),
        "silence_seconds": float(fault["seconds"]),
    },
    "slow": lambda fault, _: {
        "bytes_per_second": float(fault["rate"]),
        "slow_until": fault.disarmed,
    },
    "long": lambda fault, _: {"extra": b"?" * min(int(fault["extra"]), BLOCK)},
    "flood": lambda _fault, _answer: {"chunked": True, "flood": b"?" * BLOCK},
    "chunked": lambda _fault, _answer: {"chunked": True},
    "close": lambda _fault, _answer: {"close": True},
    "corrupt": _corrupt,
    "bad-crc": lambda _fault, _answer: {"crc_change": 1},
    "no-crc": lambda _fault, _answer: {"crc_of": None},
    "nested": _nested,
}
