"""What is signed, and how: signature versions 1 and 4. Pure.

Source: OSS API reference, "Include a V4 signature in the Authorization header", "Include
signatures in the Authorization header" (V1).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cached_property
from time import gmtime, strftime
from urllib.parse import quote

from ossh.model import value

SECURITY_TOKEN = "x-oss-security-token"  # noqa: S105 - a header's name
CONTENT_SHA256 = "x-oss-content-sha256"
DATE = "x-oss-date"
ADDITIONAL_HEADERS = "x-oss-additional-headers"
V4_ALGORITHM = "OSS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

# Query parameters that a V1 signature covers: of the service's list, those that ossh and its tests
# send.
# fmt: off
_V1_SUBRESOURCES = frozenset({
    "continuation-token", "location", "response-content-type", "restore", "security-token",
    "symlink", "versionId", "versioning", "versions", "x-oss-process", "x-oss-request-payer",
})
# fmt: on

_SCOPE_END = ("oss", "aliyun_v4_request")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.~/-]*", re.ASCII).fullmatch
_DOT_SEGMENTS = frozenset({".", ".."})
_SIGNED_BESIDES = frozenset({"content-type", "content-md5"})


def sorted_headers(
    headers: Mapping[str, str],
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the headers to sign, as lower-case name and value, and the lines of the others."""
    signed = []
    passed = []
    for name, text in headers.items():
        lower = name.lower()
        if lower.startswith("x-oss-") or lower in _SIGNED_BESIDES:
            signed.append((lower, text))
        else:
            passed.append(f"{name}: {text}")
    return tuple(signed), tuple(passed)


def quoted(key: str) -> str:
    """Return a key as V4 signs it: all but unreserved characters and "/" percent-encoded."""
    return key if _PLAIN_KEY(key) else quote(key, safe="/", errors="surrogatepass")


def in_url(key: str) -> str:
    """Return a key as a URL has it: no software on the way sees "." and ".." as segments of it."""
    if "." not in key or _DOT_SEGMENTS.isdisjoint(key.split("/")):
        return quoted(key)
    return _strict(key).replace(".", "%2E") if key in _DOT_SEGMENTS else _strict(key)


def canonical_query(parameters: tuple[tuple[str, str], ...]) -> str:
    """Return parameters as V4 signs them: encoded, then sorted; a bare name for no value."""
    return _sorted((_strict(name), _strict(text)) for name, text in parameters)


def query_text(parameters: tuple[tuple[str, str], ...]) -> str:
    """Return parameters as a URL has them, with the question mark; "" for none."""
    return f"?{canonical_query(parameters)}" if parameters else ""


def _sorted(parameters: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={text}" if text else name for name, text in sorted(parameters))


def _strict(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def day_key(secret: str, day: str, region: str) -> bytes:
    """Return the V4 signing key of a day, written as YYYYMMDD."""
    key = f"aliyun_v4{secret}".encode()
    for step in (day, region, *_SCOPE_END):
        key = hmac.digest(key, step.encode(), "sha256")
    return key


@value
class RequestTemplate:
    """Everything of a V4 request that does not depend on the key."""

    before: str  # canonical request up to the key
    after: str = field(repr=False)  # and from behind the key; may carry a security token
    lines: tuple[str, ...] = field(repr=False)  # header lines to send
    authorization: str  # header line, up to the signature


class SigningSecond:
    """One second: its dates, and what signs requests in it. Never shown: it can sign.

    Without a region, version 1 signs, which needs only the dates.
    """

    def __init__(self, second: int, region: str, key_id: str, secret: str) -> None:
        self.second = second
        self.date = strftime("%Y%m%dT%H%M%SZ", gmtime(second))
        day = self.date[:8]
        scope = "/".join((day, region, *_SCOPE_END))
        self.credential = f"{key_id}/{scope}"
        self.templates: dict[tuple[object, ...], RequestTemplate] = {}
        # Copies of it cost less than a new one for each request.
        start = f"{V4_ALGORITHM}\n{self.date}\n{scope}\n".encode()
        self._hmac = hmac.new(day_key(secret, day, region), start, "sha256")

    @cached_property
    def http_date(self) -> str:
        """Return the second as version 1 has it."""
        from email.utils import formatdate  # noqa: PLC0415 - slow to import

        return formatdate(self.second, usegmt=True)

    def v4_signature(self, canonical: str) -> str:
        """Return the signature of a canonical request, in hexadecimal."""
        signature = self._hmac.copy()
        signature.update(hashlib.sha256(canonical.encode()).hexdigest().encode())
        return signature.hexdigest()


def v1_signature(
    secret: str, method: str, resource: str, date: str, headers: Mapping[str, str]
) -> str:
    """Return a signature of version 1, in base64.

    The date is that of the Date header; in a signed URL, when it expires. Headers are the signed
    ones, by lower-case name, sorted.
    """
    oss = "".join(f"{k}:{v}\n" for k, v in headers.items() if k.startswith("x-oss-"))
    md5, content_type = headers.get("content-md5", ""), headers.get("content-type", "")
    text = f"{method}\n{md5}\n{content_type}\n{date}\n{oss}{resource}"
    digest = hmac.digest(secret.encode(), text.encode(errors="surrogatepass"), "sha1")
    return base64.b64encode(digest).decode()


def v1_resource(path: str, parameters: tuple[tuple[str, str], ...]) -> str:
    """Return what version 1 signs of a URL: its decoded path, and those parameters it covers."""
    subresources = _sorted(one for one in parameters if one[0] in _V1_SUBRESOURCES)
    return f"{path}?{subresources}" if subresources else path
