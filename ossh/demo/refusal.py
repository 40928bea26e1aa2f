"""Error answers of the service: status, code, and the elements of the body."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CODES: Mapping[int, str] = {
    400: "BadRequest",
    403: "AccessDenied",
    404: "NoSuchKey",
    405: "MethodNotAllowed",
    409: "Conflict",
    412: "PreconditionFailed",
    416: "InvalidRange",
    429: "TooManyRequests",
    500: "InternalError",
    501: "NotImplemented",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
"""The code for a status when a fault names none."""


@dataclass(eq=False)
class Refusal(Exception):
    """Ends a request with an error answer."""

    status: int  # of HTTP
    code: str  # of OSS
    message: str  # an English sentence, as OSS writes them
    details: Mapping[str, str] = field(default_factory=dict)  # further elements of the error body
    headers: Mapping[str, str] = field(default_factory=dict)  # further headers of the answer


def denied(message: str) -> Refusal:
    return Refusal(403, "AccessDenied", message)


def invalid(name: str, value: str, message: str) -> Refusal:
    details = {"ArgumentName": name, "ArgumentValue": value}
    return Refusal(400, "InvalidArgument", message, details)


def no_such_key(key: str) -> Refusal:
    return Refusal(404, "NoSuchKey", "The specified key does not exist.", {"Key": key})


def no_such_bucket(bucket: str) -> Refusal:
    message = "The specified bucket does not exist."
    return Refusal(404, "NoSuchBucket", message, {"BucketName": bucket})
