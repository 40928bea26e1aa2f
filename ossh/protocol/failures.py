"""Why a request failed: the cause that a status, an error code and a message stand for. Pure.

    status, headers, body ──▶ not from OSS? ──▶ code ──▶ status ──▶ Failure(cause, …)

What a run does about each cause, such as trying again or not, is decided in
`transfer.scheduling.retry_policy`. Every message made here is one printable line without secrets.

Source: OSS API reference, "Error responses".
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from ossh.language import Words
from ossh.model import Cause, Failure, Thaw
from ossh.protocol.error_body import error_fields, one_line, safe_message
from ossh.protocol.headers import DELETE_MARKER, REASON, REQUEST_ID
from ossh.protocol.times import wait_seconds

# The service's code for an object that is being restored; manifests have it too.
THAWING_CODE: Final = "RestoreAlreadyInProgress"

_BY_CODE: Final[Mapping[str, tuple[Cause, str]]] = {
    "NoSuchBucket": (Cause.NO_BUCKET, Words("no such bucket")),
    "InvalidBucketName": (Cause.NO_BUCKET, Words("not a bucket name")),
    "BucketDisable": (Cause.NO_BUCKET, Words("the bucket is disabled")),
    "BucketNotBelongTo": (Cause.NO_BUCKET, Words("the bucket belongs to somebody else")),
    "NoSuchKey": (Cause.GONE, Words("no such object")),
    "NoSuchVersion": (Cause.GONE, Words("no such version of the object")),
    "SymlinkTargetNotExist": (
        Cause.GONE,
        Words("the symlink points to an object that does not exist"),
    ),
    "NotSymlink": (Cause.CHANGED, Words("the object is no longer a symlink")),
    "InvalidTargetType": (
        Cause.REFUSED,
        Words("the symlink points to another symlink, which the service does not follow"),
    ),
    "AccessDenied": (Cause.DENIED, Words("access denied")),
    "InvalidAccessKeyId": (
        Cause.BAD_CREDENTIALS,
        Words("the access key id is unknown or disabled"),
    ),
    "SignatureDoesNotMatch": (
        Cause.BAD_CREDENTIALS,
        Words("the access key secret is wrong (the signature does not match)"),
    ),
    "UserDisable": (Cause.BAD_CREDENTIALS, Words("the account is disabled")),
    "InDebt": (Cause.BAD_CREDENTIALS, Words("the account has unpaid bills")),
    "InDebtOverdue": (Cause.BAD_CREDENTIALS, Words("the account has unpaid bills")),
    "SecurityTokenExpired": (Cause.EXPIRED, Words("the temporary credentials have expired")),
    "InvalidSecurityToken": (Cause.EXPIRED, Words("the security token is not valid")),
    "AccessKeyIdAndSecurityTokenNotMatch": (
        Cause.EXPIRED,
        Words("the access key id and the security token do not belong together"),
    ),
    "RequestTimeTooSkewed": (Cause.CLOCK, Words("this computer's clock is wrong")),
    "SecondLevelDomainForbidden": (
        Cause.WRONG_ENDPOINT,
        Words("the endpoint expects the bucket as part of the host name"),
    ),
    "CnameDenied": (Cause.WRONG_ENDPOINT, Words("the domain is not bound to this bucket")),
    "NoSuchCname": (Cause.WRONG_ENDPOINT, Words("the domain is not bound to this bucket")),
    "PublicEndpointForbidden": (
        Cause.WRONG_ENDPOINT,
        Words("the data of this bucket cannot be read through OSS's public endpoint"),
    ),
    "InvalidObjectState": (Cause.ARCHIVED, Words("the object is archived and not restored")),
    THAWING_CODE: (Cause.ARCHIVED, Words("the object is being restored")),
    "PreconditionFailed": (Cause.CHANGED, Words("the object was replaced")),
    "NotModified": (Cause.CHANGED, Words("the object was replaced")),
    "InvalidRange": (Cause.CHANGED, Words("the object is shorter than it was")),
    "RequestTimeout": (Cause.TIMEOUT, Words("the service waited too long for the request")),
    "BadRequest": (Cause.SERVER, Words("the service could not read the request")),
    "InternalError": (Cause.SERVER, Words("internal service error")),
}
NO_OBJECT: Final = Failure(Cause.GONE, "NoSuchKey", _BY_CODE["NoSuchKey"][1])
_BY_STATUS: Final[Mapping[int, tuple[Cause, str]]] = {
    304: _BY_CODE["NotModified"],
    403: _BY_CODE["AccessDenied"],
    404: _BY_CODE["NoSuchKey"],
    408: _BY_CODE["RequestTimeout"],
    412: _BY_CODE["PreconditionFailed"],
    416: _BY_CODE["InvalidRange"],
}
# A delete marker, by the status: it was asked for, or found in the object's place.
_DELETED: Final[Mapping[int, str]] = {
    405: Words("this version is a delete marker: it records that the object was deleted"),
    404: Words("the object was deleted, but its versions are kept"),
}
_THROTTLING_STATUS = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
# What a gateway on the way answers when OSS, or the way to it, has trouble.
_OF_GATEWAYS = frozenset(range(500, 600)) | {HTTPStatus.TOO_MANY_REQUESTS}
_PORTALS = frozenset(
    {HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED}
)
_REFUSALS = frozenset(range(400, 500)) - {HTTPStatus.TOO_MANY_REQUESTS}
_REDIRECTS = frozenset(range(300, 400)) - {HTTPStatus.NOT_MODIFIED}
# Refusals of the key service come through OSS: with its own codes (KmsServiceNotEnabled, and those
# that start with these), or in the message of another code: "This request is forbidden by kms".
_KMS_CODES = ("Rejected.", "Forbidden.Key")
_SAYS_KMS = r"(?i)\bkms\b"
# Refusals of V1 signatures have the code of any refusal, and only these tell them apart.
_V1_REASON = "0002-00000080"
_SAYS_V1 = r"(?i)\bv(?:ersion )?1\b.*signature|signature.*\bv(?:ersion )?1\b"
_EXPLAINED = frozenset({Cause.DENIED, Cause.KMS})  # the service's own words say more than ours
_HOST = r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?"


def failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Return the failure that an unexpected answer stands for.

    The status may be 200, when the answer did not come from OSS. Headers are by lower-case name; of
    the body, as much as was read will do, b"" for HEAD.
    """
    fields = error_fields(headers, body)
    request_id = one_line(headers.get(REQUEST_ID) or fields.get("RequestId", ""))
    if status in _PORTALS or (not request_id and status not in _OF_GATEWAYS):
        return _foreign(status, headers)
    code = one_line(fields.get("Code", ""))
    if status == HTTPStatus.FORBIDDEN and _is_of_v1(headers, fields):
        return Failure(
            Cause.WRONG_ENDPOINT,
            "V1 signature",
            Words("OSS does not accept version 1 signatures here"),
            request_id,
        )
    # a body without a code was cut off, and only a code proves that access is denied
    is_clear = code or not (body or status == HTTPStatus.FORBIDDEN)
    by_status = _BY_STATUS.get(status) if is_clear else None
    cause, message = _meaning(status, code, headers, fields, by_status)
    endpoint = _right_endpoint(fields) if cause is Cause.WRONG_ENDPOINT else ""
    return Failure(
        cause, code or f"http {status}", message, request_id, wait_seconds(headers), endpoint
    )


