"""What a bucket says of keys that are known: a listing that hops from one to the next.

Each request begins right at a key that is still wanted and brings up to a thousand keys behind it.
So there are never more requests than a HEAD for each key would be, and where wanted keys lie close
together a thousand times fewer.
"""

from bisect import bisect_right
from collections.abc import Sequence
from os.path import commonprefix

from ossh.model import Failure, ObjectInfo
from ossh.store.listing import MAX_KEYS, Lister

_LONGEST_KEY = 1023  # bytes
_LAST = "\U0010ffff"  # no key has it, or next to none
_BEFORE_SURROGATES, _BEHIND_SURROGATES = 0xD7FF, 0xE000  # what lies between is no character


def look_up(lister: Lister, keys: Sequence[str]) -> dict[str, ObjectInfo] | Failure:
    """Return the objects of some keys that the bucket has, by key; or why that is not known.

    Args:
        lister: Asks the bucket.
        keys: Sorted, without repetition.

    Raises:
        StoreError, UsageError: There are no usable credentials (from the lister).
    """
    wanted, found, at, token = set(keys), dict[str, ObjectInfo](), 0, ""
    while at < len(keys):
        left = keys[at:]
        page = lister.page(
            commonprefix(left),  # noqa: RUF071 - of keys, which are no paths
            start_after="" if len(left) == 1 else before(left[0]),
            token=token,
            max_keys=MAX_KEYS if len(left) > 1 else 1,
        )
        if isinstance(page, Failure):
            return page
        found.update((info.key, info) for info in page.objects if info.key in wanted)
        token = "" if page.objects else page.token  # a page may be empty and not the last
        if page.objects:
            at = max(at + 1, bisect_right(keys, page.objects[-1].key))
        if not page.is_truncated or (len(left) == 1 and page.objects):
            break
    return found


def before(key: str) -> str:
    """Return a text that sorts before a key, with hardly any other key between them."""
    head, last = key[:-1], ord(key[-1])
    if not last:
        return head
    previous = _BEFORE_SURROGATES if last == _BEHIND_SURROGATES else last - 1
    text = f"{head}{chr(previous)}{_LAST}"
    return text if len(text.encode()) <= _LONGEST_KEY else head
