"""What an answer that is not the expected one means.

Pure: a status, headers and a body go in, a `Failure` comes out. Every message made here is one
printable line without secrets, although error bodies echo key ids, tokens and signatures.

Source: OSS API reference, "Error responses".
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from xml.parsers import expat

from ossh.language import Words, _
from ossh.model import Cause, Failure, Thaw
from ossh.protocol.headers import (
    DELETE_MARKER,
    ERROR_BODY,
    QOS_DELAY,
    REASON,
    REQUEST_ID,
    parse_http_date,
)

_XML_LIMIT = 64 * 1024  # bytes; error bodies are below 4 KiB, more is not ours to parse
_MESSAGE_LIMIT = 300  # characters of the service's own words
_WAIT_LIMIT = 300.0  # seconds; a gateway that asks for a day is asked again sooner
_DEPTH = 2  # the fields are the children of <Error>

# What the service says of an object that is being restored; so the manifest marks those too.
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
        Words("OSS's public endpoint is closed to the data of this bucket"),
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
_BY_STATUS: Final[Mapping[int, tuple[Cause, str]]] = {
    304: _BY_CODE["NotModified"],
    403: _BY_CODE["AccessDenied"],
    404: _BY_CODE["NoSuchKey"],
    408: _BY_CODE["RequestTimeout"],
    412: _BY_CODE["PreconditionFailed"],
    416: _BY_CODE["InvalidRange"],
}
# What a delete marker means, by how it is answered: asked for, or met in the object's place.
_DELETED: Final[Mapping[int, str]] = {
    405: Words("this version is a delete marker: it records that the object was deleted"),
    404: Words("the object was deleted, but its versions are kept"),
}
_THROTTLING_STATUS = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
# What a gateway on the way says of itself when OSS, or the way to it, has trouble.
_OF_GATEWAYS = frozenset(range(500, 600)) | {HTTPStatus.TOO_MANY_REQUESTS}
_PORTALS = frozenset(
    {HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED}
)
_REFUSALS = frozenset(range(400, 500)) - {HTTPStatus.TOO_MANY_REQUESTS}
_REDIRECTS = frozenset(range(300, 400)) - {HTTPStatus.NOT_MODIFIED}
# How the key service speaks, through OSS: in the codes of its own (KmsServiceNotEnabled, and those
# that begin so), or in the message of another one: "This request is forbidden by kms".
_KMS_CODES = ("Rejected.", "Forbidden.Key")
_SAYS_KMS = re.compile(r"\bkms\b", re.IGNORECASE)
# How a refusal of V1 signatures is told: the service's code for it is that of any refusal.
_V1_REASON = "0002-00000080"
_SAYS_V1 = re.compile(r"\bv(?:ersion )?1\b.*signature|signature.*\bv(?:ersion )?1\b", re.IGNORECASE)
_EXPLAINED = frozenset({Cause.DENIED, Cause.KMS})
_SHORTEST_SECRET = 3  # characters; blotting out shorter values would blot out words

_SECRET_FIELDS = (
    "OSSAccessKeyId",
    "SignatureProvided",
    "StringToSign",
    "StringToSignBytes",
    "CanonicalRequest",
    "CanonicalRequestBytes",
    "SecurityToken",
    "AccessKeyId",
)
_SECRET_SHAPES = re.compile(
    r"LTAI[0-9A-Za-z]{8,}"  # access key ids of users
    r"|STS\.[0-9A-Za-z]{8,}"  # and of temporary credentials
    r"|CAIS[0-9A-Za-z+/=]{16,}"  # security tokens
    r"|(?i:signature|security-?token|accesskeyid|authorization)\s*[=:]\s*[^\s&,;]+"
)
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::\d{1,5})?", re.ASCII)


def failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Return what an answer that is not the expected one means.

    Args:
        status: The HTTP status; also 200, when the answer did not come from OSS.
        headers: Header values by lower-case name.
        body: The answer's body, or as much as was read of it; b"" for HEAD.
    """
    fields = error_fields(headers, body)
    request_id = _one_line(headers.get(REQUEST_ID) or fields.get("RequestId", ""))
    if status in _PORTALS or (not request_id and status not in _OF_GATEWAYS):
        return _foreign(status, headers)
    code = _one_line(fields.get("Code", ""))
    if status == HTTPStatus.FORBIDDEN and _is_of_v1(headers, fields):
        return Failure(
            Cause.WRONG_ENDPOINT,
            "V1 signature",
            Words("OSS does not take signatures of version 1 here"),
            request_id,
        )
    # a body without a code was cut off, and only a code tells that access is denied
    is_clear = code or not (body or status == HTTPStatus.FORBIDDEN)
    by_status = _BY_STATUS.get(status) if is_clear else None
    cause, message = _meaning(status, code, headers, fields, by_status)
    endpoint = _right_endpoint(fields) if cause is Cause.WRONG_ENDPOINT else ""
    return Failure(
        cause, code or f"http {status}", message, request_id, _wait_seconds(headers), endpoint
    )