def refusal(
    status: int, headers: Mapping[str, str], body: bytes, *also: HTTPStatus
) -> Failure | None:
    """Return why an answer is no success of OSS, None if it is one; `also` are other successes."""
    if status in {HTTPStatus.OK, *also} and headers.get(REQUEST_ID):
        return None
    return failure(status, headers, body)


def archived(thaw: Thaw) -> Failure:
    """Return the failure that the service gives for reading an archived object."""
    code = THAWING_CODE if thaw is Thaw.ONGOING else "InvalidObjectState"
    cause, message = _BY_CODE[code]
    return Failure(cause, code, message)


def _foreign(status: int, headers: Mapping[str, str]) -> Failure:
    """Return the failure of an answer that OSS did not give."""
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return tunnel_refusal(status)
    if status in _REDIRECTS:
        place = one_line(headers.get("location", "").partition("?")[0]) or "elsewhere"
        return Failure(
            Cause.NOT_OSS, "redirected", Words("the endpoint redirects to {place!r}", place=place)
        )
    kind = one_line(headers.get("content-type", "").partition(";")[0]) or Words("no content type")
    return Failure(
        Cause.NOT_OSS,
        "not OSS",
        Words(
            "the answer does not come from OSS (status {status}, {kind})", status=status, kind=kind
        ),
    )


