"""Who asks, where, and when: signatures, regions, endpoints, the clock, and what errors say."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from live_checks.bucket import Bucket, No, NotAsked, code_of, expected, failure_of, ok, proved
from ossh import protocol
from ossh.model import Cause, Failure
from ossh.store.endpoint_kinds import endpoint_for, is_official
from ossh.store.endpoints import normal_region, region_of
from ossh.store.listing import Lister, PageQuery

ONE_KEY = {"list-type": "2", "max-keys": "1"}
_WRONG_CLOCK = 3600.0  # seconds; OSS allows 900
_FAR = 900.0
_LOCATION = re.compile(rb"<LocationConstraint[^>]*>([a-z0-9-]+)<")
_EXPIRES = 300


def _needs_keys(bucket: Bucket) -> None:
    """Settle a question about signatures where nothing is signed."""
    if bucket.signer.is_anonymous:
        raise NotAsked("requests without credentials are not signed")


def _needs_v4(bucket: Bucket) -> None:
    """Settle a question about version 4 where it is not used."""
    _needs_keys(bucket)
    if not bucket.signer.region:
        raise NotAsked("the region is not known: give --region")


def _v4(bucket: Bucket) -> str:
    _needs_v4(bucket)
    if not bucket.source.sign_host:
        raise NotAsked("--unsigned-host was given")
    failure = failure_of(bucket.ask(query=ONE_KEY))
    if failure is not None:
        raise No(code_of(failure))
    return ""


def _other_host(bucket: Bucket) -> str:
    _needs_v4(bucket)
    scheme, host = urlsplit(bucket.source.endpoint)[:2]
    signer = bucket.signer_for(endpoint=f"{scheme}://elsewhere.{host}", region=bucket.signer.region)
    # where the request goes is signed by us, what it carries was made for the other host
    here = bucket.signer.sign("GET", None, time.time(), query=ONE_KEY)
    there = signer.sign("GET", None, time.time(), query=ONE_KEY)
    answer = bucket.send(here.url, there.headers)
    return expected(answer, Cause.BAD_CREDENTIALS, "SignatureDoesNotMatch")


def _v1(bucket: Bucket) -> str:
    _needs_keys(bucket)
    signer = bucket.signer_for()
    signer.region = ""
    failure = failure_of(bucket.ask(query=ONE_KEY, signer=signer))
    if failure is None:
        return "accepted"
    return f"refused: {expected(failure, Cause.WRONG_ENDPOINT, 'V1 signature')}"


def _signed_url(bucket: Bucket) -> str:
    body = bucket.body.body
    url = bucket.signer.presign(bucket.small.key, time.time(), expires_seconds=_EXPIRES)
    answer = ok(bucket.send(url, ()))
    return proved({"other bytes": answer.body != body})


def _other_region(bucket: Bucket) -> str:
    _needs_v4(bucket)
    signer = bucket.signer_for(region=_another(bucket.signer.region))
    return expected(bucket.ask(query=ONE_KEY, signer=signer), Cause.WRONG_ENDPOINT)


def _another(region: str) -> str:
    return "cn-shanghai" if region == "cn-hangzhou" else "cn-hangzhou"


def _elsewhere(bucket: Bucket) -> str:
    endpoint = bucket.elsewhere
    if is_official(bucket.source.endpoint) and bucket.source.addressing != "cname":
        endpoint = endpoint or endpoint_for(_another(bucket.signer.region))
    if not endpoint:
        raise NotAsked("not an endpoint of a region; --elsewhere URL names another one")
    region = region_of(endpoint) or bucket.signer.region
    signer = bucket.signer_for(endpoint=endpoint, region=region)
    answer = Lister(lambda: signer, bucket.http).send("GET", None, query=ONE_KEY)
    failure = failure_of(answer)
    if failure is None or isinstance(answer, Failure):
        raise NotAsked(
            "the other endpoint does not answer" if failure else "it serves the bucket too"
        )
    if failure.cause is Cause.WRONG_ENDPOINT and failure.endpoint:
        same = urlsplit(bucket.source.endpoint).netloc == failure.endpoint
        return "and names the one in use" if same else "and names another than the one in use"
    raise No(code_of(failure))


def _location(bucket: Bucket) -> str:
    answer = ok(bucket.ask(query={"location": ""}))
    told = _LOCATION.search(answer.body)
    region = normal_region(told[1].decode()) if told else ""
    used = bucket.signer.region
    return proved(
        {
            "no region in the answer": not region,
            "another region than the one in use": bool(used) and region != used,
        }
    )


def _clock(bucket: Bucket) -> str:
    _needs_keys(bucket)
    signer = bucket.signer_for()
    signer.clock_offset = _WRONG_CLOCK
    page = Lister(lambda: signer, bucket.http).page(PageQuery(bucket.place.prefix, max_keys=1))
    if isinstance(page, Failure):
        raise No(code_of(page))
    return proved(
        {"accepted, or set to a wrong time": abs(signer.clock_offset) > _FAR},
        f"this computer's clock differs by {round(signer.clock_offset):+d} s",
    )


def _missing(bucket: Bucket, method: str) -> str:
    key = f"{bucket.place.prefix}no-such-object-{secrets.token_hex(8)}"
    answer = bucket.ask(key, method=method)
    failure = failure_of(answer)
    if failure is not None and failure.cause is Cause.DENIED:
        raise NotAsked(code_of(failure))  # so OSS answers those who may not list
    return expected(answer, Cause.GONE, "NoSuchKey")


def named(bucket: Bucket) -> str:
    http = bucket.http
    return proved(
        {
            f"{http.unnamed} of {http.answers} without {protocol.REQUEST_ID}": http.unnamed > 0,
            f"{http.undated} of {http.answers} without a date": http.undated > 0,
        },
        f"{http.answers} answers",
    )


QUESTIONS: Mapping[str, Callable[[Bucket], str]] = {
    "version 4 signatures, host signed, are accepted": _v4,
    "a signature made for another host is refused": _other_host,
    "version 1 signatures: accepted, or refused and recognized": _v1,
    "a signed URL works": _signed_url,
    "the wrong region is recognized": _other_region,
    "the wrong endpoint is recognized": _elsewhere,
    "the bucket says which region it is in": _location,
    "a wrong clock is recognized and corrected": _clock,
    "a missing object is recognized (GET)": lambda bucket: _missing(bucket, "GET"),
    "a missing object is recognized (HEAD)": lambda bucket: _missing(bucket, "HEAD"),
}
