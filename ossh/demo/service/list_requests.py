"""Pages of a bucket's listing, versions 1 and 2."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import quote
from xml.sax.saxutils import escape

from ossh.demo.content.buckets import Bucket, StoredObject
from ossh.demo.http.answers import document, elements, iso_date
from ossh.demo.refusal import invalid

DEFAULT_KEYS, MOST_ENTRIES = 100, 1000
# Of every token: what a client garbles that does not decode it, and one that does so twice.
_TOKEN = "demo%2B+/="
_SURROGATES = range(0xD800, 0xE000)
OWNER = "<Owner><ID>1000000000000001</ID><DisplayName>1000000000000001</DisplayName></Owner>"


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a page; `after` is the key or common prefix that ended the previous one."""

    prefix: str
    delimiter: str
    after: str
    start_after: str
    token: str
    max_keys: int
    encoded: bool
    is_v2: bool
    with_owner: bool


@dataclass(frozen=True, slots=True)
class KeyPage:
    """What a page holds; `last` is where the next one goes on, "" if there is none."""

    objects: tuple[StoredObject, ...]
    prefixes: tuple[str, ...]
    last: str = ""
    omitted: int = 0  # keys that are counted all the same


def parse_query(query: dict[str, str]) -> Query:
    """Return what the parameters of a bucket request ask for.

    Raises:
        Refusal: InvalidArgument, naming the parameter.
    """
    if query.get("list-type", "2") != "2":
        raise invalid("list-type", query["list-type"], "list-type must be 2.")
    if query.get("encoding-type", "url") != "url":
        raise invalid("encoding-type", query["encoding-type"], "Invalid encoding type.")
    is_v2 = "list-type" in query
    token = query.get("continuation-token", "") if is_v2 else ""
    start_after = query.get("start-after" if is_v2 else "marker", "")
    return Query(
        prefix=query.get("prefix", ""),
        delimiter=query.get("delimiter", ""),
        after=_decode_token(token) if token else start_after,
        start_after=start_after,
        token=token,
        max_keys=page_limit(query, "max-keys"),
        encoded="encoding-type" in query,
        is_v2=is_v2,
        with_owner=not is_v2 or query.get("fetch-owner") == "true",
    )


def page_limit(query: Mapping[str, str], name: str, default: int = DEFAULT_KEYS) -> int:
    """Return how much a page may hold, by the parameter of that name.

    Raises:
        Refusal: InvalidArgument.
    """
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_ENTRIES):
        message = f"Argument {name} must be an integer between 1 and {MOST_ENTRIES}."
        raise invalid(name, text, message)
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


def list_page(bucket: Bucket, query: Query, limit: int | None = None) -> KeyPage:
    """Return the next page of a bucket; with `limit`, of at most that many keys and prefixes.

    A page may hold fewer than max-keys and be truncated all the same.
    """
    most = query.max_keys if limit is None else min(limit, query.max_keys)
    start = following(query.after, query.prefix, query.delimiter)
    shown = view(bucket.scan, query.prefix, query.delimiter, start)
    found = list(islice(shown, most))
    last = found[-1] if found and next(shown, None) is not None else ""
    return KeyPage(
        tuple(one for one in found if isinstance(one, StoredObject)),
        tuple(one for one in found if isinstance(one, str)),
        last if isinstance(last, str) else last.key,
    )


def view(
    scan: Callable[[str], Iterator[StoredObject]], prefix: str, delimiter: str, start: str | None
) -> Iterator[StoredObject | str]:
    """Yield the objects or versions of a listing from a key on, and its common prefixes."""
    while start is not None:
        at, start = start, None
        for stored in scan(at):
            if not stored.key.startswith(prefix):
                break
            if level := level_of(stored.key, prefix, delimiter):
                start = successor(level)
                yield level
                break
            yield stored


def following(after: str, prefix: str, delimiter: str) -> str | None:
    """Return the lowest key of a page that goes on after a key or a common prefix."""
    if after and level_of(after, prefix, delimiter) == after:
        return successor(after)
    return max(prefix, after + "\0" if after else "")


def level_of(key: str, prefix: str, delimiter: str) -> str:
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


def shortened(page: KeyPage, keys: int) -> KeyPage:
    """Return the page without its last keys, which it still counts."""
    kept = page.objects[: max(0, len(page.objects) - keys)]
    return replace(page, objects=kept, omitted=len(page.objects) - len(kept))


def page_xml(
    bucket: Bucket, query: Query, page: KeyPage, restore_info: Callable[[StoredObject], str | None]
) -> bytes:
    """Return the ListBucketResult of a page.

    `restore_info` gives the text of RestoreInfo for a restored object.
    """
    shown = quoted if query.encoded else escape
    parts = [_fields(bucket.name, query, page, shown)]
    owner = OWNER if query.with_owner else ""
    for stored in page.objects:
        info = restore_info(stored)
        restored = f"<RestoreInfo>{escape(info)}</RestoreInfo>" if info else ""
        parts.append(
            f"<Contents><Key>{shown(stored.key)}</Key>"
            f"<LastModified>{iso_date(stored.modified)}</LastModified>"
            f'<ETag>"{stored.etag}"</ETag><Type>{stored.kind}</Type><Size>{stored.size}</Size>'
            f"<StorageClass>{stored.storage_class}</StorageClass>{owner}{restored}</Contents>\n"
        )
    parts += [common_prefix(shown(prefix)) for prefix in page.prefixes]
    return document("ListBucketResult", *parts)


def common_prefix(shown: str) -> str:
    return f"<CommonPrefixes><Prefix>{shown}</Prefix></CommonPrefixes>\n"


def _fields(name: str, query: Query, page: KeyPage, shown: Callable[[str], str]) -> str:
    fields = {
        "Name": name,
        "Prefix": shown(query.prefix),
        "MaxKeys": str(query.max_keys),
        "Delimiter": shown(query.delimiter),
        "IsTruncated": "true" if page.last else "false",
    }
    if query.encoded:
        fields["EncodingType"] = "url"
    if query.is_v2:
        fields["StartAfter"] = shown(query.start_after)
        fields["KeyCount"] = str(len(page.objects) + len(page.prefixes) + page.omitted)
        if query.token:
            fields["ContinuationToken"] = shown(query.token)
        if page.last:
            fields["NextContinuationToken"] = shown(encode_token(page.last))
    else:
        fields["Marker"] = shown(query.start_after)
        if page.last:
            fields["NextMarker"] = shown(page.last)
    return elements(fields)


def quoted(text: str) -> str:
    quoted = quote(text, safe="/", errors="surrogateescape")
    return quoted.replace("/", "%2F")
