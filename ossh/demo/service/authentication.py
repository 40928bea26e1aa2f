"""Who sends a request, and whether the signature, the clock and the token are right."""

import calendar
import functools
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_tz

from ossh.demo.http.answers import iso_date
from ossh.demo.http.requests import Request
from ossh.demo.refusal import Refusal, denied, invalid
from ossh.demo.service import signature
from ossh.demo.service.addressing import Resource

MAX_SKEW_SECONDS = 900
MAX_EXPIRES_SECONDS = 7 * 86400

_CREDENTIAL = re.compile(r"(?P<id>[^/]+)/(?P<scope>(?P<day>\d{8})/(?P<region>[^/]+)/(?P<rest>.+))")
_V4_REST = "oss/aliyun_v4_request"
_ISO_FORM = "%Y%m%dT%H%M%SZ"  # of x-oss-date


@dataclass(frozen=True, slots=True)
class Account:
    """An access key, or the three parts of a temporary one.

    `expires` is epoch seconds; None means never.
    """

    id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a request says about its sender, not yet believed."""

    id: str
    signature: str
    token: str
    text: str  # to sign
    scope: str = ""


def authenticate(
    request: Request, resource: Resource, accounts: Mapping[str, Account], region: str, now: float
) -> str:
    """Return the access key id of the sender, or "" for one that signed nothing.

    Raises:
        Refusal: As OSS would refuse: malformed, unknown key, skewed, expired, wrong signature.
    """
    claim = _claim(request, resource, region, now)
    if claim is None:
        return ""
    account = accounts.get(claim.id)
    if account is None:
        message = "The OSS Access Key Id you provided does not exist in our records."
        raise Refusal(403, "InvalidAccessKeyId", message, {"OSSAccessKeyId": claim.id})
    if not _matches(claim, account):
        message = (
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method."
        )
        details = {"OSSAccessKeyId": claim.id, "SignatureProvided": claim.signature}
        raise Refusal(403, "SignatureDoesNotMatch", message, details)
    _check_token(claim, account, now)
    return claim.id


def _claim(request: Request, resource: Resource, region: str, now: float) -> _Claim | None:
    header, query = request.headers.get("authorization"), request.query
    in_query = "Signature" in query or "x-oss-signature" in query
    if header is not None and in_query:
        raise invalid("Authorization", "", "Only one kind of authentication is allowed.")
    if header is None:
        if "Signature" in query or "OSSAccessKeyId" in query:
            return _v1_url(request, resource, now)
        if "x-oss-signature" in query or "x-oss-signature-version" in query:
            return _v4_url(request, resource, region, now)
        return None
    if header.startswith("OSS4-HMAC-SHA256 "):
        return _v4_header(request, resource, header, region, now)
    if header.startswith("OSS "):
        return _v1_header(request, resource, header, now)
    raise invalid("Authorization", header.partition(" ")[0], "Unsupported authorization type.")


def _v1_header(request: Request, resource: Resource, header: str, now: float) -> _Claim:
    name, colon, given = header[4:].strip().rpartition(":")
    if not colon or not name:
        raise invalid("Authorization", "OSS", "Authorization header is invalid.")
    date = request.headers.get("x-oss-date") or request.headers.get("date", "")
    _check_skew(date, _http_time(date), now)
    token = request.headers.get("x-oss-security-token", "")
    return _Claim(name, given, token, _v1_text(request, resource, date))


def _v1_url(request: Request, resource: Resource, now: float) -> _Claim:
    query = request.query
    name, given = query.get("OSSAccessKeyId", ""), query.get("Signature", "")
    expires = query.get("Expires", "")
    if not (name and given and expires.isascii() and expires.isdigit()):
        raise denied("Query-string authentication requires the Signature, Expires and "
                     "OSSAccessKeyId parameters")  # fmt: skip
    if now > int(expires):
        raise Refusal(403, "AccessDenied", "Request has expired.", {"Expires": expires})
    return _Claim(
        name, given, query.get("security-token", ""), _v1_text(request, resource, expires)
    )


def _v1_text(request: Request, resource: Resource, date: str) -> str:
    signed = signature.v1_resource(resource, request.query)
    return signature.v1_text(request.method, request.headers, date, signed)


def _v4_header(
    request: Request, resource: Resource, header: str, region: str, now: float
) -> _Claim:
    fields = {}
    for part in header.removeprefix("OSS4-HMAC-SHA256 ").split(","):
        name, _, value = part.strip().partition("=")
        fields[name] = value
    moment = request.headers.get("x-oss-date", "")
    _check_skew(moment, _v4_time(moment), now)
    if "x-oss-content-sha256" not in request.headers:
        raise invalid("x-oss-content-sha256", "", "x-oss-content-sha256 must be set.")
    said = {
        "x-oss-credential": fields.get("Credential", ""),
        "x-oss-signature": fields.get("Signature", ""),
        "x-oss-additional-headers": fields.get("AdditionalHeaders", ""),
        "x-oss-security-token": request.headers.get("x-oss-security-token", ""),
        "x-oss-date": moment,
    }
    return _v4_claim(request, resource, said, region)


def _v4_url(request: Request, resource: Resource, region: str, now: float) -> _Claim:
    query = request.query
    expires, moment = query.get("x-oss-expires", ""), query.get("x-oss-date", "")
    began = _v4_time(moment)
    if query.get("x-oss-signature-version") != "OSS4-HMAC-SHA256" or began is None:
        raise invalid("x-oss-signature-version", "", "Invalid signing version or date in the URL.")
    if not (expires.isascii() and expires.isdigit()) or int(expires) > MAX_EXPIRES_SECONDS:
        raise invalid("x-oss-expires", expires, "x-oss-expires must be between 1 and 604800.")
    if now > began + int(expires):
        raise denied("Request has expired.")
    return _v4_claim(request, resource, query, region)


def _v4_claim(request: Request, resource: Resource, said: Mapping[str, str], region: str) -> _Claim:
    """Return the claim in what a request says, by the names that parameters of a URL have."""
    match = _CREDENTIAL.fullmatch(said.get("x-oss-credential", ""))
    given, additional = said.get("x-oss-signature", ""), said.get("x-oss-additional-headers", "")
    if match is None or match["rest"] != _V4_REST or not given:
        raise invalid("Authorization", "", "Invalid Credential in Authorization header.")
    if match["region"] != region:
        message = "Invalid signing region in Authorization header."
        raise Refusal(400, "InvalidArgument", message)  # which one is right, OSS does not tell
    moment = said["x-oss-date"]
    if match["day"] != moment[:8]:
        raise invalid(
            "Authorization", match["day"], "Invalid signing date in Authorization header."
        )
    names = additional.split(";") if additional else []
    if names != sorted({name.lower() for name in names if name}):
        message = "AdditionalHeaders must be lower-case, sorted and not empty."
        raise invalid("AdditionalHeaders", additional, message)
    if missing := [name for name in names if name not in request.headers]:
        raise invalid("AdditionalHeaders", missing[0], "A signed header is not in the request.")
    query = {name: text for name, text in request.query.items() if name != "x-oss-signature"}
    canonical = signature.v4_canonical(request.method, resource, query, request.headers, names)
    text = signature.v4_text(canonical, moment, match["scope"])
    token = said.get("x-oss-security-token", "")
    return _Claim(match["id"], given, token, text, match["scope"])


def _matches(claim: _Claim, account: Account) -> bool:
    if claim.scope:
        right = signature.v4_signature(account.secret, claim.scope, claim.text)
    else:
        right = signature.v1_signature(account.secret, claim.text)
    return hmac.compare_digest(right.encode(), claim.signature.encode("utf-8", "replace"))


def _check_token(claim: _Claim, account: Account, now: float) -> None:
    if account.expires is not None and now >= account.expires:
        message = "The security token you provided has expired."
        raise Refusal(403, "SecurityTokenExpired", message, {"SecurityToken": claim.token})
    if claim.token == account.token:
        return
    if not claim.token:
        raise Refusal(403, "InvalidAccessKeyId", "A temporary key needs its security token.",
                      {"OSSAccessKeyId": claim.id})  # fmt: skip
    message = "The security token you provided is invalid."
    raise Refusal(403, "InvalidSecurityToken", message, {"SecurityToken": claim.token})


def _check_skew(text: str, moment: float | None, now: float) -> None:
    if moment is None:
        raise denied("OSS authentication requires a valid Date.")
    if abs(now - moment) > MAX_SKEW_SECONDS:
        raise skewed(text, now)


def skewed(request_time: str, now: float) -> Refusal:
    """Return the refusal of a request whose clock is off by more than 15 minutes."""
    message = "The difference between the request time and the current time is too large."
    details = {
        "MaxAllowedSkewMilliseconds": str(MAX_SKEW_SECONDS * 1000),
        "RequestTime": request_time,
        "ServerTime": iso_date(now),
    }
    return Refusal(403, "RequestTimeTooSkewed", message, details)


@functools.lru_cache(maxsize=256)
def _http_time(text: str) -> float | None:
    parsed = parsedate_tz(text)
    if parsed is None:
        return _v4_time(text)
    return float(calendar.timegm(parsed[:9]) - (parsed[9] or 0))


@functools.lru_cache(maxsize=256)
def _v4_time(text: str) -> float | None:
    try:
        return float(calendar.timegm(time.strptime(text, _ISO_FORM)))
    except ValueError:
        return None
