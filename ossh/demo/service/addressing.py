"""What a request is about, from its host and path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ossh.demo.content.buckets import LONGEST_KEY
from ossh.demo.refusal import Refusal

_IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_SERVICE = re.compile(r"oss(-[a-z0-9-]+)?\.aliyuncs\.com")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Resource:
    """What a request is about: the service (bucket ""), a bucket (key None), or an object."""

    bucket: str = ""
    key: str | None = None


def resolve(host: str, path: str, domains: Mapping[str, str]) -> Resource:
    """Return the resource a request means.

    An IP address and localhost take path style, OSS's own endpoints refuse it, a domain in
    `domains` stands for its bucket, and of any other host the first label is the bucket.

    Raises:
        Refusal: InvalidBucketName, InvalidObjectName or SecondLevelDomainForbidden.
    """
    if host in domains:
        return Resource(domains[host], _key(path[1:]))
    if host in {"", "localhost"} or _IPV4.fullmatch(host):
        return _path_style(path)
    if _SERVICE.fullmatch(host):
        if path != "/":
            message = (
                "The bucket you are attempting to access must be addressed using OSS third level "
                "domain."
            )
            raise Refusal(403, "SecondLevelDomainForbidden", message)
        return Resource()
    return Resource(_bucket(host.partition(".")[0]), _key(path[1:]))


def _path_style(path: str) -> Resource:
    bucket, _, key = path[1:].partition("/")
    return Resource(_bucket(bucket), _key(key)) if bucket else Resource()


def _bucket(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        message = "The specified bucket is not valid."
        raise Refusal(400, "InvalidBucketName", message, {"BucketName": name})
    return name


def _key(text: str) -> str | None:
    if not text:
        return None
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        length = 0
    if not 1 <= length <= LONGEST_KEY:
        message = "The specified object name is not valid."
        raise Refusal(400, "InvalidObjectName", message)
    return text
