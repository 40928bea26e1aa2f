"""Sign requests: OSS signature version 4 where the region is known, else version 1.

```
second ──▶ SigningSecond (dates, day key) ──▶ headers ──▶ RequestTemplate ──▶ key ──▶ Signed
           once a second                       once a second and set of headers   each request
```
A request then costs two hashes of short texts: thousands are signed in a second, when each is
sent, so that no signature grows old in a queue. Tests prove them equal to the official SDK's.

Version 4 signs the host too, so that an intercepted request is valid at no other host. It is
the host in the URL: the sender of the request takes its Host header from there.

Source: OSS API reference, "Include signatures in the Authorization header" (V1, V4) and "Include
signatures in URLs".
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from ossh.model import Signed, Source
from ossh.protocol import REQUEST_PAYER
from ossh.store.credentials import Credentials, Provider
from ossh.store.endpoints import checked_bucket, normal_region, region_of, split_endpoint
from ossh.store.signature import (
    ADDITIONAL_HEADERS,
    CONTENT_SHA256,
    DATE,
    SECURITY_TOKEN,
    UNSIGNED_PAYLOAD,
    V4_ALGORITHM,
    RequestTemplate,
    SigningSecond,
    canonical_query,
    in_url,
    query_text,
    quoted,
    sorted_headers,
    v1_resource,
    v1_signature,
)

Parameters = tuple[tuple[str, str], ...]


class Signer:
    """Signs requests to one bucket, or to the service, with one set of credentials.

    Safe to use from several threads: what it remembers is replaced or added to, never changed.

    A source without a bucket means the service. Anonymous requests are not signed.

    Raises:
        UsageError: The endpoint, the region or the bucket name is invalid.
    """

    def __init__(self, source: Source, credentials: Credentials) -> None:
        self.clock_offset = 0.0  # seconds to add to this computer's clock
        self.region = normal_region(source.region) or region_of(source.endpoint)
        self.bucket = checked_bucket(source.bucket) if source.bucket else ""
        self.is_anonymous = source.anonymous or credentials.anonymous
        self.credentials = credentials
        self._payer = source.requester_pays
        self._base = base_url(source)
        self._root = f"/{self.bucket}/" if self.bucket else "/"  # of signed paths
        self._host = urlsplit(self._base).netloc
        self._additional = "host" if source.sign_host else ""  # signed beside the usual headers
        self._second = self._at(0)

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

        The key is None for the bucket itself, or the service; `now` is in seconds since the epoch,
        by this computer's clock.
        Parameters are decoded; an empty value sends only the name. Of headers, `x-oss-*`,
        Content-Type and Content-MD5 are signed; others (Range, If-Match) pass unsigned.
        """
        signed, passed = sorted_headers(headers) if headers else ((), ())
        parameters = tuple(query.items()) if query else ()
        key = key or ""
        url = f"{self._base}{in_url(key)}{query_text(parameters)}"
        second = self._second_of(now)
        if not self.region or self.is_anonymous:
            lines = self._v1_lines(method, key, parameters, signed, second.http_date)
            return Signed(url, (*lines, *passed))
        recipe = (method, signed, parameters)
        template = second.templates.get(recipe)
        if template is None:
            template = self._template(second, method, signed, parameters)
            second.templates[recipe] = template
        signature = second.v4_signature(f"{template.before}{quoted(key)}{template.after}")
        authorization = f"{template.authorization}{signature}"
        return Signed(url, (*template.lines, authorization, *passed))

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

        It is valid for one method, GET or HEAD; the other arguments are as for `sign`.
        """
        second = self._second_of(now)
        parameters = {**(query or {}), **self._own_headers()}
        if not self.is_anonymous:
            presign = self._presign_v4 if self.region else self._presign_v1
            presign(method, parameters, key, second, expires_seconds)
        return f"{self._base}{in_url(key)}{query_text(tuple(parameters.items()))}"

    def _second_of(self, now: float) -> SigningSecond:
        number = int(now + self.clock_offset)
        second = self._second
        if second.second != number:
            second = self._second = self._at(number)
        return second

    def _at(self, second: int) -> SigningSecond:
        who = self.credentials
        return SigningSecond(second, self.region, who.access_key_id, who.access_key_secret)

    def _own_headers(self) -> dict[str, str]:
        """Return the signed headers that every request carries, and every signed URL as well."""
        own = {}
        if self._payer:
            own[REQUEST_PAYER] = "requester"
        if self.credentials.security_token and not self.is_anonymous:
            own[SECURITY_TOKEN] = self.credentials.security_token
        return own

    def _template(
        self, second: SigningSecond, method: str, signed: Parameters, parameters: Parameters
    ) -> RequestTemplate:
        """Return the canonical text around the key, and the header lines that belong to it."""
        fixed = {CONTENT_SHA256: UNSIGNED_PAYLOAD, DATE: second.date}
        headers = {**dict(signed), **fixed, **self._own_headers()}
        fields = f"Credential={second.credential},"
        if self._additional:
            fields += f"AdditionalHeaders={self._additional},"
        return RequestTemplate(
            before=f"{method}\n{self._root}",
            after=f"\n{canonical_query(parameters)}\n{self._canonical_headers(headers)}",
            lines=tuple(f"{name}: {value}" for name, value in sorted(headers.items())),
            authorization=f"Authorization: {V4_ALGORITHM} {fields}Signature=",
        )

    def _canonical_headers(self, headers: Mapping[str, str]) -> str:
        """Return the end of a canonical request: signed headers, and which are additional ones."""
        host = {self._additional: self._host} if self._additional else {}
        lines = (f"{name}:{value}\n" for name, value in sorted({**headers, **host}.items()))
        return f"{''.join(lines)}\n{self._additional}\n{UNSIGNED_PAYLOAD}"

    def _v1_lines(
        self, method: str, key: str, parameters: Parameters, signed: Parameters, date: str
    ) -> list[str]:
        """Return the header lines of a request of version 1, or of an anonymous one."""
        headers = dict(sorted({**dict(signed), **self._own_headers()}.items()))
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if not self.is_anonymous:
            who = self.credentials
            resource = v1_resource(f"{self._root}{key}", parameters)
            signature = v1_signature(who.access_key_secret, method, resource, date, headers)
            lines += [f"Date: {date}", f"Authorization: OSS {who.access_key_id}:{signature}"]
        return lines

    def _presign_v4(
        self, method: str, parameters: dict[str, str], key: str, second: SigningSecond, life: int
    ) -> None:
        """Add the parameters of a V4 signed URL, valid for so many seconds."""
        parameters["x-oss-signature-version"] = V4_ALGORITHM
        parameters["x-oss-credential"] = second.credential
        parameters[DATE] = second.date
        parameters["x-oss-expires"] = str(life)
        if self._additional:
            parameters[ADDITIONAL_HEADERS] = self._additional
        query = canonical_query(tuple(parameters.items()))
        path = f"{self._root}{quoted(key)}"
        canonical = f"{method}\n{path}\n{query}\n{self._canonical_headers({})}"
        parameters["x-oss-signature"] = second.v4_signature(canonical)

    def _presign_v1(
        self, method: str, parameters: dict[str, str], key: str, second: SigningSecond, life: int
    ) -> None:
        """Add the parameters of a V1 signed URL, valid for so many seconds."""
        who = self.credentials
        expires = str(second.second + life)
        if SECURITY_TOKEN in parameters:
            parameters["security-token"] = parameters.pop(SECURITY_TOKEN)
        resource = v1_resource(f"{self._root}{key}", tuple(parameters.items()))
        signature = v1_signature(who.access_key_secret, method, resource, expires, {})
        parameters["OSSAccessKeyId"] = who.access_key_id
        parameters["Expires"] = expires
        parameters["Signature"] = signature


class CurrentSigner:
    """Signs with the current credentials; whatever they are, it knows the service's clock.

    Raises:
        StoreError: There are no credentials.
    """

    def __init__(self, source: Source, provider: Provider) -> None:
        self.source = source
        self.provider = provider
        # a run renews what is due along the way
        self.signer = Signer(source, provider.held or provider.current())

    def refresh(self) -> bool:
        """Sign with what the provider holds now; True when the credentials changed."""
        before = self.signer
        held = self.provider.held or before.credentials
        if held.same_keys(before.credentials):
            return False
        signer = Signer(self.source, held)
        signer.clock_offset = before.clock_offset
        self.signer = signer
        return True

    def current_signer(self) -> Signer:
        """Return the signer, a new one if the credentials have been replaced since."""
        self.refresh()
        return self.signer


def base_url(source: Source) -> str:
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
