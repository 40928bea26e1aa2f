"""Pages of the versions of a bucket's objects, and whether it keeps any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from ossh.demo.content.buckets import Bucket, StoredObject
from ossh.demo.http.answers import Answer, iso_date, with_body
from ossh.demo.refusal import invalid
from ossh.demo.service.list_requests import OWNER, XML, level_of, page_limit, quoted, successor

Version = tuple[StoredObject, bool]
"""A version or a delete marker, and whether it is the latest of its key."""


@dataclass(frozen=True, slots=True)
class VersionQuery:
    """The parameters of a page of versions."""

    prefix: str
    delimiter: str
    key_marker: str
    version_id_marker: str
    max_keys: int
    encoded: bool


def parse_query(query: Mapping[str, str]) -> VersionQuery:
    """Return what the parameters ask for.

    Raises:
        Refusal: InvalidArgument, naming the parameter.
    """
    marker = query.get("version-id-marker", "")
    if marker and not query.get("key-marker"):
        message = "A version-id-marker needs a key-marker."
        raise invalid("version-id-marker", marker, message)
    return VersionQuery(
        query.get("prefix", ""),
        query.get("delimiter", ""),
        query.get("key-marker", ""),
        marker,
        page_limit(query, "max-keys"),
        "encoding-type" in query,
    )


def versions(bucket: Bucket, query: VersionQuery, limit: int | None = None) -> Answer:
    """Answer ListObjectVersions: a page of at most max-keys, or `limit`, versions and prefixes."""
    most = query.max_keys if limit is None else min(limit, query.max_keys)
    shown = quoted if query.encoded else escape
    rows: list[str] = []
    levels: set[str] = set()
    last: tuple[str, str] = ("", "")
    is_truncated = False
    for stored, is_latest in _behind_markers(bucket, query):
        level = level_of(stored.key, query.prefix, query.delimiter)
        if level in levels:
            continue
        if len(rows) == most:
            is_truncated = True
            break
        if level:
            levels.add(level)
            last = level, ""
            rows.append(f"<CommonPrefixes><Prefix>{shown(level)}</Prefix></CommonPrefixes>\n")
        else:
            last = stored.key, stored.version_id
            rows.append(_row(stored, shown(stored.key), is_latest=is_latest))
    fields = {
        "Name": bucket.name,
        "Prefix": shown(query.prefix),
        "KeyMarker": shown(query.key_marker),
        "VersionIdMarker": query.version_id_marker,
        "MaxKeys": str(query.max_keys),
        "Delimiter": shown(query.delimiter),
        "IsTruncated": str(is_truncated).lower(),
    }
    if query.encoded:
        fields["EncodingType"] = "url"
    if is_truncated:
        fields |= {"NextKeyMarker": shown(last[0]), "NextVersionIdMarker": last[1]}
    head = "".join(f"  <{field}>{text}</{field}>\n" for field, text in fields.items())
    xml = f"{XML}<ListVersionsResult>\n{head}{''.join(rows)}</ListVersionsResult>\n"
    return with_body(200, xml.encode("utf-8", "surrogateescape"))


def _behind_markers(bucket: Bucket, query: VersionQuery) -> Iterator[Version]:
    """Yield what begins with the prefix and comes after the markers."""
    start: str | None = max(query.prefix, query.key_marker)
    if query.key_marker == level_of(query.key_marker, query.prefix, query.delimiter):
        start = successor(query.key_marker) if query.key_marker else query.prefix
    is_skipping = bool(query.key_marker)
    for stored, is_latest in () if start is None else bucket.scan_versions(start):
        if not stored.key.startswith(query.prefix):
            break
        if is_skipping and stored.key == query.key_marker:
            is_skipping = stored.version_id != query.version_id_marker
            continue
        is_skipping = False
        yield stored, is_latest


def _row(stored: StoredObject, key: str, *, is_latest: bool) -> str:
    common = (
        f"<Key>{key}</Key><VersionId>{stored.version_id}</VersionId>"
        f"<IsLatest>{str(is_latest).lower()}</IsLatest>"
        f"<LastModified>{iso_date(stored.modified)}</LastModified>"
    )
    if stored.is_marker:
        return f"<DeleteMarker>{common}{OWNER}</DeleteMarker>\n"
    return (
        f'<Version>{common}<ETag>"{stored.etag}"</ETag><Type>{stored.kind}</Type>'
        f"<Size>{stored.size}</Size><StorageClass>{stored.storage_class}</StorageClass>"
        f"{OWNER}</Version>\n"
    )


def versioning(bucket: Bucket) -> Answer:
    """Answer GetBucketVersioning; where it was never enabled, there is no status."""
    status = f"<Status>{bucket.versioning}</Status>" if bucket.versioning else ""
    text = f"{XML}<VersioningConfiguration>{status}</VersioningConfiguration>\n"
    return with_body(200, text.encode())
