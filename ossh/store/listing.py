"""Asks a bucket for pages of its listing, a thousand keys each, or for one version of an object.

Source: OSS API reference, "ListObjectsV2", "ListObjectVersions", "HeadObject".
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from ossh import protocol
from ossh.language import Words
from ossh.model import NORMAL, STANDARD, Cause, Failure, ObjectInfo, ObjectStat, value
from ossh.printable import printable
from ossh.store.list_page import ListPage, parse_page
from ossh.store.listing_xml import disorder
from ossh.store.signer import Signer
from ossh.store.version_page import FIRST, MAX_VERSIONS, Position, VersionPage, parse_versions
from ossh.units import moment_at

if TYPE_CHECKING:  # as it brings libcurl, which a prompt does not need at its start
    from ossh.network import Http, Response

T = TypeVar("T")
NO_PROGRESS = Failure(Cause.CORRUPT, "bad listing", Words("the listing makes no progress"))
_UNASKED = "unasked keys"
MAX_KEYS = 1000  # in a page
# By error code, when a version was requested.
_VERSION_HINTS: Mapping[str, str] = {
    "NoSuchVersion": Words("'ls --versions KEY' lists the versions of an object"),
    "MethodNotAllowed": Words("the version before it is the object that was deleted"),
}


@value
class PageQuery:
    """Which page of a listing is asked for."""

    prefix: str  # what the keys start with
    delimiter: str = ""  # keys with it after the prefix are listed as common prefixes; "" for none
    start_after: str = ""  # only keys after this one are listed; with a token, all names have to be
    token: str = ""  # of the previous page
    max_keys: int = MAX_KEYS  # objects and prefixes together, 1 to 1000

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters of the request for it."""
        asked = {
            "list-type": "2",
            "encoding-type": "url",
            "max-keys": str(self.max_keys),
            "prefix": self.prefix,
            "delimiter": self.delimiter,
            "continuation-token": self.token,
            "start-after": "" if self.token else self.start_after,
        }
        return {name: given for name, given in asked.items() if given}


class Lister:
    """Asks a bucket for what is waited for as a whole: pages and headers.

    All of it raises a `StoreError` or `UsageError` if there are no usable credentials.
    """

    is_past = False  # whether pages without names lead further, and prefixes may have nothing below

    def __init__(self, signer_of: Callable[[], Signer], http: "Http") -> None:
        self._signer_of = signer_of  # returns the current one: credentials may change
        self._http = http

    def send(
        self,
        method: str,
        key: str | None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - as `Http.request` has them
    ) -> "Response | Failure":
        """Return the answer to a request for a key, or for the bucket itself (None).

        If the service rejects this computer's clock, the signer gets its offset, and the request
        is sent once more.
        """
        signer = self._signer_of()

        def send() -> "Response | Failure":
            signed = signer.sign(method, key, time.time(), query=query, headers=headers)
            return self._http.request(signed.url, signed.headers, method=method, **options)

        answer = send()
        if isinstance(answer, Failure) or not _is_clock_wrong(answer):
            return answer
        served = protocol.server_time(answer.headers, answer.body)
        if served is None:
            return answer
        before, signer.clock_offset = signer.clock_offset, served - time.time()
        again = send()
        if isinstance(again, Failure) or not _is_clock_wrong(again):
            return again
        signer.clock_offset = before
        return answer

    def page(self, asked: PageQuery) -> ListPage | Failure:
        """Return one page, or why it is missing."""
        query = asked.parameters

        def parse(answer: "Response") -> ListPage | Failure:
            page = parse_page(answer.body, query)
            if page.token and page.token == asked.token:
                return NO_PROGRESS
            keys = [info.key for info in page.objects]
            why = unrequested(keys, page.prefixes, asked.prefix, query.get("start-after", ""))
            if asked.token:
                why = why or _backwards([*keys[:1], *page.prefixes[:1]], asked.start_after)
            return why or page

        return self._listed("ListObjects", query, parse)

    def _listed(
        self, action: str, query: Mapping[str, str], parse: "Callable[[Response], T | Failure]"
    ) -> T | Failure:
        page = read_answer(self.send("GET", None, query=query), parse)
        if isinstance(page, Failure) and page.cause is Cause.DENIED:
            return replace(page, code=action)
        return page

    def head(self, key: str, version_id: str = "") -> ObjectInfo | Failure:
        """Return an object, or one of its versions, or why it is missing."""
        found = self._look(key, version_id)
        return found if isinstance(found, Failure) else found.info

    def checksum(self, key: str, version_id: str = "") -> tuple[ObjectInfo, int | None] | Failure:
        """Return an object with its CRC64, None if the service does not have that."""
        found = self._look(key, version_id)
        if isinstance(found, Failure):
            return found
        crc64 = found.headers.get(protocol.CRC64)
        return found.info, int(crc64) if crc64 else None

    def stat(self, key: str, version_id: str = "") -> ObjectStat | Failure:
        """Return all that is told of an object, of a symlink also its target; or why it is not."""
        found = self._look(key, version_id)
        if isinstance(found, Failure) or not found.info.is_symlink:
            return found
        answer = self.send("GET", key, query={"symlink": "", **protocol.version_query(version_id)})
        name = protocol.SYMLINK_TARGET
        target = read_answer(answer, lambda one: unquote(one.headers.get(name, "")))
        if isinstance(target, Failure):
            return target
        return replace(found, headers={**found.headers, name: target})

    def _look(self, key: str, version_id: str) -> ObjectStat | Failure:

        def parse(answer: "Response") -> ObjectStat | Failure:
            try:
                int(answer.headers.get(protocol.CRC64) or 0)
                info = replace(info_of(key, answer.headers), version_id=version_id)
                return ObjectStat(info, answer.headers)
            except (KeyError, ValueError):
                text = Words("the answer lacks the object's size or date")
                return Failure(Cause.CORRUPT, "bad answer", text)

        query = protocol.version_query(version_id)
        return read_answer(self.send("HEAD", key, query=query), parse)

    def service_time(self, prefix: str) -> float | Failure:
        """Return the service's clock, in seconds since the epoch, or why it is not known.

        The prefix is one that may be listed.
        """
        answer = self.send("GET", None, query=PageQuery(prefix, max_keys=1).parameters)
        undated = Failure(Cause.CORRUPT, "bad answer", Words("the answer has no date"))
        return read_answer(answer, lambda one: protocol.server_time(one.headers, b"") or undated)

    def versions(
        self,
        prefix: str,
        *,
        delimiter: str = "",
        after: Position = FIRST,
        max_keys: int = MAX_VERSIONS,
    ) -> VersionPage | Failure:
        """Return one page of versions and delete markers, or why it is missing.

        It begins `after` a place; the others are as for a `PageQuery`, up to `MAX_VERSIONS`.
        """
        asked = {
            "encoding-type": "url",
            "max-keys": str(max_keys),
            "prefix": prefix,
            "delimiter": delimiter,
            "key-marker": after.key,
            "version-id-marker": after.version_id,
        }
        query = {name: given for name, given in asked.items() if given}

        def parse(answer: "Response") -> VersionPage | Failure:
            page = parse_versions(answer.body, query)
            following, keys = page.following, [one.info.key for one in page.versions]
            if following and (following.key, following.version_id) == (after.key, after.version_id):
                return NO_PROGRESS
            why = unrequested(keys, page.prefixes, prefix, "" if after.version_id else after.key)
            if after.version_id:
                why = why or _backwards(keys[:1], after.key, repeats=True)
            if following:
                why = why or _backwards([following.key], after.key, repeats=True)
            return why or page

        return self._listed("ListObjectVersions", {"versions": "", **query}, parse)


