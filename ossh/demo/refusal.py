"""Error answers of the service: status, code, and the elements of the body."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

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

_EC: Mapping[str, str] = {
    "NoSuchBucket": "0015-00000101",
    "NoSuchKey": "0026-00000001",
    "AccessDenied": "0003-00000001",
    "InvalidAccessKeyId": "0002-00000902",
    "SignatureDoesNotMatch": "0002-00000040",
    "InvalidSecurityToken": "0002-00000007",
    "SecurityTokenExpired": "0002-00000007",
    "InvalidArgument": "0002-00000226",
    "DownloadTrafficRateLimitExceeded": "0004-00000402",
}


class Refusal(Exception):
    """Ends a request with an error answer.

    Args:
        status: HTTP status.
        code: OSS error code.
        message: English sentence, as OSS writes them.
        details: Further elements of the error body.
        headers: Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}
        self.headers = headers or {}

    @property
    def ec(self) -> str:
        """Return the finer error number; "0001-00000000" where none is known."""
        return _EC.get(self.code, "0001-00000000")

    def xml(self, request_id: str, host: str) -> bytes:
        facts = {
            "Code": self.code,
            "Message": self.message,
            "RequestId": request_id,
            "HostId": host,
            **self.details,
            "EC": self.ec,
            "RecommendDoc": f"https://api.aliyun.com/troubleshoot?q={self.ec}",
        }
        lines = "".join(f"  <{name}>{escape(text)}</{name}>\n" for name, text in facts.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n{lines}</Error>\n'.encode()


def denied(message: str) -> Refusal:
    return Refusal(403, "AccessDenied", message)


def invalid(name: str, value: str, message: str) -> Refusal:
    """Return a 400 InvalidArgument about one parameter."""
    details = {"ArgumentName": name, "ArgumentValue": value}
    return Refusal(400, "InvalidArgument", message, details)


def no_such_key(key: str) -> Refusal:
    return Refusal(404, "NoSuchKey", "The specified key does not exist.", {"Key": key})


def no_such_bucket(bucket: str) -> Refusal:
    message = "The specified bucket does not exist."
    return Refusal(404, "NoSuchBucket", message, {"BucketName": bucket})