def archived(thaw: Thaw) -> Failure:
    """Return why an archived object cannot be read, as the service would say it."""
    code = THAWING_CODE if thaw is Thaw.ONGOING else "InvalidObjectState"
    cause, message = _BY_CODE[code]
    return Failure(cause, code, message)


def error_fields(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """Return the fields of an error body by name, {} when there is no such body.

    The body of an answer to HEAD stands in a header. What cannot be parsed ends the fields
    quietly: an error body may be cut off. The values are raw: they may hold secrets.
    """
    if not body and (encoded := headers.get(ERROR_BODY)):
        try:
            body = base64.b64decode(encoded[: 2 * _XML_LIMIT], validate=True)
        except (binascii.Error, ValueError):
            return {}
    return _parse_error(body[:_XML_LIMIT])


def _parse_error(body: bytes) -> dict[str, str]:
    """Return the texts of the children of `<Error>`."""
    fields: dict[str, str] = {}
    path: list[str] = []
    text: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name)
        text.clear()

    def end(name: str) -> None:
        if len(path) == _DEPTH and path[0] == "Error":
            fields.setdefault(name, "".join(text).strip())
        path.pop()

    def refuse(*_declaration: object) -> None:
        message = _("a document type in an error body")
        raise ValueError(message)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the C function takes no keyword
    except (expat.ExpatError, ValueError):
        return fields
    return fields


def _foreign(status: int, headers: Mapping[str, str]) -> Failure:
    """Return the failure of an answer that OSS did not give."""
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return tunnel_refusal(status)
    if status in _REDIRECTS:
        place = _one_line(headers.get("location", "").partition("?")[0]) or "elsewhere"
        return Failure(
            Cause.NOT_OSS, "redirected", Words("the endpoint redirects to {place!r}", place=place)
        )
    kind = _one_line(headers.get("content-type", "").partition(";")[0]) or Words("no content type")
    return Failure(
        Cause.NOT_OSS,
        "not OSS",
        Words(
            "the answer does not come from OSS (status {status}, {kind})", status=status, kind=kind
        ),
    )


