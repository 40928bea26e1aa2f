"""A page of a listing: from the XML of an answer to objects.

The official SDK builds its results attribute by attribute, which caps a listing far below what
the service delivers. expat takes a third of that, and judges what a listing is. A regular
expression takes a fifth of expat: it lifts entries out that are written as usual, and leaves
expat the rest to judge, or the whole page as soon as anything in it is unusual.

Source: OSS API reference, "ListObjectsV2".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from urllib.parse import unquote
from xml.parsers import expat

from ossh.language import Words
from ossh.model import ObjectInfo
from ossh.paths import printable
from ossh.protocol import thaw_of

_SIZE_LIMIT = 1 << 50  # bytes, far beyond any object; SQLite adds up thousands of them
_ROOT = "ListBucketResult"
# Of the whole page, not of an entry; no element within an entry has one of these names.
_PAGE_FIELDS = frozenset({"EncodingType", "IsTruncated", "NextContinuationToken"})
_PARTS = frozenset({"Contents", "CommonPrefixes"})

# Characters that mean themselves in XML wherever they are, and in every encoding. Keys have no
# others, being percent-encoded.
_PLAIN = "[ !#-%'-;=?-~]"
_BLANKS = " \t\r\n"
_GAP = f"[{_BLANKS}]*"
_USUAL_ENTRY = re.compile(
    rf"<Contents>{_GAP}"
    rf"<Key>({_PLAIN}+)</Key>{_GAP}"
    rf"<LastModified>([12][0-9T:.-]+Z)</LastModified>{_GAP}"  # of no year that dates end in
    rf'<ETag>(?:"|&quot;)({_PLAIN}*)(?:"|&quot;)</ETag>{_GAP}'
    rf"(?:<Type>({_PLAIN}+)</Type>{_GAP})?"
    rf"<Size>([0-9]{{1,15}})</Size>{_GAP}"
    rf"<StorageClass>({_PLAIN}+)</StorageClass>{_GAP}"
    r"</Contents>"
)
_COLUMNS = 6  # its groups
# What may come before the first entry; in a comment or another element it would not be an entry.
_USUAL_HEAD = re.compile(
    r'(?:<\?xml version="1.0"(?: encoding="(?i:UTF-8)")?\?>)?\s*'
    r'<ListBucketResult(?: xmlns="[^"<>&]*")?>\s*(?:<(\w+)>[^<>]*</\1>\s*)*+'
)


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page, in key order."""

    objects: tuple[ObjectInfo, ...]
    prefixes: tuple[str, ...]  # what a delimiter cut off, the delimiter included
    token: str  # asks for the next page; "" after the last

    @property
    def is_truncated(self) -> bool:
        """Tell whether another page follows; one may follow a page that is not full."""
        return bool(self.token)


def parse_page(body: bytes) -> ListPage:
    """Return the page that an answer's body holds.

    Raises:
        ValueError: It holds none: cut off, an HTML page, another service's listing.
    """
    rest, columns = _lifted(body)
    entries: list[dict[str, str]] = []
    prefixes: list[str] = []
    page = _read(rest, entries, prefixes)
    is_encoded = page.get("EncodingType", "").lower() == "url"
    decode = _decoded if is_encoded else str
    token = decode(_token(page))
    try:
        objects = [_object(entry, decode) for entry in entries]
    except KeyError as error:
        message = Words("an entry of the listing has no {field}", field=error.args[0])
        raise ValueError(message) from None
    if columns:
        objects = _objects(columns, is_encoded=is_encoded)
    return ListPage(tuple(objects), tuple([decode(prefix) for prefix in prefixes]), token)


def _token(page: Mapping[str, str]) -> str:
    """Return what asks for the next page.

    Raises:
        ValueError: The page does not say clearly whether there is one.
    """
    token = page.get("NextContinuationToken", "")
    match page.get("IsTruncated", "").lower():
        case "true" if not token:
            message = Words("the listing has more pages but does not say where the next one starts")
            raise ValueError(message)
        case "true":
            return token
        case "false":
            return ""
        case _:
            message = Words("the listing does not say whether there is more")
            raise ValueError(message)


