"""Pages of a bucket's listing, of the versions of its objects, and of buckets."""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import quote
from xml.sax.saxutils import escape

from ossh.demo.content.buckets import STORY_TIME, Bucket, StoredObject
from ossh.demo.http.answers import Answer, document, elements, iso_date, with_body
from ossh.demo.refusal import invalid

DEFAULT_KEYS, MOST_ENTRIES = 100, 1000
# Of every token: what a client garbles that does not decode it, and one that does so twice.
_TOKEN = "demo%2B+/="
_SURROGATES = range(0xD800, 0xE000)
_OWNER = "<Owner><ID>1000000000000001</ID><DisplayName>1000000000000001</DisplayName></Owner>"


@dataclass(frozen=True, slots=True)
class KeyPage:
    """What a page holds; `last` is where the next one goes on, "" if there is none."""

    objects: tuple[StoredObject, ...]
    prefixes: tuple[str, ...]
    last: str = ""


def _page_limit(query: Mapping[str, str]) -> int:
    """Return how much a page may hold, by its max-keys.

    Raises:
        Refusal: InvalidArgument.
    """
    text = query.get("max-keys") or str(DEFAULT_KEYS)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_ENTRIES):
        message = f"Argument max-keys must be an integer between 1 and {MOST_ENTRIES}."
        raise invalid("max-keys", text, message)
    return int(text)


def encode_token(key: str) -> str:
    return _TOKEN + base64.b64encode(key.encode("utf-8", "surrogateescape")).decode()


