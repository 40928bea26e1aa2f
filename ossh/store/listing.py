"""Asks a bucket for pages of its listing, a thousand keys each, or for one version of an object.

Source: OSS API reference, "ListObjectsV2", "ListObjectVersions", "HeadObject".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ossh import protocol
from ossh.language import Words
from ossh.model import NORMAL, STANDARD, Cause, Failure, ObjectInfo, value
from ossh.printable import printable
from ossh.store.list_page import ListPage, parse_page
from ossh.store.listing_xml import disorder
from ossh.store.signed_requests import SignedRequests, refusal
from ossh.store.signer import Signer
from ossh.store.version_page import FIRST, MAX_VERSIONS, Position, VersionPage, parse_versions
from ossh.units import moment_at

if TYPE_CHECKING:  # as it brings libcurl, which a prompt does not need at its start
    from ossh.network import Http, Response

_Page = TypeVar("_Page")
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
    """Asks a bucket for pages.

    All of it raises a `StoreError` or `UsageError` if there are no usable credentials.

    Args:
        signer_of: Returns the current signer; credentials may change between two pages.
    """

    shows_empty_prefixes = False  # whether what a level shows may have nothing below it

    def __init__(self, signer_of: Callable[[], Signer], http: "Http") -> None:
        self.requests = SignedRequests(signer_of, http)

    def page(self, asked: PageQuery) -> ListPage | Failure:
        """Return one page, or why it is missing."""
        query = asked.parameters
        answer = self.requests.send("GET", None, query=query)
        page = read_answer(answer, lambda body: parse_page(body, query))
        if isinstance(page, Failure) and page.cause is Cause.DENIED:
            return replace(page, code="ListObjects")
        if isinstance(page, Failure) or isinstance(answer, Failure):
            return page
        if page.token and page.token == asked.token:
            return with_id(NO_PROGRESS, answer)
        keys = [info.key for info in page.objects]
        why = unrequested(keys, page.prefixes, asked.prefix, query.get("start-after", ""))
        if asked.token:
            why = why or _backwards([*keys[:1], *page.prefixes[:1]], asked.start_after)
        return page if why is None else with_id(why, answer)

    def head(self, key: str, version_id: str = "") -> ObjectInfo | Failure:
        """Return an object, or one of its versions, or why it is missing."""
        found = self.checksum(key, version_id)
        return found if isinstance(found, Failure) else found[0]

    def checksum(self, key: str, version_id: str = "") -> tuple[ObjectInfo, int | None] | Failure:
        """Return an object with its CRC64, None if the service does not have that."""
        query = {"versionId": version_id} if version_id else None
        answer = self.requests.send("HEAD", key, query=query)
        if isinstance(answer, Failure):
            return answer
        if (why := refusal(answer)) is not None:
            return why
        crc64 = answer.headers.get(protocol.CRC64, "")
        try:
            info = replace(info_of(key, answer.headers), version_id=version_id)
            return info, int(crc64) if crc64 else None
        except (KeyError, ValueError):
            text = Words("the answer lacks the object's size or date")
            return Failure(Cause.CORRUPT, "bad answer", text)

    def service_time(self, prefix: str) -> float | Failure:
        """Return the service's clock, in seconds since the epoch, or why it is not known.

        Args:
            prefix: One that may be listed.
        """
        answer = self.requests.send("GET", None, query=PageQuery(prefix, max_keys=1).parameters)
        if isinstance(answer, Failure):
            return answer
        if (why := refusal(answer)) is not None:
            return why
        served = protocol.server_time(answer.headers, b"")
        if served is None:
            why = Failure(Cause.CORRUPT, "bad answer", Words("the answer has no date"))
            return with_id(why, answer)
        return served

    def versions(
        self,
        prefix: str,
        *,
        delimiter: str = "",
        after: Position = FIRST,
        max_keys: int = MAX_VERSIONS,
    ) -> VersionPage | Failure:
        """Return one page of versions and delete markers, or why it is missing.

        Args:
            prefix: What the keys start with.
            delimiter: As for a `PageQuery`.
            after: Where the page begins.
            max_keys: Versions, delete markers and prefixes together, 1 to `MAX_VERSIONS`.
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
        answer = self.requests.send("GET", None, query={"versions": "", **query})
        page = read_answer(answer, lambda body: parse_versions(body, query))
        if isinstance(page, Failure) and page.cause is Cause.DENIED:
            return replace(page, code="ListObjectVersions")
        if isinstance(page, Failure) or isinstance(answer, Failure):
            return page
        following, keys = page.following, [one.info.key for one in page.versions]
        if following and (following.key, following.version_id) == (after.key, after.version_id):
            return with_id(NO_PROGRESS, answer)
        why = unrequested(keys, page.prefixes, prefix, "" if after.version_id else after.key)
        if after.version_id:
            why = why or _backwards(keys[:1], after.key, repeats=True)
        if following:
            why = why or _backwards([following.key], after.key, repeats=True)
        return page if why is None else with_id(why, answer)


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


def read_answer(answer: "Response | Failure", parse: Callable[[bytes], _Page]) -> _Page | Failure:
    """Return the page in an answer, or why there is none."""
    if isinstance(answer, Failure):
        return answer
    if (why := refusal(answer)) is not None:
        return why
    try:
        return parse(answer.body)
    except ValueError as error:
        return with_id(Failure(Cause.CORRUPT, "bad listing", error.args[0]), answer)


def with_id(why: Failure, answer: "Response") -> Failure:
    return replace(why, request_id=printable(answer.headers[protocol.REQUEST_ID]))


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


# By cause, when the bytes of an object were requested.
READING_HINTS: Mapping[Cause, str] = {
    Cause.ARCHIVED: Words("'restore KEY' asks OSS to thaw it, which costs money; then try again"),
    Cause.GONE: missing_hint(""),
}