def tunnel_refusal(status: int) -> Failure:
    """Return the failure of a proxy that does not connect us to the endpoint.

    By the status of its answer: below 500 it refuses, above it cannot reach the endpoint.
    """
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        text = Words("the proxy asks for a user name and a password")
        return Failure(Cause.NOT_OSS, "proxy login", text)
    if status in _REFUSALS:
        text = Words(
            "the proxy refused the connection to the endpoint (status {status})", status=status
        )
        return Failure(Cause.NOT_OSS, "proxy refusal", text)
    text = Words("the proxy cannot reach the endpoint (status {status})", status=status)
    return Failure(Cause.NETWORK, "unreachable", text)


def _meaning(
    status: int,
    code: str,
    headers: Mapping[str, str],
    fields: Mapping[str, str],
    by_status: tuple[Cause, str] | None,
) -> tuple[Cause, str]:
    """Return the cause and one line about it; a refusal without a code is tried again."""
    own_words = safe_message(fields)
    known = (
        _special(status, code, headers, fields)
        or _BY_CODE.get(code)
        or by_status
        or (
            Cause.REFUSED if code and status not in _OF_GATEWAYS else Cause.SERVER,
            own_words or Words("the service answered with status {status}", status=status),
        )
    )
    cause, message = known
    if cause in _EXPLAINED and own_words.replace(" ", "").lower() not in {"", "accessdenied"}:
        return cause, Words("{message}: {reason}", message=message, reason=own_words)
    return known


def _special(
    status: int, code: str, headers: Mapping[str, str], fields: Mapping[str, str]
) -> tuple[Cause, str] | None:
    """Return the meaning where it takes more than the code, or more than the status."""
    if code == "AccessDenied" and (endpoint := _right_endpoint(fields)):
        return Cause.WRONG_ENDPOINT, Words(
            "the bucket must be reached at the endpoint {endpoint!r}", endpoint=endpoint
        )
    if code == "InvalidArgument" and "signing region" in fields.get("Message", "").lower():
        return Cause.WRONG_ENDPOINT, Words("the region is not the bucket's own")
    if status in _REFUSALS and _is_of_kms(code, fields.get("Message", "")):
        return Cause.KMS, Words("the key service (KMS) refuses this object's key")
    if status in _THROTTLING_STATUS or code.endswith("LimitExceeded"):
        return Cause.THROTTLED, Words("the service asks to slow down")
    return (
        (Cause.GONE, _DELETED[status]) if DELETE_MARKER in headers and status in _DELETED else None
    )


def _is_of_v1(headers: Mapping[str, str], fields: Mapping[str, str]) -> bool:
    """Return whether version 1 signatures are refused.

    Source: OSS documentation, error 0002-00000080.
    """
    reason = headers.get(REASON) or fields.get("EC", "")
    return reason == _V1_REASON or re.search(_SAYS_V1, fields.get("Message", "")) is not None


def _is_of_kms(code: str, message: str) -> bool:
    if "kms" in code.lower() or code.startswith(_KMS_CODES):
        return True
    is_plain = code == "AccessDenied" or code not in _BY_CODE
    return is_plain and re.search(_SAYS_KMS, message) is not None


def _right_endpoint(fields: Mapping[str, str]) -> str:
    """Return the endpoint that an error says to use, or ""."""
    endpoint = fields.get("Endpoint", "")
    return endpoint if re.fullmatch(_HOST, endpoint) else ""
