"""Pages of a listing, a thousand keys each, at the speed of expat.

The official SDK builds its results attribute by attribute, which caps a listing far below what
the service delivers.

Source: OSS API reference, "ListObjectsV2".
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.parsers import expat

from ossh import protocol
from ossh.model import Cause, Failure, ObjectInfo
from ossh.paths import printable
from ossh.store.signer import Signer

if TYPE_CHECKING:
    from ossh.network import Http, Response

MAX_KEYS = 1000  # in a page; the service's limit
_SIZE_LIMIT = 1 << 63  # what an SQLite integer holds, far beyond any object
_ROOT = "ListBucketResult"
# Of the whole page, not of an entry; no element within an entry has one of these names.
_PAGE_FIELDS = frozenset({"EncodingType", "IsTruncated", "NextContinuationToken"})


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
    entries: list[dict[str, str]] = []
    prefixes: list[str] = []
    page = _read(body, entries, prefixes)
    decode = _decoded if page.get("EncodingType", "").lower() == "url" else str
    token = page.get("NextContinuationToken", "")
    match page.get("IsTruncated", "").lower():
        case "true" if not token:
            message = "the listing goes on but does not say where"
            raise ValueError(message)
        case "true":
            pass
        case "false":
            token = ""
        case _:
            message = "the listing does not say whether it goes on"
            raise ValueError(message)
    try:
        objects = tuple([_object(entry, decode) for entry in entries])
    except KeyError as error:
        message = f"an entry of the listing has no {error.args[0]}"
        raise ValueError(message) from None
    return ListPage(objects, tuple([decode(prefix) for prefix in prefixes]), token)


def _read(body: bytes, entries: list[dict[str, str]], prefixes: list[str]) -> dict[str, str]:
    """Fill the lists with the raw texts of a page; return the page's own fields.

    Texts are collected by the name of their element alone: names that matter are unambiguous,
    but for Prefix, which is the page's own until the first entry or common prefix begins. The
    callbacks run ten times a key, so they do next to nothing.
    """
    page: dict[str, str] = {}
    fields: dict[str, str] = {}
    text: list[str] = []

    def begin(root: str, _attributes: dict[str, str]) -> None:
        if root != _ROOT:
            message = f"the answer is no listing but <{root}>"
            raise ValueError(message)
        parser.StartElementHandler = start

    def start(_name: str, _attributes: dict[str, str]) -> None:
        text.clear()

    def end(name: str) -> None:
        nonlocal fields
        if name == "Contents":
            entries.append(fields)
            fields = {}
        elif name == "CommonPrefixes":
            prefixes.append(fields.get("Prefix", ""))
            fields = {}
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
    except expat.ExpatError as error:
        message = f"the listing cannot be read: {expat.ErrorString(error.code)}"
        raise ValueError(message) from None
    return page


def _refuse(*_declaration: object) -> None:
    message = "the answer is no listing but has a document type"
    raise ValueError(message)


def _object(entry: Mapping[str, str], decode: Callable[[str], str]) -> ObjectInfo:
    """Return an entry as the model has it.

    Raises:
        KeyError: A field is missing.
        ValueError: A size or a date is none.
    """
    key = decode(entry["Key"])
    size, etag = int(entry["Size"]), entry["ETag"].strip('"')
    if not 0 <= size < _SIZE_LIMIT or not (etag.isascii() and etag.isprintable()):
        message = "an entry of the listing has an impossible size or ETag"
        raise ValueError(message)
    return ObjectInfo(
        key,
        size,
        etag,
        datetime.fromisoformat(entry["LastModified"]),  # ends in Z, hence aware, UTC
        entry.get("Type", "Normal"),
        entry.get("StorageClass", "Standard"),
    )


def _decoded(text: str) -> str:
    """Return a name without its percent-encoding; most names have only slashes encoded."""
    if "%" not in text:
        return text
    text = text.replace("%2F", "/")
    return unquote(text, errors="strict") if "%" in text else text


class Lister:
    """Asks a bucket for pages.

    Args:
        signer_of: Returns the present signer; credentials may change between two pages.
        http: Sends requests.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        signer_of: Callable[[], Signer],
        http: "Http",
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._signer_of = signer_of
        self._http = http
        self._clock = clock

    def page(
        self,
        prefix: str,
        *,
        delimiter: str = "",
        start_after: str = "",
        token: str = "",
        max_keys: int = MAX_KEYS,
    ) -> ListPage | Failure:
        """Return one page, or why there is none.

        When the service finds this computer's clock wrong, the signer is told the difference
        and the page is asked for once more.

        Args:
            prefix: What the keys start with.
            delimiter: Cuts off keys behind its first occurrence after the prefix; "" does not.
            start_after: The key to go on behind; "" for the first.
            token: Of the page before; it says more than `start_after`.
            max_keys: Of objects and prefixes together, 1 to 1000.

        Raises:
            StoreError, UsageError: There are no usable credentials (from `signer_of`).
        """
        asked = {
            "list-type": "2",
            "encoding-type": "url",
            "max-keys": str(max_keys),
            "prefix": prefix,
            "delimiter": delimiter,
            "continuation-token": token,
            "start-after": "" if token else start_after,
        }
        query = {name: value for name, value in asked.items() if value}
        answer = self._ask(query)
        if isinstance(answer, Failure):
            return answer
        return _page_of(answer)

    def _ask(self, query: Mapping[str, str]) -> "Response | Failure":
        """Return the answer to a listing request, with a corrected clock if that helps."""
        signer = self._signer_of()
        answer = self._send(signer, query)
        if isinstance(answer, Failure) or not _is_clock_wrong(answer):
            return answer
        served = protocol.server_time(answer.headers, answer.body)
        if served is None:
            return answer
        before, signer.clock_offset = signer.clock_offset, served - self._clock()
        again = self._send(signer, query)
        if isinstance(again, Failure) or not _is_clock_wrong(again):
            return again
        signer.clock_offset = before
        return answer

    def _send(self, signer: Signer, query: Mapping[str, str]) -> "Response | Failure":
        signed = signer.sign("GET", None, self._clock(), query=query)
        return self._http.request(signed.url, signed.headers)


def _is_clock_wrong(answer: "Response") -> bool:
    return answer.status == HTTPStatus.FORBIDDEN and (
        protocol.failure(answer.status, answer.headers, answer.body).cause is Cause.CLOCK
    )


def _page_of(answer: "Response") -> ListPage | Failure:
    """Return the page an answer holds, or why it holds none."""
    if answer.status != HTTPStatus.OK or protocol.REQUEST_ID not in answer.headers:
        return protocol.failure(answer.status, answer.headers, answer.body)
    try:
        return parse_page(answer.body)
    except ValueError as error:
        request_id = printable(answer.headers[protocol.REQUEST_ID])
        return Failure(Cause.CORRUPT, "bad listing", str(error), request_id)
