"""Looks up known keys by a listing that hops from one to the next.

Each request starts right at a wanted key and returns up to a thousand keys from there. So there are
never more requests than with a HEAD for each key, and a thousand times fewer for adjacent keys.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from os.path import commonprefix

from ossh.model import Failure, ObjectInfo
from ossh.store.listing import Lister, PageQuery

_LONGEST_KEY = 1023  # bytes
_LAST = "\U0010ffff"  # hardly any key has it
_BEFORE_SURROGATES, _BEHIND_SURROGATES = 0xD7FF, 0xE000  # between them are no characters


def look_up(lister: Lister, keys: Sequence[str]) -> dict[str, ObjectInfo] | Failure:
    """Return the objects of those keys that exist, by key; or why that is not known.

    The keys are sorted, without repetition.

    Raises:
        StoreError, UsageError: There are no usable credentials (from the lister).
    """
    found, at = dict[str, ObjectInfo](), 0
    while at < len(keys):
        told = look_up_next(lister, keys[at:])
        if isinstance(told, Failure):
            return told
        count, infos = told
        found |= infos
        at += count
    return found


def look_up_next(
    lister: Lister, keys: Sequence[str]
) -> tuple[int, dict[str, ObjectInfo]] | Failure:
    """Return how many of the first keys one page covers, and their objects by key.

    The keys are sorted, without repetition; there is at least one.

    Raises:
        StoreError, UsageError: There are no usable credentials (from the lister).
    """
    prefix = commonprefix([keys[0], keys[-1]])  # noqa: RUF071 - of keys, which are not paths
    asked = PageQuery(prefix, max_keys=1)
    if len(keys) > 1:
        asked = PageQuery(prefix, start_after=before(keys[0]))
    while True:
        page = lister.page(asked)
        if isinstance(page, Failure):
            return page
        if page.objects or not page.token:
            break
        asked = replace(asked, token=page.token)  # a page may be empty and not the last
    count = len(keys)
    if page.token:
        count = max(1, bisect_right(keys, page.objects[-1].key))
    told = set(keys[:count])
    return count, {info.key: info for info in page.objects if info.key in told}


def before(key: str) -> str:
    """Return a text that sorts before a key, with hardly any other key between them."""
    head, last = key[:-1], ord(key[-1]) if key else 0
    if not last:
        return head
    previous = _BEFORE_SURROGATES if last == _BEHIND_SURROGATES else last - 1
    text = f"{head}{chr(previous)}{_LAST}"
    return text if len(text.encode(errors="surrogatepass")) <= _LONGEST_KEY else head