def tunnel_refusal(status: int) -> Failure:
    """Return what it means that a proxy makes no way to the endpoint.

    Args:
        status: Of its answer: its own opinion below 500, else trouble on its way.
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
    own_words = _safe_message(fields)
    known = (
        _misplaced(code, fields)
        or _special(status, code, headers, fields)
        or _BY_CODE.get(code)
        or by_status
        or (
            Cause.REFUSED if code and status not in _OF_GATEWAYS else Cause.SERVER,
            own_words or Words("the service answered with status {status}", status=status),
        )
    )
    cause, message = known
    # Of refusals the service's own words say more than ours, unless they are the same.
    if cause in _EXPLAINED and own_words.replace(" ", "").lower() not in {"", "accessdenied"}:
        return cause, Words("{message}: {reason}", message=message, reason=own_words)
    return known


def _misplaced(code: str, fields: Mapping[str, str]) -> tuple[Cause, str] | None:
    """Return the meaning of a bucket being elsewhere; its code means other things too."""
    if code == "AccessDenied" and (endpoint := _right_endpoint(fields)):
        return Cause.WRONG_ENDPOINT, Words(
            "the bucket must be reached at the endpoint {endpoint!r}", endpoint=endpoint
        )
    if code == "InvalidArgument" and "signing region" in fields.get("Message", "").lower():
        return Cause.WRONG_ENDPOINT, Words("the region is not the bucket's own")
    return None


def _special(
    status: int, code: str, headers: Mapping[str, str], fields: Mapping[str, str]
) -> tuple[Cause, str] | None:
    """Return the meaning where code or status alone do not determine it."""
    if status in _REFUSALS and _is_of_kms(code, fields.get("Message", "")):
        return Cause.KMS, Words("the key service (KMS) refuses this object's key")
    if code == "RequestTimeTooSkewed":
        return Cause.CLOCK, _skew_message(fields)
    if status in _THROTTLING_STATUS or code.endswith("LimitExceeded"):
        return Cause.THROTTLED, Words("the service asks to slow down")
    return (
        (Cause.GONE, _DELETED[status]) if DELETE_MARKER in headers and status in _DELETED else None
    )


def _is_of_v1(headers: Mapping[str, str], fields: Mapping[str, str]) -> bool:
    """Tell whether it is the version of the signature that is refused.

    Source: OSS documentation, error 0002-00000080.
    """
    reason = headers.get(REASON) or fields.get("EC", "")
    return reason == _V1_REASON or _SAYS_V1.search(fields.get("Message", "")) is not None


def _is_of_kms(code: str, message: str) -> bool:
    """Tell whether it is the key service that refuses."""
    if "kms" in code.lower() or code.startswith(_KMS_CODES):
        return True
    is_plain = code == "AccessDenied" or code not in _BY_CODE
    return is_plain and _SAYS_KMS.search(message) is not None


def _right_endpoint(fields: Mapping[str, str]) -> str:
    """Return the endpoint that an error says to use, or ""."""
    endpoint = fields.get("Endpoint", "")
    return endpoint if _HOST.fullmatch(endpoint) else ""


def _skew_message(fields: Mapping[str, str]) -> str:
    """Say by how much this computer's clock is off, where the error says so."""
    sent, served = (_moment(fields.get(name, "")) for name in ("RequestTime", "ServerTime"))
    if sent is None or served is None:
        return _BY_CODE["RequestTimeTooSkewed"][1]
    minutes = round((sent - served) / 60)
    if minutes > 0:
        return Words("this computer's clock is {minutes} minutes ahead", minutes=minutes)
    return Words("this computer's clock is {minutes} minutes behind", minutes=-minutes)


def server_time(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return the service's clock as an answer shows it, in seconds since the epoch.

    An error's ServerTime is believed first: services behind a proxy were seen to send a Date of
    1970 beside a right ServerTime.
    """
    served = _moment(error_fields(headers, body).get("ServerTime", ""))
    if served is not None:
        return served
    try:
        return parse_http_date(headers.get("date", ""))
    except ValueError:
        return None


def _moment(text: str) -> float | None:
    """Return an ISO 8601 time, UTC unless it says otherwise, as seconds since the epoch."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _wait_seconds(headers: Mapping[str, str]) -> float:
    """Return how long the service asks to wait, 0.0 when it does not."""
    asked = 0.0
    for name, unit in ((QOS_DELAY, 0.001), ("retry-after", 1.0)):
        try:
            asked = max(asked, float(headers.get(name, "0")) * unit)
        except ValueError:
            asked = max(asked, _seconds_until(headers, headers[name]))
    return min(asked, _WAIT_LIMIT)


def _seconds_until(headers: Mapping[str, str], moment: str) -> float:
    """Return the seconds from an answer's own date to a moment, 0.0 when either is unreadable."""
    try:
        return parse_http_date(moment) - parse_http_date(headers.get("date", ""))
    except ValueError:
        return 0.0


def _safe_message(fields: Mapping[str, str]) -> str:
    """Return the service's own message in our style: one line, no final stop, no secrets."""
    message = fields.get("Message", "")
    for name in _SECRET_FIELDS:
        if len(secret := fields.get(name, "")) >= _SHORTEST_SECRET:
            message = message.replace(secret, "…")
    message = _one_line(_SECRET_SHAPES.sub("…", message)).rstrip(". ")
    first, rest = message[:1], message[1:]
    return message if rest[:1].isupper() else first.lower() + rest


def _one_line(text: str) -> str:
    """Return a text short and printable: what is not becomes a space."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 4 * _MESSAGE_LIMIT])
    line = " ".join(shown.split())
    return line if len(line) <= _MESSAGE_LIMIT else f"{line[: _MESSAGE_LIMIT - 1]}…"
