"""A page of a listing: from the XML of an answer to objects.

The official SDK builds its results attribute by attribute, far slower than the service delivers
them. expat takes a third of the time, and decides what is a listing. A regular expression takes a
fifth of expat: it cuts out entries of the usual form and leaves the rest to expat, or the whole
page as soon as anything in it is unusual.

Source: OSS API reference, "ListObjectsV2".
"""

import re
from collections.abc import Sequence
from datetime import datetime

from ossh.model import NORMAL, ObjectInfo, value
from ossh.store import listing_xml
from ossh.store.listing_xml import Fields, Listing, decoded, object_of, refuse_disorder

_ROOT = "ListBucketResult"
_PARTS = frozenset({"Contents", "CommonPrefixes"})

# Characters without a special meaning in XML, the same in every encoding. Keys have no others,
# being percent-encoded.
_PLAIN = "[ !#-%'-;=?-~]"
_BLANKS = " \t\r\n"
_GAP = f"[{_BLANKS}]*"
_USUAL_ENTRY = re.compile(
    rf"<Contents>{_GAP}"
    rf"<Key>({_PLAIN}+)</Key>{_GAP}"
    rf"<LastModified>([12][0-9T:.-]+Z)</LastModified>{_GAP}"  # not near the calendar's ends
    rf'<ETag>(?:"|&quot;)({_PLAIN}*)(?:"|&quot;)</ETag>{_GAP}'
    rf"(?:<Type>({_PLAIN}+)</Type>{_GAP})?"
    rf"<Size>([0-9]{{1,15}})</Size>{_GAP}"
    rf"<StorageClass>({_PLAIN}+)</StorageClass>{_GAP}"
    r"</Contents>"
)
_COLUMNS = 6  # its groups
# What may precede the first entry; inside a comment or another element it would not be one.
_USUAL_HEAD = re.compile(
    r'(?:<\?xml version="1.0"(?: encoding="(?i:UTF-8)")?\?>)?\s*'
    r'<ListBucketResult(?: xmlns="[^"<>&]*")?>\s*(?:<(\w+)>[^<>]*</\1>\s*)*+'
)


@value
class ListPage:
    """One page, in key order."""

    objects: tuple[ObjectInfo, ...]
    prefixes: tuple[str, ...]  # what a delimiter cut off, the delimiter included
    token: str  # asks for the next page, perhaps even if this one is not full; "" after the last
    last: str = ""  # up to this key all are known, if that is further than the objects tell

    @property
    def end(self) -> str:
        """Return the last name of the page, "" of an empty one; later pages have later names."""
        names = [*(info.key for info in self.objects[-1:]), *self.prefixes[-1:], self.last]
        return max(names)


def parse_page(body: bytes, asked: Fields | None = None) -> ListPage:
    """Return the page in the body of an answer.

    The parameters that were `asked` for it may contradict it, too.

    Raises:
        ValueError: It is none: cut off, an HTML page, another service's listing, one that
            contradicts itself.
    """
    page, listing = read_page(body)
    listing.refuse_contradictions(asked, len(page.objects) + len(page.prefixes))
    refuse_disorder([info.key for info in page.objects])
    refuse_disorder(page.prefixes)
    return page


def read_page(body: bytes) -> tuple[ListPage, Listing]:
    """Return the page in a body, and the listing without its usual entries; see `parse_page`.

    Whether it agrees with itself is not looked at.
    """
    rest, columns = _cut(body)
    listing = listing_xml.read(rest, _ROOT, _PARTS)
    token = listing.next("NextContinuationToken")
    objects = [object_of(one, listing.decode) for name, one in listing.parts if name == "Contents"]
    if columns:
        objects = _objects(columns, is_encoded=listing.is_encoded)
    return ListPage(tuple(objects), listing.prefixes, token), listing


def _cut(body: bytes) -> tuple[bytes, Sequence[Sequence[str]]]:
    """Cut the entries out of a page; return the rest, and their raw texts by column.

    The columns are the groups of `_USUAL_ENTRY`. If anything is unusual, there are none, and the
    rest is the whole page.
    """
    if listing_xml.has_too_many_tags(body):
        return body, ()
    try:
        texts: Sequence[str] = _USUAL_ENTRY.split(body.decode("ascii"))
    except UnicodeDecodeError:
        return body, ()
    between = texts[:: _COLUMNS + 1]
    head, *gaps = between[:-1] or [""]
    rest = head + between[-1]
    if not _USUAL_HEAD.fullmatch(head) or "".join(gaps).strip(_BLANKS) or "<Contents" in rest:
        return body, ()
    return rest.encode(), [texts[number :: _COLUMNS + 1] for number in range(1, _COLUMNS + 1)]


def _objects(columns: Sequence[Sequence[str]], *, is_encoded: bool) -> list[ObjectInfo]:
    """Return the objects in the columns of `_cut`, or raise a `ValueError` for a date or key."""
    keys, moments, etags, types, sizes, classes = columns
    return list(
        map(
            ObjectInfo,
            _all_decoded(keys) if is_encoded else keys,
            map(int, sizes),
            etags,
            map(datetime.fromisoformat, moments),
            [kind or NORMAL for kind in types],
            classes,
        )
    )


def _all_decoded(texts: Sequence[str]) -> Sequence[str]:
    """Decode percent-encoded names, usually in one go."""
    names = decoded("\0".join(texts)).split("\0")
    return names if len(names) == len(texts) else [*map(decoded, texts)]