def _lifted(body: bytes) -> tuple[bytes, Sequence[Sequence[str]]]:
    """Return a page without its entries, and their raw texts by column; all of it if unusual.

    The columns are those of `_USUAL_ENTRY`; there are none when expat is to read the entries too.
    """
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
    """Return the objects of the raw texts of `_lifted`.

    Raises:
        ValueError: A date is invalid, or a key is not UTF-8.
    """
    keys, moments, etags, types, sizes, classes = columns
    return list(
        map(
            ObjectInfo,
            _all_decoded(keys) if is_encoded else keys,
            map(int, sizes),
            etags,
            map(datetime.fromisoformat, moments),
            [kind or "Normal" for kind in types],
            classes,
        )
    )


def _read(body: bytes, entries: list[dict[str, str]], prefixes: list[str]) -> dict[str, str]:
    """Fill the lists with the raw texts of a page; return the page's own fields.

    Texts are collected by the name of their element alone: within an entry, a common prefix or the
    page itself the names that matter are unambiguous. The callbacks run ten times a key, so they
    do next to nothing.
    """
    page: dict[str, str] = {}
    fields: dict[str, str] = {}
    text: list[str] = []

    def begin(root: str, _attributes: dict[str, str]) -> None:
        if root != _ROOT:
            message = Words("the answer is not a listing but <{root}>", root=root)
            raise ValueError(message)
        parser.StartElementHandler = start

    def start(name: str, _attributes: dict[str, str]) -> None:
        text.clear()
        if name in _PARTS:
            fields.clear()

    def end(name: str) -> None:
        if name == "Contents":
            entries.append(fields.copy())
        elif name == "CommonPrefixes":
            prefixes.append(fields.get("Prefix", ""))
        elif name in _PAGE_FIELDS:
            page[name] = "".join(text)
        else:
            fields[name] = text[0] if len(text) == 1 else "".join(text)
            text.clear()

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 64 * 1024  # a key in one piece
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = _refuse  # so there are no entities to expand
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the C function takes no keyword
    except (expat.ExpatError, LookupError) as error:  # the latter of an unknown encoding
        message = Words("the listing cannot be read: {error}", error=error)
        raise ValueError(message) from None
    return page


def _refuse(*_declaration: object) -> None:
    message = Words("the answer is not a listing: it has a document type")
    raise ValueError(message)


def _object(entry: Mapping[str, str], decode: Callable[[str], str]) -> ObjectInfo:
    """Return an entry as the model has it.

    Raises:
        KeyError: A field is missing.
        ValueError: A size or a date is invalid.
    """
    key = decode(entry["Key"])
    size, etag = int(entry["Size"]), entry["ETag"].strip('"')
    if not 0 <= size < _SIZE_LIMIT or not (etag.isascii() and etag.isprintable()):
        message = Words("an entry of the listing has an invalid size or ETag")
        raise ValueError(message)
    return ObjectInfo(
        key,
        size,
        etag,
        _moment(entry["LastModified"]),
        entry.get("Type", "Normal"),
        entry.get("StorageClass", "Standard"),
        thaw_of(entry.get("RestoreInfo", "")),
    )


def _moment(text: str) -> datetime:
    """Return when an object was changed, in UTC.

    Raises:
        ValueError: The text is not a date, has no zone, or is one of the calendar's last days.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC or not MINYEAR < moment.year < MAXYEAR:  # all end in Z
        message = Words(
            "an entry of the listing has an invalid date '{text}'", text=printable(text)
        )
        raise ValueError(message)
    return moment


def _decoded(text: str) -> str:
    """Return a name without its percent-encoding; most names have only slashes encoded."""
    if "%" not in text:
        return text
    text = text.replace("%2F", "/")
    return unquote(text, errors="strict") if "%" in text else text


def _all_decoded(texts: Sequence[str]) -> Sequence[str]:
    """Return names without their percent-encoding, most of them in one go."""
    decoded = _decoded("\0".join(texts)).split("\0")
    return decoded if len(decoded) == len(texts) else [*map(_decoded, texts)]