def unrequested(
    keys: Sequence[str], prefixes: Sequence[str], prefix: str, after: str
) -> Failure | None:
    """Return why a page is not the requested one, None if it is.

    A gateway may drop the parameters of a listing. Its pages then have other prefixes, or repeat.
    """
    names = [*keys, *prefixes] or [prefix]
    for name in (min(names), max(names)):  # whatever lies between them begins as they do
        if not name.startswith(prefix):
            text = Words(
                "keys that start with '{prefix}' were requested, but the listing has '{key}'",
                prefix=printable(prefix),
                key=printable(name),
            )
            return Failure(Cause.REFUSED, _UNASKED, text)
    if after and keys and min(keys) <= after:
        text = Words(
            "keys after '{after}' were requested, but the listing has '{key}'",
            after=printable(after),
            key=printable(min(keys)),
        )
        return Failure(Cause.REFUSED, _UNASKED, text)
    return None


def _backwards(firsts: Sequence[str], after: str, *, repeats: bool = False) -> Failure | None:
    """Return why a page cannot follow a name, None if it can; `firsts` are its first names."""
    for name in firsts:
        if name < after or (name == after and not repeats):
            return Failure(Cause.CORRUPT, "bad listing", disorder(after, name))
    return None


def read_answer(
    answer: "Response | Failure", parse: "Callable[[Response], T | Failure]"
) -> T | Failure:
    """Return what is in an answer, or why that is missing; `parse` may raise a `ValueError`."""
    if isinstance(answer, Failure):
        return answer
    if (why := protocol.refusal(answer.status, answer.headers, answer.body)) is not None:
        return why
    try:
        found = parse(answer)
    except ValueError as error:
        found = Failure(Cause.CORRUPT, "bad listing", error.args[0])
    if isinstance(found, Failure):
        return replace(found, request_id=printable(answer.headers[protocol.REQUEST_ID]))
    return found


def _is_clock_wrong(answer: "Response") -> bool:
    return answer.status == HTTPStatus.FORBIDDEN and (
        protocol.failure(answer.status, answer.headers, answer.body).cause is Cause.CLOCK
    )


def info_of(key: str, headers: Mapping[str, str]) -> ObjectInfo:
    """Return an object as the headers of a HEAD, by lower-case name, show it.

    Raises:
        KeyError, ValueError: They are not those of an object.
    """
    return ObjectInfo(
        key,
        int(headers["content-length"]),
        headers.get("etag", "").strip('"'),
        moment_at(protocol.parse_http_date(headers["last-modified"])),
        headers.get(protocol.OBJECT_TYPE, NORMAL),
        headers.get(protocol.STORAGE_CLASS, STANDARD),
        protocol.thaw_of(headers.get(protocol.RESTORE, "")),
    )


def missing_hint(code: str) -> str:
    """Return what to do about an object, or a version, that does not exist, by error code."""
    return _VERSION_HINTS.get(code, Words("keys are case-sensitive; 'ls' lists them"))