def _decode_token(token: str) -> str:
    try:
        raw = base64.b64decode(token.removeprefix(_TOKEN), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not raw or not token.startswith(_TOKEN):
        raise invalid("continuation-token", token, "The continuation token is not valid.")
    return raw.decode("utf-8", "surrogateescape")


def list_page(bucket: Bucket, query: Mapping[str, str], limit: int | None = None) -> KeyPage:
    """Return the next page of a bucket; with `limit`, of at most that many keys and prefixes.

    A page may hold fewer than max-keys and be truncated all the same.

    Raises:
        Refusal: InvalidArgument, naming the parameter.
    """
    if query.get("list-type") != "2":
        raise invalid("list-type", query.get("list-type", ""), "list-type must be 2.")
    if query.get("encoding-type", "url") != "url":
        raise invalid("encoding-type", query["encoding-type"], "Invalid encoding type.")
    most = _page_limit(query)
    shown = _view(bucket.scan, query, _following(_after(query), query))
    found = list(islice(shown, most if limit is None else min(limit, most)))
    last = found[-1] if found and next(shown, None) is not None else ""
    return KeyPage(
        tuple(one for one in found if isinstance(one, StoredObject)),
        tuple(one for one in found if isinstance(one, str)),
        last if isinstance(last, str) else last.key,
    )


def _after(query: Mapping[str, str]) -> str:
    """Return the key or common prefix that a page comes after, or ""."""
    token = query.get("continuation-token", "")
    return _decode_token(token) if token else query.get("start-after", "")


def _view(
    scan: Callable[[str], Iterator[StoredObject]], query: Mapping[str, str], start: str | None
) -> Iterator[StoredObject | str]:
    """Yield the objects or versions of a listing from a key on, and its common prefixes."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    while start is not None:
        at, start = start, None
        for stored in scan(at):
            if not stored.key.startswith(prefix):
                break
            if level := _level_of(stored.key, prefix, delimiter):
                start = successor(level)
                yield level
                break
            yield stored


def _following(after: str, query: Mapping[str, str]) -> str | None:
    """Return the lowest key of a page that comes after a key or a common prefix."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    if after and _level_of(after, prefix, delimiter) == after:
        return successor(after)
    return max(prefix, after + "\0" if after else "")


def _level_of(key: str, prefix: str, delimiter: str) -> str:
    """Return the common prefix a key falls under, or ""."""
    if not delimiter or not key.startswith(prefix):
        return ""
    at = key.find(delimiter, len(prefix))
    return "" if at < 0 else key[: at + len(delimiter)]


def successor(prefix: str) -> str | None:
    """Return the lowest text above all that starts with `prefix`; None if there is none."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return None
    above = ord(stem[-1]) + 1
    return stem[:-1] + chr(_SURROGATES.stop if above in _SURROGATES else above)


def disordered(page: KeyPage) -> KeyPage:
    """Return the page with its first two objects swapped and the first of them twice."""
    first, *others = page.objects or (None,)
    if first is None:
        return page
    return replace(page, objects=(*others[:1], first, *others[1:], first))


def page_xml(
    bucket: Bucket,
    query: Mapping[str, str],
    page: KeyPage,
    restore_info: Callable[[StoredObject], str | None],
    omitted: int = 0,
) -> bytes:
    """Return the ListBucketResult of a page, without its last `omitted` keys, which it counts.

    `restore_info` gives the text of RestoreInfo for a restored object.
    """
    shown = _shown_for(query)
    fields = _fields(bucket, query, is_truncated=page.last != "")
    fields["StartAfter"] = shown(query.get("start-after", ""))
    fields["KeyCount"] = str(len(page.objects) + len(page.prefixes))
    if token := query.get("continuation-token"):
        fields["ContinuationToken"] = shown(token)
    if page.last:
        fields["NextContinuationToken"] = shown(encode_token(page.last))
    parts = [elements(fields)]
    owner = _OWNER if query.get("fetch-owner") == "true" else ""
    for stored in page.objects[: max(0, len(page.objects) - omitted)]:
        info = restore_info(stored)
        restored = f"<RestoreInfo>{escape(info)}</RestoreInfo>" if info else ""
        parts.append(
            f"<Contents><Key>{shown(stored.key)}</Key>"
            f"<LastModified>{iso_date(stored.modified)}</LastModified>"
            f'<ETag>"{stored.etag}"</ETag><Type>{stored.kind}</Type><Size>{stored.size}</Size>'
            f"<StorageClass>{stored.storage_class}</StorageClass>{owner}{restored}</Contents>\n"
        )
    parts += [_common_prefix(shown(prefix)) for prefix in page.prefixes]
    return document("ListBucketResult", *parts)


def versions(bucket: Bucket, query: Mapping[str, str], limit: int | None = None) -> Answer:
    """Answer ListObjectVersions: a page of at most max-keys, or `limit`, versions and prefixes.

    Raises:
        Refusal: InvalidArgument, naming the parameter.
    """
    key, version_id = query.get("key-marker", ""), query.get("version-id-marker", "")
    if version_id and not key:
        message = "A version-id-marker needs a key-marker."
        raise invalid("version-id-marker", version_id, message)
    most = _page_limit(query)
    start = max(query.get("prefix", ""), key) if version_id else _following(key, query)
    rest = _behind(_view(bucket.scan_versions, query, start), key, version_id)
    found = list(islice(rest, most if limit is None else min(limit, most)))
    is_truncated = next(rest, None) is not None
    shown = _shown_for(query)
    rows: list[str] = []
    last = (key if version_id else "", "")
    for one in found:
        if isinstance(one, str):
            rows.append(_common_prefix(shown(one)))
            last = one, ""
        else:
            rows.append(_row(one, shown(one.key), is_latest=one.key != last[0]))
            last = one.key, one.version_id
    fields = _fields(bucket, query, is_truncated=is_truncated)
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
        return f"<DeleteMarker>{common}{_OWNER}</DeleteMarker>\n"
    return (
        f'<Version>{common}<ETag>"{stored.etag}"</ETag><Type>{stored.kind}</Type>'
        f"<Size>{stored.size}</Size><StorageClass>{stored.storage_class}</StorageClass>"
        f"{_OWNER}</Version>\n"
    )


def _fields(bucket: Bucket, query: Mapping[str, str], *, is_truncated: bool) -> dict[str, str]:
    """Return what a page of keys or of versions says of itself."""
    shown = _shown_for(query)
    fields = {
        "Name": bucket.name,
        "Prefix": shown(query.get("prefix", "")),
        "MaxKeys": str(_page_limit(query)),
        "Delimiter": shown(query.get("delimiter", "")),
        "IsTruncated": str(is_truncated).lower(),
    }
    return fields | ({"EncodingType": "url"} if "encoding-type" in query else {})


def _common_prefix(shown: str) -> str:
    return f"<CommonPrefixes><Prefix>{shown}</Prefix></CommonPrefixes>\n"


def _shown_for(query: Mapping[str, str]) -> Callable[[str], str]:
    """Return how keys are written into an answer."""
    return _quoted if "encoding-type" in query else escape


def _quoted(text: str) -> str:
    return quote(text, safe="/", errors="surrogateescape").replace("/", "%2F")


def buckets(
    known: Iterable[Bucket], query: Mapping[str, str], endpoint: str, region: str
) -> Answer:
    """Answer ListBuckets: a page of buckets, by name.

    Raises:
        Refusal: InvalidArgument for a max-keys out of range.
    """
    prefix, marker = query.get("prefix", ""), query.get("marker", "")
    most = _page_limit(query)
    names = {b.name: b for b in known if b.name.startswith(prefix) and b.name > marker}
    page = sorted(names)[:most]
    is_truncated = len(page) < len(names)
    fields = {
        "Prefix": escape(prefix),
        "Marker": escape(marker),
        "MaxKeys": str(most),
        "IsTruncated": str(is_truncated).lower(),
    }
    if is_truncated:
        fields["NextMarker"] = page[-1]
    rows = "".join(f"<Bucket>{_facts(names[name], endpoint, region)}</Bucket>\n" for name in page)
    shown = _OWNER, elements(fields), f"<Buckets>{rows}</Buckets>"
    return with_body(200, document("ListAllMyBucketsResult", *shown))


def _facts(one: Bucket, endpoint: str, region: str) -> str:
    host = escape(one.elsewhere or endpoint.partition("://")[2])
    return (
        f"<CreationDate>{iso_date(STORY_TIME)}</CreationDate>"
        f"<ExtranetEndpoint>{host}</ExtranetEndpoint><IntranetEndpoint>{host}</IntranetEndpoint>"
        f"<Location>oss-{region}</Location><Name>{one.name}</Name><Region>{region}</Region>"
        "<StorageClass>Standard</StorageClass>"
    )
