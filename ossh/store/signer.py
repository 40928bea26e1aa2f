"""Sign requests: OSS signature version 4 where the region is known, else version 1.

```
second ──▶ _Moment (dates, day key) ──▶ headers ──▶ _Block (their canonical text) ──▶ key ──▶ Signed
           once a second                 once a second and set of headers              each request
```
A request then costs two hashes of short texts: thousands are signed in a second, when each is
sent, so that no signature grows old in a queue. Tests prove them equal to the official SDKs'.

Version 4 signs the host too, so that a request caught on its way is good at no other host. It is
the host that stands in the URL: whoever sends the request takes its Host header from there.

Source: OSS API reference, "Include signatures in the Authorization header" (V1, V4) and "Include
signatures in URLs".
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import field
from email.utils import formatdate
from time import gmtime, strftime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ossh.model import Source, value
from ossh.protocol import (
    ADDITIONAL_HEADERS,
    CONTENT_SHA256,
    DATE,
    REQUEST_PAYER,
    SECURITY_TOKEN,
    SIGNED_SUBRESOURCES,
    UNSIGNED_PAYLOAD,
    V4_ALGORITHM,
)
from ossh.store.canonical import (
    canonical_query,
    careful,
    needs_care,
    query_text,
    quoted,
    sorted_headers,
)
from ossh.store.credentials import Credentials
from ossh.store.endpoints import checked_bucket, normal_region, region_of, split_endpoint

if TYPE_CHECKING:
    from hashlib import _Hash

_BLOCK_SIZE = 64  # bytes; of SHA-256, what HMAC pads its key to


@value
class Signed:
    """A request ready to be sent."""

    url: str
    headers: tuple[str, ...] = field(repr=False)  # "Name: value"; may carry a security token


@value
class _Block:
    """All of a V4 request that does not depend on the key."""

    before: str  # canonical request up to the key
    after: str = field(repr=False)  # and from behind the key; may carry a security token
    lines: tuple[str, ...] = field(repr=False)  # header lines to send
    query: str  # "?…" or ""
    authorization: str  # header line, up to the signature


@value
class _Request:
    """A request taken apart, on its way to a V1 signature."""

    method: str
    key: str
    in_url: str  # the key as the URL has it
    parameters: tuple[tuple[str, str], ...]
    signed: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    passed: tuple[str, ...] = ()


class _Moment:
    """One second: its dates, and the V4 key of its day. Never shown: it can sign."""

    __slots__ = ("blocks", "credential", "date", "gmt", "inner", "outer", "prefix", "second")

    def __init__(
        self, second: int, region: str, key_id: str, day_key: Callable[[str], bytes]
    ) -> None:
        self.second = second
        self.date = strftime("%Y%m%dT%H%M%SZ", gmtime(second))
        self.gmt = formatdate(second, usegmt=True)
        day = self.date[:8]
        scope = f"{day}/{region}/oss/aliyun_v4_request"
        self.credential = f"{key_id}/{scope}"
        self.prefix = f"{V4_ALGORITHM}\n{self.date}\n{scope}\n".encode()
        self.inner, self.outer = _hmac_states(day_key(day))
        self.blocks: dict[tuple[object, ...], _Block] = {}


class Signer:
    """Signs requests to one bucket, or to the service, with one set of credentials.

    Safe to use from several threads: what it remembers is replaced or added to, never changed.

    Args:
        source: Endpoint, region, bucket and addressing; with bucket "" the service is meant.
        credentials: Whose requests these are; anonymous ones are not signed.

    Raises:
        UsageError: The endpoint, the region or the bucket's name cannot be used.
    """

    def __init__(self, source: Source, credentials: Credentials) -> None:
        self.clock_offset = 0.0  # seconds to add to this computer's clock
        self.region = normal_region(source.region) or region_of(source.endpoint)
        self.bucket = checked_bucket(source.bucket) if source.bucket else ""
        self.is_anonymous = source.anonymous or credentials.anonymous
        self._credentials = credentials
        self._payer = source.requester_pays
        self._base = _base_url(source)
        self._also_signed = {"host": urlsplit(self._base).netloc} if source.sign_host else {}
        self._day_keys: dict[str, bytes] = {}
        self._moment = self._at(0)

    def sign(
        self,
        method: str,
        key: str | None,
        now: float,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Signed:
        """Return the URL and the header lines of a request.

        Args:
            method: GET, HEAD, POST …
            key: The object; None for the bucket itself (or the service).
            now: Seconds since the epoch by this computer's clock.
            query: Parameters, decoded; an empty value sends the bare name.
            headers: Further ones to send. `x-oss-*`, Content-Type and Content-MD5 are signed;
                others (Range, If-Match) pass unsigned.
        """
        signed, passed = sorted_headers(headers) if headers else ((), ())
        parameters = tuple(query.items()) if query else ()
        plain = "" if key is None else quoted(key)
        in_url = plain if key is None or not needs_care(key) else careful(key)
        moment = self._now(now)
        if not self.region or self.is_anonymous:
            request = _Request(method, key or "", in_url, parameters, signed, passed)
            return self._sign_v1(request, moment)
        recipe = (method, signed, parameters)
        block = moment.blocks.get(recipe)
        if block is None:
            block = self._v4_block(moment, method, signed, parameters)
            moment.blocks[recipe] = block
        signature = _v4_signature(moment, f"{block.before}{plain}{block.after}")
        authorization = f"{block.authorization}{signature}"
        return Signed(f"{self._base}{in_url}{block.query}", (*block.lines, authorization, *passed))

    def presign(
        self,
        key: str,
        now: float,
        *,
        expires_seconds: int,
        query: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> str:
        """Return a URL that fetches an object without credentials until it expires.

        Args:
            key: The object.
            now: Seconds since the epoch by this computer's clock.
            expires_seconds: How long the URL is good for.
            query: Parameters to add, decoded.
            method: What it is good for: GET, or HEAD.
        """
        moment = self._now(now)
        parameters = dict(query or {})
        if self._payer:
            parameters[REQUEST_PAYER] = "requester"
        if self.is_anonymous:
            pass
        elif self.region:
            self._presign_v4(method, parameters, key, moment, expires_seconds)
        else:
            self._presign_v1(method, parameters, key, moment, expires_seconds)
        in_url = careful(key) if needs_care(key) else quoted(key)
        return f"{self._base}{in_url}{query_text(tuple(parameters.items()))}"

    def _now(self, now: float) -> _Moment:
        """Return what belongs to this second; computed again when the second changes."""
        second = int(now + self.clock_offset)
        moment = self._moment
        if moment.second != second:
            moment = self._moment = self._at(second)
        return moment

    def _at(self, second: int) -> _Moment:
        return _Moment(second, self.region, self._credentials.access_key_id, self._day_key)

    def _day_key(self, day: str) -> bytes:
        """Return the V4 signing key of a day; only the last one is remembered."""
        key = self._day_keys.get(day)
        if key is None:
            key = f"aliyun_v4{self._credentials.access_key_secret}".encode()
            for step in (day, self.region, "oss", "aliyun_v4_request"):
                key = hmac.digest(key, step.encode(), "sha256")
            self._day_keys = {day: key}
        return key

    def _own_headers(self) -> list[tuple[str, str]]:
        """Return the signed headers every request carries, name and value."""
        own = []
        if self._payer:
            own.append((REQUEST_PAYER, "requester"))
        if self._credentials.security_token and not self.is_anonymous:
            own.append((SECURITY_TOKEN, self._credentials.security_token))
        return own

    def _v4_block(
        self,
        moment: _Moment,
        method: str,
        signed: tuple[tuple[str, str], ...],
        parameters: tuple[tuple[str, str], ...],
    ) -> _Block:
        """Return the canonical text around the key, and the header lines that belong to it."""
        fixed = [(CONTENT_SHA256, UNSIGNED_PAYLOAD), (DATE, moment.date), *self._own_headers()]
        headers = {**dict(signed), **dict(fixed)}
        fields = f"Credential={moment.credential},"
        if self._also_signed:
            fields += f"AdditionalHeaders={';'.join(self._also_signed)},"
        return _Block(
            before=f"{method}\n{self._canonical_root()}",
            after=f"\n{canonical_query(parameters)}\n{self._canonical_headers(headers)}",
            lines=tuple(f"{name}: {value}" for name, value in sorted(headers.items())),
            query=query_text(parameters),
            authorization=f"Authorization: {V4_ALGORITHM} {fields}Signature=",
        )

    def _canonical_headers(self, headers: Mapping[str, str]) -> str:
        """Return the end of a canonical request: the signed headers, and which are further ones."""
        signed = sorted({**headers, **self._also_signed}.items())
        lines = (f"{name}:{value}\n" for name, value in signed)
        return f"{''.join(lines)}\n{';'.join(self._also_signed)}\n{UNSIGNED_PAYLOAD}"

    def _canonical_root(self) -> str:
        return f"/{self.bucket}/" if self.bucket else "/"

    def _sign_v1(self, request: _Request, moment: _Moment) -> Signed:
        """Return a request with a V1 signature, or with none when anonymous."""
        headers = dict(sorted({**dict(request.signed), **dict(self._own_headers())}.items()))
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if not self.is_anonymous:
            signature = self._v1_signature(request, moment.gmt, headers)
            key_id = self._credentials.access_key_id
            lines += [f"Date: {moment.gmt}", f"Authorization: OSS {key_id}:{signature}"]
        url = f"{self._base}{request.in_url}{query_text(request.parameters)}"
        return Signed(url, (*lines, *request.passed))

    def _v1_signature(self, request: _Request, date: str, headers: Mapping[str, str]) -> str:
        """Return a V1 signature, in base64."""
        oss = "".join(f"{k}:{v}\n" for k, v in headers.items() if k.startswith("x-oss-"))
        subresources = "&".join(
            f"{name}={value}" if value else name
            for name, value in sorted(request.parameters)
            if name in SIGNED_SUBRESOURCES
        )
        resource = (
            f"{self._canonical_root()}{request.key}{'?' if subresources else ''}{subresources}"
        )
        text = "\n".join(
            (
                request.method,
                headers.get("content-md5", ""),
                headers.get("content-type", ""),
                date,
                f"{oss}{resource}",
            )
        )
        secret = self._credentials.access_key_secret.encode()
        digest = hmac.digest(secret, text.encode(errors="surrogatepass"), "sha1")
        return base64.b64encode(digest).decode()

    def _presign_v4(
        self,
        method: str,
        parameters: dict[str, str],
        key: str,
        moment: _Moment,
        expires_seconds: int,
    ) -> None:
        """Add the parameters of a V4 signed URL."""
        if self._credentials.security_token:
            parameters[SECURITY_TOKEN] = self._credentials.security_token
        parameters["x-oss-signature-version"] = V4_ALGORITHM
        parameters["x-oss-credential"] = moment.credential
        parameters[DATE] = moment.date
        parameters["x-oss-expires"] = str(expires_seconds)
        if self._also_signed:
            parameters[ADDITIONAL_HEADERS] = ";".join(self._also_signed)
        query = canonical_query(tuple(parameters.items()))
        path = f"{self._canonical_root()}{quoted(key)}"
        canonical = f"{method}\n{path}\n{query}\n{self._canonical_headers({})}"
        parameters["x-oss-signature"] = _v4_signature(moment, canonical)

    def _presign_v1(
        self,
        method: str,
        parameters: dict[str, str],
        key: str,
        moment: _Moment,
        expires_seconds: int,
    ) -> None:
        """Add the parameters of a V1 signed URL."""
        expires = str(moment.second + expires_seconds)
        if self._credentials.security_token:
            parameters["security-token"] = self._credentials.security_token
        request = _Request(method, key, "", tuple(parameters.items()))
        signature = self._v1_signature(request, expires, {})
        parameters["OSSAccessKeyId"] = self._credentials.access_key_id
        parameters["Expires"] = expires
        parameters["Signature"] = signature


def _hmac_states(key: bytes) -> "tuple[_Hash, _Hash]":
    """Return HMAC-SHA256's two hashes with the key in them; copies of them cost half an HMAC.

    Source: RFC 2104, section 4, "Implementation Note". The key is a digest, shorter than a block.
    """
    padded = key.ljust(_BLOCK_SIZE, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    return inner, outer


def _v4_signature(moment: _Moment, canonical: str) -> str:
    """Return the V4 signature of a canonical request, in hexadecimal."""
    inner = moment.inner.copy()
    inner.update(moment.prefix)
    inner.update(hashlib.sha256(canonical.encode()).hexdigest().encode())
    outer = moment.outer.copy()
    outer.update(inner.digest())
    return outer.hexdigest()


def _base_url(source: Source) -> str:
    """Return the URL that a key is appended to.

    An IP address and localhost have no subdomains: the bucket goes into the path, also when a
    custom domain (cname) was claimed, as in the official SDK.
    """
    address = split_endpoint(source.endpoint)
    root = f"{address.scheme}://{address.netloc}/"
    if not source.bucket:
        return root
    if address.is_path_style:
        return f"{root}{source.bucket}/"
    if source.addressing == "cname":
        return root
    return f"{address.scheme}://{source.bucket}.{address.netloc}/"
