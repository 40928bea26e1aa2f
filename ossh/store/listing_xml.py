"""The XML of listings, entry by entry, as raw texts; and whether a page agrees with itself.

Whoever follows a listing calls what it lacks gone. So a page is none whose parts disagree: it was
cut, mixed up or answers another request.

Source: OSS API reference, "ListObjectsV2", "ListObjectVersions".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from itertools import pairwise
from operator import le, lt
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ossh.language import Words
from ossh.model import NORMAL, STANDARD, ObjectInfo, value
from ossh.printable import printable
from ossh.protocol import thaw_of
from ossh.protocol.error_body import name_of

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

# Of a page of 1,000 entries: one with all that is told of it has 15 elements, so 30 tags.
_MAX_TAGS = 64_000
_MAX_TAG = 256 * 1024  # bytes, attributes and what follows included
_FIRST_TAG = rb"<([A-Za-z_][^\s/>]*)"
_SIZE_LIMIT = 1 << 50  # bytes, far beyond any object; SQLite adds up thousands of them
# Parameters of a request, and the elements in which its page repeats them.
_REPEATED = {
    "prefix": "Prefix",
    "delimiter": "Delimiter",
    "start-after": "StartAfter",
    "continuation-token": "ContinuationToken",
    "key-marker": "KeyMarker",
    "version-id-marker": "VersionIdMarker",
}

Fields = Mapping[str, str]
"""Raw texts by the names of their elements."""


class _Entry(dict[str, str]):
    """Such texts of an entry; there is a `ValueError` for one that it lacks."""

    def __missing__(self, name: str) -> str:
        raise ValueError(Words("an entry of the listing has no {field}", field=name))


@value
class Listing:
    """What a listing consists of."""

    page: Fields  # of the page itself
    parts: Sequence[tuple[str, Fields]]  # its entries, each with its element's name, in order

    @property
    def decode(self) -> Callable[[str], str]:
        """Return what makes a name of a raw text."""
        return decoded if self.is_encoded else str

    @property
    def is_encoded(self) -> bool:
        return self.page.get("EncodingType", "").lower() == "url"

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Return what a delimiter cut off."""
        found = [one.get("Prefix", "") for name, one in self.parts if name == "CommonPrefixes"]
        return tuple(map(self.decode, found))

    def next(self, field: str) -> str:
        """Return the field that asks for the next page, "" if there is none.

        Raises:
            ValueError: The page does not clearly say whether there is one.
        """
        following, said = self.page.get(field, ""), self.page.get("IsTruncated", "").lower()
        if said not in {"true", "false"}:
            raise ValueError(Words("the listing does not say whether there is more"))
        if said == "true" and not following:
            text = Words("the listing has more pages but does not say where the next one starts")
            raise ValueError(text)
        if said == "false" and following:
            text = Words("the listing says both that it ends here and where it continues")
            raise ValueError(text)
        return self.decode(following)

    def refuse_contradictions(self, asked: Fields | None, count: int) -> None:
        """Raise a `ValueError` if the page answers another request, or is not as long as it says.

        The parameters of the request may be unknown; the count is that of its entries.
        """
        for parameter, field in _REPEATED.items():
            found = self.page.get(field, "")
            wanted = found if asked is None else asked.get(parameter, "")
            if found and wanted not in {found, self.decode(found)}:
                text = Words(
                    "the listing answers another request: its {field} is '{found}'",
                    field=field,
                    found=printable(found),
                )
                raise ValueError(text)
        said, most = (int(self.page.get(field, count)) for field in ("KeyCount", "MaxKeys"))
        if said != count or count > most:
            text = Words(
                "a page of the listing should have {said} entries, but has {count}",
                said=min(said, most),
                count=count,
            )
            raise ValueError(text)


