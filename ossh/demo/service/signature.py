"""The signatures of OSS, versions 1 and 4: what is signed, and how. Pure.

Source: OSS documentation, "Include signatures in headers/URLs" for V1 and V4. Written from the
rules, not from a client, so that a client can be judged by it.
"""

import base64
import functools
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from ossh.demo.service.addressing import Resource

# fmt: off
SUBRESOURCES = frozenset(
    {
        "acl", "append", "asyncFetch", "bucketInfo", "callback", "callback-var", "cname",
        "comp", "continuation-token", "cors", "delete", "encryption", "endTime", "group",
        "httpsConfig", "img", "inventory", "inventoryId", "lifecycle", "link", "live",
        "location", "logging", "metaQuery", "objectInfo", "objectMeta", "partNumber", "policy",
        "position", "qos", "qosInfo", "referer", "regionList", "replication",
        "replicationLocation", "replicationProgress", "requestPayment", "resourceGroup",
        "response-cache-control", "response-content-disposition", "response-content-encoding",
        "response-content-language", "response-content-type", "response-expires", "restore",
        "security-token", "sequential", "startTime", "stat", "status", "style", "styleName",
        "symlink", "tagging", "transferAcceleration", "uploadId", "uploads", "versionId",
        "versioning", "versions", "vod", "website", "worm", "wormExtend", "wormId",
        "x-oss-ac-forward-allow", "x-oss-ac-source-ip", "x-oss-ac-subnet-mask",
        "x-oss-ac-vpc-id", "x-oss-async-process", "x-oss-process", "x-oss-request-payer",
        "x-oss-traffic-limit",
    }
)
# fmt: on
"""The query parameters that a V1 signature covers; all others are free to change."""


def v1_resource(resource: Resource, query: Mapping[str, str]) -> str:
    """Return the resource of a V1 signature: decoded path and signed subresources."""
    path = f"/{resource.bucket}/{resource.key or ''}" if resource.bucket else "/"
    signed = sorted(SUBRESOURCES.intersection(query)) if query else ()
    pairs = "&".join(f"{name}={query[name]}" if query[name] else name for name in signed)
    return f"{path}?{pairs}" if pairs else path


def v1_text(method: str, headers: Mapping[str, str], date: str, resource: str) -> str:
    """Return the string to sign of version 1; `date` is Expires for a URL."""
    oss = "".join(f"{n}:{headers[n]}\n" for n in sorted(headers) if n.startswith("x-oss-"))
    md5, kind = headers.get("content-md5", ""), headers.get("content-type", "")
    return f"{method}\n{md5}\n{kind}\n{date}\n{oss}{resource}"


def v1_signature(secret: str, text: str) -> str:
    digest = hmac.digest(_bytes(secret), _bytes(text), "sha1")
    return base64.b64encode(digest).decode()


def v4_canonical(
    method: str,
    resource: Resource,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    additional: Iterable[str] = (),
) -> str:
    """Return the canonical request of version 4; the bucket counts in host style too.

    `query` is decoded and lacks `x-oss-signature`; `additional` names further headers that are
    signed, in lower case.
    """
    path = f"/{resource.bucket}/{_quoted(resource.key or '', '/')}" if resource.bucket else "/"
    pairs = sorted((_quoted(name, ""), _quoted(value, "")) for name, value in query.items())
    joined = "&".join(f"{name}={value}" if value else name for name, value in pairs)
    extra = sorted(set(additional))
    names = {n for n in headers if n.startswith("x-oss-") or n in {"content-type", "content-md5"}}
    names.update(name for name in extra if name in headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(names))
    payload = headers.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD")
    return f"{method}\n{path}\n{joined}\n{lines}\n{';'.join(extra)}\n{payload}"


def v4_text(canonical: str, moment: str, scope: str) -> str:
    """Return the string to sign of version 4.

    `moment` is `x-oss-date`; `scope` is DATE/REGION/oss/aliyun_v4_request.
    """
    digest = hashlib.sha256(_bytes(canonical)).hexdigest()
    return f"OSS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"


def v4_signature(secret: str, scope: str, text: str) -> str:
    return hmac.digest(_scope_key(secret, scope), _bytes(text), "sha256").hex()


@functools.lru_cache(maxsize=64)
def _scope_key(secret: str, scope: str) -> bytes:
    key = _bytes(f"aliyun_v4{secret}")
    for step in scope.split("/"):
        key = hmac.digest(key, _bytes(step), "sha256")
    return key


def _quoted(text: str, safe: str) -> str:
    return quote(text, safe=safe, encoding="utf-8", errors="surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
