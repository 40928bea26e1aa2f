"""What a fault does to an answer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ossh.demo.content.bodies import BLOCK, Corrupted, Stored
from ossh.demo.http.answers import Answer, Delivery, iso_date, with_body
from ossh.demo.refusal import CODES, Refusal
from ossh.demo.service.authentication import skewed
from ossh.demo.service.faults import Fault

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
            return Answer(200, delivery=Delivery(reset=True))
        case "interim":
            return Answer(200, delivery=Delivery(endless=_INTERIM * 1000))
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


def spoil(fault: Fault, answer: Answer) -> Answer:
    if fault.kind in _DELIVERIES:
        return replace(answer, delivery=Delivery(**_DELIVERIES[fault.kind](fault, answer)))
    if fault.kind in _CHANGES:
        return replace(answer, **_CHANGES[fault.kind](fault, answer))
    return answer


def _delay(fault: Fault, _answer: Answer) -> dict[str, Any]:
    return {"delay_seconds": float(fault["seconds"])}


_DELIVERIES: Mapping[str, Callable[[Fault, Answer], dict[str, Any]]] = {
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
}


def _corrupt(fault: Fault, answer: Answer) -> dict[str, Any]:
    middle = (answer.start + answer.stop) // 2
    offset = middle if fault["offset"] is None else int(fault["offset"])
    return {"content": Corrupted(answer.content, offset)}


def _nested(fault: Fault, _answer: Answer) -> dict[str, Any]:
    body = b"<ListBucketResult>" + b"<a>" * (int(fault["bytes"]) // 3)
    return {"content": Stored(body), "start": 0, "stop": len(body)}


_CHANGES: Mapping[str, Callable[[Fault, Answer], dict[str, Any]]] = {
    "close": lambda _fault, _answer: {"close": True},
    "corrupt": _corrupt,
    "bad-crc": lambda _fault, _answer: {"crc_change": 1},
    "no-crc": lambda _fault, _answer: {"crc_of": None},
    "nested": _nested,
}