def read(body: bytes, root: str, kinds: frozenset[str]) -> Listing:
    """Return the listing in the body of an answer.

    Whether it stands in a part or in the page itself, the name of an element tells what a text is.
    `root` is the name of its root element, `kinds` those of the elements that are its parts.

    Raises:
        ValueError: It is none: cut off, an HTML page, another service's listing, or far more than
            a page can be.
    """
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - for unusual pages alone

    if has_too_many_tags(body) or max(map(len, body.split(b"<"))) > _MAX_TAG:
        raise ValueError(Words("the listing contains far more than was requested"))
    if b"<!DOCTYPE" in body or b"\0" in body:  # in UTF-16; so there are no entities to expand
        raise ValueError(Words("the answer is not a listing: it has a document type"))
    if (first := re.search(_FIRST_TAG, body)) and first[1] != root.encode():
        name = printable(first[1].decode("utf-8", "replace"))
        raise ValueError(Words("the answer is not a listing but <{root}>", root=name))
    try:
        tree = ET.fromstring(body)  # noqa: S314 - nothing to expand
    except (ET.ParseError, LookupError) as error:  # the latter of an unknown encoding
        raise ValueError(Words("the listing cannot be read: {error}", error=error)) from None
    page: dict[str, str] = {}
    parts: list[tuple[str, Fields]] = []
    inside = set["ET.Element"]()
    for one in tree.iter():
        name, said = name_of(one), one.text or ""
        if one in inside:
            continue
        if name in kinds:
            fields = [*one.iter()][1:]
            inside.update(fields)
            parts.append((name, _Entry((name_of(field), field.text or "") for field in fields)))
        elif page.setdefault(name, said) != said:
            raise ValueError(Words("the listing has two different values of {field}", field=name))
    return Listing(page, parts)


def has_too_many_tags(body: bytes) -> bool:
    """Return whether a body has more tags than a page can have; "<" is one in every encoding."""
    return body.count(b"<") > _MAX_TAGS


def refuse_disorder(names: Sequence[str], *, repeats: bool = False) -> None:
    """Raise a `ValueError` if names are not in order, or, unless `repeats`, come twice."""
    is_before = le if repeats else lt
    if all(map(is_before, names, names[1:])):
        return
    one, other = next(pair for pair in pairwise(names) if not is_before(*pair))
    raise ValueError(disorder(one, other))


def disorder(one: str, other: str) -> str:
    """Return what is wrong with a listing in which a name comes after another."""
    return Words(
        "the listing is out of order: it has '{other}' after '{one}'",
        other=printable(other),
        one=printable(one),
    )


def object_of(entry: Fields, decode: Callable[[str], str], version_id: str = "") -> ObjectInfo:
    """Return the object of an entry, or raise a `ValueError` for a missing or invalid field."""
    key = decode(entry["Key"])
    return ObjectInfo(
        key,
        checked_size(entry["Size"]),
        checked_etag(entry["ETag"]),
        moment_of(entry),
        entry.get("Type", NORMAL),
        entry.get("StorageClass", STANDARD),
        thaw_of(entry.get("RestoreInfo", "")),
        version_id,
    )


def checked_size(text: str) -> int:
    """Return an object's size, or raise a `ValueError` if none has such a one."""
    size = int(text)
    if not 0 <= size < _SIZE_LIMIT:
        raise ValueError(Words("'{text}' is not an object size", text=printable(text[:40])))
    return size


def checked_etag(text: str) -> str:
    """Return an ETag without quotes, or raise a `ValueError` if it cannot be part of a header."""
    etag = text.strip('"')
    if not (etag.isascii() and etag.isprintable()):
        raise ValueError(Words("'{text}' is not an ETag", text=printable(text[:40])))
    return etag


def moment_of(entry: Fields) -> datetime:
    """Return when an object was changed.

    Raises:
        ValueError: The entry has none in UTC, or one in the first or last year of the calendar.
    """
    text = entry["LastModified"]
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC or not MINYEAR < moment.year < MAXYEAR:  # all end in Z
        raise ValueError(
            Words("an entry of the listing has an invalid date '{text}'", text=printable(text))
        )
    return moment


def decoded(text: str) -> str:
    """Decode a percent-encoded name; most names have only encoded slashes."""
    if "%" not in text:
        return text
    text = text.replace("%2F", "/")
    return unquote(text, errors="strict") if "%" in text else text
