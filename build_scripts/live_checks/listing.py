"""What listings look like, and whether their parameters do what ossh takes them to do."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby, pairwise

from live_checks.bucket import Bucket, No, NotAsked, ok, proved
from ossh.model import ObjectVersion
from ossh.store.listing import PageQuery
from ossh.store.lookup import look_up
from ossh.store.version_page import FIRST, Position

_USUAL = (b"Key", b"LastModified", b"ETag", b"Type", b"Size", b"StorageClass")
_ENTRY = re.compile(rb"<Contents>(.*?)</Contents>", re.DOTALL)
_ELEMENT = re.compile(rb"<([A-Za-z]{1,30})>")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9._/-]*")
_SHORT = 3  # keys of a page
_MOST_PAGES = 4
_ODD_KEYS = 5
_MOST_VERSIONS = 100
_DELIMITER = "/"


def _entries(bucket: Bucket) -> str:
    if not bucket.objects:
        raise NotAsked("nothing is listed")
    orders = [tuple(_ELEMENT.findall(entry)) for entry in _ENTRY.findall(bucket.first.body)]
    # the last three come with archived, owned or moved objects, and take the slower way
    odd = Counter(b" ".join(one).decode() for one in orders if one != _USUAL)
    if not odd:
        return f"{len(orders)} entries"
    (form, count), *_ = odd.most_common(1)
    told = f"{count} of {len(orders)} entries have other fields: {form}"
    if count == len(orders):
        raise No(told)
    return told


def _order(bucket: Bucket) -> str:
    keys = [info.key.encode() for info in bucket.objects]
    if len(keys) <= 1:
        raise NotAsked("too few keys")
    return proved(
        {
            "not in the order of their bytes": keys != sorted(keys),
            "some come twice": len(set(keys)) < len(keys),
        },
        f"{len(keys)} keys",
    )


def _tokens(bucket: Bucket) -> str:
    if len(bucket.objects) <= _SHORT:
        raise NotAsked("too few keys")
    keys: list[str] = []
    token = ""
    for _number in range(_MOST_PAGES):
        query = PageQuery(bucket.place.prefix, token=token, max_keys=_SHORT)
        page = ok(bucket.lister.page(query))
        keys += [info.key for info in page.objects]
        token = page.token
        if not token:
            break
    whole = [info.key for info in bucket.objects]
    return proved(
        {
            "other keys than on one page": keys != whole[: len(keys)],
            "they end too early": not token and len(keys) < len(whole),
        },
        f"{len(keys)} keys on pages of {_SHORT}",
    )


def _start_after(bucket: Bucket) -> str:
    if len(bucket.objects) <= 1:
        raise NotAsked("too few keys")
    middle = len(bucket.objects) // 2
    last = bucket.objects[middle - 1].key
    query = PageQuery(bucket.place.prefix, start_after=last, max_keys=_SHORT)
    page = ok(bucket.lister.page(query))
    rest = bucket.objects[middle : middle + _SHORT]
    # the page of all may end here
    return proved({"other keys follow": page.objects[: len(rest)] != rest})


def _look_up(bucket: Bucket) -> str:
    if len(bucket.objects) <= 1:
        raise NotAsked("too few keys")
    step = max(1, len(bucket.objects) // 4)
    chosen = bucket.objects[::step][:5]
    found = ok(look_up(bucket.lister, [info.key for info in chosen]))
    return proved(
        {"some are not found": found != {info.key: info for info in chosen}},
        f"{len(chosen)} keys",
    )


def _levels(bucket: Bucket) -> str:
    prefix = bucket.place.prefix
    page = ok(bucket.lister.page(PageQuery(prefix, _DELIMITER)))
    if not (page.objects or page.prefixes):
        raise NotAsked("nothing is listed")
    names = sorted([*page.prefixes, *(info.key for info in page.objects)])
    flat = dict.fromkeys(_shown_at(prefix, info.key) for info in bucket.objects)
    both = min(len(names), len(flat))
    return proved(
        {
            "not what the keys below say": names[:both] != list(flat)[:both],
            "prefixes out of order": any(a >= b for a, b in pairwise(page.prefixes)),
        },
        f"{len(page.prefixes)} prefixes, {len(page.objects)} objects",
    )


def _shown_at(prefix: str, key: str) -> str:
    """Return a key as a level shows it: up to the next delimiter."""
    at = key.find(_DELIMITER, len(prefix))
    return key if at < 0 else key[: at + 1]


def _odd_keys(bucket: Bucket) -> str:
    odd = [info for info in bucket.objects if not _PLAIN_KEY.fullmatch(info.key)][:_ODD_KEYS]
    if not odd:
        raise NotAsked("every key is of letters, digits and ._/-")
    for info in odd:
        ok(bucket.lister.head(info.key))
    return f"{len(odd)} keys"


def _versions(bucket: Bucket) -> str:
    """See whether versions are listed as whoever looks at a bucket's past takes them to be."""
    prefix = bucket.place.prefix
    whole = ok(bucket.lister.versions(prefix, max_keys=_MOST_VERSIONS))
    if not whole.shows_versions:
        raise NotAsked("the bucket keeps no versions")
    some: list[ObjectVersion] = []
    at: Position | None = FIRST
    while at is not None and len(some) < _MOST_PAGES * _SHORT:
        page = ok(bucket.lister.versions(prefix, after=at, max_keys=_SHORT))
        some += page.versions
        at = page.following
    by_key = [list(one) for _key, one in groupby(whole.versions, lambda one: one.info.key)]
    keys = [versions[0].info.key.encode() for versions in by_key]
    times = [[one.info.last_modified for one in versions] for versions in by_key]
    latest = [[one.is_latest for one in versions] for versions in by_key]
    return proved(
        {
            "keys not in the order of their bytes": keys != sorted(keys),
            "not the newest first": any(one != sorted(one, reverse=True) for one in times),
            "not just the first is the latest": any(not one[0] or any(one[1:]) for one in latest),
            "short pages give others": some != list(whole.versions[: len(some)]),
        },
        f"{len(whole.versions)} versions of {len(keys)} keys",
    )


QUESTIONS = {
    "listed entries have the fields of the fast parser": _entries,
    "keys are listed in the order of their bytes": _order,
    "short pages and their tokens give the same keys": _tokens,
    "start-after continues behind a key": _start_after,
    "start-after takes text that is no key": _look_up,
    "a level shows what the keys below it say": _levels,
    "keys with unusual characters are found": _odd_keys,
    "versions are listed by key, the newest first": _versions,
}
