"""GET and HEAD of one object: symlinks, restores, a condition, ranges, headers.

What OSS would refuse raises a `Refusal`.
"""

import base64
import re
from urllib.parse import quote

from ossh.demo.content.buckets import VERSION_ID, Bucket, MemoryBucket, StoredObject
from ossh.demo.http.answers import Answer, http_date
from ossh.demo.http.requests import Request
from ossh.demo.refusal import Refusal, no_such_key
from ossh.demo.service.thawing import Restores

DELETE_MARKER = "x-oss-delete-marker"
_HEX = re.compile(r"[0-9A-F]{32}")


def find(bucket: Bucket, key: str, query: dict[str, str]) -> StoredObject:
    """Return an object, a symlink as such.

    Raises:
        Refusal: NoSuchKey, InvalidObjectName, NoSuchVersion, or MethodNotAllowed for a delete
            marker.
    """
    wanted = query.get("versionId", "")
    stored = bucket.version(key, wanted) if wanted else bucket.get(key)
    if stored is not None and not stored.is_marker:
        return stored
    if key.startswith(("/", "\\")):
        raise Refusal(400, "InvalidObjectName", "The specified object name is not valid.")
    marker = stored or (bucket.marker(key) if isinstance(bucket, MemoryBucket) else None)
    said = {} if marker is None else {DELETE_MARKER: "true", VERSION_ID: marker.version_id}
    if stored is not None:
        message = "The specified method is not allowed against this resource."
        raise Refusal(405, "MethodNotAllowed", message, {"Key": key}, said)
    if wanted:
        raise Refusal(404, "NoSuchVersion", "The specified version does not exist.", {"Key": key})
    raise Refusal(404, "NoSuchKey", "The specified key does not exist.", {"Key": key}, said)


def follow(bucket: Bucket, link: StoredObject) -> StoredObject:
    """Return what a symlink points to, or the object itself if it is none.

    Raises:
        Refusal: NoSuchKey for a dangling link, InvalidTargetType for a link to a link.
    """
    if link.target is None:
        return link
    target = bucket.get(link.target)
    if target is None:
        raise no_such_key(link.target)
    if target.target is not None:
        raise Refusal(400, "InvalidTargetType", "The symbolic's target file type is invalid.")
    return target


def read(request: Request, bucket: Bucket, key: str, restores: Restores, now: float) -> Answer:
    """Answer GET and HEAD of an object."""
    link = find(bucket, key, request.query)
    stored = follow(bucket, link)
    modified = max(link.modified, stored.modified)
    if request.method == "GET" and not restores.is_readable(bucket.name, stored, now):
        message = "The operation is not valid for the object's state"
        raise Refusal(403, "InvalidObjectState", message, {"ObjectName": key})
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted.strip('"') != stored.etag:
        message = "At least one of the pre-conditions you specified did not hold."
        raise Refusal(412, "PreconditionFailed", message, {"Condition": "If-Match"})
    answer = _whole_or_part(request, stored)
    answer.headers = headers_of(link, stored, modified) | answer.headers
    if (restore := restores.header(bucket.name, stored, now)) is not None:
        answer.headers["x-oss-restore"] = restore
    if stored.has_crc:
        answer.crc_of = stored.content
    return answer


def symlink(bucket: Bucket, key: str, query: dict[str, str]) -> Answer:
    """Answer GET ?symlink: where a link points to, in a header.

    Raises:
        Refusal: NotSymlink for other objects.
    """
    stored = find(bucket, key, query)
    if stored.target is None:
        raise Refusal(400, "NotSymlink", "The object is not symlink.")
    headers = {
        "ETag": f'"{stored.etag}"',
        "Last-Modified": http_date(stored.modified),
        "x-oss-symlink-target": quote(stored.target, safe=""),
    }
    return Answer(200, headers)


def _whole_or_part(request: Request, stored: StoredObject) -> Answer:
    size = stored.size
    standard = request.headers.get("x-oss-range-behavior") == "standard"
    part = resolve_range(request.headers.get("range"), size, standard=standard)
    if part is None:
        return Answer(200, {}, stored.content, 0, size)
    start, stop = part
    headers = {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return Answer(206, headers, stored.content, start, stop)


def headers_of(link: StoredObject, stored: StoredObject, modified: float) -> dict[str, str]:
    """Return the headers of an object; of a symlink, its own and those it borrows."""
    headers = {
        "Content-Type": link.content_type,
        "Accept-Ranges": "bytes",
        "ETag": f'"{stored.etag}"',
        "Last-Modified": http_date(modified),
        "x-oss-object-type": link.kind,
        "x-oss-storage-class": stored.storage_class,
    }
    if stored.kind == "Normal" and _HEX.fullmatch(stored.etag):
        headers["Content-MD5"] = base64.b64encode(bytes.fromhex(stored.etag)).decode()
    if link.content_encoding:
        headers["Content-Encoding"] = link.content_encoding
    for name, value in link.meta.items():
        headers[f"x-oss-meta-{name}"] = value
    return headers | dict(stored.headers)


_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def resolve_range(header: str | None, size: int, *, standard: bool) -> tuple[int, int] | None:
    """Return the half-open range to serve, or None for the whole object with status 200.

    A range that is not wholly inside the object is ignored; with `x-oss-range-behavior: standard`
    what is inside is served.

    Raises:
        Refusal: InvalidRange, for several ranges, or with `standard` for one wholly outside.
    """
    if header is None:
        return None
    if header.startswith("bytes=") and "," in header:
        raise _invalid_range(header, size)
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        start, stop = size - int(last), size
    else:
        start, stop = int(first), int(last) + 1 if last else max(size, int(first) + 1)
    if start >= stop and first:
        return None
    if 0 <= start < stop <= size:
        return start, stop
    if not standard:
        return None
    if max(start, 0) >= size:
        raise _invalid_range(header, size)
    return max(start, 0), min(stop, size)


def _invalid_range(header: str, size: int) -> Refusal:
    """Return a 416 that names the real size."""
    message = "The requested range cannot be satisfied"
    details = {"ActualObjectSize": str(size), "RangeHeader": header}
    return Refusal(416, "InvalidRange", message, details, {"Content-Range": f"bytes */{size}"})
