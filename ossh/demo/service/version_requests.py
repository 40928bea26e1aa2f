"""Pages of the versions of a bucket's objects, and whether it keeps any."""

from collections.abc import Iterator, Mapping
from itertools import islice

from ossh.demo.content.buckets import Bucket, StoredObject
from ossh.demo.http.answers import Answer, document, elements, iso_date, with_body
from ossh.demo.refusal import invalid
from ossh.demo.service.list_requests import (
    OWNER,
    common_prefix,
    following,
    page_fields,
    page_limit,
    shown_for,
    view,
)


def versions(bucket: Bucket, query: Mapping[str, str], limit: int | None = None) -> Answer:
    """Answer ListObjectVersions: a page of at most max-keys, or `limit`, versions and prefixes.

    Raises:
        Refusal: InvalidArgument, naming the parameter.
    """
    key, version_id = query.get("key-marker", ""), query.get("version-id-marker", "")
    if version_id and not key:
        message = "A version-id-marker needs a key-marker."
        raise invalid("version-id-marker", version_id, message)
    most = page_limit(query, "max-keys")
    start = max(query.get("prefix", ""), key) if version_id else following(key, query)
    rest = _behind(view(bucket.scan_versions, query, start), key, version_id)
    found = list(islice(rest, most if limit is None else min(limit, most)))
    is_truncated = next(rest, None) is not None
    shown = shown_for(query)
    rows: list[str] = []
    last = (key if version_id else "", "")
    for one in found:
        if isinstance(one, str):
            rows.append(common_prefix(shown(one)))
            last = one, ""
        else:
            rows.append(_row(one, shown(one.key), is_latest=one.key != last[0]))
            last = one.key, one.version_id
    fields = page_fields(bucket, query, is_truncated=is_truncated)
    fields |= {"KeyMarker": shown(key), "VersionIdMarker": version_id}
    if is_truncated:
        fields |= {"NextKeyMarker": shown(last[0]), "NextVersionIdMarker": last[1]}
    return with_body(200, document("ListVersionsResult", elements(fields), *rows))


def _behind(
    shown: Iterator[StoredObject | str], key: str, version_id: str
) -> Iterator[StoredObject | str]:
    """Yield what comes after a version, if one is named."""
    is_skipping = bool(version_id)
    for one in shown:
        if is_skipping and isinstance(one, StoredObject) and one.key == key:
            is_skipping = one.version_id != version_id
        else:
            yield one


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
    return with_body(200, document("VersioningConfiguration", status))
